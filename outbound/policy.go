//go:build go1.21

// Package outbound is the way that a request takes through a gateway to the vendor: admission, cleansing, the body,
// the signature. It is the same for every vendor and every gateway, and knows none of them.
//
// At load, values become a gate:
//
//	values -> [Build]: references (package credentials), credentials_file, the previous credential, what the operator permits
//	       -> credential (credential.go): the signer, bound to its policy; rotation: two of them
//	       -> [Gate], which looks once a second whether a file changed (reload.go)
//
// A request asks one [Snapshot] of the gate for everything:
//
//	[Gate.Begin] -> admit (admit.go and what it calls) -> cleanse -> body -> token, nonce, turn -> [Snapshot.Sign]
//	answer       -> [Gate.Learn]: clock, pause, why it was refused -> [Gate.Again]: one more attempt, if it is worth it
//
// Quick does the same in one function for the requests that nothing is special about, since calls are dear in an interpreter.
// Package credentials resolves values, package tokens renews and shares tokens, package limits has rates, pauses and the
// vendor's clock. A check of requests belongs next to admit, an option next to [Policy], and what is the vendor's into its
// signer.
//
// Like package signers it also runs interpreted by yaegi: standard library only, no goroutines, no error types.
package outbound

import (
	"errors"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Policy says where and for what a credential may be used. It is part of every signer's configuration.
type Policy struct {
	// The only destination of this credential: the vendor's host name, with a port if it is not the scheme's own.
	// The request goes out with it as its Host. With several names the request's own Host must be one of them.
	Host []string `json:"host,omitempty"`
	// What may be requested: methods joined by |, then paths, as in "GET|HEAD /devices/** /models". An asterisk
	// stays inside a path segment, two cross segments. An escaped path must match in every way that a server may read
	// it. An entry may end in parameters that must occur once in the query with one of the values, as in
	// "GET /api/ ?type=op|report"; it matches no request with a form. Entries add up. None: everything but the vendor's own
	// credential endpoints.
	Allow []string `json:"allow,omitempty"`
	// Let requests through that read, reset or make a credential at the vendor itself.
	AllowCredentialEndpoints bool `json:"allow_credential_endpoints,omitempty"`
	// Let requests through to endpoints that do everything by a parameter or a body (GraphQL, batches, PAN-OS' type=), of which
	// the path says nothing: allow and the guards of credential endpoints cannot tell what such a request does.
	AllowMultiplexed bool `json:"allow_multiplexed,omitempty"`
	// The largest body that is held in memory to be signed, as in 512KiB or 10MiB (the default). Bodies that the
	// signature does not cover stream through at any size.
	MaxBody string `json:"max_body,omitempty"`
	// The names under which clients may ask for this credential, as in acme.internal, "*.internal" (one label) or
	// 10.0.0.5:8080: a request with any other Host is answered 421. None: any. Without it, a page in a browser whose own
	// name was made to point at the gateway (DNS rebinding) can read what the vendor answers.
	ClientHosts []string `json:"client_hosts,omitempty"`
	// Whether pages in a browser may send requests: deny (the default) refuses any Origin, any Sec-Fetch-Site but none, and
	// a Referer of another host; same_origin lets pages of the site through that the client asks for, allow all of them.
	Browser string `json:"browser,omitempty"`
	// Whether a connection may be upgraded to another protocol, over which the client speaks to the vendor itself: refuse
	// (the default), or websocket, for WebSockets and nothing else (RFC 6455).
	Upgrade string `json:"upgrade,omitempty"`
	// Whether requests are signed that came in TLS early data (0-RTT), which whoever recorded them can send again: refuse
	// (the default; they are answered 425) or allow. The vendor is told of them by the header Early-Data (RFC 8470).
	EarlyData string `json:"early_data,omitempty"`
	// What becomes of headers about the client and its way (X-Forwarded-*, Via, Cookie, the gateway's identity
	// headers): drop (the default) keeps them from the vendor, keep passes them on.
	Forwarded string `json:"forwarded,omitempty"`
	// Headers of the client that reach the vendor although they are on the list of those that do not (docs/headers.md), such
	// as X-Request-Path. Never those that the gateway sets itself, Authorization, or those of a single hop.
	KeepHeader []string `json:"keep_header,omitempty"`
	// Send the credential over plain HTTP or to a server whose certificate is not verified. For simulated vendors
	// and for TLS that is terminated on the same machine.
	InsecureUpstream bool `json:"insecure_upstream,omitempty"`
	// Whether requests are signed with the vendor's time, learned from the Date of its answers, once it differs by
	// more than 30 seconds: auto (the default; only from verified servers), vendor (from any) or local (never).
	Clock string `json:"clock,omitempty"`
	// How far the vendor's time may differ from the local one to be used, as in 15m (the default).
	MaxClockSkew string `json:"max_clock_skew,omitempty"`
	// The file with this credential: every option that does not stand here, in JSON with the same names. It is read
	// again when it changes, so that id and secret change together.
	CredentialsFile string `json:"credentials_file,omitempty"`
	// Refuse a configuration whose secret files are not there. Otherwise their requests are answered 503 until they are.
	RequireSecrets bool `json:"require_secrets,omitempty"`
	// The credential before this one, with the same options: it serves where the vendor does not take the new one yet.
	Previous map[string]string `json:"previous,omitempty"`
	// When the credential ends at the vendor, as in 2027-03-31; a warning comes seven days ahead.
	Expires string `json:"expires,omitempty"`
	// Limits that the vendor sets for the credential, as in "25/5m", "25/5m /logs/**" or "25/5m queue 2s": requests
	// beyond are answered 429, after they waited for their turn as long as the queue says. Requests that are not sent do
	// not count.
	Rate []string `json:"rate,omitempty"`
	// Whether a vendor's Retry-After is kept to: obey (the default; for the path that was refused, an hour at most, and for
	// others while they are refused too) or ignore.
	RetryAfter string `json:"retry_after,omitempty"`
	// The authority that signed the certificate of the vendor's token service, a PEM file; the system's by default.
	TokenCA string `json:"token_ca,omitempty"`
	// The proxy to the token service, as in http://proxy:3128; the environment's by default.
	TokenProxy string `json:"token_proxy,omitempty"`
	// A folder that gateways share, with the tokens that they fetched in it, encrypted with the credential: one of them
	// renews for all, and a restart loses none. In Caddy, its storage by default.
	TokenCache string `json:"token_cache,omitempty"`
	// How long a fetched token or session is used at most, as in 10m, where the vendor's answer says nothing of it or too much.
	TokenLifetime string `json:"token_lifetime,omitempty"`
	// The certificate that the gateway shows to the token service (RFC 8705), and its key: PEM files, which are read again for each
	// token.
	TokenClientCertificate string `json:"token_client_certificate,omitempty"`
	TokenClientKey         string `json:"token_client_key,omitempty"`
	// Whether each decision is logged for audit, with who asked: off (the default) or on. Caddy only.
	Audit string `json:"audit,omitempty"`
	// Add the header Vendorsign-Explanation to refusals of the vendor: why, as far as the gateway can tell. For
	// trusted developers; Caddy only.
	ExplainHeader bool `json:"explain_header,omitempty"`
	// Traefik only: on records the status and the start of refusals, so that the log can explain them; the default
	// off leaves answers untouched but for the first one to a new credential, whose refusal is logged. Answers that are
	// recorded are not flushed early, except upgrades and event streams.
	Observe string `json:"observe,omitempty"`
}

// PolicyOptions are the options that all vendors share. Policy has each as a field, and says what it is.
var PolicyOptions = []signers.Option{
	{Name: "host", Kind: signers.List, Sample: "1", Also: []string{"api_hostname", "fqdn", "hostname", "api_host"}},
	{Name: "allow", Kind: signers.Lines},
	{Name: "allow_credential_endpoints", Kind: signers.Flag},
	{Name: "allow_multiplexed", Kind: signers.Flag},
	{Name: "max_body", Kind: signers.Free, Sample: "1", Also: []string{"max_size"}},
	{Name: "client_hosts", Kind: signers.List, Sample: "1", Also: []string{"allowed_hosts", "allow_host", "client_host"}},
	{Name: "browser", Kind: signers.Free, Values: []string{"deny", "allow", "same_origin"}},
	{Name: "upgrade", Kind: signers.Free, Values: []string{"refuse", "websocket"}},
	{Name: "early_data", Kind: signers.Free, Values: []string{"refuse", "allow"}},
	{Name: "forwarded", Kind: signers.Free, Values: []string{"drop", "keep"}},
	{Name: "keep_header", Kind: signers.List, Sample: "1"},
	{Name: "insecure_upstream", Kind: signers.Flag, Also: []string{"insecure_skip_verify"}},
	{Name: "clock", Kind: signers.Free, Values: []string{"auto", "vendor", "local"}},
	{Name: "max_clock_skew", Kind: signers.Free, Sample: "1m"},
	{Name: "credentials_file", Kind: signers.Free, Sample: "/", Also: []string{"credential_file"}},
	{Name: "require_secrets", Kind: signers.Flag},
	{Name: "previous", Kind: signers.Block},
	{Name: "expires", Kind: signers.Free, Sample: "2100-01-01", Also: []string{"expiry"}},
	{Name: "rate", Kind: signers.Lines, Also: []string{"rate_limit"}},
	{Name: "retry_after", Kind: signers.Free, Values: []string{"obey", "ignore"}},
	{Name: "token_ca", Kind: signers.Free, Sample: "1"},
	{Name: "token_proxy", Kind: signers.Free, Address: true, Sample: "1"},
	{Name: "token_cache", Kind: signers.Free, Sample: "/tokens", Also: []string{"token_store", "token_dir"}},
	{Name: "token_lifetime", Kind: signers.Duration, Sample: "10m", Also: []string{"session_lifetime", "lifetime"}},
	{Name: "token_client_certificate", Kind: signers.Free, Sample: "1", Also: []string{"client_certificate"}},
	{Name: "token_client_key", Kind: signers.Free, Sample: "1", Also: []string{"client_key"}},
	{Name: "audit", Kind: signers.Free, Values: []string{"off", "on"}},
	{Name: "explain_header", Kind: signers.Flag},
	{Name: "observe", Kind: signers.Free, Values: []string{"off", "on"}},
}

// Options lists the options of a vendor's configuration: its own, then those that all share. The error lists the vendors.
func Options(vendor string) ([]signers.Option, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	return append(append(make([]signers.Option, 0, len(scheme.Options)+len(PolicyOptions)), scheme.Options...), PolicyOptions...), nil
}

// PolicyOf returns the part of a configuration that all vendors share.
func PolicyOf(v signers.Values) Policy {
	return Policy{
		Host:                     v["host"],
		Allow:                    v["allow"],
		AllowCredentialEndpoints: v.Flag("allow_credential_endpoints"),
		AllowMultiplexed:         v.Flag("allow_multiplexed"),
		MaxBody:                  v.Text("max_body"),
		ClientHosts:              v["client_hosts"],
		Browser:                  v.Text("browser"),
		Upgrade:                  v.Text("upgrade"),
		EarlyData:                v.Text("early_data"),
		Forwarded:                v.Text("forwarded"),
		KeepHeader:               v["keep_header"],
		InsecureUpstream:         v.Flag("insecure_upstream"),
		Clock:                    v.Text("clock"),
		MaxClockSkew:             v.Text("max_clock_skew"),
		CredentialsFile:          v.Text("credentials_file"),
		RequireSecrets:           v.Flag("require_secrets"),
		Previous:                 v.Sub("previous"),
		Expires:                  v.Text("expires"),
		Rate:                     v["rate"],
		RetryAfter:               v.Text("retry_after"),
		TokenCA:                  v.Text("token_ca"),
		TokenProxy:               v.Text("token_proxy"),
		TokenCache:               v.Text("token_cache"),
		TokenLifetime:            v.Text("token_lifetime"),
		TokenClientCertificate:   v.Text("token_client_certificate"),
		TokenClientKey:           v.Text("token_client_key"),
		Audit:                    v.Text("audit"),
		ExplainHeader:            v.Flag("explain_header"),
		Observe:                  v.Text("observe"),
	}
}

const defaultMaxBody = 10 << 20

// ParseSize reads a number of bytes with an optional unit, as max_body has it.
func ParseSize(text string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}
	for _, u := range units {
		if !strings.HasSuffix(text, u.suffix) {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, u.suffix)), 10, 64)
		if err != nil || n <= 0 || n > (1<<40)/u.bytes {
			break
		}
		return n * u.bytes, nil
	}
	return 0, errors.New("max_body must be a size such as 512KiB or 10MiB")
}
