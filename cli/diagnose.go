package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
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

// question reads the request, the answer and the options. A secret that cannot be read is a note, and
// the diagnosis goes on without it.
func (d *diagnosing) question(in io.Reader, notes io.Writer) (*diagnose.Case, error) {
	o, missing, err := d.gate.lenient()
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		fmt.Fprintf(notes, "note: without the secret, since it cannot be read (%s)\n", m)
	}
	c := &diagnose.Case{Signer: d.gate.Vendor, Options: o.Texts(), Values: o.Values, Hosts: o.Values["host"], Now: time.Now(), Asked: true}
	s, err := d.request(in, c)
	if err != nil {
		return nil, err
	}
	c.Request, c.Address, c.Sanitised, c.Printed = s.Message, s.Address, s.Sanitised, s.Printed
	d.lineEnd = s.LineEnd
	if d.response != "" {
		data, err := readInput(in, d.response)
		// A text with blanks, braces or digits that is no file is an answer that was pasted.
		if err != nil && d.response != "-" && strings.ContainsAny(d.response, " {0123456789") { // the answer itself, and no file
			data, err = []byte(d.response), nil
		}
		if err == nil {
			c.Response, err = capture.Response(data)
		}
		if err != nil {
			return nil, usagef("--response: %w", err)
		}
	}
	if d.now != "" {
		if c.Now, err = time.Parse(time.RFC3339, d.now); err != nil {
			return nil, usagef("--now must be a time of RFC 3339, as in 2026-01-02T03:04:05Z")
		}
		// A time that was given is that of the request. Otherwise Now is when the question is asked, and proves
		// nothing about an old capture.
		c.Asked = false
	}
	return c, nil
}

// request reads the request, and what else its text tells: the answer, and when it was made. Exactly
// one of the three flags must be given.
func (d *diagnosing) request(in io.Reader, c *diagnose.Case) (s *capture.Request, err error) {
	type source struct{ flag, text string }
	given := slices.DeleteFunc([]source{{"--curl", d.curl}, {"--raw", d.raw}, {"--har", d.har}}, func(s source) bool { return s.text == "" })
	if len(given) != 1 {
		return nil, usagef("give the request with exactly one of --curl, --raw and --har")
	}
	flag, data := given[0].flag, []byte(given[0].text)
	if flag != "--curl" || d.curl == "-" {
		if data, err = readInput(in, given[0].text); err != nil {
			return nil, usagef("%s: %w", flag, err)
		}
	}
	var started time.Time
	if flag == "--har" {
		s, c.Response, started, err = capture.HAR(data, d.entry, signatureOf(d.gate.Options).Headers)
	} else {
		s, c.Response, err = capture.Paste(flag, string(data), signatureOf(d.gate.Options), config.ReadFile)
	}
	if err != nil {
		return nil, usagef("%s: %w", flag, err)
	}
	if !started.IsZero() {
		c.Now, c.Asked = started, false
	}
	c.Unexpanded = s.Unexpanded
	return s, nil
}

// readInput reads a file, or standard input for -. Text in UTF-16, as PowerShell redirects it, has no request that anything here
// would find.
func readInput(in io.Reader, file string) (data []byte, err error) {
	if file == "-" {
		data, err = config.ReadAll(in)
	} else {
		data, err = config.ReadFile(file)
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errors.New("it is UTF-16; save it as UTF-8")
	}
	return data, err
}

// signatureOf is that of a vendor, by which its requests are known, or that of a custom scheme. Date
// and Timestamp are anybody's headers.
func signatureOf(o *config.Options) (found capture.Signature) {
	signer, err := o.Signer()
	if err != nil {
		signer = config.ExampleSigner(o.Vendor)
	}
	if signer == nil {
		return found
	}
	traits := signer.Traits()
	found.CoversBody = traits.Body != signers.NoBody
	for _, name := range traits.Owns {
		// A name that a family of names covers is listed once.
		covered := slices.ContainsFunc(traits.Owns, func(other string) bool {
			prefix, star := strings.CutSuffix(other, "*")
			return star && other != name && strings.HasPrefix(name, prefix)
		})
		if !covered && name != "Date" && name != "Timestamp" {
			found.Headers = append(found.Headers, name)
		}
	}
	return found
}
