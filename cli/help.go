package cli

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/signers"
)

// exampleConfig is a gateway's configuration that this program reads, for examples: only a Caddy reads
// Caddyfiles.
func exampleConfig() string {
	if config.Adapt == nil {
		return "dynamic.yml"
	}
	return "Caddyfile"
}

// exampleCall is our name where an example calls it: behind the prompt or a pipe.
var exampleCall = regexp.MustCompile(`(?m)(^ *\$ |\| )vendorsign\b`)

// helpAs gives c and the commands below it a help that fits the screen, with examples that call the
// program by the name that it was called by: vendorsign, or caddy vendorsign.
func helpAs(c *cobra.Command) {
	c.SetHelpFunc(func(sub *cobra.Command, _ []string) {
		// Examples are written with our own name, and the program may be another one.
		sub.Example = exampleCall.ReplaceAllString(sub.Example, "${1}"+c.CommandPath())
		sub.Example = strings.ReplaceAll(sub.Example, "CONFIG", exampleConfig())
		out := sub.OutOrStdout()
		_, _ = io.WriteString(out, helpText(sub, screen.Of(out))) // there is nowhere to report an error
	})
}

// helpText is the help of a command: what it does, how it is called, examples, commands below it, and
// flags in sections.
func helpText(c *cobra.Command, s screen.Screen) string {
	var b strings.Builder
	b.WriteString(screen.Reflow(cmp.Or(c.Long, c.Short), s.Prose()))
	title := func(text string) { b.WriteString("\n" + s.Bold(text+":") + "\n") }
	title("Usage")
	b.WriteString("  " + c.UseLine() + "\n")
	// A command with others below it is called in two ways.
	if c.HasAvailableSubCommands() {
		b.WriteString("  " + c.CommandPath() + " [command]\n")
	}
	if c.Example != "" {
		title("Examples")
		b.WriteString(c.Example + "\n")
	}
	var commands []screen.Pair
	for _, sub := range c.Commands() {
		// Hidden commands, such as those for presets, are counted in the text instead of being listed.
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			commands = append(commands, screen.Pair{Left: sub.Name(), Right: sub.Short})
		}
	}
	if len(commands) > 0 {
		title("Available Commands")
		b.WriteString(screen.Columns(commands, s.Prose()))
	}
	for _, section := range sectionsOf(c) {
		title(section.title)
		if section.note != "" {
			b.WriteString(screen.Hang("  ", screen.Wrap(section.note, s.Prose()-2)))
		}
		b.WriteString(screen.Columns(section.flags, s.Prose()))
	}
	if len(commands) > 0 {
		more := fmt.Sprintf("Use \"%s [command] --help\" for more information about a command.", c.CommandPath())
		b.WriteString("\n" + strings.Join(screen.Wrap(more, s.Prose()), "\n") + "\n")
	}
	return b.String()
}

// signerNames are the values of the key signer, where the help lists a line's keys.
var signerNames = strings.Join(signers.Natives(), ", ") + `,
            or one of the ` + presetCount()

// presetCount says how many presets there are, and what lists them: their names would fill a page.
func presetCount() string {
	return strconv.Itoa(len(signers.Presets())) + " presets (vendorsign preset list)"
}
