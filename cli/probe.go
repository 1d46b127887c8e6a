package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
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
	target          string // what is requested
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
	// A probe that monitoring runs must end, whatever the vendor does.
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	gate, r, shown, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	sc := screen.Of(out)
	var steps []screen.Pair // what leads to the verdict, which comes first
	step := func(name, text string) { steps = append(steps, screen.Pair{Left: name, Right: text}) }
	// What the gate does on the way is reported by its hooks; the gate itself prints nothing.
	gate.OnFetch = func(asked signers.TokenRequest, answer signers.TokenAnswer, took time.Duration, err error) {
		step("token", tokenStep(asked, answer, took, err))
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
	signed := gate.Begin(time.Now()).Sign(r, p.target)
	switch {
	// A token was asked for, and that is where it failed: the steps say how.
	case signed.Problem != nil && len(steps) > 0:
		text := sc.Bad("no token") + "\n\n" + screen.Columns(steps, sc.Prose())
		return written(out, text, failf("%s", cmp.Or(reason, signed.Problem.Detail)))
	case signed.Problem != nil:
		return failf("the gateway refuses it: %s", signed.Problem.Detail)
	}
	// Signers only ever change the query: by adding parameters or by putting them in order.
	r.URL.RawQuery = strings.TrimPrefix(strings.TrimPrefix(signed.Target, r.URL.EscapedPath()), "?")
	// A request that is not sent is shown as a whole.
	if p.dryRun {
		p.verbose = true
		return written(out, p.request(r, signed, shown, sc.Prose()), nil)
	}
	verdict, answer, failed := p.send(r, gate, signed, step)
	if verdict == "" { // the error says everything
		return failed
	}
	head, paint := fmt.Sprintf("%-10s", verdict), sc.Good
	if failed != nil {
		paint = sc.Bad
	}
	text := paint(verdict) + strings.TrimPrefix(screen.Hang(head, screen.Wrap(answer, sc.Prose()-len(head))), verdict) +
		"\n" + screen.Columns(steps, sc.Prose()) + "\n" + p.request(r, signed, shown, sc.Prose())
	return written(out, text, failed)
}

// written writes an answer, and returns the error that the command ends with: failed, unless the answer cannot be written.
func written(out io.Writer, text string, failed error) error {
	if _, err := io.WriteString(out, text); err != nil {
		return failf("writing the answer: %w", err)
	}
	return failed
}

// prepare makes the gate and the request of a probe, and what hides the secrets of the request when it is shown.
func (p *probing) prepare(ctx context.Context) (*outbound.Gate, *http.Request, *disguise, error) {
	// allow restricts clients; the operator's own probe may call what they may not.
	p.gate.operator = true
	if p.sts {
		if p.query != "" {
			return nil, nil, nil, usagef("--sts and --target cannot be used together")
		}
		p.gate.amend = forSTS
	}
	gate, signer, err := p.gate.build()
	if err != nil {
		return nil, nil, nil, err
	}
	if p.query != "" && p.query[0] != '/' {
		return nil, nil, nil, usagef("--target must be a path that begins with a slash, as in /admin/v1/users")
	}
	u, err := upstreamURL(gate, p.upstream)
	if err != nil {
		return nil, nil, nil, err
	}
	probe := signer.Traits().Probe
	if p.query != "" {
		probe = signers.Probe{Method: http.MethodGet, Target: p.query}
	}
	if probe.Target == "" {
		return nil, nil, nil, usagef("no harmless request to %s is known; name a path with --target, where GET changes nothing", p.gate.Vendor)
	}
	p.target = probe.Target
	r, err := http.NewRequestWithContext(ctx, probe.Method, u.Scheme+"://"+u.Host+probe.Target, nil)
	if err != nil {
		return nil, nil, nil, usagef("--target is not a path: %w", err)
	}
	named := func(option string) string { return "{" + option + "}" }
	at := signers.Moment{Time: time.Now()}
	at.Date = signer.Date(at.Time)
	m := signers.Message{Method: probe.Method, Host: u.Host, Target: probe.Target}
	return gate, r, newDisguise(p.gate.Vendor, signer, p.gate.resolved.Values, m, at, named), nil
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
