package vendorsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// NewPreset makes the simulator of the vendor that a preset file describes. Config.Credential holds its options by name, lists
// separated by commas. Where the file says how a token is fetched, the simulator has these endpoints, too, whatever their host, and
// takes the tokens that it issued; with the option "token" it has none, and takes that token. Errors name options and operations,
// never values.
func NewPreset(data []byte, c Config) (*Simulator, error) {
	p, err := ReadPreset(data)
	if err != nil {
		return nil, err
	}
	switch {
	// Fields of Config that are about one native vendor.
	case c.Host != "":
		err = fmt.Errorf("the option Host is for duo only")
	case c.RateLimit != 0 || c.RateWindow != 0:
		err = fmt.Errorf("the option RateLimit is for carbonblack and duo only")
	case c.TokenTTL != 0 && len(p.ways) == 0:
		err = fmt.Errorf("this preset issues no tokens")
	case c.TokenTTL < 0:
		err = fmt.Errorf("TokenTTL must not be negative")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	credential := map[string]string{}
	for name, value := range c.Credential {
		// Common options of gateways mean nothing to the vendor, unless the preset has one of that name.
		if _, ok := p.option(name); ok || !slices.Contains([]string{"host", "allow", "max_body"}, name) {
			credential[name] = value
		}
	}
	v := &presetVendor{file: p, window: p.window, nonces: newNonces(maxNonces)}
	if v.window == 0 {
		v.window = defaultPresetWindow
	}
	if v.options, err = p.bindOptions(credential); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	judge := vendor(v)
	// A configured token is one that the operator has, and nothing is fetched.
	if len(p.ways) > 0 && v.options["token"] == "" {
		if judge, err = newTokenVendor(v, c.TokenTTL); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	s := &Simulator{name: p.Name, vendor: judge, now: c.Now, onAnswer: c.OnAnswer}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// DemoPreset returns a made-up credential for a preset: the samples of its options, or texts that nobody takes for real ones.
// It fails for a preset that needs a private key, of which there is no harmless one.
func DemoPreset(data []byte) (map[string]string, error) {
	p, err := ReadPreset(data)
	if err != nil {
		return nil, err
	}
	credential := map[string]string{}
	for _, o := range p.file.Options {
		switch {
		case o.Sample != "":
			credential[o.Name] = o.Sample
		case o.optional():
		case o.Key != "":
			return nil, fmt.Errorf("%s: there is no made-up key", o.Name)
		default:
			credential[o.Name] = demoValue(o)
		}
	}
	for _, o := range p.file.Options {
		if o.optional() && otherWays(p.file.Token, o.Name, credential) {
			delete(credential, o.Name)
		}
	}
	return credential, nil
}

// otherWays reports whether an option is for other ways to the token alone than the one that counts with these options: a
// configuration with both does not load.
func otherWays(token json.RawMessage, option string, options map[string]string) bool {
	var ways []json.RawMessage
	if json.Unmarshal(token, &ways) != nil {
		return false
	}
	word := regexp.MustCompile(`opt\.` + option + `\b|"` + option + `"`)
	// The words that each way of proving who asks needs without naming an option.
	implied := map[string]string{"client_secret": `"client_secret_`, "private_key": `"private_key_jwt"`, "key_id": `"private_key_jwt"`}[option]
	chosen, other := false, false
	for i, found := 0, false; i < len(ways); i++ {
		var way tokenWayFile
		_ = json.Unmarshal(ways[i], &way) // ReadPreset has read it
		reads := word.Match(ways[i]) || implied != "" && bytes.Contains(ways[i], []byte(implied))
		if !found && (way.When == "" || options[way.When] != "") {
			found = true
			chosen = reads
			continue
		}
		other = other || reads
	}
	return other && !chosen
}

// demoValue is a made-up value that passes the option's check. Each says that it is no secret, for whoever finds one in a
// log.
func demoValue(o presetOption) string {
	switch {
	case o.Number || o.Check == "digits":
		return "1"
	case o.Check == "hex":
		return "64656d6f2d6e6f742d612d736563726574" // demo-not-a-secret
	case o.Check == "base64":
		return "ZGVtby1ub3QtYS1zZWNyZXQh"
	case o.Check == "uuid":
		return "00000000-0000-4000-8000-000000000000"
	case o.Check == "host":
		return "vendor.example"
	case o.Secret:
		return "demo-" + strings.ReplaceAll(o.Name, "_", "-") + "-not-a-secret"
	}
	return "demo-" + strings.ReplaceAll(o.Name, "_", "-")
}
