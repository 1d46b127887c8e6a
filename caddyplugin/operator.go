package caddyplugin

import (
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
)

// alarmEach is the least time between two warnings of refusals: clients cause them, and must not fill the log.
const alarmEach = 10 * time.Second

// who are the fields that tell an operator of many credentials which one a warning is for.
func (s *signing) who(host string) []zap.Field {
	return []zap.Field{zap.String("signer", s.vendor), zap.String("host", host), zap.String("credential", s.gate.Fingerprint())}
}

// heard passes on what the gate tells the operator.
func (s *signing) heard(news string) {
	s.logger.Warn(news, s.who(s.host())...)
	s.metrics.news.WithLabelValues(s.vendor, s.host()).Inc()
}

// alarm warns of refusals that no client can help: the gateway's own state or its configuration is the reason.
func (s *signing) alarm(r *http.Request, p *outbound.Problem) {
	if p.Status < 500 && p.Kind != "upstream" {
		return
	}
	last, now := s.alarmed.Load(), time.Now().UnixNano()
	if age := now - last; age >= 0 && age < int64(alarmEach) || !s.alarmed.CompareAndSwap(last, now) {
		return
	}
	s.logger.Warn("the gateway refused a request", append(s.who(s.hostOf(r)),
		zap.Int("status", p.Status), zap.String("reason", p.Kind), zap.String("detail", p.Detail))...)
}

// maxLogged is how much of a client's text a log line has.
const maxLogged = 1024

func cut(text string) string {
	if len(text) > maxLogged {
		return text[:maxLogged] + "..."
	}
	return text
}

// pathOf is the path that r is sent with. Decoded, as in URL.Path, that of another request can look the same.
func pathOf(r *http.Request) string { return cut(r.URL.EscapedPath()) }
