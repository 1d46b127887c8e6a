package vendorsim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func init() {
	hmacDemo := map[string]string{"access_id": "00000000000000000001", "secret_key": "demo-secret-key-not-a-secret"}
	vendors["threatconnect"] = entry{
		make: newThreatConnect,
		demo: map[string]map[string]string{
			"":      hmacDemo,
			"hmac":  hmacDemo,
			"token": {"token": "SVCTK:demo:not-a-real-token"},
		},
	}
}

// threatConnectWindow is five minutes either way (ThreatConnect documentation, common errors).
const threatConnectWindow = 5 * time.Minute

// threatConnect verifies "Authorization: TC <access id>:<base64>" with a Timestamp of unix seconds: HMAC-SHA256 over
// "<target>:<METHOD>:<timestamp>", standard base64 with padding (tcex-requests-tc auth/hmac_auth.py and four other
// clients). Body, host and scheme are not signed. "Authorization: TC-Token <token>" needs no Timestamp.
//
// The messages are those of the developer documentation ("Common Errors"): "signature data did not match expected
// result", "timestamp out of acceptable time range", "access denied" for an unknown id, "unauthorized" for a token.
// The documentation has 401 or 403; here all are 401.
//
// GET <any base>/appAuth?expiredToken=... renews a token (tcex app/token/token.py). The new one kills the old one.
// Whether a token that was already replaced can be renewed again is undocumented; here it cannot, which is what finds
// a gateway whose workers renew side by side. API-user tokens (APIV2:...) are not renewable.
type threatConnect struct {
	accessID string
	secret   []byte // nil: no HMAC credential
	tokens   *tokens
	ttl      time.Duration
}

// newThreatConnect reads a key, a token, or both.
func newThreatConnect(o *options, c *Config) vendor {
	o.ignore("api_url")
	v := &threatConnect{tokens: newTokens(), ttl: c.TokenTTL}
	if v.ttl == 0 {
		v.ttl = time.Hour
	}
	if token := o.optional("token", " "); token != "" {
		v.tokens.add(token, tokenExpires(o))
	} else {
		o.ignore("token_expires")
	}
	o.ignore("access_id", "secret_key")
	if o.has("access_id", "secret_key") || !o.has("token") {
		v.accessID = o.required("access_id", ": ")
		v.secret = []byte(o.required("secret_key", ""))
	}
	return v
}

// tokenExpires reads the option token_expires, in unix seconds; the zero time is never.
func tokenExpires(o *options) time.Time {
	text := o.optional("token_expires", "")
	if text == "" {
		return time.Time{}
	}
	n, ok := digits(text)
	if !ok {
		o.fail("token_expires is not a number of unix seconds")
	}
	return time.Unix(n, 0)
}

// owns has Timestamp too, which is signed.
func (v *threatConnect) owns() []string { return []string{"authorization", "timestamp"} }

// refuse is the answer to a credential that cannot be read, and to a token.
func (v *threatConnect) refuse(reason string) *Answer { return v.error("unauthorized", reason) }

// error is the vendor's envelope for a refusal, with one of its messages.
func (v *threatConnect) error(message, reason string) *Answer {
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"status": "Failure", "message": message})
}

// judge lets a renewal pass first, which needs no header, and then goes by the word that Authorization begins with.
func (v *threatConnect) judge(r *Request, now time.Time) *Answer {
	path, query, _ := splitTarget(r.Target)
	if r.Method == http.MethodGet && strings.HasSuffix(strings.TrimSuffix(path, "/"), "/appAuth") {
		return v.renew(r, query, now)
	}
	authorization := header(r.Header, "Authorization")
	if token, ok := strings.CutPrefix(authorization, "TC-Token "); ok {
		return v.judgeToken(r, token, now)
	}
	credentials, ok := strings.CutPrefix(authorization, "TC ")
	switch {
	case authorization == "":
		return v.refuse("the header Authorization is missing")
	case !ok:
		return v.refuse("Authorization begins with neither TC nor TC-Token")
	}
	return v.judgeHMAC(r, credentials, now)
}

// judgeHMAC judges access id and signature. The timestamp is compared before the signature is computed: with a wrong
// clock that is what the vendor says, whether the secret is right or not.
func (v *threatConnect) judgeHMAC(r *Request, credentials string, now time.Time) *Answer {
	id, signature, ok := strings.Cut(credentials, ":")
	if !ok {
		return v.refuse("Authorization has no colon between access id and signature")
	}
	if len(v.secret) == 0 || !same(id, v.accessID) {
		return v.error("access denied", "the access id is unknown")
	}
	timestamp := header(r.Header, "Timestamp")
	seconds, ok := digits(timestamp)
	switch {
	case timestamp == "":
		return v.error("timestamp out of acceptable time range", "the header Timestamp is missing")
	case !ok:
		return v.error("timestamp out of acceptable time range", "Timestamp is not a number of unix seconds")
	case !within(time.Unix(seconds, 0), now, threatConnectWindow):
		return v.error("timestamp out of acceptable time range", "Timestamp is more than 5 minutes off")
	}
	mac := hmac.New(sha256.New, v.secret)
	mac.Write([]byte(r.Target + ":" + r.Method + ":" + timestamp))
	// The text is compared, not what it decodes to: a decoder would also take a missing padding.
	if !same(signature, base64.StdEncoding.EncodeToString(mac.Sum(nil))) {
		return v.error("signature data did not match expected result", "the signature does not fit the target, method and timestamp that arrived")
	}
	return v.accept(r, "HMAC-SHA256 of target, method and timestamp")
}

// judgeToken compares a token. Nothing of the request is signed.
func (v *threatConnect) judgeToken(r *Request, token string, now time.Time) *Answer {
	switch v.tokens.state(token, now) {
	case tokenValid:
		return v.accept(r, "token")
	case tokenExpired:
		return v.refuse("the token has expired")
	}
	return v.refuse("the token is unknown or was replaced")
}

// accept is the answer to a good request, in the vendor's envelope.
func (v *threatConnect) accept(r *Request, verified string) *Answer {
	return newAnswer(http.StatusOK, "", map[string]any{
		"status": "Success",
		"data":   map[string]any{"simulated": echo("threatconnect", verified, r)},
	})
}

// renew answers in the vendor's plain form. It does not echo the target, which holds a token.
func (v *threatConnect) renew(r *Request, query string, now time.Time) *Answer {
	a := v.renewal(query, now)
	if name := "Authorization"; header(r.Header, name) != "" {
		a.Leaks = append(a.Leaks, name) // renewal takes no header; one that arrives is a second credential
	}
	return a
}

// renewal exchanges a token for a new one. The parameter must be alone, since the vendor could read either of two.
func (v *threatConnect) renewal(query string, now time.Time) *Answer {
	fail := func(reason string) *Answer {
		return newAnswer(http.StatusUnauthorized, reason, map[string]any{"success": false, "message": "Invalid token"})
	}
	old, ok := only(formPairs(query), "expiredToken")
	switch {
	case !ok || old == "":
		return fail("the parameter expiredToken is missing or not alone")
	case strings.HasPrefix(old, "APIV2:"):
		return fail("the token of an API user is renewed in the user interface only")
	}
	token, expires := newServiceToken(), now.Add(v.ttl)
	if !v.tokens.replace(old, token, expires) {
		return fail("the token to renew is unknown or was already replaced")
	}
	return newAnswer(http.StatusOK, "", map[string]any{
		"success": true, "apiToken": token, "apiTokenExpires": strconv.FormatInt(expires.Unix(), 10),
	})
}

// newServiceToken ends in padding and may hold '+' and '/', so that a client which forgets to encode its token in
// the next renewal is found out.
func newServiceToken() string {
	var b [25]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return "SVCTK:simulated:" + base64.StdEncoding.EncodeToString(b[:])
}
