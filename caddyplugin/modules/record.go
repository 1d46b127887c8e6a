package modules

import (
	"maps"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
)

// sign signs r through the gate, and records the result. The headers of r are not changed: it gets a copy. The
// cleansed copy of SignCopy is the fast one (see there); a repetition is rare. The metric of its duration has
// signed requests alone, since a refusal says nothing about the time to sign.
func (s *signing) sign(r *http.Request, target string, snapshot *outbound.Snapshot, again bool) (signed outbound.Outcome) {
	start := time.Now()
	if again {
		r.Header = maps.Clone(r.Header)
		signed = snapshot.Sign(r, target)
	} else {
		signed = snapshot.SignCopy(r, target)
	}
	if signed.Problem != nil {
		s.refused(r, signed.Problem, signed.Fingerprint())
		return signed
	}
	s.seconds.Observe(time.Since(start).Seconds())
	s.debug(r, signed)
	s.note(r, outcomeSigned)
	return signed
}

// debug logs a signed request at the level DEBUG: whose credential, and never the signature or the text that it
// covers.
func (s *signing) debug(r *http.Request, signed outbound.Outcome) {
	// The fields are made only if the level is on.
	if c := s.logger.Check(zap.DebugLevel, "request signed"); c != nil {
		c.Write(zap.String("signer", s.vendor), zap.String("host", r.Host), zap.String("method", truncate(r.Method)),
			zap.String("path", pathOf(r)), zap.String("credential", signed.Fingerprint()))
	}
}

// probed records a probe. The request that it is made for has its own outcome.
func (s *signing) probed(out *http.Request, signed outbound.Outcome) {
	s.debug(out, signed)
	s.metrics.requests.WithLabelValues(s.vendor, signed.HostEntry(out.Host), outcomeProbe).Inc()
	s.tell(out, s.subject(out, out.Host, signed.HostEntry(out.Host), signed.Fingerprint()), outcomeProbe)
}

// The outcome of a request that was signed. If it was not signed, the outcome is the kind of problem.
// docs/observability.md lists both; they are labels of metrics and values of a placeholder, so they must not
// change.
const (
	outcomeSigned     = "signed"     // and the vendor answered
	outcomeUnanswered = "unanswered" // the vendor could not be reached or aborted, or the client left
	outcomeProbe      = "probe"      // the gateway's own request, to see whether the vendor accepts a credential; its answer is not counted
)

// refused records a refusal of the gateway's own, and gives it the request's id. Credential is the fingerprint of the one
// that should have signed: another one may be in use by now.
func (s *signing) refused(r *http.Request, p *outbound.Problem, credential string) {
	if id := placeholder(r, "http.request.uuid"); id != "" {
		p.Instance = "urn:uuid:" + id
	}
	host := s.hostOf(r)
	// Check costs next to nothing where DEBUG is off; the fields are made after it.
	if c := s.logger.Check(zap.DebugLevel, "request refused"); c != nil {
		c.Write(append(s.labels(host, credential), zap.String("method", truncate(r.Method)), zap.String("path", pathOf(r)),
			zap.Int("status", p.Status), zap.String("reason", p.Kind), zap.String("detail", p.Detail))...)
	}
	// Clients cause most refusals; alarm logs the others.
	s.alarm(r, p, credential)
	s.metrics.requests.WithLabelValues(s.vendor, host, p.Kind).Inc()
	if s.trail != nil {
		outbound.RecordRefusal(s.trail, s.event(r, host, credential), p)
	}
	s.record(r, s.subject(r, host, host, credential), p.Kind)
}

// subject is what a record is about, as it was when it was signed: later handlers may change the request. label is
// the host's in metrics: the entry of the configuration, such as *.example.com.
type subject struct{ host, label, credential, method, path string }

// subject takes what a record needs from r. Method and path are only copied if an audit log shows them.
func (s *signing) subject(r *http.Request, host, label, credential string) subject {
	about := subject{host: host, label: label, credential: credential}
	if s.audit != nil {
		about.method, about.path = truncate(r.Method), pathOf(r)
	}
	return about
}

// answered records a request that was signed, when its answer begins. The body may still break off; that is
// reverse_proxy's to log.
func (s *signing) answered(r *http.Request, about subject, status int) {
	h := s.counters(about.label)
	h.signed.Inc()
	h.answered(status)
	s.record(r, about, outcomeSigned)
}

// failed records a request that was signed, and to which no answer came.
func (s *signing) failed(r *http.Request, about subject) {
	s.metrics.requests.WithLabelValues(s.vendor, about.label, outcomeUnanswered).Inc()
	s.record(r, about, outcomeUnanswered)
}

// record writes the outcome of the request to the access log, the audit log and the trace: once, when it is known.
// The access log has it by the placeholder.
func (s *signing) record(r *http.Request, about subject, outcome string) {
	if outcome != outcomeSigned { // already noted by sign
		s.note(r, outcome)
	}
	s.tell(r, about, outcome)
}

// tell writes an outcome to the audit log and as an event of the request's span, if tracing is on. Its attributes
// name the signer and the outcome, never the path.
func (s *signing) tell(r *http.Request, about subject, outcome string) {
	if s.audit != nil {
		s.audit.Info(outcome, append(s.labels(about.host, about.credential),
			zap.String("user", placeholder(r, "http.auth.user.id")), zap.String("client", client(r)),
			zap.String("method", about.method), zap.String("path", about.path), zap.String("request_id", placeholder(r, "http.request.uuid")),
			appField(r))...)
	}
	// The directive tracing of Caddy makes the span.
	if span := trace.SpanFromContext(r.Context()); span.IsRecording() {
		span.AddEvent("vendorsign", trace.WithAttributes(
			attribute.String("vendorsign.signer", s.vendor), attribute.String("vendorsign.outcome", outcome)))
	}
}

// appField names the app that was verified, where the operator has apps.
func appField(r *http.Request) zap.Field {
	if a := outbound.AppOf(r); a != nil {
		return zap.String("app", a.Name)
	}
	return zap.Skip()
}

// note sets the placeholders, for access logs and for headers of the answer: {vendorsign.signer},
// {vendorsign.clock_offset} and {vendorsign.outcome}. Outcome is a string: a constant needs no allocation as any.
func (s *signing) note(r *http.Request, outcome any) {
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		replacer.Set("vendorsign.signer", s.vendorValue)
		replacer.Set("vendorsign.clock_offset", outbound.ClockOffset(s.gate).Seconds())
		replacer.Set("vendorsign.outcome", outcome)
	}
}

// learn evaluates the answer to a request for host, and explains refusals in the log. The status command shows the
// last one. The explanation is nil if the vendor did not refuse.
func (s *signing) learn(host string, a outbound.Answer) *outbound.Explanation {
	e := outbound.Learn(s.gate, a)
	if e == nil {
		return nil
	}
	s.metrics.refusals.WithLabelValues(s.vendor, host, string(e.Refusal)).Inc()
	s.refusal.Load().last.Store(&lastRefusal{Time: time.Now(), Credential: a.Signed.Fingerprint(), Status: a.Status,
		Class: e.Class, Cause: string(e.Refusal), Explanation: e.Text})
	// One line for each cause in ten seconds.
	if outbound.MayLog(s.throttle, "vendor's "+string(e.Refusal), s.gate.Now()) {
		s.logger.Warn("the vendor refused a signed request", append(s.labels(host, a.Signed.Fingerprint()), zap.Int("status", a.Status),
			zap.String("class", e.Class), zap.String("cause", string(e.Refusal)), zap.String("explanation", e.Text))...)
	}
	return e
}

// placeholder is the value of one of Caddy's placeholders, or empty if the request has no replacer or the placeholder
// no value.
func placeholder(r *http.Request, name string) string {
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return ""
	}
	value, _ := replacer.GetString(name)
	return value
}

// client is the client's address as Caddy found it: behind trusted_proxies it is the forwarded one. Empty: Caddy
// has not found any, as for an active health check.
func client(r *http.Request) string {
	address, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	return address
}
