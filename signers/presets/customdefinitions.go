//go:build go1.21

package presets

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// ReadCustom reads the configuration of a custom scheme as `vendorsign sign` takes it, where options are an object
// of values, of which all except those listed in public are secrets. It returns the configuration that
// signers.FromJSON reads. If options are a list of definitions instead, the scheme is loaded and tested, and there
// is nothing to sign: loaded is true.
//
//	{"operations": "header X = [[opt.id]]", "options": {"id": "a", "key": "b"}, "public": ["id"]}
//	->
//	{"operations": "header X = [[opt.id]]", "options": {"id": "a"}, "secrets": {"key": "b"}}
//
// Unlisted values count as secrets: forgetting a name then makes an error, and does not send a secret.
func ReadCustom(config []byte) (rewritten []byte, loaded bool, fault error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(config, &object); err != nil {
		return nil, false, errors.New("config must be an object")
	}
	// A name for people.
	delete(object, "scheme")
	options := object["options"]
	if strings.HasPrefix(strings.TrimSpace(string(options)), "[") {
		return nil, true, loadDefinitions(object)
	}
	public, listed := object["public"]
	delete(object, "public")
	// Without public, options and secrets are given as a Caddyfile has them.
	if listed {
		var names []string
		var values map[string]json.RawMessage
		if json.Unmarshal(listOf(public), &names) != nil || len(options) > 0 && json.Unmarshal(options, &values) != nil {
			return nil, false, errors.New("config: options must be an object, and public a list of the names of those that are no secrets")
		}
		if err := divide(object, values, names); err != nil {
			return nil, false, err
		}
	}
	rewritten, err := json.Marshal(object)
	return rewritten, false, err
}

// listOf is a text as the list of its lines: a list of one entry may be written as a text. Anything else stays,
// for the decoder to refuse.
//
//	"a\nb\n" -> ["a","b"]
func listOf(raw json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw
	}
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(text, "\r\n"), "\n") {
		lines = append(lines, strings.Trim(line, " \t\r"))
	}
	list, err := json.Marshal(lines)
	if err != nil {
		return raw
	}
	return list
}

// divide puts values into options and secrets of object. Secrets that object has already stay. An error does not
// quote a value.
func divide(object, values map[string]json.RawMessage, public []string) error {
	options, secrets := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
	if len(object["secrets"]) > 0 && json.Unmarshal(object["secrets"], &secrets) != nil {
		return errors.New("config: secrets must be an object")
	}
	for name, value := range values {
		secrets[name] = value
	}
	for _, name := range public {
		if value, ok := values[name]; ok {
			options[name] = value
			delete(secrets, name)
		}
	}
	// On its own line: yaegi loses one of several results assigned to a map.
	one, err := json.Marshal(options)
	if err != nil {
		return err
	}
	two, err := json.Marshal(secrets)
	object["options"] = one
	object["secrets"] = two
	return err
}

// loadDefinitions loads a scheme with examples for its options, and tests it. object has the keys of a preset file
// that decide what is signed; another key is an error, so that a scheme is not accepted without what its author
// wrote.
func loadDefinitions(object map[string]json.RawMessage) error {
	p := &Preset{Preset: 1, Name: CustomName, Title: CustomName}
	into := map[string]interface{}{
		"options": &p.Options, "operations": &p.Operations, "nonce": &p.Nonce, "owns": &p.Owns, "vectors": &p.Vectors,
	}
	for _, name := range names(object) {
		target, known := into[name]
		if !known {
			return fmt.Errorf("config: unknown key %.64q", name)
		}
		raw := object[name]
		if name == "operations" {
			raw = listOf(raw)
		}
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.DisallowUnknownFields()
		if err := d.Decode(target); err != nil {
			return fmt.Errorf("config: %s: %w", name, err)
		}
	}
	return Load(p)
}

// Load checks a preset: it is compiled, bound to examples of its options, and its vectors are tested. It is what
// `vendorsign preset check` does first, and finds everything that would keep a gateway from using the preset. Nil:
// it can be used.
func Load(p *Preset) error {
	if err := check(p); err != nil {
		return err
	}
	own, err := Compile(p)
	if err != nil {
		return err
	}
	values := make(signers.Values)
	for _, o := range optionsOf(p.Options) {
		values[o.Name] = []string{o.Example()}
	}
	// An error means that no built-in preset has this name. Built-in ones may have options in the host of a token
	// service: see newTokenWays.
	_, other := Lookup(p.Name)
	ways, err := newTokenWays(p, other == nil)
	if err != nil {
		return err
	}
	// All options are set, so the first way to a token counts.
	if ways != nil {
		for _, f := range unread(ways, 0, values) {
			delete(values, f.Option)
		}
	}
	if _, faults := bind(p, own, ways, values); len(faults) > 0 {
		return errors.New(faults[0].Text)
	}
	if err := selfTest(p, own, ways); err != nil || p.Claim == nil {
		return err
	}
	_, err = verifiable(p)
	return err
}
