package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/outbound/apps"
)

// appNewCommand adds an app at generation 1.
func appNewCommand() *cobra.Command {
	var f appFlags
	var a apps.FileApp
	var vendor, gateway string
	c := &cobra.Command{
		Use: "new NAME", Short: "Give an app a key, and print what its SDK needs", Args: asUsed,
		Long: `New adds an app to an apps_file, creating the file if necessary, and prints what the app's SDK needs: the host to use, the key's
ID and its secret. The file gets only the ID; show prints the secret again. The first app of a file needs --vendor and --gateway, which
are stored in the file.`,
		Example: appNewExample,
		RunE: func(c *cobra.Command, args []string) error {
			// As a variable that is not set leaves it in a script: without the flag the app could do more.
			for flag, value := range map[string]string{"policy": a.Policy, "rate": a.Rate, "expires": a.Expires} {
				if value == "" && c.Flags().Changed(flag) {
					return usagef("--%s is empty; give a value, or leave the option out", flag)
				}
			}
			a.Name, a.Generation, a.Created = args[0], 1, time.Now().UTC().Format("2006-01-02")
			return f.create(c, vendor, gateway, a)
		},
	}
	f.add(c, masterUsage)
	c.Flags().StringVar(&vendor, "vendor", "", "the `VENDOR` whose SDK the apps of this file use, or the name in --preset")
	c.Flags().StringVar(&gateway, "gateway", "", "the gateway's `HOST`, to which apps send their requests; keys are also derived from it")
	c.Flags().StringArrayVar(&a.Allow, "allow", nil, "a `RULE` for what the app may request, written as for the option allow; may be repeated")
	c.Flags().StringVar(&a.Policy, "policy", "", "the `NAME` of a policy in the file, instead of --allow")
	c.Flags().StringVar(&a.Rate, "rate", "", "the app's own rate `LIMIT`, such as 25/5m")
	c.Flags().StringVar(&a.Expires, "expires", "", "the last `DAY` on which the key is valid, such as 2027-03-31")
	return c
}

// create adds an app to the file. Vendor and gateway are needed for the first app only, and must agree
// with the file later: both are a part of what keys are derived from.
func (f *appFlags) create(c *cobra.Command, vendor, gateway string, a apps.FileApp) error {
	if text := apps.CheckName(a.Name); text != "" {
		return usagef("NAME %s", text)
	}
	ends, err := apps.ParseExpires(a.Expires)
	if err != nil {
		return usagef("--%w", err)
	}
	if a.Expires != "" && !time.Now().Before(ends) {
		return usagef("--expires is in the past: the key would never be valid")
	}
	master, err := f.key()
	if err != nil {
		return err
	}
	// For the first app of a file, which says for whom the others are.
	made := func() (*apps.File, error) {
		if vendor == "" || gateway == "" {
			return nil, usagef("--vendor and --gateway are required for the first app of a file")
		}
		if text := apps.CheckGateway(gateway); text != "" {
			return nil, usagef("--gateway %s", text)
		}
		return &apps.File{Vendor: vendor, Gateway: gateway}, nil
	}
	// The key is derived while the file is locked, and printed only after it was written: a key that is
	// printed is in the file.
	var k *appKey
	err = changeApps(f.file, made, func(file *apps.File) error {
		if vendor != "" && vendor != file.Vendor {
			return usagef("--vendor: the apps of this file are for %s; put apps for another vendor into another file", file.Vendor)
		}
		if gateway != "" && gateway != file.Gateway {
			return usagef("--gateway: the apps of this file send to %s; put apps for another host into another file", file.Gateway)
		}
		// The file's vendor, which the flag need not repeat.
		id, _, _, err := f.options(file.Vendor)
		if err != nil {
			return err
		}
		taken := make(map[string]bool)
		for _, other := range file.Apps {
			if other.Name == a.Name {
				return failf("there is already an app %s; app rotate gives it a new secret", a.Name)
			}
			taken[other.KeyID] = true
		}
		// An ID is drawn at random, and may be taken.
		for a.KeyID == "" || taken[a.KeyID] {
			if a.KeyID, err = apps.NewKeyID(id); err != nil {
				return failf("%w", err)
			}
		}
		file.Apps = append(file.Apps, a)
		k, err = f.keyOf(master, file, &a)
		return err
	})
	if err != nil {
		return err
	}
	return f.show(c, k, a.Name+" has a key of its own.\nIts "+k.Vendor+" SDK needs:")
}
