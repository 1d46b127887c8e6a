package cli

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// disguise shows a signed request of a scheme that sends its secret, which may be encoded there so that
// nobody finds it by its text: the request is signed once more, with placeholders for secrets, and what
// differs is not shown.
//
//	sent    Authorization: Basic aWQ6c2VjcmV0MTIz
//	second  Authorization: Basic aWQ6JEFDTUVfS0VZ     made with $ACME_KEY in place of the secret
//	shown   Authorization: {made of $ACME_KEY}
//
// Where the second signature has the placeholder as it is, that is shown: X-Api-Key: $ACME_KEY.
type disguise struct {
	header http.Header // of the second signature; nil: the scheme sends no secret
	target string
	names  []string // the placeholders
}

// newDisguise signs m again, as it was before it was signed. placeholder names an option, as in
// $ACME_KEY or {secret_key}. If the scheme does not load with placeholders, nothing of its headers is
// shown.
func newDisguise(
	vendor string, signer signers.Signer, values signers.Values, m signers.Message, at signers.Moment, placeholder func(option string) string,
) *disguise {
	d := &disguise{}
	if !signer.Traits().SendsSecret || !slices.Contains(signers.Presets(), vendor) && vendor != "custom" {
		return d // those that are code encode no secret
	}
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return d
	}
	// Each secret is replaced by its placeholder or, where the scheme does not take that, as for a key in PEM, by an
	// example.
	other := values.Copy()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		option, _, _ := strings.Cut(name, ".") // of custom, secrets are secrets.NAME
		o, known := signers.Find(scheme.Options, option)
		if !known || !o.Secret || !values.Has(name) {
			continue
		}
		shown := placeholder(strings.TrimPrefix(name, "secrets."))
		d.names = append(d.names, shown)
		other[name] = []string{shown}
		// One secret after the other, so that one that must be a key in PEM does not spoil the
		// placeholders of the others.
		if _, faults := scheme.Signer(other); len(faults) > 0 {
			other[name] = []string{o.Example()} // it must be of another form
		}
	}
	d.header = make(http.Header)
	second, faults := scheme.Signer(other)
	if len(faults) > 0 {
		return d
	}
	m.Header = make(http.Header)
	if err := second.Sign(&m, &at); err == nil {
		d.header = m.Header
	}
	d.target = m.Target
	return d
}

// value is what is shown of a header. Where the second signature has no placeholder either, as after an
// encoding, only the names of the secrets are.
func (d *disguise) value(name, value string) string {
	if d.header == nil {
		return value
	}
	other := strings.Join(d.header[name], ", ")
	if other == value || slices.ContainsFunc(d.names, func(n string) bool { return strings.Contains(other, n) }) {
		return other
	}
	return madeOf + strings.Join(d.names, " and ") + "}"
}

// shownTarget is what is shown of the target. Placeholders come back escaped from a query or a path,
// and are written out again: %24ACME_KEY becomes $ACME_KEY.
func (d *disguise) shownTarget(target string) string {
	if d.header == nil || d.target == target {
		return target
	}
	shown := d.target
	for _, name := range d.names {
		shown = strings.ReplaceAll(shown, url.PathEscape(name), name)
		shown = strings.ReplaceAll(shown, wire.PercentEncode(name), name)
	}
	return shown
}
