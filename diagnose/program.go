package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/program"
)

// programmed is a scheme of operations with the values of a case. A preset has no row of vendors.json:
// everything that is known about it is in its file. A case takes this way:
//
//	operations   let text = v0:[[ts]]:[[body]]
//	             header X-Slack-Signature = v0=[[text|hmac_sha256:opt.signing_secret|hex]]
//	leaves       the values in what is sent: the timestamp is a date, the signature a proof (programleaf.go)
//	read         the header is matched with "v0=" and the proof (programread.go, programmissing.go, programways.go)
//	inputs       method, host, path, query, body, headers, date, nonce, secrets, IDs (programinputs.go)
//	search       the program signs with one input changed, or with two (programsearch.go)
//	edits        the same with changed operations (programedits.go, programchain.go, programlayouts.go)
//
// The search and the conclusion are those of the vendors with a row: an input is a slot, and the "hash"
// of all inputs is what the program sends.
type programmed struct {
	// The operations that define values and set headers. Those that set parameters or delete something
	// are not needed to make the leaves.
	operations []string
	options    []program.Option
	nonce      string
	owns       []string
	// The values of the case; of options that are required and missing, samples.
	values map[string][]string

	templates []program.Template
	leaves    []*leaf
	// The parameters that are added before query or target is used for the last time, so that they are signed as a part of it.
	inTarget map[string]bool
	// The operations as they are, compiled.
	plain    *variant
	scheme   []signers.Option
	required map[string]bool
	// The leaf that is the date. nil: the scheme has none.
	date *leaf
	// The query as the program puts it in order. nil: it does not.
	ordered *program.TemplatePart
	hosts   []string // of the vendor, as far as they are known
	// All that is sent of the secrets are the secrets themselves, so that no program has to run.
	asItIs bool
	// The program takes the text of the date as it was sent. Otherwise it writes its own from the time.
	verbatim bool
	// A day that was sent next to the date is another one, but that of the date in some time zone.
	localDay bool
	// The last date that was parsed, since most attempts have the same one.
	lastDate string
	lastTime time.Time
	// right signs the request as it should have been signed, for the answer.
	right func() *attempt
	last  *attempt // what was signed last: if a search ended well, what led to the given signature

	// How far a date may be from the vendor's clock.
	window time.Duration
	// The vendor does not say its window. A clock that is off is then never proved.
	unknownWindow bool
	// No more of the body than its length is signed.
	lengthOnly bool
}

// diagnoseProgram diagnoses a request to a vendor that is data, or to a scheme of the configuration:
// custom and login have their operations in the case, api_key is a preset that is made of its options,
// and oauth2 and jwt only fetch tokens. It fails for a vendor that has neither a row nor operations.
func (s *Session) diagnoseProgram(c *Case) (*Finding, error) {
	p, err := presets.Lookup(c.Signer)
	switch {
	case c.Signer == presets.CustomName, c.Signer == presets.LoginName:
		if p, c, err = ownScheme(c); err != nil {
			return nil, err
		}
	case c.Signer == presets.APIKeyName:
		p = presets.APIKey(cmp.Or(c.Options["header"], "X-Api-Key"), c.Options["prefix"] != "")
	case err != nil:
		if _, unknown := signers.Lookup(c.Signer); unknown != nil {
			return nil, unknown
		}
		if b := newBearer(c, nil); b != nil {
			return b.conclude(readAnswer("", c.Response)), nil
		}
		if slices.Contains(signers.Natives(), c.Signer) {
			return nil, unknownSigner(c.Signer)
		}
		return nil, fmt.Errorf("%s requests cannot be diagnosed: %w", c.Signer, err)
	}
	if b := newBearer(c, p); b != nil {
		return b.conclude(programAnswer(p, c)), nil
	}
	return s.judge(c, secretsOf(p), func(c *Case) (*diagnosis, error) { return s.readProgram(p, c) })
}

// secretsOf are the options of a preset, and whether they are secrets.
func secretsOf(p *presets.Preset) map[string]bool {
	all := make(map[string]bool)
	for _, o := range p.Options {
		all[o.Name] = o.Secret
	}
	return all
}

// readProgram reads what was sent, by the preset's operations. It works on a copy of the case:
// parameters that belong to the signature are taken out of the target, as the program would not see
// them.
func (s *Session) readProgram(p *presets.Preset, c *Case) (*diagnosis, error) {
	own := *c // its request loses parameters below
	own.Request.Header = maps.Clone(c.Request.Header)
	w, err := newProgrammed(p, &own)
	if err != nil {
		return nil, err
	}
	d := &diagnosis{
		Case: &own, given: c.Options, profile: w.profile(p), signer: w.plain.signer(w.values), memory: &s.memory,
		details: make(map[string]string), fixes: make(map[string]string), budget: &budget{sums: 30_000, bytes: 64 << 20},
		clock: newClock(c), program: w,
	}
	if d.answer = programAnswer(p, c); d.answer.kind == badID && !w.signs() {
		d.answer.kind = unclear // the key is the secret itself
	}
	w.read(d)
	return d, nil
}
