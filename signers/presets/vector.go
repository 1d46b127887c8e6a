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

// Vector is a request with its expected result. docs/presets.md says what each key means. Its secrets are made up,
// so that the file may be published.
//
//	{
//	  "id": "example-2",
//	  "config": {"api_key": "1", "secret_key": "2"},
//	  "request": {"method": "POST", "url": "https://api.binance.com/api/v3/order?symbol=LTCBTC"},
//	  "time": "2017-07-12T02:41:59.559Z",
//	  "expect": {"query": {"timestamp": "1499827319559", "signature": "..."}},
//	  "source": "example 2 of the vendor's page"
//	}
type Vector struct {
	// The name in errors, and sign or token as the kind. The kind is for readers: whether there is a flow decides.
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// The options, as FromJSON reads them, and host, which is no option of the scheme but of gateways.
	Config  map[string]json.RawMessage `json:"config"`
	Request VectorRequest              `json:"request"`
	// The gateway's time (RFC 3339), and the date where it is written in a way that Time does not tell. Without
	// Time it is that of read.
	Time string `json:"time"`
	Date string `json:"date"`
	// What is not random here: the nonce, and a token that needs no request. Flow is how a token comes about that
	// does.
	Nonce  string      `json:"nonce"`
	Token  string      `json:"token"`
	Flow   []Exchange  `json:"flow"`
	Expect Expectation `json:"expect"`
	// Whether the author computed the expectation, and where it is from. A derived vector proves that a file is
	// consistent, and nothing about the vendor.
	Derived bool   `json:"derived"`
	Source  string `json:"source"`
	Notes   string `json:"notes"`
}

// VectorRequest is the request of a vector, as the signer gets it. It may have headers that a client must not set,
// to show that the signer replaces them. A header is a text, or a list of strings if it comes several times. BodyB64
// is a body that is no text, in base64.
type VectorRequest struct {
	Method  string                     `json:"method"`
	URL     string                     `json:"url"`
	Headers map[string]json.RawMessage `json:"headers"` // a text, or a list of strings
	Body    string                     `json:"body"`
	BodyB64 string                     `json:"body_b64"`
}

// Expectation is the expected result. Only the listed headers and parameters are compared. At least one key that
// is compared must be there.
type Expectation struct {
	// Headers are compared with all their values; an empty list says that the header must not be set. Query has
	// decoded parameters, and Target the whole target, for schemes that write it anew.
	Headers map[string]json.RawMessage `json:"headers"`
	Query   map[string]string          `json:"query"`
	Target  string                     `json:"target"`
	// Canonical is the text that people are shown, and StringToSign one of the texts that are hashed or signed, as
	// a vendor's documentation calls it.
	Canonical    string `json:"canonical"`
	StringToSign string `json:"string_to_sign"`
	// Signature and Value are for people: what is compared is the header that has them.
	Signature string `json:"signature"`
	Value     string `json:"value"`
	// Error is a part of the reason why the request cannot be signed, or the configuration is refused.
	Error string `json:"error"`
}

// SelfTest signs a preset's own vectors. That shows the preset to be what its author tested, not that the author
// was right. It catches a changed operation, and a system or interpreter that computes something else. own is the
// preset's program. The error names the first vector that differs.
func SelfTest(p *Preset, own *program.Program) error {
	ways, err := newTokenWays(p, true)
	if err != nil {
		return err
	}
	return selfTest(p, own, ways)
}

// selfTest is SelfTest with the ways to the token that the caller has made.
func selfTest(p *Preset, own *program.Program, ways *tokenWays) error {
	options := optionsOf(p.Options)
	for i := range p.Vectors {
		if err := testVector(p, own, ways, options, &p.Vectors[i]); err != nil {
			return fmt.Errorf("the preset fails its own test %s: %w", p.Vectors[i].ID, err)
		}
	}
	return nil
}

// testVector binds a preset to the configuration of a vector, and compares what it makes of the request. A vector
// may also expect that the configuration is refused. Values are read and checked as those of a real configuration.
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

// judge signs a vector's request and compares the result with all that is expected, headers first. Its errors name
// what differs and show no value: a vector may be one that an operator recorded with a real credential.
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
	// Before Sign, which may change the target.
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
		return errors.New("string_to_sign is not one of the texts that are hashed or signed")
	}
	return nil
}
