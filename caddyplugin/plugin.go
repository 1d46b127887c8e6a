// Package caddyplugin signs requests to security vendors' APIs in Caddy: for each vendor a handler directive
// (duo_sign) that works beside any reverse_proxy, and a transport of the same name that signs each attempt at the last
// moment. It only translates: a Caddyfile or JSON to a signer, a request to a message, a refusal to a response.
package caddyplugin

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// signing is what all modules share: where their options are, the gate that these became, and who hears of it.
type signing struct {
	vendor string
	config signers.Config   // the vendor's part of the module
	policy *outbound.Policy // the other part

	gate    *outbound.Gate
	refusal *atomic.Pointer[sharedRefusal]

	logger  *zap.Logger
	audit   *zap.Logger // nil: off
	metrics *metrics
	seconds prometheus.Observer
	hosts   *atomic.Pointer[map[string]*hostMetrics]

	said *quiet // of refusals

	vendorValue   any // the placeholder; made once, it needs no memory for each request
	explainHeader bool
}

// explanationHeader tells trusted developers why the vendor refused.
const explanationHeader = "Vendorsign-Explanation"

// of says whose options the module has, and where.
func (s *signing) of(vendor string, config signers.Config, policy *outbound.Policy) {
	s.vendor, s.config, s.policy = vendor, config, policy
}

var errUnmade = errors.New("a signing module is made by the New of its CaddyModule")

// options copies the module's options: checks change them, and resolved secrets end up in them.
func (s *signing) options() (signers.Config, outbound.Policy, error) {
	if s.config == nil {
		return nil, outbound.Policy{}, errUnmade
	}
	config, err := signers.New(s.vendor)
	if err != nil {
		return nil, outbound.Policy{}, err
	}
	own := s.config.Settings()
	for i, setting := range config.Settings() {
		setting.Copy(own[i])
	}
	return config, *s.policy, nil
}

// provision builds the gate.
func (s *signing) provision(ctx caddy.Context) error {
	config, policy, err := s.options()
	if err != nil {
		return err
	}
	s.logger, s.metrics = ctx.Logger(), newMetrics()
	s.hosts = new(atomic.Pointer[map[string]*hostMetrics])
	settings := append(config.Settings(), policy.Settings()...)
	if previous, err := signers.New(s.vendor); err == nil && signers.Fill(previous.Settings(), policy.Previous) == nil {
		settings = append(settings, previous.Settings()...)
	}
	var bare []string // secrets, until it is known of which credential and host
	for _, setting := range settings {
		if setting.Secret && *setting.Text != "" && !strings.Contains(*setting.Text, "{") {
			bare = append(bare, setting.Name)
		}
	}
	var early []string // the same
	gate, err := outbound.BuildShared(s.vendor, config, &policy, references(), outbound.Sharing{Store: tokenStore(ctx.Storage)}, func(news string) {
		if s.gate == nil {
			early = append(early, news)
			return
		}
		s.heard(news)
	})
	if err != nil {
		return err
	}
	s.gate, s.explainHeader = gate, policy.ExplainHeader
	s.said = &quiet{last: make(map[string]time.Time)}
	for _, option := range bare {
		s.logger.Warn("the secret stands in the configuration itself, where the admin API shows it; use {file./path} or {env.NAME}",
			append(s.who(s.host(), gate.Fingerprint()), zap.String("option", option))...)
	}
	for _, news := range early {
		s.heard(news)
	}
	if len(policy.ClientHosts) == 0 {
		warnOfCatchAlls(ctx, s.logger)
	}
	if policy.Audit == "on" {
		s.audit = s.logger.Named("audit")
	}
	if err := s.count(ctx); err != nil {
		return err
	}
	gate.OnLoad, gate.AskedHost, s.vendorValue = s.loaded, askedHost, s.vendor
	s.refusal = new(atomic.Pointer[sharedRefusal])
	goLive(s)
	return nil
}

// host is the first of the credential's hosts, for labels.
func (s *signing) host() string { return s.gate.Hosts()[0] }

// hostOf is the host that r is for, for labels: never the client's text.
func (s *signing) hostOf(r *http.Request) string {
	if host, ok := s.gate.HostFor(r.Host); ok {
		return host
	}
	return "other"
}

// count sets up the metrics of the signer.
func (s *signing) count(ctx caddy.Context) error {
	if err := s.metrics.register(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	s.seconds = s.metrics.seconds.WithLabelValues(s.vendor)
	s.countHosts()
	return nil
}

// countHosts finds the metrics of the hosts that the credential has now: a changed credentials_file may name others.
func (s *signing) countHosts() {
	hosts := make(map[string]*hostMetrics)
	for _, host := range s.gate.Hosts() {
		hosts[host] = s.metrics.forHost(s.vendor, host)
		s.metrics.loads.WithLabelValues(s.vendor, host).Inc()
	}
	s.metrics.news.WithLabelValues(s.vendor, s.host()) // see forHost
	s.hosts.Store(&hosts)
}

// counters are those of a host that a request was signed for. The credential may have others by now.
func (s *signing) counters(host string) *hostMetrics {
	if h := (*s.hosts.Load())[host]; h != nil {
		return h
	}
	return s.metrics.forHost(s.vendor, host)
}

// references resolves {env.NAME} and {file./path} as every gateway does, which tells an empty value from an unreadable
// one, and leaves the other placeholders to Caddy.
func references() outbound.References {
	replacer := caddy.NewReplacer()
	return outbound.References{Other: func(value string) (string, error) {
		if err := outbound.Misspelt(value, false); err != nil {
			return "", err
		}
		return replacer.ReplaceOrErr(value, true, true)
	}}
}
