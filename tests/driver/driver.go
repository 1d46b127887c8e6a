//go:build go1.21

// Package driver is what the behaviour tests call, compiled and interpreted. Its functions have only types of the
// standard library in their signatures, since a type of an interpreted package exists in its interpreter alone.
package driver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
	"github.com/vendorsign/vendorsign/signers/presets"
)

// Signer makes a vendor's signer from its configuration in JSON and returns its Sign. Canonical is the text of all
// parts, those that are secret too; shown is the text as people see it.
func Signer(vendor string, config []byte) (
	sign func(method, host, target string, header http.Header, body []byte, at time.Time, date, nonce, token string) (out http.Header, sent, canonical, shown string, err error),
	err error,
) {
	s, err := signer(vendor, config)
	if err != nil {
		return nil, err
	}
	// Method values: yaegi makes a function anew for each call through an interface, and the first two at a time race.
	signMessage, canonicalText, dateOf, traits := s.Sign, s.Canonical, s.Date, s.Traits()
	return func(method, host, target string, header http.Header, body []byte, at time.Time, date, nonce, token string) (http.Header, string, string, string, error) {
		m := &signers.Message{Method: method, Host: host, Target: target, Header: header, Body: body}
		if i := strings.Index(host, "://"); i >= 0 { // a scheme is only named where it is not https
			m.Scheme = host[:i]
			m.Host = host[i+3:]
		}
		moment := &signers.Moment{Time: at, Date: date, Nonce: nonce, Token: token, More: map[string]string{"cookie": token}}
		if date == "" {
			moment.Date = dateOf(at)
		}
		moment, err := signers.Hinted(traits, m, moment)
		if err != nil {
			return nil, "", "", "", err
		}
		parts, failed := canonicalText(m, moment)
		own := make(http.Header) // to distinguish what Sign adds
		for name, values := range header {
			own[name] = values
		}
		m.Header = own
		err = signMessage(m, moment)
		out := added(header, own)
		if err != nil || failed != nil {
			if err == nil {
				err = failed
			}
			return out, "", "", "", err
		}
		canonical := ""
		for _, p := range parts {
			canonical += p.Text
		}
		return out, m.Target, canonical, signers.Join(parts), nil
	}, nil
}

// added is what a signer added to the headers.
func added(before, after http.Header) http.Header {
	out := make(http.Header)
	for name, values := range after {
		if old, ok := before[name]; !ok || len(old) != len(values) || len(old) > 0 && &old[0] != &values[0] {
			out[name] = values
		}
	}
	return out
}

func signer(vendor string, config []byte) (signers.Signer, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	values, faults := signers.FromJSON(scheme.Options, config)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].Text)
	}
	s, faults := scheme.Signer(values)
	return s, signers.FaultsError(vendor, faults)
}

// Custom reads the configuration of a scheme of one's own; see presets.ReadCustom.
func Custom(config []byte) (rewritten []byte, loaded bool, err error) {
	return presets.ReadCustom(config)
}

// TokenSource makes a vendor's signer whose token is fetched, and returns the methods of its source.
func TokenSource(vendor string, config []byte) (
	next func(current string) (method, url string, header http.Header, body string),
	parse func(status int, header http.Header, body []byte, now time.Time) (token string, expires time.Time, err error),
	replaces bool, err error,
) {
	s, err := signer(vendor, config)
	if err != nil {
		return nil, nil, false, err
	}
	x := s.Traits().Tokens
	if x == nil {
		return nil, nil, false, errors.New("no token is fetched")
	}
	ask, read := x.Next, x.Parse
	return func(current string) (string, string, http.Header, string) {
			r, _, _ := ask(&signers.TokenStep{Current: signers.Token{Text: current}})
			return r.Method, r.URL, r.Header, r.Body
		}, func(status int, header http.Header, body []byte, now time.Time) (string, time.Time, error) {
			answer := signers.TokenAnswer{Status: status, Header: header, Body: body}
			token, err := read(&signers.TokenStep{Answers: []signers.TokenAnswer{answer}, Time: now})
			return token.Text, token.Expires, err
		}, x.Replaces, nil
}

// Tokens makes a gate as Gate does, and returns what signs a request and what learns the status of its answer. That
// returns whether the gateway would try once more.
func Tokens(vendor string, config, policy []byte, now func() time.Time, news func(string)) (
	sign func(r *http.Request) (learn func(status int) (again bool), problem *http.Response),
	err error,
) {
	g, err := newGate(vendor, config, policy, credentials.References{})
	if err != nil {
		return nil, err
	}
	g.Now, g.OnNews = now, news
	return func(r *http.Request) (func(int) bool, *http.Response) {
		signed := outbound.Sign(outbound.Begin(g), r, r.URL.RequestURI())
		if signed.Problem != nil {
			return nil, signed.Problem.Response(r)
		}
		return func(status int) bool {
			answer := outbound.Answer{Status: status, Signed: signed}
			_, again := outbound.Again(g, answer, outbound.Learn(g, answer), nil)
			return again
		}, nil
	}, nil
}

// Live makes a gate whose files may change below the folder secrets, and returns what a transport does with a request:
// sign it, send it to vendor, learn from the answer, and send it once more where that may help. A status of 0 comes
// with the gateway's own problem. A vendor's status below 0 is that the request could not be sent.
func Live(vendor string, config, policy []byte, secrets string, now func() time.Time, news func(string)) (
	send func(r *http.Request, vendor func(*http.Request) (status int, header http.Header, body string)) (status int, problem *http.Response),
	credential func() string, err error,
) {
	g, err := newGateTelling(vendor, config, policy,
		credentials.References{Short: true, EnvPrefix: "VENDORSIGN_", Confined: true, Dir: secrets}, news)
	if err != nil {
		return nil, nil, err
	}
	g.Now = now
	// Interpreted, the first two calls of a method at once race for its type: so each has its first one here.
	outbound.Outcome{}.Unsent()
	if example, err := http.NewRequest("GET", "http://vendor.example/", nil); err == nil {
		new(outbound.Problem).Response(example)
	}
	return func(r *http.Request, vendor func(*http.Request) (int, http.Header, string)) (int, *http.Response) {
		target := r.URL.RequestURI()
		body := []byte(nil)
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		signed := outbound.Sign(outbound.Begin(g), r, target)
		if signed.Problem != nil {
			return 0, signed.Problem.Response(r)
		}
		outbound.Release(signed.Held)
		status, header, text := vendor(r)
		if status < 0 {
			signed.Unsent()
			return status, nil
		}
		answer := outbound.Answer{Status: status, Header: header, Body: []byte(text), Verified: true, Signed: signed}
		send := func(a *outbound.Snapshot) outbound.Answer {
			method, target := a.Probe()
			probe, _ := http.NewRequest(method, "http://vendor.example"+target, nil)
			probe.Header.Set("Probe", "yes")
			signed := outbound.Sign(a, probe, target)
			if signed.Problem != nil {
				return outbound.Answer{}
			}
			status, header, text := vendor(probe)
			return outbound.Answer{Status: status, Header: header, Body: []byte(text), Signed: signed}
		}
		e := outbound.Learn(g, answer)
		if signed.SettleDue {
			outbound.Settle(g, send)
		}
		attempt, again := outbound.Again(g, answer, e, send)
		if !again {
			return status, nil
		}
		if body != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		second := outbound.Sign(attempt, r, target)
		if second.Problem != nil {
			return 0, second.Problem.Response(r)
		}
		outbound.Release(second.Held)
		status, header, text = vendor(r)
		outbound.Learn(g, outbound.Answer{Status: status, Header: header, Body: []byte(text), Verified: true, Signed: second})
		return status, nil
	}, func() string { return g.Fingerprint() }, nil
}

// Gate makes a gate from a vendor's configuration and a policy, both in JSON, and returns its Sign. A problem comes
// as the response that answers the client.
func Gate(vendor string, config, policy []byte, now func() time.Time) (
	sign func(r *http.Request, target string) (sent string, held int64, problem *http.Response),
	err error,
) {
	g, err := newGate(vendor, config, policy, credentials.References{})
	if err != nil {
		return nil, err
	}
	if now != nil {
		g.Now = now
	}
	return func(r *http.Request, target string) (string, int64, *http.Response) {
		signed := outbound.Sign(outbound.Begin(g), r, target)
		if signed.Problem != nil {
			return "", 0, signed.Problem.Response(r)
		}
		return signed.Target, signed.Held, nil
	}, nil
}

// Watch makes a gate and returns what attaches its Trace to a request, and its Bound. The reason why a connection was closed is
// passed to wrong.
func Watch(vendor string, config, policy []byte, wrong func(reason string)) (watch func(*http.Request) *http.Request, bound func(address string) bool, err error) {
	g, err := newGate(vendor, config, policy, credentials.References{})
	if err != nil {
		return nil, nil, err
	}
	g.OnWrongUpstream = wrong
	trace := outbound.Trace(g)
	return func(r *http.Request) *http.Request {
		used := trace
		if outbound.NeedsRequestTrace(g) {
			if own := outbound.RequestTrace(g); own != nil {
				used = own
			}
		}
		if used == nil {
			return r
		}
		return r.WithContext(httptrace.WithClientTrace(r.Context(), used))
	}, func(address string) bool { return g.Bound(address) }, nil
}

// Handler is a middleware around a gate, as a gateway's plugin would be: for benchmarks.
func Handler(vendor string, config, policy []byte, next http.Handler) (http.Handler, error) {
	g, err := newGate(vendor, config, policy, credentials.References{})
	if err != nil {
		return nil, err
	}
	return &handler{gate: g, next: next}, nil
}

type handler struct {
	gate *outbound.Gate
	next http.Handler
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signed := outbound.Sign(outbound.Begin(h.gate), r, r.RequestURI)
	if signed.Problem != nil {
		signed.Problem.Write(w)
		return
	}
	if signed.Target != r.RequestURI {
		r.RequestURI = signed.Target
	}
	h.next.ServeHTTP(w, r)
	outbound.Release(signed.Held)
}

// NoHandler is what Handler's cost is compared with.
func NoHandler(next http.Handler) http.Handler { return &noHandler{next: next} }

type noHandler struct{ next http.Handler }

func (h *noHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.next.ServeHTTP(w, r) }

// Load does what a gateway does at load: it resolves references and checks everything.
func Load(vendor string, config, policy []byte, short bool, envPrefix string, confined bool, dir string) error {
	_, err := newGate(vendor, config, policy, credentials.References{Short: short, EnvPrefix: envPrefix, Confined: confined, Dir: dir})
	return err
}

func newGate(vendor string, config, policy []byte, refs credentials.References) (*outbound.Gate, error) {
	return newGateTelling(vendor, config, policy, refs, nil)
}

func newGateTelling(vendor string, config, policy []byte, refs credentials.References, news func(string)) (*outbound.Gate, error) {
	v, err := parse(vendor, config, policy)
	if err != nil {
		return nil, err
	}
	g, faults := outbound.Build(vendor, v, refs, outbound.Sharing{}, news)
	return g, signers.FaultsError(vendor, faults)
}

func parse(vendor string, config, policy []byte) (signers.Values, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	v, faults := signers.FromJSON(scheme.Options, config)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].Text)
	}
	common, faults := signers.FromJSON(outbound.PolicyOptions, policy)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].Text)
	}
	for name, values := range common {
		v[name] = values
	}
	return v, nil
}

// Value resolves one value.
func Value(value string, short bool, envPrefix string, confined bool, dir string) (string, bool, error) {
	refs := credentials.References{Short: short, EnvPrefix: envPrefix, Confined: confined, Dir: dir}
	text, err := refs.Value(value)
	return text, refs.Is(value), err
}

// NewNonce draws a nonce.
func NewNonce(kind string) (string, error) { return outbound.NewNonce(kind) }

// Buffered is the memory that bodies hold.
func Buffered() int64 { return outbound.Buffered() }

// Release gives memory back, or takes it where held is negative.
func Release(held int64) { outbound.Release(held) }
