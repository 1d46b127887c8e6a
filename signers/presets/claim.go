//go:build go1.21

package presets

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// ownScheme is the scheme of the preset file that a configuration of a custom scheme names: with it, apps can sign as the file
// says. Its options are those of the file. The file is tested as for a signer, and its claim is compared with its operations:
// a claim that says more than they sign would let through what no app has signed.
func ownScheme(v signers.Values) (signers.Scheme, []signers.Fault) {
	option := fileOption(v)
	if option == "" {
		fault := signers.Fault{Option: "preset_file", Text: "preset_file or preset is required: operations alone do not say where a signature " +
			"is in a request, which the key claim of a preset file does"}
		return signers.Scheme{}, []signers.Fault{fault}
	}
	p, _, fault := FromFile(v)
	if fault != nil {
		return signers.Scheme{}, []signers.Fault{*fault}
	}
	if p.Claim == nil {
		return signers.Scheme{}, []signers.Fault{{Option: option, Text: option + ": " + p.Name + " has no claim, so that requests of apps " +
			"in its scheme cannot be verified"}}
	}
	scheme, err := verifiable(p)
	if err != nil {
		return signers.Scheme{}, []signers.Fault{{Option: option, Text: option + ": " + err.Error()}}
	}
	return scheme, nil
}

// verifiable is the scheme of a preset with a claim, if the claim says what the operations do.
func verifiable(p *Preset) (signers.Scheme, error) {
	scheme := p.Scheme()
	covers, err := checkClaim(p, &scheme)
	if err != nil {
		return signers.Scheme{}, err
	}
	// The scheme's own are not changed: they would be those of the next caller as well.
	claims := *scheme.Claims
	claims.Nothing = !covers
	scheme.Claims = &claims
	return scheme, nil
}

// checkClaim compares the claim of a preset with its operations, and reports whether they cover path and query.
func checkClaim(p *Preset, scheme *signers.Scheme) (bool, error) {
	if scheme.Claims == nil {
		return false, errors.New("claim: it cannot be read")
	}
	if len(p.Token) > 0 && string(p.Token) != "null" {
		return false, errors.New("claim: a scheme that fetches a token has none: apps would have to send the token")
	}
	values := make(signers.Values)
	for _, o := range scheme.Options {
		if o.Required {
			values[o.Name] = []string{o.Example()}
		}
	}
	var secret signers.Option
	for _, o := range scheme.Options {
		switch {
		case o.Name == p.Claim.Key:
			values[o.Name] = []string{exampleKey(o, "a")}
		case o.Name == p.Claim.Secret:
			secret = o
			if o.Kind == signers.Document || !o.Secret {
				return false, errors.New("claim: secret must be a secret option, and a local key is no private key in PEM")
			}
		case o.Required && !anyOf(o.Name, program.ClaimOptions(p.Claim)):
			return false, errors.New("claim: the value that an app has for " + o.Name + " is not known: give the option a default, or put {opt." +
				o.Name + "} where the app says it")
		}
	}
	nonce := ""
	if p.Nonce != "" {
		nonce = exampleNonce(p.Nonce)
	}
	s := &program.ClaimSample{Claim: p.Claim, Claims: scheme.Claims, Nonce: nonce, Key: values.Text(p.Claim.Key)}
	for _, digit := range []string{"a", "b"} {
		values[secret.Name] = []string{exampleKey(secret, digit)}
		signer, faults := scheme.Signer(values)
		if len(faults) > 0 {
			return false, errors.New("claim: no signer can be made of a local key: " + faults[0].Text + "; the option's shape says how keys look")
		}
		if p.Nonce == "" && signer.Traits().Nonce != "" {
			return false, errors.New("claim: the operations have a nonce: name its kind in nonce")
		}
		s.Other = s.Signer
		s.Signer = signer
	}
	return program.CheckClaim(s)
}

// exampleKey is a local key of an option, of one hexadecimal digit in the shape of the vendor's: the letters a to f are in the
// alphabets of all shapes but that of digits.
func exampleKey(o signers.Option, digit string) string {
	if o.Shape == "" {
		return strings.Repeat(digit, 32)
	}
	parts, _ := signers.ReadShape(o.Shape)
	text := ""
	for _, part := range parts {
		text += examplePart(part, digit)
	}
	return text
}

func examplePart(part signers.ShapePart, digit string) string {
	switch part.Kind {
	case "":
		return part.Text
	case "digits":
		return strings.Repeat(map[string]string{"a": "1", "b": "2"}[digit], part.N)
	case "upper", "base32":
		return strings.Repeat(strings.ToUpper(digit), part.N)
	case "hex":
		return strings.Repeat(digit, 2*part.N)
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(digit, part.N)))
	case "uuid":
		return strings.Replace("********-****-4***-a***-************", "*", digit, -1)
	}
	return strings.Repeat(digit, part.N)
}

// exampleNonce is a nonce of a kind such as hex:16.
func exampleNonce(kind string) string {
	form, size, _ := signers.NonceKind(kind)
	return examplePart(signers.ShapePart{Kind: form, N: size}, "a")
}
