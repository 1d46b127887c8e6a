package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// presetTestCommand compares a preset with recorded requests: the test that its own vectors cannot be,
// since these were written with it.
func presetTestCommand() *cobra.Command {
	against := ""
	c := &cobra.Command{
		Use: "test PRESET", Short: "Compare what a preset signs with recorded requests", Args: asUsed,
		Long: `Test signs requests that the vendor or its client has signed before, and shows the first difference of each result that is
not the same. Each request is a line as for sign (signer is optional), with expect, and with flow if a token is fetched:

  expect  headers    the expected headers, an object; others are ignored
          query      parameters that the target must have, decoded
          target     the expected path and query
          canonical  the text that must be signed
          error      part of the reason why the request cannot be signed
  flow    a list of objects with request (method, url, headers and body to the token service) and answer (like answers of sign)

time and nonce are those of the recorded request; date is its date header, if time is not precise enough.
Without --against, the requests in the preset file are used. Values of secret options appear as {name}.

Exit status: 0 all are the same; 1 some differ, or a line cannot be read; 2 usage error.`,
		Example: "  $ vendorsign preset test ./acme.json --against recorded.jsonl",
		RunE: func(c *cobra.Command, args []string) error {
			file, err := readPreset(args[0])
			if err != nil {
				return err
			}
			p, err := file.parse()
			if err != nil {
				return err
			}
			// Compiled, but not tested with its own vectors (Load): they may be what is wrong.
			if _, err := presets.Compile(p); err != nil {
				return failf("%s: %w", file.name, err)
			}
			lines, err := recordedLines(p, against, c.InOrStdin())
			if err != nil {
				return err
			}
			return testPreset(c.OutOrStdout(), p, lines)
		},
	}
	c.Flags().StringVar(&against, "against", "", "the recorded requests, a `FILE` of JSON lines, or - to read them")
	return c
}

// testPreset writes the result of each line: "N ID: the same", or the first difference. A line that
// cannot be read counts as different.
func testPreset(out io.Writer, p *presets.Preset, lines [][]byte) error {
	// Its own vectors may not come out: that is what this command is to show.
	scheme := untested(p)
	tested, different := 0, 0
	for i, line := range lines {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		tested++
		name := fmt.Sprintf("%d", i+1)
		r, err := capture.ParseRecorded(line)
		if err == nil && r.ID != "" {
			name += " " + r.ID
		}
		difference := ""
		if err == nil {
			difference, err = compareRecorded(scheme, r)
		}
		if err != nil {
			difference = err.Error() + "\n"
		}
		if difference != "" {
			different++
			fmt.Fprintf(out, "%s: %s", name, difference)
		} else {
			fmt.Fprintf(out, "%s: the same\n", name)
		}
	}
	switch {
	case tested == 0:
		return failf("there is no request to compare; name recorded ones with --against FILE, or put vectors into the preset")
	case different > 0:
		return failf("%d of %s: different", different, counted(tested, "request"))
	}
	return nil
}

// compareRecorded signs a recorded request and describes the first difference; empty: it matches. An
// error is a line or a configuration that is wrong.
func compareRecorded(scheme signers.Scheme, r *capture.Recorded) (string, error) {
	if r.Signer != "" && r.Signer != scheme.Name {
		return "", fmt.Errorf("signer is %s, and the preset is %s", r.Signer, scheme.Name)
	}
	// A recorded line may name the host, which is no option of the scheme.
	values, faults := signers.FromJSON(append(slices.Clone(scheme.Options), signers.Option{Name: "host", Kind: signers.List}), r.Config)
	if len(faults) == 0 {
		delete(values, "host")
		var signer signers.Signer
		if signer, faults = scheme.Signer(values); len(faults) == 0 {
			return signRecorded(scheme, values, signer, r)
		}
	}
	return refusedAs(r, signers.FaultsError(scheme.Name, faults))
}

// refusedAs compares the reason why a request cannot be signed with the recorded part of it.
func refusedAs(r *capture.Recorded, err error) (string, error) {
	if r.Error != "" && strings.Contains(err.Error(), r.Error) {
		return "", nil
	}
	return "", err
}

// signRecorded signs a recorded request at its own time and with its own nonce, and compares. Both must
// be in the record if the scheme signs them; a fresh one could never come out. A recorded refusal must
// be refused for the same reason.
func signRecorded(scheme signers.Scheme, values signers.Values, signer signers.Signer, r *capture.Recorded) (string, error) {
	m, at := r.Message, r.Moment
	m.Host, m.Length = r.Authority, int64(len(m.Body))
	switch traits := signer.Traits(); {
	case at.Time.IsZero() && at.Date == "" && signer.Date(at.Time) != "":
		return "", errors.New("time is required: the preset signs it")
	// Where an error is expected, it may come before the nonce is used.
	case traits.Nonce != "" && at.Nonce == "" && r.Error == "":
		return "", errors.New("nonce is required: the preset signs it")
	}
	if at.Date == "" {
		// The record may have the date itself, where its time has too few digits.
		at.Date = signer.Date(at.Time)
	}
	asked, err := playTokens(signer, r.SignLine, hostOf(r), &at)
	if err != nil {
		return refusedAs(r, refusalError(err))
	}
	// A token that was requested in another way than recorded is the first difference, whatever is signed
	// with it.
	if difference := differentFlow(r.Flow, asked); difference != "" {
		return difference, nil
	}
	parts, err := signer.Canonical(&m, &at)
	if err != nil {
		return refusedAs(r, refusalError(err))
	}
	signed, err := signHeaders(signer, &m, &at)
	switch {
	case err != nil:
		return refusedAs(r, refusalError(err))
	case r.Error != "":
		return "it is signed, and should be refused\n", nil
	}
	return newDifference(scheme, values, signer, signed, &m, parts).first(r), nil
}

// hostOf is the host that the credential of a recorded request is bound to: that of its configuration,
// or of its URL.
func hostOf(r *capture.Recorded) string {
	var config struct {
		Host string `json:"host"`
	}
	if json.Unmarshal(r.Config, &config) != nil || config.Host == "" {
		return r.Authority
	}
	return config.Host
}

// differentFlow describes the first request to the token service that is another than the recorded one,
// without a value: most of them hold secrets.
func differentFlow(want []capture.Exchange, asked []tokenRequest) string {
	for i, got := range asked {
		if i == len(want) {
			break // playTokens has an answer for each
		}
		differs := ""
		switch w := want[i]; {
		case got.Method != w.Method:
			differs = "the method"
		case got.URL != w.URL:
			differs = "the address"
		case got.Body != w.Body:
			differs = "the body"
		default:
			for name, value := range w.Headers {
				if got.Headers[http.CanonicalHeaderKey(name)] != value {
					differs = "header " + name
				}
			}
		}
		if differs != "" {
			return fmt.Sprintf("token request %d: %s is another\n", i+1, differs)
		}
	}
	return ""
}

// refusalError is an error of signing in the words of sign.
func refusalError(err error) error { return errors.New(signers.Detail(err)) }
