// Package modules signs requests to vendors' APIs in Caddy: the handler directive vendorsign, which works with any
// reverse_proxy, and a transport of the same name that signs each attempt at the last moment, both for every vendor.
// It only translates: a Caddyfile or JSON to a signer, a request to a message, a refusal to a response.
//
// The transport ([SignTransport]) is the simple way. reverse_proxy calls its RoundTrip for each attempt, after it has
// chosen the upstream and applied header_up, and the sender (sender.go) signs a copy of the request and sends it.
//
// The handler ([Sign]) cannot sign by itself, since reverse_proxy changes the request after it. It arms the request
// (armed.go). A [Guard] around the transport of each reverse_proxy of the server signs what is armed, with the same
// sender, and refuses what would reach a vendor's host unsigned (guard.go). Guards are added while Caddy loads the
// configuration (survey.go, unloaded.go); a configuration never contains one.
//
// [Verify] is the other direction: it comes before everything that changes a request, and lets through what an app
// has signed with a local key.
//
// # What happens to a request
//
//	transport   reverse_proxy -> SignTransport.RoundTrip -> sender.roundTrip -> HTTPTransport -> vendor
//	handler     Handler.ServeHTTP arms -> ... -> reverse_proxy -> Guard.RoundTrip -> sender.roundTrip -> its transport -> vendor
//
// Guard.RoundTrip asks for each request whether it leads to a vendor of the site (leads.go), whatever signs or does not.
// In sender.attempt the upstream is compared with the credential's hosts (upstream.go), the body is kept for a
// retry (replay.go) or watched (stream.go), package outbound signs, and the audit is written. What went wrong
// becomes a problem document: with the transport as the response, with the handler through armed.problem.
//
// # What happens to a configuration
//
//	Caddyfile -> caddyfile.go, blocks.go -> values -> MarshalJSON -> Caddy's JSON
//	Caddy's JSON -> json.go -> values -> provision -> outbound.Build -> gate
//
// A mistake should be found as early as possible: in a Caddyfile with its line, else by Provision. A mistake that
// shows only when a request comes is answered with a problem document that has a hint (guard.go, handler.go).
//
// # Where a change belongs
//
// What is signed, limited or refused is the same in all gateways and belongs in package outbound. An option of a
// vendor belongs in its scheme, from which this package reads it. This package is only about Caddy: its modules, its
// reverse_proxy, its logs (record.go, operator.go), metrics (metrics.go) and admin API (status.go).
package modules

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/certmagic"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/audit"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// signing is what all modules share: their options, the gate that is built from them, loggers and metrics. A
// Handler and a Transport embed it. Options are read by unmarshal or fromJSON, checked with a line where there is
// one, and turned into the gate by provision.
type signing struct {
	// vendor is the name; choice is the module's field for a vendor that the configuration names, or nil for a
	// type of names.go. values are the options, and blocks those of them that are blocks as they came in JSON.
	vendor string
	choice *string
	values signers.Values
	blocks map[string]map[string]any

	// gate admits, cleanses and signs; refusal is the last one of the credential's.
	gate    *outbound.Gate
	refusal *atomic.Pointer[sharedRefusal]

	logger *zap.Logger
	// audit is a logger for the audit; nil: it is off, or goes to trail, the open audit_output with this key.
	audit    *zap.Logger
	trail    *audit.Trail
	auditKey string
	metrics  *metrics
	seconds  prometheus.Observer
	// hosts are the counters by the hosts of the credential, which a changed file may replace.
	hosts *atomic.Pointer[map[string]*hostMetrics]

	// throttle bounds the log lines about refusals.
	throttle *outbound.Throttle

	// vendorValue is the vendor as the value of the placeholder: made once, it saves an allocation for each
	// request.
	vendorValue   any
	explainHeader bool
}

// explanationHeader tells trusted developers why the vendor refused.
const explanationHeader = "Vendorsign-Explanation"

// ready prepares the module for the configuration of a vendor; empty: the configuration names it, and choose sets
// it.
func (s *signing) ready(vendor string) {
	s.vendor, s.values, s.blocks = vendor, make(signers.Values), make(map[string]map[string]any)
}

// choose sets the vendor that the configuration names, and returns the options that it may have. An unknown name
// is an error with the nearest one.
func (s *signing) choose(vendor string) ([]signers.Option, error) {
	if vendor == "" {
		return nil, errors.New("the name of a vendor is required; known are " + signers.Known())
	}
	s.vendor, *s.choice = vendor, vendor
	return outbound.Options(vendor)
}

// errUnmade is the error of a module that Go code made as a literal: without New it has no maps for its options.
var errUnmade = errors.New("a signing module is made by the New of its CaddyModule")

// provision builds the gate. The order matters: secrets and files are read by Build; what is left can fail without
// having opened anything but the audit's output; goLive is last, since Cleanup undoes it. An error keeps the whole
// configuration from being loaded, and the running one goes on.
func (s *signing) provision(ctx caddy.Context) error {
	if s.values == nil {
		return errUnmade
	}
	scheme, err := signers.Lookup(s.vendor)
	if err != nil {
		return err
	}
	s.logger, s.metrics = ctx.Logger(), newMetrics()
	s.hosts = new(atomic.Pointer[map[string]*hostMetrics])
	// Before Build, which resolves references: afterwards one could not tell a literal.
	bare := bareSecrets(append(slices.Clone(scheme.Options), outbound.PolicyOptions...), s.values)
	if previous, faults := s.values.Block("previous", scheme.Options); len(faults) == 0 {
		bare = append(bare, bareSecrets(scheme.Options, previous)...)
	}
	// The gate reports while it is built, before the logger's fields are known: such news wait.
	var early []string
	// A storage in a local folder is not shared by other gateways.
	sharing := outbound.Sharing{Store: tokenStore(ctx.Storage), Hosted: AnswerHosted, Local: func() bool {
		_, local := ctx.Storage().(*certmagic.FileStorage)
		return local
	}}
	gate, faults := outbound.Build(s.vendor, s.values, references(), sharing, func(news string) {
		if s.gate == nil {
			early = append(early, news)
			return
		}
		s.onNews(news)
	})
	if len(faults) > 0 {
		return signers.FaultsError(s.vendor, faults)
	}
	policy := gate.Policy()
	s.gate, s.explainHeader = gate, policy.ExplainHeader
	s.throttle = new(outbound.Throttle)
	for _, option := range bare {
		s.logger.Warn("the secret is written in plain text in the configuration, where the admin API shows it; use {file./path} or {env.NAME}",
			append(s.labels(s.host(), gate.Fingerprint()), zap.String("option", option))...)
	}
	for _, news := range early {
		s.onNews(news)
	}
	// With client_hosts the gateway refuses other names itself.
	if len(policy.ClientHosts) == 0 {
		if err := warnOfCatchAlls(ctx, s.logger); err != nil {
			return err
		}
	}
	if err := auditFault(policy); err != nil {
		return fmt.Errorf("%s: %w", s.vendor, err)
	}
	// Without an output the audit is a logger of Caddy, http.handlers.vendorsign.audit, which the operator can send
	// anywhere by its logging configuration.
	if policy.Audit == "on" && len(policy.AuditOutput) == 0 {
		s.audit = s.logger.Named("audit")
	}
	if err := s.metrics.register(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	s.seconds = s.metrics.seconds.WithLabelValues(s.vendor)
	s.countHosts()
	gate.OnLoad, gate.AskedHost, s.vendorValue = s.loaded, askedHost, s.vendor
	s.refusal = new(atomic.Pointer[sharedRefusal])
	if err := s.openAudit(ctx, policy); err != nil {
		return fmt.Errorf("%s: %w", s.vendor, err)
	}
	goLive(s)
	// An app with the vendor's own secret could go around the gateway. The signer compares itself with the verifiers
	// that are loaded, and a verifier its apps with the signers (usedByCredential), since either may be loaded first.
	if name := sharesSecret(gate); name != "" {
		return errors.New(s.vendor + ": the app " + name + " of vendorsign_verify has the secret of this credential; give the app a local key")
	}
	return nil
}

// bareSecrets are the options whose secrets are written in the configuration itself: what has no brace is no
// reference.
func bareSecrets(options []signers.Option, v signers.Values) (bare []string) {
	for _, o := range options {
		if value := v.Text(o.Name); value != "" && o.Hides(value) && !strings.Contains(value, "{") {
			bare = append(bare, o.Name)
		}
	}
	return bare
}

// directive is what the module is called in a Caddyfile.
func (s *signing) directive() string {
	if s.choice != nil {
		return "vendorsign " + s.vendor
	}
	return s.vendor + "_sign"
}

// host is the first of the credential's hosts, for labels.
func (s *signing) host() string { return s.gate.Hosts()[0] }

// upstream is the host to write in advice: a family has one upstream.
func (s *signing) upstream() string { return strings.TrimPrefix(s.host(), credentials.Wildcard) }

// hostOf is the host that r is for, for labels: never the client's text.
func (s *signing) hostOf(r *http.Request) string {
	if host, ok := s.gate.HostEntry(r.Host); ok {
		return host
	}
	return "other"
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

// counters are those of a host that a request was signed for. The credential may have other hosts by now, while
// the request was under way.
func (s *signing) counters(host string) *hostMetrics {
	if h := (*s.hosts.Load())[host]; h != nil {
		return h
	}
	return s.metrics.forHost(s.vendor, host)
}

// references resolves {env.NAME} and {file./path} as every gateway does, which distinguishes an empty value from
// an unreadable one, and leaves other placeholders to Caddy. ReplaceOrErr refuses unknown and empty ones: an empty
// secret would sign.
func references() credentials.References {
	replacer := caddy.NewReplacer()
	return credentials.References{Other: func(value string) (string, error) {
		if err := credentials.Misspelt(value, false); err != nil {
			return "", err
		}
		return replacer.ReplaceOrErr(value, true, true)
	}}
}
