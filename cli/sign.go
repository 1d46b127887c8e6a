package cli

import (
	"io"
	"maps"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/signers"
)

var signLong = `Sign reads JSON, one request per line, and writes the headers that sign it, one line per request, in the same order.
Programs in any language can compare their own signatures with these, or use them.

A line is an object such as

` + signLine + `

with these keys:

  signer    one of ` + signerNames + `
  config    the options, named as in Caddy's JSON. Secrets are literal here; neither the environment nor files are
            read. host is optional: by default it is the URL's.
  request   method   as it is sent
            url      with scheme and host. Path and query are used as they are and never normalized.
            headers  an object of strings or lists of strings; optional
            body     a string, or body_b64 for other bytes; optional
  time      such as 2026-01-02T03:04:05.678Z; by default now
  nonce     by default a new one, if the scheme has one
  date      the exact date or timestamp header; by default made from time
  token     the token, if the scheme fetches one
  answers   or the answers of the token service: a list of objects with status, headers and body

Any other key is an error. A null means the same as a missing key. Blank lines are skipped.

The request is signed as given: what a gateway would refuse or remove does not matter, but query_order does.

An answer has these keys:

  headers         the headers that sign the request, in Go's spelling, such as Dtapi-Date; case does not matter
  target          the path and query to send: those of the URL, or in the order of query_order
  canonical       the signed text, with ` + hashedKey + ` as {api_key}; empty if nothing is signed. If it is not valid
                  UTF-8, canonical_b64 replaces it.
  token_requests  the requests to the token service: a list of objects with method, url, headers and body, including secrets

or only error, with the reason; then the following lines are still signed, and the exit status is 1. For a scheme of your
own (custom) whose options are a list of definitions, an answer is an empty object if the scheme loads and reproduces its
vectors.`

// signCommand is `sign`: the reference that programs in other languages check themselves against. Test
// vectors are such lines, with what must come out.
func signCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "sign [FILE]",
		Short:   "Sign requests that come as JSON lines",
		Long:    signLong,
		Example: signExample,
		Args:    asUsed,
		RunE: func(c *cobra.Command, args []string) error {
			return withRequests(c, args, func(in io.Reader) error { return signLines(in, c.OutOrStdout(), time.Now) })
		},
	}
}

// withRequests hands over the file that the arguments name, or the standard input. The file is closed
// when use returns.
func withRequests(c *cobra.Command, args []string, use func(in io.Reader) error) error {
	if len(args) == 0 || args[0] == "-" {
		return use(c.InOrStdin())
	}
	f, err := os.Open(args[0])
	if err != nil {
		return usagef("reading requests: %w", err)
	}
	defer f.Close()
	return use(f)
}

// signLines answers every line of in, in its order.
func signLines(in io.Reader, out io.Writer, now func() time.Time) error {
	asked, refused, err := eachLine(in, func(line []byte) (bool, error) {
		a := answerLine(line, now())
		return a.Error == "", a.write(out)
	})
	if err == nil && refused > 0 {
		return failf("%d of %d lines could not be signed", refused, asked)
	}
	return err
}

// answer is one line of output: Error, nothing if Loaded, or the rest.
type answer struct {
	Error  string
	Loaded bool // nothing was to be signed

	// A text, or a list of them where a name has several. Names have Go's spelling.
	Headers   map[string]any
	Target    string
	Canonical string
	Asked     []tokenRequest
}

// answerLine signs one line. It never fails: what is wrong with the line is the answer.
//
//	{"signer": ..., "config": ..., "request": ...}   ->  {"headers": ..., "target": ..., "canonical": ...}
//	a line that is wrong                             ->  {"error": "..."}
//	a custom scheme of definitions                   ->  {}
func answerLine(line []byte, now time.Time) answer {
	o, err := parseLine(line, now)
	if err != nil {
		return refusal(err)
	}
	if o.signer == nil {
		return answer{Loaded: true}
	}
	at, err := signers.Hinted(o.signer.Traits(), &o.message, &o.at)
	if err != nil {
		return refusal(err)
	}
	// Hinted is a copy where the scheme takes something from the client's own headers.
	o.at = *at
	// Sign may put the query in order or add to it, and some signers refuse a query that is signed already.
	// Canonical gets the message as it was before.
	given := o.message
	signed, err := signHeaders(o.signer, &o.message, &o.at)
	if err != nil {
		return refusal(err)
	}
	parts, err := o.signer.Canonical(&given, &o.at)
	if err != nil {
		return refusal(err)
	}
	a := answer{Headers: make(map[string]any, len(signed)), Target: o.message.Target, Canonical: signers.Join(parts), Asked: o.asked}
	for name, values := range signed {
		if len(values) == 1 {
			a.Headers[name] = values[0]
		} else {
			a.Headers[name] = values
		}
	}
	return a
}

// signHeaders signs m, and returns the headers that do so apart from its own: those whose values are
// another slice than before. A signer that sets a header to the value that it had is seen too. The
// target of m may change, its header does not.
func signHeaders(s signers.Signer, m *signers.Message, at *signers.Moment) (http.Header, error) {
	own := m.Header
	m.Header = maps.Clone(own)
	if m.Header == nil {
		m.Header = make(http.Header)
	}
	if err := s.Sign(m, at); err != nil {
		return nil, err
	}
	signed := m.Header
	m.Header = own
	for name, values := range own {
		// The map was cloned, not its slices: a header that Sign did not touch has the very same slice.
		if after := signed[name]; len(after) == len(values) && (len(values) == 0 || &after[0] == &values[0]) {
			delete(signed, name)
		}
	}
	return signed, nil
}

// refusal drops from an error of Sign what it wraps for callers that branch: here the text alone
// distinguishes the kinds.
func refusal(err error) answer {
	return answer{Error: signers.Detail(err)}
}

// write writes the answer and its line end in one piece.
func (a answer) write(out io.Writer) error {
	switch {
	case a.Error != "":
		return writeJSON(out, lineError{a.Error})
	case a.Loaded:
		return writeJSON(out, struct{}{})
	// JSON holds no bytes; U+FFFD in their place would be another text than the one that was hashed.
	case !utf8.ValidString(a.Canonical):
		return writeJSON(out, struct {
			Headers   map[string]any `json:"headers"`
			Target    string         `json:"target"`
			Canonical []byte         `json:"canonical_b64"`
			Asked     []tokenRequest `json:"token_requests,omitempty"`
		}{a.Headers, a.Target, []byte(a.Canonical), a.Asked})
	}
	return writeJSON(out, struct {
		Headers   map[string]any `json:"headers"`
		Target    string         `json:"target"`
		Canonical string         `json:"canonical"`
		Asked     []tokenRequest `json:"token_requests,omitempty"`
	}{a.Headers, a.Target, a.Canonical, a.Asked})
}
