package vendorsim

import (
	"net/http"
	"time"
)

func init() {
	integration := func(version string) map[string]string {
		m := map[string]string{"integration_key": "DIDEMODEMODEMODEMO00", "secret_key": "demo-secret-key-that-is-not-a-secret-000"}
		if version != "" {
			m["signature_version"] = version
		}
		return m
	}
	vendors["duo"] = entry{
		make: newDuo,
		demo: map[string]map[string]string{"": integration(""), "2": integration("2"), "4": integration("4"), "5": integration("5")},
	}
}

// duoWindow is the one of Duo's mock server (duo_unix tests/mockduo.py); the real one is not published.
const duoWindow = 300 * time.Second

// duo verifies the Admin, Auth and Accounts APIs: Authorization is Basic with the integration key and the hex
// HMAC of a canonical text (duocanonical.go). The version is not in the request: 40 hex digits are HMAC-SHA1 and so
// version 2, with 128 the versions 5, 4 and 2 are tried. The codes are those of duo.com/docs/adminapi and of
// public threads: 40101 no credentials, 40102 unknown integration key, 40103 wrong signature, 40104 no readable
// date, 40105 date out of range, 42901 with HTTP 429. A stale date is also known to be answered with 40103.
//
// /auth/v2/ping needs no signature and tells Duo's time (duo_unix issue 311); /auth/v2/check is signed.
type duo struct {
	key     string
	secret  []byte
	host    string
	version string
	digest  string
	calls   *limiter
}

// newDuo reads the integration. Without signature_version and digest each of them is accepted.
func newDuo(o *options, c *Config) vendor {
	o.ignore("date_header")
	v := &duo{
		key:     o.required("integration_key", ": "),
		secret:  []byte(o.required("secret_key", "")),
		host:    c.Host,
		version: o.choice("signature_version", "", "2", "4", "5"),
		digest:  o.choice("digest", "", "sha1", "sha512"),
		calls:   newLimiter(c, time.Minute, false),
	}
	if v.digest == "sha1" && (v.version == "4" || v.version == "5") {
		o.fail("digest sha1 goes with signature_version 2 only")
	}
	return v
}

func (v *duo) owns() []string { return []string{"authorization", "date", "x-duo-*"} }

// refuse is 40101: the credential cannot be read.
func (v *duo) refuse(reason string) *Answer {
	return v.fail(http.StatusUnauthorized, 40101, "Missing request credentials", reason)
}

// fail is Duo's envelope for errors.
func (v *duo) fail(status, code int, message, reason string) *Answer {
	return newAnswer(status, reason, map[string]any{"code": code, "message": message, "stat": "FAIL"})
}

// judge goes from the credential to the date to the signature, as the codes are ordered.
func (v *duo) judge(r *Request, now time.Time) *Answer {
	// The ping is answered before anything is read of a credential: it tells clients Duo's time.
	path, _, _ := splitTarget(r.Target)
	if r.Method == http.MethodGet && path == "/auth/v2/ping" {
		return v.ok(map[string]any{"time": now.Unix()})
	}
	authorization := header(r.Header, "Authorization")
	key, signature, ok := basicAuth(authorization)
	switch {
	case authorization == "":
		return v.refuse("the header Authorization is missing")
	case !ok:
		return v.refuse("Authorization is not Basic with base64 of key and signature")
	case !same(key, v.key):
		return v.fail(http.StatusUnauthorized, 40102, "Invalid integration key in request credentials", "the integration key is unknown")
	}
	// X-Duo-Date wins over Date (duo_unix tests/mockduo.py), so a client's own must not get through a gateway.
	date := header(r.Header, "X-Duo-Date")
	if date == "" {
		date = header(r.Header, "Date")
	}
	at, ok := duoDate(date)
	switch {
	case date == "" && len(signature) == 40:
		return v.fail(http.StatusUnauthorized, 40104, "Missing request timestamp", "neither X-Duo-Date nor Date arrived: signature version 1, "+
			"which login-duo of Debian 12 makes, has no date and is refused")
	case date == "":
		return v.fail(http.StatusUnauthorized, 40104, "Missing request timestamp", "neither X-Duo-Date nor Date arrived")
	case !ok:
		return v.fail(http.StatusUnauthorized, 40104, "Missing request timestamp", "the date is not in the form of RFC 2822")
	case !within(at, now, duoWindow):
		return v.fail(http.StatusUnauthorized, 40105, "Bad request timestamp", "the date is more than 300 seconds off")
	}
	form, reason := v.verify(r, date, signature)
	if reason != "" {
		return v.fail(http.StatusUnauthorized, 40103, "Invalid signature in request credentials", reason)
	}
	// Counted after the signature: Duo counts the calls of an integration, and a wrong signature is nobody's.
	if _, ok := v.calls.take(now); !ok {
		return v.fail(http.StatusTooManyRequests, 42901, "Too Many Requests", "too many calls with this integration")
	}
	response := map[string]any{"simulated": echo("duo", form, r)}
	if path == "/auth/v2/check" {
		response["time"] = now.Unix()
	}
	return v.ok(response)
}

// ok is Duo's envelope for answers.
func (v *duo) ok(response map[string]any) *Answer {
	return newAnswer(http.StatusOK, "", map[string]any{"stat": "OK", "response": response})
}

// duoDate reads RFC 2822 with English names and the zones that Duo's clients write: -0000, +0000 and GMT.
func duoDate(s string) (time.Time, bool) {
	const layout = "Mon, 02 Jan 2006 15:04:05"
	if len(s) < len(layout) {
		return time.Time{}, false
	}
	switch s[len(layout):] {
	case " -0000", " +0000", " GMT":
		return parseExact(layout, s[:len(layout)])
	}
	return time.Time{}, false
}
