package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

const explainLong = `Explain shows which parts of a request are signed, and how: the canonical text with visible line ends and a label for
each part, the lengths of what is hashed, the headers, and a curl command that signs in the shell.

For a preset or a scheme of your own, it also shows each value that the operations name, in order. Bytes are in hex;
secrets and the keys derived from them appear as {name}.

The secret is never shown. It appears as ` + shellSecret + `, for example, with the same fingerprint as in the gateways'
logs. Without the secret, only the headers that need it are missing.`

// explaining is what the flags say. An explanation is made in these steps:
//
//	lenient      the options; secrets that are missing get stand-ins (standIn)
//	request      method, URL, headers and body of the flags
//	moment       time, date, nonce; TOKEN for a token that would be fetched
//	sign         the headers, through a disguise and hideSecrets
//	Canonical    the signed text in parts; for some signers also Lets and StringToSign
//	shellRecipe  how a shell makes the same (shellsign.go)
type explaining struct {
	gate *gateFlags
	// The request, as curl's flags would give it.
	method, url, data string
	headers           []string
	// What would be made for each signature: with them the output is the same each time.
	time, date, nonce string
	asJSON            bool
	// Reads the file of --data @FILE. Tests replace it.
	read func(string) ([]byte, error)
}

// explainCommand has a command for each vendor, so that its options are flags. It prints for people or,
// with --json, an explanation.
func explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "explain VENDOR", Short: "Show which parts of a request are signed", Long: explainLong, RunE: chooseCommand,
		Example: explainExample,
	}
	return eachVendor(c, "Explain a request to", func(sub *cobra.Command, vendor string) {
		e := &explaining{read: config.ReadFile}
		e.gate = newGateFlags(sub, vendor)
		sub.Flags().StringVar(&e.method, "method", "", "the `METHOD`; GET, or POST with --data")
		sub.Flags().StringVar(&e.url, "url", "", "the `URL`, used as it is")
		sub.Flags().StringArrayVar(&e.headers, "header", nil, "a `HEADER` such as 'Content-Type: application/json'; may be repeated")
		sub.Flags().StringVar(&e.data, "data", "", "the body as `TEXT`, or @FILE for its bytes")
		sub.Flags().StringVar(&e.time, "time", "", "sign at this `TIME`, as in 2026-01-02T03:04:05.678Z")
		sub.Flags().StringVar(&e.date, "date", "", "the `TEXT` of the date or timestamp header verbatim")
		sub.Flags().StringVar(&e.nonce, "nonce", "", "the `NONCE`, where the scheme has one")
		sub.Flags().BoolVar(&e.asJSON, "json", false, "write a JSON object")
		sub.RunE = func(c *cobra.Command, _ []string) error {
			x, err := e.explain()
			if err != nil {
				return err
			}
			if e.asJSON {
				return x.writeJSON(c.OutOrStdout())
			}
			out := c.OutOrStdout()
			return x.write(out, screen.Of(out))
		}
	})
}

// explain signs the request as a gateway would, but without its admission, and describes what was
// signed. It asks no service and sends nothing. Every text that leaves it has gone through hideSecrets
// or a disguise.
func (e *explaining) explain() (*explanation, error) {
	o, missing, err := e.gate.lenient()
	if err != nil {
		return nil, err
	}
	s, err := e.request()
	if err != nil {
		return nil, err
	}
	x := &explanation{Signer: e.gate.Vendor, Method: s.Method, Headers: make(map[string]string), Secrets: []string{},
		Canonical: []explainedPart{}}
	for _, m := range missing {
		x.Notes = append(x.Notes, "the secret cannot be read: "+m)
	}
	secrets := o.Secrets()
	standIns := standIn(o)
	// A signer needs all of its secrets to be made. The stand-in makes everything right but the headers
	// that need the secret.
	if len(standIns) > 0 {
		x.Notes = append(x.Notes, "without "+strings.Join(standIns, ", ")+": the headers that need it are left to the curl command")
	}
	// A gate is bound to a host; without one in the options it is that of the URL.
	if !o.Values.Has("host") {
		o.Values["host"] = []string{s.Address}
	}
	// References are resolved above, so the gate must not read any: a secret may look like one.
	gate, faults := outbound.Build(e.gate.Vendor, o.Values, credentials.References{Off: true}, outbound.Sharing{Hosted: Hosted}, nil)
	if len(faults) > 0 {
		return nil, e.gate.refused(faults)
	}
	signer := gate.Signer()
	at, err := e.moment(signer, &s.Message)
	if err != nil {
		return nil, err
	}
	var ok bool
	if s.Host, ok = outbound.BoundHost(gate, s.Host); !ok {
		return nil, usagef("--url: its host is not one of the hosts that the credential is bound to")
	}
	if !gate.Bound(s.Address) {
		x.Notes = append(x.Notes, "a gateway sends this request to "+s.Host+", the host of the credential, and not to the host in --url")
	}
	names := shellNames(o)
	shown := newDisguise(e.gate.Vendor, signer, o.Values, s.Message, at, func(option string) string {
		if names[option] == "" { // of a scheme of one's own
			return "$" + strings.ToUpper(e.gate.Vendor+"_"+option)
		}
		return "$" + names[option]
	})
	before := s.Message // some signers refuse a query with a signature in it
	out, err := signHeaders(signer, &s.Message, &at)
	if err != nil {
		return nil, failf("%w", err)
	}
	for name, values := range out {
		out[name] = []string{shown.value(name, values[0])}
	}
	target := shown.shownTarget(s.Target)
	// A scheme that adds parameters refuses a query that has them already; others may have put it in another order,
	// which is what is shown.
	if len(signer.Traits().Params) == 0 || before.Target == s.Target {
		before = s.Message
	}
	parts, err := signer.Canonical(&before, &at)
	if err != nil {
		return nil, failf("%w", err)
	}
	if err := x.explainSteps(signer, &before, &s.Message, &at); err != nil {
		return nil, failf("%w", err)
	}
	x.URL = "https://" + s.Host + target
	if gate.Insecure() && strings.HasPrefix(strings.ToLower(e.url), "http:") {
		x.URL = "http://" + s.Host + target
	}
	x.variables = shown.names
	x.explainToken(signer.Traits().Tokens, gate.Hosts()[0], at, func(text string) string { return hideSecrets(text, secrets, names) })
	x.fill(o, signer.Traits().Proof, s, parts, out, secrets, standIns)
	if len(standIns) == 0 {
		x.Fingerprint = gate.Fingerprint()
	}
	return x, nil
}

// explainSteps adds what some signers have between the canonical text and the signature. before is the message without the
// signature, and m with it.
func (x *explanation) explainSteps(signer signers.Signer, before, m *signers.Message, at *signers.Moment) (err error) {
	if v, ok := signer.(valued); ok {
		if x.values, err = v.Lets(m, at); err != nil {
			return err
		}
	}
	if v, ok := signer.(twiceHashed); ok {
		if x.toSign, err = v.StringToSign(before, at); err != nil {
			return err
		}
		for _, p := range x.toSign {
			x.StringToSign = append(x.StringToSign, explainedPart{Label: p.Label, Text: p.Text, Bytes: len(p.Text)})
		}
	}
	return nil
}

// valued is a signer that names the values on the way to its signature, as those of operations do.
type valued interface {
	Lets(m *signers.Message, at *signers.Moment) ([]signers.Part, error)
}

// twiceHashed is a signer that signs a text with the hash of the canonical one in it, as that of AWS.
type twiceHashed interface {
	StringToSign(m *signers.Message, at *signers.Moment) ([]signers.Part, error)
}
