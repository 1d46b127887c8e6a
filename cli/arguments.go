package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vendorsign/vendorsign/signers"
)

// asUsed accepts as many arguments as the words behind a command's name in its Use, so that the error names the word
// that is missing. Cobra's own errors only count.
//
//	diff OLD NEW    two
//	sign [FILE]     one or none
//	check FILE...   one or more
func asUsed(c *cobra.Command, args []string) error {
	words := strings.Fields(c.Use)[1:]
	for i, word := range words {
		if i >= len(args) && !strings.HasPrefix(word, "[") {
			return usagef("%s is missing; write %s", strings.TrimSuffix(word, "..."), c.UseLine())
		}
	}
	endless := len(words) > 0 && strings.HasSuffix(words[len(words)-1], "...")
	if len(args) > len(words) && !endless {
		return usagef("%s too many; write %s", counted(len(args)-len(words), "argument"), c.UseLine())
	}
	return nil
}

// chooseCommand is for commands that only have subcommands. Without arguments it lists them, unless they are vendors:
// then one is missing. A word that names no command is a usage error, which names the nearest command or all of them.
func chooseCommand(c *cobra.Command, args []string) error {
	what := "command"
	if strings.Contains(c.Use, "VENDOR") {
		what = "vendor"
	}
	var visible, hidden []string
	for _, sub := range c.Commands() {
		if slices.Contains(signers.Presets(), sub.Name()) {
			hidden = append(hidden, sub.Name())
		} else if sub.IsAvailableCommand() && sub.Name() != "help" {
			visible = append(visible, sub.Name())
		}
	}
	known := strings.Join(visible, ", ")
	if len(hidden) > 0 {
		known += " and " + presetCount()
	}
	switch {
	case len(args) == 0 && what == "command":
		return c.Help()
	case len(args) == 0:
		return usagef("VENDOR is missing; known are %s", known)
	}
	if near := nearCommand(c, args[0], append(visible, hidden...)); near != "" {
		return usagef("unknown %s %q; did you mean %s?", what, args[0], near)
	}
	return usagef("unknown %s %q; known are %s", what, args[0], known)
}

// nearCommand is the command that a misspelt word most likely means; empty: none is near. Cobra finds swapped letters, but
// also takes words of three letters for one another: its suggestion counts if the first letter is right.
func nearCommand(c *cobra.Command, word string, names []string) string {
	c.SuggestionsMinimumDistance = 2
	for _, near := range c.SuggestionsFor(word) {
		if word != "" && near[0] == word[0] {
			return near
		}
	}
	return signers.NearestWord(word, names)
}

// unknownFlag is the name of the flag that a command does not have, if that is what an error is about.
func unknownFlag(err error) (name string, ok bool) {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return "", false
	}
	return unknown.GetSpecifiedName(), true
}

// oneHyphen explains a flag with one hyphen, as in -secret-key=VALUE: pflag takes it for short flags and quotes all of
// it, also the value, which may be a secret.
func oneHyphen(err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "" {
		return usagef("unknown short flag -%s; the name of a long one follows two hyphens", unknown.GetSpecifiedName())
	}
	return err
}

// vendorFirst explains an option before the vendor's name: the flags of vendors differ, so cobra knows none before the
// name. If the name is there but misspelt, that is the mistake.
func vendorFirst(c *cobra.Command) {
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		flag, ok := unknownFlag(err)
		if !ok {
			return err
		}
		if args := c.Flags().Args(); len(args) > 0 {
			return chooseCommand(c, args)
		}
		return usagef("%w before the vendor; write %s VENDOR --%s with one of %s", err, c.CommandPath(), flag, signers.Known())
	})
}

// helpCommand is cobra's help, but a word that names no command is an error here and not the help of another one.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command",
		RunE: func(c *cobra.Command, args []string) error {
			of, rest, err := c.Root().Find(args)
			switch {
			case err != nil:
				return usagef("%w", err)
			case len(rest) > 0 && of.HasSubCommands():
				return chooseCommand(of, rest)
			case len(rest) > 0:
				return usagef("%s has no commands of its own", of.CommandPath())
			}
			of.InitDefaultHelpFlag()
			return of.Help()
		},
	}
}
