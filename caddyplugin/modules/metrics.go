package modules

import (
	"errors"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// metrics are Caddy's own kind, in its own registry. Labels have the values that a configuration gives them: a
// signer, a bound host, an outcome from a list; never a path or a client's text. So clients cannot make new time
// series, of which each takes memory in Prometheus. docs/observability.md lists them.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	answers  *prometheus.CounterVec
	refusals *prometheus.CounterVec
	loads    *prometheus.CounterVec
	news     *prometheus.CounterVec
	apps     *prometheus.CounterVec
	live     prometheus.Collector
}

// All names begin with caddy_vendorsign_.
const namespace, subsystem = "caddy", "vendorsign"

// newMetrics makes the collectors, once for all configurations: counters survive a reload.
var newMetrics = sync.OnceValue(func() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help}, labels)
	}
	return &metrics{
		requests: counter("requests_total", "Requests by outcome: signed and answered, signed and unanswered, or refused with a "+
			"kind of problem.", "signer", "host", "outcome"),
		// From microseconds, which most signatures take, to the seconds of a token that must be fetched first.
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Subsystem: subsystem, Name: "sign_duration_seconds",
			Help:    "Time to admit, cleanse, read and sign a request.",
			Buckets: []float64{2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 5e-4, 2.5e-3, 1e-2, 1e-1, 1, 10}}, []string{"signer"}),
		answers:  counter("answers_total", "The vendors' answers to signed requests by status class.", "signer", "host", "class"),
		refusals: counter("refusals_total", "The vendors' refusals of signed requests by cause.", "signer", "host", "cause"),
		loads:    counter("credential_loads_total", "How often a configuration or a changed file has loaded a credential.", "signer", "host"),
		news:     counter("news_total", "Warnings for the operator: a corrected clock, a token that could not be renewed.", "signer", "host"),
		apps: counter("app_requests_total", "Requests that vendorsign_verify judged: verified, or refused for a reason; app is empty until an "+
			"app has proved to be one.", "signer", "app", "outcome"),
		live: liveCollector{},
	}
})

// register adds the collectors to the registry of a new configuration. Caddy has a registry for each, and the
// collectors are the same.
func (m *metrics) register(registry *prometheus.Registry) error {
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.answers, m.refusals, m.loads, m.news, m.apps, m.live} {
		// Each signer of a configuration registers them.
		var already prometheus.AlreadyRegisteredError
		if err := registry.Register(c); err != nil && !errors.As(err, &already) {
			return err
		}
	}
	return nil
}

// hostMetrics are the collectors of one signer and host, found once rather than for every request.
type hostMetrics struct {
	signed  prometheus.Counter
	answers [6]prometheus.Counter // by status class
}

// classes are the labels of status classes, by the first digit.
var classes = [6]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// forHost also starts at 0 the counters that operators alert on: Prometheus' increase() misses a counter that
// starts at 1. Refusals that clients cause only appear with the first one: there are many kinds, and a single one
// does not matter. It may be called again for a host: the counters are the same.
func (m *metrics) forHost(signer, host string) *hostMetrics {
	h := &hostMetrics{signed: m.requests.WithLabelValues(signer, host, outcomeSigned)}
	// Grave kinds are those that no client can cause.
	for _, outcome := range append(outbound.GraveKinds(), outcomeUnanswered) {
		m.requests.WithLabelValues(signer, host, outcome)
	}
	for i, class := range classes {
		h.answers[i] = m.answers.WithLabelValues(signer, host, class)
	}
	for _, cause := range signers.Refusals {
		m.refusals.WithLabelValues(signer, host, string(cause))
	}
	return h
}

// answered counts an answer by its class. Vendors' statuses beyond 599 are counted as other, so that there is no
// label of a vendor's making.
func (h *hostMetrics) answered(status int) {
	class := status / 100
	// HTTP leaves statuses from 600 on undefined (RFC 9110 section 15).
	if class < 1 || class > 5 {
		class = 0
	}
	h.answers[class].Inc()
}

// The descriptions of what liveCollector collects. Their labels name the credential by its fingerprint: during a
// rotation there are two.
var (
	credentialLabels = []string{"signer", "host", "credential"}
	bufferedDesc     = prometheus.NewDesc("caddy_vendorsign_buffered_bytes", "Memory that bodies hold now until they are sent.", nil, nil)
	clockDesc        = prometheus.NewDesc("caddy_vendorsign_clock_offset_seconds", "What is added to the local time to sign.",
		credentialLabels, nil)
	ageDesc = prometheus.NewDesc("caddy_vendorsign_credential_age_seconds", "Time since the credential was first loaded.",
		credentialLabels, nil)
	expiryDesc = prometheus.NewDesc("caddy_vendorsign_credential_expiry_timestamp_seconds", "When the vendor ends the credential, by "+
		"its option expires.", credentialLabels, nil)
	tokenDesc = prometheus.NewDesc("caddy_vendorsign_token_expiry_timestamp_seconds", "When the current token ends.",
		credentialLabels, nil)
	renewalsDesc = prometheus.NewDesc("caddy_vendorsign_token_renewals_total", "Renewals of the credential's token by this gateway "+
		"(renewed), by another one that shares it (shared) and failed ones (failed).",
		[]string{"signer", "credential", "outcome"}, nil)
)

// liveCollector collects the current state of the signers in use.
type liveCollector struct{}

// Describe implements prometheus.Collector. It names all that Collect may send.
func (liveCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{bufferedDesc, clockDesc, ageDesc, expiryDesc, tokenDesc, renewalsDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector. It asks the gates when somebody looks, so that nothing is kept up to
// date in between. A credential that several blocks use is reported once: Prometheus refuses two metrics with the
// same labels.
func (liveCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(bufferedDesc, float64(outbound.Buffered()))
	// The keys are vendor, host and fingerprint: a credential may be in several blocks.
	seen := make(map[[3]string]bool)
	ends := make(map[[3]string]bool)       // and only one of them may say when it expires
	offsets := make(map[[3]string]float64) // each learns on its own: the largest is the one that matters
	for _, s := range liveSigners() {
		for _, host := range s.gate.Hosts() {
			configured := [3]string{s.vendor, host, s.gate.Configured()}
			if expires := s.gate.Expires(); !expires.IsZero() && !ends[configured] {
				ends[configured] = true
				gauge(expiryDesc, float64(expires.Unix()), configured[:]...)
			}
			key := [3]string{s.vendor, host, s.gate.Fingerprint()}
			if offset := outbound.ClockOffset(s.gate).Seconds(); math.Abs(offset) >= math.Abs(offsets[key]) {
				offsets[key] = offset
			}
			if seen[key] {
				continue
			}
			seen[key] = true
			// Else its file is not there yet.
			if since := s.gate.Since(); !since.IsZero() {
				gauge(ageDesc, time.Since(since).Seconds(), key[:]...)
			}
			if expires := s.gate.TokenExpires(); !expires.IsZero() {
				gauge(tokenDesc, float64(expires.Unix()), key[:]...)
			}
		}
		collectRenewals(out, s, seen)
	}
	for key, offset := range offsets {
		gauge(clockDesc, offset, key[:]...)
	}
}

// collectRenewals counts by credential only: one token is used for all of its hosts. Its labels have no host for
// that reason.
func collectRenewals(out chan<- prometheus.Metric, s *signing, seen map[[3]string]bool) {
	key := [3]string{s.vendor, "", s.gate.Fingerprint()}
	// Most credentials have no token.
	renewals, ok := s.gate.Renewals()
	if !ok || seen[key] {
		return
	}
	seen[key] = true
	for outcome, n := range map[string]int64{"renewed": renewals.Own, "shared": renewals.Others, "failed": renewals.Failed} {
		out <- prometheus.MustNewConstMetric(renewalsDesc, prometheus.CounterValue, float64(n), s.vendor, key[2], outcome)
	}
}
