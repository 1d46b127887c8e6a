//go:build go1.21

package aws

import (
	"net/textproto"
	"regexp"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// fillHeaders lists the headers that are signed: the host, Content-Type, all that begin with
// X-Amz-, and those that the configuration adds. AWS requires the host and all X-Amz- headers;
// others may change on the way, and would break the signature. Lines must be sorted by name; the
// usual ones are written in that order. It sets c.headers and c.names:
//
//	content-type:application/json
//	host:guardduty.eu-west-1.amazonaws.com
//	x-amz-date:20260102T030405Z
func fillHeaders(s *signer, c *canonical, m *signers.Message, date string) {
	usual := noneOfOurs
	if c.payloadSent {
		usual = hashOnly
	}
	// A client's own X-Amz- headers, and further headers, have to be sorted with ours.
	if len(s.extra) > 0 || (s.inQuery || !wire.OnlyHas(m.Header, usual)) && wire.HasPrefix(m.Header, "X-Amz-") {
		fillAll(s, c, m, date)
		return
	}
	// Each line that is left out is an empty text: to join all at once takes memory once.
	kindName, kind, kindEnd := "", "", ""
	hashName, hash := "", ""
	dateName, tokenName, token := "", "", ""
	names := "host"
	if values := m.Header["Content-Type"]; len(values) > 0 {
		kind = collapsedAll(values) // on its own line: yaegi mishandles a call among several assignments
		kindName, kindEnd = "content-type:", "\n"
		names = "content-type;host"
	}
	if c.payloadSent {
		hashName, hash = "\nx-amz-content-sha256:", c.payload
		names += ";x-amz-content-sha256"
	}
	if s.inQuery {
		date = ""
	} else {
		dateName = "\nx-amz-date:"
		names += ";x-amz-date"
		if c.token != "" && s.tokenSigned {
			tokenName, token = "\nx-amz-security-token:", c.token
			names += ";x-amz-security-token"
		}
	}
	c.headers = strings.Join([]string{kindName, kind, kindEnd, "host:", m.Host, hashName, hash, dateName, date, tokenName, token, "\n"}, "")
	c.names = names
}

// noneOfOurs are headers of which only the date begins with X-Amz-, and that is ours, and hashOnly with X-Amz-Content-Sha256, too, whose
// value is canonical.payload.
var (
	// noneOfOurs are headers of which only the date begins with X-Amz-, and the signer sets that
	// one. hashOnly has X-Amz-Content-Sha256, too, whose value is canonical.payload.
	noneOfOurs = wire.PlainHeaders("Authorization", "X-Amz-Date", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request")
	hashOnly   = wire.PlainHeaders("Authorization", "X-Amz-Date", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "X-Amz-Content-Sha256")
)

// fillAll is fillHeaders for any headers: it collects name and value, and sorts the names. A header
// of signed_headers that the request lacks is not signed.
func fillAll(s *signer, c *canonical, m *signers.Message, date string) {
	values := map[string]string{"host": m.Host}
	for name, sent := range m.Header {
		lower := strings.ToLower(name)
		// What the signer sets itself is added below, with its own value.
		if len(sent) > 0 && (lower == "content-type" || strings.HasPrefix(lower, "x-amz-")) && !ownedHeader(s, lower) {
			values[lower] = collapsedAll(sent)
		}
	}
	for _, name := range s.extra {
		if sent := m.Header[textproto.CanonicalMIMEHeaderKey(name)]; len(sent) > 0 {
			values[name] = collapsedAll(sent)
		}
	}
	if c.payloadSent {
		values["x-amz-content-sha256"] = c.payload
	}
	if !s.inQuery {
		values["x-amz-date"] = date
		if c.token != "" && s.tokenSigned {
			values["x-amz-security-token"] = c.token
		}
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(name + ":" + values[name] + "\n")
	}
	c.headers = lines.String()
	c.names = strings.Join(names, ";")
}

// ownedHeader reports whether a header is set by the signer, so that a client's value is not
// signed. In mode re_sign X-Amz-Content-Sha256 is the client's word for its body.
func ownedHeader(s *signer, lower string) bool {
	return lower == "x-amz-date" || lower == "x-amz-security-token" || lower == "x-amz-content-sha256" && !s.reSign
}

// collapsedAll joins the values of a header that repeats with commas, as they were sent in a row:
// "a " and " b" are a,b, without a blank behind the comma.
func collapsedAll(values []string) string {
	if len(values) == 1 {
		return collapsed(values[0])
	}
	return collapsedEach(values)
}

// collapsedEach is collapsedAll for a header that is missing or comes more than once.
func collapsedEach(values []string) string {
	each := make([]string, len(values))
	for i, value := range values {
		each[i] = collapsed(value)
	}
	return strings.Join(each, ",")
}

// collapsed is a value without blanks at its ends, and with one where there are several, as AWS
// makes it ("Create a canonical request"): "  a   b " is "a b". A line that is folded (RFC 9112,
// section 5.2) is one line. Tabs within a value stay.
func collapsed(value string) string {
	if strings.ContainsAny(value, " \t\r\n") {
		return withoutBlanks(value)
	}
	return value
}

// withoutBlanks is collapsed for a value with blanks or line ends. Most of these have single
// blanks, as in a/b; c=d, and need no regular expression.
func withoutBlanks(value string) string {
	value = strings.Trim(value, " \t\r\n")
	if strings.Contains(value, "  ") || strings.ContainsAny(value, "\r\n") {
		return blanks.ReplaceAllString(value, " ")
	}
	return value
}

// blanks are replaced by one blank: several in a row, and line ends with what follows them.
var blanks = regexp.MustCompile(`[\r\n]+[ \t]*| +`)

// unsignable says why a header cannot be among those that are signed; usually nothing. Such a
// configuration does not load: each of its requests would be refused by AWS.
func unsignable(name string) string {
	switch {
	case !headerName.MatchString(name):
		return "signed_headers must be names of headers"
	case name == "authorization" || ownedNames[name]:
		return "signed_headers: " + name + " belongs to the signature itself"
	case changing.MatchString(name):
		return "signed_headers: " + name + " is changed on the way, so that its signature would be wrong"
	}
	return ""
}

var (
	// headerName is a token of RFC 9110, 5.6.2, in lower case; changing are headers that proxies set, change or remove.
	headerName = regexp.MustCompile(`^[a-z0-9!#$%&'*+.^_|~-]{1,200}$`)
	changing   = regexp.MustCompile(`^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|via|forwarded|user-agent|` +
		`accept-encoding|x-real-ip|x-forwarded-.*|x-amzn-trace-id|proxy-.*|cookie)$`)
)
