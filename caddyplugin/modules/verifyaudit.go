package modules

import (
	"errors"
	"maps"
	"net/http"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/audit"
)

// checkAudit says what is wrong with the options of audit. Nil: they can be used.
func (v *Verify) checkAudit() error {
	if v.Audit != "" && v.Audit != "off" && v.Audit != "on" && v.Audit != "required" {
		return errors.New("audit must be off or on or required")
	}
	return auditFault(outbound.Policy{Audit: v.Audit, AuditOutput: v.AuditOutput})
}

// openAudit opens the output of the events, and has revocations written to it. Without audit_output there is
// nothing to open.
func (v *Verify) openAudit(ctx caddy.Context) error {
	if len(v.AuditOutput) == 0 {
		return nil
	}
	// Tell is how an operator learns that events are lost.
	t := &audit.Trail{Gateway: "caddy", Vendor: v.Vendor, Required: v.Audit == "required", Tell: func(news string) {
		v.logger.Warn(news, zap.String("signer", v.Vendor))
	}}
	key, err := openTrail(ctx, t, v.AuditOutput)
	if err != nil {
		return err
	}
	v.auditKey, v.trail = key, t
	// By the output's key, a verifier of the next configuration goes on where this one has stopped.
	apps.OnRevoked(v.verifier, key, func(name string) { _ = audit.RecordRevoked(t, name, "") }) // the trail tells what it cannot write
	app, err := ctx.App("vendorsign")
	if err != nil {
		return err
	}
	// App.Start compares the apps of both configurations, when no other module can refuse the new one any more.
	started := app.(*App)
	started.verifying = append(started.verifying, v.verifying)
	return nil
}

// knownApps are the apps of the configuration before whose keys were good, by the output of their audit: names by
// key IDs. It outlives a configuration, since Caddy makes all modules again.
var knownApps = struct {
	sync.Mutex
	by map[string]map[string]string
}{by: make(map[string]map[string]string)}

// recordRevoked writes an event for each app of the configuration before that is not good in the new one, which
// these verifiers are of. Those of an apps_file are told of by apps.OnRevoked.
//
//	before: billing, inventory     now: billing     ->  one event: inventory is revoked
func recordRevoked(all []*verifying) {
	outputs := make(map[string][]*verifying)
	// Several sites may write to one output. An app that has moved from one of them to another is not gone.
	for _, v := range all {
		key := v.vendor + " " + v.auditKey
		outputs[key] = append(outputs[key], v)
	}
	knownApps.Lock()
	defer knownApps.Unlock()
	before := knownApps.by
	// Outputs that the new configuration does not have are forgotten.
	knownApps.by = make(map[string]map[string]string)
	for key, group := range outputs {
		good := make(map[string]string)
		var verifiers []*apps.Verifier
		for _, v := range group {
			maps.Copy(good, apps.Configured(v.verifier))
			verifiers = append(verifiers, v.verifier)
		}
		knownApps.by[key] = good
		for _, name := range apps.Gone(before[key], verifiers) {
			_ = audit.RecordRevoked(group[0].trail, name, "") // the trail tells what it cannot write
		}
	}
}

// record writes the event of a request. If that is required and fails, the request does not pass: it gets a
// problem, and the app may repeat it.
func (v *Verify) record(r *http.Request, checked *apps.Checked) {
	if v.trail == nil {
		return
	}
	kind := audit.AppVerified
	if checked.Problem != nil {
		kind = audit.AppRefused
	}
	// No host: which of the vendor's hosts the request is for is decided after this.
	e := audit.Event{Method: r.Method, Path: pathOf(r), Client: client(r), RequestID: placeholder(r, "http.request.uuid"), Duration: took(r)}
	if checked.Problem != nil {
		e.Status = checked.Problem.Status
	}
	err := audit.RecordApp(v.trail, kind, checked.Verdict.App, checked.Verdict.Reason, e)
	// A refused request has its problem already.
	if err != nil && v.trail.Required && checked.Problem == nil {
		apps.GiveBack(checked.Verdict.Verified)
		checked.Problem = outbound.UnwrittenProblem()
	}
}
