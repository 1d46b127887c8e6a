package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
)

// exampleConfig is a gateway's configuration that this program reads, for examples: only a Caddy reads Caddyfiles.
func exampleConfig() string {
	if config.Adapt == nil {
		return "dynamic.yml"
	}
	return "Caddyfile"
}

// exampleCall is our name where an example calls it: behind the prompt or a pipe.
var exampleCall = regexp.MustCompile(`(?m)(^ *\$ |\| )vendorsign\b`)

// helpAs makes the examples of c and of the commands below it call the program by the name that it was called by.
func helpAs(c *cobra.Command) {
	usual := new(cobra.Command).HelpFunc()
	c.SetHelpFunc(func(sub *cobra.Command, args []string) {
		sub.Example = exampleCall.ReplaceAllString(sub.Example, "${1}"+c.CommandPath())
		sub.Example = strings.ReplaceAll(sub.Example, "CONFIG", exampleConfig())
		usual(sub, args)
	})
}

// vendorFirst says, where an option comes before the vendor's name, where it belongs.
func vendorFirst(c *cobra.Command) {
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		flag, ok := strings.CutPrefix(err.Error(), "unknown flag: ")
		if !ok {
			return err
		}
		return fmt.Errorf("%w before the vendor; write %s VENDOR %s with one of %s",
			err, c.CommandPath(), flag, strings.Join(signers.Names(), ", "))
	})
}
