package vendorsim

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// demoOracleKey is the key of draft-cavage-http-signatures-12, appendix C, with which Oracle's documentation has its examples.
const demoOracleKey = `-----BEGIN RSA PRIVATE KEY-----
MIICXgIBAAKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QF
NUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+F
UR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB
AoGBAJR8ZkCUvx5kzv+utdl7T5MnordT1TvoXXJGXK7ZZ+UuvMNUCdN2QPc4sBiA
QWvLw1cSKt5DsKZ8UETpYPy8pPYnnDEz2dDYiaew9+xEpubyeW2oH4Zx71wqBtOK
kqwrXa/pzdpiucRRjk6vE6YY7EBBs/g7uanVpGibOVAEsqH1AkEA7DkjVH28WDUg
f1nqvfn2Kj6CT7nIcE3jGJsZZ7zlZmBmHFDONMLUrXR/Zm3pR5m0tCmBqa5RK95u
412jt1dPIwJBANJT3v8pnkth48bQo/fKel6uEYyboRtA5/uHuHkZ6FQF7OUkGogc
mSJluOdc5t6hI1VsLn0QZEjQZMEOWr+wKSMCQQCC4kXJEsHAve77oP6HtG/IiEn7
kpyUXRNvFsDE0czpJJBvL/aRFUJxuRK91jhjC68sA7NsKMGg5OXb5I5Jj36xAkEA
gIT7aFOYBFwGgQAQkWNKLvySgKbAZRTeLBacpHMuQdl1DfdntvAyqpAZ0lY0RKmW
G6aFKaqQfOXKCyWoUiVknQJAXrlgySFci/2ueKlIE1QqIiLSZ8V8OlpFLRnb1pzI
7U1yQXnTAEFYM560yJlzUpOb1V4cScGd365tiSMvxLOvTA==
-----END RSA PRIVATE KEY-----`

func init() {
	vendors["oci"] = entry{
		make: newOCI,
		demo: map[string]map[string]string{
			"": {"tenancy": "ocid1.tenancy.oc1..demo", "user": "ocid1.user.oc1..demo-not-a-user",
				"fingerprint": "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34", "private_key": demoOracleKey},
			"session": {"session_token": "demo-session-token-not-a-token", "private_key": demoOracleKey},
		},
	}
}

// oci verifies the signatures of Oracle Cloud Infrastructure: draft-cavage with version="1" and rsa-sha256, from
// docs.oracle.com, "Request Signatures". A GET, HEAD or DELETE signs date (or x-date), (request-target) and host; a
// POST, PUT or PATCH also content-length, content-type and x-content-sha256, but for uploads of objects. The date is
// at most 5 minutes off. Refusals are 401 NotAuthenticated, with one message for a date, one for a signature, and one
// for all else.
//
// Oracle does not say whether a POST without a body may leave out its three headers; here it may not, as in Oracle's
// SDKs.
type oci struct {
	key verifyKey
	id  string
}

// newOCI reads the key and who signs: tenancy/user/fingerprint, or "ST$" and a session token, or key_id as it is.
func newOCI(o *options, _ *Config) vendor {
	v := &oci{key: readVerifyKey(o), id: o.optional("key_id", `"`)}
	if _, ok := v.key.public.(*rsa.PublicKey); !ok && len(o.errs) == 0 {
		o.fail("the key must be one for RSA")
	}
	token := o.optional("session_token", `" `)
	parts := []string{o.optional("tenancy", `"/`), o.optional("user", `"/`), o.optional("fingerprint", `"/`)}
	switch {
	case token != "":
		v.id = "ST$" + token
	case v.id == "" && slices.Contains(parts, ""):
		o.fail("tenancy, user and fingerprint are required, unless key_id or session_token says who signs")
	case v.id == "":
		v.id = strings.Join(parts, "/")
	}
	return v
}

// owns has both dates: the vendor may read either.
func (v *oci) owns() []string { return []string{"authorization", "date", "x-date", "x-content-sha256"} }

const (
	ociIncomplete = "The required information to complete authentication was not provided or was incorrect."
	ociMismatch   = "Failed to verify the HTTP(S) Signature"
)

// refuse is for what cannot be read; a wrong date and a wrong signature have messages of their own.
func (v *oci) refuse(reason string) *Answer { return ociRefusal(ociIncomplete, reason) }

// ociRefusal has the form of Oracle's API errors.
func ociRefusal(message, reason string) *Answer {
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"code": "NotAuthenticated", "message": message})
}

// judge goes from the claim to the date, the signature and the body's hash.
func (v *oci) judge(r *Request, now time.Time) *Answer {
	c, reason := v.claim(r)
	if reason != "" {
		return v.refuse(reason)
	}
	// A date that is signed is read before the signature, as Oracle does, so that a late request is refused as late.
	date := header(r.Header, "X-Date")
	if !slices.Contains(c.headers, "x-date") {
		date = header(r.Header, "Date")
	}
	at, err := http.ParseTime(date)
	if err != nil {
		return v.refuse("the date is not one of HTTP")
	}
	if !within(at, now, messageWindow) {
		// Oracle's message has both times in GMT.
		now := now.UTC()
		return ociRefusal("Date '"+at.UTC().Format(http.TimeFormat)+"' is not within allowed clock skew. Current '"+now.Format(http.TimeFormat)+
			"', valid datetime range: ['"+now.Add(-messageWindow).Format(http.TimeFormat)+"', '"+now.Add(messageWindow).Format(http.TimeFormat)+"']",
			"the date is more than 5 minutes off")
	}
	text, reason := c.signingString(r)
	if reason != "" {
		return v.refuse(reason)
	}
	if !v.key.verifies(verifyRSA, text, c.signature) {
		return ociRefusal(ociMismatch, "the signature does not fit the key and the signing string of what arrived")
	}
	// Compared after the signature, which covers what the header says of the body.
	sum := sha256.Sum256(r.Body)
	if hasHeader(r.Header, "X-Content-Sha256") && !same(header(r.Header, "X-Content-Sha256"), base64.StdEncoding.EncodeToString(sum[:])) {
		return ociRefusal(ociMismatch, "X-Content-Sha256 is not the hash of the body in base64")
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo("oci", "rsa-sha256 by version 1", r)})
}

// claim reads Authorization and finds what it lacks. A request that signs x-date is not judged by Date, which browsers and
// proxies may set.
func (v *oci) claim(r *Request) (*cavageClaim, string) {
	value, ok := strings.CutPrefix(header(r.Header, "Authorization"), "Signature ")
	if !ok {
		return nil, "Authorization does not begin with Signature"
	}
	c, reason := readCavage(value, "date")
	if reason != "" {
		return nil, reason
	}
	switch {
	case c.version != "1":
		return nil, "version is not 1"
	case c.algorithm != "rsa-sha256":
		return nil, "algorithm is not rsa-sha256"
	case !same(c.keyID, v.id):
		return nil, "keyId is not the tenancy, the user and the fingerprint of this key"
	case !slices.Contains(c.headers, "date") && !slices.Contains(c.headers, "x-date"):
		return nil, "neither date nor x-date is signed"
	case hasHeader(r.Header, "X-Date") && !slices.Contains(c.headers, "x-date"):
		return nil, "an X-Date arrived that is not signed"
	}
	must := []string{"(request-target)", "host"}
	if (r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH") && !uploadsObject(r) {
		must = append(must, "content-length", "content-type", "x-content-sha256")
	}
	for _, name := range must {
		if !slices.Contains(c.headers, name) {
			return nil, "the signature does not cover " + name
		}
	}
	return c, ""
}

// ociObject are the paths of PutObject (/n/NAMESPACE/b/BUCKET/o/NAME) and UploadPart (.../u/NAME).
var ociObject = regexp.MustCompile(`^/n/[^/?]+/b/[^/?]+/[ou]/`)

// uploadsObject reports whether a request is PutObject or UploadPart of Object Storage, which need not sign their body.
func uploadsObject(r *Request) bool {
	labels := strings.Split(strings.ToLower(r.Host), ".")
	storage := labels[0] == "objectstorage" || len(labels) > 1 && labels[1] == "objectstorage"
	return r.Method == "PUT" && storage && ociObject.MatchString(r.Target)
}
