//go:build go1.21

package presets

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode"

	"github.com/vendorsign/vendorsign/signers"
)

// CustomName is the name of the scheme whose operations are in the configuration.
const CustomName = "custom"

// LoginName is the name of the scheme whose operations and login are in the configuration.
const LoginName = "login"

// The options of a custom scheme. A Caddyfile has lines `option NAME VALUE` and `secret NAME VALUE`, JSON has objects; in
// signers.Values they are options.NAME and secrets.NAME. Lists are values with several entries.
func init() {
	signers.Register(signers.Scheme{Name: CustomName, Title: "A scheme of your own", Options: customOptions(), New: newCustom})
	signers.Register(signers.Scheme{
		Name:  LoginName,
		Title: "A login of your own",
		Options: append([]signers.Option{{Name: "login", Kind: signers.Document, Verbatim: true, Also: []string{"token", "steps"},
			Doc: "The requests that fetch the token, as the key login of a preset file has them (JSON)."}}, customOptions()...),
		New: newCustom,
	})
}

func customOptions() []signers.Option {
	return []signers.Option{
		{Name: "operations", Kind: signers.Lines, Verbatim: true, Also: []string{"operation"},
			Doc: "The operations that sign a request, one a line."},
		{Name: "options", Kind: signers.Block, Line: "option",
			Doc: "The values that operations name opt.NAME, but for secrets."},
		{Name: "secrets", Kind: signers.Block, Line: "secret", Secret: true,
			Doc: "The secrets that operations name opt.NAME."},
		{Name: "nonce", Also: []string{"nonce_kind"},
			Doc: "The kind of the value nonce: uuid (the default), alnum:64, hex:16, base64:64, digits:19 or another length."},
		{Name: "preset", Kind: signers.File,
			Doc: "The name of a preset file in the operator's folder VENDORSIGN_PRESETS_DIR, without .json, in place of operations."},
		{Name: "preset_file", Kind: signers.File, Verbatim: true,
			Doc: "The path of a preset file, in place of operations."},
	}
}

func newCustom(v signers.Values) (signers.Signer, []signers.Fault) {
	if fileOption(v) != "" {
		return newFromFile(v)
	}
	p, values, fault := customPreset(v)
	if fault != nil {
		return nil, []signers.Fault{*fault}
	}
	own, err := Compile(p)
	if err != nil {
		return nil, []signers.Fault{{Option: "operations", Text: err.Error()}}
	}
	ways, err := newTokenWays(p, false)
	if err != nil {
		return nil, []signers.Fault{{Option: "login", Text: err.Error()}}
	}
	return bind(p, own, ways, values)
}

// newFromFile makes the signer of a preset file, whose content is the value of preset or preset_file.
func newFromFile(v signers.Values) (signers.Signer, []signers.Fault) {
	p, values, fault := FromFile(v)
	if fault != nil {
		return nil, []signers.Fault{*fault}
	}
	var ways *tokenWays
	own, err := Compile(p)
	if err == nil {
		ways, err = newTokenWays(p, false)
	}
	if err == nil {
		err = selfTest(p, own, ways)
	}
	if err != nil {
		option := fileOption(v)
		return nil, []signers.Fault{{Option: option, Text: option + ": " + err.Error()}}
	}
	checked, faults := signers.CheckValues(optionsOf(p.Options), values)
	if len(faults) > 0 {
		return nil, faults
	}
	return bind(p, own, ways, checked)
}

// fileOption is the option of a custom scheme that holds a preset file; empty: it has operations.
func fileOption(v signers.Values) string {
	if v.Has("preset_file") {
		return "preset_file"
	}
	if v.Has("preset") {
		return "preset"
	}
	return ""
}

// FromFile reads the preset file of a custom scheme, whose content is the value of preset or preset_file. It returns the values of
// options and secrets by the file's names, in which any letter case will do, as in labels. Without such a file the preset is nil.
func FromFile(v signers.Values) (*Preset, signers.Values, *signers.Fault) {
	option := fileOption(v)
	if option == "" {
		return nil, nil, nil
	}
	if v.Has("operations") || v.Has("nonce") || v.Has("login") || v.Has("preset") && v.Has("preset_file") {
		return nil, nil, &signers.Fault{Option: option, Text: option + " takes the place of operations and nonce, and of another file"}
	}
	p, err := Parse([]byte(v.Text(option)))
	if err != nil {
		return nil, nil, &signers.Fault{Option: option, Text: option + ": " + err.Error()}
	}
	if _, err := signers.Lookup(p.Name); err == nil {
		return nil, nil, &signers.Fault{Option: option, Text: option + ": " + p.Name + " is the name of a built-in vendor; choose another"}
	}
	known := optionsOf(p.Options)
	values := make(signers.Values)
	for _, key := range sortedKeys(v) {
		block, name, found := strings.Cut(key, ".")
		if !found || block != "options" && block != "secrets" {
			continue
		}
		o, ok := signers.FindSpelt(known, name)
		if !ok {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": " + signers.Unknown(known, name).Text}
		}
		if o.Secret != (block == "secrets") {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": " + o.Name + " belongs into the other one of options and secrets"}
		}
		if values[o.Name] != nil {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": " + o.Name + " is given twice"}
		}
		values[o.Name] = v[key]
	}
	return p, values, nil
}

// customPreset is the preset that a configuration amounts to, and the values of its options.
func customPreset(v signers.Values) (*Preset, map[string][]string, *signers.Fault) {
	if !v.Has("operations") {
		return nil, nil, &signers.Fault{Option: "operations", Text: "operations are required"}
	}
	kind := v.Text("nonce")
	if kind != "" && !knownNonce(kind) {
		return nil, nil, &signers.Fault{Option: "nonce", Text: "nonce must be uuid, alnum:N, digits:N, hex:N or base64:N, with N from 8 to 128"}
	}
	p := &Preset{Name: CustomName, Nonce: kind}
	if v.Has("login") {
		if !json.Valid([]byte(v.Text("login"))) {
			return nil, nil, &signers.Fault{Option: "login", Text: "login must be an object of JSON"}
		}
		p.Name = LoginName
		p.Token = json.RawMessage(`{"login":` + v.Text("login") + `}`)
	}
	for _, line := range v["operations"] { // an entry may be a text of several lines
		p.Operations = append(p.Operations, strings.Split(strings.TrimRight(line, "\r\n"), "\n")...)
	}
	for i, line := range p.Operations {
		p.Operations[i] = strings.Trim(line, " \t\r")
	}
	values := make(map[string][]string)
	for _, key := range sortedKeys(v) {
		block, name, found := strings.Cut(key, ".")
		if !found || block != "options" && block != "secrets" {
			continue
		}
		name = snake(name)
		if !presetName.MatchString(name) {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": a name must be of letters, digits and underscores"}
		}
		if values[name] != nil {
			return nil, nil, &signers.Fault{Option: block, Text: name + " is given twice"}
		}
		values[name] = v[key]
		own := Option{Name: name}
		if block == "secrets" { // not in the literal: interpreted, the other field's || would count for this one
			own.Secret = true
		}
		if len(v[key]) > 1 || isList(p.Operations, name) {
			own.List = true
		}
		p.Options = append(p.Options, own)
	}
	return p, values, nil
}

// isList reports whether operations take an option as a list: one entry is a list, too.
func isList(operations []string, name string) bool {
	return strings.Contains(strings.Join(operations, "\n"), "header_list:opt."+name+":")
}

func sortedKeys(v signers.Values) []string {
	keys := make([]string, 0, len(v))
	for key := range v {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// snake is a name in snake_case: labels have camelCase.
func snake(name string) string {
	if strings.ToLower(name) == name {
		return name
	}
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) {
			if i > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ReadCustom reads the configuration of a custom scheme as `vendorsign sign` takes it, where options are an object of
// values, of which all except those listed in public are secrets. It returns the configuration that signers.FromJSON reads.
// If options are a list of definitions instead, the scheme is loaded and tested, and there is nothing to sign.
func ReadCustom(config []byte) (rewritten []byte, loaded bool, fault error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(config, &object); err != nil {
		return nil, false, errors.New("config must be an object")
	}
	delete(object, "scheme") // a name for people
	options := object["options"]
	if strings.HasPrefix(strings.TrimSpace(string(options)), "[") {
		return nil, true, loadDefinitions(object)
	}
	public, listed := object["public"]
	delete(object, "public")
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

// listOf is a text as the list of its lines: a list of one entry may be written as a text. Anything else stays.
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

// divide puts values into options and secrets.
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
	one, err := json.Marshal(options) // on its own line: yaegi loses one of several results assigned to a map
	if err != nil {
		return err
	}
	two, err := json.Marshal(secrets)
	object["options"] = one
	object["secrets"] = two
	return err
}

// loadDefinitions loads a scheme with examples for its options, and tests it.
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

// Load checks a preset: it is compiled, bound to examples of its options, and its vectors are tested.
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
	_, other := Lookup(p.Name) // an error means that no built-in preset has this name
	ways, err := newTokenWays(p, other == nil)
	if err != nil {
		return err
	}
	if _, faults := bind(p, own, ways, values); len(faults) > 0 {
		return errors.New(faults[0].Text)
	}
	return selfTest(p, own, ways)
}
