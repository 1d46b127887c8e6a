package capture

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// fields reads an object that has these keys and no others. Each function takes the value of its key. A
// key that appears twice is refused, and a null counts as absent. Errors begin with the key.
//
//	{"signr":"x"}  ->  unknown key signr; did you mean signer?
func fields(data []byte, known map[string]func(json.RawMessage) error) error {
	all, err := members(data)
	if err != nil {
		return err
	}
	if err := once(all); err != nil {
		return err
	}
	for _, m := range all {
		read, ok := known[m.key]
		if !ok {
			return unknownKey(m.key, known)
		}
		if err := read(m.value); err != nil {
			return fmt.Errorf("%s: %w", m.key, err)
		}
	}
	return nil
}

// unknownKey hints at the key that was meant, as for the options of a signer.
func unknownKey(key string, known map[string]func(json.RawMessage) error) error {
	var options []signers.Option
	for _, name := range slices.Sorted(maps.Keys(known)) {
		options = append(options, signers.Option{Name: name, Also: alsoKeys[name]})
	}
	return errors.New(signers.UnknownIn("key", options, key).Text)
}

// alsoKeys are other words for the keys of a line, for the hint alone: none of them is read.
var alsoKeys = map[string][]string{
	"signer": {"vendor"}, "config": {"options", "credentials"}, "url": {"uri"}, "headers": {"header"},
	"body_b64": {"body_base64"}, "time": {"clock", "now"},
}

// into reads a text into s.
func into(s *string) func(json.RawMessage) error {
	return func(value json.RawMessage) (err error) {
		*s, err = text(value)
		return err
	}
}

// intoBytes reads bytes in Base64 (RFC 4648, 4). The result is not nil even if it is empty, so that
// body and body_b64 together are noticed.
func intoBytes(b *[]byte) func(json.RawMessage) error {
	return func(value json.RawMessage) error {
		s, err := text(value)
		if err != nil {
			return err
		}
		decoded, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return errors.New("must be standard base64 with padding")
		}
		*b = append([]byte{}, decoded...)
		return nil
	}
}
