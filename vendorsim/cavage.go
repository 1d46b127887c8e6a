package vendorsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func init() {
	vendors["cavage"] = entry{
		make: newCavage,
		demo: map[string]map[string]string{
			"":       {"key_id": "demo-not-a-key", "algorithm": "hmac-sha256", "shared_secret": demoSecret},
			"hs2019": {"key_id": "demo-not-a-key", "algorithm": "hs2019", "private_key": demoKey},
		},
		lists: []string{"headers"},
	}
}

// cavage verifies draft-cavage-http-signatures-12, sections 2.3 and 2.5, with Digest (RFC 3230).
//
//	Signature: keyId="k",algorithm="hmac-sha256",headers="(request-target) host date",signature="base64"
//
// What must be signed and how old it may be is up to each vendor. Here these are the headers of the configuration, or by
// default (request-target), host and date, or (created) with hs2019, and digest where there is a body; Date is at most 5
// minutes off. (created) must not be ahead at all (2.3), and is at most 5 minutes old unless (expires) is signed.
type cavage struct {
	key       verifyKey
	id        string
	algorithm string // as it is written
	verifies  string // as it is
	demanded  []string
	skipsBody bool // digest is only demanded where there is a body
	header    string
	digest    string
}

// newCavage reads the key, the algorithm and what must be signed. The algorithm must fit the key.
func newCavage(o *options, _ *Config) vendor {
	o.ignore("expires_in")
	v := &cavage{key: readVerifyKey(o), id: o.required("key_id", `"`), algorithm: o.choice("algorithm", "rsa-sha256", "hmac-sha256", "hs2019"),
		header: o.choice("header", "Signature", "Authorization"), digest: o.choice("digest", "auto", "sha-256", "sha-512", "off")}
	// hs2019 does not say which algorithm it is: the key does (draft-cavage-http-signatures-12, appendix E.2).
	of := map[string][]string{"rsa-sha256": {verifyRSA}, "hmac-sha256": {verifyHMAC},
		"hs2019": {verifyOldPSS, verifyOldECDSA, verifyEd25519, verifyOldHMAC}}
	for _, v.verifies = range of[v.algorithm] {
		if v.key.fits(v.verifies) {
			break
		}
	}
	if !v.key.fits(v.verifies) {
		o.fail("algorithm %s is not one of this key", v.algorithm)
	}
	if text := o.optional("headers", `"`); text != "" {
		v.demanded = strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return c == ',' || c == ' ' })
		return v
	}
	v.demanded = []string{"(request-target)", "host", "date"}
	if v.algorithm == "hs2019" {
		v.demanded[2] = "(created)"
	}
	if v.digest != "off" {
		v.demanded, v.skipsBody = append(v.demanded, "digest"), true
	}
	return v
}

// owns has the four headers that the scheme uses; a second Date could be the one that the vendor's front end reads.
func (v *cavage) owns() []string {
	return []string{"signature", "authorization", "date", "digest"}
}

// refuse answers as draft-cavage-http-signatures-12, 3.1.1, has it: 401 with what should be signed.
func (v *cavage) refuse(reason string) *Answer {
	a := newAnswer(http.StatusUnauthorized, reason, map[string]any{"error": "unauthorized", "message": reason})
	a.Header.Set("Www-Authenticate", `Signature realm="simulated",headers="`+strings.Join(v.demanded, " ")+`"`)
	return a
}

// judge answers by fault.
func (v *cavage) judge(r *Request, now time.Time) *Answer {
	if reason := v.fault(r, now); reason != "" {
		return v.refuse(reason)
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo("cavage", v.algorithm+" by draft-cavage-12", r)})
}

// fault says what is wrong with a request; "" is nothing. The order is the header, the key, what is covered, the signature,
// the digest. The time is compared last, since only a right signature vouches for it.
func (v *cavage) fault(r *Request, now time.Time) string {
	// The draft permits both headers. Only the configured one counts, and a signature in the other is a second one.
	other := "Authorization"
	if v.header == other {
		other = "Signature"
	}
	value := header(r.Header, v.header)
	switch {
	case value == "" && hasHeader(r.Header, other):
		return "the signature should be in the header " + v.header
	case value == "":
		return "there is no signature in the header " + v.header
	case hasHeader(r.Header, other):
		return "there is a second signature in the header " + other
	}
	if v.header == "Authorization" {
		var ok bool
		if value, ok = strings.CutPrefix(value, "Signature "); !ok {
			return "Authorization does not begin with Signature"
		}
	}
	byDefault := "date" // in earlier drafts, for the algorithms of which (created) must not be signed
	if v.algorithm == "hs2019" {
		byDefault = "(created)"
	}
	c, reason := readCavage(value, byDefault)
	if reason != "" {
		return reason
	}
	switch {
	case !same(c.keyID, v.id):
		return "keyId names another key"
	// The parameter is optional in the draft. One that is there must be the key's: the key decides, never the request.
	case c.algorithm != "" && c.algorithm != v.algorithm:
		return "algorithm does not fit this key"
	case v.algorithm != "hs2019" && (slices.Contains(c.headers, "(created)") || slices.Contains(c.headers, "(expires)")):
		return "(created) and (expires) must not be signed with " + v.algorithm
	}
	// Demanded before the signature is computed, which costs more.
	for _, name := range v.demanded {
		if !slices.Contains(c.headers, name) && (name != "digest" || !v.skipsBody || len(r.Body) > 0) {
			return "the signature does not cover " + name
		}
	}
	text, reason := c.signingString(r)
	if reason != "" {
		return reason
	}
	if !v.key.verifies(v.verifies, text, c.signature) {
		return "the signature does not fit the key and the signing string of what arrived"
	}
	// Also one that is not demanded: what arrives must be true.
	if digest := header(r.Header, "Digest"); hasHeader(r.Header, "Digest") {
		want := ""
		if v.digest == "sha-256" || v.digest == "sha-512" {
			want = v.digest
		}
		if reason := digestFault(digest, r.Body, want); reason != "" {
			return reason
		}
	}
	return c.checkTime(header(r.Header, "Date"), now)
}

// checkTime compares the times that are signed with the clock. Parameters that are not among the signed headers are
// not looked at, since anybody could have changed them.
func (c *cavageClaim) checkTime(date string, now time.Time) string {
	signs := func(name string) bool { return slices.Contains(c.headers, name) }
	switch {
	case signs("(created)") && c.created.After(now):
		return "created is ahead of the clock"
	case signs("(expires)") && !now.Before(c.expires):
		return "the signature has expired"
	case signs("(created)") && !signs("(expires)") && c.created.Before(now.Add(-messageWindow)):
		return "created is more than 5m0s ago"
	case !signs("date"):
		return ""
	}
	at, err := http.ParseTime(date)
	switch {
	case err != nil:
		return "Date is not a date of HTTP"
	case !within(at, now, messageWindow):
		return "Date is more than 5 minutes off"
	}
	return ""
}
