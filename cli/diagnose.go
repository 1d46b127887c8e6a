package cli

import (
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/diagnose"
)

var diagnoseLong = `Diagnose says why a vendor refused a request that another program signed. With the secret, it repeats the mistakes that
clients are known to make until one gives the same signature, which proves the cause. Without the secret, it checks what
can be seen: the form of each header, the date and the vendor's answer.

The request is a curl command as typed, scripted or copied (for bash or Windows' cmd), HTTP as text or as curl -v prints
it, or an entry of a HAR file. You can add the vendor's answer, also as a client's message ("Received 403 Access
forbidden"). If the text lacks the value of a variable or command, that is reported (variable_unexpanded):

` + diagnoseByCurl + `

Without arguments it reads JSON from standard input, one request per line, and writes one answer per line, in the same order:

  signer    one of ` + signerNames + `
  config    the options, as for sign. Secrets are literal here, and optional.
  request   method, url, headers, body or body_b64: as it was sent
  response  status, headers and body of the vendor's answer; optional. Its Date is the vendor's clock.
  now       when the request was made, such as 2026-01-02T03:04:05.678Z; optional

An answer has the keys class (A to K as in docs/causes.md, where J is unexplained; none if the request is right), causes,
explanation, fix and proved; or only error.

Exit status: 0 each cause was found, or nothing is wrong; 1 at least one request is unexplained or could not be read; 2
usage error.`

// diagnosing is what the flags say.
type diagnosing struct {
	// The options, of which the secret may be missing.
	gate                     *gateFlags
	curl, raw, har, response string
	// Of --har: the number of the entry, from 1. 0: the one that has the vendor's headers.
	entry           int
	now             string
	asJSON, verbose bool
	// The line ends at the end of the request's text, which may belong to its body.
	lineEnd []byte
}

// diagnoseCommand is `diagnose`: without a vendor it answers JSON lines, with one a request from the
// command line.
func diagnoseCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "diagnose [VENDOR]", Short: "Say why a vendor refused a request", Long: diagnoseLong,
		Example: diagnoseExample,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return chooseCommand(c, args)
			}
			return diagnoseLines(c.InOrStdin(), c.OutOrStdout(), time.Now)
		},
	}
	return eachVendor(c, "Diagnose a request to", func(sub *cobra.Command, vendor string) {
		d := new(diagnosing)
		d.gate = newGateFlags(sub, vendor)
		sub.Flags().StringVar(&d.curl, "curl", "", "the request as a curl `LINE`, or - to read a line or script from standard input")
		sub.Flags().StringVar(&d.raw, "raw", "", "the request as HTTP text or as curl -v prints it, in a `FILE` or -")
		sub.Flags().StringVar(&d.har, "har", "", "the request as an entry of a HAR `FILE`, or of -")
		sub.Flags().IntVar(&d.entry, "entry", 0, "the `NUMBER` of the HAR file's entry, from 1")
		sub.Flags().StringVar(&d.response, "response", "", "the vendor's answer, as a `FILE` or as text: what curl -i or curl -v printed, "+
			"the body, the status, or a client's message")
		sub.Flags().StringVar(&d.now, "now", "", "the `TIME` of the request, such as 2026-01-02T03:04:05Z; by default the Date of the "+
			"answer, if any")
		sub.Flags().BoolVar(&d.asJSON, "json", false, "print a JSON object, as for JSON lines")
		sub.Flags().BoolVarP(&d.verbose, "verbose", "v", false, "show everything that was signed, and what should have been")
		sub.RunE = func(c *cobra.Command, _ []string) error {
			return d.run(c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		}
	})
}

// diagnoseLines answers every line of in, with one session for all of them.
func diagnoseLines(in io.Reader, out io.Writer, now func() time.Time) error {
	var session diagnose.Session
	asked, open, err := eachLine(in, func(line []byte) (bool, error) {
		finding, failure := diagnoseLine(&session, line, now())
		if failure != nil {
			return false, writeJSON(out, lineError{failure.Error()})
		}
		return finding.Class != diagnose.Unexplained, writeFinding(out, finding)
	})
	if err == nil && open > 0 {
		return failf("%d of %d requests are unexplained", open, asked)
	}
	return err
}

// diagnoseLine answers one line. The session remembers the lines before, to recognise a nonce or a
// signature that comes again. Secrets are literal in a line: a program that asks has them, and
// references would be read from our own environment.
func diagnoseLine(session *diagnose.Session, line []byte, now time.Time) (*diagnose.Finding, error) {
	q, err := capture.ParseQuestion(line, now)
	if err != nil {
		return nil, err
	}
	o := config.NewOptions(q.Signer)
	if err := o.FillJSON(q.Config); err != nil {
		return nil, err
	}
	if err := o.Literal("diagnose"); err != nil {
		return nil, err
	}
	return session.Diagnose(&diagnose.Case{Signer: q.Signer, Options: o.Texts(), Values: o.Values, Hosts: o.Values["host"],
		Request: q.Request.Message, Address: q.Request.Address, Response: q.Response, Now: q.Now, Asked: q.Asked})
}

// writeFinding writes one line. Its keys are documented, and stable. The texts that were signed are
// left out: they are for people (-v).
func writeFinding(out io.Writer, f *diagnose.Finding) error {
	return writeJSON(out, struct {
		Class       string   `json:"class"`
		Causes      []string `json:"causes"`
		Explanation string   `json:"explanation"`
		Fix         string   `json:"fix"`
		Proved      bool     `json:"proved"`
	}{f.Class, f.Causes, f.Explanation, f.Fix, f.Proved})
}

// run answers for people. An unexplained request is a negative result, so that a script can tell.
func (d *diagnosing) run(in io.Reader, out, notes io.Writer) error {
	c, err := d.question(in, notes)
	if err != nil {
		return err
	}
	f, err := diagnose.Diagnose(c)
	if err != nil {
		return usagef("%w", err)
	}
	if len(d.lineEnd) > 0 {
		f = d.withLineEnd(c, f)
	}
	if d.asJSON {
		err = writeFinding(out, f)
	} else {
		_, err = io.WriteString(out, report(f, screen.Of(out), d.verbose))
	}
	if err != nil {
		return failf("writing the answer: %w", err)
	}
	if f.Class == diagnose.Unexplained {
		return failf("the request is unexplained")
	}
	return nil
}

// withLineEnd is the better finding of two: f without the line ends at the end of a text, which editors add, and the
// one with them. They belong to the body if the signature says so.
func (d *diagnosing) withLineEnd(c *diagnose.Case, f *diagnose.Finding) *diagnose.Finding {
	with := *c
	with.Request.Body = append(slices.Clone(c.Request.Body), d.lineEnd...)
	g, err := diagnose.Diagnose(&with)
	blamed := func(f *diagnose.Finding) bool { return slices.Contains(f.Causes, "body_line_end") }
	if err == nil && (g.Proved && !f.Proved || blamed(f) && !blamed(g)) {
		return g
	}
	return f
}
