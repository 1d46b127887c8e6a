package capture

import (
	"encoding/json"
	"errors"

	"github.com/vendorsign/vendorsign/signers"
)

// VerifyLine is a line of verify: a request as an application signed it.
type VerifyLine struct {
	SignLine
	Seen []string // signatures that were used before
}

// ParseVerifyLine reads a line of verify. Its errors name the key that is wrong, and never a value.
// What a request carries itself, such as its date, must not be given again: then the two could
// differ.
func ParseVerifyLine(line []byte) (*VerifyLine, error) {
	v := new(VerifyLine)
	f, err := parseSignLine(line, map[string]func(json.RawMessage) error{
		"seen": func(value json.RawMessage) error {
			texts, ok := signers.Texts(value)
			if v.Seen = texts; !ok {
				return errors.New("must be a list of strings")
			}
			return nil
		},
	})
	switch {
	case err != nil:
		return nil, err
	case f.Signer == "":
		return nil, errors.New("signer is required")
	case f.Moment.Nonce != "" || f.Moment.Date != "" || f.Moment.Token != "":
		return nil, errors.New("nonce, date and token come from the request itself; leave them out")
	}
	v.SignLine = *f
	v.Message.Host = f.Authority
	return v, nil
}
