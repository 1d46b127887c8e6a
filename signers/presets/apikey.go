//go:build go1.21

package presets

import (
	"regexp"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// APIKeyName is the name of the scheme for any static key in a header.
const APIKeyName = "api_key"

// The scheme api_key sends a static secret in a header whose name is an option. The headers that a program owns
// are known before its options, so each header has its own program. Source: RFC 9110, 5.6.2 for names.
//
// With header X-Api-Key, prefix Token and key 1 a request has
//
//	X-Api-Key: Token 1
func init() {
	signers.Register(signers.Scheme{
		Name:  APIKeyName,
		Title: "Any API with a key in a header",
		Options: []signers.Option{
			{Name: "header", Default: "X-Api-Key", Also: []string{"header_name", "name"}, Doc: "The header that the key goes out in."},
			{Name: "key", Required: true, Secret: true, Sample: "1", Also: []string{"api_key", "token", "value"}, Doc: "The key."},
			{Name: "prefix", Also: []string{"scheme"}, Doc: "What goes before the key, as Token or ApiKey; a blank is put between them."},
		},
		New: newAPIKey,
	})
}

// keyless are headers in which no vendor accepts a key, because they describe the message or one hop, and Cookie, which the
// gateway drops.
var keyless = regexp.MustCompile(`(?i)^(?:host|content-.*|transfer-encoding|trailer|te|expect|connection|upgrade|keep-alive|proxy-.*|` +
	`date|range|early-data|x-forwarded-.*|forwarded|via|vendorsign-.*)$`)

// newAPIKey compiles a program for the header of the configuration, and binds it to the key. It fails for a header
// that gateways and servers use themselves: they could replace the key, or take it for something else.
func newAPIKey(v signers.Values) (signers.Signer, []signers.Fault) {
	header := v.Text("header")
	if !wire.FieldName.MatchString(header) || keyless.MatchString(header) {
		return nil, []signers.Fault{{Option: "header",
			Text: "header must be the name alone, as in X-Api-Key, and none that HTTP or a gateway uses, such as Host or Content-Type"}}
	}
	p := APIKey(header, v.Has("prefix"))
	own, err := Compile(p)
	if err != nil {
		return nil, []signers.Fault{{Option: "header", Text: "header: " + err.Error()}}
	}
	// Not that it has no vectors: only the operator knows which header it is.
	own.Warnings = nil
	bound, faults := program.Bind(own, v)
	if len(faults) > 0 {
		return nil, faults
	}
	return program.NewSigner(bound, program.Scheme{}), nil
}

// APIKey is the scheme api_key for one header, as a preset, so that tools which work on presets can work on it as
// well. prefixed says that a prefix goes before the key.
//
//	header X-Api-Key = [[opt.prefix]] [[opt.key|reveal]]
func APIKey(header string, prefixed bool) *Preset {
	value := "[[opt.key|reveal]]"
	if prefixed {
		value = "[[opt.prefix]] " + value
	}
	secret := Option{Name: "key"}
	secret.Secret = true
	return &Preset{Name: APIKeyName, Title: "The vendor", Options: []Option{{Name: "header"}, {Name: "prefix"}, secret},
		Operations: []string{"header " + header + " = " + value}}
}
