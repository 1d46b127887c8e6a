package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// presetCheckCommand loads a preset as a gateway would, with its vectors and its guards.
func presetCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check PRESET", Short: "Find what is wrong with a preset file", Args: asUsed,
		Long: `Check loads a preset file as a gateway does, signs the requests in it, tries its guards, and says what an operator should
know: whether the secret leaves, which headers are set, to which hosts it belongs, and what is unknown.

That its own requests come out proves that the file is consistent, and not that the vendor signs so: test compares it
with requests that the vendor or its client signed.

Exit status: 0 it loads, with warnings or without; 1 it does not, or a guard does not hold; 2 usage error.`,
		Example: "  $ vendorsign preset check ./acme.json\n  $ vendorsign preset check veracode",
		RunE: func(c *cobra.Command, args []string) error {
			file, err := readPreset(args[0])
			if err != nil {
				return err
			}
			return checkPreset(c.OutOrStdout(), file)
		},
	}
}

// checkPreset writes what a preset does and what is doubtful in it. The error says why it does not
// load.
//
//	veracode, revision 1, SHA-256 9f4aecf9830c02f4
//	  signs with api_key
//	  sets       Authorization
//	  ...
//	veracode loads, 1 warning
func checkPreset(out io.Writer, file *presetFile) error {
	p, err := file.parse()
	if err != nil {
		return err
	}
	if err := presets.Load(p); err != nil {
		return failf("%s: %w", file.name, err)
	}
	signer := exampleSigner(p, p.Scheme())
	// Options must have examples that the scheme takes, or no command can show anything of the preset.
	if signer == nil {
		return failf("%s: no signer can be made of examples for its options", file.name)
	}
	// The first digits are enough to tell two revisions of a file apart.
	digest, err := presets.Digest(file.data)
	if err != nil {
		return failf("%s: %w", file.name, err)
	}
	traits := signer.Traits()
	fmt.Fprintf(out, "%s, revision %d, SHA-256 %s\n", p.Name, p.Revision, digest[:16])
	sc := screen.Of(out)
	// A name in its column, and behind it texts that are wrapped at its width.
	field := func(name string, texts ...string) {
		head := fmt.Sprintf("  %-10s ", name)
		var lines []string
		for _, text := range texts {
			lines = append(lines, screen.Wrap(text, sc.Prose()-len(head))...)
		}
		fmt.Fprint(out, screen.Hang(head, lines))
	}
	field(sendsWord(traits.SendsSecret), listed(secretsOf(p), "no secret"))
	field("sets", listed(sets(p), "nothing"))
	field("body", bodyText(traits))
	field("hosts", listed(p.Hosts, "any that host names"))
	field("guards", orText(p.Guards, "none")...)
	field("probe", cmp.Or(p.Probe, "unknown"))
	field("window", cmp.Or(p.Window, "unknown"))
	if len(p.Vectors) > 0 {
		field("vectors", counted(len(p.Vectors), "request")+", each signed as expected")
	}
	if n := len(p.GuardVectors.Refused) + len(p.GuardVectors.Passed); n > 0 {
		field("", counted(n, "request")+" for the guards, each as expected")
	}
	if err := tryGuards(p, signer); err != nil {
		return failf("%s: %w", file.name, err)
	}
	warnings := presetDoubts(file, p, traits)
	for _, warning := range warnings {
		fmt.Fprint(out, sc.Line("warning: "+warning))
	}
	fmt.Fprintf(out, "%s loads, %s\n", p.Name, counted(len(warnings), "warning"))
	return nil
}

// sendsWord is how the list of secrets begins: whether a request shows them or only what they sign.
func sendsWord(reveals bool) string {
	if reveals {
		return "reveals"
	}
	return "signs with"
}

// listed is a list in one line, or what is said of none.
func listed(names []string, none string) string { return strings.Join(orText(names, none), ", ") }

// orText are the names, or one text where there are none.
func orText(names []string, none string) []string {
	if len(names) == 0 {
		return []string{none}
	}
	return names
}

// bodyText says what a signature covers of the body, and so whether it can stream.
func bodyText(traits signers.Traits) string {
	switch {
	case traits.Body == signers.NoBody:
		return "not signed: it streams"
	case traits.BodyFirst > 0:
		return fmt.Sprintf("the first %d bytes are signed", traits.BodyFirst)
	}
	return "signed: it is read before it is sent"
}

// secretsOf are the names of the secret options.
func secretsOf(p *presets.Preset) (names []string) {
	for _, o := range p.Options {
		if o.Secret {
			names = append(names, o.Name)
		}
	}
	return names
}

// sets lists what the operations set, in their order: headers, and parameters with a question mark.
//
//	header Authorization = ...   Authorization
//	query? sig = ...             ?sig
func sets(p *presets.Preset) (names []string) {
	for _, operation := range p.Operations {
		words := strings.Fields(operation)
		if len(words) < 2 {
			continue
		}
		switch strings.TrimSuffix(words[0], "?") {
		case "header":
			names = append(names, words[1])
		case "query":
			names = append(names, "?"+words[1])
		}
	}
	return names
}

// presetDoubts are what an operator should know before using the preset. They do not keep it from
// loading: a vendor's pages leave much unsaid.
func presetDoubts(file *presetFile, p *presets.Preset, traits signers.Traits) []string {
	// The signer's own warnings first: they are about this scheme, the others about any file.
	doubts := append([]string(nil), traits.Warnings...)
	// A built-in preset has its own name, of course: only a file is meant.
	if whose := taken(p.Name); whose != "" && file.name != p.Name {
		doubts = append(doubts, "name: "+p.Name+" is "+whose+"; a file with it is refused by gateways")
	}
	for _, name := range secretsOf(p) {
		if !uses(p, name) {
			doubts = append(doubts, "options: nothing uses the secret "+name+"; in an operation it is opt."+name)
		}
	}
	if len(p.Hosts) == 0 {
		doubts = append(doubts, "hosts: none are listed, so a mistyped host is not noticed")
	}
	if len(p.Guards) == 0 && !p.Multiplexed {
		doubts = append(doubts, "guards: none, so clients may call endpoints that make or show credentials; docs should say why none is needed")
	}
	// A guard that nothing tests may have a misprint, and close nothing.
	if (len(p.Guards) > 0 || p.Multiplexed) && len(p.GuardVectors.Refused) == 0 {
		doubts = append(doubts, "guard_vectors: refused has no request, so nothing shows that the guards close what they must")
	}
	if len(p.Guards) > 0 && len(p.GuardVectors.Passed) == 0 {
		doubts = append(doubts, "guard_vectors: passed has no request, so nothing shows that the guards leave anything open")
	}
	if p.Probe == "" || p.Probe == "unknown" {
		doubts = append(doubts, "probe: unknown, so vendorsign probe needs --target")
	}
	if (p.Window == "" || p.Window == "unknown") && strings.Contains(strings.Join(p.Operations, ""), "[[now") {
		doubts = append(doubts, "window: unknown, so it is not known how far a clock may be off")
	}
	for _, s := range p.Sources {
		if s.Sure == "unknown" && s.Fact != "probe" && s.Fact != "window" {
			doubts = append(doubts, "sources: "+s.Fact+" is unknown")
		}
	}
	return doubts
}

// uses reports whether a request is made with a secret. The grants of tokens use theirs without naming them.
func uses(p *presets.Preset, secret string) bool {
	if len(p.Token) > 0 && string(p.Token) != "null" {
		return true
	}
	rest := *p
	rest.Options, rest.Sources, rest.Vectors, rest.Claim, rest.Docs = nil, nil, nil, nil, ""
	text, err := json.Marshal(&rest)
	return err != nil || regexp.MustCompile(`\b`+regexp.QuoteMeta(secret)+`\b`).Match(text)
}

// tokenless is a signer for a gate that sends nothing: without a token source, the gate fetches no
// token before it decides.
type tokenless struct{ signers.Signer }

// Traits are those of the signer, but for its tokens.
func (s tokenless) Traits() signers.Traits {
	traits := s.Signer.Traits()
	traits.Tokens = nil
	return traits
}

// tryGuards checks the requests of guard_vectors against the guards, through a gate: so it is the
// gateway's own reading of paths that is tried, with all of its spellings.
func tryGuards(p *presets.Preset, signer signers.Signer) error {
	// The gate decides on guards before it signs. The signer must not fetch a token for that.
	const host = "vendor.example"
	gate, faults := outbound.New("", tokenless{signer}, signers.Values{"host": {host}})
	if len(faults) > 0 {
		return signers.FaultsError("guards", faults)
	}
	refuses := func(line string) (bool, error) {
		method, target, ok := strings.Cut(line, " ")
		r, err := http.NewRequest(method, "https://"+host+target, nil)
		if !ok || err != nil {
			return false, fmt.Errorf("guard_vectors: %.80q is not a request such as POST /tokens", line)
		}
		problem := gate.Begin(time.Now()).Sign(r, target).Problem
		return problem != nil && problem.Status == http.StatusForbidden, nil
	}
	// The harmless call must pass: `probe` and health checks make it.
	if p.Probe != "" && p.Probe != "unknown" {
		if refused, err := refuses(p.Probe); err != nil || refused {
			return cmp.Or(err, fmt.Errorf("probe: %s is closed by a guard of the preset", p.Probe))
		}
	}
	for _, line := range p.GuardVectors.Refused {
		if refused, err := refuses(line); err != nil || !refused {
			return cmp.Or(err, fmt.Errorf("guard_vectors: %s must be refused, and no guard closes it", line))
		}
	}
	for _, line := range p.GuardVectors.Passed {
		if refused, err := refuses(line); err != nil || refused {
			return cmp.Or(err, fmt.Errorf("guard_vectors: %s must pass, and a guard closes it", line))
		}
	}
	return nil
}
