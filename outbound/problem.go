//go:build go1.21

package outbound

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// Problem is the gateway's own answer, in place of the vendor's: nothing was sent. It says what is wrong and contains no
// secret. Its body is a problem document (RFC 9457), which clients tell from the vendor's answers by its type:
//
//	{"detail":"...","status":429,"title":"The limit that is set for this credential is reached.",
//	 "type":"https://github.com/vendorsign/vendorsign/blob/main/docs/problems.md#rate-limited"}
type Problem struct {
	Status     int
	Kind       string // the end of the type URI, a section of docs/problems.md
	Title      string
	Detail     string
	RetryAfter int    // seconds; 0: not said
	Instance   string // the gateway's id of the request, if it has one
}

// ProblemType is what every problem's type URI begins with: the page that explains each kind.
const ProblemType = "https://github.com/vendorsign/vendorsign/blob/main/docs/problems.md#"

// kind is a sort of problem. The name ends the type URI (RFC 9457, 3.1.1), by which clients tell problems apart, so it must not change.
type kind struct {
	name, title string
	status      int
}

// KindUpstream is the kind of UpstreamProblem, for gateways that count and log it.
const KindUpstream = "upstream"

// The kinds, by what is at fault. 4xx: the request, its client or the app. 421: the name that it is for. 5xx: this gateway or
// its configuration. A new kind needs a section in docs/problems.md, which a test compares.
var (
	kindBadTarget   = kind{"bad-target", "The request target cannot be sent as it is.", http.StatusBadRequest}
	kindBadMethod   = kind{"bad-method", "The method cannot be sent as it is.", http.StatusBadRequest}
	kindBadHeader   = kind{"bad-header", "A header cannot be sent as it is.", http.StatusBadRequest}
	kindUnsignable  = kind{"unsignable", "The vendor's scheme cannot sign this request.", http.StatusBadRequest}
	kindBodyBroken  = kind{"body-broken", "The body ended early or could not be read.", http.StatusBadRequest}
	kindBody        = kind{"unexpected-body", "The method of this request needs no body.", http.StatusBadRequest}
	kindNoApp       = kind{"no-app", "No app signed this request.", http.StatusUnauthorized}
	kindAppRefused  = kind{"app-refused", "The app may not make this request.", http.StatusForbidden}
	kindAppRequired = kind{"app-required", "This credential is for requests of apps only.", http.StatusForbidden}
	kindReplayFull  = kind{"replay-memory", "No more signatures can be remembered now.", http.StatusServiceUnavailable}
	kindNotAllowed  = kind{"not-allowed", "This credential may not be used for this request.", http.StatusForbidden}
	kindCredential  = kind{"credential-endpoint", "This request would read, reset or make a credential of the vendor's.", http.StatusForbidden}
	kindBrowser     = kind{"browser", "Requests from pages in a browser are not signed.", http.StatusForbidden}
	kindUpgrade     = kind{"upgrade", "Connections are not upgraded to this protocol.", http.StatusForbidden}
	kindBodyLarge   = kind{"body-too-large", "The body is larger than can be signed.", http.StatusRequestEntityTooLarge}
	kindWrongHost   = kind{"wrong-host", "This credential is bound to another host.", http.StatusMisdirectedRequest}
	kindClientHost  = kind{"client-host", "The gateway does not sign under this name.", http.StatusMisdirectedRequest}
	kindUpstream    = kind{KindUpstream, "The upstream is not one that this credential may be sent to.", http.StatusMisdirectedRequest}
	kindEarly       = kind{"early-data", "The request came in early data, which can be replayed.", http.StatusTooEarly}
	kindHeadLarge   = kind{"head-too-large", "Target and headers are larger than can be sent.", http.StatusRequestHeaderFieldsTooLarge}
	kindRepetition  = kind{"not-repeated", "The first attempt failed, and the request cannot be repeated.", http.StatusBadGateway}
	kindLoop        = kind{"loop", "The gateway sends requests to itself.", http.StatusLoopDetected}
	kindBusy        = kind{"busy", "Too many bodies are being signed at once.", http.StatusServiceUnavailable}
	kindRate        = kind{"rate-limited", "The limit that is set for this credential is reached.", http.StatusTooManyRequests}
	kindPause       = kind{"vendor-pause", "The vendor asked for a pause.", http.StatusTooManyRequests}
	kindUnsigned    = kind{"unsigned", "The gateway's configuration does not say how to sign this request.", http.StatusServiceUnavailable}
	kindAudit       = kind{"audit-unavailable", "The audit log cannot be written.", http.StatusServiceUnavailable}
	kindUnavailable = kind{"credential-unavailable", "The credential is not usable now.", http.StatusServiceUnavailable}
)

// kinds are all of them. A test finds one that is missing here.
var kinds = []kind{kindBadTarget, kindBadMethod, kindBadHeader, kindUnsignable, kindBodyBroken, kindBody, kindNotAllowed, kindCredential,
	kindBrowser, kindUpgrade, kindBodyLarge, kindWrongHost, kindClientHost, kindUpstream, kindEarly, kindHeadLarge, kindRepetition, kindLoop,
	kindNoApp, kindAppRefused, kindAppRequired, kindReplayFull, kindUnsigned, kindBusy, kindRate, kindPause, kindAudit, kindUnavailable}

// GraveKinds lists those that no client can fix: their cause is the gateway's own state or configuration.
func GraveKinds() []string {
	var names []string
	for _, k := range kinds {
		if k.status >= 500 || k.name == KindUpstream {
			names = append(names, k.name)
		}
	}
	return names
}

// problem makes a problem of a kind. The detail goes to the client: it must not hold a secret, and of the request only what
// is its own. The caller sets RetryAfter where waiting helps.
func problem(k kind, detail string) *Problem {
	return &Problem{Status: k.status, Kind: k.name, Title: k.title, Detail: detail}
}

// Response answers r with the problem, for transports: an error would count as the vendor's failure and be retried, and a
// client could have the upstream taken away from everybody.
func (p *Problem) Response(r *http.Request) *http.Response {
	body := document(p)
	return &http.Response{
		Status:     strconv.Itoa(p.Status) + " " + http.StatusText(p.Status),
		StatusCode: p.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: headerOf(p), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// Write answers the client with the problem. Nothing may have been written before. Headers that w has stay.
func (p *Problem) Write(w http.ResponseWriter) {
	for name, values := range headerOf(p) {
		w.Header()[name] = values
	}
	w.WriteHeader(p.Status)
	w.Write(document(p))
}

// headerOf forbids caches to keep the problem: it may be over with the next request. A 401 needs a WWW-Authenticate (RFC 9110,
// 15.5.2); no browser asks anybody for a password because of this scheme.
func headerOf(p *Problem) http.Header {
	h := http.Header{"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Vendorsign")
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	return h
}

// document is p in JSON (RFC 9457, 3).
func document(p *Problem) []byte {
	members := map[string]interface{}{
		"type": ProblemType + p.Kind, "title": p.Title, "status": p.Status, "detail": p.Detail,
	}
	if p.Instance != "" {
		members["instance"] = p.Instance
	}
	body, err := json.Marshal(members)
	if err != nil { // strings and numbers can always be encoded
		return nil
	}
	return append(body, '\n')
}
