package capture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/signers"
)

// member is one key of a JSON object, with its value as it stood.
type member struct {
	key   string
	value json.RawMessage
}

// texts reads a value that may be a string or a list of strings.
func (m member) texts() (values []string, err error) {
	if one, err := text(m.value); err == nil {
		return []string{one}, nil
	}
	if json.Unmarshal(m.value, &values) != nil {
		return nil, fmt.Errorf("%.64q must be a string or a list of strings", m.key)
	}
	return values, nil
}

// members reads a JSON object in its own order. Unlike a struct or a map it tells keys apart by letter
// case, and shows one that appears twice. A null is treated as if the key were absent.
func members(data []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil {
		return nil, syntaxError(err)
	} else if t != json.Delim('{') {
		return nil, errors.New("it is not an object")
	}
	var all []member
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, syntaxError(err)
		}
		m := member{key: key.(string)}
		if err := d.Decode(&m.value); err != nil {
			return nil, syntaxError(err)
		}
		if string(m.value) != "null" {
			all = append(all, m)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, syntaxError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the object")
	}
	return all, nil
}

// syntaxError rewords a decoder's error where its own text is unclear.
func syntaxError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early")
	}
	return err
}

// once refuses an object in which a key appears twice: JSON does not define which one counts (RFC 8259,
// 4), and another reader may sign the other.
func once(all []member) error {
	seen := make(map[string]bool, len(all))
	for _, m := range all {
		if seen[m.key] {
			return fmt.Errorf("%.64q appears twice", m.key)
		}
		seen[m.key] = true
	}
	return nil
}

// text reads a value that must be a JSON string.
func text(value json.RawMessage) (string, error) {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return "", errors.New("must be a string")
	}
	return s, nil
}

// faithful checks that every text in line is one. Go's decoder puts U+FFFD in the place of bytes that
// are no UTF-8 and of half surrogate pairs; the signature would be for something other than what the
// caller has.
//
//	"\ud83d\ude00"   a pair: U+1F600
//	"\ud83d"         half of one: refused
func faithful(line []byte) error {
	if signers.HasByteOrderMark(string(line[:min(len(line), 3)])) {
		return errors.New("it " + signers.ByteOrderMark)
	}
	if !utf8.Valid(line) {
		return errors.New("it is not UTF-8; a body of other bytes goes into body_b64")
	}
	for _, found := range halfPair.FindAllSubmatchIndex(line, -1) {
		if found[2] >= 0 {
			return errors.New("it has half of a surrogate pair, which is no text; a body of other bytes goes into body_b64")
		}
	}
	return nil
}

// halfPair finds escapes: a whole surrogate pair, half of one, which is a group of its own, or any other escape.
var halfPair = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.`)
