//go:build go1.21

package signers

import (
	"strings"
)

// Kind is what the value of an option is.
type Kind int

// The kinds of options.
const (
	// Text is a value without control characters and without white space at its ends, such as a secret.
	Text Kind = iota
	// ID is a text that is sent in a header next to the characters of Option.Apart, so it must contain neither those nor
	// spaces.
	ID
	// Number is a whole number.
	Number
	// Flag is true or false.
	Flag
	// List is any number of texts.
	List
	// Lines is a list whose entries contain spaces: each line of a Caddyfile is one entry.
	Lines
	// Block is a block of options of its own; in Values its options are named block.option.
	Block
	// URL is the https address of a service that the credential, or what it is exchanged for, is sent to. Plain http is
	// permitted for this machine.
	URL
	// Free is a text that its reader checks: a size, a duration, a path, a moment.
	Free
	// Duration is a text such as 5m that its reader checks, or whole seconds.
	Duration
	// Document is a text of several lines, or an object of JSON, that its reader checks: a private key in PEM or as a JSON Web Key,
	// for example.
	Document
	// File is the path of a file, or a name in a folder, that the gateway's operator chose: its content is the value.
	File
)

// Option is one option of a configuration. Gateways, the command line, hints for misspelt names and the documentation are
// derived from the list of options.
type Option struct {
	// Name is in snake_case, as in a Caddyfile; Traefik spells it in camelCase.
	Name string
	// Doc says what the option is, in sentences.
	Doc string
	// Kind is what a value must be.
	Kind Kind
	// Apart are the characters that an ID, or a text, must not contain, since they end it where it is sent.
	Apart string
	// Required options must have a value.
	Required bool
	// Secret values are never shown, and should be references.
	Secret bool
	// Address says that credentials, or what they are exchanged for, are sent to this URL or through it.
	Address bool
	// Query says that a URL may have a query, as the address of a token endpoint may (RFC 6749, 3.2).
	Query bool
	// Values are what is accepted, the default first; empty: anything.
	Values []string
	// None is the word for a list without entries ([] in JSON), if that differs from leaving the option out; empty if it does not.
	None string
	// Restricts says that leaving the option out permits more. So one without a value or an entry, as a template may produce it, is
	// refused.
	Restricts bool
	// Zero says that 0 is a value of a number. Without it, 0 leaves the option out.
	Zero bool
	// Default is the value of an option without Values that is not set.
	Default string
	// Sample is a value that is accepted, for what must be checked before references are resolved. With Values it is the
	// first of them.
	Sample string
	// Shape is what keys of the vendor look like, for local keys that the gateway makes: text as it is, with {upper:18} for 18
	// capital letters and digits. There are digits:N, lower:N, upper:N, alnum:N and base32:N for N characters (of base32 a multiple
	// of 8), hex:N and base64:N for N bytes, and uuid. Empty: it is not known.
	Shape string
	// Line is the keyword for an entry of this block in a Caddyfile, before a name and a value: option for options.
	Line string
	// Verbatim values are never references, and only the operator may set them, not a label.
	Verbatim bool
	// Steers says that the option means nothing to the vendor, which accepts all of its values.
	Steers bool
	// Variable is the environment variable in which the vendor's users usually keep the value; empty: there is none.
	Variable string
	// Also are the vendor's own words for the option, to hint at the right name.
	Also []string
}

// Many reports whether an option takes several values.
func (o Option) Many() bool { return o.Kind == List || o.Kind == Lines }

// IsText reports whether the option has one value, which Set keeps as it is.
func (o Option) IsText() bool {
	switch o.Kind {
	case Number, Flag, Block, List, Lines:
		return false
	}
	return true
}

// Example is a value that is accepted, to check a configuration whose references are not resolved.
func (o Option) Example() string {
	if len(o.Values) > 0 {
		return o.Values[0]
	}
	if o.Sample == "" {
		return o.Default
	}
	return o.Sample
}

// Hides reports whether a value of the option must not be shown: a secret, or an address that contains a password.
func (o Option) Hides(value string) bool {
	return o.Secret || o.Address && strings.Contains(value, "@")
}

// Find returns the option of that name.
func Find(options []Option, name string) (Option, bool) {
	for _, o := range options {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}
