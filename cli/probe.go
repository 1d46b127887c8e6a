package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

const probeLong = `Probe sends the vendor's cheapest harmless call, signed as a gateway would, and reports step by step: reached, TLS,
the vendor's clock, accepted or why not. The exit status is 0 if the vendor accepted the signature.

The calls: ` + probeCalls + `; a preset's is on its page. --target names another.`

// probing is what the flags of a probe say.
type probing struct {
	gate            *gateFlags
	upstream, query string
	dryRun          bool
}

func probeCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "probe VENDOR", Short: "See whether a credential works, step by step", Long: probeLong, RunE: chooseCommand,
		Example: probeExample,
	}
	return eachVendor(c, "Probe", func(sub *cobra.Command, vendor string) {
		p := new(probing)
		p.gate = newGateFlags(sub, vendor)
		sub.Flags().StringVar(&p.upstream, "upstream", "", "send to this `URL` instead of https:// and the host")
		sub.Flags().StringVar(&p.query, "target", "", "call this `PATH` with GET")
		sub.Flags().BoolVar(&p.dryRun, "dry-run", false, "print the request, and send nothing")
		sub.RunE = func(c *cobra.Command, _ []string) error { return p.run(c.Context(), c.OutOrStdout()) }
	})
}

func (p *probing) run(ctx context.Context, out io.Writer) error {
	p.gate.operator = true
	gate, signer, err := p.gate.build()
	if err != nil {
		return err
	}
	u, err := upstreamURL(gate, p.upstream)
	if err != nil {
		return err
	}
	probe := signer.Traits().Probe
	method, target := probe.Method, probe.Target
	if p.query != "" {
		method, target = http.MethodGet, p.query
	}
	if target == "" {
		return misuse("no harmless call of %s is known; name one that changes nothing with --target", p.gate.Vendor)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, u.Scheme+"://"+u.Host+target, nil)
	if err != nil {
		return misuse("--target is not a path: %w", err)
	}
	named := func(option string) string { return "{" + option + "}" }
	at := signers.Moment{Time: time.Now()}
	at.Date = signer.Date(at.Time)
	m := signers.Message{Method: method, Host: u.Host, Target: target}
	shown := newDisguise(p.gate.Vendor, signer, p.gate.resolved.Values, m, at, named)
	signed := gate.Begin(time.Now()).Sign(r, target)
	if signed.Problem != nil {
		return no("the gateway refuses it: %s", signed.Problem.Detail)
	}
	r.URL.RawQuery = strings.TrimPrefix(strings.TrimPrefix(signed.Target, r.URL.EscapedPath()), "?")
	p.print(out, r, signed, shown)
	if p.dryRun {
		return nil
	}
	return p.send(out, r, gate, signed)
}

// plainly says of a server that answers TLS in plain text what it is.
func plainly(err error) error {
	for _, sign := range []string{"server gave HTTP response to HTTPS client", "first record does not look like a TLS handshake"} {
		if strings.Contains(err.Error(), sign) {
			return errors.New("the server speaks plain http on this port; name its https port in --host, or, for a simulated vendor, add " +
				"--insecure-upstream --upstream http://HOST:PORT")
		}
	}
	return err
}

// print shows the request with the names of secrets in their place.
func (p *probing) print(out io.Writer, r *http.Request, signed outbound.Outcome, shown *disguise) {
	fmt.Fprintf(out, "%s %s HTTP/1.1\nHost: %s\n", r.Method, shown.shownTarget(signed.Target), r.Host)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			fmt.Fprintf(out, "%s: %s\n", name, shown.value(name, p.gate.redact(value)))
		}
	}
	fmt.Fprintln(out)
}

// send reports each step as it succeeds.
func (p *probing) send(out io.Writer, r *http.Request, gate *outbound.Gate, signed outbound.Outcome) error {
	start := time.Now()
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			fmt.Fprintf(out, "reached   %s in %d ms\n", info.Conn.RemoteAddr(), time.Since(start).Milliseconds())
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				verified := "verified"
				if len(state.VerifiedChains) == 0 {
					verified = "NOT verified"
				}
				fmt.Fprintf(out, "TLS       %s, certificate for %s %s\n", tls.VersionName(state.Version), state.ServerName, verified)
			}
		},
	}))
	transport := newTransport(gate)
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return no("not reached: %w", plainly(err))
	}
	defer response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		fmt.Fprintf(out, "clock     the vendor's differs by %+d s\n", int(time.Until(date.Add(time.Second/2)).Round(time.Second)/time.Second))
	}
	explanation := learn(gate, response, signed)
	if explanation == nil {
		fmt.Fprintf(out, "accepted  %s\n", response.Status)
		return nil
	}
	fmt.Fprintf(out, "refused   %s: class %s\n", response.Status, explanation.Line())
	if explanation.Refusal == signers.RefusedRights {
		fmt.Fprintln(out, "          the signature itself was right")
		return nil
	}
	return no("the vendor refused the credential")
}
