package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// appInfo is what the file says of an app, with its state now. It has no secret, so that list and show
// need none.
type appInfo struct {
	Name string `json:"name"`
	// As stateOf says it: it changes with time, and not with the file alone.
	State      string   `json:"state"`
	KeyID      string   `json:"key_id"`
	Generation int      `json:"generation,omitempty"`
	Overlap    string   `json:"overlap,omitempty"`
	Policy     string   `json:"policy,omitempty"`
	Allow      []string `json:"allow,omitempty"`
	Rate       string   `json:"rate,omitempty"`
	Expires    string   `json:"expires,omitempty"`
	Created    string   `json:"created,omitempty"`
}

// infoOf is what --json prints of an app: its rights are those of its policy, if it has one.
func infoOf(f *apps.File, a *apps.FileApp, now time.Time) appInfo {
	allow := a.Allow
	if a.Policy != "" {
		allow = f.Policies[a.Policy]
	}
	return appInfo{Name: a.Name, State: stateOf(a, now), KeyID: a.KeyID, Generation: a.Generation, Overlap: a.Overlap, Policy: a.Policy,
		Allow: allow, Rate: a.Rate, Expires: a.Expires, Created: a.Created}
}

// appListCommand prints a line for each app, or with --json an object.
func appListCommand() *cobra.Command {
	var f appFlags
	c := &cobra.Command{
		Use: "list", Short: "List the apps of a file", Args: asUsed,
		Long:    "List shows, for each app, whether its key is valid, the key's ID, and its limits. It needs no secret.",
		Example: "  $ vendorsign app list --file apps.json",
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := readApps(f.file)
			if err != nil {
				return err
			}
			if err := verifiable(file.Vendor); err != nil {
				return err
			}
			out, now := c.OutOrStdout(), time.Now()
			if f.json {
				for i := range file.Apps {
					if err := writeJSON(out, infoOf(file, &file.Apps[i], now)); err != nil {
						return err
					}
				}
				return nil
			}
			// For people: the state first, then the key's ID, then what is special.
			rows := make([]screen.Pair, 0, len(file.Apps))
			for i := range file.Apps {
				a := &file.Apps[i]
				row := stateOf(a, now) + ", " + a.KeyID
				for _, special := range []struct{ word, value string }{{"policy", a.Policy}, {"rate", a.Rate}, {"expires", a.Expires}} {
					if special.value != "" {
						row += ", " + special.word + " " + special.value
					}
				}
				rows = append(rows, screen.Pair{Left: a.Name, Right: row})
			}
			fmt.Fprint(out, screen.Of(out).Line(fmt.Sprintf("%s of %s at %s:", counted(len(rows), "app"), file.Vendor, file.Gateway)))
			if len(rows) > 0 {
				fmt.Fprint(out, screen.Columns(rows, screen.Of(out).Prose()))
			}
			return nil
		},
	}
	f.add(c, "")
	return c
}

// verifiable refuses a file for whose vendor no gateway verifies requests, as gateways do when they load it. A name that is like no
// vendor's may be that of a scheme of one's own.
func verifiable(vendor string) error {
	scheme, err := signers.Lookup(vendor)
	switch {
	case err == nil && scheme.Claims == nil:
		return failf("--file: requests of apps in the scheme of %s cannot be verified", vendor)
	case err != nil && signers.NearestWord(vendor, signers.Names()) != "":
		return failf("--file: %w", err)
	}
	return nil
}

// appShowCommand prints what the file says of one app or, with --master, its key.
func appShowCommand() *cobra.Command {
	var f appFlags
	c := &cobra.Command{
		Use: "show NAME", Short: "Show an app, and its key with --master", Args: asUsed,
		Long: `Show prints what the file says about an app. With --master it prints what the app's SDK needs, including the secret, as new did.`,
		Example: `  $ vendorsign app show billing --file apps.json
  $ vendorsign app show billing --file apps.json --master app_master`,
		RunE: func(c *cobra.Command, args []string) error {
			file, err := readApps(f.file)
			if err != nil {
				return err
			}
			a, err := find(file, args[0])
			if err != nil {
				return err
			}
			// Only whoever has the master secret gets to see a key.
			if f.master != "" {
				return f.reveal(c, file, a)
			}
			out, now := c.OutOrStdout(), time.Now()
			if f.json {
				return writeJSON(out, infoOf(file, a, now))
			}
			fmt.Fprint(out, screen.Of(out).Line(fmt.Sprintf("%s: %s", a.Name, stateOf(a, now))))
			rows := []screen.Pair{{Left: "key_id", Right: a.KeyID}, {Left: "allow", Right: rightsOf(file, a)}}
			for _, more := range []screen.Pair{
				{Left: "rate", Right: a.Rate}, {Left: "expires", Right: a.Expires}, {Left: "created", Right: a.Created},
			} {
				if more.Right != "" {
					rows = append(rows, more)
				}
			}
			if a.Generation > 0 {
				rows = append(rows, screen.Pair{Left: "generation", Right: fmt.Sprint(a.Generation)})
			}
			fmt.Fprint(out, screen.Columns(rows, screen.Of(out).Prose()))
			return nil
		},
	}
	f.add(c, masterUsage)
	return c
}

// reveal prints the key of an app. A secret that is not derived is a reference to somewhere else, and
// is not read.
func (f *appFlags) reveal(c *cobra.Command, file *apps.File, a *apps.FileApp) error {
	master, err := f.key()
	if err != nil {
		return err
	}
	// A generation of 0 means that the secret was not derived.
	if a.Generation == 0 {
		return failf("%s has a secret from elsewhere, not a derived one: %s", a.Name, a.Secret)
	}
	k, err := f.keyOf(master, file, a)
	if err != nil {
		return err
	}
	return f.show(c, k, a.Name+": "+stateOf(a, time.Now())+".\nIts "+k.Vendor+" SDK needs:")
}
