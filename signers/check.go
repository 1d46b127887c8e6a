//go:build go1.21

package signers

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// CheckValues checks each value by its option, and returns the options' values with defaults filled in. It returns all faults, those of
// choices last: a wrong choice is often only the consequence of another mistake. Values of other options are left out.
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
			if text := checkChoice(&options[i], values[0]); text != "" {
				later = append(later, Fault{Option: name, Text: text})
			}
			continue
		}
		if kind == Text && len(values) == 1 && options[i].Apart == "" {
			if text := CheckText(name, values[0]); text != "" {
				faults = append(faults, Fault{Option: name, Text: text})
			}
			continue
		}
		for _, value := range values {
			text := check(&options[i], value)
			if len(values) > 1 && value == options[i].None && value != "" {
				text = name + ": " + value + " cannot be together with others"
			}
			if text != "" {
				faults = append(faults, Fault{Option: name, Text: text})
				break
			}
		}
	}
	faults = append(faults, later...) // on its own line: yaegi mishandles an append next to another result
	return own, faults
}

// checkChoice says what a value of an option with Values must be; usually nothing. It does not quote the value.
func checkChoice(o *Option, value string) string {
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
func check(o *Option, value string) string {
	switch o.Kind {
	case Text, List:
		if text := CheckText(o.Name, value); text != "" || !strings.ContainsAny(value, o.Apart) {
			return text
		}
		return fmt.Sprintf("%s contains %q, which ends it where it is sent", o.Name, o.Apart)
	case ID:
		if text := CheckText(o.Name, value); text != "" || !strings.ContainsAny(value, o.Apart+" ") {
			return text
		}
		if o.Apart == "" {
			return o.Name + " contains a blank"
		}
		return fmt.Sprintf("%s contains a blank or one of %q, which separates it from other values in the header", o.Name, o.Apart)
	case URL:
		return checkURL(o, value)
	}
	return ""
}

// CheckText says what is wrong with a value that is sent or hashed; empty if nothing is. White space, invisible characters and byte
// order marks at either end nearly always come from the tool that wrote a file or the page that was copied, and vendors answer them with
// the same "invalid signature" as a wrong key.
func CheckText(name, value string) string {
	switch {
	case value == "":
		return name + " is required"
	case len(value) > maxText:
		return name + " is longer than 32 KiB; give the value alone"
	case HasByteOrderMark(value): // before control characters: ASCII in UTF-16 is full of NUL bytes
		return name + " " + ByteOrderMark
	case HasControl(value):
		return name + " contains a control character or line break"
	case strings.Contains(value, replaced):
		return name + " contains U+FFFD, which a program put in place of bytes that are not UTF-8"
	case strings.Trim(strings.TrimSpace(value), invisible) != value:
		return name + " begins or ends with white space"
	}
	return ""
}

// maxText is how long a text may be, in bytes: a token of AWS' web identities may have 20,000, and nothing that vendors give out is longer.
const maxText = 32 << 10

// replaced is what decoders of JSON and editors write for a byte that is no UTF-8: the value is lost.
const replaced = "\ufffd"

// invisible are characters of no width, which strings.TrimSpace keeps.
const invisible = "\u200b\u200c\u200d\u2060\ufeff"

// ByteOrderMark says of a text, after its name, that HasByteOrderMark found one.
const ByteOrderMark = "begins with a byte order mark; save the file as UTF-8 without one"

// HasByteOrderMark finds the mark that Windows' editors and PowerShell put in front of a text in UTF-8 or UTF-16.
func HasByteOrderMark(text string) bool {
	return strings.HasPrefix(text, "\ufeff") || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// checkURL requires https: anybody could read a token sent over plain http. The exception is this machine, where simulated
// vendors run.
func checkURL(o *Option, value string) string {
	u, err := url.Parse(value)
	none := "?# "
	if o.Query {
		none = "# "
	}
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, none) || HasControl(value) {
		return o.Name + " must be a URL such as https://host/path"
	}
	host := strings.TrimSuffix(u.Host, ":"+u.Port())
	if text := HostFault(host, u.Port()); text != "" {
		return o.Name + ": its host " + text
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && Loopback(u.Hostname())) {
		return o.Name + " must begin with https://"
	}
	return ""
}

// Loopback reports whether a name without a port is this machine's own, without resolving it.
func Loopback(name string) bool { return name == "localhost" || net.ParseIP(name).IsLoopback() }

// HasControl finds ASCII control characters: in a header (RFC 9110, 5.5) or in signed text they could end a line.
func HasControl(s string) bool {
	return strings.ContainsAny(s, controls)
}

// controls are the characters below the blank, and the last one of ASCII.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

// notANumber says what a number must be.
func notANumber(o *Option) string {
	if len(o.Values) == 0 {
		return "must be a whole number"
	}
	return "must be a whole number, one of " + strings.Join(o.Values, ", ")
}

// normal is the one spelling of a value: 05 is 5, t is true. An empty one is no value, nor are false and, unless the option says
// that it is one, the number 0.
func normal(o *Option, text string) (value string, fault string) {
	switch o.Kind {
	case Number:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", notANumber(o)
		}
		if n == 0 && !o.Zero {
			return "", ""
		}
		return strconv.FormatInt(n, 10), ""
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
