package vendorsim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// demoKey is test-key-ed25519 of RFC 9421, appendix B.1.4, which is known to all.
	demoKey = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----"
	// demoSecret is "demo-shared-secret-not-a-secret!".
	demoSecret = "ZGVtby1zaGFyZWQtc2VjcmV0LW5vdC1hLXNlY3JldCE="
)

func init() {
	vendors["httpsig"] = entry{
		make: newMessages,
		demo: map[string]map[string]string{
			"":     {"key_id": "demo-not-a-key", "private_key": demoKey},
			"hmac": {"key_id": "demo-not-a-key", "shared_secret": demoSecret},
		},
		lists: []string{"components", "parameters"},
	}
}

// messages verifies HTTP Message Signatures (RFC 9421), as their verifier has to by section 3.2, with Content-Digest (RFC
// 9530).
//
//	Signature-Input: sig1=("@method" "@authority" "@path" "@query");created=1700000000;keyid="k"
//	Signature: sig1=:base64 of the signature of signatureBase:
//
// The RFC leaves to applications what must be covered, how old a signature may be, and what is answered. Here a request must
// cover the components of the configuration, or by default @method, @authority, @path and @query with content-type and
// content-digest where the request has these; it may cover more. created is at most 5 minutes off, expires lies ahead, and a
// nonce is good once. There is one signature, since the judge knows one client; its label may be any unless the configuration
// has one.
type messages struct {
	key        verifyKey
	algorithm  string
	id, label  string
	demanded   []sfItem
	skipAbsent bool
	parameters []string
	tag        string
	digest     string
	used       *nonces
}

// messageWindow is how far created or Date may be from the clock. It is a choice: RFC 9421 leaves it to the
// application.
const messageWindow = 5 * time.Minute

// messageAlgorithms are the values of the option algorithm; auto takes the one of the key.
var messageAlgorithms = []string{"auto", verifyEd25519, verifyHMAC, verifyECDSA, verifyPSS, verifyRSA}

// newMessages reads the key and what a signature must have. Whatever is wrong is collected in o.
func newMessages(o *options, _ *Config) vendor {
	o.ignore("expires_in", "digest_only")
	v := &messages{key: readVerifyKey(o), label: o.optional("label", " ="), id: o.optional("key_id", ""), tag: o.optional("tag", ""),
		digest: o.choice("content_digest", "auto", "sha-256", "sha-512", "off"), used: newNonces(maxNonces)}
	v.algorithm = v.key.algorithm(o)
	chosen := componentList(o)
	// Components that the configuration lists must be there, unless it says otherwise; of the default ones those of a
	// body and its type only where there is one.
	skip := o.choice("skip_absent", "auto", "true", "false")
	v.skipAbsent = skip == "true"
	if chosen == nil {
		chosen = strings.Fields("@method @authority @path @query content-type content-digest")
		v.skipAbsent = skip != "false"
	}
	for _, text := range chosen {
		c, ok := readComponent(text)
		if !ok {
			o.fail(`components must be names such as @method or content-type, with parameters such as ;name="a" behind them`)
			continue
		}
		v.demanded = append(v.demanded, c)
	}
	v.parameters = strings.Split(cmp.Or(o.optional("parameters", " "), "created,keyid,alg"), ",")
	if slices.Equal(v.parameters, []string{"none"}) {
		v.parameters = nil
	}
	for _, p := range v.parameters {
		if !slices.Contains([]string{"created", "expires", "keyid", "alg", "nonce", "tag"}, p) {
			o.fail("parameters must be of created, expires, keyid, alg, nonce and tag")
		}
	}
	return v
}

// algorithm is the configured one, or that of the key.
func (k verifyKey) algorithm(o *options) string {
	algorithm := o.choice("algorithm", messageAlgorithms...)
	if algorithm == "auto" {
		for _, algorithm = range []string{verifyEd25519, verifyECDSA, verifyPSS, verifyHMAC} {
			if k.fits(algorithm) {
				break
			}
		}
	} else if !k.fits(algorithm) {
		o.fail("algorithm %s is not one of this key", algorithm)
	}
	return algorithm
}

// componentList splits components at the commas that are not in quotes. Without the option there is none; "none" is an empty one.
func componentList(o *options) []string {
	text := o.optional("components", "")
	switch text {
	case "":
		return nil
	case "none":
		return []string{}
	}
	var all []string
	begin, quoted := 0, false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ',' && !quoted:
			all, begin = append(all, text[begin:i]), i+1
		}
	}
	return append(all, text[begin:])
}

// readComponent reads a component as a configuration has it: its name may stand without quotes.
func readComponent(text string) (sfItem, bool) {
	name, rest, _ := strings.Cut(text, ";")
	if rest != "" {
		rest = ";" + rest
	}
	name = strings.ToLower(strings.Trim(name, `"`))
	r := &sfReader{rest}
	parameters, ok := r.parameters()
	for i, p := range parameters {
		if token, isToken := p.value.(sfToken); isToken {
			parameters[i].value = string(token)
		}
	}
	return sfItem{name, parameters}, ok && r.rest == "" && name != "" && isName(name)
}

// owns has Content-Digest too: a second one could be the digest of another body.
func (v *messages) owns() []string { return []string{"signature", "signature-input", "content-digest"} }

// refuse answers with 401. The RFC defines no answers.
func (v *messages) refuse(reason string) *Answer { return messageRefusal("invalid_signature", reason) }

// messageRefusal is 401 with a code of this package's: the RFC leaves answers to the application.
func messageRefusal(kind, reason string) *Answer {
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"error": kind, "message": reason})
}

// judge reads the claim, checks it, and answers with the kind of the first fault.
func (v *messages) judge(r *Request, now time.Time) *Answer {
	c, reason := readMessageClaim(r, v.label)
	if reason != "" {
		return messageRefusal("invalid_signature", reason)
	}
	if kind, reason := v.check(c, r, now); reason != "" {
		return messageRefusal(kind, reason)
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo("httpsig", v.algorithm+" by RFC 9421", r)})
}

// check goes from what costs least to the signature, as RFC 9421, 3.2, has its steps: parameters and algorithm first,
// then what must be covered, then the signature itself. Digest, time and nonce come after it, because only a right
// signature vouches for them.
func (v *messages) check(c *messageClaim, r *Request, now time.Time) (kind, reason string) {
	for _, p := range v.parameters {
		if c.input.param(p) == nil {
			return "missing_parameter", "the signature does not have the parameter " + p
		}
	}
	switch {
	case c.keyID != "" && v.id != "" && !same(c.keyID, v.id):
		return "unknown_key", "keyid names another key"
	case c.algorithm != "" && c.algorithm != v.algorithm:
		return "invalid_algorithm", "alg is not the algorithm of this key"
	case v.tag != "" && c.tag != v.tag:
		return "invalid_signature", "tag is wrong"
	}
	if reason := v.uncovered(c, r); reason != "" {
		return "missing_component", reason
	}
	if reason := c.checkSignature(v.key, v.algorithm, r); reason != "" {
		return "invalid_signature", reason
	}
	if value, arrived := fieldLines("content-digest", r); arrived {
		if reason := contentDigestFault(value[0], r.Body, v.wantedDigest()); reason != "" {
			return "invalid_digest", reason
		}
	}
	return c.checkFresh(v.used, now)
}

// wantedDigest is the algorithm that must be among the digests; "" is any.
func (v *messages) wantedDigest() string {
	if v.digest == "sha-256" || v.digest == "sha-512" {
		return v.digest
	}
	return ""
}

// uncovered names a demanded component that is not covered. Where absent ones may be left out, they must really be absent: a body
// that arrives without its digest is one that anybody can change.
func (v *messages) uncovered(c *messageClaim, r *Request) string {
	for _, d := range v.demanded {
		name := d.value.(string)
		if c.covers(d) {
			continue
		}
		if v.skipAbsent && !strings.HasPrefix(name, "@") {
			_, arrived := fieldLines(name, r)
			if !arrived && (name != "content-digest" || len(r.Body) == 0) {
				continue
			}
		}
		return "the signature does not cover " + name
	}
	return ""
}
