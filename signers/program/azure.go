//go:build go1.21

package program

import (
	"encoding/hex"
	"net/url"
	"regexp"
	"sort"
	"strings"
)

// azureQuery is the query in the canonicalized resource of Azure Storage: a line "\nname:value" for each name of a
// query in lower case, by name; several values are sorted and separated by commas. All are decoded. Source:
// learn.microsoft.com, "Authorize with Shared Key", constructing the canonicalized resource string.
//
//	"restype=container&comp=list&Prefix=b&prefix=a;c" -> "\ncomp:list\nprefix:a;c,b\nrestype:container"
//
// It fails with more than maxAzure parameters; the client then gets 400.
func azureQuery(query string) (string, bool) {
	if query == "" {
		return "", true
	}
	if strings.Count(query, "&") >= maxAzure {
		return "", false
	}
	// ParseQuery refuses semicolons, which are a part of a value at Azure. mended makes a text of a % that begins
	// no escape, as servers do.
	decoded, err := url.ParseQuery(strings.ReplaceAll(mended(query), ";", "%3B"))
	if err != nil {
		return "", false
	}
	values := make(map[string][]string, len(decoded))
	for name, list := range decoded {
		// Names that differ in case alone are one name, so their values are sorted together.
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

// maxAzure is how many parameters of a query are put into lines, one by one. A client chooses their number, and
// interpreted each step of such a loop costs about two microseconds.
const maxAzure = 1000

// azureHeaders puts lines of headers, name:value, in the order of Azure Storage, which compares names by the rules of
// a language: hyphens count only where names are alike without them, and other signs come before digits. Clients choose
// the names of metadata, so the order of bytes is not enough. Sources: compareHeaders of azure-sdk-for-go, and
// Azure/azure-sdk-for-python#33951, which has the order that the service expects.
//
//	"a-b:1\na1:2\na_:3\nab:4\n" -> "a_:3\na1:2\nab:4\na-b:1\n"
func azureHeaders(lines string) string {
	text := strings.TrimSuffix(lines, "\n")
	all := strings.Split(text, "\n")
	if len(all) == 1 {
		return lines
	}
	keys := make([]string, len(all))
	for i, line := range all {
		name, _, _ := strings.Cut(line, ":")
		letters := azureLetters.Replace(name)
		hyphens := azureHyphens.Replace(name)
		keys[i] = letters + "\x00" + hyphens
	}
	return strings.Join(inOrder(all, keys), "\n") + lines[len(text):]
}

// azureLetters writes a name so that the order of bytes is that of its letters, digits and signs, without hyphens and
// apostrophes. With azureHyphens, a letter comes before an apostrophe, and that before a hyphen.
var (
	azureLetters = strings.NewReplacer("-", "", "'", "", "!", "\x01", "#", "\x02", "$", "\x03", "%", "\x04", "&", "\x05", "*", "\x06",
		".", "\x07", "^", "\x08", "_", "\x09", "`", "\x0a", "|", "\x0b", "~", "\x0c", "+", "\x0d")
	azureHyphens = strings.NewReplacer("'", "\xfe", "-", "\xff")
)

// cosmosType is the kind of resource that a path of Azure Cosmos DB names: the last segment that is no name of
// one. Kinds and names alternate, so it is the last of an odd number of segments, and the last but one of an even
// number. Source: learn.microsoft.com, "Access control on Azure Cosmos DB resources", constructing the hashed
// token signature.
//
//	/dbs                   -> dbs     all databases
//	/dbs/db                -> dbs     one database
//	/dbs/db/colls/c/docs   -> docs    all documents of a collection
func cosmosType(path string) (string, bool) {
	segments := strings.Split(bare(path), "/")
	last := len(segments) - 1
	if len(segments)%2 == 0 {
		last--
	}
	return segments[last], true
}

// cosmosLink is the resource itself, or the one that holds it if the path ends in a kind. Names are signed decoded
// (Azure SDK for Rust, ResourceLink).
//
//	/dbs                   -> ""
//	/dbs/my%20db           -> dbs/my db
//	/dbs/db/colls/c/docs   -> dbs/db/colls/c
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

// percentEscape is one escape of RFC 3986 section 2.1. A % that begins none stays as it is.
var percentEscape = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// decodeEscape is the byte of an escape: "%20" -> " ". The expression that finds escapes has checked the digits.
func decodeEscape(escape string) string {
	b, _ := hex.DecodeString(escape[1:])
	return string(b)
}

// bare is a path without the slashes at either end.
func bare(path string) string { return strings.Trim(path, "/") }
