//go:build go1.21

package outbound

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Audit makes the gate write what happens to its credential to t, and writes that it was loaded. The requests are written by
// the gateway, which knows their clients, with RecordRequest and RecordRefusal. Call it before the first request.
//
//	of the gate:     credential loaded, switched to the previous one and back, token fetched or refused
//	of the gateway:  request, refusal; app verified or refused, revoked
func Audit(g *Gate, t *audit.Trail) {
	g.trail = t
	invalidate(g)
	recordLoaded(g, current(g))
}

// AuditFault says what is wrong with a policy's options of audit in a gateway, which is Traefik or Caddy; empty: nothing. The
// text is for the operator, at load.
func AuditFault(policy Policy, traefik bool) string {
	output := len(policy.AuditOutput) > 0
	switch {
	case traefik && output:
		return "audit_output is for Caddy; in Traefik audit_file names a file"
	case !traefik && policy.AuditFile != "":
		return "audit_file is for Traefik; in Caddy write audit_output file and its path"
	case (output || policy.AuditFile != "") && (policy.Audit == "" || policy.Audit == "off"):
		return "audit_output and audit_file need audit on or audit required"
	case output && strings.Contains(policy.AuditOutput[0], "/"):
		return "audit_output begins with the name of a log writer; write file and the path, as in file /var/log/audit.json"
	case !traefik && policy.Audit == "required" && !output:
		return "audit required needs audit_output: Caddy's log does not say whether a line was written"
	}
	return ""
}

// RecordRequest writes that a request was signed and is about to be sent: before it is, since an event that comes afterwards
// could be missing for a request that the vendor has seen. If it returns a problem, the request must not be sent: its event
// is required and was not written. What the request took from the rates and the memory is given back by the gateway, as for a
// request that cannot be sent.
func RecordRequest(t *audit.Trail, about audit.Event) *Problem {
	about.Kind = audit.Request
	if audit.Record(t, about) == nil || !t.Required {
		return nil
	}
	return UnwrittenProblem()
}

// UnwrittenProblem is the answer to a request whose event is required and was not written.
func UnwrittenProblem() *Problem {
	p := problem(kindAudit, "the event of this request could not be written, and audit is required; nothing was sent")
	p.RetryAfter = 5
	return p
}

// RecordRefusal writes that the gateway refused a request. It is refused whether that can be written or not. t may be nil.
func RecordRefusal(t *audit.Trail, about audit.Event, p *Problem) {
	if t == nil {
		return
	}
	about.Kind = audit.Refusal
	about.Status = p.Status
	about.Reason = p.Kind
	audit.Record(t, about)
}

// recordLoaded writes that a credential took effect. One whose file is absent has not.
func recordLoaded(g *Gate, c *credential) {
	if g.trail == nil || c.absent != "" {
		return
	}
	audit.Record(g.trail, audit.Event{Kind: audit.CredentialLoaded, Credential: c.fingerprint, Host: c.hosts[0]})
}

// recordSwitch writes that the gate changed to the previous credential, or back, if it did since the last snapshot. Of
// several requests at the same time one writes it.
func recordSwitch(g *Gate, c *credential) {
	if !g.fellBack.CompareAndSwap(!c.old, c.old) {
		return
	}
	reason := "current"
	if c.old {
		reason = "previous"
	}
	audit.Record(g.trail, audit.Event{Kind: audit.CredentialSwitched, Credential: c.fingerprint, Host: c.hosts[0], Reason: reason})
}

// auditedService is a service whose requests the trail has, refused ones as well. A failure to write the event does not keep
// a token from being fetched: nothing of a client's depends on it.
func auditedService(g *Gate, service tokens.Service) tokens.Service {
	fetch := service.Fetch
	service.Fetch = func(r signers.TokenRequest) (signers.TokenAnswer, error) {
		begin := time.Now()
		answer, err := fetch(r)
		recordFetch(g, r, answer.Status, time.Since(begin), err)
		return answer, err
	}
	return service
}

// recordFetch writes what a token service answered. Of its address only the host is shown: a path may be part of a secret.
func recordFetch(g *Gate, r signers.TokenRequest, status int, took time.Duration, err error) {
	e := audit.Event{Kind: audit.TokenFetched, Credential: current(g).fingerprint, Method: r.Method, Status: status, Duration: took}
	if u, wrong := url.Parse(r.URL); wrong == nil {
		e.Host = u.Host
	}
	// The event has a word in place of the error, whose text could quote a URL with a secret.
	if err != nil {
		e.Kind = audit.TokenRefused
		e.Reason = "unreachable"
	} else if status < http.StatusOK || status >= http.StatusMultipleChoices {
		e.Kind = audit.TokenRefused
		e.Reason = "status"
	}
	audit.Record(g.trail, e)
}
