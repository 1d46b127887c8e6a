package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// appRevokeCommand marks an app as revoked. That needs no master secret, so that whoever is on call can do it.
func appRevokeCommand() *cobra.Command {
	var f appFlags
	c := &cobra.Command{
		Use: "revoke NAME", Short: "Have gateways refuse an app", Args: asUsed,
		Long: `Revoke marks an app in the file as revoked. Gateways that read the file refuse it within five seconds, without a reload; other
apps are not affected. The app stays in the file, so that the log still shows its name.`,
		Example: "  $ vendorsign app revoke billing --file apps.json",
		RunE: func(c *cobra.Command, args []string) error {
			// A name that is not in the file is an error, and nothing is written.
			err := changeApps(f.file, nil, func(file *apps.File) error {
				a, err := find(file, args[0])
				if err == nil {
					a.Revoked = true
				}
				return err
			})
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			if f.json {
				return writeJSON(out, map[string]any{"app": args[0], "revoked": true})
			}
			fmt.Fprint(out, screen.Of(out).Line(args[0]+" is revoked. Gateways that read this file refuse it within 5 seconds."))
			return nil
		},
	}
	f.add(c, "")
	return c
}

// maxOverlap is how long two keys of an app may be valid.
const maxOverlap = 90 * 24 * time.Hour

// appRotateCommand gives an app the next generation of its secret.
func appRotateCommand() *cobra.Command {
	var f appFlags
	var overlap string
	var force bool
	c := &cobra.Command{
		Use: "rotate NAME", Short: "Give an app a new secret, and print it", Args: asUsed,
		Long: `Rotate gives an app a new secret; the key's ID stays the same. The previous secret stays valid for the time of --overlap, in
which you change the app. With --overlap 0 it is refused at once. An app has at most two secrets: to rotate again before the overlap
ends, use --overlap 0 or --force, which ends the oldest secret.`,
		Example: `  $ vendorsign app rotate billing --overlap 24h \
      --file apps.json --master app_master`,
		RunE: func(c *cobra.Command, args []string) error {
			// A number without a unit is refused: it may be meant as hours, and would be seconds elsewhere.
			valid, err := time.ParseDuration(overlap)
			if err != nil || valid < 0 || valid > maxOverlap {
				return usagef("--overlap must be between 0 and %dh, such as 24h", int(maxOverlap.Hours()))
			}
			return f.rotate(c, args[0], valid, force)
		},
	}
	f.add(c, masterUsage)
	c.Flags().StringVar(&overlap, "overlap", "24h", "how long the previous secret stays valid: a `TIME` such as 24h")
	c.Flags().BoolVar(&force, "force", false, "rotate although the overlap of the last rotation has not ended")
	return c
}

// rotate gives an app the next generation of its secret. The file keeps the time until which the one
// before is valid, and no secret. Another rotation within that time would end the secret before it
// early, and needs force.
func (f *appFlags) rotate(c *cobra.Command, name string, overlap time.Duration, force bool) error {
	master, err := f.key()
	if err != nil {
		return err
	}
	var k *appKey
	err = changeApps(f.file, nil, func(file *apps.File) error {
		a, err := find(file, name)
		if err != nil {
			return err
		}
		// A revoked app stays in the file for the log, and gets no other secret.
		if a.Revoked {
			return failf("%s is revoked; use app new with another name", name)
		}
		if stateOf(a, time.Now()) == "expired" {
			return failf("%s has expired, and its new secret would not be accepted: change expires in the file first", name)
		}
		if a.Generation == 0 {
			return failf("%s has a secret from elsewhere: in the file, write a reference to the new one as secret, and to the "+
				"old one as previous", name)
		}
		until, err := time.Parse(time.RFC3339, a.Overlap)
		if err == nil && time.Now().Before(until) && overlap > 0 && !force {
			return failf("%s was rotated, and its previous secret is valid until %s; another rotation would end it now: wait, "+
				"or add --force", name, a.Overlap)
		}
		// The generation is a part of what the secret is derived from, so that the file needs no
		// secret.
		a.Generation++
		a.Overlap = ""
		if overlap > 0 {
			a.Overlap = time.Now().Add(overlap).UTC().Truncate(time.Second).Format(time.RFC3339)
		}
		k, err = f.keyOf(master, file, a)
		return err
	})
	if err != nil {
		return err
	}
	sentence := name + " has a new secret; the previous one is refused from now on.\nIts " + k.Vendor + " SDK needs:"
	if k.Overlap != "" {
		sentence = name + " has a new secret; the previous one is valid until " + k.Overlap + ".\nIts " + k.Vendor + " SDK needs:"
	}
	return f.show(c, k, sentence)
}
