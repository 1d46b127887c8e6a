package vendorsim

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// presetOption is an option of a preset file. What only steers gateways or people is read and not used.
//
//	{"name": "region", "values": ["us", "eu"], "also": ["zone"]}   us by default; zone is another word for it
//	{"name": "secret", "secret": true, "check": "hex"}             required, hexadecimal
type presetOption struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc"`
	Secret   bool     `json:"secret"`
	Key      string   `json:"key"`
	List     bool     `json:"list"`
	Lines    bool     `json:"lines"`
	Number   bool     `json:"number"`
	Flag     bool     `json:"flag"`
	Duration bool     `json:"duration"`
	Default  string   `json:"default"`
	Values   []string `json:"values"`
	Check    string   `json:"check"`
	Also     []string `json:"also"`
	Required *bool    `json:"required"`
	Sample   string   `json:"sample"`
	Shape    string   `json:"shape"` // of keys that a gateway derives, which is not the vendor's
	Apart    string   `json:"apart"` // it is for the configuration, which is not the vendor's, and so is the next
	ApartIf  string   `json:"apart_if"`
	Variable string   `json:"variable"`
}

// checkOptions refuses names of options that occur twice or cannot be written as opt.NAME.
func (p *PresetFile) checkOptions() error {
	seen := map[string]bool{}
	for _, o := range p.file.Options {
		if !nameForm.MatchString(o.Name) {
			return fmt.Errorf("option %q: a name has lower-case letters, digits and _", o.Name)
		}
		// Former names are taken too: a configuration may still have one.
		for _, name := range append([]string{o.Name}, o.Also...) {
			if seen[name] {
				return fmt.Errorf("option %s: the name is taken", name)
			}
			seen[name] = true
		}
	}
	return nil
}

// option finds an option by its name, not by a former one: operations are written with the names that the file has.
func (p *PresetFile) option(name string) (presetOption, bool) {
	i := slices.IndexFunc(p.file.Options, func(o presetOption) bool { return o.Name == name })
	if i < 0 {
		return presetOption{}, false
	}
	return p.file.Options[i], true
}

// Options lists the names of the preset's options, in the file's order.
func (p *PresetFile) Options() []string {
	var names []string
	for _, o := range p.file.Options {
		names = append(names, o.Name)
	}
	return names
}

// Secret reports whether an option of this name or former name is a secret. So is the token. It is for those who print a
// configuration.
func (p *PresetFile) Secret(name string) bool {
	for _, o := range p.file.Options {
		if o.Name == name || slices.Contains(o.Also, name) {
			return o.Secret
		}
	}
	return name == "token" || strings.HasPrefix(name, "token.")
}

// optional reports whether the option may be left out: the file says so, or it has a default, a list of values or is a flag.
// A list of values has its first as the default.
func (o presetOption) optional() bool {
	if o.Required != nil {
		return !*o.Required
	}
	return o.Default != "" || len(o.Values) > 0 || o.Flag
}

// bindOptions gives each option its value: the one given, or its default. The parts of a list are separated by commas, those
// of lines by line ends. Errors name options, never values. The map is a new one; "token" and "token.NAME" are no options of
// the file, and are taken as they are.
func (p *PresetFile) bindOptions(values map[string]string) (map[string]string, error) {
	bound, known := map[string]string{}, map[string]bool{}
	for _, o := range p.file.Options {
		for _, name := range append([]string{o.Name}, o.Also...) {
			known[name] = true
			bound[o.Name] = cmp.Or(bound[o.Name], values[name])
		}
	}
	// Sorted, so that the same configuration always has the same error.
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case name == "token" || strings.HasPrefix(name, "token."):
			bound[name] = values[name]
		case !known[name]:
			return nil, fmt.Errorf("unknown option %q", name)
		}
	}
	for _, o := range p.file.Options {
		// A given value counts before the default, and this before the first of the list.
		v := cmp.Or(bound[o.Name], o.Default)
		if v == "" && len(o.Values) > 0 {
			v = o.Values[0]
		}
		if err := o.checkValue(v); err != nil {
			return nil, err
		}
		// A flag that is off is an empty text, so that if and when can ask for it.
		if o.Flag && v != "true" {
			v = ""
		}
		if d, err := readDuration(v); o.Duration && err == nil && d%time.Second == 0 {
			v = strconv.Itoa(int(d / time.Second)) // as operations add and send it
		}
		bound[o.Name] = v
	}
	return bound, nil
}

// The forms of values that the key check of an option names.
var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	labelForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	uuidForm  = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	wordForm  = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
	digitForm = regexp.MustCompile(`^[0-9]+$`)
)

// checkValue checks a value by what the file says about the option: its kind, its list of values and its check. An empty
// value is one that is not given. Errors name the option and not the value.
func (o presetOption) checkValue(v string) error {
	if v == "" {
		if !o.optional() {
			return fmt.Errorf("%s is required", o.Name)
		}
		return nil
	}
	switch {
	// Keys in PEM have several lines, and so may an option that says so.
	case !o.Lines && o.Key == "" && strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%s contains a control character or line break", o.Name)
	case len(o.Values) > 0 && !slices.Contains(o.Values, v):
		return fmt.Errorf("%s must be one of %s", o.Name, strings.Join(o.Values, ", "))
	case o.Flag && v != "true" && v != "false":
		return fmt.Errorf("%s must be true or false", o.Name)
	}
	if o.Number {
		if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 0 {
			return fmt.Errorf("%s must be a number", o.Name)
		}
	}
	if o.Duration {
		if _, err := readDuration(v); err != nil {
			return fmt.Errorf("%s must be a duration, such as 5m, or whole seconds", o.Name)
		}
	}
	ok := true
	switch o.Check {
	case "hex":
		_, err := hex.DecodeString(v)
		ok = err == nil
	case "base64":
		_, err := base64.StdEncoding.DecodeString(v)
		ok = err == nil
	case "dns_label":
		ok = labelForm.MatchString(strings.ToLower(v))
	case "uuid":
		ok = uuidForm.MatchString(v)
	case "digits":
		ok = digitForm.MatchString(v)
	case "word":
		ok = wordForm.MatchString(v)
	case "zscaler_key":
		ok = len(v) >= 12
	}
	if !ok {
		return fmt.Errorf("%s is not %s", o.Name, o.Check)
	}
	return nil
}
