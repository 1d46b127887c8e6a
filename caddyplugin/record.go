package caddyplugin

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

// sign signs r through the gate, and records what came of it.
func (s *signing) sign(r *http.Request, target string, again *outbound.Attempt) (signed outbound.Signed, problem *outbound.Problem) {
	start := time.Now()
	switch {
	case again != nil:
		if s.copies {
			r.Header = maps.Clone(r.Header)
		}
		signed, problem = s.gate.SignAgain(r, target, *again)
	case s.copies:
		signed, problem = s.gate.SignCopy(r, target)
	default:
		signed, problem = s.gate.Sign(r, target)
	}
	if problem != nil {
		s.refused(r, problem, signed.Fingerprint())
		return signed, problem
	}
	s.seconds.Observe(time.Since(start).Seconds())
	if h := (*s.hosts.Load())[r.Host]; h != nil {
		h.signed.Inc()
	}
	if c := s.logger.Check(zap.DebugLevel, "request signed"); c != nil {
		c.Write(zap.String("signer", s.vendor), zap.String("host", r.Host), zap.String("method", cut(r.Method)),
			zap.String("path", pathOf(r)), zap.String("credential", signed.Fingerprint()))
	}
	s.record(r, "signed", signed.Fingerprint())
	return signed, nil
}

// refused records a refusal of the gateway's own, and gives it the request's id. Credential is the fingerprint of the one
// that was to sign: the one in use may be another by now.
func (s *signing) refused(r *http.Request, p *outbound.Problem, credential string) {
	if id := placeholder(r, "http.request.uuid"); id != "" {
		p.Instance = "urn:uuid:" + id
	}
	s.metrics.requests.WithLabelValues(s.vendor, s.hostOf(r), p.Kind).Inc()
	if c := s.logger.Check(zap.DebugLevel, "request refused"); c != nil {
		c.Write(append(s.who(s.hostOf(r), credential), zap.String("method", cut(r.Method)), zap.String("path", pathOf(r)),
			zap.Int("status", p.Status), zap.String("reason", p.Kind), zap.String("detail", p.Detail))...)
	}
	s.alarm(r, p, credential)
	s.record(r, p.Kind, credential)
}

// record tells the access log, the audit log and the trace of the request what became of it.
func (s *signing) record(r *http.Request, outcome, credential string) {
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		replacer.Map(s.placeholders)
		replacer.Set("vendorsign.outcome", outcome)
	}
	if s.audit != nil {
		s.audit.Info(outcome, append(s.who(s.hostOf(r), credential),
			zap.String("user", placeholder(r, "http.auth.user.id")), zap.String("client", client(r)),
			zap.String("method", cut(r.Method)), zap.String("path", pathOf(r)), zap.String("request_id", placeholder(r, "http.request.uuid")))...)
	}
	if span := trace.SpanFromContext(r.Context()); span.IsRecording() {
		span.AddEvent("vendorsign", trace.WithAttributes(
			attribute.String("vendorsign.signer", s.vendor), attribute.String("vendorsign.outcome", outcome)))
	}
}

// learn takes what the vendor's answer tells, and explains refusals in the log.
func (s *signing) learn(r *http.Request, a outbound.Answer) *outbound.Explanation {
	if h := (*s.hosts.Load())[r.Host]; h != nil {
		h.answered(a.Status)
	}
	e := s.gate.Learn(a)
	if e == nil {
		return nil
	}
	s.metrics.refusals.WithLabelValues(s.vendor, s.hostOf(r), string(e.Refusal)).Inc()
	s.last.Store(&lastRefusal{Time: time.Now(), Class: e.Class, Cause: string(e.Refusal), Explanation: e.Text, Status: a.Status})
	if s.gate.Loud() {
		s.logger.Warn("the vendor refused a signed request", append(s.who(s.hostOf(r), a.Signed.Fingerprint()), zap.Int("status", a.Status),
			zap.String("class", e.Class), zap.String("cause", string(e.Refusal)), zap.String("explanation", e.Text))...)
	}
	return e
}

// placeholder is what is the same for all requests of a signer: it is looked up when it is asked for.
func (s *signing) placeholder(name string) (any, bool) {
	switch name {
	case "vendorsign.signer":
		return s.vendor, true
	case "vendorsign.clock_offset":
		return s.gate.ClockOffset().Seconds(), true
	}
	return nil, false
}

func placeholder(r *http.Request, name string) string {
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return ""
	}
	value, _ := replacer.GetString(name)
	return value
}

func client(r *http.Request) string {
	address, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	return address
}
