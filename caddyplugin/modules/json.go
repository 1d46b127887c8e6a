package modules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// fromJSON takes the options of a signer, and returns the other keys of the object. If keys only differ in letter
// case, the last one counts, as everywhere in Caddy. Package config reads the object, since a map keeps neither
// the order of keys nor those that come twice.
//
//	{"vendor": "acme", "key_id": "K1", "host": ["api.acme.example"], "dial_timeout": "5s"}
//	-> values key_id and host; rest: dial_timeout
func (s *signing) fromJSON(data []byte) (rest []config.Entry, err error) {
	if s.values == nil {
		return nil, errUnmade
	}
	// Its error says where the JSON is broken, and quotes nothing of it.
	documents, err := config.ParseJSON(data)
	if err != nil || documents[0].Shape != config.Table {
		return nil, errors.New("the configuration of a signer is a JSON object")
	}
	all := documents[0].Table
	if s.choice != nil {
		if all, err = s.takeVendor(all); err != nil {
			return nil, err
		}
	}
	options, err := outbound.Options(s.vendor)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		// Keys in any letter case, as encoding/json takes them.
		i := slices.IndexFunc(options, func(o signers.Option) bool { return strings.EqualFold(o.Name, e.Key) })
		if i < 0 {
			rest = append(rest, e)
		} else if err := s.setJSON(options[i], e.Value.JSON()); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// takeVendor finds the key vendor, and returns the others. A module with the vendor in its name has no such key.
// The vendor must be known before any option is, since it decides which there are.
func (s *signing) takeVendor(all []config.Entry) (others []config.Entry, err error) {
	var vendor string
	for _, e := range all {
		if !strings.EqualFold(e.Key, "vendor") {
			others = append(others, e)
		} else if json.Unmarshal(e.Value.JSON(), &vendor) != nil {
			return nil, errors.New("vendor must be a string")
		}
	}
	_, err = s.choose(vendor)
	return others, err
}

// setJSON takes one option. A value of another type is an error that does not show it. null is no value: it leaves
// the option out.
func (s *signing) setJSON(o signers.Option, value json.RawMessage) error {
	// An empty list that would restrict is an error: without it everything would be allowed.
	if string(value) == "null" {
		return signers.EmptyList(o, o.Name)
	}
	var list []string
	if o.Many() && json.Unmarshal(value, &list) != nil {
		return errors.New(o.Name + " must be a list of strings")
	}
	// FromJSON reads an object of options, here one with a single key.
	object, err := json.Marshal(map[string]json.RawMessage{o.Name: value})
	if err != nil {
		return err
	}
	read, faults := signers.FromJSON([]signers.Option{o}, object)
	if len(faults) > 0 {
		return errors.New(faults[0].Text)
	}
	// The key may have come before in another letter case: the last one counts.
	delete(s.values, o.Name)
	// Of the block that was given before.
	for name := range s.values.Sub(o.Name) {
		delete(s.values, o.Name+"."+name)
	}
	maps.Copy(s.values, read)
	// MarshalJSON writes a block as it came: what is in it may be spelt in several ways.
	if o.Kind == signers.Block {
		var block map[string]any
		if err := json.Unmarshal(value, &block); err != nil {
			return err
		}
		s.blocks[o.Name] = block
	}
	return nil
}

// object is the configuration as it is written in JSON: what Caddy adapts a Caddyfile to, and shows in its admin
// API. Secrets are the references that the configuration has.
func (s *signing) object() (map[string]any, error) {
	options, err := outbound.Options(s.vendor)
	if err != nil {
		return nil, err
	}
	object := s.values.Object(options)
	// As it was given.
	for name, block := range s.blocks {
		object[name] = block
	}
	if s.choice != nil {
		object["vendor"] = s.vendor
	}
	return object, nil
}

// UnmarshalJSON takes the vendor's options and those that all vendors share, in one object. Unknown keys are
// refused.
func (h *Handler) UnmarshalJSON(data []byte) error {
	rest, err := h.fromJSON(data)
	if err != nil || len(rest) == 0 {
		h.Policy = outbound.PolicyOf(h.values)
		return err
	}
	return h.unknownField(rest[0].Key, nil)
}

// unknownField is the error for a key that is neither the signer's nor one of others, which its transport takes.
// It hints at the nearest one.
func (s *signing) unknownField(name string, others []string) error {
	options, err := outbound.Options(s.vendor)
	if err != nil {
		return err
	}
	return fmt.Errorf("unknown field %q: %s", signers.ShownName(name), signers.Unknown(signers.WithNames(options, others), name).Text)
}

// MarshalJSON writes the options that are set. Caddy calls it when it adapts a Caddyfile, and for its admin API;
// reading the result gives the same module.
func (h *Handler) MarshalJSON() ([]byte, error) {
	object, err := h.object()
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// UnmarshalJSON takes the options of the handler, and all others as those of the transport http. Unknown ones are
// refused, as Caddy does for its own modules.
func (t *Transport) UnmarshalJSON(data []byte) error {
	rest, err := t.fromJSON(data)
	if err != nil {
		return err
	}
	t.Policy = outbound.PolicyOf(t.values)
	// DisallowUnknownFields would name the first unknown key, and not the nearest known one.
	for _, e := range rest {
		if !slices.ContainsFunc(transportFields, func(name string) bool { return strings.EqualFold(name, e.Key) }) {
			return t.unknownField(e.Key, transportFields)
		}
	}
	// What is left is an object of the transport alone. Its own objects, such as tls, are checked by this decoder.
	d := json.NewDecoder(bytes.NewReader((&config.Node{Shape: config.Table, Table: rest}).JSON()))
	d.DisallowUnknownFields()
	return d.Decode(t.HTTPTransport)
}

// MarshalJSON writes the options of both into one object. The signer's come last, so they are kept if both have a
// key.
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
	maps.Copy(all, object)
	return json.Marshal(all)
}
