//go:build go1.21

package presets

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// Vector is a request with its expected result. docs/presets.md says what each key means.
type Vector struct {
	ID      string                     `json:"id"`
	Kind    string                     `json:"kind"`
	Config  map[string]json.RawMessage `json:"config"`
	Request VectorRequest              `json:"request"`
	Time    string                     `json:"time"`
	Date    string                     `json:"date"`
	Nonce   string                     `json:"nonce"`
	Token   string                     `json:"token"`
	Flow    []Exchange                 `json:"flow"` // of the kind token: how the token comes about
	Expect  Expectation                `json:"expect"`
	Derived bool                       `json:"derived"`
	Source  string                     `json:"source"`
	Notes   string                     `json:"notes"`
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

func testVector(p *Preset, own *program.Program, ways *tokenWays, options []signers.Option, v *Vector) error {
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

// judge signs a vector's request and compares the result.
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

// compares reports whether a vector proves anything: signature and value are for people.
func compares(v *Vector) bool {
	e := &v.Expect
	return len(e.Headers) > 0 || len(e.Query) > 0 || len(v.Flow) > 0 ||
		e.Target != "" || e.Canonical != "" || e.StringToSign != "" || e.Error != ""
}

// provesSecret reports whether a vector compares a header or parameter that is made with a secret, if there are any.
func provesSecret(vectors []Vector, own *program.Program) bool {
	headers, params := own.MadeWithSecrets()
	if len(headers)+len(params) == 0 {
		return true
	}
	for i := range vectors {
		e := &vectors[i].Expect
		for name := range e.Headers {
			values, err := texts(e.Headers[name])
			if err == nil && len(values) > 0 && anyOf(http.CanonicalHeaderKey(name), headers) {
				return true
			}
		}
		for name := range e.Query {
			if anyOf(name, params) {
				return true
			}
		}
		if e.Target != "" && len(params) > 0 {
			return true
		}
	}
	return false
}

func anyOf(text string, list []string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

// read is the message and moment of a vector.
func read(v *Vector) (*signers.Message, *signers.Moment, error) {
	_, rest, found := strings.Cut(v.Request.URL, "://")
	i := strings.IndexAny(rest, "/?")
	if !found || i < 0 {
		return nil, nil, errors.New("request.url must be an address with a path")
	}
	m := &signers.Message{Method: v.Request.Method, Host: rest[:i], Target: rest[i:], Header: make(http.Header), Body: []byte(v.Request.Body)}
	if v.Request.BodyB64 != "" {
		body, err := base64.StdEncoding.DecodeString(v.Request.BodyB64)
		if err != nil {
			return nil, nil, errors.New("request.body_b64 must be base64")
		}
		m.Body = body
	}
	m.Length = int64(len(m.Body))
	for _, name := range names(v.Request.Headers) {
		values, err := texts(v.Request.Headers[name])
		if err != nil {
			return nil, nil, err
		}
		for _, value := range values {
			m.Header.Add(name, value)
		}
	}
	at := &signers.Moment{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Date: v.Date, Nonce: v.Nonce, Token: v.Token}
	if v.Time != "" {
		t, err := time.Parse(time.RFC3339, v.Time)
		if err != nil {
			return nil, nil, errors.New("time must be of RFC 3339")
		}
		at.Time = t
	}
	return m, at, nil
}

func names(object map[string]json.RawMessage) []string {
	list := make([]string, 0, len(object))
	for name := range object {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// texts reads a text, or a list of texts.
func texts(raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return nil, errors.New("a header must be a text or a list of texts")
	}
	return list, nil
}

// checkVectors refuses vectors that show nothing, and two of one name.
func checkVectors(vectors []Vector) error {
	seen := make(map[string]bool)
	for i := range vectors {
		v := &vectors[i]
		if !compares(v) {
			return fmt.Errorf("vectors: %.64q: expect compares nothing: it needs headers, query, target, canonical, string_to_sign or error", v.ID)
		}
		if v.ID != "" && seen[v.ID] {
			return fmt.Errorf("vectors: id: %.64q is there twice", v.ID)
		}
		seen[v.ID] = true
	}
	return nil
}
