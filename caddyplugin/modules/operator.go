package modules

import (
	"net/http"
	"slices"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
)

// labels returns the fields that tell an operator with many credentials which one a warning is about. The credential
// is its fingerprint.
func (s *signing) labels(host, credential string) []zap.Field {
	return []zap.Field{zap.String("signer", s.vendor), zap.String("host", host), zap.String("credential", credential)}
}

// onNews logs what the gate reports to the operator, and counts it: alerts on the counter find what nobody reads in
// the log.
func (s *signing) onNews(news string) {
	s.logger.Warn(news, s.labels(s.host(), s.gate.Fingerprint())...)
	s.metrics.news.WithLabelValues(s.vendor, s.host()).Inc()
}

// alarm warns of refusals that no client can fix: their cause is the gateway's own state or configuration. Others
// are in the access log and the metrics. A kind is logged once in ten seconds.
func (s *signing) alarm(r *http.Request, p *outbound.Problem, credential string) {
	if !slices.Contains(outbound.GraveKinds(), p.Kind) || !outbound.MayLog(s.throttle, p.Kind, s.gate.Now()) {
		return
	}
	fields := append(s.labels(s.hostOf(r), credential), zap.Int("status", p.Status), zap.String("reason", p.Kind),
		zap.String("detail", p.Detail))
	// Both sides of the comparison that failed.
	if p.Kind == outbound.KindUpstream {
		address := r.URL.Host
		if info, ok := reverseproxy.GetDialInfo(r.Context()); ok {
			address = info.Address
		}
		fields = append(fields, zap.String("upstream", address), zap.Strings("bound_to", s.gate.Hosts()))
	}
	s.logger.Warn("the gateway refused a request", fields...)
}

// connClosed reports a connection that the gate closed because the credential must not be sent to its upstream.
func (s *signing) connClosed(host, credential, detail string) {
	if outbound.MayLog(s.throttle, outbound.KindUpstream, s.gate.Now()) {
		s.logger.Error("connection closed before the credential was sent", append(s.labels(host, credential),
			zap.String("reason", outbound.KindUpstream), zap.String("detail", detail))...)
	}
}

// maxLogged is how much of a client's text a log line shows.
const maxLogged = 1024

// truncate bounds a client's text in a log line: a target may have megabytes.
func truncate(text string) string {
	if len(text) > maxLogged {
		return text[:maxLogged] + "..."
	}
	return text
}

// pathOf is the path that r is sent with. It is not decoded, as URL.Path is, because different paths can look the
// same then. It has no query, in which some vendors take keys.
func pathOf(r *http.Request) string { return truncate(r.URL.EscapedPath()) }
