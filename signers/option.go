//go:build go1.21

package signers

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Kind is what the value of an option is.
type Kind int

// The kinds of options.
const (
	// Text is a value without control characters, and without white space at its ends. A secret is one, too.
	Text Kind = iota
	// ID is a text that goes out in a header next to the characters of Option.Apart, and holds none of them and no blank.
	ID
	// Number is a whole number.
	Number
	// Flag is true or false.
	Flag
	// List is any number of texts.
	List
	// Lines is a list whose entries have blanks in them: a line of a Caddyfile is one.
	Lines
	// Block is a block of options of its own; in Values its options are named block.option.
	Block
	// URL is the https address of a service that the credential, or what it is exchanged for, is sent to. Plain http is
	// permitted to this machine.
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

// Option is one option of a configuration. Gateways, the command line, hints for slips and the documentation are derived from
// the list of them.
type Option struct {
	// Name is in snake_case, as in a Caddyfile; Traefik spells it in camelCase.
	Name string
	// Doc says what the option is, in sentences.
	Doc string
	// Kind is what a value must be.
	Kind Kind
	// Apart are the characters that an ID must not hold, since they end it.
	Apart string
	// Required options must have a value.
	Required bool
	// Secret values are never shown, and should be references.
	Secret bool
	// Address says that credentials, or what they are exchanged for, are sent to this URL or through it.
	Address bool
	// Values are what is accepted, the default first; empty: anything.
	Values []string
	// Default is what an option without Values is if it is not set.
	Default string
	// Sample is a value that is accepted, for what must be checked before references are resolved. With Values it is the
	// first of them.
	Sample string
	// Line is the word that begins a line of a Caddyfile with a name and a value for this block, as option for options.
	Line string
	// Verbatim values are never references, and only the operator writes them: not in a label.
	Verbatim bool
	// Steers says that the option means nothing to the vendor, which takes all of its values.
	Steers bool
	// Variable is the environment variable in which the vendor's users keep the value by custom; empty: there is none.
	Variable string
	// Also are the vendor's own words for the option, to hint at the right name.
	Also []string
}

// Many reports whether an option takes several values.
func (o Option) Many() bool { return o.Kind == List || o.Kind == Lines }

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

// Hides reports whether a value of the option must not be shown: a secret, or an address with a password in it.
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

// CheckValues checks each value by its option, and returns the options' values with defaults filled in.
func CheckValues(options []Option, v Values) (Values, []Fault) {
	own := make(Values, len(options))
	var faults, later []Fault
	for _, o := range options {
		if o.Kind == Block {
			for key, values := range v {
				if strings.HasPrefix(key, o.Name+".") {
					own[key] = values
				}
			}
			continue
		}
		values := v[o.Name]
		switch {
		case len(values) > 0:
			own[o.Name] = values
		case len(o.Values) > 0:
			own[o.Name] = o.Values[:1:1]
		case o.Default != "":
			own[o.Name] = []string{o.Default}
		case o.Required:
			faults = append(faults, Fault{Option: o.Name, Text: o.Name + " is required"})
		}
		if len(values) == 0 {
			continue
		}
		if len(o.Values) > 0 { // what an option is called for first comes before what is chosen
			if text := o.checkChoice(values[0]); text != "" {
				later = append(later, Fault{Option: o.Name, Text: text})
			}
			continue
		}
		for _, value := range values {
			if text := o.check(value); text != "" {
				faults = append(faults, Fault{Option: o.Name, Text: text})
				break
			}
		}
	}
	faults = append(faults, later...) // apart: yaegi mistakes an append beside another result
	return own, faults
}

func (o Option) checkChoice(value string) string {
	for _, known := range o.Values {
		if value == known {
			return ""
		}
	}
	if o.Kind == Number && len(o.Values) > 1 {
		last := len(o.Values) - 1
		return o.Name + " must be " + strings.Join(o.Values[:last], ", ") + " or " + o.Values[last]
	}
	return o.Name + " must be one of " + strings.Join(o.Values, ", ")
}

// check says what is wrong with a value; mostly nothing.
func (o Option) check(value string) string {
	switch o.Kind {
	case Text, List:
		return CheckText(o.Name, value)
	case ID:
		if text := CheckText(o.Name, value); text != "" || !strings.ContainsAny(value, o.Apart+" ") {
			return text
		}
		if o.Apart == "" {
			return o.Name + " contains a blank"
		}
		return fmt.Sprintf("%s contains a blank or one of %q, which separates it from other values in the header", o.Name, o.Apart)
	case URL:
		return checkURL(o.Name, value)
	}
	return ""
}

// CheckText says what is wrong with a value that is sent or hashed; mostly nothing. White space at either end is nearly always
// a slip of the tool that made a file, and vendors answer it with the same "invalid signature" as a wrong key.
func CheckText(name, value string) string {
	switch {
	case value == "":
		return name + " is required"
	case HasControl(value):
		return name + " contains a control character or line break"
	case strings.HasPrefix(value, "\ufeff"), strings.HasPrefix(value, "\xff\xfe"), strings.HasPrefix(value, "\xfe\xff"):
		return name + " begins with a byte order mark; save the file as UTF-8 without one"
	case strings.TrimSpace(value) != value:
		return name + " begins or ends with white space"
	}
	return ""
}

// checkURL wants https: a token that came over plain http would be anybody's. The exception is this machine, where simulated
// vendors run.
func checkURL(name, value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, "?# ") || HasControl(value) {
		return name + " must be an address such as https://host/path"
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return name + " must begin with https://"
	}
	return ""
}

// HasControl finds ASCII control characters: in a header or in signed text they would end a line.
func HasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

// notANumber says what a number must be.
func (o Option) notANumber() string {
	if len(o.Values) == 0 {
		return "must be a whole number"
	}
	return "must be a whole number, one of " + strings.Join(o.Values, ", ")
}

// normal is the one spelling of a value: 05 is 5, t is true. An empty one is no value, nor are the number 0 and false.
func (o Option) normal(text string) (value string, fault string) {
	switch o.Kind {
	case Number:
		n, err := strconv.Atoi(text)
		if err != nil {
			return "", o.notANumber()
		}
		if n == 0 {
			return "", ""
		}
		return strconv.Itoa(n), ""
	case Flag:
		on, err := strconv.ParseBool(text)
		if text != "" && err != nil {
			return "", "must be true or false"
		}
		if text != "" && !on {
			return "", ""
		}
		return "true", ""
	case Block:
		return "", "must be a block of options"
	}
	return text, ""
}
