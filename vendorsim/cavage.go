package vendorsim

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func init() {
	vendors["cavage"] = entry{
		make: newCavage,
		demo: map[string]map[string]string{
			"": {"key_id": "demo-not-a-key", "algorithm": "hmac-sha256", "shared_secret": "ZGVtby1zZWNyZXQtdGhhdC1pcy1ub3QtYS1zZWNyZXQ="},
		},
	}
	vendors["oci"] = entry{
		make: newOracle,
		demo: map[string]map[string]string{
			"": {"tenancy": "ocid1.tenancy.oc1..demo", "user": "ocid1.user.oc1..not-a-user",
				"fingerprint": "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34", "private_key": demoOracleKey},
		},
	}
}

// cavage verifies signatures as draft-cavage-http-signatures-12, 2.5, says, for cavage and for Oracle's own form of it: "Request
// Signatures" in the documentation of Oracle Cloud Infrastructure. What the draft leaves to vendors is read strictly: target, host
// and a time have to be signed, and the digest of a body.
type cavage struct {
	name      string
	key       sigKey
	keyID     string
	algorithm string
	header    string   // in lower case; empty: either
	signed    []string // that must be; nil: what says where the request goes
	isOracle  bool
}

func newCavage(o *options, _ *Config) vendor {
	o.ignore("digest", "expires_in")
	v := &cavage{
		name: "cavage", key: o.sigKey(), keyID: o.required("key_id", `",`),
		algorithm: o.choice("algorithm", "rsa-sha256", "hmac-sha256", "hs2019"),
		header:    strings.ToLower(o.choice("header", "", "Signature", "Authorization")),
	}
	if text := o.optional("headers", ""); text != "" {
		v.signed = strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' })
	}
	return v
}

func newOracle(o *options, _ *Config) vendor {
	v := &cavage{name: "oci", key: o.sigKey(), algorithm: "rsa-sha256", header: "authorization", isOracle: true}
	switch session := o.optional("session_token", `", `); {
	case session != "":
		v.keyID = "ST$" + session
	case o.has("key_id"):
		v.keyID = o.required("key_id", `",`)
	default:
		v.keyID = o.required("tenancy", `/",`) + "/" + o.required("user", `/",`) + "/" + o.required("fingerprint", `/",`)
	}
	return v
}

func (v *cavage) owns() []string {
	owned := []string{"authorization", "signature", "date", "digest"}
	if v.isOracle {
		owned = []string{"authorization", "date", "x-date", "x-content-sha256"}
	}
	return owned
}

func (v *cavage) refuse(reason string) *Answer {
	if v.isOracle {
		return newAnswer(http.StatusUnauthorized, reason, map[string]any{"code": "NotAuthenticated",
			"message": "The required information to complete authentication was not provided or was incorrect."})
	}
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"error": reason})
}

// cavageClaim is what a signature says.
type cavageClaim struct {
	params  map[string]string
	headers []string
}

var cavageParam = regexp.MustCompile(`^\s*([a-zA-Z]+)=(?:"([^"]*)"|([0-9.]+))\s*(?:,|$)`)

// claim reads the parameters of the only signature.
func (v *cavage) claim(r *Request) (c cavageClaim, reason string) {
	text, found := "", 0
	if sent, has := headerValue(r, "authorization"); has && v.header != "signature" {
		if rest, ok := strings.CutPrefix(sent, "Signature "); ok {
			text = rest
			found++
		}
	}
	if sent, has := headerValue(r, "signature"); has && v.header != "authorization" {
		text = sent
		found++
	}
	if found != 1 {
		return c, "the request has other signatures than one"
	}
	c.params = map[string]string{}
	for text != "" {
		m := cavageParam.FindStringSubmatch(text)
		if m == nil {
			return c, "the signature's parameters cannot be read"
		}
		if _, twice := c.params[m[1]]; twice {
			return c, "a parameter of the signature comes twice"
		}
		c.params[m[1]] = m[2] + m[3]
		text = text[len(m[0]):]
	}
	list, has := c.params["headers"]
	if !has {
		list = "date"
		if c.params["algorithm"] == "hs2019" {
			list = "(created)"
		}
	}
	c.headers = strings.Fields(list)
	return c, ""
}

func (v *cavage) judge(r *Request, now time.Time) *Answer {
	c, reason := v.claim(r)
	for _, check := range []func() string{
		func() string { return v.checkParameters(c, now) },
		func() string { return v.checkSigned(c, r) },
		func() string { return v.checkDate(c, r, now) },
		func() string { return v.checkBody(r) },
		func() string { return v.checkSignature(c, r) },
	} {
		if reason == "" {
			reason = check()
		}
	}
	if reason != "" {
		return v.refuse(reason)
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo(v.name, v.algorithm+" over "+strings.Join(c.headers, " "), r)})
}

func (v *cavage) checkParameters(c cavageClaim, now time.Time) string {
	seconds := func(name string) (time.Time, bool) {
		n, err := strconv.ParseFloat(c.params[name], 64)
		return time.UnixMilli(int64(n * 1000)), err == nil
	}
	created, hasCreated := seconds("created")
	expires, hasExpires := seconds("expires")
	switch {
	case !same(c.params["keyId"], v.keyID):
		return "the key is unknown"
	case c.params["algorithm"] != v.algorithm && (v.isOracle || c.params["algorithm"] != ""):
		return "the key is for another algorithm"
	case v.isOracle && c.params["version"] != "1":
		return "the signature is of another version"
	case slices.Contains(c.headers, "(created)") && (!hasCreated || v.algorithm != "hs2019"):
		return "(created) is signed, and is no time, or the algorithm forbids it"
	case slices.Contains(c.headers, "(expires)") && (!hasExpires || v.algorithm != "hs2019"):
		return "(expires) is signed, and is no time, or the algorithm forbids it"
	case hasCreated && (created.After(now.Add(messageSkew)) || !hasExpires && created.Before(now.Add(-messageSkew))):
		return "the signature was made at another time than now"
	case hasExpires && !expires.After(now):
		return "the signature has expired"
	}
	return ""
}

// oracleUploads are the requests of Object Storage whose bodies are not signed.
var oracleUploads = regexp.MustCompile(`^/n/[^/?]+/b/[^/?]+/[ou]/`)

// checkSigned says what is missing among what must be signed.
func (v *cavage) checkSigned(c cavageClaim, r *Request) string {
	want := v.signed
	if want == nil {
		want = []string{"(request-target)", "host"}
		if !slices.Contains(c.headers, "(created)") && !slices.Contains(c.headers, "x-date") {
			want = append(want, "date")
		}
		if v.isOracle {
			upload := r.Method == "PUT" && strings.Contains(strings.ToLower(r.Host), "objectstorage.") && oracleUploads.MatchString(r.Target)
			if slices.Contains([]string{"POST", "PUT", "PATCH"}, r.Method) && !upload {
				want = append(want, "content-length", "content-type", "x-content-sha256")
			}
		} else if len(r.Body) > 0 {
			want = append(want, "digest")
		}
	}
	for _, name := range want {
		if !slices.Contains(c.headers, name) {
			return name + " is not signed"
		}
	}
	return ""
}

// checkDate compares a signed date with the clock.
func (v *cavage) checkDate(c cavageClaim, r *Request, now time.Time) string {
	for _, name := range []string{"date", "x-date"} {
		if !slices.Contains(c.headers, name) {
			continue
		}
		sent, _ := headerValue(r, name)
		at, err := http.ParseTime(sent)
		if err != nil {
			return name + " is no date"
		}
		if at.Before(now.Add(-messageSkew)) || at.After(now.Add(messageSkew)) {
			return name + " is not within allowed clock skew"
		}
	}
	return ""
}

// checkBody compares the hashes that arrived with the body.
func (v *cavage) checkBody(r *Request) string {
	short, long := sha256.Sum256(r.Body), sha512.Sum512(r.Body)
	encode := base64.StdEncoding.EncodeToString
	if sent, has := headerValue(r, "x-content-sha256"); has && v.isOracle && sent != encode(short[:]) {
		return "x-content-sha256 is that of another body"
	}
	sent, has := headerValue(r, "digest")
	if !has || v.isOracle {
		return ""
	}
	for _, one := range strings.Split(sent, ",") {
		algorithm, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		switch strings.ToUpper(algorithm) {
		case "SHA-256":
			has = value == encode(short[:])
		case "SHA-512":
			has = value == encode(long[:])
		default:
			has = false
		}
		if !has {
			return "Digest is that of another body"
		}
	}
	return ""
}

func (v *cavage) checkSignature(c cavageClaim, r *Request) string {
	var lines []string
	for i, name := range c.headers {
		if name != strings.ToLower(name) || slices.Contains(c.headers[:i], name) {
			return "a signed header is not in lower case, or comes twice"
		}
		value, has := "", true
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.Target
		case "(created)":
			value = c.params["created"]
		case "(expires)":
			value = c.params["expires"]
		default:
			value, has = headerValue(r, name)
		}
		if !has {
			return name + " is signed and did not arrive"
		}
		lines = append(lines, name+": "+value)
	}
	signature, ok := unbase64Strict(c.params["signature"])
	if !ok || !v.key.verify(v.algorithm, strings.Join(lines, "\n"), signature) {
		return "the signature does not fit what arrived"
	}
	return ""
}
