package corpus

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
)

// tooLong is far more than any answer takes, so that only an endless search is found on a slow machine.
const tooLong = 30 * time.Second

// diced is a request with random headers, body, target and covered components, rightly signed.
func diced(r *rand.Rand) *sigMessage {
	word := func() string {
		letters := "abcdefghijklmnopqrstuvwxyz0123456789-"
		text := "x"
		for range 1 + r.Intn(9) {
			text += string(letters[r.Intn(len(letters))])
		}
		return text
	}
	m := []func() *sigMessage{httpsig, httpsigPost, draft, draftPost, draftHMAC, oracle, oraclePost, bot}[r.Intn(8)]()
	if m.signer == "httpsig" {
		m = m.signedBy([]string{"ed25519", "hmac-sha256", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"}[r.Intn(5)])
	}
	if m.signer != "web_bot_auth" {
		m.target = "/" + word() + []string{"", "/", "//" + word(), "/%7E%2f", "/a%20b"}[r.Intn(5)] +
			[]string{"", "?", "?" + word() + "=" + word(), "?a=1&a=2&b", "?q=%C3%A4+b&&c=%2F"}[r.Intn(5)]
		m.host = []string{m.host, "[2001:db8::2]:8443", "api.example.com:444", "10.0.0.1"}[r.Intn(4)]
	}
	if m.signer == "oci" {
		m.host = "iaas.eu-frankfurt-1.oraclecloud.com"
	}
	for range r.Intn([]int{3, 40}[r.Intn(2)]) {
		name := word()
		if slices.Contains(m.names, name) {
			continue
		}
		m.headers = append(m.headers, [2]string{name, strings.TrimSpace(strings.Repeat(word()+[]string{" ", ", ", ";",
			"  "}[r.Intn(4)], r.Intn(4)) + word())})
		if r.Intn(2) == 0 {
			m.names = append(m.names, name)
		}
	}
	return m
}

// Whatever is covered: a right signature is right, and with one bit changed it is not.
func TestRandomMessageSignaturesAreJudgedRightly(t *testing.T) {
	r := rand.New(rand.NewSource(9421))
	for i := range 80 {
		m := diced(r)
		name := fmt.Sprintf("number %d", i)
		c := m.build(name, "none")
		if f := timed(t, c); f.Class != diagnose.None || !f.Proved {
			t.Errorf("%s: %v, and it is right: %s\n%v", c.Name, f.Causes, f.Explanation, c.Headers)
		}
		m.answer = []*Response{nil, refused()}[r.Intn(2)]
		m.signed = func(b *sigBase) {
			encode := b.encode
			b.encode = func(raw []byte) string {
				raw[len(raw)/2] ^= 1
				return encode(raw)
			}
		}
		if c = m.build(name+", with another bit", "J"); r.Intn(3) == 0 {
			c.keyless()
		}
		if f := timed(t, c); f.Class == diagnose.None && f.Proved || f.Proved && f.Class != "J" {
			t.Errorf("%s: %v is proved", c.Name, f.Causes)
		}
	}
}

// Whatever is sent in the place of a signature: there is an answer, soon, and it is not that all is right.
func TestDamagedMessageSignaturesAreAnswered(t *testing.T) {
	r := rand.New(rand.NewSource(8941))
	marks := []string{`"`, "(", ")", ";", ",", "=", ":", " ", "\t", `\`, "@method", "sig1", `"@query-param";name="a"`, ";key=",
		";sf", ";bs", "*", "é", "\x00", "0", "99999999999999999999",
		`"@status"`, "keyId", "headers", `("@method" "@path")`, strings.Repeat(`"x" `, 300), strings.Repeat(";p=1", 400),
		strings.Repeat("(", 200), strings.Repeat("a=(),", 200)}
	for i := range 250 {
		c := diced(r).build(fmt.Sprintf("damaged, number %d", i), "")
		if c.Response = []*Response{nil, refused(), {Status: 400, Body: "bad request"}}[r.Intn(3)]; r.Intn(4) == 0 {
			c.keyless()
		}
		changed := false
		for _, header := range []string{"Signature-Input", "Signature", "Authorization", "Content-Digest", "Digest",
			"Signature-Agent", "Date"} {
			if r.Intn(3) > 0 {
				continue
			}
			c.header(header, func(s string) string {
				changed = true
				for range 1 + r.Intn(4) {
					at, end := r.Intn(len(s)+1), 0
					if end = at; r.Intn(2) == 0 {
						end = min(len(s), at+r.Intn(12))
					}
					s = s[:at] + marks[r.Intn(len(marks))] + s[end:]
				}
				return s
			})
		}
		if r.Intn(5) == 0 {
			c.Body = []byte(strings.Repeat("{", r.Intn(3000)))
		}
		f := timed(t, c)
		if changed && f.Proved && strings.HasSuffix(c.Name, "without the secret") {
			t.Errorf("%s: %v is proved", c.Name, f.Causes)
		}
	}
}

// timed diagnoses a case.
func timed(t *testing.T, c *Case) *diagnose.Finding {
	t.Helper()
	begin := time.Now()
	defer func() {
		if fault := recover(); fault != nil {
			t.Fatalf("%s: panic: %v\n%s %s %q", c.Name, fault, c.Method, c.URL, c.Headers)
		}
		if took := time.Since(begin); took > tooLong {
			t.Errorf("%s took %v: %q", c.Name, took, c.Headers)
		} else if took > time.Second {
			t.Logf("%s took %v", c.Name, took)
		}
	}()
	f := found(t, question(t, c))
	for _, option := range []string{"shared_secret", "private_key"} {
		if secret, _ := c.Config[option].(string); secret != "" && strings.Contains(f.Explanation+f.Fix, secret) {
			t.Errorf("%s: the answer shows the secret", c.Name)
		}
	}
	return f
}
