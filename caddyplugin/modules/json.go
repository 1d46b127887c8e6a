package modules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// field is a key of a JSON object with its value.
type field struct {
	name  string
	value json.RawMessage
}

// fieldsOf reads an object in its order: of keys that differ in letter case only, the last counts, as everywhere in Caddy.
func fieldsOf(data []byte) ([]field, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("the configuration of a signer is a JSON object")
	}
	var all []field
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string) // a key is nothing else
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		all = append(all, field{name, value})
	}
	return all, nil
}

// fromJSON takes the options of a signer, and returns the other keys of the object.
func (s *signing) fromJSON(data []byte) (rest []field, err error) {
	if s.values == nil {
		return nil, errUnmade
	}
	all, err := fieldsOf(data)
	if err != nil {
		return nil, err
	}
	if s.choice != nil {
		if all, err = s.takeVendor(all); err != nil {
			return nil, err
		}
	}
	options, err := outbound.Options(s.vendor)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		o, ok := optionFor(options, f.name)
		if !ok {
			rest = append(rest, f)
		} else if err := s.setJSON(o, f.value); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// takeVendor finds the key vendor.
func (s *signing) takeVendor(all []field) (others []field, err error) {
	var vendor string
	for _, f := range all {
		if !strings.EqualFold(f.name, "vendor") {
			others = append(others, f)
		} else if json.Unmarshal(f.value, &vendor) != nil {
			return nil, errors.New("vendor must be a text")
		}
	}
	_, err = s.choose(vendor)
	return others, err
}

func optionFor(options []signers.Option, name string) (signers.Option, bool) {
	for _, o := range options {
		if strings.EqualFold(o.Name, name) {
			return o, true
		}
	}
	return signers.Option{}, false
}

// setJSON takes one option. A value of another type is an error that does not show it.
func (s *signing) setJSON(o signers.Option, value json.RawMessage) error {
	if string(value) == "null" {
		return nil
	}
	var list []string
	if o.Many() && json.Unmarshal(value, &list) != nil {
		return errors.New(o.Name + " must be a list of texts")
	}
	object := []byte("{" + quoted(o.Name) + ":" + string(value) + "}")
	read, faults := signers.FromJSON([]signers.Option{o}, object)
	if len(faults) > 0 {
		return errors.New(faults[0].Text)
	}
	delete(s.values, o.Name)
	for name := range s.values.Sub(o.Name) { // of the block that was given before
		delete(s.values, o.Name+"."+name)
	}
	for name, values := range read {
		s.values[name] = values
	}
	if o.Kind == signers.Block {
		var block map[string]any
		if err := json.Unmarshal(value, &block); err != nil {
			return err
		}
		s.blocks[o.Name] = block
	}
	return nil
}

func quoted(text string) string {
	data, _ := json.Marshal(text) // of any text
	return string(data)
}

// object is the configuration as it is written in JSON.
func (s *signing) object() (map[string]any, error) {
	options, err := outbound.Options(s.vendor)
	if err != nil {
		return nil, err
	}
	object := s.values.Object(options)
	for name, block := range s.blocks { // as it was given
		object[name] = block
	}
	if s.choice != nil {
		object["vendor"] = s.vendor
	}
	return object, nil
}

// UnmarshalJSON takes the vendor's options and those that all vendors share, in one object.
func (h *Handler) UnmarshalJSON(data []byte) error {
	rest, err := h.fromJSON(data)
	if err != nil || len(rest) == 0 {
		h.Policy = outbound.PolicyOf(h.values)
		return err
	}
	return h.unknownField(rest[0].name)
}

func (s *signing) unknownField(name string) error {
	options, err := outbound.Options(s.vendor)
	if err != nil {
		return err
	}
	return fmt.Errorf("unknown field %q: %s", name, signers.Unknown(options, name).Text)
}

// MarshalJSON writes the options that are set.
func (h *Handler) MarshalJSON() ([]byte, error) {
	object, err := h.object()
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// UnmarshalJSON takes the options of the handler, and all others as those of the transport http.
func (t *Transport) UnmarshalJSON(data []byte) error {
	rest, err := t.fromJSON(data)
	if err != nil {
		return err
	}
	t.Policy = outbound.PolicyOf(t.values)
	var below bytes.Buffer
	below.WriteByte('{')
	for i, f := range rest {
		if !isFieldOf(t.HTTPTransport, f.name) {
			return t.unknownField(f.name)
		}
		if i > 0 {
			below.WriteByte(',')
		}
		below.WriteString(quoted(f.name) + ":")
		below.Write(f.value)
	}
	below.WriteByte('}')
	d := json.NewDecoder(&below)
	d.DisallowUnknownFields()
	return d.Decode(t.HTTPTransport)
}

// isFieldOf reports whether an object that becomes v may have the key.
func isFieldOf(v any, key string) bool {
	return slices.ContainsFunc(reflect.VisibleFields(reflect.TypeOf(v).Elem()), func(f reflect.StructField) bool {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name != "" && name != "-" && strings.EqualFold(name, key)
	})
}

// MarshalJSON writes the options of both into one object.
func (t *Transport) MarshalJSON() ([]byte, error) {
	object, err := t.object()
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(t.HTTPTransport)
	if err != nil {
		return nil, err
	}
	all := make(map[string]any)
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	for name, value := range object {
		all[name] = value
	}
	return json.Marshal(all)
}
