package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

const proxyLong = `Proxy signs the requests that it receives and forwards them to the vendor, with the same code as the gateways: for
Postman, curl and debugging. It listens on loopback unless --listen says otherwise, and prints a line for each request; with
--explain also the text that was signed.

It accepts requests for localhost, for IP addresses and for the name in --listen. It refuses other names, because a web
page could make one point to this machine; --allow-host adds names.`

// proxying is what the flags of a proxy say.
type proxying struct {
	gate *gateFlags
	// Where it listens, and where requests go instead of the vendor's host.
	listen, upstream string
	// Names under which clients may ask for it, beyond those of clientHosts.
	allowHosts []string
	// The signed text is printed for each request.
	explain bool
	out     *lineWriter
	errors  io.Writer
}

// proxyCommand is `proxy`: a gateway for one person, on loopback unless told otherwise.
func proxyCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "proxy VENDOR", Short: "Sign for Postman and curl on loopback", Long: proxyLong, RunE: chooseCommand,
		Example: proxyExample,
	}
	return eachVendor(c, "Sign for", func(sub *cobra.Command, vendor string) {
		p := new(proxying)
		p.gate = newGateFlags(sub, vendor)
		sub.Flags().StringVar(&p.listen, "listen", "127.0.0.1:8085",
			"listen on this `ADDRESS` and port, or on this port of 127.0.0.1; 0 is any free port")
		sub.Flags().StringArrayVar(&p.allowHosts, "allow-host", nil, "also accept requests for this `NAME`, with any port or the given one; "+
			"*.NAME is one more label; may be repeated")
		sub.Flags().StringVar(&p.upstream, "upstream", "", "send to this `URL` instead of https:// and the host")
		sub.Flags().BoolVar(&p.explain, "explain", false, "print the text that was signed for each request")
		sub.RunE = func(c *cobra.Command, _ []string) error {
			p.out, p.errors = &lineWriter{out: c.OutOrStdout()}, c.ErrOrStderr()
			return p.run(c.Context())
		}
	})
}

// run serves until a signal or ctx ends it. Before it listens, everything that can be wrong with the
// configuration is an error.
func (p *proxying) run(ctx context.Context) error {
	addresses, err := parseListen(p.listen, 0, 1)
	if err != nil {
		return err
	}
	hosts, err := newClientHosts(addresses[0], p.allowHosts)
	if err != nil {
		return err
	}
	gate, signer, err := p.gate.build()
	if err != nil {
		return err
	}
	u, err := upstreamURL(gate, p.upstream)
	if err != nil {
		return err
	}
	// The gate tells what it signed; the text is made again from that.
	if p.explain {
		gate.OnSigned = func(m *signers.Message, at signers.Moment) { p.show(signer, m, at) }
	}
	// The Host that the client asked for, before the proxy replaced it by the vendor's.
	gate.AskedHost, gate.OneShot = askedHost, true
	listener, err := net.Listen("tcp", addresses[0])
	if err != nil {
		return failf("listening: %w", err)
	}
	// Before announcing that it listens, since whoever started it may stop it at once.
	ctx, done := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer done()
	p.out.printf("signs for %s on http://%s", u, listener.Addr())
	// Whoever can connect borrows the credential, as with any gateway without authentication.
	if everywhere(listener) {
		fmt.Fprintf(p.errors, "warning: anyone who can reach %s can use this credential; --listen 127.0.0.1:PORT serves only this machine\n",
			listener.Addr())
	}
	server := &http.Server{
		Handler:                      hosts.guard(p.handler(gate, u), p.refused),
		DisableGeneralOptionsHandler: true, // OPTIONS * is only answered for the right Host, too
		ReadHeaderTimeout:            10 * time.Second,
		ErrorLog:                     log.New(io.Discard, "", 0),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return failf("%w", err)
	}
	return nil
}

// handler passes requests on with Go's reverse proxy, whose transport signs them last. Hop-by-hop
// headers are gone by then (RFC 9110 section 7.6.1), so none can name a signed one.
func (p *proxying) handler(gate *outbound.Gate, u *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = u.Scheme, u.Host
			r.Out.Host = u.Host
			if _, ok := gate.HostEntry(r.In.Host); ok { // of several, the one that the client names
				r.Out.Host = r.In.Host
			}
		},
		Transport: &signing{gate: gate, base: newTransport(gate), answers: p.answered, refused: p.refused},
		ErrorLog:  log.New(io.Discard, "", 0),
		// An error of the transport is about the vendor; a refusal of the gate is a response
		// (signing.RoundTrip).
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			p.out.printf("%s 502 not reached: %v", asked(r), err)
			w.WriteHeader(http.StatusBadGateway)
		},
	}
}

// asked is how the line of a request begins: GET "/a". The query is left out, since it may hold a secret, and what is not
// ASCII is escaped, so that no request can steer the terminal.
func asked(r *http.Request) string { return r.Method + " " + strconv.QuoteToASCII(r.URL.Path) }

// refused prints the line of a request that was not signed: it was for another host, or the gate refused it.
func (p *proxying) refused(r *http.Request, problem *outbound.Problem) {
	p.out.printf("%s %d refused by the proxy itself: %s", asked(r), problem.Status, problem.Detail)
}

// answered prints the line of a request that the vendor answered.
func (p *proxying) answered(r *http.Request, response *http.Response, e *outbound.Explanation) {
	line := asked(r) + " " + strconv.Itoa(response.StatusCode)
	if why := gatewayRefusal(response); why != "" {
		line += " refused by a gateway with Vendorsign: " + why
	} else if e != nil {
		line += " refused, class " + e.Line()
	}
	p.out.printf("%s", line)
}

// show prints the canonical text with visible line ends, each part in 200 characters at most, secrets
// by their names.
func (p *proxying) show(signer signers.Signer, m *signers.Message, at signers.Moment) {
	parts, err := signer.Canonical(m, &at)
	if err != nil || len(parts) == 0 {
		return
	}
	lines := []string{"signed"}
	for _, part := range parts {
		text := "{" + part.Label + "}"
		if !part.Secret {
			text = strconv.QuoteToASCII(part.Text)
		}
		if len(text) > 200 {
			text = text[:200] + "..."
		}
		lines = append(lines, fmt.Sprintf("  %-22s %s", part.Label, text))
	}
	p.out.printf("%s", strings.Join(lines, "\n"))
}
