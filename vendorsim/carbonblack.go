package vendorsim

import (
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

func init() {
	key := func(keyType string) map[string]string {
		m := map[string]string{"api_id": "DEMOAPIID1", "api_secret_key": "DEMO-API-SECRET-NOT-A-SECRET"}
		if keyType != "" {
			m["key_type"] = keyType
		}
		return m
	}
	vendors["carbonblack"] = entry{
		make: newCarbonBlack,
		demo: map[string]map[string]string{
			"":              key(""),
			"api":           key("api"),
			"siem":          key("siem"),
			"live_response": key("live_response"),
			"custom":        key("custom"),
			"oauth":         {"oauth_app_id": "demo-oauth-app", "oauth_app_secret": "demo-oauth-secret-not-a-secret"},
			"csp_token":     {"csp_api_token": "demo-csp-api-token-not-a-secret"},
		},
	}
}

// carbonBlack verifies "X-Auth-Token: <API secret key>/<API ID>", the secret first; nothing is signed and there is no
// clock (Carbon Black developer network, Authentication Guide; carbon-black-cloud-sdk-python connection.py). With a
// CSP credential, "Authorization: Bearer <token>" takes its place; see csp.go.
//
// A key of the wrong type is answered with 401, not 403: SIEM keys may only read notifications, Live Response keys
// may only use /integrationServices/v3/cblr, API keys everything but these two, and Custom keys everything outside
// /integrationServices. A bearer token's role decides at the vendor; here it may call everything. The texts of the
// error bodies are not published; the status is what clients look at.
//
// Too many calls are 429. CB Defense documents 25 calls in 5 minutes for a key, Carbon Black Cloud 1,000 in 5 minutes
// for an address, with a Retry-After. Here they are counted by key.
type carbonBlack struct {
	token   string // secret/id; empty: no API key
	id      string
	keyType string
	csp     *csp // nil: no CSP credential
	calls   *limiter
}

// newCarbonBlack reads an API key, a CSP credential, or both. Without either the fault is that of the API key.
func newCarbonBlack(o *options, c *Config) vendor {
	v := &carbonBlack{
		keyType: o.choice("key_type", "api", "siem", "live_response", "custom"),
		csp:     newCSP(o, c),
		// Carbon Black Cloud extends the block of a client that calls on while it is blocked.
		calls: newLimiter(c, 5*time.Minute, true),
	}
	o.ignore("api_id", "api_secret_key", "csp_url")
	if o.has("api_id", "api_secret_key") || v.csp == nil {
		v.id = o.required("api_id", "/ ")
		v.token = o.required("api_secret_key", "/ ") + "/" + v.id
	}
	return v
}

// owns depends on the credential: a header that no configured credential uses is a leak, and not a second value.
func (v *carbonBlack) owns() []string {
	var names []string
	if v.token != "" {
		names = append(names, "x-auth-token")
	}
	if v.csp != nil {
		names = append(names, "authorization")
	}
	return names
}

// refuse is 401 for everything that is wrong with a credential, its type included.
func (v *carbonBlack) refuse(reason string) *Answer {
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"success": false, "message": "Unauthorized"})
}

// judge lets the token endpoints of CSP answer first. A request with a bearer token is judged by that alone; an API key next
// to it is a leak, and the other way round.
func (v *carbonBlack) judge(r *Request, now time.Time) *Answer {
	target, _, _ := splitTarget(r.Target)
	if v.csp != nil {
		if a := v.csp.endpoint(r, target, now); a != nil {
			return a
		}
		if bearer, ok := strings.CutPrefix(header(r.Header, "Authorization"), "Bearer "); ok {
			a := v.judgeBearer(r, bearer, now)
			a.Leaks = append(a.Leaks, arrived(r.Header, "X-Auth-Token")...)
			return a
		}
		if v.token == "" {
			return v.refuse("the header Authorization with a bearer token is missing")
		}
	}
	a := v.judgeKey(r, target, now)
	a.Leaks = append(a.Leaks, arrived(r.Header, "Authorization")...)
	return a
}

// judgeBearer judges a token that csp has issued. The SDK fetches a new one on 401 and sends the request again.
func (v *carbonBlack) judgeBearer(r *Request, token string, now time.Time) *Answer {
	switch v.csp.tokens.state(token, now) {
	case tokenValid:
		return v.limited(r, "bearer token", now)
	case tokenExpired:
		return v.refuse("the bearer token has expired")
	}
	return v.refuse("the bearer token is unknown")
}

// judgeKey judges an API key. That the two halves were exchanged is said apart, since that is easily done.
func (v *carbonBlack) judgeKey(r *Request, target string, now time.Time) *Answer {
	token := header(r.Header, "X-Auth-Token")
	secret, _, _ := strings.Cut(v.token, "/")
	switch {
	case token == "":
		return v.refuse("the header X-Auth-Token is missing")
	case same(token, v.id+"/"+secret) && v.id != secret:
		return v.refuse("X-Auth-Token has the API ID before the secret; the secret comes first")
	case !same(token, v.token):
		return v.refuse("X-Auth-Token is not the secret and ID of this key")
	case !v.mayCall(target):
		return v.refuse("a key of type " + v.keyType + " may not call this path")
	}
	return v.limited(r, "API key of type "+v.keyType, now)
}

// limited counts a call of a good credential: others are not the key's calls.
func (v *carbonBlack) limited(r *Request, verified string, now time.Time) *Answer {
	if seconds, ok := v.calls.take(now); !ok {
		a := newAnswer(http.StatusTooManyRequests, "too many calls with this key", map[string]any{"success": false, "message": "Too many " +
			"requests"})
		a.Header.Set("Retry-After", strconv.Itoa(seconds))
		return a
	}
	return newAnswer(http.StatusOK, "", map[string]any{
		"success": true, "message": "Success", "simulated": echo("carbonblack", verified, r),
	})
}

// mayCall classifies the path as a server would that resolves escapes and dots, so that no spelling gets around.
//
//	/integrationServices/v3/notification    siem            /integrationServices/v3/cblr/session  live_response
//	/appservices/v6/orgs/X/alerts           api, custom     /integrationServices/v3/device        api
func (v *carbonBlack) mayCall(target string) bool {
	p := path.Clean(strings.ReplaceAll(percentDecode(target), "\\", "/"))
	notification := below(p, "/integrationServices/v3/notification")
	liveResponse := below(p, "/integrationServices/v3/cblr")
	switch v.keyType {
	case "siem":
		return notification
	case "live_response":
		return liveResponse
	case "custom":
		return !below(p, "/integrationServices")
	default:
		return !notification && !liveResponse
	}
}

// below reports whether p is dir or in it.
func below(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// arrived returns the name if such a header arrived: an owned one that was not the one to be judged.
func arrived(h http.Header, name string) []string {
	if header(h, name) == "" {
		return nil
	}
	return []string{name}
}
