package cli

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

const appLong = `An app with a local key keeps the vendor's SDK: it signs as the vendor requires, with a key that only the gateway knows.
The gateway verifies that signature, then signs with the real credential.

These commands write the file that a gateway reads with apps_file. It contains no secrets, so you can keep it in Git: the secrets are
derived from a master secret, which the gateway reads with app_master:

  $ openssl rand -base64 32 > app_master
  $ chmod 600 app_master

  https://github.com/vendorsign/vendorsign/blob/main/docs/migration.md

Exit status: 0 success, 1 negative result, 2 usage error.`

// appCommand groups the commands that write an apps_file. They need no gateway: the file is theirs, and
// a running gateway reads it again by itself.
func appCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "app", Short: "Give applications local keys of their own", Long: appLong, Example: appExample, RunE: chooseCommand,
	}
	c.AddCommand(appNewCommand(), appListCommand(), appShowCommand(), appRevokeCommand(), appRotateCommand())
	return c
}

// appFlags are those that several commands have. --json prints objects, for scripts.
type appFlags struct {
	// --file, and --master as it was typed: a path or a reference.
	file, master string
	// --preset: the file of a scheme of one's own.
	preset string
	json   bool
}

// add gives a command the flags. master is the help of --master; empty: the command needs no secret and has no such
// flag.
func (f *appFlags) add(c *cobra.Command, master string) {
	c.Flags().StringVar(&f.file, "file", "", "the apps_file: its `FILE`")
	if master != "" {
		c.Flags().StringVar(&f.master, "master", "", master)
		c.Flags().StringVar(&f.preset, "preset", "", "the preset `FILE` of a scheme of your own, which says what its keys look like")
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
}

// masterUsage is what --master is, where it is needed.
const masterUsage = "the master secret: its `FILE`, or env:NAME"

// key is what derives the secrets of the file's apps. A plain path is taken for a file, since that is
// what people type; the secret itself is never taken from the command line, where the list of processes
// shows it.
func (f *appFlags) key() (*apps.Master, error) {
	if f.master == "" {
		return nil, usagef("--master is required: the file with the master secret that the gateway has as app_master")
	}
	reference := f.master
	if !config.References.Is(reference) {
		// Not quoted if it is as long as a secret: it may be the secret itself, as in --master "$(cat app_master)".
		if _, err := os.Stat(reference); err != nil && len(reference) >= apps.MinMaster {
			return nil, usagef("--master: there is no such file; give the name of the file with the secret, or env:NAME, and not the secret itself")
		}
		reference = "file:" + reference
	}
	secret, err := config.References.Value(reference)
	if err != nil {
		return nil, usagef("--master: %w", err)
	}
	m, err := apps.NewMaster(secret)
	if err != nil {
		return nil, usagef("--master: %w", err)
	}
	return m, nil
}

// options are those of a vendor that a local key fills: the two halves, and further ones that
// have a shape. It fails for a vendor whose signatures the gateway does not verify, and lists those
// that can have apps.
func (f *appFlags) options(vendor string) (id, secret signers.Option, others []signers.Option, err error) {
	scheme, err := f.scheme(vendor)
	if err != nil {
		return id, secret, nil, err
	}
	if scheme.Claims == nil {
		return id, secret, nil, usagef("--vendor: the gateway cannot verify signatures of %s, so its apps cannot have local keys; it can for %s",
			vendor, strings.Join(verifiableOf(signers.Names()), ", "))
	}
	for _, o := range scheme.Options {
		switch {
		case o.Name == scheme.Claims.Key:
			id = o
		case o.Name == scheme.Claims.Secret:
			secret = o
		// A further part of the credential, such as a second token: an app gets one of the same form.
		case o.Shape != "":
			others = append(others, o)
		}
	}
	return id, secret, others, nil
}

// scheme is that of the file's apps: a vendor's, or that of a preset file, which is checked as a gateway does.
func (f *appFlags) scheme(vendor string) (signers.Scheme, error) {
	if f.preset == "" {
		scheme, err := signers.Lookup(vendor)
		switch {
		case err == nil:
			return scheme, nil
		// A misprint has its own hint.
		case signers.NearestWord(vendor, signers.Names()) != "":
			return scheme, usagef("--vendor: %w", err)
		}
		return scheme, usagef("--vendor: %w; for a scheme of your own, --preset is its file", err)
	}
	file, err := config.ReadFile(f.preset)
	if err != nil {
		return signers.Scheme{}, usagef("--preset: %w", err)
	}
	own, faults := signers.FileScheme(presets.CustomName, signers.Values{"preset_file": {string(file)}})
	switch {
	case len(faults) > 0:
		return own, failf("--preset: %w", signers.FaultsError(f.preset, faults))
	case own.Name != vendor:
		return own, usagef("--preset is the file of %s, and the apps are %s's", own.Name, vendor)
	}
	return own, nil
}

// verifiableOf are those of the vendors in whose schemes apps can sign.
func verifiableOf(vendors []string) []string {
	return slices.DeleteFunc(vendors, func(name string) bool {
		scheme, err := signers.Lookup(name)
		return err != nil || scheme.Claims == nil
	})
}

// find returns an app of the file by its name. The pointer leads into the file, so that a caller can
// change it.
func find(f *apps.File, name string) (*apps.FileApp, error) {
	var names []string
	for i := range f.Apps {
		if f.Apps[i].Name == name {
			return &f.Apps[i], nil
		}
		names = append(names, f.Apps[i].Name)
	}
	// The names of apps are the operator's own, so a misprint is the usual reason.
	if near := signers.NearestWord(name, names); near != "" {
		return nil, failf("there is no app %q; did you mean %s?", name, near)
	}
	return nil, failf("there is no app %q; vendorsign app list shows all apps", name)
}

// stateOf says in a few words what happens to an app's requests: revoked, expired, both keys until a
// time, or valid.
func stateOf(a *apps.FileApp, now time.Time) string {
	ends, err := apps.ParseExpires(a.Expires)
	switch {
	case a.Revoked:
		return "revoked"
	case err == nil && !ends.IsZero() && !now.Before(ends):
		return "expired"
	}
	if until, err := time.Parse(time.RFC3339, a.Overlap); err == nil && now.Before(until) {
		return "both keys until " + until.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return "valid"
}

// rightsOf says in a few words what an app may do.
func rightsOf(f *apps.File, a *apps.FileApp) string {
	rules := strings.Join(a.Allow, ", ")
	if a.Policy != "" {
		rules = strings.Join(f.Policies[a.Policy], ", ") + " (policy " + a.Policy + ")"
	}
	return cmp.Or(rules, "all that the credential may")
}

// exists reports whether there is a file; it is an error if nobody can tell, as in a folder that may
// not be read.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if os.IsNotExist(err) {
		return false, nil
	}
	return err == nil, err
}

// quoted is a value in JSON, without the escapes that are for HTML: rules may have & and < in them.
func quoted(value any) string {
	var b strings.Builder
	_ = writeJSON(&b, value) // texts, numbers and lists of texts
	return strings.TrimSuffix(b.String(), "\n")
}
