//go:build go1.21

package signers

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
)

// FromJSON fills settings from a JSON object whose keys are their names. A key that is none of them, or a value of
// another type, is an error that names the key and never the value. A list takes a single text too.
func FromJSON(settings []Setting, data []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return errors.New("the configuration is not a JSON object")
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if string(object[name]) == "null" {
			continue // as if it were not there
		}
		s, ok := Find(settings, name)
		if !ok {
			return Unknown(settings, name)
		}
		if err := s.setJSON(object[name]); err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
	}
	return nil
}

func (s Setting) setJSON(raw []byte) error {
	switch {
	case s.Number != nil:
		if json.Unmarshal(raw, s.Number) != nil {
			var text string
			if json.Unmarshal(raw, &text) == nil && strings.Trim(text, "0123456789") != "" {
				return errors.New(s.notANumber())
			}
			return errors.New("must be a whole number")
		}
	case s.Flag != nil:
		if json.Unmarshal(raw, s.Flag) != nil {
			return errors.New("must be true or false")
		}
	case s.List != nil:
		var one string
		if json.Unmarshal(raw, &one) == nil {
			*s.List = []string{one}
		} else if json.Unmarshal(raw, s.List) != nil {
			return errors.New("must be a text or a list of texts")
		}
	case s.Block != nil:
		if json.Unmarshal(raw, s.Block) != nil {
			return errors.New("must be an object of options")
		}
	default:
		if json.Unmarshal(raw, s.Text) != nil {
			return errors.New("must be a text")
		}
	}
	return nil
}
