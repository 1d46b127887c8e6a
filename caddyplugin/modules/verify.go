package modules

import (
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/signers"
)

func init() { caddy.RegisterModule(Verify{}) }

// Verify lets only those requests through that an app has signed with its local key, as the vendor's SDK does. The
// signer that comes later replaces their signature by one with the real credential; with require_app it signs nothing
// that was not verified here. A request that no app signed is answered with 401, with 403 if the app is proved but
// may not make this request now, and with 429 beyond its rate.
//
//	app --local key--> vendorsign_verify --> vendorsign --vendor's key--> vendor
type Verify struct {
	// The vendor in whose scheme the apps sign.
	Vendor string `json:"vendor,omitempty"`
	// For apps that sign in a scheme of your own (the vendor custom): the preset file that says how, as in the signer. It needs the
	// key claim.
	PresetFile string `json:"preset_file,omitempty"`
	// The name of such a file in the folder VENDORSIGN_PRESETS_DIR, in place of its path.
	Preset string `json:"preset,omitempty"`
	// The apps and their keys.
	Apps []VerifiedApp `json:"apps,omitempty"`
	// A file with more of them, as vendorsign app new writes it. It holds no secrets, and is read again when it changes.
	AppsFile string `json:"apps_file,omitempty"`
	// The secret that the keys of apps_file are derived from, as {file./path} or {env.NAME}.
	AppMaster string `json:"app_master,omitempty"`
	// How far the date of a signature may be from this machine's clock: 5m by default, 1m where the scheme has no nonce.
	Window string `json:"window,omitempty"`
	// What to do with a signature that was used before: unsafe accepts it only with GET, HEAD and OPTIONS (the default), refuse
	// never (the default for schemes with a nonce), allow always.
	Replay string `json:"replay,omitempty"`
	// The largest body that is read to verify it, as in 512KiB or 10MiB (the default).
	MaxBody string `json:"max_body,omitempty"`
	// Accept clients over plain http, because something else protects their connection: it is treated as https.
	InsecureDownstream bool `json:"insecure_downstream,omitempty"`
	// For development: the answer to a request that no app signed says why. It lets anyone find out which keys exist.
	Explain bool `json:"explain,omitempty"`
	// Write an event for each request of an app, and for each app that is revoked: off, on, or required, which refuses requests
	// whose event cannot be written.
	Audit string `json:"audit,omitempty"`
	// Where they are written, as in the option of the signer: the name of a log writer and its arguments, as in file /var/log/audit.json.
	AuditOutput []string `json:"audit_output,omitempty"`

	*verifying
}

// VerifiedApp is an app with a local key. vendorsign app new makes one in the shape of the vendor's keys, which
// SDKs demand.
type VerifiedApp struct {
	// The name of the app, for logs, metrics and audit.
	Name string `json:"name,omitempty"`
	// The public half of the key, in the vendor's shape.
	KeyID string `json:"key_id,omitempty"`
	// The secret half, and the one before it, which is accepted during a rotation: {file./path} or {env.NAME}. A
	// literal is accepted, with a warning in the log, since the admin API shows it.
	Secret   string `json:"secret,omitempty"`
	Previous string `json:"previous,omitempty"`
	// What the app may request, as in the option allow of the signer; without it, all that the credential may.
	Allow []string `json:"allow,omitempty"`
	// The app's own limit, as in 25/5m.
	Rate string `json:"rate,omitempty"`
	// The key is no longer valid.
	Revoked bool `json:"revoked,omitempty"`
	// When the key ends, as in 2027-03-31.
	Expires string `json:"expires,omitempty"`
}

// verifying is what Provision makes of the configuration. Its pointer is the key of liveVerifiers.
type verifying struct {
	vendor   string
	verifier *apps.Verifier
	list     []apps.App
	maxBody  int64
	logger   *zap.Logger
	metrics  *metrics
	trail    *audit.Trail
	auditKey string
}

// CaddyModule returns the Caddy module information.
func (Verify) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.vendorsign_verify", New: func() caddy.Module { return &Verify{verifying: new(verifying)} }}
}

// Provision resolves the secrets and makes the verifier. An error refuses the configuration; the running one goes
// on.
func (v *Verify) Provision(ctx caddy.Context) error {
	if v.verifying == nil {
		return errUnmade
	}
	v.logger, v.metrics = ctx.Logger(), newMetrics()
	if err := v.metrics.register(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	if err := v.provision(ctx); err != nil {
		return fmt.Errorf("vendorsign_verify %s: %w", v.Vendor, err)
	}
	return v.goLive()
}

// ServeHTTP verifies the request as the client sent it, whatever has rewritten it since, and passes it on if an app signed it.
func (v *Verify) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	now := time.Now()
	apps.Refresh(v.verifier, now)
	// Caddy keeps a copy of the request from before any handler. An app has signed that one: a uri or rewrite
	// directive in front must not make its signature wrong.
	sent := r
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		sent = &original
	}
	// Caddy's copy has no Host. This directive comes before those of Caddy that could change it.
	m := &signers.Message{Method: sent.Method, Scheme: apps.Downstream(v.verifier, r.TLS == nil), Host: r.Host, Target: sent.RequestURI}
	before := r.Context()
	checked := apps.Check(v.verifier, r, m, v.maxBody, now)
	// The body was read to verify it, and its memory counts in the same budget as bodies that are read to be signed.
	defer outbound.Release(checked.Held)
	v.record(r, checked) // before it is counted: without its event it may not pass
	v.note(r, checked)
	if checked.Problem != nil {
		v.refused(r, checked.Verdict, checked.Problem)
		checked.Problem.Write(w)
		return nil
	}
	watched, done := apps.Watch(checked, r)
	defer done()
	*r = *watched // r itself changes, because placeholders refer to it
	defer func() { *r = *r.WithContext(before) }()
	err := next.ServeHTTP(w, r)
	// The request was sent or answered: what it used is not given back any more.
	apps.Done(checked.Verdict.Verified)
	// Caddy takes it for a client that is gone, and would end the answer as if it were complete, or answer with an empty 200.
	if done() {
		panic(http.ErrAbortHandler)
	}
	return err
}

// note sets the placeholder {vendorsign.app}, and counts the request. The name is always the operator's, and only
// one that is proved: otherwise anybody could write into an app's metrics by its key ID.
func (v *Verify) note(r *http.Request, checked *apps.Checked) {
	name, outcome := checked.Verdict.App, "verified"
	switch reason := checked.Verdict.Reason; {
	case reason != "":
		outcome = reason
		if !apps.Proved(reason) {
			name = ""
		}
	// The app signed it, and its event was lost.
	case checked.Problem != nil:
		outcome = checked.Problem.Kind
	default:
		noteUsed(appName{v.Vendor, name}, time.Now())
	}
	v.metrics.apps.WithLabelValues(v.Vendor, name, outcome).Inc()
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		replacer.Set("vendorsign.app", name)
	}
}

// refused tells the operator why, which a client does not learn before it has proved to be an app.
func (v *Verify) refused(r *http.Request, verdict *apps.Verdict, p *outbound.Problem) {
	if id := placeholder(r, "http.request.uuid"); id != "" {
		p.Instance = "urn:uuid:" + id
	}
	// The verifier has no reason: the event of the request was lost, which the trail has told.
	if verdict.Reason == "" {
		return
	}
	// Clients cause these lines: one in ten seconds is a warning, the others are for debugging.
	level := v.logger.Debug
	if apps.LogDue(v.verifier, verdict, time.Now()) {
		level = v.logger.Warn
	}
	b := apps.BlameOf(verdict)
	level("a request of an app was refused", zap.String("signer", v.Vendor), zap.String("reason", verdict.Reason),
		zap.String("class", b.Class), zap.String("cause", b.Cause), zap.String("detail", verdict.Detail), zap.String("app", verdict.App),
		zap.Bool("proved", apps.Proved(verdict.Reason)), zap.String("method", truncate(r.Method)), zap.String("path", pathOf(r)),
		zap.String("client", client(r)))
}

// Interface guards.
var (
	_ caddy.Provisioner           = (*Verify)(nil)
	_ caddy.CleanerUpper          = (*Verify)(nil)
	_ caddyfile.Unmarshaler       = (*Verify)(nil)
	_ caddyhttp.MiddlewareHandler = (*Verify)(nil)
)
