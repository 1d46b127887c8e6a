//go:build go1.21

package program

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// texts are the filters from text to text that take no argument and never fail. form writes a blank as +, as a
// body of the type application/x-www-form-urlencoded has it; urlencode writes %20.
var texts = map[string]func(string) string{
	"upper":     upper.Replace,
	"lower":     lower.Replace,
	"trim":      trim,
	"collapse":  collapse,
	"urlencode": wire.PercentEncode,
	"json":      jsonText,
	"form":      url.QueryEscape,

	"canon_path":    canonPath,
	"azure_headers": azureHeaders,
	"without_port":  wire.WithoutPort,
}

// fallible are the filters that refuse what they cannot read. With a text of the request the client gets 400; with
// an option the configuration does not load.
var fallible = map[string]func(string) (string, bool){
	"canon_query": canonQuery,
	"sort_query":  sortQuery,

	"decoded_order": decodedOrder,
	"azure_query":   azureQuery,
	"cosmos_type":   cosmosType,
	"cosmos_link":   cosmosLink,
	"unhex":         unhex,
	"unbase64":      unbase64,
	"cert_sha1":     certificateSHA1,
	"zscaler_key":   zscalerKey,
}

// twos are the filters from text to text that take a text. The argument is literal text of the operations, so it
// is the same for all requests.
var twos = map[string]func(string, string) string{
	"after":        after,
	"strip_prefix": strings.TrimPrefix,
	"end_with":     endWith,
}

// arguments is how many arguments each filter takes. A name that is not here is no filter.
var arguments = map[string]int{
	"md5": 0, "sha1": 0, "sha256": 0, "sha384": 0, "sha512": 0,
	"hmac_sha1": 1, "hmac_sha256": 1, "hmac_sha384": 1, "hmac_sha512": 1,
	"rsa_sha256": 1, "rsa_pss_sha512": 1, "ecdsa_p256_sha256": 1, "ed25519": 1,
	"hex": 0, "base64": 0, "base64url": 0, "unhex": 0, "unbase64": 0,
	"upper": 0, "lower": 0, "trim": 0, "collapse": 0, "urlencode": 0, "form": 0, "json": 0, "canon_query": 0, "decoded_order": 0,
	"sort_query":  0,
	"azure_query": 0, "azure_headers": 0, "canon_path": 0, "without_port": 0,
	"cosmos_type": 0, "cosmos_link": 0, "cert_sha1": 0, "zscaler_key": 0,
	"after": 1, "strip_prefix": 1, "end_with": 1, "or": 1, "when": 1,
	"first": 1, "if_method": 1, "if": 2,
	"unix": 0, "unix_ms": 0, "http_date": 0, "utc_date": 0, "iso": 0, "iso_ms": 0, "iso_basic": 0, "date": 0, "date_basic": 0, "edgegrid": 0,
	"format": 1, "add": 1, "reveal": 0,
}

// filterNames lists the names of all filters, sorted, for hints.
func filterNames() []string {
	names := make([]string, 0, len(arguments))
	for name := range arguments {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// blanks are what trim and collapse count as blanks, which is the white space of RFC 9110, 5.6.3, with line ends.
const blanks = " \t\r\n"

// trim drops blanks at both ends.
func trim(s string) string { return strings.Trim(s, blanks) }

// inner is a run of blanks.
var inner = regexp.MustCompile(`[ \t\r\n]+`)

// collapse makes one blank of several: " a \t\n b " -> " a b ". Line ends count, as in headers that were folded
// (RFC 9112 section 5.2).
func collapse(s string) string { return inner.ReplaceAllString(s, " ") }

// upper and lower change the letters of ASCII alone: other bytes may be no text at all. strings.ToUpper would
// replace bytes that are no UTF-8 and could change the length. A Replacer is one call of the library; interpreted,
// a loop over bytes is slow.
var (
	upper = strings.NewReplacer(letters(lowerLetters, upperLetters)...)
	lower = strings.NewReplacer(letters(upperLetters, lowerLetters)...)
)

const (
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
)

// letters are the pairs of a Replacer that writes each byte of from as the one of to: "A", "a", "B", "b" and so
// on.
func letters(from, to string) []string {
	pairs := make([]string, 0, 2*len(from))
	for i := range from {
		pairs = append(pairs, from[i:i+1], to[i:i+1])
	}
	return pairs
}

// spelt is a run of escapes, or of what wire.PercentEncode would escape, or a single %. Slashes and unreserved characters
// stay between the runs.
var spelt = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+|[^A-Za-z0-9._~/%-]+|%`)

// canonPath writes each segment of a path in the one way of wire.PercentEncode: clients differ in what they escape. Source:
// CanonicalURI of Huawei Cloud's SDKs.
//
//	"/a%2fb/c d/%7E/100%" -> "/a%2Fb/c%20d/~/100%25"
//
// An escaped slash stays one: it is part of a segment.
func canonPath(path string) string { return spelt.ReplaceAllStringFunc(path, spellAnew) }

// spellAnew writes a run of escapes or of other characters in one way. A % that begins no escape is text.
func spellAnew(run string) string {
	if decoded, err := url.PathUnescape(run); err == nil {
		run = decoded
	}
	return wire.PercentEncode(run)
}

// jsonText is s as a text of JSON, with its quotes: a"< -> "a\"<". Bytes that are no UTF-8 become U+FFFD. <, > and
// & stay as they are. It is for login bodies, into which a password must go without ending the text early.
func jsonText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

// after is what follows the first mark, or all of s if there is none: after("vera01ei-abc", "-") -> "abc".
// Veracode's key IDs may have the region in front, which is not signed.
func after(s, mark string) string {
	if _, rest, found := strings.Cut(s, mark); found {
		return rest
	}
	return s
}

// endWith is s with end behind it, unless it ends so. Huawei signs a path with a slash at its end.
func endWith(s, end string) string {
	if strings.HasSuffix(s, end) {
		return s
	}
	return s + end
}

// canonQuery sorts and encodes a query in one way. It treats an invalid escape as text, as most servers do.
//
//	"b=%7e&a=1+2&a=&%zz" -> "%25zz=&a=&a=1%202&b=~"
//
// It fails with more than wire.MaxParameters parameters.
func canonQuery(query string) (string, bool) {
	if strings.Count(query, "&") >= wire.MaxParameters {
		return "", false
	}
	form, err := wire.Form(query)
	if err != nil {
		form, err = wire.Form(mended(query))
	}
	return form, err == nil
}

// validEscape is an escape of RFC 3986 section 2.1.
var validEscape = regexp.MustCompile(`%([0-9A-Fa-f]{2})`)

// mended escapes every % of a query that does not begin an escape: "a=100%&b=%41" -> "a=100%25&b=%41". NUL marks
// the valid ones on the way; a query that has one itself has it escaped first.
func mended(query string) string {
	query = validEscape.ReplaceAllString(strings.ReplaceAll(query, "\x00", "%00"), "\x00$1")
	return strings.ReplaceAll(strings.ReplaceAll(query, "%", "%25"), "\x00", "%")
}

// sortQuery sorts the parameters as they are written, byte by byte. Empty ones are dropped: "b=2&&a=1" ->
// "a=1&b=2".
func sortQuery(query string) (string, bool) {
	if strings.Count(query, "&") >= wire.MaxParameters {
		return "", false
	}
	pairs := strings.Split(query, "&")
	sort.Strings(pairs)
	return strings.TrimLeft(strings.Join(pairs, "&"), "&"), true
}

// unhex accepts digits in either case. An odd number of digits is a failure.
func unhex(s string) (string, bool) {
	b, err := hex.DecodeString(s)
	return string(b), err == nil
}

// unbase64 accepts the standard alphabet with padding, and ignores line ends, which keys that were pasted have.
func unbase64(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}
