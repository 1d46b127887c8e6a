package tests

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/yaronf/httpsign"
)

// messageKey is a key of one of the five algorithms: as an option of the signer, and as what verifies in github.com/yaronf/httpsign,
// whose author is not one of the RFC's but wrote it for the RFC's working group.
type messageKey struct {
	algorithm, option, text string
	public                  crypto.PublicKey
	verifier                func(*httpsign.VerifyConfig) (*httpsign.Verifier, error)
}

func messageKeys(t *testing.T) []messageKey {
	t.Helper()
	secret := []byte(strings.Repeat("64 bytes", 8))
	public, edwards, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus, err := rsa.GenerateKey(crand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := func(private any) string {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		return strings.ReplaceAll(pemOf(t, "PRIVATE KEY", der, err), `\n`, "\n")
	}
	none := *httpsign.NewFields()
	return []messageKey{
		{"ed25519", "private_key", text(edwards), public,
			func(c *httpsign.VerifyConfig) (*httpsign.Verifier, error) {
				return httpsign.NewEd25519Verifier(public, c, none)
			}},
		{"ecdsa-p256-sha256", "private_key", text(curve), &curve.PublicKey,
			func(c *httpsign.VerifyConfig) (*httpsign.Verifier, error) {
				return httpsign.NewP256Verifier(curve.PublicKey, c, none)
			}},
		{"rsa-pss-sha512", "private_key", text(modulus), &modulus.PublicKey,
			func(c *httpsign.VerifyConfig) (*httpsign.Verifier, error) {
				return httpsign.NewRSAPSSVerifier(modulus.PublicKey, c, none)
			}},
		{"rsa-v1_5-sha256", "private_key", text(modulus), &modulus.PublicKey,
			func(c *httpsign.VerifyConfig) (*httpsign.Verifier, error) {
				return httpsign.NewRSAVerifier(modulus.PublicKey, c, none)
			}},
		{"hmac-sha256", "shared_secret", base64.StdEncoding.EncodeToString(secret), nil,
			func(c *httpsign.VerifyConfig) (*httpsign.Verifier, error) {
				return httpsign.NewHMACSHA256Verifier(secret, c, none)
			}},
	}
}

// signedMessage is a request as it arrives.
type signedMessage struct {
	method, host, target, label string
	header                      http.Header
	body                        []byte
	key                         messageKey
	covered                     []string
}

func (m signedMessage) clone() signedMessage {
	m.header = m.header.Clone()
	return m
}

// verify is the library's verdict on a message, of a body by RFC 9530 where its digest is covered.
func (m signedMessage) verify(t *testing.T) error {
	t.Helper()
	request, err := http.NewRequest(m.method, "https://"+m.host+m.target, bytes.NewReader(m.body))
	if err != nil {
		return err
	}
	request.Header = m.header.Clone()
	config := httpsign.NewVerifyConfig().SetNotOlderThan(time.Hour).SetAllowedAlgs([]string{m.key.algorithm})
	if !strings.Contains(m.header.Get("Signature-Input"), ";alg=") {
		config.SetAllowedAlgs(nil)
	}
	verifier, err := m.key.verifier(config)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(m.covered, "content-digest") {
		body := io.NopCloser(bytes.NewReader(m.body))
		err := httpsign.ValidateContentDigestHeader(request.Header.Values("Content-Digest"), &body, []string{httpsign.DigestSha256, httpsign.DigestSha512})
		if err != nil {
			return err
		}
	}
	return httpsign.VerifyRequest(m.label, *verifier, request)
}

// changes are the message with one covered part changed, by what was changed.
func (m signedMessage) changes() map[string]signedMessage {
	changed := map[string]signedMessage{}
	change := func(what string, f func(*signedMessage)) {
		c := m.clone()
		f(&c)
		changed[what] = c
	}
	set := func(name string, f func(string) string) func(*signedMessage) {
		return func(c *signedMessage) { c.header.Set(name, f(c.header.Get(name))) }
	}
	for _, id := range m.covered {
		switch id {
		case "@method":
			change(id, func(c *signedMessage) { c.method += "X" })
		case "@authority":
			change(id, func(c *signedMessage) { c.host = "x" + c.host })
		case "@path", "@target-uri", "@request-target":
			change(id, func(c *signedMessage) { c.target = "/x" + c.target })
		case "@query":
			change(id, func(c *signedMessage) { c.target += "&x" })
		case `@query-param;name="p%20q"`:
			change(id, func(c *signedMessage) { c.target = strings.Replace(c.target, "p%20q=", "p%20q=x", 1) })
		case "content-digest":
			change("body", func(c *signedMessage) { c.body = append([]byte("x"), c.body...) })
		case "x-dictionary;sf", `x-dictionary;key="b"`:
			change(id, set("X-Dictionary", func(v string) string { return strings.Replace(v, "b=2", "b=3", 1) }))
		case "signature-agent", `signature-agent;key="` + m.label + `"`:
			change(id, set("Signature-Agent", func(v string) string { return strings.Replace(v, "bot", "other", 1) }))
		case "x-lines":
			change("the order of lines", func(c *signedMessage) { slices.Reverse(c.header["X-Lines"]) })
		case "content-type", "x-custom":
			change(id, set(id, func(v string) string { return v + "x" }))
		}
	}
	for _, pair := range [][2]string{{";created=1", ";created=2"}, {";created=1", ";created=0"}, {`;keyid="`, `;keyid="x`}, {";expires=1", ";expires=2"},
		{`;nonce="`, `;nonce="x`}, {`;tag="`, `;tag="x`}, {";alg=", ";alga="}, {"(", `("@scheme" `}, {") ;", ");"}} {
		if strings.Contains(m.header.Get("Signature-Input"), pair[0]) {
			change("Signature-Input "+pair[1], set("Signature-Input", func(v string) string { return strings.Replace(v, pair[0], pair[1], 1) }))
		}
	}
	change("the signature", set("Signature", func(v string) string {
		i := strings.IndexByte(v, ':') + 1
		return v[:i] + string('A'+(v[i]-'A'+1)%26) + v[i+1:]
	}))
	return changed
}

// newMessage makes a request, and the options that sign it. Where the library differs from the RFC, requests avoid it:
//
//   - It takes the authority as it is written, where the RFC wants lower case and no default port (2.2.3).
//   - It decodes the path in @request-target, where the RFC takes it as it is (2.2.5).
//   - It leaves ~ in @query-param and encodes *, where the RFC (2.2.8) takes the encoding of forms, which does the opposite (URL Standard,
//     1.3).
//   - It knows dictionaries of the structured fields only, and parameters of the query that Go can read.
func newMessage(r *rand.Rand, key messageKey) (map[string]any, signedMessage) {
	m := signedMessage{method: []string{"GET", "POST", "PUT", "DELETE"}[r.IntN(4)], host: []string{"host.example", "host.example:8443"}[r.IntN(2)],
		label: []string{"sig1", "s", "a.b_c-d*"}[r.IntN(3)], key: key, body: []byte(strings.Repeat("bä", r.IntN(4)))}
	plain := r.IntN(3) == 0
	m.target = "/plain/path"
	if !plain {
		m.target = "/" + awsText(r) + []string{"", "/", "//", "/;a=b,c:@!$'()*+~"}[r.IntN(4)] + awsText(r)
	}
	m.target += "?p%20q=" + strings.NewReplacer("%20", []string{"+", "%20"}[r.IntN(2)], "~", "", "%2A", "").Replace(awsText(r))
	for range r.IntN(3) {
		m.target += "&" + awsText(r) + []string{"", "=", "=" + awsText(r)}[r.IntN(3)]
	}
	m.header = http.Header{"Content-Type": {"text/plain;  a=\"b\" "}, "X-Custom": {fmt.Sprintf(" some \\ \"value\" %d", r.IntN(100))},
		"X-Lines": {"one ", " two,three", "four"}, "X-Dictionary": {` a=?1 ,  b=2;x=y,c=(1   2  );q="z"`, `d=:YQ==:`}}
	choice := []string{"@method", "@target-uri", "@authority", "@scheme", "@path", "@query", `@query-param;name="p%20q"`, "content-type", "content-digest",
		"x-custom", "x-lines", "x-dictionary;sf", `x-dictionary;key="b"`}
	if plain {
		choice = append(choice, "@request-target")
	}
	for _, i := range r.Perm(len(choice))[:1+r.IntN(len(choice))] {
		m.covered = append(m.covered, choice[i])
	}
	parameters := []string{"created"}
	for _, i := range r.Perm(5)[:r.IntN(6)] {
		parameters = slices.Insert(parameters, r.IntN(len(parameters)+1), []string{"expires", "keyid", "alg", "nonce", "tag"}[i])
	}
	config := map[string]any{key.option: key.text, "algorithm": key.algorithm, "key_id": `k"e\y`, "tag": "a tag", "label": m.label, "components": m.covered,
		"parameters": parameters}
	if slices.Contains(m.covered, "content-digest") {
		config["content_digest"] = []string{"auto", "sha-256", "sha-512"}[r.IntN(3)]
	}
	return config, m
}

// newBot makes a request of a bot, for web_bot_auth.
func newBot(r *rand.Rand, key messageKey) (map[string]any, signedMessage) {
	_, m := newMessage(r, key)
	m.covered = []string{"@authority"}
	config := map[string]any{key.option: key.text, "algorithm": key.algorithm, "label": m.label}
	switch r.IntN(3) {
	case 0:
		config["signature_agent"] = "https://bot.example"
		m.covered = append(m.covered, `signature-agent;key="`+m.label+`"`)
	case 1:
		config["signature_agent"], config["signature_agent_form"] = "https://bot.example", "string"
		m.covered = append(m.covered, "signature-agent")
	}
	return config, m
}

// testMessages signs n messages of a scheme, and has the library verify them, and refuse each of their changes.
func testMessages(t *testing.T, d drive, scheme string, n int, keys []messageKey, next func(*rand.Rand, messageKey) (map[string]any, signedMessage)) {
	t.Helper()
	r := rand.New(rand.NewPCG(9421, uint64(n)))
	kinds := map[string]int{}
	for i := range n {
		key := keys[i%len(keys)]
		config, m := next(r, key)
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		sign, err := d.Signer(scheme, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		nonce, at := base64.StdEncoding.EncodeToString([]byte(fmt.Sprint("a nonce of number ", i))), time.Now()
		header, sent, canonical, _, err := sign(m.method, m.host, m.target, m.header, m.body, at, "", nonce, "")
		if err != nil || sent != m.target {
			t.Fatalf("request %d: %s %s with %s is sent to %s: %v", i, m.method, m.target, m.covered, sent, err)
		}
		for name, values := range header {
			m.header[name] = values
		}
		if err := m.verify(t); err != nil {
			t.Fatalf("request %d: %s %s %q with %s is not verified: %v; what is signed is\n%s", i, m.method, m.target, header, m.covered, err, canonical)
		}
		if scheme == "web_bot_auth" {
			public, err := jwk.FromRaw(key.public)
			if err != nil {
				t.Fatal(err)
			}
			thumbprint, err := public.Thumbprint(crypto.SHA256)
			if want := `;keyid="` + base64.RawURLEncoding.EncodeToString(thumbprint) + `";`; err != nil || !strings.Contains(header.Get("Signature-Input"), want) {
				t.Fatalf("%q has not the thumbprint of RFC 7638 in %s: %v", header.Get("Signature-Input"), want, err)
			}
		}
		for what, changed := range m.changes() {
			kinds[what]++
			if err := changed.verify(t); err == nil {
				t.Fatalf("request %d: %s %s %q with %s is verified after a change of %s", i, m.method, m.target, header, m.covered, what)
			}
		}
	}
	if scheme == "httpsig" && len(kinds) < 20 || len(kinds) < 8 {
		t.Errorf("the changes that were tried are %v", kinds)
	}
}

func TestAnRFC9421LibraryVerifiesWhatIsSignedAndNothingElse(t *testing.T) {
	keys := messageKeys(t)
	both(t, func(t *testing.T, d drive) {
		n := 2000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 200
		}
		t.Run("httpsig", func(t *testing.T) { testMessages(t, d, "httpsig", n, keys, newMessage) })
		t.Run("web_bot_auth", func(t *testing.T) { testMessages(t, d, "web_bot_auth", n/2, keys[:4], newBot) })
	})
}
