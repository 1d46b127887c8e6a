//go:build go1.21

package outbound

import (
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Build makes the gate of a configuration, whose references refs resolves; share says where it keeps fetched tokens. say,
// which may be nil, is called with what an operator should know, now and later. Faults mean that there is no gate: they name
// options as the scheme spells them, and never a value.
//
// Without require_secrets it is no fault if a secret's file does not exist yet: requests get a 503 until it does. If the same
// configuration was read before, the old contents of its files stay in use while the files cannot be read. So of a
// configuration with files there are three outcomes:
//
//	the files are good              -> their credential
//	damaged, but were good before   -> the options from before (lastgood.go), and news
//	absent, and never seen          -> a gate that answers 503 and reads the file as soon as it is there
func Build(vendor string, v signers.Values, refs credentials.References, share Sharing, say func(news string)) (*Gate, []signers.Fault) {
	s, err := newConfigSource(vendor, v, refs, share)
	if err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	now := time.Now()
	r, faults := readSource(s, now)
	if len(r.stamps) > 0 {
		s.key = credentialKey(vendor, s.options, s.given)
		if restored := s.lastGood(r, faults, now); restored != nil {
			if len(faults) > 0 && say != nil {
				say(faultText(vendor, faults) + "; the previously loaded credential stays in use")
			}
			r = restored
			faults = nil // on its own line: yaegi cannot assign nil together with another value
		}
	}
	// Faults beyond this point are an absent file, or end the loading.
	if len(faults) > 0 {
		if s.policy.RequireSecrets || r.absent == "" {
			return nil, faults
		}
		if rest := s.await(r); len(rest) > 0 {
			return nil, rest
		}
	}
	g := newGate(vendor, r.rotation)
	g.OnNews = say
	if len(faults) > 0 {
		tell(g, faultText(vendor, faults)+"; requests are answered 503 until it is there")
	}
	// Only a configuration with files can change while it is in use.
	if len(r.stamps) > 0 {
		g.source, s.used, s.watched = s, r, r.stamps
		if len(faults) == 0 {
			keepLastGood(s.key, r, now)
		}
		tellAll(g, r.warnings())
	}
	if doubts := doubtsOf(s, r); len(doubts) > 0 {
		tellAll(g, doubts)
	}
	if news := refs.Operator.Unbound(s.policy.Host, s.policy.InsecureUpstream); news != "" {
		tell(g, news)
	}
	if !r.rotation.current.expires.IsZero() {
		warnExpiry(g, r.rotation.current, now)
	}
	return g, nil
}

// lastGood returns what the same configuration held before, in place of r, which could not be used or may be half new; nil: r is
// good, or there was none. Traefik rebuilds all gates for each change of its configuration: a file that is being replaced at
// that moment must not take the credential away, so what was good last serves until the files settle. With require_secrets it
// does not.
func (s *configSource) lastGood(r *loaded, faults []signers.Fault, now time.Time) *loaded {
	k := lastGoodOf(s.key, now)
	if k == nil || s.policy.RequireSecrets || len(faults) == 0 && !unsettled(r, k, now) {
		return nil
	}
	restored, bad := s.restore(k, r.stamps, now)
	if len(bad) > 0 {
		return nil
	}
	return restored
}

// await gives r a credential that answers 503, for a secret's file that is absent, which may be in order. All else that is wrong
// with the configuration is not: these are the faults.
func (s *configSource) await(r *loaded) []signers.Fault {
	if rest := Check(s.scheme.Name, s.given); len(rest) > 0 {
		return rest
	}
	// What the operator denies is refused now, and not only when the file comes.
	if fault := s.refs.Operator.PermitHosts(s.hosts(), s.policy.InsecureUpstream); fault != nil && len(s.policy.Host) > 0 {
		return []signers.Fault{*fault}
	}
	r.rotation = rotate(absentCredential(r.absent, s.hosts(), s.policy), nil)
	return nil
}

// unsettled reports whether files hold something else than the last good configuration, and may still be being written: an id
// that was replaced a moment before the secret makes a pair that is complete and wrong.
func unsettled(r *loaded, k *lastGood, now time.Time) bool {
	return k.key != r.key && !credentials.Unchanged(r.stamps, now, now)
}

// faultText is all faults in one line, after the vendor's name.
func faultText(vendor string, faults []signers.Fault) string {
	return signers.FaultsError(vendor, faults).Error()
}

// Check finds what is wrong with a configuration without reading a secret: whatever has a brace in it, or looks like a short
// reference, is assumed to resolve to a good value when the gateway runs, and a credentials_file to hold what is missing. Its
// faults are those of Build. It is for commands that run where the secrets are not, such as a pipeline that checks a
// Caddyfile.
func Check(vendor string, v signers.Values) []signers.Fault {
	options, err := Options(vendor)
	if err != nil {
		return []signers.Fault{{Text: err.Error()}}
	}
	var faults []signers.Fault
	own := WithExamples(v, options)
	// A misspelt reference is one fault, and an example in its place keeps it from causing others.
	for _, o := range options {
		if o.Many() {
			continue
		}
		if err := credentials.Misspelt(v.Text(o.Name), true); err != nil {
			faults = append(faults, faultIn(o.Name, err))
			own[o.Name] = []string{o.Example()}
		}
	}
	scheme, _ := signers.Lookup(vendor)
	if fault := mixedUse(&scheme, v); fault != nil {
		faults = append(faults, *fault)
	}
	if own.Has("previous") {
		faults = append(faults, checkPrevious(scheme, own)...)
	}
	if own.Has("credentials_file") || readsFile(options, own) { // only the file tells whether anything is missing
		if !own.Has("host") {
			own["host"] = []string{"vendor"}
		}
		faults = append(faults, applyPolicy(new(credential), PolicyOf(own), &scheme, nil)...)
		return append(faults, checkChoices(own)...)
	}
	signer, wrong := scheme.Signer(own)
	if len(wrong) > 0 {
		faults = append(faults, wrong...)
		faults = append(faults, applyPolicy(new(credential), PolicyOf(own), &scheme, nil)...)
		return append(faults, checkChoices(own)...)
	}
	c, wrong := newCredential(&scheme, signer, own, own)
	if len(wrong) == 0 && c.traits.Unproven {
		wrong = append(wrong, unproven)
	}
	return append(faults, wrong...)
}

// mixedUse is the fault of a secret that is the value of another option, too, as far as references show it: the same variable
// or file in both. Values are compared when they are read (buildRotation).
func mixedUse(scheme *signers.Scheme, v signers.Values) *signers.Fault {
	var uses secretUses
	var refs credentials.References
	refs.Short = true
	addUses(&uses, "", scheme.Options, v, &refs)
	if before, faults := v.Block("previous", scheme.Options); v.Has("previous") && len(faults) == 0 {
		addUses(&uses, "previous: ", scheme.Options, before, &refs)
	}
	return sameAsSecret(&uses)
}

// readsFile reports whether the meaning of a configuration depends on a file's content, as with a vendor that is defined by a
// preset file.
func readsFile(options []signers.Option, v signers.Values) bool {
	for _, o := range options {
		if o.Kind == signers.File && v.Has(o.Name) {
			return true
		}
	}
	return false
}

// Doubts are what an operator should know about a configuration without faults: what a gateway would log when it loads it.
// With a credentials_file there are none, since what it holds is not known.
func Doubts(vendor string, v signers.Values) []signers.Fault {
	options, err := Options(vendor)
	if err != nil || v.Has("credentials_file") {
		return nil
	}
	scheme, _ := signers.Lookup(vendor)
	own := WithExamples(v, options)
	signer, faults := scheme.Signer(own)
	if len(faults) > 0 {
		return nil
	}
	c, faults := newCredential(&scheme, signer, own, own)
	if len(faults) > 0 {
		return nil
	}
	return c.doubts
}

// WithExamples is v with its references replaced by values that the options accept, to examine a configuration without
// reading its secrets. v is not changed.
//
//	{"key_id": "AK1", "secret": "{env.ACME_SECRET}"} -> {"key_id": "AK1", "secret": the option's example}
func WithExamples(v signers.Values, options []signers.Option) signers.Values {
	own := v.Copy()
	for _, o := range options {
		if o.Kind == signers.Block && o.Name != "previous" {
			for key, values := range v.Only([]signers.Option{o}) {
				if credentials.HasReference(values[0]) {
					own[key] = []string{blockSample}
				}
			}
			continue
		}
		if o.Verbatim {
			continue
		}
		var closed []string
		for _, value := range own[o.Name] {
			if !credentials.HasReference(value) {
				closed = append(closed, value)
			} else if o.Kind != signers.Lines { // an entry of allow has no example that would mean the same
				closed = append(closed, o.Example())
			}
		}
		if len(own[o.Name]) > 0 {
			own[o.Name] = closed
		}
	}
	return own
}

// blockSample replaces a value in a block that is not read: it is valid hexadecimal and Base64.
const blockSample = "0000"

// checkPrevious is Check for the block previous. What a credentials_file of its own would add is not known.
func checkPrevious(scheme signers.Scheme, v signers.Values) []signers.Fault {
	before, faults := v.Block("previous", append(append([]signers.Option{}, scheme.Options...), fileOption))
	if len(faults) == 0 && !before.Has("credentials_file") {
		_, faults = scheme.Signer(WithExamples(before, scheme.Options))
	}
	return inPrevious(faults)
}
