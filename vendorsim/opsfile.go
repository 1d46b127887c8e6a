package vendorsim

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxPresetFile is the limit of a preset file.
const maxPresetFile = 64 << 10

// PresetFile is a vendor by data: a preset file whose operations were parsed and checked by this package's own reading of
// docs/operations.md. It shares no code with the signers, so a program that both run the same way is right, or both misread the page.
type PresetFile struct {
	Name string

	file       presetFile
	operations []operation
	window     time.Duration // 0 is unknown
	ways       []*tokenWay   // to a token, the first that counts
}

// presetFile is the JSON of a preset file. What only steers gateways or people is read and not used.
type presetFile struct {
	Preset           int             `json:"preset"`
	Revision         int             `json:"revision"`
	Name             string          `json:"name"`
	Title            string          `json:"title"`
	Page             string          `json:"page"`
	Evidence         string          `json:"evidence"`
	Proof            string          `json:"proof"`
	Sources          json.RawMessage `json:"sources"`
	Options          []presetOption  `json:"options"`
	Nonce            string          `json:"nonce"`
	Operations       []string        `json:"operations"`
	Owns             []string        `json:"owns"`
	BodyFirst        int             `json:"body_first"`
	BodyMethods      []string        `json:"body_methods"`
	Hosts            []string        `json:"hosts"`
	HostsOnly        bool            `json:"hosts_only"`
	Guards           []string        `json:"guards"`
	GuardVectors     json.RawMessage `json:"guard_vectors"`
	Multiplexed      bool            `json:"multiplexed"`
	MultiplexedPaths []string        `json:"multiplexed_paths"`
	Probe            string          `json:"probe"`
	Window           string          `json:"window"`
	Hides            []string        `json:"hides"`
	Refusals         []presetRefusal `json:"refusals"`
	Engine           string          `json:"engine"`
	Set              json.RawMessage `json:"set"`
	Token            json.RawMessage `json:"token"`
	Ended            string          `json:"ended"`
	Claim            json.RawMessage `json:"claim"` // for gateways
	Vectors          json.RawMessage `json:"vectors"`
	Docs             string          `json:"docs"`
}

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
	Variable string   `json:"variable"`
}

type presetRefusal struct {
	Status   int    `json:"status"`
	Contains string `json:"contains"`
	Means    string `json:"means"`
}

// ReadPreset reads a preset file and checks its operations. Its errors name the operation and the reason.
func ReadPreset(data []byte) (*PresetFile, error) {
	if len(data) > maxPresetFile {
		return nil, fmt.Errorf("the preset file is larger than %d bytes", maxPresetFile)
	}
	p := &PresetFile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p.file); err != nil {
		return nil, fmt.Errorf("the preset file: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the preset file: there is text behind the object")
	}
	p.Name = p.file.Name
	switch {
	case p.file.Preset != 1:
		return nil, errors.New("preset must be 1")
	case p.file.Engine != "" && p.file.Engine != "operations":
		return nil, fmt.Errorf("the engine %q has no operations to simulate", p.file.Engine)
	}
	if w := p.file.Window; w != "" && w != "unknown" {
		var err error
		if p.window, err = time.ParseDuration(w); err != nil || p.window <= 0 {
			return nil, errors.New("window must be a duration, such as 10m, or unknown")
		}
	}
	if err := p.checkOptions(); err != nil {
		return nil, err
	}
	var err error
	if p.operations, err = parseOperations(p.file.Operations); err != nil {
		return nil, err
	}
	if err = checkProgram(p); err == nil {
		p.ways, err = readWays(p)
	}
	return p, err
}

func (p *PresetFile) checkOptions() error {
	seen := map[string]bool{}
	for _, o := range p.file.Options {
		if !nameForm.MatchString(o.Name) {
			return fmt.Errorf("option %q: a name has lower-case letters, digits and _", o.Name)
		}
		for _, name := range append([]string{o.Name}, o.Also...) {
			if seen[name] {
				return fmt.Errorf("option %s: the name is taken", name)
			}
			seen[name] = true
		}
	}
	return nil
}

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

// Secret reports whether an option of this name or former name is a secret. So is the token.
func (p *PresetFile) Secret(name string) bool {
	for _, o := range p.file.Options {
		if o.Name == name || slices.Contains(o.Also, name) {
			return o.Secret
		}
	}
	return name == "token" || strings.HasPrefix(name, "token.")
}

func (o presetOption) optional() bool {
	if o.Required != nil {
		return !*o.Required
	}
	return o.Default != "" || len(o.Values) > 0 || o.Flag
}

// bindOptions gives each option its value: the one given, or its default. The parts of a list are separated by commas, those
// of lines by line ends. Errors name options, never values.
func (p *PresetFile) bindOptions(values map[string]string) (map[string]string, error) {
	bound, known := map[string]string{}, map[string]bool{}
	for _, o := range p.file.Options {
		for _, name := range append([]string{o.Name}, o.Also...) {
			known[name] = true
			bound[o.Name] = cmp.Or(bound[o.Name], values[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case name == "token" || strings.HasPrefix(name, "token."):
			bound[name] = values[name]
		case !known[name]:
			return nil, fmt.Errorf("unknown option %q", name)
		}
	}
	for _, o := range p.file.Options {
		v := cmp.Or(bound[o.Name], o.Default)
		if v == "" && len(o.Values) > 0 {
			v = o.Values[0]
		}
		if err := o.checkValue(v); err != nil {
			return nil, err
		}
		if o.Flag && v != "true" {
			v = ""
		}
		bound[o.Name] = v
	}
	return bound, nil
}

var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	labelForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	uuidForm  = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	digitForm = regexp.MustCompile(`^[0-9]+$`)
)

func (o presetOption) checkValue(v string) error {
	if v == "" {
		if !o.optional() {
			return fmt.Errorf("%s is required", o.Name)
		}
		return nil
	}
	switch {
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
	}
	if !ok {
		return fmt.Errorf("%s is not %s", o.Name, o.Check)
	}
	return nil
}
