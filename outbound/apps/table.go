//go:build go1.21

package apps

import (
	"fmt"
	"hash/maphash"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// maxApps is how many apps one gateway may have. A file of that many is read in seconds where it is interpreted.
const maxApps = 10000

// table holds the apps by their keys. It never changes, so that requests read it without a lock; another one takes its place.
type table struct {
	// byKey has the apps by the key ID as a message has it (Claims.KeySent), which a claim names.
	byKey   map[string]*entry
	entries []*entry // the same, for standIn
}

// standIn is an app whose keys stand in for those of an unknown key; nil: there is no app. The same key has the same app, and
// nobody knows which, since the seed is secret and another one in each process: so its keys are as long unused as those of a
// known key, and take as long to sign with. One fixed app would be in the processor's caches all the time, and its signer
// made long ago; a key that nobody has would then be answered faster than one that is rarely used.
func standIn(t *table, seed maphash.Seed, key string) *entry {
	if len(t.entries) == 0 {
		return nil
	}
	return t.entries[maphash.String(seed, key)%uint64(len(t.entries))]
}

// entry is an app that can be verified. It is made once for each table and never changes; windows are safe for concurrent
// use.
type entry struct {
	name     string
	current  *localKey
	previous *localKey // nil: none
	rights   *outbound.Rights
	app      *outbound.App // as the signer knows it
	rates    []*limits.Rate
	windows  *limits.Windows // of the rates, nil without any: see windowsOf
	revoked  bool
	expires  time.Time
	ends     bool // it is revoked, or expires some time
	limited  bool // it has rights or rates
}

// newTable checks all apps, and returns all faults, each with the name or number of its app. What is the same in the table
// before is taken over from there: keys with their signers, and what is counted of the rates. before may be nil.
func newTable(v *Verifier, list []App, before *table) (*table, []signers.Fault) {
	t := &table{byKey: make(map[string]*entry, len(list))}
	if len(list) > maxApps {
		return t, []signers.Fault{{Option: "app", Text: "there are more than " + strconv.Itoa(maxApps) + " apps"}}
	}
	scheme := v.scheme
	// Faults do not end the loop: an operator sees all of them at once.
	names := make(map[string]bool, len(list))
	alike := newAlike(scheme)
	var faults []signers.Fault
	for i := range list {
		a := &list[i]
		// The option and what is sent may differ: two apps that differ in the option alone would be one for a request.
		sent := a.KeyID
		if scheme.Claims.KeySent != nil {
			sent = scheme.Claims.KeySent(sent)
		}
		var was *entry
		if before != nil {
			was = before.byKey[sent]
		}
		e, wrong := newEntry(v, a, was, alike)
		// A name from a file has passed CheckName; one of the configuration may have any printable characters.
		if text := signers.CheckText("name", a.Name); text != "" {
			wrong = append(wrong, signers.Fault{Option: "name", Text: text})
		}
		if names[a.Name] {
			wrong = append(wrong, signers.Fault{Option: "name", Text: "there are two apps of this name"})
		}
		if t.byKey[sent] != nil {
			wrong = append(wrong, signers.Fault{Option: "key_id", Text: "another app has this key_id"})
		}
		for _, f := range wrong {
			faults = append(faults, signers.Fault{Option: f.Option, Entry: i + 1, Text: "app " + nameOf(a.Name, i) + ": " + f.Text})
		}
		names[a.Name] = true
		t.byKey[sent] = e
		t.entries = append(t.entries, e)
	}
	return t, faults
}

// WithSecret is the name of an app one of whose secrets has a fingerprint, by outbound.SecretPrint, that uses reports; empty:
// none has. A signer calls it with Gate.UsesPrint when its credential changes: an app that has the credential's secret needs
// no gateway.
func WithSecret(v *Verifier, uses func(print string) bool) string {
	for _, e := range v.table.Load().(*table).entries {
		if usesOneOf(uses, e.app.Secrets) {
			return e.name
		}
	}
	return ""
}

// nameOf is the name of an app for a message, or its number in the list, from 1, if it has no name that can be printed.
func nameOf(name string, i int) string {
	if name == "" || len(name) > 64 || signers.HasControl(name) {
		return strconv.Itoa(i + 1)
	}
	return name
}

// addPrints adds the fingerprints of a secret to those of an app. One that is derived is spelled in the one way that it is made.
func addPrints(app *outbound.App, scheme *signers.Scheme, secret string, derived bool) {
	app.Secrets = append(app.Secrets, outbound.SecretPrint(secret))
	if !derived {
		if print := outbound.SpelledPrint(scheme, secret); print != "" {
			app.Secrets = append(app.Secrets, print)
		}
	}
}

// newEntry makes the entry of an app. was is the one with its key before, if there was one. With faults the entry may be
// incomplete, and must not be used.
func newEntry(v *Verifier, a *App, was *entry, alike *alike) (*entry, []signers.Fault) {
	scheme := v.scheme
	e := &entry{name: a.Name, revoked: a.Revoked, expires: a.Expires}
	e.ends = a.Revoked || !a.Expires.IsZero()
	var faults []signers.Fault
	// Both halves are needed before anything else can be checked.
	if a.KeyID == "" {
		faults = append(faults, signers.Fault{Option: "key_id", Text: "key_id is required"})
	}
	if a.Secret == "" {
		faults = append(faults, signers.Fault{Option: "secret", Text: "secret is required"})
	}
	if len(faults) > 0 {
		return e, faults
	}
	// A rotation that changed nothing: the operator believes that the old secret ends.
	if a.Secret == a.Previous {
		faults = append(faults, signers.Fault{Option: "previous", Text: "previous is the same as secret"})
	}
	// Only the first derived key is checked by making a signer of it. The others have the same shape, and so has the ID.
	checked := a.derived && alike.checked && alike.ids.MatchString(a.KeyID)
	current, wrong := keyFor(scheme, was, a.KeyID, a.Secret, checked)
	alike.checked = alike.checked || a.derived && len(wrong) == 0
	if len(wrong) > 0 {
		faults = append(faults, renamed(scheme, wrong, "secret")...)
	}
	e.current = current
	if a.Previous != "" {
		previous, wrong := keyFor(scheme, was, a.KeyID, a.Previous, checked)
		faults = append(faults, renamed(scheme, wrong, "previous")...)
		e.previous = previous
	}
	// Fingerprints go along with each request, so that a signer can refuse an app with the credential's secret.
	e.app = &outbound.App{Name: a.Name, Vendor: v.vendor, File: v.own}
	addPrints(e.app, &v.scheme, a.Secret, a.derived)
	if a.Previous != "" {
		addPrints(e.app, &v.scheme, a.Previous, a.derived)
	}
	// An empty list is refused, since it could mean nothing or everything.
	if a.Allow != nil && len(a.Allow) == 0 {
		faults = append(faults, signers.Fault{Option: "allow", Text: "allow " + signers.ListEmpty})
	}
	if len(a.Allow) > 0 {
		rights, err := rightsOf(alike, a.Allow)
		if err != nil {
			faults = append(faults, signers.Fault{Option: "allow", Text: err.Error()})
		}
		e.rights, e.app.Rights = rights, rights
	}
	if a.Rate != "" {
		rates, err := ratesOf(alike, a.Rate)
		if err != nil {
			faults = append(faults, signers.Fault{Option: "rate", Text: err.Error()})
		}
		// An app that waits would hold requests of the gateway: see checkRate.
		if limits.Queues(rates) {
			faults = append(faults, signers.Fault{Option: "rate", Text: "rate of an app has no queue; give the credential's own rate one"})
		}
		e.rates = rates
		e.windows = windowsOf(v, was, a, e.app.Secrets[0])
	}
	e.limited = e.rights != nil || len(e.rates) > 0
	return e, faults
}

// alike is what many apps have in common: interpreted, to make it for each of ten thousand takes seconds. It lives as
// long as newTable runs.
type alike struct {
	ids     *regexp.Regexp // matches IDs in the shape of the vendor's
	checked bool           // a signer was made of a key in the vendor's shape, so that one can be made of each
	rights  map[string]*outbound.Rights
	rates   map[string][]*limits.Rate
}

func newAlike(scheme signers.Scheme) *alike {
	option, _ := signers.Find(scheme.Options, scheme.Claims.Key)
	return &alike{ids: shapePattern(shapeOf(option)), rights: make(map[string]*outbound.Rights), rates: make(map[string][]*limits.Rate)}
}

// rightsOf are the rights of a list of rules. They never change, and apps with the same list
// share them.
func rightsOf(known *alike, allow []string) (*outbound.Rights, error) {
	// Quoted, since two lists may join to the same text: ["GET /a", "GET /b"] and ["GET /a\nGET /b"].
	key := fmt.Sprintf("%q", allow)
	if rights := known.rights[key]; rights != nil {
		return rights, nil
	}
	rights, err := outbound.NewRights(allow)
	if err == nil && rights != nil {
		known.rights[key] = rights
	}
	return rights, err
}

// renamed has faults name the options of an app in place of the vendor's: who configures an app has written secret, or
// previous, and not secret_key.
//
//	{secret_key "secret_key has 39 characters ..."} -> {secret "secret has 39 characters ..."}
func renamed(scheme signers.Scheme, faults []signers.Fault, secret string) []signers.Fault {
	words := strings.NewReplacer(scheme.Claims.Key, "key_id", scheme.Claims.Secret, secret)
	var own []signers.Fault
	for _, f := range faults {
		name, text := f.Option, f.Text
		switch f.Option {
		case scheme.Claims.Key:
			name = "key_id"
		case scheme.Claims.Secret:
			name = secret
		}
		own = append(own, signers.Fault{Option: name, Text: words.Replace(text)})
	}
	return own
}
