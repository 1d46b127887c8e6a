//go:build go1.21

package presets

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// Vector is a request with its expected result. docs/presets.md says what each key means. Its secrets are made up, so that the file may be
// published.
type Vector struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// The options, as FromJSON reads them, and host.
	Config  map[string]json.RawMessage `json:"config"`
	Request VectorRequest              `json:"request"`
	// The gateway's time (RFC 3339), and the date where it is written in a way that Time does not tell.
	Time string `json:"time"`
	Date string `json:"date"`
	// What is not random here: the nonce, and a token that needs no request.
	Nonce  string      `json:"nonce"`
	Token  string      `json:"token"`
	Flow   []Exchange  `json:"flow"` // of the kind token: how the token comes about
	Expect Expectation `json:"expect"`
	// Whether the author computed the expectation, and where it is from.
	Derived bool   `json:"derived"`
	Source  string `json:"source"`
	Notes   string `json:"notes"`
}

// VectorRequest is the request of a vector, as the signer gets it.
type VectorRequest struct {
	Method  string                     `json:"method"`
	URL     string                     `json:"url"`
	Headers map[string]json.RawMessage `json:"headers"` // a text, or a list of texts
	Body    string                     `json:"body"`
	BodyB64 string                     `json:"body_b64"`
}

// Expectation is the expected result. Only the listed headers and parameters are compared.
type Expectation struct {
	Headers      map[string]json.RawMessage `json:"headers"` // an empty list: it must not be set
	Query        map[string]string          `json:"query"`
	Target       string                     `json:"target"`
	Canonical    string                     `json:"canonical"`
	StringToSign string                     `json:"string_to_sign"` // one of the texts that are hashed or signed
	Signature    string                     `json:"signature"`      // for people
	Value        string                     `json:"value"`          // likewise
	Error        string                     `json:"error"`          // part of the reason why it cannot be signed
}

// SelfTest signs a preset's own vectors. That shows the preset to be what its author tested, not that the author was right.
func SelfTest(p *Preset, own *program.Program) error {
	ways, err := newTokenWays(p, true)
	if err != nil {
		return err
	}
	return selfTest(p, own, ways)
}

func selfTest(p *Preset, own *program.Program, ways *tokenWays) error {
	options := optionsOf(p.Options)
	for i := range p.Vectors {
		if err := testVector(p, own, ways, options, &p.Vectors[i]); err != nil {
			return fmt.Errorf("the preset fails its own test %s: %w", p.Vectors[i].ID, err)
		}
	}
	return nil
}

// testVector binds a preset to the configuration of a vector, and compares what it makes of the request. A vector may also expect that the
// configuration is refused.
func testVector(p *Preset, own *program.Program, ways *tokenWays, options []signers.Option, v *Vector) error {
	// The host is an option of gateways, and not of the scheme.
	config := make(map[string]json.RawMessage, len(v.Config))
	for name, value := range v.Config {
		if name != "host" {
			config[name] = value
		}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	var bound *program.Bound
	values, faults := signers.FromJSON(options, text)
	if len(faults) == 0 {
		scheme := signers.Scheme{Options: options, New: func(v signers.Values) (signers.Signer, []signers.Fault) {
			// For Hashed, which the signer does not show.
			bound, _ = program.Bind(own, v)
			return bind(p, own, ways, v)
		}}
		var signer signers.Signer
		if signer, faults = scheme.Signer(values); len(faults) == 0 {
			return judge(signer, bound, v)
		}
	}
	if v.Expect.Error != "" && strings.Contains(faults[0].Text, v.Expect.Error) {
		return nil
	}
	return errors.New(faults[0].Text)
}

// judge signs a vector's request and compares the result with all that is expected, headers first. Its errors name what differs and show
// no value.
func judge(s signers.Signer, bound *program.Bound, v *Vector) error {
	m, at, err := read(v)
	if err != nil {
		return err
	}
	if at.Date == "" {
		at.Date = s.Date(at.Time)
	}
	var parts []signers.Part
	var hashed []string
	err = fetch(s, v, m.Host, at)
	if err == nil {
		parts, err = s.Canonical(m, at)
	}
	if err == nil && v.Expect.StringToSign != "" {
		hashed, err = program.Hashed(bound, m, at)
	}
	if err == nil {
		err = s.Sign(m, at)
	}
	if v.Expect.Error != "" {
		if err == nil || !strings.Contains(err.Error(), v.Expect.Error) {
			return errors.New("it should be refused, and is not, or for another reason")
		}
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names(v.Expect.Headers) {
		want, err := texts(v.Expect.Headers[name])
		if err != nil {
			return err
		}
		got := m.Header[http.CanonicalHeaderKey(name)]
		if len(got) != len(want) || strings.Join(got, "\n") != strings.Join(want, "\n") {
			return errors.New("header " + name + " differs")
		}
	}
	_, query, _ := strings.Cut(m.Target, "?")
	parameters, err := url.ParseQuery(query)
	for name, want := range v.Expect.Query {
		if err != nil || len(parameters[name]) != 1 || parameters[name][0] != want {
			return errors.New("parameter " + name + " differs")
		}
	}
	if v.Expect.Target != "" && m.Target != v.Expect.Target {
		return errors.New("the target differs")
	}
	canonical := ""
	for _, part := range parts {
		canonical += part.Text
	}
	if v.Expect.Canonical != "" && canonical != v.Expect.Canonical {
		return errors.New("the canonical text differs")
	}
	if v.Expect.StringToSign != "" && !anyOf(v.Expect.StringToSign, append(hashed, canonical)) {
		return errors.New("string_to_sign is none of the texts that are hashed or signed")
	}
	return nil
}
