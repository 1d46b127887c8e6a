package cli

import (
	"fmt"
	"io"
	"regexp"

	"github.com/spf13/cobra"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// appKey is what an app's SDK needs. Options have the secret: it is printed, and never stored.
type appKey struct {
	App        string            `json:"app"`
	Vendor     string            `json:"vendor"`
	Host       string            `json:"host"`
	Generation int               `json:"generation"`
	Overlap    string            `json:"overlap,omitempty"`
	Options    map[string]string `json:"options"`

	// The options in the order in which they are printed: ID, secret, others.
	order []signers.Option
}

// keyOf derives the key of an app: the secret of its generation from the master secret, the vendor, the
// gateway's host and the key's ID. The same file and master give the same key, which is how show prints
// it again.
func (flags *appFlags) keyOf(m *apps.Master, f *apps.File, a *apps.FileApp) (*appKey, error) {
	id, secret, others, err := flags.options(f.Vendor)
	if err != nil {
		return nil, err
	}
	k := &appKey{App: a.Name, Vendor: f.Vendor, Host: f.Gateway, Generation: a.Generation, Overlap: a.Overlap,
		Options: map[string]string{id.Name: a.KeyID}, order: append([]signers.Option{id, secret}, others...)}
	for _, o := range k.order[1:] {
		// Other options than the secret, such as a public part, are derived from the first generation: they stay when the secret changes.
		generation := a.Generation
		if !o.Secret {
			generation = 1
		}
		if k.Options[o.Name], err = apps.Derive(m, apps.Origin{Vendor: f.Vendor, Gateway: f.Gateway, KeyID: a.KeyID, Generation: generation},
			o); err != nil {
			return nil, failf("%w", err)
		}
	}
	return k, nil
}

// ownWord is a vendor's own word for an option that can be one in code.
var ownWord = regexp.MustCompile(`^[a-z_]+$`)

// print writes what an SDK needs: a line for each option, with the vendor's own word for it, as SDKs
// ask for that.
func (k *appKey) print(out io.Writer) {
	left := func(o signers.Option) string {
		if len(o.Also) > 0 && ownWord.MatchString(o.Also[0]) {
			return o.Name + " (" + o.Also[0] + ")"
		}
		return o.Name
	}
	width := len("host")
	for _, o := range k.order {
		width = max(width, len(left(o)))
	}
	fmt.Fprintf(out, "  %-*s  %s\n", width, "host", k.Host)
	for _, o := range k.order {
		fmt.Fprintf(out, "  %-*s  %s\n", width, left(o), k.Options[o.Name])
	}
}

// show writes a key, after a sentence about it.
func (f *appFlags) show(c *cobra.Command, k *appKey, sentence string) error {
	out := c.OutOrStdout()
	if f.json {
		return writeJSON(out, k)
	}
	fmt.Fprint(out, screen.Of(out).Line(sentence))
	k.print(out)
	return nil
}
