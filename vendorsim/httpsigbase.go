package vendorsim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of the work that a hostile request can cause.
const (
	maxCovered = 64      // components of one signature
	maxBase    = 1 << 20 // bytes that are signed
)

// signatureBase is RFC 9421, 2.5: a line for each covered component, and the components themselves with the parameters as the
// last. A reason says why there is none.
//
//	"@method": GET
//	"@authority": api.example
//	"@path": /a
//	"@query": ?b=1
//	"@signature-params": ("@method" "@authority" "@path" "@query");created=1700000000;keyid="k"
func signatureBase(covered sfItem, r *Request) (text, reason string) {
	list, ok := covered.value.([]sfItem)
	if !ok {
		return "", "Signature-Input is not a list of components in parentheses"
	}
	if len(list) > maxCovered {
		return "", "Signature-Input covers more than 64 components"
	}
	seen := map[string]bool{}
	var b strings.Builder
	for _, c := range list {
		// Names in capital letters would be a second spelling of the same component (RFC 9421, 2).
		name, ok := c.value.(string)
		if !ok || name != strings.ToLower(name) || name == "" || !isName(name) {
			return "", "a covered component is not the name of a part or of a header in lower case and in quotes"
		}
		id := c.write()
		if seen[id] {
			return "", "a component is covered twice"
		}
		seen[id] = true
		value, reason := componentValue(name, c, r)
		if reason != "" {
			return "", reason
		}
		if b.Len()+len(id)+len(value) > maxBase {
			return "", "what is signed is longer than 1 MiB"
		}
		b.WriteString(id + ": " + value + "\n")
	}
	b.WriteString(`"@signature-params": ` + covered.write())
	text = b.String()
	// A line end within a value would move the borders between the lines, and so give a signature a second meaning
	// (RFC 9421, 2.5).
	if strings.Count(text, "\n") != len(list) || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' || c > '~' }) {
		return "", "a covered value has a character that is not printable ASCII"
	}
	return text, ""
}

// isName reports whether a text can be shown as the name of a component.
func isName(name string) bool {
	return len(name) <= 100 && !strings.ContainsFunc(strings.TrimPrefix(name, "@"), func(c rune) bool {
		return c > '~' || !isTokenByte(byte(c)) || c == '/' || c == ':'
	})
}

// componentValue is the value of a derived component (RFC 9421, 2.2) or of a header (2.1), for a request. Components
// of responses, and the parameters req and tr, are refused.
func componentValue(name string, c sfItem, r *Request) (value, reason string) {
	var parameters []string
	for _, p := range c.params {
		parameters = append(parameters, p.key)
	}
	want := []string(nil)
	// Parameters change what a component is; an unknown one could mean anything.
	switch {
	case name == "@query-param":
		want = []string{"name"}
	case !strings.HasPrefix(name, "@") && len(parameters) > 0:
		// sf, key and bs cannot be used together but for sf with key, which says the same as key alone.
		for _, allowed := range [][]string{{"sf"}, {"key"}, {"bs"}, {"key", "sf"}, {"sf", "key"}} {
			if slices.Equal(parameters, allowed) {
				want = allowed
			}
		}
	}
	if !slices.Equal(parameters, want) {
		return "", "the component " + name + " has parameters that it cannot have in a request"
	}
	if !strings.HasPrefix(name, "@") {
		return fieldValue(name, c, r)
	}
	path, query, _ := splitTarget(r.Target)
	switch name {
	case "@method":
		return r.Method, ""
	case "@authority":
		return authorityOf(r), ""
	case "@scheme":
		return schemeOf(r), ""
	case "@target-uri":
		return schemeOf(r) + "://" + authorityOf(r) + r.Target, ""
	case "@request-target":
		return r.Target, ""
	case "@path":
		return path, ""
	case "@query":
		return "?" + query, ""
	case "@query-param":
		wanted, ok := c.param("name").(string)
		if !ok {
			return "", "the name of a covered parameter of the query is not in quotes"
		}
		return queryValue(query, wanted)
	}
	return "", "the component " + name + " is not one of a request"
}

// schemeOf is the scheme of @scheme and @target-uri, https unless the request says otherwise.
func schemeOf(r *Request) string {
	if r.Scheme == "" {
		return "https"
	}
	return strings.ToLower(r.Scheme)
}

// authorityOf is the host in lower case, without the port that its scheme implies (RFC 9421, 2.2.3): API.example:443 ->
// api.example; API.example:80 over https keeps its port.
func authorityOf(r *Request) string {
	port := map[string]string{"http": ":80", "https": ":443"}[schemeOf(r)]
	return strings.TrimSuffix(strings.ToLower(r.Host), port)
}

// queryValue is RFC 9421, 2.2.8: parameters are decoded as a form's and encoded again, with %20 for a blank. One that occurs
// twice has no value, since nobody can tell which of them was meant.
//
//	a=x%20y+z, "a" -> x%20y%20z
func queryValue(query, wanted string) (value, reason string) {
	found := 0
	for _, p := range formPairs(query) {
		if formEncode(p.key) == wanted {
			value, found = formEncode(p.value), found+1
		}
	}
	if found != 1 {
		return "", "a covered parameter of the query does not occur once"
	}
	return value, ""
}

// formEncode escapes all but what the URL Standard's application/x-www-form-urlencoded percent-encode set leaves out. What is not
// UTF-8 has become U+FFFD when the query was decoded.
func formEncode(s string) string {
	const digits = "0123456789ABCDEF"
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isAlpha(c) || isDigit(c) || strings.IndexByte("*-._", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + digits[c>>4:c>>4+1] + digits[c&15:c&15+1])
		}
	}
	return b.String()
}

// fieldLines are the values of a header as they arrived, without the blanks around them. Host is a header too.
func fieldLines(name string, r *Request) (lines []string, found bool) {
	for _, v := range allValues(r.Header, name) {
		lines, found = append(lines, strings.Trim(v, " \t")), true
	}
	switch { // these two are often taken away where the request was read
	case name == "host" && !found:
		return []string{r.Host}, true
	case name == "content-length" && !found && len(r.Body) > 0:
		return []string{strconv.Itoa(len(r.Body))}, true
	}
	return lines, found
}

// fieldValue is the value of a header as a component: RFC 9421, 2.1, with bs (2.1.3), key (2.1.2) and sf (2.1.1).
// Without a parameter it is the lines joined with a comma and a blank.
func fieldValue(name string, c sfItem, r *Request) (value, reason string) {
	lines, found := fieldLines(name, r)
	if !found {
		return "", "the covered header " + name + " did not arrive"
	}
	value = strings.Join(lines, ", ")
	switch {
	case isTrue(c.param("bs")):
		for i, line := range lines {
			lines[i] = ":" + base64.StdEncoding.EncodeToString([]byte(line)) + ":"
		}
		return strings.Join(lines, ", "), ""
	case c.param("key") != nil:
		key, ok := c.param("key").(string)
		all, isDictionary := sfMembers(value, true)
		if !ok || !isDictionary {
			return "", "the covered header " + name + " is not a dictionary"
		}
		m, ok := member(all, key)
		if !ok {
			return "", "the covered header " + name + " does not have the covered member"
		}
		return m.write(), ""
	case isTrue(c.param("sf")):
		written, ok := writeField(value)
		if !ok {
			return "", "the covered header " + name + " is not a structured field"
		}
		return written, ""
	case len(c.params) > 0:
		return "", "the component " + name + " has parameters that it cannot have in a request"
	}
	return value, ""
}
