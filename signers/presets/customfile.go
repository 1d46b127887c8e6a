//go:build go1.21

package presets

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// newFromFile makes the signer of a preset file, whose content is the value of preset or preset_file. It reads,
// compiles and tests the file for each credential: two of them may name different files.
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
		// A file may come from elsewhere, so it is tested like a built-in one before its first use.
		err = selfTest(p, own, ways)
	}
	if err != nil {
		option := fileOption(v)
		return nil, []signers.Fault{{Option: option, Text: option + ": " + err.Error()}}
	}
	// The gateway has checked the options of the scheme custom. Those of the file are only known here.
	checked, faults := signers.CheckValues(optionsOf(p.Options), values)
	if len(faults) > 0 {
		return nil, faults
	}
	return bind(p, own, ways, checked)
}

// fileOption is the option of a custom scheme that holds a preset file; empty: it has operations. preset is a name
// in the operator's folder, preset_file a path.
func fileOption(v signers.Values) string {
	if v.Has("preset_file") {
		return "preset_file"
	}
	if v.Has("preset") {
		return "preset"
	}
	return ""
}

// FromFile reads the preset file of a custom scheme, whose content is the value of preset or preset_file. It
// returns the values of options and secrets by the file's names, in which any letter case will do, as in labels.
// Without such a file the preset is nil. The values are those of v and not checked; a secret given as an option,
// which logs would show, is a fault.
func FromFile(v signers.Values) (*Preset, signers.Values, *signers.Fault) {
	option := fileOption(v)
	if option == "" {
		return nil, nil, nil
	}
	// Two sources of operations: which of them counts would be a guess.
	if v.Has("operations") || v.Has("nonce") || v.Has("login") || v.Has("preset") && v.Has("preset_file") {
		return nil, nil, &signers.Fault{Option: option, Text: option + " takes the place of operations and nonce, and of another file"}
	}
	p, err := Parse([]byte(v.Text(option)))
	if err != nil {
		return nil, nil, &signers.Fault{Option: option, Text: option + ": " + err.Error()}
	}
	p.own = true
	// Metrics, logs and stores tell vendors apart by their names.
	if _, err := signers.Lookup(p.Name); err == nil {
		return nil, nil, &signers.Fault{Option: option, Text: option + ": " + p.Name + " is the name of a built-in vendor; choose another"}
	}
	// The options of the file are only known now, so what a configuration calls options and secrets is matched
	// here.
	known := optionsOf(p.Options)
	values := make(signers.Values)
	for _, key := range v.Names("") {
		block, name, found := strings.Cut(key, ".")
		if !found || block != "options" && block != "secrets" {
			continue
		}
		// apiKey, api_key and API_KEY are one option.
		o, ok := signers.FindSpelt(known, name)
		if !ok {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": " + signers.Unknown(known, name).Text}
		}
		// The file says what is a secret, and the configuration must agree: an option may be shown in logs and
		// pages.
		if o.Secret != (block == "secrets") {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": " + o.Name + " belongs into the other one of options and secrets"}
		}
		if values[o.Name] != nil {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": " + o.Name + " is given twice"}
		}
		values[o.Name] = v[key]
		// Labels, which name a file by preset, may have all values of an option in one text. Of a secret a comma is a part.
		if option == "preset" && o.Many() && !o.Secret && len(v[key]) == 1 {
			values[o.Name] = strings.Split(v[key][0], ",")
		}
	}
	return p, values, nil
}
