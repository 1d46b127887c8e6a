// Package caddyplugin signs requests to security vendors' APIs in Caddy: for each vendor a handler directive
// (duo_sign) that works beside any reverse_proxy, and a transport of the same name that signs each attempt at the last
// moment. It only translates: a Caddyfile or JSON to a signer, a request to a message, a refusal to a response.
package caddyplugin

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// signing is what all modules share at run time: the gate that the configuration became, and who hears of it.
type signing struct {
	vendor string
	gate   *outbound.Gate
	loaded time.Time
	last   *atomic.Pointer[lastRefusal]

	logger  *zap.Logger
	audit   *zap.Logger // nil: off
	metrics *metrics
	seconds prometheus.Observer
	hosts   map[string]*hostMetrics

	explainHeader bool
}

// explanationHeader tells trusted developers why the vendor refused.
const explanationHeader = "Vendorsign-Explanation"

// provision builds the gate. config and policy must be copies of the module's own: the secrets end up in them.
func (s *signing) provision(ctx caddy.Context, vendor string, config signers.Config, policy outbound.Policy) error {
	s.vendor, s.logger, s.loaded, s.last = vendor, ctx.Logger(), time.Now(), new(atomic.Pointer[lastRefusal])
	for _, setting := range config.Settings() {
		if setting.Secret && *setting.Text != "" && !strings.Contains(*setting.Text, "{") {
			s.logger.Warn("the secret stands in the configuration itself, where the admin API shows it; use {file./path} or {env.NAME}",
				zap.String("option", setting.Name))
		}
	}
	gate, err := outbound.Build(vendor, config, &policy, resolver())
	if err != nil {
		return err
	}
	s.gate, s.explainHeader = gate, policy.ExplainHeader
	if policy.Audit == "on" {
		s.audit = s.logger.Named("audit")
	}
	if err := s.count(ctx); err != nil {
		return err
	}
	gate.OnWrongUpstream = func(reason string) {
		s.logger.Error("connection closed before the credential was sent", zap.String("signer", vendor), zap.String("reason", reason))
	}
	gate.OnNews = func(news string) {
		s.logger.Warn(news, zap.String("signer", vendor))
		s.metrics.news.WithLabelValues(vendor, gate.Hosts()[0]).Inc()
	}
	goLive(s)
	return nil
}

// count sets up the metrics of the signer.
func (s *signing) count(ctx caddy.Context) error {
	s.metrics = newMetrics()
	if err := s.metrics.register(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	s.seconds = s.metrics.seconds.WithLabelValues(s.vendor)
	s.hosts = make(map[string]*hostMetrics)
	for _, host := range s.gate.Hosts() {
		s.hosts[host] = s.metrics.forHost(s.vendor, host)
		s.metrics.loads.WithLabelValues(s.vendor, host, s.gate.Fingerprint()).Inc()
	}
	return nil
}

// resolver resolves {env.NAME} and {file./path} as every gateway does, which tells an empty value from an unreadable
// one, and leaves the other placeholders to Caddy.
func resolver() func(string) (string, error) {
	var references outbound.References
	replacer := caddy.NewReplacer()
	return func(value string) (string, error) {
		if references.Is(value) {
			return references.Value(value)
		}
		return replacer.ReplaceOrErr(value, true, true)
	}
}
