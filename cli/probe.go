package cli

import (
	"cmp"
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

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

const probeLong = `Probe sends a cheap, harmless request, signed as a gateway signs it, and says whether the vendor accepted it, or why not.
Then it shows the steps: the connection, TLS, the vendor's clock, and the request with names instead of secrets. The exit
status is 0 if the vendor accepted the signature.

The requests: ` + probeCalls + `; that of a preset is on its page. --target names another.`

// probing is what the flags of a probe say, and what was learnt on the way that must not be shown.
type probing struct {
	gate *gateFlags
	// --upstream and --target.
	upstream, query string
	// Nothing is sent; all headers are shown.
	dryRun, verbose bool

	sts bool // ask AWS whose credential it is

	fetched map[string]string // the token and what came with it, with what is shown in their place
}

// probeCommand has a command for each vendor. The exit status is for monitoring.
func probeCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "probe VENDOR", Short: "See whether a credential works, step by step", Long: probeLong, RunE: chooseCommand,
		Example: probeExample,
	}
	return eachVendor(c, "Probe", func(sub *cobra.Command, vendor string) {
		p := new(probing)
		p.gate = newGateFlags(sub, vendor)
		sub.Flags().StringVar(&p.upstream, "upstream", "", "send to this `URL` instead of https:// and the host")
		sub.Flags().StringVar(&p.query, "target", "", "request this `PATH` with GET")
		sub.Flags().BoolVar(&p.dryRun, "dry-run", false, "print the request, and send nothing")
		sub.Flags().BoolVarP(&p.verbose, "verbose", "v", false, "show the request's headers in full")
		if vendor == "aws" {
			sub.Flags().BoolVar(&p.sts, "sts", false, "ask AWS STS whose credential it is (GetCallerIdentity), whatever the service is")
		}
		sub.RunE = func(c *cobra.Command, _ []string) error { return p.run(c.Context(), c.OutOrStdout()) }
	})
}

// run signs and sends one harmless request. The verdict comes first, and what led to it afterwards:
//
//	accepted  200 OK
//
//	  reached  127.0.0.1:9105 in 1 ms
//	  clock    the vendor's differs by +0 s
//
//	GET /auth/v2/check HTTP/1.1
//	...
func (p *probing) run(ctx context.Context, out io.Writer) error {
	// allow restricts clients; the operator's own probe may call what they may not.
	p.gate.operator = true
	if p.sts {
		if p.query != "" {
			return usagef("--sts and --target cannot be used together")
		}
		p.gate.amend = forSTS
	}
	gate, signer, err := p.gate.build()
	if err != nil {
		return err
	}
	if p.query != "" && p.query[0] != '/' {
		return usagef("--target must be a path that begins with a slash, as in /admin/v1/users")
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
		return usagef("no harmless request to %s is known; name a path with --target, where GET changes nothing", p.gate.Vendor)
	}
	// A probe that monitoring runs must end, whatever the vendor does.
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, u.Scheme+"://"+u.Host+target, nil)
	if err != nil {
		return usagef("--target is not a path: %w", err)
	}
	named := func(option string) string { return "{" + option + "}" }
	at := signers.Moment{Time: time.Now()}
	at.Date = signer.Date(at.Time)
	m := signers.Message{Method: method, Host: u.Host, Target: target}
	shown := newDisguise(p.gate.Vendor, signer, p.gate.resolved.Values, m, at, named)
	sc := screen.Of(out)
	var steps []screen.Pair // what leads to the verdict, which comes first
	// What the gate does on the way is reported by its hooks; the gate itself prints nothing.
	gate.OnFetch = func(asked signers.TokenRequest, answer signers.TokenAnswer, took time.Duration, err error) {
		steps = append(steps, tokenStep(asked, answer, took, err))
	}
	p.fetched = make(map[string]string)
	// The token and what came with it are known only now, and must not be shown.
	gate.OnSigned = func(_ *signers.Message, at signers.Moment) {
		p.fetched[at.Token] = "{token}"
		for name, value := range at.More {
			p.fetched[value] = "{token." + name + "}"
		}
	}
	reason := ""
	gate.OnNews = func(news string) { reason = news }
	signed := gate.Begin(time.Now()).Sign(r, target)
	// The gate refused: nothing was sent, but perhaps a token was asked for.
	if signed.Problem != nil {
		// A token was asked for, and that is where it failed: the steps say how.
		if len(steps) > 0 {
			text := sc.Bad("no token") + "\n\n" + screen.Columns(steps, sc.Prose())
			if _, err := io.WriteString(out, text); err != nil {
				return failf("writing the answer: %w", err)
			}
			return failf("%s", cmp.Or(reason, signed.Problem.Detail))
		}
		return failf("the gateway refuses it: %s", signed.Problem.Detail)
	}
	// Signers only ever change the query: by adding parameters or by putting them in order.
	r.URL.RawQuery = strings.TrimPrefix(strings.TrimPrefix(signed.Target, r.URL.EscapedPath()), "?")
	// A request that is not sent is shown as a whole.
	if p.dryRun {
		p.verbose = true
		_, err := io.WriteString(out, p.request(r, signed, shown, sc.Prose()))
		return err
	}
	verdict, answer, failed := p.send(r, gate, signed, func(step, text string) { steps = append(steps, screen.Pair{Left: step, Right: text}) })
	if verdict == "" { // the error says everything
		return failed
	}
	head, paint := fmt.Sprintf("%-10s", verdict), sc.Good
	if failed != nil {
		paint = sc.Bad
	}
	text := paint(verdict) + strings.TrimPrefix(screen.Hang(head, screen.Wrap(answer, sc.Prose()-len(head))), verdict) +
		"\n" + screen.Columns(steps, sc.Prose()) + "\n" + p.request(r, signed, shown, sc.Prose())
	if _, err := io.WriteString(out, text); err != nil {
		return failf("writing the answer: %w", err)
	}
	return failed
}

// tokenStep is a request to a token service, for people: where it went and what came back, without
// anything that was sent.
func tokenStep(asked signers.TokenRequest, answer signers.TokenAnswer, took time.Duration, err error) screen.Pair {
	address, _, _ := strings.Cut(asked.URL, "?")
	text := asked.Method + " " + address + ": "
	if err != nil {
		return screen.Pair{Left: "token", Right: text + plainly(err).Error()}
	}
	return screen.Pair{Left: "token", Right: fmt.Sprintf("%s%d in %d ms", text, answer.Status, took.Milliseconds())}
}

// plainly explains the error of a server that answers TLS in plain text.
func plainly(err error) error {
	var notTLS tls.RecordHeaderError
	// The error has a connection if the first record was none of TLS.
	if errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &notTLS) && notTLS.Conn != nil {
		return errors.New("the server speaks plain http on this port; name its https port in --host, or, for a simulated vendor, add " +
			"--insecure-upstream --upstream http://HOST:PORT")
	}
	return err
}

// request shows the request with the names of secrets in their place. What is too long is cut, or with
// -v goes on in the next line.
func (p *probing) request(r *http.Request, signed outbound.Outcome, shown *disguise, width int) string {
	lines := []string{r.Method + " " + shown.shownTarget(signed.Target) + " HTTP/1.1", "Host: " + r.Host}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			lines = append(lines, name+": "+shown.value(name, p.gate.redact(p.withoutToken(value))))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		if p.verbose {
			line = strings.Join(screen.Fold(line, width-2), "\n  ")
		} else {
			line = screen.Shorten(line, width)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// withoutToken is a value with the name of what was fetched in its place.
func (p *probing) withoutToken(value string) string {
	for secret, name := range p.fetched {
		if secret != "" {
			value = strings.ReplaceAll(value, secret, name)
		}
	}
	return value
}

// send sends the request. It returns the verdict in a word and what the vendor says, and calls step
// with what leads to it. Without an answer there is no verdict.
//
//	no refusal                   accepted, no error
//	refused for want of a right  refused, no error: the vendor recognised the credential, which is what was asked
//	a gateway of ours refuses    refused, and an error: the vendor was not asked
//	any other refusal            refused, and an error: exit status 1
//	no answer                    an error alone
func (p *probing) send(r *http.Request, gate *outbound.Gate, signed outbound.Outcome, step func(step, text string)) (
	verdict, answer string, err error,
) {
	start := time.Now()
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			step("reached", fmt.Sprintf("%s in %d ms", info.Conn.RemoteAddr(), time.Since(start).Milliseconds()))
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				verified := "verified"
				if len(state.VerifiedChains) == 0 {
					verified = "NOT verified"
				}
				step("TLS", fmt.Sprintf("%s, certificate for %s %s", tls.VersionName(state.Version), state.ServerName, verified))
			}
		},
	}))
	// A new transport, so that a connection is made, and measured, now.
	transport := newTransport(gate)
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "", "", failf("not reached: %w", plainly(err))
	}
	defer response.Body.Close()
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		// A Date has whole seconds, cut off: half a second later is the best guess.
		step("clock", fmt.Sprintf("the vendor's differs by %+d s", int(time.Until(date.Add(time.Second/2)).Round(time.Second)/time.Second)))
	}
	// --upstream may be a gateway, to try the local key of an app.
	if why := gatewayRefusal(response); why != "" {
		return "refused", response.Status + " by a gateway with Vendorsign: " + why, failf("the gateway refused the request")
	}
	explanation := learn(gate, response, signed)
	if explanation == nil {
		if p.sts {
			text, err := readPrincipal(response.Body)
			if err != nil {
				return "", "", err
			}
			step("principal", text)
		}
		return "accepted", response.Status, nil
	}
	answer = response.Status + ": class " + explanation.Line()
	if explanation.Refusal == signers.RefusedRights {
		return "refused", answer + "; the signature itself was right", nil
	}
	return "refused", answer, failf("the vendor refused the credential")
}
