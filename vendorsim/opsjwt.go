package vendorsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"
	"time"
)

// jwtFile is a JWT that a client makes and signs, as a preset file declares it. Key, KeyID and Certificate are names of
// options; each of Claims is NAME = TEMPLATE; ExpiresIn is the life, and Backdate how far before now iat may be.
type jwtFile struct {
	Algorithm   string   `json:"algorithm"`
	Key         string   `json:"key"`
	KeyID       string   `json:"key_id"`
	Certificate string   `json:"certificate"`
	Claims      []string `json:"claims"`
	ExpiresIn   string   `json:"expires_in"`
	Backdate    string   `json:"backdate"`
}

// jwtWay is such a JWT as it is verified. The operations of claims have a text for each claim that is no time.
//
//	iss = [[opt.client_id]]     compared with what the options give
//	iat = [[now]]               a time alone: compared with the clock, in times
//	jti = [[nonce]]             must be there, and the JWT is good once
type jwtWay struct {
	algorithm, key, keyID, certificate string

	claims *PresetFile
	times  map[string]string // claims that are a time alone: now or expires
	life   time.Duration     // from now to expires, at most
}

// clockSkew is how much a client's clock may be ahead; most libraries that verify a JWT take a minute.
const clockSkew = time.Minute

// claimForm is NAME = TEMPLATE, jwtForm the three parts of a JWT, and algorithms those that presets may name; none is not
// among them.
var (
	claimForm  = regexp.MustCompile(`^([!#-&(-Z^-~]+)\s*=\s*(.*)$`)
	jwtForm    = regexp.MustCompile(`^[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+$`)
	algorithms = []string{"RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"}
)

// readJWTWay checks the declaration of a JWT. Claims are operations of the kind text; a claim that is a time alone is
// compared with the clock and not computed. RS256 with the option private_key is the default, and shared_secret that of HS256
// and its kin.
func readJWTWay(p *PresetFile, f *jwtFile) (*jwtWay, error) {
	w := &jwtWay{algorithm: f.Algorithm, key: f.Key, keyID: f.KeyID, certificate: f.Certificate, times: map[string]string{}}
	if w.algorithm == "" {
		w.algorithm = algorithms[0]
	}
	// The option of the key, by the kind of algorithm.
	if w.key == "" {
		w.key = "private_key"
		if strings.HasPrefix(w.algorithm, "HS") {
			w.key = "shared_secret"
		}
	}
	if !slices.Contains(algorithms, w.algorithm) {
		return nil, fmt.Errorf("algorithm must be one of %s", strings.Join(algorithms, ", "))
	}
	// key_id need not be an option of the file.
	for _, name := range []string{w.key, w.certificate, w.keyID} {
		if _, ok := p.option(name); name != "" && !ok && name != w.keyID {
			return nil, fmt.Errorf("unknown option %s", name)
		}
	}
	var err error
	if w.life, err = optionalDuration("expires_in", f.ExpiresIn); err != nil {
		return nil, err
	}
	if w.life == 0 {
		w.life = time.Hour
	}
	if _, err = optionalDuration("backdate", f.Backdate); err != nil {
		return nil, err
	}
	if len(f.Claims) == 0 || len(f.Claims) > 32 {
		return nil, errors.New("claims must be 1 to 32")
	}
	var texts []textPart
	for _, line := range f.Claims {
		found := claimForm.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil {
			return nil, errors.New("claims must be of the form NAME = TEXT")
		}
		name, template := found[1], strings.TrimSpace(found[2])
		// A text that only contains a time is computed with it; a claim that is a time is a number, and compared as one.
		switch template {
		case "[[now]]", "[[expires]]":
			w.times[name] = strings.Trim(template, "[]")
		default:
			template = strings.NewReplacer("[[now]]", "[[now|unix]]", "[[expires]]", "[[now|unix]]").Replace(template)
			texts = append(texts, textPart{name, template})
		}
	}
	w.claims, err = readRequest(p, nil, texts, false)
	return w, err
}

// boundJWT is a JWT way with the options.
type boundJWT struct {
	way     *jwtWay
	options map[string]string
	used    *nonces // nil: it may be used again
}

// verify says what is wrong with a JWT that arrived with a request; "" is nothing. The algorithm is that of the declaration
// and never the one that the JWT names (RFC 8725, 3.1): alg none would need no key.
func (b *boundJWT) verify(text string, r *Request, now time.Time) string {
	if !jwtForm.MatchString(text) {
		return "it is no JWT"
	}
	head, _, _ := strings.Cut(text, ".")
	var header, claims map[string]any
	// The signature covers the two parts as they are written (RFC 7515, 5.2), and not what they decode to.
	signed, proof := text[:strings.LastIndexByte(text, '.')], text[strings.LastIndexByte(text, '.')+1:]
	signature, err := base64.RawURLEncoding.Strict().DecodeString(proof)
	if err != nil || !decodePart(head, &header) || !decodePart(signed[len(head)+1:], &claims) {
		return "it is no JWT"
	}
	if header["alg"] != b.way.algorithm {
		return "its algorithm is not " + b.way.algorithm
	}
	// Without an id configured the client may send any, or none.
	if id := b.options[b.way.keyID]; b.way.keyID != "" && id != "" && header["kid"] != id {
		return "its key id is wrong"
	}
	if b.way.certificate != "" {
		sum, _ := certificateSum(b.options[b.way.certificate])
		if header["x5t"] != base64.RawURLEncoding.EncodeToString([]byte(sum)) {
			return "its x5t is not the certificate's"
		}
	}
	if !verifyJWS(b.way.algorithm, b.options[b.way.key], signed, string(signature)) {
		return "its signature is wrong"
	}
	if reason := b.verifyTimes(claims, now); reason != "" {
		return reason
	}
	return b.verifyClaims(text, claims, r, now)
}

// verifyTimes checks exp, iat and nbf (RFC 7519, 4.1.4 to 4.1.6), in whole seconds. An exp that is too far ahead and
// an iat in the future are refused, as several vendors do.
func (b *boundJWT) verifyTimes(claims map[string]any, now time.Time) string {
	for _, name := range []string{"exp", "iat", "nbf"} { // those too that it was not to have
		if claims[name] == nil && b.way.times[name] == "" {
			continue
		}
		number, _ := claims[name].(json.Number)
		n, ok := digits(string(number))
		at := time.Unix(n, 0)
		switch {
		case !ok || n > 1<<36:
			return name + " is no time in seconds"
		case name == "exp" && !now.Before(at):
			return "it has expired"
		case name == "exp" && at.After(now.Add(b.way.life+clockSkew)):
			return "its exp is too far in the future"
		case name != "exp" && at.After(now.Add(clockSkew)):
			return name + " is in the future"
		case name == "iat" && at.Before(now.Add(-b.way.life-clockSkew)):
			return "its iat is too long ago"
		}
	}
	return ""
}

// verifyClaims compares the other claims with what the options give. Claims that are made with a nonce only have to
// be there; the JWT is then good once.
func (b *boundJWT) verifyClaims(text string, claims map[string]any, r *Request, now time.Time) string {
	// A made-up nonce, since claims with one are not compared.
	u := newRun(b.way.claims, b.options, r, now, "nonce")
	reader := newReader(u, nil)
	s, err := u.all(nil)
	if err != nil {
		return "its claims cannot be computed: " + err.Error()
	}
	for _, o := range b.way.claims.operations {
		got, ok := claims[o.name].(string)
		if list, many := claims[o.name].([]any); many && len(list) == 1 { // aud may be a list (RFC 7519, 4.1.3)
			got, ok = list[0].(string)
		}
		if !ok {
			return "its claim " + o.name + " is missing"
		}
		moves := reader.templateDepends(o.template) // with the client's time or nonce
		if !moves && !same(got, s.texts[o.name]) || moves && got == "" {
			return "its claim " + o.name + " is wrong"
		}
	}
	if b.used != nil && (&presetVendor{file: b.way.claims}).uses("nonce") && !b.used.use(text, now, now.Add(b.way.life+clockSkew)) {
		return "it was used before"
	}
	return ""
}

// decodePart reads the header or the claims of a JWT, in the one spelling of base64url that has no stray bits.
func decodePart(part string, into *map[string]any) bool {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return false
	}
	// Numbers as they are written: a float would lose digits of a time in nanoseconds.
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	return d.Decode(into) == nil && *into != nil && !d.More()
}

// verifyJWS verifies a signature of RFC 7518, 3, or RFC 8037 with the public half of a private key, or with a shared secret.
func verifyJWS(algorithm, key, message, signature string) bool {
	macs := map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}
	if h := macs[algorithm]; h != nil {
		return key != "" && same(digest(hmac.New(h, []byte(key)), message), signature)
	}
	return verifyWith(algorithm, key, message, signature)
}
