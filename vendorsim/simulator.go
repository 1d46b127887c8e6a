// Package vendorsim is the other side of a signed request: it answers as the vendor does.
//
// A [Simulator] judges a request from the bytes that arrived - the request target as it stood in the request line,
// the headers, the body - and accepts it only if the vendor would. It is a witness: it shares no code with the
// signers, so that an error in one is not repeated by the other. Point a gateway at it and a wrong signature is
// answered with the vendor's own status and error body, and with a reason in plain words for the person who looks.
//
// Where a vendor publishes no rule, the stricter reading is used; a comment next to it says so. A simulator is for
// tests and demonstrations. It keeps nothing on disk and proves nothing about a vendor's uptime, permissions or data.
package vendorsim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Config is what a simulated vendor knows: one credential, a clock and how strict to be.
type Config struct {
	// The credential, under the names that the gateways' options have:
	//
	//	darktrace      public_token, private_token, sign_query (as_sent, decoded, either; default either)
	//	threatconnect  access_id and secret_key, or token (token_expires, unix seconds), or both
	//	carbonblack    api_id and api_secret_key (key_type api, siem, live_response, custom; default api),
	//	               oauth_app_id and oauth_app_secret, csp_api_token; one of the three or several
	//	cortex         api_key_id (none with XSOAR 6), api_key, key_type (advanced, standard; default advanced)
	//	duo            integration_key, secret_key, signature_version (2, 4, 5; default any),
	//	               digest (sha1, sha512; default any)
	//	aws            access_key_id, secret_access_key, session_token (token_expires, unix seconds), region and service
	//	               (one, or several with commas), path_encoding (once, twice), normalize_path, sign_session_token
	//	httpsig        public_key (or private_key, private_jwk) or shared_secret, key_id, algorithm, components, skip_absent,
	//	               parameters, tag, label, content_digest
	//	web_bot_auth   public_key (or private_key, private_jwk), algorithm, label, signature_agent, signature_agent_form,
	//	               signature_agent_key
	//	cavage         public_key (or private_key, private_jwk) or shared_secret, key_id, algorithm, headers, header, digest
	//	oci            public_key (or private_key, private_jwk); tenancy, user and fingerprint, or key_id, or session_token
	//
	// Options that only steer a gateway (date_format, query_order, date_header, csp_url, api_url, host, allow,
	// max_body, most of aws) may be present and are ignored. Any other name is an error.
	Credential map[string]string

	// The preset file of a vendor that is simulated by its operations, see [NewPreset]. New ignores its name then.
	Preset []byte

	// The clock; nil is time.Now. Answers carry its time in their Date header.
	Now func() time.Time

	// Duo only: the host that the signature must cover. Empty takes the one in the Host header, which is what
	// a test behind a gateway with several names wants.
	Host string

	// Carbon Black and Duo: calls allowed in RateWindow before the answer is 429; 0 is no limit. Carbon Black
	// documents 25 calls in 5 minutes for CB Defense; Duo publishes no number.
	RateLimit int

	// The window of RateLimit; 0 is 5 minutes for Carbon Black and 1 minute for Duo.
	RateWindow time.Duration

	// How long a token that the simulator issues stays valid: a renewed ThreatConnect token (0 is 1 hour), a bearer token of
	// Carbon Black's CSP (0 is 1799 seconds, as the vendor issues them), or one of a preset (0 is what the preset declares, or
	// 1 hour).
	TokenTTL time.Duration

	// Called with every judged request and its answer, from many goroutines if the simulator serves many.
	// The request holds whatever arrived, which may include secrets; the answer's Reason and Leaks do not.
	OnAnswer func(*Request, *Answer)
}

// Simulator is one simulated vendor. It is safe for concurrent use, and is an http.Handler:
//
//	s, err := vendorsim.New("duo", vendorsim.Config{Credential: vendorsim.DemoCredential("duo", "")})
//	http.ListenAndServe("127.0.0.1:8080", s)     // or s.Check for a request that was read elsewhere
type Simulator struct {
	name     string
	vendor   vendor
	now      func() time.Time
	onAnswer func(*Request, *Answer)
}

// vendor is what one vendor's file provides. Its methods are called concurrently, with headers as they arrived and a target
// that begins with a slash.
type vendor interface {
	// owns lists, in lower case, the headers that carry this vendor's authentication; a trailing * is a prefix.
	// They must arrive once and in no other spelling.
	owns() []string
	// judge decides on a request whose owned headers are in order.
	judge(r *Request, now time.Time) *Answer
	// refuse is the vendor's answer to a request that lacks a usable credential.
	refuse(reason string) *Answer
}

// entry is a vendor's line in the table of vendors. A new vendor is a file with an init that sets one, a type with the three
// methods of vendor, and its options in Config.
type entry struct {
	make func(*options, *Config) vendor
	demo map[string]map[string]string // credential by mode; "" is the default
	// options with several values that the judge needs, as a vendor's demands are
	lists []string
}

// vendors is filled by each vendor's file, so that a new vendor is one new file.
var vendors = map[string]entry{}

// Lists are the options with several values that a vendor's judge needs. Other lists only steer a gateway.
func Lists(vendor string) []string { return slices.Clone(vendors[vendor].lists) }

// Vendors lists the names that New accepts, sorted.
func Vendors() []string { return slices.Sorted(maps.Keys(vendors)) }

// ByPort lists the vendors in the order of the ports that they have by custom. It is written down so that a vendor keeps its port
// when another one comes; those come last.
func ByPort() []string {
	order := []string{"carbonblack", "cortex", "darktrace", "threatconnect", "duo", "aws", "httpsig", "web_bot_auth", "cavage", "oci"}
	for _, vendor := range Vendors() {
		if !slices.Contains(order, vendor) {
			order = append(order, vendor)
		}
	}
	return order
}

// New makes the simulator of one vendor. Its errors name the field that is wrong and never show a value.
func New(name string, c Config) (*Simulator, error) {
	if c.Preset != nil {
		return NewPreset(c.Preset, c)
	}
	e, ok := vendors[name]
	if !ok {
		return nil, fmt.Errorf("no vendor %q; there are %s", name, strings.Join(Vendors(), ", "))
	}
	o := &options{values: c.Credential, known: map[string]bool{}}
	v := e.make(o, &c)
	o.checkConfig(name, &c)
	if err := o.err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Simulator{name: name, vendor: v, now: c.Now, onAnswer: c.OnAnswer}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Check judges a request. It reads the request's bytes and the clock, changes neither, and remembers only what
// the vendor must: nonces, issued tokens and, if configured, the number of calls.
func (s *Simulator) Check(r *Request) *Answer {
	if r == nil {
		r = &Request{}
	}
	now := s.now()
	a := s.decide(r, now)
	s.finish(r, a, now)
	return a
}

// decide judges a request whose bytes make sense at all, and whose authentication headers are in order.
func (s *Simulator) decide(r *Request, now time.Time) *Answer {
	// The absolute and asterisk forms never reach a vendor's API through a gateway, and no vendor says what it
	// would sign of them. A line end in the target would move the borders between the lines that are signed.
	if !strings.HasPrefix(r.Target, "/") || strings.ContainsFunc(r.Target, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return newAnswer(http.StatusBadRequest, "the request target is not a path", map[string]any{"error": "bad request"})
	}
	if reason := disorder(r.Header, s.owns(r)); reason != "" {
		return s.vendor.refuse(reason)
	}
	return s.vendor.judge(r, now)
}

// owns are the headers of the vendor's API, or of its token endpoint.
func (s *Simulator) owns(r *Request) []string {
	if v, ok := s.vendor.(*tokenVendor); ok {
		return v.ownedBy(r)
	}
	return s.vendor.owns()
}

// finish adds what every answer carries and reports it.
func (s *Simulator) finish(r *Request, a *Answer, now time.Time) {
	a.Leaks = append(a.Leaks, leftovers(r.Header, s.owns(r))...)
	slices.Sort(a.Leaks)
	a.Leaks = slices.Compact(a.Leaks)
	a.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	if s.onAnswer != nil {
		s.onAnswer(r, a)
	}
}
