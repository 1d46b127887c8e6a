package modules

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
)

// setScheme sets the scheme of out as Caddy's transport http will: https if it has TLS and the port is not in
// tls_except_ports. Transports of other modules choose their own.
func (t *sender) setScheme(out *http.Request) {
	if t.http != nil {
		t.http.SetScheme(out)
	}
}

// restoreHost undoes what reverse_proxy did to the Host: over TLS it writes the upstream's
// (HTTPTransport.RequestHeaderOps), unless header_up says otherwise. A credential with several hosts needs the
// client's choice, because the Host is what many schemes sign. An armed request remembers it from before
// reverse_proxy.
//
//	client asks for eu.api.example, upstream 192.0.2.7:443  ->  Host: eu.api.example
//	header_up Host us.api.example                           ->  Host: us.api.example, as the operator says
func restoreHost(out *http.Request, snapshot *outbound.Snapshot) {
	out.Host = withoutRoot(out.Host)
	asked, any := askedHost(out)
	if a := armedBy(out); a != nil {
		asked, any = a.host, true
		if _, ok := snapshot.HostFor(out.Host); !ok {
			out.Host = a.host
		}
	}
	// The Host is that of the upstream, so reverse_proxy has written it.
	if any && nameOf(out.Host) == nameOf(dialled(out)) {
		out.Host = snapshot.ChooseHost(asked, out.Host)
	}
}

// wrongUpstream refuses an upstream that the credential is not bound to: neither the address that is dialled nor
// the name that its certificate must have. Nil: the credential may be sent there. It is checked for each attempt,
// as upstreams may be dynamic.
func (t *sender) wrongUpstream(snapshot *outbound.Snapshot, out *http.Request) *outbound.Problem {
	if host := redirected(out); host != "" && !snapshot.Bound(host) {
		return outbound.UpstreamProblem("a health check was redirected to a server that is not one of the hosts that this credential is bound to")
	}
	// A transport of another module cannot be asked: for it watchConnection checks the connection itself.
	if t.http != nil && !snapshot.Insecure() {
		if out.URL.Scheme != "https" {
			return outbound.UpstreamProblem("the upstream is plain http, and insecure_upstream is not set")
		}
		if !t.verifies(out) {
			return outbound.UpstreamProblem("the upstream's certificate is not verified, and insecure_upstream is not set")
		}
	}
	if snapshot.Insecure() {
		info, _ := reverseproxy.GetDialInfo(out.Context())
		if t.anywhere || caddy.IsUnixNetwork(info.Network) || caddy.IsFdNetwork(info.Network) {
			return nil // a socket on this machine has no name to compare
		}
	}
	if snapshot.Bound(dialled(out)) {
		return nil
	}
	if t.verifies(out) {
		// The address may be that of a tunnel; the certificate proves who is behind it.
		if name := serverName(t.http, out); name != "" && snapshot.Bound(name) {
			return nil
		}
	}
	return outbound.UpstreamProblem("the upstream is not one of the hosts that this credential is bound to")
}

// verifies reports whether out goes over TLS to a server whose certificate is verified. Of a transport of another
// module that is not known: false.
func (t *sender) verifies(out *http.Request) bool {
	return t.http != nil && out.URL.Scheme == "https" && (t.http.TLS == nil || !t.http.TLS.InsecureSkipVerify)
}

// sharesPool reports whether out may get a connection that another request has opened to another server: the name that its
// certificate must have varies by request, and connections are pooled by address. It does not matter if the address itself is
// a host.
func sharesPool(t *reverseproxy.HTTPTransport, out *http.Request, snapshot *outbound.Snapshot) bool {
	return t.TLS != nil && strings.Contains(t.TLS.ServerName, "{") && !snapshot.Bound(dialled(out))
}

// watchConnection checks the connection of a request that may reach a server other than the credential's. Such a connection is closed
// before the first byte is written.
func (t *sender) watchConnection(out *http.Request, snapshot *outbound.Snapshot) *http.Request {
	host := out.Host
	return onConnection(out, func(info httptrace.GotConnInfo) {
		if reason := snapshot.CheckConn(info.Conn); reason != "" {
			t.connClosed(host, snapshot.Fingerprint(), reason)
		}
	})
}

// onConnection makes Go's client call got for each connection that it gets for out, before it writes to it. Go's
// client for HTTP/3 does not.
func onConnection(out *http.Request, got func(httptrace.GotConnInfo)) *http.Request {
	return out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{GotConn: got}))
}

// dialled is the address that r goes to: that which reverse_proxy has chosen, with its port.
func dialled(r *http.Request) string {
	if info, ok := reverseproxy.GetDialInfo(r.Context()); ok {
		return withoutRoot(info.Address)
	}
	return withoutRoot(r.URL.Host)
}

// withoutRoot drops the dot of the root from an address with a port. The targets of SRV records end in it, while the names of
// certificates, for which Go's client drops it as well, do not: "api.acme.example.:443" -> "api.acme.example:443".
func withoutRoot(address string) string {
	if name, port, ok := strings.Cut(address, ".:"); ok {
		return name + ":" + port
	}
	return address
}

// redirected is the server that r is for, with its port, if that is not the one that is dialled; usually it is empty. An active
// health check follows redirects with health_follow_redirects, and each leads to another RoundTrip. Its context still has the
// upstream, which Caddy's transport dials, but a proxy for outgoing requests (network_proxy, HTTPS_PROXY) and HTTP/3 go by the URL.
func redirected(r *http.Request) string {
	info, ok := reverseproxy.GetDialInfo(r.Context())
	if r.Response == nil || ok && strings.HasPrefix(info.Network, "unix") { // Response is set in redirects alone
		return ""
	}
	port := r.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	host := withoutRoot(net.JoinHostPort(r.URL.Hostname(), port))
	if strings.EqualFold(host, dialled(r)) {
		return ""
	}
	return host
}

// serverName is the name that the upstream's certificate must have, if the configuration gives it one of its own;
// empty: it is that of the address.
func serverName(t *reverseproxy.HTTPTransport, r *http.Request) string {
	if t.TLS == nil || t.TLS.ServerName == "" || slices.Contains(t.TLS.ExceptPorts, r.URL.Port()) {
		return ""
	}
	return filledIn(r, t.TLS.ServerName)
}

// filledIn is a text of the configuration with the placeholders that only a request fills in.
func filledIn(r *http.Request, text string) string {
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		return replacer.ReplaceAll(text, "")
	}
	return text
}
