package capture

import (
	"encoding/json"
	"errors"

	"github.com/vendorsign/vendorsign/signers"
)

// Recorded is a line of sign together with what must come of it, as it was recorded of another program:
// the format of test vectors, and of `preset test --against`.
type Recorded struct {
	*SignLine // Signer may be empty
	// For people. Empty: the line has none.
	ID string
	// By the names of the line. What is not listed is not judged.
	Headers map[string][]string
	// Parameters of the target, decoded; likewise.
	Query map[string]string
	// Of the request line. Empty: not judged.
	Target string
	// The signed text. Empty: not judged.
	Canonical string
	// A part of the reason why it cannot be signed. Empty: it can.
	Error string
	// How the token comes about, with Answers. nil: the line has none.
	Flow []Exchange
}

// ParseRecorded reads a line. Keys that only describe a vector are skipped. A line that expects nothing
// is an error: it would always pass.
func ParseRecorded(line []byte) (*Recorded, error) {
	r := &Recorded{}
	expected := false
	skip := func(json.RawMessage) error { return nil }
	var answers []signers.TokenAnswer
	more := map[string]func(json.RawMessage) error{
		"id":     into(&r.ID),
		"expect": func(value json.RawMessage) error { expected = true; return r.readExpect(value) },
		"flow": func(value json.RawMessage) (err error) {
			r.Flow, answers, err = readFlow(value)
			return err
		},
	}
	for _, name := range []string{"kind", "stage", "wire", "derived", "source", "notes"} {
		more[name] = skip
	}
	var err error
	if r.SignLine, err = parseSignLine(line, more); err != nil {
		return nil, err
	}
	r.Answers = answers
	if !expected || len(r.Headers) == 0 && len(r.Query) == 0 && r.Target == "" && r.Canonical == "" && r.Error == "" {
		return nil, errors.New("expect is required: headers, query, target, canonical or error, as they were recorded")
	}
	return r, nil
}

// readExpect reads what must come out. Intermediate values that vectors may have are skipped: they are
// the business of tests in Go.
//
//	"expect": {"headers": {"Authorization": "..."}, "canonical": "GET\n/a\n..."}
func (r *Recorded) readExpect(value json.RawMessage) error {
	skip := func(json.RawMessage) error { return nil }
	return fields(value, map[string]func(json.RawMessage) error{
		"headers": r.readHeaders,
		"query": func(v json.RawMessage) error {
			if json.Unmarshal(v, &r.Query) != nil {
				return errors.New("must be an object of strings")
			}
			return nil
		},
		"target":         into(&r.Target),
		"canonical":      into(&r.Canonical),
		"error":          into(&r.Error),
		"string_to_sign": skip, "signature": skip, "value": skip,
	})
}

// readHeaders keeps the names as they are written: a report names them so.
func (r *Recorded) readHeaders(value json.RawMessage) error {
	all, err := members(value)
	if err != nil {
		return err
	}
	r.Headers = make(map[string][]string, len(all))
	for _, h := range all {
		if r.Headers[h.key], err = h.texts(); err != nil {
			return err
		}
	}
	return once(all)
}
