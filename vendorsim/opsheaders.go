package vendorsim

import (
	"slices"
	"strings"
)

// field is a header's value, several of one name joined with ", " (RFC 9110, 5.3). Host is the request's host.
func (u *run) field(name string) string {
	name = strings.ToLower(name)
	if name == "host" {
		return u.request.Host
	}
	return strings.Join(u.header[name], ", ")
}

// has reports whether a header, in lower case, is there by now. Host always is, apart from the headers.
func (u *run) has(name string) bool {
	if name == "host" {
		return u.request.Host != ""
	}
	return len(u.header[name]) > 0
}

// selected lists the headers of the request that a selector names, in lower case, sorted, each once. A selector is a list of
// names and of prefixes with *: "host,x-acme-*".
func (u *run) selected(selector string) []string {
	var names []string
	for _, s := range strings.Split(strings.ToLower(selector), ",") {
		s = strings.Trim(s, blanks)
		if prefix, ok := strings.CutSuffix(s, "*"); ok {
			for name := range u.header {
				if strings.HasPrefix(name, prefix) && u.has(name) {
					names = append(names, name)
				}
			}
			// net/http keeps Host apart from the headers.
			if strings.HasPrefix("host", prefix) && u.has("host") {
				names = append(names, "host")
			}
		} else if u.has(s) {
			names = append(names, s)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// headerLines is the canonical form of headers: name:value and a line end, the value trimmed, inner blanks collapsed, names
// sorted. Azure's CanonicalizedHeaders and AWS' CanonicalHeaders are of this form.
//
//	X-Acme-B: 2, x-acme-a: 1  3 -> "x-acme-a:1 3\nx-acme-b:2\n"
func (u *run) headerLines(selector string) string {
	var b strings.Builder
	for _, name := range u.selected(selector) {
		b.WriteString(name + ":" + u.canonicalField(name) + "\n")
	}
	return b.String()
}

// trimmedLines are lines of headers as Alibaba Cloud, Huawei and Tencent Cloud have them: blanks inside a value stay, and several
// values of a name are sorted.
//
//	X-Acme-A: 3  1, x-acme-a: 2 -> "x-acme-a:2,3  1\n"
func (u *run) trimmedLines(selector string) string {
	var b strings.Builder
	for _, name := range u.selected(selector) {
		values := []string{u.request.Host}
		if name != "host" {
			values = nil
			for _, v := range u.header[name] {
				values = append(values, strings.Trim(v, blanks))
			}
			slices.Sort(values)
		}
		b.WriteString(name + ":" + strings.Join(values, ",") + "\n")
	}
	return b.String()
}

// headerList joins name:value of an option's headers that the request has, in the option's order: x-b:2; x-a:1 for "X-B,
// X-None, X-A" and "; ".
func (u *run) headerList(option, separator string) string {
	var parts []string
	for _, name := range listParts(option) {
		if name = strings.ToLower(name); u.has(name) {
			parts = append(parts, name+":"+u.canonicalField(name))
		}
	}
	return strings.Join(parts, separator)
}

// canonicalField joins the values of a header with commas, as AWS, Azure and Alibaba Cloud do, each without blanks at its ends.
func (u *run) canonicalField(name string) string {
	if name == "host" {
		return u.request.Host
	}
	var values []string
	for _, v := range u.header[name] {
		values = append(values, strings.Trim(collapse(v), " "))
	}
	return strings.Join(values, ",")
}

// listParts are the parts of an option that is a list.
func listParts(s string) []string {
	var parts []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '\n' }) {
		if part = strings.Trim(part, blanks); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
