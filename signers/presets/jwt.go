//go:build go1.21

package presets

import (
	"regexp"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
	"github.com/vendorsign/vendorsign/signers/tokens"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// JWTName is the name of the scheme for any API that takes a JSON Web Token which the client makes itself.
const JWTName = "jwt"

// Sources: RFC 7515, RFC 7518, RFC 7519, RFC 8037; RFC 6750, 2.1.
//
// The gateway makes the token itself, signs it with its key, and sends it until shortly before it expires. With
// algorithm HS256, shared_secret, and claims "iss=acme" and "exp=[[expires]]" a request has
//
//	Authorization: Bearer BASE64URL({"alg":"HS256",...}).BASE64URL({"iss":"acme","exp":...}).SIGNATURE
func init() {
	signers.Register(signers.Scheme{
		Name:  JWTName,
		Title: "Any API with a JSON Web Token that its client signs",
		Options: []signers.Option{
			{Name: "algorithm", Values: tokens.Algorithms, Also: []string{"alg"}, Doc: "How the token is signed."},
			{Name: "private_key", Kind: signers.Document, Secret: true, Sample: wire.SampleKey, Also: []string{"private_jwk", "key"},
				Doc: "The key of RS256, ES256 and EdDSA, in PEM or as a JWK."},
			{Name: "shared_secret", Secret: true, Sample: "1", Also: []string{"secret"}, Doc: "The key of HS256, HS384 and HS512."},
			{Name: "key_id", Also: []string{"kid"}, Doc: "The key's id, which the token's header names."},
			{Name: "claims", Kind: signers.List, Required: true, Sample: "iss=1", Also: []string{"claim"},
				Doc: "The claims in their order, as NAME=VALUE. [[now]] and [[expires]] are seconds since 1970, [[nonce]] is a new UUID for each " +
					"token."},
			{Name: "expires_in", Kind: signers.Duration, Default: "1h", Also: []string{"ttl"}, Doc: "How long a token lives, as in 5m."},
			{Name: "backdate", Kind: signers.Duration,
				Doc: "How much earlier than the gateway's time [[now]] is, for vendors whose clock is behind."},
			{Name: "token_prefix", Default: "Bearer", Doc: "The scheme before the token in Authorization."},
		},
		New: newJWT,
	})
}

var (
	// parameterName is what claims and parameters of a request may be called.
	parameterName = regexp.MustCompile(`^[0-9A-Za-z_.:/-]+$`)
	// claimValues are what a claim may contain in addition to text: nothing that could reveal a key to whoever
	// writes the claims. With [[opt.shared_secret]] in a claim the vendor, and every log of a token, would have
	// the key.
	claimValues = regexp.MustCompile(`\[\[(?:now|expires|nonce)\]\]`)
)

// newJWT makes the signer of a JWT that the gateway makes itself, with the key that the algorithm takes. Both keys
// are options, since a private key may have line ends and a shared secret may not; the one that the algorithm does
// not take is a fault, as it shows a mistake about how the vendor verifies.
func newJWT(v signers.Values) (signers.Signer, []signers.Fault) {
	algorithm := v.Text("algorithm")
	key, other := "private_key", "shared_secret"
	if strings.HasPrefix(algorithm, "HS") {
		key = "shared_secret"
		other = "private_key"
	}
	var faults []signers.Fault
	if !v.Has(key) {
		faults = append(faults, signers.Fault{Option: key, Text: key + " is required with algorithm " + algorithm})
	}
	if v.Has(other) {
		faults = append(faults, signers.Fault{Option: other, Text: other + " is of no use with algorithm " + algorithm})
	}
	lives, _ := tokens.Duration(v.Text("expires_in"))
	if backdate, ok := tokens.Duration(v.Text("backdate")); ok && lives > 0 && backdate >= lives {
		faults = append(faults, signers.Fault{Option: "backdate", Text: "backdate must be shorter than expires_in"})
	}
	for _, option := range []string{"expires_in", "backdate"} {
		// Times in a token are whole seconds: one that lives for less has expired when it is made.
		if d, ok := tokens.Duration(v.Text(option)); !ok || d%time.Second != 0 {
			faults = append(faults, signers.Fault{Option: option, Text: option + " must be a duration such as 5m, up to a year"})
		}
	}
	// The key is named and not put in: its value is bound as an option, and stays out of templates.
	j := &tokens.JWT{Algorithm: algorithm, Key: key, KeyID: "key_id", ExpiresIn: v.Text("expires_in"), Backdate: v.Text("backdate")}
	seen := make(map[string]bool)
	for _, claim := range v["claims"] {
		name, value, found := strings.Cut(claim, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || !parameterName.MatchString(name) {
			faults = append(faults, signers.Fault{Option: "claims", Text: "claims must be of the form NAME=VALUE"})
			break
		}
		// What is left after the three permitted ones must not open another.
		if strings.Contains(claimValues.ReplaceAllString(value, ""), "[[") {
			faults = append(faults, signers.Fault{Option: "claims", Text: "claims take [[now]], [[expires]] and [[nonce]], and no other [[ ]]"})
			break
		}
		// RFC 7519, section 4: whoever reads the token may take either of the two.
		if seen[name] {
			faults = append(faults, signers.Fault{Option: "claims", Text: "claims: a name is there twice"})
			break
		}
		seen[name] = true
		if fault := tokens.ClaimFault(name, value); fault != "" {
			faults = append(faults, signers.Fault{Option: "claims", Text: "claims: " + fault})
			break
		}
		j.Claims = append(j.Claims, name+"="+quoteBetween(value))
	}
	if len(v["claims"]) > tokens.MaxClaims {
		faults = append(faults, signers.Fault{Option: "claims", Text: "claims must be at most 32"})
	}
	if len(faults) > 0 {
		return nil, faults
	}
	options := []program.Option{
		{Name: "private_key", Secret: true, Lines: true}, {Name: "shared_secret", Secret: true}, {Name: "key_id"}, {Name: "token_prefix"},
	}
	return newTokenSigner(&tokens.Declaration{JWT: j}, v, options, nil)
}

// quoteBetween makes a template of a claim's value: what is between its values is text, whatever it looks like.
//
//	a[[now]]b -> [['a']][[now]][['b']]
func quoteBetween(value string) string {
	var b strings.Builder
	at := 0
	for _, place := range claimValues.FindAllStringIndex(value, -1) {
		b.WriteString(literal(value[at:place[0]]) + value[place[0]:place[1]])
		at = place[1]
	}
	return b.String() + literal(value[at:])
}
