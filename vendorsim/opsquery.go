package vendorsim

import (
	"cmp"
	"slices"
	"strings"
)

// withoutParameters takes parameters out of a target, and keeps all other bytes. Names are compared decoded and without case;
// a ; separates as well as a &, since some servers take it so. A parameter goes with the separator before it, the first one
// with the separator behind it, and the last one that is left with the question mark.
//
//	/a?x=1&SIG=2;y=3 without sig -> /a?x=1;y=3        /a?sig=2 -> /a
func withoutParameters(target string, names []string) string {
	path, query, has := splitTarget(target)
	if !has || len(names) == 0 {
		return target
	}
	kept, removed := "", false
	// i is where a pair begins; the byte before it is its separator, which goes or stays with it.
	for i, first := 0, true; i <= len(query); {
		end := strings.IndexAny(query[i:], "&;")
		if end < 0 {
			end = len(query) - i
		}
		part := query[i : i+end]
		name, _, _ := strings.Cut(part, "=")
		if slices.Contains(names, strings.ToLower(formDecode(name))) {
			removed = true
		} else {
			if !first {
				kept += query[i-1 : i]
			}
			kept += part
			first = false
		}
		i += end + 1
	}
	switch {
	case !removed:
		return target
	case kept == "":
		return path
	}
	return path + "?" + kept
}

// withParameter appends a parameter, percent-encoded (RFC 3986).
func withParameter(target, name, value string) string {
	_, query, has := splitTarget(target)
	switch {
	case !has:
		target += "?"
	case query != "":
		target += "&"
	}
	return target + percentEncode(name) + "=" + percentEncode(value)
}

// percentEncode keeps the unreserved characters of RFC 3986 only.
func percentEncode(s string) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

// canonQuery decodes every parameter, encodes it again by RFC 3986, and sorts: b=2&a=x+y&a=%7e&c -> a=x%20y&a=~&b=2&c=.
func canonQuery(query string) string { return canonPairs(formPairs(query)) }

// canonPairs writes parameters encoded by RFC 3986, sorted after that by name, then by value, byte by byte. Bytes that are no
// UTF-8 are encoded as they are. AWS and Duo sign this form, and so do presets that ask for it.
func canonPairs(pairs []pair) string {
	encoded := make([]pair, len(pairs))
	for i, p := range pairs {
		encoded[i] = pair{percentEncode(p.key), percentEncode(p.value)}
	}
	slices.SortFunc(encoded, func(a, b pair) int { return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value)) })
	parts := make([]string, len(encoded))
	for i, p := range encoded {
		parts[i] = p.key + "=" + p.value
	}
	return strings.Join(parts, "&")
}

// canonPath decodes what is between the slashes of a path, and encodes it again by RFC 3986.
func canonPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = percentEncode(percentDecode(s))
	}
	return strings.Join(segments, "/")
}

// sortQuery sorts the parameters as they are written, byte by byte: b=2&&a=x+y -> a=x+y&b=2.
func sortQuery(query string) string {
	parts := slices.DeleteFunc(strings.Split(query, "&"), func(s string) bool { return s == "" })
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

// azureQuery is the end of Azure's canonical resource: a line end, name, colon and values for each name, all decoded. Names
// are in lower case and sorted, the values of one name are sorted and joined with commas: B=2&a=3&a=1 -> "\na:1,3\nb:2".
func azureQuery(query string) string {
	values := map[string][]string{}
	var names []string
	for _, p := range formPairs(query) {
		name := lowerASCII(p.key)
		if _, ok := values[name]; !ok {
			names = append(names, name)
		}
		values[name] = append(values[name], p.value)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		slices.Sort(values[name])
		b.WriteString("\n" + name + ":" + strings.Join(values[name], ","))
	}
	return b.String()
}

// decodedOrder sorts a canonical query by what the names and values say: a=%C3%A9&a=z -> a=z&a=%C3%A9.
func decodedOrder(query string) string {
	if !strings.Contains(query, "%") {
		return query
	}
	pairs := strings.Split(query, "&")
	slices.SortStableFunc(pairs, func(a, b string) int {
		a, x, _ := strings.Cut(a, "=")
		b, y, _ := strings.Cut(b, "=")
		return cmp.Or(strings.Compare(percentDecode(a), percentDecode(b)), strings.Compare(percentDecode(x), percentDecode(y)))
	})
	return strings.Join(pairs, "&")
}

// azureHeaders puts lines name:value in the order in which Azure Storage expects headers: a_, a1, ab, a-b.
func azureHeaders(lines string) string {
	text := strings.TrimSuffix(lines, "\n")
	all := strings.Split(text, "\n")
	slices.SortStableFunc(all, func(a, b string) int {
		a, _, _ = strings.Cut(a, ":")
		b, _, _ = strings.Cut(b, ":")
		return compareAzure(a, b)
	})
	return strings.Join(all, "\n") + lines[len(text):]
}

// compareAzure compares two names of headers as the tables of azure-sdk-for-go do: first without hyphens and apostrophes,
// by weights in which signs come before digits; then the name with the letter, where the other has a hyphen, is the first.
func compareAzure(a, b string) int {
	weights := func(name string) (w []int) {
		for _, c := range []byte(name) {
			if i := strings.IndexByte("!#$%&*.^_`|~+", c); i >= 0 {
				w = append(w, 1+i)
			} else if c != '-' && c != '\'' {
				w = append(w, int(c))
			}
		}
		return w
	}
	if order := slices.Compare(weights(a), weights(b)); order != 0 {
		return order
	}
	marks := func(name string) (w []int) {
		for _, c := range []byte(name) {
			w = append(w, 256*(1+strings.IndexByte("'-", c))+int(c))
		}
		return w
	}
	return slices.Compare(marks(a), marks(b))
}

// cosmosResource reads Cosmos DB's resource type and link from a path, which is /type/id/type/id and so on, of dbs, colls,
// docs and others: a path that ends with a type is a collection, whose link is what is before it. Names are signed decoded,
// as they were given (Azure SDK for Rust, ResourceLink).
//
//	/dbs/a%20b/colls/c -> colls, dbs/a b/colls/c        /dbs/a/colls -> colls, dbs/a
func cosmosResource(path string) (kind, link string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	n := len(parts)
	if kind = parts[n-1]; n%2 == 1 {
		parts = parts[:n-1]
	} else {
		kind = parts[n-2]
	}
	link = strings.Join(parts, "/")
	return kind, percentDecode(link)
}

// The most parameters that a query may have to be put in order, empty ones included.
const (
	maxParameters      = 100000
	maxAzureParameters = 1000
)
