package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// gateFlags are all options of a signer as flags, its policy's too, and --config for a file of them.
//
//	fill     the block of --config (config.Choose), then the flags that were given, which win
//	build    for commands that send: without allow (operator), amended, and made a gate; fails without the secret
//	lenient  for explain and diagnose: references resolved as far as they can be, and what is missing
type gateFlags struct {
	*config.Options
	command *cobra.Command
	file    string
	pick    string
	// The options with references resolved, for what must not be shown. build sets it.
	resolved *config.Options
	// What clients may do does not bind the operator: allow is left out.
	operator bool

	// Changes what the file and the flags say; may be nil.
	amend func(v signers.Values) error
}

// newGateFlags gives a command a flag for each option of the vendor and of all vendors. Blocks, such as
// previous, can only be given in a file.
func newGateFlags(c *cobra.Command, vendor string) *gateFlags {
	f := &gateFlags{Options: config.NewOptions(vendor), command: c}
	for _, o := range f.Own {
		if o.Kind != signers.Block { // for a file only
			addOption(c, o, credentialSection, cmp.Or(o.Doc, "The option "+o.Name+"."))
		}
	}
	for _, o := range f.All[len(f.Own):] {
		switch {
		case o.Name == "client_hosts" || o.Name == "require_app" || o.Kind == signers.Block: // for a gateway's own clients, and for a file
		case o.Name == "host" || o.Name == "credentials_file":
			addOption(c, o, credentialSection, gatewayHelp[o.Name])
		default:
			addOption(c, o, gatewaySection, gatewayHelp[o.Name])
		}
	}
	c.Flags().StringVar(&f.file, "config", "", "Read the options from this `FILE`: Caddy JSON or a part of it, a Traefik file in YAML or "+
		"TOML, in Caddy a Caddyfile.")
	c.Flags().StringVar(&f.pick, "signer", "", "The `NAME` or number of the signer in --config, if it has several.")
	note(c.Flags().Lookup("config"), inSection, credentialSection)
	note(c.Flags().Lookup("signer"), inSection, credentialSection)
	hintAt(c, f.All)
	return f
}

// Hosted answers the token requests of sources that a gateway itself answers, which a program without one cannot. A gateway's own
// commands set it.
var Hosted = func(signers.TokenRequest) (signers.TokenAnswer, error) {
	return signers.TokenAnswer{}, errors.New("this program has no such source of credentials: use the one in Caddy")
}

// build makes the gate of what the file and the flags say; flags win. The signer is one of examples
// where a file with a part of the credential is not there.
func (f *gateFlags) build() (*outbound.Gate, signers.Signer, error) {
	if err := f.fill(); err != nil {
		return nil, nil, err
	}
	if f.operator {
		delete(f.Values, "allow")
	}
	if f.amend != nil {
		if err := f.amend(f.Values); err != nil {
			return nil, nil, err
		}
	}
	// The command is its own client, and has no app.
	delete(f.Values, "client_hosts")
	delete(f.Values, "require_app")
	gate, faults := outbound.Build(f.Vendor, f.Values, config.References, outbound.Sharing{Hosted: Hosted}, nil)
	if len(faults) > 0 {
		return nil, nil, f.refused(faults)
	}
	// The gate keeps its secrets to itself. A second copy is resolved for redact, which has to find them in what is
	// shown.
	f.resolved = f.Copy()
	if _, err := f.resolved.Resolve(); err != nil {
		return nil, nil, usagef("%w", err)
	}
	if signer := gate.Signer(); signer != nil {
		return gate, signer, nil
	}
	signer, err := f.Exemplary().Signer() // a file is not there: what would be sent is still known
	return gate, signer, err
}

// refused is the error for options that make no signer. A command line without any option gets no list of all that are
// missing, but the two ways to give them.
func (f *gateFlags) refused(faults []signers.Fault) error {
	given := f.file != ""
	for _, o := range f.All {
		flag := f.command.Flags().Lookup(flagOf(o.Name))
		given = given || flag != nil && flag.Changed
	}
	err := signers.FaultsError(f.Vendor, faults)
	if given {
		return usagef("%w", err)
	}
	return usagef("%w; give the credential with --config FILE, or with a flag for each of its options", err)
}

// fill reads the file and the flags.
func (f *gateFlags) fill() error {
	if f.file != "" {
		b, err := config.Choose(f.file, f.Vendor, f.pick)
		if err == nil {
			err = f.Take(b)
		}
		if err != nil {
			return usagef("--config: %w", err)
		}
	}
	for _, s := range f.All {
		if flag := f.command.Flags().Lookup(flagOf(s.Name)); flag == nil || !flag.Changed {
			continue
		}
		if err := f.readFlag(s); err != nil {
			return err
		}
	}
	return nil
}

// lenient reads the options for commands that work without the secret, and says which could not be
// read.
func (f *gateFlags) lenient() (*config.Options, []string, error) {
	if err := f.fill(); err != nil {
		return nil, nil, err
	}
	missing, err := f.Resolve()
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	return f.Options, missing, nil
}

// readFlag takes the value of one flag. A list replaces that of the file.
func (f *gateFlags) readFlag(s signers.Option) error {
	flags := f.command.Flags()
	if s.Many() {
		f.Values[s.Name], _ = flags.GetStringArray(flagOf(s.Name))
		return nil
	}
	text := flags.Lookup(flagOf(s.Name)).Value.String()
	// A secret must be a reference here, and is read at once: a flag is no place for one.
	if s.Secret {
		value, err := resolve(s, text)
		f.Values[s.Name] = []string{value}
		return err
	}
	if fault := f.Values.Set(s, text); fault != nil {
		return usagef("--%s: %s", flagOf(s.Name), fault.Text)
	}
	return nil
}

// redact replaces the values of secret options by their names, in what is printed of a request or an
// error.
func (f *gateFlags) redact(text string) string {
	for name, secret := range f.resolved.Secrets() {
		if len(secret) >= 8 { // shorter ones are not secrets, and would match parts of other words
			text = strings.ReplaceAll(text, secret, "{"+name+"}")
		}
	}
	return text
}

// eachVendor gives c a command for each vendor. Those for presets are not in the list of them, which
// would be too long to read.
func eachVendor(c *cobra.Command, short string, build func(sub *cobra.Command, vendor string)) *cobra.Command {
	vendorFirst(c)
	c.Long += "\n\nVENDOR is a command below, or one of " + presetCount() + "."
	data := signers.Presets()
	for _, vendor := range signers.Names() {
		sub := &cobra.Command{Use: vendor, Short: short + " " + vendor, Args: asUsed, Hidden: slices.Contains(data, vendor)}
		sub.Long = sub.Short + ".\n\n" + "The options mean what they mean in a gateway: see docs/options.md and docs/" + pageOf(vendor) +
			" in https://github.com/vendorsign/vendorsign. The help of " + c.Name() + " says what the command does."
		build(sub, vendor)
		c.AddCommand(sub)
	}
	return c
}

// pageOf is the page of a vendor, below docs.
func pageOf(vendor string) string {
	switch vendor {
	case presets.CustomName:
		return "custom.md"
	case presets.OAuth2Name, presets.LoginName, presets.JWTName:
		return "tokens.md"
	}
	return "vendors/" + vendor + ".md"
}
