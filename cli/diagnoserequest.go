package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
)

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
