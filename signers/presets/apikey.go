//go:build go1.21

package presets

import (
	"net/http"
	"regexp"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The scheme api_key sends a static secret in a header whose name is an option. No operation can do that: what a program owns is
// known before its options are. Source: RFC 9110, 5.6.2 for names; the vendors' pages for everything else.
func init() {
	signers.Register(signers.Scheme{
		Name:  "api_key",
		Title: "Any API with a key in a header",
		Options: []signers.Option{
			{Name: "header", Default: "X-Api-Key", Also: []string{"header_name", "name"}, Doc: "The header that the key goes out in."},
			{Name: "key", Required: true, Secret: true, Sample: "1", Also: []string{"api_key", "token", "value"}, Doc: "The key."},
			{Name: "prefix", Also: []string{"scheme"}, Doc: "What goes before the key, as Token or ApiKey; a blank is put between them."},
		},
		New: newAPIKey,
	})
}

var (
	fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	// keyless are headers that describe the message or one hop, in which no vendor takes a key, and Cookie, which the gateway drops.
	keyless = regexp.MustCompile(`(?i)^(?:host|content-.*|transfer-encoding|trailer|te|expect|connection|upgrade|keep-alive|proxy-.*|` +
		`date|range|early-data|x-forwarded-.*|forwarded|via|vendorsign-.*)$`)
)

func newAPIKey(v signers.Values) (signers.Signer, []signers.Fault) {
	header := v.Text("header")
	if !fieldName.MatchString(header) || keyless.MatchString(header) {
		return nil, []signers.Fault{{Option: "header", Text: "header must be the name of a header that describes neither the message nor one hop"}}
	}
	s := &apiKey{header: http.CanonicalHeaderKey(header), value: v.Text("key")}
	if prefix := v.Text("prefix"); prefix != "" {
		s.value = prefix + " " + s.value
		s.proof = prefix + " "
	}
	return s, nil
}

type apiKey struct{ header, value, proof string }

func (s *apiKey) Traits() signers.Traits {
	return signers.Traits{
		Owns:        []string{s.header},
		SendsSecret: true,
		Second:      true,
		Proof:       signers.Proof{Header: s.header, Value: s.proof + "{key}"},
	}
}

func (s *apiKey) Date(t time.Time) string { return "" }

func (s *apiKey) Sign(m *signers.Message, at *signers.Moment) error {
	m.Header[s.header] = []string{s.value}
	return nil
}

func (s *apiKey) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return nil, nil
}

// Refusal has the status only.
func (s *apiKey) Refusal(a signers.Answer) signers.Refusal { return signers.RefusalOf(a.Status) }
