//go:build go1.21

package program

import (
	"encoding/hex"
	"net/url"
	"regexp"
	"sort"
	"strings"
)

// azureQuery is a line "\nname:value" for each name of a query in lower case, by name; several values are sorted and
// separated by commas. All are decoded.
// Source: learn.microsoft.com, "Authorize with Shared Key", constructing the canonicalized resource string.
func azureQuery(query string) (string, bool) {
	if query == "" {
		return "", true
	}
	if strings.Count(query, "&") >= maxAzure {
		return "", false
	}
	// ParseQuery refuses semicolons, which are a part of a value at Azure.
	decoded, err := url.ParseQuery(strings.ReplaceAll(mended(query), ";", "%3B"))
	if err != nil {
		return "", false
	}
	values := make(map[string][]string, len(decoded))
	for name, list := range decoded {
		lower := lower.Replace(name)
		values[lower] = append(values[lower], list...)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		list := values[name]
		sort.Strings(list)
		b.WriteString("\n" + name + ":" + strings.Join(list, ","))
	}
	return b.String(), true
}

// maxAzure is how many parameters of a query are put into lines, one by one.
const maxAzure = 1000

// cosmosType is the kind of resource that a path of Azure Cosmos DB names: the last segment that is no name of one.
// Source: learn.microsoft.com, "Access control on Azure Cosmos DB resources", constructing the hashed token signature.
func cosmosType(path string) (string, bool) {
	segments := strings.Split(bare(path), "/")
	last := len(segments) - 1
	if len(segments)%2 == 0 {
		last--
	}
	return segments[last], true
}

// cosmosLink is the resource itself, or the one that holds it if the path ends in a kind. Names are signed decoded (Azure SDK for
// Rust, ResourceLink).
func cosmosLink(path string) (string, bool) {
	link := bare(path)
	if strings.Count(link, "/")%2 == 0 {
		i := strings.LastIndexByte(link, '/')
		if i < 0 {
			return "", true
		}
		link = link[:i]
	}
	return percentEscape.ReplaceAllStringFunc(link, decodeEscape), true
}

var percentEscape = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// decodeEscape is the byte of an escape.
func decodeEscape(escape string) string {
	b, _ := hex.DecodeString(escape[1:])
	return string(b)
}

// bare is a path without the slashes at either end.
func bare(path string) string { return strings.Trim(path, "/") }
