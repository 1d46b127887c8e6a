//go:build go1.21

package traefikplugin

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// openAudit opens where the middleware's events go; nil if it has no audit. The standard output is written
// directly: a line of the log would be one of Traefik's errors, and its loss could not be noticed. With auditFile
// the lines go to a file in the folder that the operator permits; Traefik has no hook to close it, so audit.Open
// shares one file among middlewares.
func openAudit(gate *outbound.Gate, policy outbound.Policy, references credentials.References, vendor, name string) (*audit.Trail, error) {
	if policy.Audit != "on" && policy.Audit != "required" {
		return nil, nil
	}
	t := &audit.Trail{Gateway: "traefik", Vendor: vendor, Required: policy.Audit == "required"}
	t.Tell = func(news string) { log.Printf("vendorsign: middleware %s: %s", name, news) }
	t.Write = writeStdout
	if policy.AuditFile != "" {
		path, err := references.AuditFile(policy.AuditFile)
		if err != nil {
			return nil, errors.New("auditFile: " + err.Error())
		}
		file, err := audit.Open(path)
		if err == audit.ErrPipe {
			return nil, errors.New("auditFile: " + err.Error())
		}
		if err != nil {
			return nil, errors.New("auditFile: the gateway cannot write to it")
		}
		t.Write = func(line []byte) error { return audit.Append(file, line) }
	}
	outbound.Audit(gate, t)
	return t, nil
}

// writeStdout writes a whole line, or fails: half a line is a lost event. One call of Write keeps lines of
// concurrent requests apart.
func writeStdout(line []byte) error {
	n, err := os.Stdout.Write(line)
	if err == nil && n < len(line) {
		return io.ErrShortWrite
	}
	return err
}

// eventOf is what the audit says about a client's request, before signing changes it. Its client is the one that
// is connected to Traefik: the headers that name another one may be the client's own. target is what will be sent;
// empty: it cannot be signed, and the client's own is said.
func eventOf(m *Middleware, r *http.Request, target string) audit.Event {
	e := audit.Event{Time: time.Now(), Method: r.Method, Path: target, Client: r.RemoteAddr}
	if app := outbound.AppOf(r); app != nil {
		e.App = app.Name
	}
	if target == "" {
		e.Path = r.RequestURI
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err == nil {
		e.Client = host
	}
	// What a client writes as Host is not repeated: the name could be anything.
	e.Host = "other"
	if bound, ok := outbound.BoundHost(m.gate, r.Host); ok {
		e.Host = bound
	}
	return e
}

// recordRequest writes the event of a request that was signed. If that is required and fails, the outcome gets a
// problem, and gives back what it took: the request is not sent, and the rates and the memory must not count it.
func recordRequest(m *Middleware, r *http.Request, about *audit.Event, signed *outbound.Outcome) {
	// Sign has set the credential's.
	about.Host = r.Host
	about.Credential = signed.Fingerprint()
	about.Duration = time.Since(about.Time)
	p := outbound.RecordRequest(m.trail, *about)
	if p == nil {
		return
	}
	signed.Unsent()
	outbound.Release(signed.Held)
	signed.Held = 0
	signed.Problem = p
}

// recordAgain is recordRequest for a request that is not a client's first attempt. why is audit.Repeated or
// audit.Probe.
func recordAgain(m *Middleware, r *http.Request, signed *outbound.Outcome, why string) {
	about := eventOf(m, r, r.RequestURI)
	about.Reason = why
	recordRequest(m, r, &about, signed)
}

// recordRevocations has the audit know of apps that are revoked: those of a file, and since Traefik makes its
// middlewares again when their configuration changes, those of the configuration before. Without the event a
// revoked app would look like one that sends nothing.
func recordRevocations(m *Middleware, name string) {
	if m.apps == nil {
		return
	}
	record := func(app string) { audit.RecordRevoked(m.trail, app, "") }
	apps.OnRevoked(m.apps, name, record)
	apps.Follow(m.apps, name, record)
}

// recordApp writes what came of the verification of an app. If that is required and fails, the request gets a
// problem, and the app may repeat it. A refused request has its problem already; a lost event does not change it.
func recordApp(m *Middleware, about audit.Event, checked *apps.Checked) {
	kind := audit.AppVerified
	if checked.Problem != nil {
		kind = audit.AppRefused
		about.Status = checked.Problem.Status
	}
	about.Duration = time.Since(about.Time)
	err := audit.RecordApp(m.trail, kind, checked.Verdict.App, checked.Verdict.Reason, about)
	if err != nil && m.trail.Required && checked.Problem == nil {
		apps.GiveBack(checked.Verdict.Verified)
		checked.Problem = outbound.UnwrittenProblem()
	}
}

// recordRefusal writes the event of a request that outbound refused to sign. If that fails, nothing follows: the
// request is not sent.
func recordRefusal(m *Middleware, about audit.Event, signed *outbound.Outcome) {
	about.Credential = signed.Fingerprint()
	about.Duration = time.Since(about.Time)
	outbound.RecordRefusal(m.trail, about, signed.Problem)
}
