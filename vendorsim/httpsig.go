package vendorsim

import (
	"crypto/sha256"
	"crypto/sha512"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func init() {
	vendors["httpsig"] = entry{
		make: newMessageSignatures,
		demo: map[string]map[string]string{
			"":     {"key_id": "demo-not-a-key", "private_jwk": demoSigningKey},
			"hmac": {"key_id": "demo-not-a-key", "shared_secret": "ZGVtby1zZWNyZXQtdGhhdC1pcy1ub3QtYS1zZWNyZXQ="},
		},
	}
	vendors["web_bot_auth"] = entry{
		make: newWebBotAuth,
		demo: map[string]map[string]string{"": {"private_jwk": demoSigningKey, "signature_agent": "https://not-a-site.example"}},
	}
}

// messageSkew is how far created may be from the vendor's clock, and how long a signature without expires counts. RFC 9421 leaves
// it to the vendor.
const messageSkew = 5 * time.Minute

// messageSignatures verifies HTTP message signatures (RFC 9421, 3.2), and Content-Digest (RFC 9530), for httpsig and web_bot_auth.
//
// What the RFC leaves to applications is read strictly: the method, the host and the path, or the address as a whole, have to be
// covered, the query where there is one, and the digest of a body. With components, all of those that the request has must be.
type messageSignatures struct {
	name       string
	key        sigKey
	keyID      string
	algorithm  string
	label, tag string
	components []string // that must be covered; nil: what says where the request goes
	agent      string   // of web_bot_auth
	isBot      bool
}

func newMessageSignatures(o *options, _ *Config) vendor {
	// These steer how a gateway signs. What it makes of them is judged here.
	o.ignore("skip_absent", "parameters", "expires_in", "content_digest", "digest_only")
	v := &messageSignatures{
		name: "httpsig", key: o.sigKey(), keyID: o.required("key_id", ""), label: o.optional("label", " "), tag: o.optional("tag", ""),
		algorithm: o.choice("algorithm", "", "auto", "ed25519", "hmac-sha256", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"),
	}
	if text := o.optional("components", ""); text != "" {
		v.components = strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	}
	return v
}

func newWebBotAuth(o *options, _ *Config) vendor {
	o.ignore("expires_in", "signature_agent_form", "signature_agent_key")
	v := &messageSignatures{
		name: "web_bot_auth", key: o.sigKey(), label: o.optional("label", " "), tag: "web-bot-auth",
		isBot: true, agent: o.optional("signature_agent", " "),
		algorithm: o.choice("algorithm", "", "auto", "ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"),
	}
	if len(o.errs) == 0 {
		v.keyID = v.key.thumbprint()
	}
	return v
}

func (v *messageSignatures) owns() []string {
	if v.isBot {
		return []string{"signature", "signature-input", "signature-agent"}
	}
	return []string{"signature", "signature-input", "content-digest"}
}

func (v *messageSignatures) refuse(reason string) *Answer {
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"error": reason})
}

func (v *messageSignatures) judge(r *Request, now time.Time) *Answer {
	input, signature, reason := v.find(r)
	for _, check := range []func() string{
		func() string { return v.checkParameters(input.params, now) },
		func() string { return v.checkCover(input.inner, r) },
		func() string { return v.checkAgent(r) },
		func() string { return checkContentDigest(r, covers(input.inner, "content-digest")) },
		func() string { return v.checkSignature(input, signature, r) },
	} {
		if reason == "" {
			reason = check()
		}
	}
	if reason != "" {
		return v.refuse(reason)
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo(v.name, "RFC 9421, "+v.uses(input.params)+", "+input.whole(), r)})
}

// find takes the only signature of a request, or the one of the label.
func (v *messageSignatures) find(r *Request) (input sfMember, signature, reason string) {
	inputs, ok := sfParse(combine(r.Header, "signature-input"), true)
	signatures, too := sfParse(combine(r.Header, "signature"), true)
	if !ok || !too {
		return input, "", "Signature-Input or Signature is no dictionary"
	}
	if len(inputs) == 0 || len(signatures) == 0 {
		return input, "", "the request is not signed"
	}
	if len(inputs) > 1 || len(signatures) > 1 || inputs[0].key != signatures[0].key {
		return input, "", "the request has other signatures than one"
	}
	if v.label != "" && inputs[0].key != v.label {
		return input, "", "the signature has another label"
	}
	content, ok := sfBytes(signatures[0].value)
	if !ok || !inputs[0].isList {
		return input, "", "the signature is no byte sequence, or what it covers no list"
	}
	return inputs[0], content, ""
}

func (v *messageSignatures) uses(params string) string {
	if alg, ok := param(params, "alg"); ok {
		if text, ok := sfText(alg); ok {
			return text
		}
	}
	if v.algorithm != "" && v.algorithm != "auto" {
		return v.algorithm
	}
	return v.key.algorithm()
}

func (v *messageSignatures) checkParameters(params string, now time.Time) string {
	text := func(name string) string {
		value, _ := param(params, name)
		content, _ := sfText(value)
		return content
	}
	seconds := func(name string) (time.Time, bool) {
		value, ok := param(params, name)
		n, err := strconv.ParseInt(value, 10, 64)
		return time.Unix(n, 0), ok && err == nil
	}
	created, ok := seconds("created")
	expires, ends := seconds("expires")
	want := v.key.algorithm()
	if v.algorithm != "" && v.algorithm != "auto" {
		want = v.algorithm
	}
	switch {
	case text("keyid") != "" && !same(text("keyid"), v.keyID), v.isBot && text("keyid") == "":
		return "the key is unknown"
	case v.uses(params) != want:
		return "the key is for another algorithm"
	case text("tag") != v.tag:
		return "the signature is for another application: its tag"
	case !ok && !ends:
		return "the signature says neither when it was made nor until when it counts"
	case ok && (created.After(now.Add(messageSkew)) || !ends && created.Before(now.Add(-messageSkew))):
		return "the signature was made at another time than now"
	case ends && !expires.After(now):
		return "the signature has expired"
	case v.isBot && (!ok || !ends):
		return "the signature must say when it was made, and until when it counts"
	}
	return ""
}

// covers reports whether a component is covered, whole or in part.
func covers(items []sfItem, name string) bool {
	return slices.ContainsFunc(items, func(i sfItem) bool { return i.value == `"`+name+`"` })
}

func (v *messageSignatures) checkCover(items []sfItem, r *Request) string {
	if v.isBot {
		if !covers(items, "@authority") && !covers(items, "@target-uri") {
			return "@authority is not covered"
		}
		return ""
	}
	for _, component := range v.components {
		name, _, _ := strings.Cut(strings.Trim(component, `"`), ";")
		name = strings.TrimSuffix(name, `"`)
		_, has := headerValue(r, name)
		if component != "none" && (strings.HasPrefix(name, "@") || has) && !covers(items, name) {
			return name + " is not covered"
		}
	}
	if v.components != nil {
		return ""
	}
	_, query, asks := strings.Cut(r.Target, "?")
	whole := covers(items, "@target-uri") || covers(items, "@authority") && (covers(items, "@request-target") ||
		covers(items, "@path") && (!asks && query == "" || covers(items, "@query")))
	switch {
	case !covers(items, "@method") || !whole:
		return "method, host, path and query are not all covered"
	case len(r.Body) > 0 && !covers(items, "content-digest"):
		return "the body is not covered: content-digest"
	}
	return ""
}

// checkAgent compares Signature-Agent, in either of its forms, with the bot's.
func (v *messageSignatures) checkAgent(r *Request) string {
	sent, has := headerValue(r, "signature-agent")
	if !v.isBot || !has && v.agent == "" {
		return ""
	}
	agent, ok := sfText(sent)
	if members, dictionary := sfParse(sent, true); !ok && dictionary && len(members) == 1 {
		agent, ok = sfText(members[0].value)
	}
	if !ok || agent != v.agent {
		return "Signature-Agent names another directory of keys"
	}
	return ""
}

// checkContentDigest compares Content-Digest with the body, if there is one.
func checkContentDigest(r *Request, covered bool) string {
	sent, has := headerValue(r, "content-digest")
	if !has {
		if covered {
			return "content-digest is covered and did not arrive"
		}
		return ""
	}
	members, ok := sfParse(sent, true)
	if !ok || len(members) == 0 {
		return "Content-Digest is no dictionary"
	}
	short, long := sha256.Sum256(r.Body), sha512.Sum512(r.Body)
	sums := map[string]string{"sha-256": string(short[:]), "sha-512": string(long[:])}
	for _, m := range members {
		content, ok := sfBytes(m.value)
		if want, known := sums[m.key]; !known || !ok || !same(content, want) {
			return "Content-Digest is that of another body"
		}
	}
	return ""
}

func (v *messageSignatures) checkSignature(input sfMember, signature string, r *Request) string {
	var base strings.Builder
	seen := map[string]bool{}
	for _, item := range input.inner {
		name, ok := sfText(item.value)
		id := item.value + item.params
		if !ok || name != strings.ToLower(name) || seen[id] {
			return "a component is no name, or comes twice"
		}
		seen[id] = true
		value, ok := component(r, name, item.params)
		if !ok {
			return id + " is covered and cannot be found"
		}
		base.WriteString(id + ": " + value + "\n")
	}
	base.WriteString(`"@signature-params": ` + input.whole())
	if !v.key.verify(v.uses(input.params), base.String(), signature) {
		return "the signature does not fit what arrived"
	}
	return ""
}
