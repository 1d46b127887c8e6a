//go:build go1.21

// Package outbound takes a request through a gateway to the vendor: admission, cleansing, the body, the signature. It
// is the same for every vendor and every gateway, and depends on none of them.
//
// At load, values become a gate:
//
//	values -> [Build]: references (package credentials), credentials_file, the previous credential, what the operator permits
//	       -> credential (credential.go): the signer, bound to its policy (applypolicy.go); rotation: two of them
//	       -> [Gate], which looks once a second whether a file changed (reload.go)
//
// A request asks one [Snapshot] of the gate for everything:
//
//	[Gate.Begin] -> admit (admit.go and what it calls) -> cleanse -> body -> token, nonce, turn -> [Snapshot.Sign]
//	answer       -> [Learn]: clock, pause, why it was refused -> [Again]: one more attempt, if it is worth it
//
// Quick does the same in one function for ordinary requests, since calls are expensive in an interpreter. Package credentials
// resolves values, package tokens renews and shares tokens, package limits has rates, pauses and the vendor's clock. A check
// of requests belongs next to admit, an option next to [Policy], and anything vendor-specific in its signer.
//
// Like package signers it also runs interpreted by yaegi: standard library only, no goroutines, no error types.
package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Policy says where and for what a credential may be used. It is part of every signer's configuration.
type Policy struct {
	// The only destination of this credential: the vendor's host name, with a port if it is not the scheme's own.
	// The request goes out with it as its Host. With several names the request's own Host must be one of them.
	Host []string `json:"host,omitempty"`
	// What may be requested: methods joined by |, then paths, as in "GET|HEAD /devices/** /models". An asterisk stays
	// inside a path segment, two cross segments. An escaped path must match in every way that a server may read it. An
	// entry may end in parameters that must occur once in the query with one of the values, as in "GET /api/
	// ?type=op|report"; it matches no request with a form. Entries add up. Without any, everything is allowed except the
	// vendor's own credential endpoints.
	Allow []string `json:"allow,omitempty"`
	// Let requests through that read, reset or make a credential at the vendor itself.
	AllowCredentialEndpoints bool `json:"allow_credential_endpoints,omitempty"`
	// Let requests through to endpoints that choose what they do by a parameter or a body (GraphQL, batches, PAN-OS' type=) and
	// not by the path: allow and the guards of credential endpoints cannot tell what such a request does.
	AllowMultiplexed bool `json:"allow_multiplexed,omitempty"`
	// The largest body buffered for signing, as in 512KiB or 10MiB (the default). Bodies that the signature does not
	// cover are streamed, whatever their size.
	MaxBody string `json:"max_body,omitempty"`
	// The names under which clients may ask for this credential, as in acme.internal, "*.internal" (one label) or
	// 10.0.0.5:8080: a request with any other Host gets a 421. Default: any. Without it, a web page whose own name is
	// made to resolve to the gateway (DNS rebinding) can read the vendor's answers.
	ClientHosts []string `json:"client_hosts,omitempty"`
	// Whether web pages may send requests: deny (the default) refuses any Origin, any Sec-Fetch-Site except none, and a
	// Referer of another host; same_origin allows pages of the site that the client asks for, allow any page.
	Browser string `json:"browser,omitempty"`
	// Whether a connection may be upgraded to another protocol, over which the client talks to the vendor directly:
	// refuse (the default), or websocket, for WebSockets and nothing else (RFC 6455).
	Upgrade string `json:"upgrade,omitempty"`
	// Whether to sign requests that came in TLS early data (0-RTT), which can be recorded and replayed: refuse (the
	// default; they get a 425) or allow. The header Early-Data informs the vendor (RFC 8470).
	EarlyData string `json:"early_data,omitempty"`
	// What to do with headers about the client and its route (X-Forwarded-*, Via, Cookie, the gateway's identity
	// headers): drop (the default) removes them, keep passes them on to the vendor.
	Forwarded string `json:"forwarded,omitempty"`
	// Headers of the client that reach the vendor although they are on the list of those that are removed (docs/headers.md),
	// such as X-Request-Path. Never those that the gateway sets itself, Authorization, or those of a single hop.
	KeepHeader []string `json:"keep_header,omitempty"`
	// Sign only what an app's local key has signed, and vendorsign_verify has verified; any other request gets a 403. In Traefik the
	// option apps implies it.
	RequireApp bool `json:"require_app,omitempty"`
	// Send the credential over plain HTTP or to a server whose certificate is not verified. For simulated vendors
	// and for TLS that is terminated on the same machine.
	InsecureUpstream bool `json:"insecure_upstream,omitempty"`
	// Whether to sign with the vendor's time, learned from the Date of its answers, once it differs by more than 30
	// seconds: auto (the default; only from verified servers), vendor (from any) or local (never).
	Clock string `json:"clock,omitempty"`
	// The largest clock difference that is corrected, as in 15m (the default).
	MaxClockSkew string `json:"max_clock_skew,omitempty"`
	// The file with this credential: every option that is not set here, in JSON with the same names. It is read again
	// when it changes, so that id and secret change together.
	CredentialsFile string `json:"credentials_file,omitempty"`
	// Refuse a configuration whose secret files do not exist. Otherwise its requests get a 503 until they do.
	RequireSecrets bool `json:"require_secrets,omitempty"`
	// The previous credential, with the same options: it is used until the vendor accepts the new one.
	Previous map[string]string `json:"previous,omitempty"`
	// When the credential expires, as in 2027-03-31; a warning is logged from seven days before.
	Expires string `json:"expires,omitempty"`
	// Limits that the vendor sets for the credential, as in "25/5m", "25/5m /logs/**" or "25/5m queue 2s": requests
	// above them get a 429, after they have waited for their turn for as long as the queue says. Requests that are not
	// sent do not count.
	Rate []string `json:"rate,omitempty"`
	// Whether to obey a vendor's Retry-After: obey (the default; for the path that was refused, for an hour at most, and
	// for others if they are refused too) or ignore.
	RetryAfter string `json:"retry_after,omitempty"`
	// The CA certificate of the vendor's token service, a PEM file; the system's CAs by default.
	TokenCA string `json:"token_ca,omitempty"`
	// The proxy to the token service, as in http://proxy:3128; the environment's by default.
	TokenProxy string `json:"token_proxy,omitempty"`
	// A shared folder for fetched tokens, encrypted with the credential: one gateway renews for all, and a restart loses
	// none. In Caddy, its storage by default.
	TokenCache string `json:"token_cache,omitempty"`
	// How long a fetched token or session is used at most, as in 10m, if the vendor's answer does not say or says too long.
	TokenLifetime string `json:"token_lifetime,omitempty"`
	// The client certificate for the token service (RFC 8705), and its key: PEM files, which are read again for each token.
	TokenClientCertificate string `json:"token_client_certificate,omitempty"`
	TokenClientKey         string `json:"token_client_key,omitempty"`
	// Whether to log each decision for audit, with the client's identity: off (the default), on, or required, which refuses a
	// request whose event cannot be written (docs/audit.md).
	Audit string `json:"audit,omitempty"`
	// Where Caddy writes the events of audit, in place of its log: the name of a log writer and its arguments, as in
	// "file /var/log/vendorsign/audit.json".
	AuditOutput []string `json:"audit_output,omitempty"`
	// Where Traefik writes the events of audit, in place of its standard output: the name of a file in the operator's folder.
	AuditFile string `json:"audit_file,omitempty"`
	// Add the header Vendorsign-Explanation to refusals by the vendor, with the reason as far as the gateway can tell.
	// For trusted developers; Caddy only.
	ExplainHeader bool `json:"explain_header,omitempty"`
	// Traefik only: on records the status and the start of refusals, so that the log can explain them; the default off
	// leaves answers untouched except the first one to a new credential, whose refusal is logged. Recorded answers are
	// not flushed early, except upgrades and event streams.
	Observe string `json:"observe,omitempty"`
}

// PolicyOptions are the options that all vendors share. Policy documents each of them as a field.
var PolicyOptions = []signers.Option{
	{Name: "host", Kind: signers.List, Sample: "1", Also: []string{"api_hostname", "fqdn", "hostname", "api_host"}},
	{Name: "allow", Kind: signers.Lines, Restricts: true},
	{Name: "allow_credential_endpoints", Kind: signers.Flag},
	{Name: "allow_multiplexed", Kind: signers.Flag},
	{Name: "max_body", Kind: signers.Free, Sample: "1", Also: []string{"max_size"}},
	{Name: "client_hosts", Kind: signers.List, Restricts: true, Sample: "1", Also: []string{"allowed_hosts", "allow_host", "client_host"}},
	{Name: "browser", Kind: signers.Free, Values: []string{"deny", "allow", "same_origin"}},
	{Name: "upgrade", Kind: signers.Free, Values: []string{"refuse", "websocket"}},
	{Name: "early_data", Kind: signers.Free, Values: []string{"refuse", "allow"}},
	{Name: "forwarded", Kind: signers.Free, Values: []string{"drop", "keep"}},
	{Name: "keep_header", Kind: signers.List, Sample: "1"},
	{Name: "require_app", Kind: signers.Flag, Restricts: true, Also: []string{"require_apps"}},
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
	{Name: "audit", Kind: signers.Free, Values: []string{"off", "on", "required"}},
	{Name: "audit_output", Kind: signers.List, Sample: "stdout"},
	{Name: "audit_file", Kind: signers.Free, Sample: "audit.json"},
	{Name: "explain_header", Kind: signers.Flag},
	{Name: "observe", Kind: signers.Free, Values: []string{"off", "on"}},
}

// Options lists the options of a vendor's configuration: its own, then those that all share. The error lists the vendors. The
// slice is the caller's.
func Options(vendor string) ([]signers.Option, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	return allOptions(scheme), nil
}

// allOptions are the options of a scheme, then the common ones. The slice is the caller's.
func allOptions(scheme signers.Scheme) []signers.Option {
	return append(append(make([]signers.Option, 0, len(scheme.Options)+len(PolicyOptions)), scheme.Options...), PolicyOptions...)
}

// PolicyOf returns the part of a configuration that all vendors share, as it is given: nothing is checked (see applyPolicy), and
// references are resolved only if those of v are.
func PolicyOf(v signers.Values) Policy {
	text := make(map[string]string, len(v)) // interpreted, this takes a fifth of the time of calling v.Text for each option
	previous := false
	for name, values := range v {
		if len(values) > 0 {
			text[name] = values[0]
		}
		if strings.HasPrefix(name, "previous.") {
			previous = true
		}
	}
	p := Policy{
		Host:                     v["host"],
		Allow:                    v["allow"],
		AllowCredentialEndpoints: text["allow_credential_endpoints"] == "true",
		AllowMultiplexed:         text["allow_multiplexed"] == "true",
		MaxBody:                  text["max_body"],
		ClientHosts:              v["client_hosts"],
		Browser:                  text["browser"],
		Upgrade:                  text["upgrade"],
		EarlyData:                text["early_data"],
		Forwarded:                text["forwarded"],
		KeepHeader:               v["keep_header"],
		RequireApp:               text["require_app"] == "true",
		InsecureUpstream:         text["insecure_upstream"] == "true",
		Clock:                    text["clock"],
		MaxClockSkew:             text["max_clock_skew"],
		CredentialsFile:          text["credentials_file"],
		RequireSecrets:           text["require_secrets"] == "true",
		Expires:                  text["expires"],
		Rate:                     v["rate"],
		RetryAfter:               text["retry_after"],
		TokenCA:                  text["token_ca"],
		TokenProxy:               text["token_proxy"],
		TokenCache:               text["token_cache"],
		TokenLifetime:            text["token_lifetime"],
		TokenClientCertificate:   text["token_client_certificate"],
		TokenClientKey:           text["token_client_key"],
		Audit:                    text["audit"],
		AuditOutput:              v["audit_output"],
		AuditFile:                text["audit_file"],
		ExplainHeader:            text["explain_header"] == "true",
		Observe:                  text["observe"],
	}
	if previous {
		p.Previous = v.Sub("previous")
	}
	return p
}
