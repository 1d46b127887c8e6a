package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/signers"
)

const keysLong = `Keys prints the directory in which others look up the public key of a credential: a JSON Web Key Set with only the public
members. Serve it as a file at

  /.well-known/http-message-signatures-directory

with the Content-Type application/http-message-signatures-directory+json. If the --config has
the option previous, the directory contains that key too, so that you can replace a key without a gap.`

// keysCommand has a command for each vendor whose scheme signs with a private key that others verify.
func keysCommand() *cobra.Command {
	c := &cobra.Command{Use: "keys VENDOR", Short: "Print the public keys that others look up", Long: keysLong, RunE: chooseCommand}
	vendorFirst(c)
	for _, vendor := range signers.Natives() {
		scheme, err := signers.Lookup(vendor)
		// Only schemes with a private key have something to publish.
		if err != nil || scheme.PublicKey == nil {
			continue
		}
		sub := &cobra.Command{Use: vendor, Short: "Print the public keys of " + vendor, Args: asUsed}
		flags := newGateFlags(sub, vendor)
		sub.RunE = func(c *cobra.Command, _ []string) error {
			text, err := directory(scheme, flags)
			if err == nil {
				_, err = fmt.Fprint(c.OutOrStdout(), text)
			}
			return err
		}
		c.AddCommand(sub)
	}
	return c
}

// directory is the set of keys of a credential (RFC 7517), the previous one's last. During a rotation
// both are needed: requests that were signed with the former key are still verified. Only public
// members are in it; see signers.Public.
func directory(scheme signers.Scheme, flags *gateFlags) (string, error) {
	if err := flags.fill(); err != nil {
		return "", err
	}
	missing, err := flags.Resolve()
	if err != nil {
		return "", usagef("%w", err)
	}
	// A directory without one of its keys would make verifiers refuse what that key signed.
	if len(missing) > 0 {
		return "", usagef("the key cannot be read: %s", missing[0])
	}
	// The form of RFC 7517, section 5.
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	// The current key first.
	all := []signers.Values{flags.Values}
	if flags.Values.Has("previous") {
		previous, faults := flags.Values.Block("previous", scheme.Options)
		if len(faults) > 0 {
			return "", usagef("previous: %w", signers.FaultsError(scheme.Name, faults))
		}
		all = append(all, previous)
	}
	for _, values := range all {
		key, faults := signers.Public(scheme, values)
		if len(faults) > 0 {
			return "", flags.refused(faults)
		}
		set.Keys = append(set.Keys, json.RawMessage(key))
	}
	text, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return "", failf("%w", err)
	}
	return string(text) + "\n", nil
}
