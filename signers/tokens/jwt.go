//go:build go1.21

package tokens

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// JWT is a JSON Web Token that is made locally (RFC 7519), signed as RFC 7515 has it. Without
// oauth2 or login in the same declaration it is the token itself. With the option client_id "id",
// key_id "k1" and shared_secret "secret", at 1767323045 seconds since 1970:
//
//	{"algorithm": "HS256", "key_id": "key_id", "claims": ["iss = [[opt.client_id]]", "iat = [[now]]", "exp = [[expires]]"],
//	 "expires_in": "10m", "backdate": "60s"}
//
//	header   {"alg":"HS256","typ":"JWT","kid":"k1"}
//	claims   {"iss":"id","iat":1767322985,"exp":1767323585}
type JWT struct {
	// Algorithm is RS256 (the default), ES256, EdDSA, HS256, HS384 or HS512.
	Algorithm string `json:"algorithm"`
	// Key is the option with the key; empty: private_key, or shared_secret with an HMAC.
	Key string `json:"key"`
	// KeyID is the option whose value is kid in the header. The header has no kid if it is empty,
	// or if the option is not set.
	KeyID string `json:"key_id"`
	// Certificate is the option with the certificate whose SHA-1 is x5t in the header (RFC 7515,
	// section 4.1.7), as Microsoft Entra ID takes it. The header has no x5t if it is empty.
	Certificate string `json:"certificate"`
	// Claims are NAME = TEMPLATE each, in their order. [[now]] and [[expires]] alone are numbers, all others are texts.
	Claims []string `json:"claims"`
	// ExpiresIn is how long the token is valid from now on, 1h if it is empty.
	ExpiresIn string `json:"expires_in"`
	// Backdate is how much earlier than the gateway's time the token begins, for vendors whose
	// clock is behind: they would refuse a token from the future.
	Backdate string `json:"backdate"`
}

// jwtFilters are the algorithms of a JWT, and the filters of package program that sign as they say
// (RFC 7518, section 3.1, and RFC 8037). There is no "none": such a token proves nothing.
var jwtFilters = map[string]string{
	"RS256": "rsa_sha256", "ES256": "ecdsa_p256_sha256", "EdDSA": "ed25519",
	"HS256": "hmac_sha256", "HS384": "hmac_sha384", "HS512": "hmac_sha512",
}

// Algorithms are those of JWTs, the default first.
var Algorithms = []string{"RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"}

// claimName is printable ASCII without quotes, brackets and backslashes, so that it needs no
// escapes in JSON or in a template.
var claimName = regexp.MustCompile(`^[!#-&(-Z^-~]+$`)

// MaxClaims bounds what a declaration in a configuration may ask for.
const (
	claimNow     = "[[now]]"
	claimExpires = "[[expires]]"
	MaxClaims    = 32
)

// dates are the registered claims that are times, and what makes each of them (RFC 7519, sections 4.1.4 to 4.1.6). They must
// be numbers, so a text is refused by who verifies the token. With exp = [[now]] it is over when it is made, and with
// iat = [[expires]] it comes from the future.
var dates = map[string]string{"exp": claimExpires, "nbf": claimNow, "iat": claimNow}

// ClaimFault says what is wrong with a claim's template; usually nothing.
//
//	exp, 1767323045   ->  exp must be [[expires]]
func ClaimFault(name, template string) string {
	if must := dates[name]; must != "" && template != must {
		return name + " must be " + must
	}
	return ""
}

// life is how long a JWT lives, and how much earlier it begins. With 10m and 60s a token is valid
// from a minute before now until nine minutes after: vendors limit how far exp may be after iat.
func (j *JWT) life() (lives, backdate time.Duration, err error) {
	lives, ok := Duration(or(j.ExpiresIn, "1h"))
	if !ok {
		return 0, 0, errors.New("jwt: expires_in must be a duration such as 10m, up to a year")
	}
	backdate, ok = Duration(j.Backdate)
	if !ok || backdate >= lives {
		return 0, 0, errors.New("jwt: backdate must be a duration such as 60s that is shorter than expires_in")
	}
	return lives, backdate, nil
}

// operations writes the JWT as operations that end in the let jwt: header and claims in base64url
// with a point between them, and the signature of that (RFC 7515, section 3.1). set says which
// options are set: without them the header has no kid. The claims keep their order, although none
// is prescribed, so that a vector can compare the token. The example above is
//
//	let jwt_header = {"alg":"HS256","typ":"JWT","kid":[[opt.key_id|json]]}
//	let jwt_0 = [[opt.client_id]]
//	let jwt_claims = {"iss":[[jwt_0|json]],"iat":[[now|add:-60|unix]],"exp":[[now|add:540|unix]]}
//	let jwt_text = [[jwt_header|base64url]].[[jwt_claims|base64url]]
//	let jwt_signature = [[jwt_text|hmac_sha256:opt.shared_secret|base64url]]
//	let jwt = [[jwt_text]].[[jwt_signature]]
func (j *JWT) operations(set func(option string) bool) ([]string, error) {
	algorithm := or(j.Algorithm, Algorithms[0])
	filter := jwtFilters[algorithm]
	if filter == "" {
		return nil, errors.New("jwt: algorithm must be one of " + strings.Join(Algorithms, ", "))
	}
	key := or(j.Key, "private_key")
	if j.Key == "" && strings.HasPrefix(algorithm, "HS") {
		key = "shared_secret"
	}
	lives, backdate, err := j.life()
	if err != nil {
		return nil, err
	}
	if len(j.Claims) == 0 || len(j.Claims) > MaxClaims {
		return nil, errors.New("jwt: claims must be 1 to 32")
	}
	// NumericDate: seconds since 1970 as a number (RFC 7519, section 2).
	now := "[[now|add:-" + strconv.Itoa(int(backdate/time.Second)) + "|unix]]"
	expires := "[[now|add:" + strconv.Itoa(int((lives-backdate)/time.Second)) + "|unix]]"
	header := `{"alg":"` + algorithm + `","typ":"JWT"`
	if j.KeyID != "" && set(j.KeyID) {
		header += `,"kid":[[opt.` + j.KeyID + `|json]]`
	}
	if j.Certificate != "" {
		header += `,"x5t":"[[opt.` + j.Certificate + `|cert_sha1|base64url]]"`
	}
	lines := []string{"let jwt_header = " + header + "}"}
	claims := "{"
	for i, line := range j.Claims {
		name, template, found := strings.Cut(line, "=")
		name, template = strings.TrimSpace(name), strings.TrimSpace(template)
		if !found || !claimName.MatchString(name) {
			return nil, fmt.Errorf("jwt: claim %d must be of the form NAME = TEXT", i+1)
		}
		if fault := ClaimFault(name, template); fault != "" {
			return nil, fmt.Errorf("jwt: claim %d: %s", i+1, fault)
		}
		// Each claim is a let of its own, which is then written as a text of JSON: a template may hold quotes.
		value := "[[jwt_" + strconv.Itoa(i) + "|json]]"
		switch template {
		case claimNow:
			value = now
		case claimExpires:
			value = expires
		default:
			template = strings.ReplaceAll(strings.ReplaceAll(template, claimNow, now), claimExpires, expires)
			lines = append(lines, "let jwt_"+strconv.Itoa(i)+" = "+template)
		}
		if i > 0 {
			claims += ","
		}
		claims += `"` + name + `":` + value
	}
	return append(lines,
		"let jwt_claims = "+claims+"}",
		"let jwt_text = [[jwt_header|base64url]].[[jwt_claims|base64url]]",
		"let jwt_signature = [[jwt_text|"+filter+":opt."+key+"|base64url]]",
		"let jwt = [[jwt_text]].[[jwt_signature]]"), nil
}
