package corpus

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sigMessage is a request with an HTTP Message Signature (RFC 9421): what is sent, and what of it is signed (signed), where that is
// another thing. With draft it has one of draft-cavage-http-signatures.
type sigMessage struct {
	signer               string
	draft                bool
	method, host, target string
	headers              [][2]string
	body                 string
	names                []string    // covered
	params               [][2]string // as they are written, with their quotes
	algorithm            string      // of RFC 9421; for the draft "rsa", "hmac", "hs2019-..."
	at                   time.Time

	signed func(*sigBase)
	sent   func(*Case)
	config map[string]any
	answer *Response
	now    time.Time
}

// sigBase are the inputs of a signature.
type sigBase struct {
	lines  [][2]string // the names as they are written, and the values
	colon  string
	join   string
	whole  func(string) string
	key    any
	algo   string
	encode func([]byte) string // of the signature
	claims string              // Signature-Input without its label
}

// sigKeys are made for this run.
var sigKeys = sync.OnceValue(func() map[string]any {
	all := map[string]any{"hmac": []byte("0123456789abcdef0123456789abcdef"), "other hmac": []byte("another secret, just as long....")}
	for _, name := range []string{"", "other "} {
		_, all[name+"ed25519"], _ = ed25519.GenerateKey(rand.Reader)
		all[name+"rsa"] = must(rsa.GenerateKey(rand.Reader, 2048))
		all[name+"ecdsa"] = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	}
	return all
})

// kindOf is the kind of key that an algorithm takes.
func kindOf(algorithm string) string {
	for _, kind := range []string{"ed25519", "hmac", "ecdsa", "rsa"} {
		if strings.Contains(algorithm, kind) {
			return kind
		}
	}
	panic(algorithm)
}

func keyPEM(key any) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))}))
}

// signText signs as an algorithm of RFC 9421 does, or one of the draft.
func signText(algorithm string, key any, text string) []byte {
	short, long := sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text))
	switch k := key.(type) {
	case []byte:
		digest := "sha256"
		if algorithm == "hmac-sha512" {
			digest = "sha512"
		}
		return mac(digest, string(k), text)
	case ed25519.PrivateKey:
		return ed25519.Sign(k, []byte(text))
	case *ecdsa.PrivateKey:
		switch algorithm {
		case "ecdsa-asn1":
			return must(ecdsa.SignASN1(rand.Reader, k, short[:]))
		case "hs2019-ecdsa":
			return must(ecdsa.SignASN1(rand.Reader, k, long[:]))
		}
		r, s, err := ecdsa.Sign(rand.Reader, k, short[:])
		must(0, err)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case *rsa.PrivateKey:
		switch algorithm {
		case "rsa-pss-sha512", "hs2019-rsa":
			return must(rsa.SignPSS(rand.Reader, k, crypto.SHA512, long[:], &rsa.PSSOptions{SaltLength: 64}))
		case "rsa-pss-short":
			return must(rsa.SignPSS(rand.Reader, k, crypto.SHA512, long[:], &rsa.PSSOptions{SaltLength: 20}))
		case "rsa-pss-longest":
			return must(rsa.SignPSS(rand.Reader, k, crypto.SHA512, long[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}))
		case "rsa-pss-sha256":
			return must(rsa.SignPSS(rand.Reader, k, crypto.SHA256, short[:], &rsa.PSSOptions{SaltLength: 32}))
		case "rsa-v1_5-sha512":
			return must(rsa.SignPKCS1v15(nil, k, crypto.SHA512, long[:]))
		case "rsa-v1_5-sha1":
			s := sha1.Sum([]byte(text))
			return must(rsa.SignPKCS1v15(nil, k, crypto.SHA1, s[:]))
		}
		return must(rsa.SignPKCS1v15(nil, k, crypto.SHA256, short[:]))
	}
	panic(algorithm)
}

// valueOf is what is covered under a name.
func (m *sigMessage) valueOf(name string) string {
	path, query, _ := strings.Cut(m.target, "?")
	param := func(name string) string {
		for _, p := range m.params {
			if p[0] == name {
				return p[1]
			}
		}
		return ""
	}
	switch name {
	case "@method":
		return m.method
	case "@authority":
		return strings.TrimSuffix(strings.ToLower(m.host), ":443")
	case "@path":
		return path
	case "@query":
		return "?" + query
	case "@request-target":
		return m.target
	case "@scheme":
		return "https"
	case "@target-uri":
		return "https://" + m.host + m.target
	case "(request-target)":
		return strings.ToLower(m.method) + " " + m.target
	case "host":
		return m.host
	case "(created)":
		return param("created")
	case "(expires)":
		return param("expires")
	}
	if name == `signature-agent";key="sig1` {
		return strings.TrimPrefix(m.headers[0][1], "sig1=")
	}
	var all []string
	for _, h := range m.headers {
		if strings.EqualFold(h[0], name) {
			all = append(all, strings.TrimSpace(h[1]))
		}
	}
	if len(all) == 0 && name == `@query-param";name="id` {
		_, value, _ := strings.Cut(query, "id=")
		value, _, _ = strings.Cut(value, "&")
		return value
	}
	return strings.Join(all, ", ")
}

// build signs the request and makes the case.
func (m *sigMessage) build(name, class string, causes ...string) *Case {
	kind := kindOf(m.algorithm)
	c := &Case{Name: m.signer + ": " + name, Signer: m.signer, Class: class, Causes: causes, Proved: true, Method: m.method,
		URL: "https://" + m.host + m.target, Headers: append([][2]string{}, m.headers...), Body: []byte(m.body), Response: m.answer, Now: m.at,
		Config: map[string]any{}}
	if !m.now.IsZero() {
		c.Now = m.now
	}
	if key := sigKeys()[kind]; kind == "hmac" {
		c.Config["shared_secret"] = base64.StdEncoding.EncodeToString(key.([]byte))
	} else {
		c.Config["private_key"] = keyPEM(key)
	}
	b := &sigBase{colon: ": ", join: "\n", key: sigKeys()[kind], algo: m.algorithm, encode: base64.StdEncoding.EncodeToString}
	var list []string
	for _, one := range m.names {
		quoted := one
		if !m.draft {
			quoted = `"` + one + `"` // those with a parameter have the other two quotes already
		}
		list = append(list, quoted)
		b.lines = append(b.lines, [2]string{quoted, m.valueOf(one)})
	}
	if !m.draft {
		b.claims = "(" + strings.Join(list, " ") + ")"
		for _, p := range m.params {
			b.claims += ";" + p[0] + "=" + p[1]
		}
		b.lines = append(b.lines, [2]string{`"@signature-params"`, b.claims})
	}
	claims := b.claims
	if m.signed != nil {
		m.signed(b)
	}
	var lines []string
	for _, l := range b.lines {
		lines = append(lines, l[0]+b.colon+l[1])
	}
	text := strings.Join(lines, b.join)
	if b.whole != nil {
		text = b.whole(text)
	}
	signature := b.encode(signText(b.algo, b.key, text))
	if m.draft {
		m.sendDraft(c, signature)
	} else {
		c.Headers = append(c.Headers, [2]string{"Signature-Input", "sig1=" + claims}, [2]string{"Signature", "sig1=:" + signature + ":"})
	}
	maps.Copy(c.Config, m.config)
	if m.sent != nil {
		m.sent(c)
	}
	return c
}

// sendDraft adds the header of the draft.
func (m *sigMessage) sendDraft(c *Case, signature string) {
	value, header := "", "Signature"
	if m.signer == "oci" {
		value, header = "Signature ", "Authorization"
	}
	for _, p := range m.params {
		value += p[0] + "=" + p[1] + ","
	}
	value += `headers="` + strings.Join(m.names, " ") + `",signature="` + signature + `"`
	c.Headers = append(c.Headers, [2]string{header, value})
}

// with changes a request.
func (m *sigMessage) with(change func(*sigMessage)) *sigMessage { change(m); return m }

// line changes the value of a line that is signed.
func (b *sigBase) line(name string, change func(string) string) {
	for i, l := range b.lines {
		if strings.Trim(l[0], `"`) == name {
			b.lines[i][1] = change(l[1])
			return
		}
	}
	panic("no line " + name)
}

// drop leaves a line out.
func (b *sigBase) drop(name string) {
	for i, l := range b.lines {
		if strings.Trim(l[0], `"`) == name {
			b.lines = append(b.lines[:i], b.lines[i+1:]...)
			return
		}
	}
	panic("no line " + name)
}

// thumbprint is that of RFC 7638 of an Ed25519 key.
func thumbprint(name string) string {
	public := sigKeys()[name].(ed25519.PrivateKey).Public().(ed25519.PublicKey)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

func contentDigest(body string) string {
	s := sha256.Sum256([]byte(body))
	return "sha-256=:" + base64.StdEncoding.EncodeToString(s[:]) + ":"
}

func draftDigest(body string) string {
	s := sha256.Sum256([]byte(body))
	return "SHA-256=" + base64.StdEncoding.EncodeToString(s[:])
}
