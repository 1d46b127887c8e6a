package modules

import (
	"errors"
	"maps"
	"net/http"

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
	// Its Cleanup compares the apps of both configurations.
	of := app.(*App)
	of.verifying = append(of.verifying, v.verifying)
	return nil
}

// byOutput are verifiers by what they write to. Several sites may have one output: an app that has moved from one of them to another is
// not gone. The next configuration may open the same output, so that the events of both are in it.
func byOutput(all []*verifying) map[string][]*verifying {
	outputs := make(map[string][]*verifying)
	for _, v := range all {
		key := v.vendor + " " + v.auditKey
		outputs[key] = append(outputs[key], v)
	}
	return outputs
}

// recordRevoked writes an event for each app of the configuration before whose key is not good in the new one, which has
// taken its place. Both are by their outputs. Apps of an apps_file are told of by apps.OnRevoked.
//
//	before: billing, inventory     now: billing     ->  one event: inventory is revoked
func recordRevoked(before, now map[string][]*verifying) {
	for key, group := range now {
		good := make(map[string]string)
		for _, v := range before[key] {
			maps.Copy(good, apps.Configured(v.verifier))
		}
		var verifiers []*apps.Verifier
		for _, v := range group {
			verifiers = append(verifiers, v.verifier)
		}
		for _, name := range apps.Gone(good, verifiers) {
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
