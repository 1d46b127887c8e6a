package cli

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

const presetLong = `A preset describes a vendor in a JSON file: its options, the operations that sign a request, its hosts, the endpoints
that reveal credentials, and test requests with their signatures.

Many presets are built in. To write your own, start with new, or with show for a vendor that signs in a similar way.
Then check says what is wrong with it, and test compares its signatures with recorded ones:

  https://github.com/vendorsign/vendorsign/blob/main/docs/custom.md

PRESET is the name of a built-in preset, or a file such as ./acme.json.

Exit status: 0 success, 1 negative result, 2 usage error.`

const presetExample = `  $ vendorsign preset list
  $ vendorsign preset new acme > new.json
  $ vendorsign preset check ./new.json`

// presetCommand groups the commands about preset files.
func presetCommand() *cobra.Command {
	c := &cobra.Command{Use: "preset", Short: "List, show, test and write presets", Long: presetLong, Example: presetExample,
		RunE: chooseCommand}
	c.AddCommand(presetListCommand(), presetShowCommand(), presetNewCommand(), presetCheckCommand(), presetTestCommand(), presetDiffCommand())
	return c
}

// presetListCommand prints a line for each built-in preset, also for one that does not load.
func presetListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the built-in presets", Args: asUsed,
		Long: `List shows the name of each preset, its vendor, what it sends and how its signature was proved.

  signs      the secret is not sent: a request contains a signature or a hash
  reveals    the secret itself is sent, so anyone who sees a request has it

  published  a value that the vendor published comes out
  client     a value of a working client comes out, or its code was read
  derived    made from the vendor's documented algorithm only`,
		RunE: func(c *cobra.Command, _ []string) error {
			// A preset that does not load is listed as well, so that the list is complete.
			for _, name := range signers.Presets() {
				title, sends, proof := "cannot be loaded", "", ""
				if p, err := presets.Lookup(name); err == nil {
					title, sends, proof = shorten(p.Title, 40), sending(p), p.Proof
				}
				line := fmt.Sprintf("%-21s %-40s %-7s %s", name, title, sends, proof)
				fmt.Fprintln(c.OutOrStdout(), strings.TrimRight(line, " "))
			}
			return nil
		},
	}
}

// sending says in a word whether a preset sends its secret; empty: no signer can be made of it.
func sending(p *presets.Preset) string {
	signer := exampleSigner(p, untested(p))
	switch {
	case signer == nil:
		return ""
	case signer.Traits().SendsSecret:
		return "reveals"
	}
	return "signs"
}

// exampleSigner is a signer with examples for the options that it needs; nil if none can be made.
func exampleSigner(p *presets.Preset, scheme signers.Scheme) signers.Signer {
	signer, _ := scheme.Signer(presets.Examples(p))
	return signer
}

// untested is the scheme of a preset whose vectors are not tested: a command that tests them itself
// must get that far.
func untested(p *presets.Preset) signers.Scheme {
	bare := *p
	bare.Vectors = nil
	return bare.Scheme()
}

// shorten cuts a text to a width in characters, the three dots included.
func shorten(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-3]) + "..."
}

// presetShowCommand prints a preset as a file, to begin one's own with.
func presetShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show PRESET", Short: "Print a preset file", Args: asUsed,
		Example: "  $ vendorsign preset show bloodhound > own.json",
		RunE: func(c *cobra.Command, args []string) error {
			file, err := readPreset(args[0])
			if err != nil {
				return err
			}
			text, err := presets.Readable(file.data)
			if err != nil {
				return failf("%s: %w", file.name, err)
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
}

// presetFile is a preset as a command names it.
type presetFile struct {
	name string // for messages
	data []byte
}

// presetName is what a preset may be called: its name is a key of configurations and a part of metrics.
var presetName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// readPreset reads a built-in preset by its name, or a file. A built-in name wins, so that what a
// command is called with means the same in every folder.
func readPreset(name string) (*presetFile, error) {
	if data, ok := presets.File(name); ok {
		return &presetFile{name, []byte(data)}, nil
	}
	data, err := config.ReadFile(name)
	switch {
	case os.IsNotExist(err) && presetName.MatchString(name):
		return nil, usagef("%s", unknownPreset(name))
	case err != nil:
		return nil, usagef("%w", err)
	}
	return &presetFile{name, data}, nil
}

// unknownPreset says what to write in place of a name that no preset has.
func unknownPreset(name string) string {
	if slices.Contains(signers.Natives(), name) {
		return name + " is code, not a preset; docs/" + pageOf(name) + " describes it"
	}
	if near := signers.NearestWord(name, signers.Presets()); near != "" {
		return "unknown preset " + name + "; did you mean " + near + "?"
	}
	return "unknown preset " + name + "; vendorsign preset list has all names, and a file needs its path, as in ./" + name + ".json"
}

// taken says which scheme has a name; empty: none. Gateways refuse a preset file whose name is taken.
func taken(name string) string {
	switch {
	case name == presets.CustomName:
		return "a scheme in a gateway's configuration"
	case len(config.NewOptions(name).Own) > 0:
		return "a vendor that is built in"
	}
	return ""
}

// parse reads the file strictly: an unknown key is an error. The message is one line.
func (f *presetFile) parse() (*presets.Preset, error) {
	p, err := presets.Parse(f.data)
	if err != nil {
		return nil, failf("%s: %s", f.name, presetMistake(f.data, err))
	}
	return p, nil
}
