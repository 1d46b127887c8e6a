package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// credentialFlags are the flags of a simulated vendor's credential: the vendor's own options, in
// kebab-case.
type credentialFlags struct {
	command *cobra.Command
	vendor  string
	options []signers.Option
	// The mode of the made-up credential. Empty: the vendor's first.
	demo string
}

// newCredentialFlags gives a command a flag for each option of the vendor that its simulator judges by. What only
// steers a gateway has none.
func newCredentialFlags(c *cobra.Command, vendor string) *credentialFlags {
	f := &credentialFlags{command: c, vendor: vendor}
	f.options = slices.DeleteFunc(slices.Clone(config.NewOptions(vendor).Own), func(o signers.Option) bool {
		// A simulator judges by what is sent; options that only steer a gateway change nothing of that.
		return o.Steers || o.Kind == signers.Flag || o.Many() && !o.Required && !slices.Contains(vendorsim.Lists(vendor), o.Name)
	})
	for _, o := range f.options {
		usage := cmp.Or(o.Doc, "The option "+o.Name+".")
		if narrows(o) {
			usage += " If given, no other is accepted."
		}
		addOption(c, o, credentialSection, usage)
	}
	if modes := vendorsim.DemoModes(vendor); len(modes) > 1 {
		c.Flags().StringVar(&f.demo, "demo", "", "Take the made-up credential of this `MODE`: "+strings.Join(modes[1:], ", ")+".")
		note(c.Flags().Lookup("demo"), inSection, credentialSection)
	}
	hintAt(c, f.options)
	return f
}

// narrows reports whether an option chooses among the vendor's schemes, and is no part of the credential itself.
func narrows(o signers.Option) bool { return o.Kind == signers.Number || len(o.Values) > 0 }

// flagOf is the flag of an option. Where a command has a flag of that name itself, it is --option-NAME.
//
//	secret_key  ->  secret-key
//	header      ->  option-header
func flagOf(name string) string {
	flag := strings.ReplaceAll(name, "_", "-")
	if ownFlags[flag] {
		return "option-" + flag
	}
	return flag
}

// ownFlags are the flags of the commands that have one for each option of a vendor. A new flag of such
// a command belongs here, or it would clash with a vendor's option of that name and panic.
var ownFlags = map[string]bool{
	"address": true, "config": true, "curl": true, "data": true, "date": true, "demo": true, "har": true, "header": true, "help": true,
	"json": true, "listen": true, "method": true, "nonce": true, "now": true, "once": true, "port": true, "raw": true, "response": true,
	"signer": true, "target": true, "time": true, "upstream": true, "url": true,
}

// read returns the credential that the flags make, and whether it is a made-up one: it is, unless a flag gives a
// part of a credential.
func (f *credentialFlags) read() (credential map[string]string, demo bool, err error) {
	given := make(map[string]string)
	demo = true
	for _, s := range f.options {
		flag := f.command.Flags().Lookup(flagOf(s.Name))
		if !flag.Changed {
			continue
		}
		value := flag.Value.String()
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		if given[s.Name], err = resolve(s, value); err != nil {
			return nil, false, err
		}
		demo = demo && narrows(s)
	}
	if !demo {
		// The other flags give a credential, and --demo would take another one.
		if f.demo != "" {
			return nil, false, usagef("--demo takes a made-up credential, and the other flags give one")
		}
		return given, false, nil
	}
	credential = vendorsim.DemoCredential(f.vendor, f.demo)
	if credential == nil {
		return nil, false, usagef("--demo must be one of %s", strings.Join(vendorsim.DemoModes(f.vendor)[1:], ", "))
	}
	maps.Copy(credential, given)
	return credential, true, nil
}

// resolve returns the value of a flag, which may be a reference, and must be one for a secret. It fails
// also for a value that the option does not take.
//
//	--secret-key env:ACME_KEY             the variable's value
//	--secret-key file:/run/secrets/acme   the file's content
//	--secret-key s3cr3t                   refused: it would stay in the shell's history
//	--access-id AB12                      the text itself
func resolve(s signers.Option, value string) (string, error) {
	if s.Secret && !config.References.Is(value) {
		return "", usagef("--%s takes a reference, {env.NAME} or env:NAME, {file./path} or file:/path, and not the "+
			"secret itself: that would stay in the shell's history and be seen in the list of processes", flagOf(s.Name))
	}
	resolved, err := config.References.Value(value)
	if err != nil {
		return "", usagef("--%s: %w", flagOf(s.Name), err)
	}
	if fault := make(signers.Values).Set(s, resolved); fault != nil {
		return "", usagef("--%s: %s", flagOf(s.Name), fault.Text)
	}
	return resolved, nil
}

// hintAt adds to the error for an unknown flag of c the option that was probably meant: the vendors'
// own words, such as --ikey, lead to ours.
func hintAt(c *cobra.Command, options []signers.Option) {
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		name, ok := unknownFlag(err)
		if !ok {
			return err
		}
		near, ok := signers.Nearest(options, name)
		if !ok {
			return err
		}
		return fmt.Errorf("%w; did you mean --%s?", err, flagOf(near))
	})
}

// pairs writes a made-up credential, its parts in the order of the vendor's options: "access_id=AB12", "secret_key=...".
func pairs(vendor string, credential map[string]string) []string {
	own := config.NewOptions(vendor).Own
	place := func(name string) int {
		if i := slices.IndexFunc(own, func(o signers.Option) bool { return o.Name == name }); i >= 0 {
			return i
		}
		return len(own)
	}
	var words []string
	for _, name := range slices.SortedFunc(maps.Keys(credential), func(a, b string) int {
		return cmp.Or(place(a)-place(b), strings.Compare(a, b))
	}) {
		words = append(words, name+"="+strings.ReplaceAll(credential[name], "\n", `\n`)) // keys in PEM
	}
	return words
}
