//go:build go1.21

package program

import (
	"net/http"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// picker takes headers of a message by name: header_lines, header_lines_trimmed, header_names and header_list. If a
// client sends X-Ms-Version twice, with "c" and "a  b", and the program sets X-Ms-Date, the names x-ms-*,host give
//
//	header_lines          host:api.acme.example\nx-ms-date:Sun, 09 Sep 2001 01:46:40 GMT\nx-ms-version:c,a b\n
//	header_lines_trimmed  host:api.acme.example\nx-ms-date:Sun, 09 Sep 2001 01:46:40 GMT\nx-ms-version:a  b,c\n
//	header_names          host;x-ms-date;x-ms-version
//
// A picker belongs to the program and is only read, so requests share it. One with an option is copied for each
// credential.
type picker struct {
	// form is the value's name, such as header_lines.
	form string
	// names are in lower case; but for header_list, one may end in *.
	names []string
	// option has the names of a header_list, and separator is what joins its lines.
	option    string
	separator string
	// own are the headers that the operations above it set: their values are in slots and not in the message yet.
	own []ownHeader
	// ignored are all headers of the program. A client's copies of them count for nothing.
	ignored *ignored
}

// ownHeader is a header that the program sets. value is what is known of the text in its slot.
type ownHeader struct {
	name     string // canonical
	slot     int
	optional bool // not sent if empty
	value    value
	line     int
}

// pick returns the text of the headers that p takes. The host counts as a header: it is one on the wire. Lines are
// sorted by name, as AWS, Azure and those who copied them want it. Its time and memory grow with the number of
// headers, which a gateway bounds.
func pick(p *picker, m *signers.Message, slots []string) string {
	if p.form == "header_list" {
		return pickList(p, m, slots)
	}
	found := make(map[string]string)
	for name, values := range m.Header {
		lower := strings.ToLower(name)
		if len(values) > 0 && !ignores(p.ignored, lower) && matches(p, lower) {
			// Two spellings of one name, which net/http keeps apart where something has set them directly. The
			// vendor sees one header.
			if before, ok := found[lower]; ok {
				found[lower] = before + "," + asLines(p, values)
			} else {
				found[lower] = asLines(p, values)
			}
		}
	}
	// The Host is not in m.Header of a request that goes out; a header of this name would be another one.
	delete(found, "host")
	if matches(p, "host") {
		found["host"] = m.Host
	}
	// Last, so that the program's header replaces a client's.
	for _, h := range p.own {
		if lower := strings.ToLower(h.name); matches(p, lower) && !(h.optional && slots[h.slot] == "") {
			found[lower] = asLines(p, []string{slots[h.slot]})
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	if p.form == "header_names" {
		return strings.Join(names, ";")
	}
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + ":" + found[name] + "\n")
	}
	return b.String()
}

// pickList keeps the order of the option, and leaves out what is not there: Akamai signs the headers that the API
// client was set up with, in that order.
func pickList(p *picker, m *signers.Message, slots []string) string {
	lines := make([]string, 0, len(p.names))
	for _, lower := range p.names {
		if value, ok := headerValue(p, m, slots, lower); ok {
			lines = append(lines, lower+":"+value)
		}
	}
	return strings.Join(lines, p.separator)
}

// headerValue is a header as it goes out, and whether it does: what the program sets counts before what the client
// sent. lower is the name in lower case.
func headerValue(p *picker, m *signers.Message, slots []string, lower string) (string, bool) {
	for _, h := range p.own {
		if strings.ToLower(h.name) == lower {
			return trim(collapse(slots[h.slot])), !(h.optional && slots[h.slot] == "")
		}
	}
	if lower == "host" {
		return m.Host, true
	}
	values := m.Header[http.CanonicalHeaderKey(lower)]
	return clean(values), len(values) > 0 && !ignores(p.ignored, lower)
}

// asLines are the values of a header as the form of p has them.
func asLines(p *picker, values []string) string {
	if p.form == "header_lines_trimmed" {
		return trimmed(values)
	}
	return clean(values)
}

// trimmed are the values of a header without blanks at the ends, sorted, and joined with commas. Source: the SDKs of
// Alibaba Cloud for Go and Python.
//
//	"b", " a  b " -> "a  b,b"
func trimmed(values []string) string {
	sorted := make([]string, len(values))
	for i, value := range values {
		sorted[i] = trim(value)
	}
	sort.Strings(sorted)
	return strings.Join(sorted, ",")
}

// clean are the values of a header in a canonical text, joined with commas as AWS and Azure join them: each
// without blanks at the ends, and with one blank in place of several.
//
//	" a  b ", "c" -> "a b,c"
func clean(values []string) string {
	if len(values) == 1 {
		return trim(collapse(values[0]))
	}
	cleaned := make([]string, len(values))
	for i, value := range values {
		cleaned[i] = trim(collapse(value))
	}
	return strings.Join(cleaned, ",")
}

// ignored are the names of headers that a program sets or removes, in lower case and with - for _ (see plain).
// prefixes are those of patterns such as X-Acme-*, without the asterisk.
type ignored struct {
	names    map[string]bool
	prefixes []string
}

// ignores reports whether a program sets or removes a header of this name, in any spelling that a server may take
// for it.
func ignores(n *ignored, lower string) bool {
	lower = plain(lower)
	if n.names[lower] {
		return true
	}
	for _, prefix := range n.prefixes {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return false
}

// matches reports whether p takes a header of this name, which is in lower case. Here _ and - differ: the name
// itself is part of what is signed.
func matches(p *picker, lower string) bool {
	for _, name := range p.names {
		if name == lower || strings.HasSuffix(name, "*") && strings.HasPrefix(lower, strings.TrimSuffix(name, "*")) {
			return true
		}
	}
	return false
}

// checkPicked says what is wrong with a name to be picked; empty: nothing. patterns are permitted in operations,
// and not in an option, whose names people choose one by one. * takes all headers that there are.
func checkPicked(name string, patterns bool) string {
	if name == "*" && patterns {
		return ""
	}
	bare := name
	if patterns {
		bare = strings.TrimSuffix(name, "*")
	}
	if !headerName.MatchString(bare) || strings.Contains(bare, "*") {
		return shown(name) + " is not a header name"
	}
	// Host alone is safe: a gateway signs with the host that it sends.
	if own := gatewayHeader(bare); own != "" && own != "Host" {
		return own + " belongs to the gateway, and may change after signing"
	}
	return ""
}

// picked compiles header_lines, header_lines_trimmed, header_names and header_list. They hold whatever a client sends under names that
// match, so their values are not safe.
func (c *compiler) picked(call call, dst int) (value, string) {
	form := call.name.text
	// A copy of the headers so far: the picker must not see those of lines below.
	p := &picker{form: form, ignored: c.owned, own: append([]ownHeader(nil), c.p.headers...)}
	if form == "header_list" {
		if len(call.args) != 2 {
			return value{}, "header_list takes 2 arguments: an option and a separator"
		}
		v, reason := c.named(call.args[0])
		if reason != "" {
			return v, reason
		}
		if v.kind != list {
			return value{}, "header_list takes an option that is a list"
		}
		p.option, p.separator = v.option, call.args[1].text
	} else {
		if len(call.args) != 1 {
			return value{}, form + " takes 1 argument: names of headers, separated by commas"
		}
		for _, name := range strings.Split(call.args[0].text, ",") {
			name = strings.ToLower(strings.Trim(name, blanks))
			if reason := checkPicked(name, true); reason != "" {
				return value{}, reason
			}
			p.names = append(p.names, name)
		}
	}
	v := c.load(opHeaders, dst, value{name: form})
	for _, h := range p.own { // what was revealed above is so in here, too
		v.revealed = v.revealed || h.value.revealed
		v.weak = v.weak || h.value.weak
		v.made = v.made || h.value.made
		v.fresh = v.fresh || h.value.fresh
	}
	c.p.code[len(c.p.code)-1].pick = p
	return v, ""
}
