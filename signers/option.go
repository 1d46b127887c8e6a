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
	// Text is a value without control characters and without white space at its ends, such as a secret.
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
	// None is the word of a list for no entries at all, which [] of JSON says, where that differs from no list; empty: it does not.
	None string
	// Restricts says that without the list more is permitted, so that one without an entry, as a template may leave it, is refused.
	Restricts bool
	// Default is what an option without Values is if it is not set.
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

// CheckValues checks each value by its option, and returns the options' values with defaults filled in.
func CheckValues(options []Option, v Values) (Values, []Fault) {
	own := make(Values, len(options))
	var faults, later []Fault
	for i := range options { // by index: interpreted, copying each takes longer than using it
		name, kind := options[i].Name, options[i].Kind
		if kind == Block {
			for key, values := range v {
				if strings.HasPrefix(key, name+".") {
					own[key] = values
				}
			}
			continue
		}
		values := v[name]
		if len(values) == 0 {
			if len(options[i].Values) > 0 {
				own[name] = options[i].Values[:1:1]
			} else if options[i].Default != "" {
				own[name] = []string{options[i].Default}
			} else if options[i].Required {
				faults = append(faults, Fault{Option: name, Text: name + " is required"})
			}
			continue
		}
		own[name] = values
		if len(options[i].Values) > 0 { // faults of a choice are reported after all others
			if text := options[i].checkChoice(values[0]); text != "" {
				later = append(later, Fault{Option: name, Text: text})
			}
			continue
		}
		if kind == Text && len(values) == 1 {
			if text := CheckText(name, values[0]); text != "" {
				faults = append(faults, Fault{Option: name, Text: text})
			}
			continue
		}
		for _, value := range values {
			if text := options[i].check(value); text != "" {
				faults = append(faults, Fault{Option: name, Text: text})
				break
			}
		}
	}
	faults = append(faults, later...) // on its own line: yaegi mishandles an append next to another result
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

// check says what is wrong with a value; usually nothing.
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

// CheckText says what is wrong with a value that is sent or hashed; usually nothing. White space at either end nearly always
// comes from the tool that wrote a file, and vendors answer it with the same "invalid signature" as a wrong key.
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

// checkURL requires https: anybody could read a token sent over plain http. The exception is this machine, where simulated
// vendors run.
func checkURL(name, value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, "?# ") || HasControl(value) {
		return name + " must be an address such as https://host/path"
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && Loopback(u.Hostname())) {
		return name + " must begin with https://"
	}
	return ""
}

// Loopback reports whether a plain name is this machine's own as it is written.
func Loopback(name string) bool { return name == "localhost" || net.ParseIP(name).IsLoopback() }

// HasControl finds ASCII control characters: in a header or in signed text they could end a line.
func HasControl(s string) bool {
	return strings.ContainsAny(s, controls)
}

// controls are the characters below the blank, and the last one of ASCII.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

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
