//go:build go1.21

package signers

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Setting ties the name of an option to the field that it fills. The settings of a configuration are the one list
// from which every gateway, the command line and the hints for misspelt options are derived.
type Setting struct {
	Name   string // snake_case, as in a Caddyfile; Traefik spells it in camelCase
	Secret bool   // its value is never shown, and should be a reference

	// One of these is set: where the value goes.
	Text   *string
	Number *int
	Flag   *bool
	List   *[]string
	Block  *map[string]interface{} // options of their own, by any spelling of their names

	URL  bool // an address that the credential, or what it is exchanged for, is sent to or through
	Line bool // entries of List have blanks in them: a line of a Caddyfile is one

	Values []string // what Text or Number accepts, the default first; empty: anything
	Also   []string // the vendor's own words for it, to hint at the right name
}

// Set fills the field from text: a flag without text is true, a list takes one more entry.
func (s Setting) Set(text string) error {
	switch {
	case s.Number != nil:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New(s.Name + " " + s.notANumber())
		}
		*s.Number = n
	case s.Flag != nil:
		on, err := strconv.ParseBool(text)
		if text != "" && err != nil {
			return fmt.Errorf("%s must be true or false", s.Name)
		}
		*s.Flag = text == "" || on
	case s.List != nil:
		*s.List = append(*s.List, text)
	case s.Block != nil:
		return errors.New(s.Name + " must be a block of options")
	default:
		*s.Text = text
	}
	return nil
}

// notANumber says what a number must be.
func (s Setting) notANumber() string {
	if len(s.Values) == 0 {
		return "must be a whole number"
	}
	return "must be a whole number, one of " + strings.Join(s.Values, ", ")
}

// Given reports whether the field has a value.
func (s Setting) Given() bool {
	switch {
	case s.Number != nil:
		return *s.Number != 0
	case s.Flag != nil:
		return *s.Flag
	case s.List != nil:
		return len(*s.List) > 0
	case s.Block != nil:
		return len(*s.Block) > 0
	}
	return *s.Text != ""
}

// Copy gives the field the value that the same setting has in another configuration.
func (s Setting) Copy(from Setting) {
	switch {
	case s.Number != nil:
		*s.Number = *from.Number
	case s.Flag != nil:
		*s.Flag = *from.Flag
	case s.List != nil:
		*s.List = *from.List
	case s.Block != nil:
		*s.Block = *from.Block
	default:
		*s.Text = *from.Text
	}
}

// Fill sets fields from a block's options, whose names may be spelt in snake_case or camelCase and whose values are
// texts, numbers or truth values.
func Fill(settings []Setting, block map[string]interface{}) error {
	names := make([]string, 0, len(block))
	for name := range block {
		names = append(names, name)
	}
	sort.Strings(names)
	given := make(map[string]bool)
	for _, name := range names {
		var found *Setting
		for i := range settings {
			if letters(settings[i].Name) == letters(name) {
				found = &settings[i]
			}
		}
		if found == nil {
			return Unknown(settings, name)
		}
		if given[found.Name] {
			return errors.New(found.Name + " is given twice, in two spellings")
		}
		given[found.Name] = true
		text := ""
		switch value := block[name].(type) {
		case string:
			text = value
		case bool:
			text = strconv.FormatBool(value)
		case int:
			text = strconv.Itoa(value)
		case int64:
			text = strconv.FormatInt(value, 10)
		case float64: // JSON has no other numbers
			text = strconv.FormatFloat(value, 'f', -1, 64)
		default:
			return fmt.Errorf("%s must be a text, a number, true or false", found.Name)
		}
		if err := found.Set(text); err != nil {
			return err
		}
	}
	return nil
}

// Find returns the setting of that name.
func Find(settings []Setting, name string) (Setting, bool) {
	for _, s := range settings {
		if s.Name == name {
			return s, true
		}
	}
	return Setting{}, false
}

// FindBlamed returns the setting that the text of an error begins with the name of.
func FindBlamed(settings []Setting, text string) (Setting, bool) {
	name, _, _ := strings.Cut(text, " ")
	return Find(settings, strings.TrimSuffix(name, ":"))
}

// Unknown is the error for an option that does not exist, with the nearest one that does.
func Unknown(settings []Setting, name string) error {
	near, slips := nearest(settings, name)
	others := ""
	if near == "" || slips > 0 {
		others = vendorsWith(name)
	}
	if near != "" && others == "" {
		return fmt.Errorf("unknown option %s; did you mean %s?", printable(name), near)
	}
	names := make([]string, 0, len(settings))
	for _, s := range settings {
		names = append(names, s.Name)
	}
	return fmt.Errorf("unknown option %s%s; known are %s", printable(name), others, strings.Join(names, ", "))
}

// vendorsWith says whose option a name is, exactly so; empty: nobody's.
func vendorsWith(name string) string {
	var found []string
	for _, vendor := range Vendors() {
		config, err := New(vendor)
		if err != nil {
			continue
		}
		for _, s := range config.Settings() {
			if letters(s.Name) == letters(name) {
				found = append(found, vendor)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	return ", which is one of " + strings.Join(found, " and ")
}

// nearest finds the setting that name most likely stands for: the same letters in another spelling, the vendor's
// own word for it, or a slip of up to a third of its letters.
func nearest(settings []Setting, name string) (best string, slips int) {
	plain := letters(name)
	slips = len(plain)/3 + 1
	for _, s := range settings {
		for _, word := range append([]string{s.Name}, s.Also...) {
			d := distance(plain, letters(word))
			if d < slips {
				best, slips = s.Name, d
			}
		}
	}
	return best, slips
}

// Camel is the name of an option in camelCase, as Traefik spells it.
func Camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if i > 0 && w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// letters drops what differs between snake_case, camelCase and header spelling.
func letters(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// distance counts the insertions, deletions and replacements between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			if row[j]+1 < cost {
				cost = row[j] + 1
			}
			if row[j-1]+1 < cost {
				cost = row[j-1] + 1
			}
			row[j] = cost
		}
	}
	return row[len(b)]
}

// printable keeps a misspelt name readable in a log line, whatever it holds.
func printable(name string) string {
	if len(name) > 64 {
		name = name[:64]
	}
	if strings.TrimSpace(name) == name && name != "" && !hasControl(name) {
		return name
	}
	return strconv.QuoteToASCII(name)
}
