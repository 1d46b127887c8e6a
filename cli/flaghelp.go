package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/signers"
)

// The notes of a flag for its help: the section that lists it, and what its value is called.
const (
	inSection = "section"
	valueName = "value"
)

// The sections of a help, in their order. Flags without one are the command's own.
const (
	credentialSection = "Credential"
	ownSection        = "Flags"
	gatewaySection    = "Gateway"
	globalSection     = "Global Flags"
)

// section is a part of a help's flags, with a sentence about all of them.
type section struct {
	title, note string
	flags       []screen.Pair
}

// sectionsOf lists the flags of a command. Those of the credential come first: they are what one has to
// write. Sections without flags are left out.
func sectionsOf(c *cobra.Command) (found []section) {
	// Cobra adds these two only when a command runs.
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	all := []section{
		{title: credentialSection, note: "REFERENCE is {env.NAME} or env:NAME, {file./path} or file:/path, and never the secret itself."},
		{title: ownSection},
		{title: gatewaySection, note: "Other options of a gateway's configuration; most have no effect here."},
		{title: globalSection},
	}
	list := func(flags *pflag.FlagSet, usual string) {
		flags.VisitAll(func(f *pflag.Flag) {
			name := usual
			if notes := f.Annotations[inSection]; len(notes) > 0 {
				name = notes[0]
			}
			for i := range all {
				if all[i].title == name && !f.Hidden {
					all[i].flags = append(all[i].flags, flagPair(f))
				}
			}
		})
	}
	list(c.LocalFlags(), ownSection)
	list(c.InheritedFlags(), globalSection)
	for _, s := range all {
		if len(s.flags) > 0 {
			found = append(found, s)
		}
	}
	return found
}

// flagPair is a flag's entry: how it is written, and what it is. The name of a value is that in
// backquotes in the usage, as pflag has it, or the note of addOption.
func flagPair(f *pflag.Flag) screen.Pair {
	name, usage := pflag.UnquoteUsage(f)
	option := f.Annotations[valueName]
	if len(option) > 0 {
		name, usage = option[0], f.Usage
	}
	switch name {
	case "string", "stringArray":
		name = "TEXT"
	case "int":
		name = "NUMBER"
	}
	left := "    --" + f.Name
	if f.Shorthand != "" {
		left = "-" + f.Shorthand + ", --" + f.Name
	}
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && !strings.Contains(usage, "default") {
		usage += " (default " + f.DefValue + ")"
	}
	if len(option) == 0 {
		usage = strings.ToUpper(usage[:1]) + strings.TrimSuffix(usage[1:], ".") + "."
	}
	return screen.Pair{Left: strings.TrimRight(left+" "+name, " "), Right: usage}
}

// addOption gives a command the flag of an option: a switch, a text, or one that may be repeated. A
// secret's value is called REFERENCE in the help.
func addOption(c *cobra.Command, o signers.Option, section, usage string) {
	flags, name := c.Flags(), flagOf(o.Name)
	choices := strings.Join(o.Values, "|")
	// A long list of choices would push the text out of its column.
	if len(choices) > 40 {
		usage += " One of " + strings.Join(o.Values, ", ") + "."
		choices = "TEXT"
	}
	flags.SortFlags = false // the vendor's order, in which it names them
	value := "TEXT"
	switch {
	case o.Kind == signers.Flag:
		flags.Bool(name, false, usage)
		value = ""
	case o.Many():
		flags.StringArray(name, nil, usage+" May be repeated.")
	default:
		flags.String(name, "", usage)
	}
	switch {
	case o.Secret:
		value = "REFERENCE"
	case choices != "":
		value = choices
	case o.Kind == signers.Number:
		value = "NUMBER"
	case o.Kind == signers.URL:
		value = "URL"
	case o.Kind == signers.File:
		value = "FILE"
	}
	note(flags.Lookup(name), inSection, section)
	note(flags.Lookup(name), valueName, value)
}

// note gives a flag a note for its help. It is kept in an annotation, which pflag leaves
// alone.
func note(f *pflag.Flag, name, text string) {
	if f.Annotations == nil {
		f.Annotations = make(map[string][]string)
	}
	f.Annotations[name] = []string{text}
}
