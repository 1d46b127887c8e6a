//go:build go1.21

package aws

import (
	"html"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// AWS quotes the canonical request that it made in most refusals of a signature: S3 in an element
// of its own, others in the message.
//
//	<Error><Code>SignatureDoesNotMatch</Code>...<CanonicalRequest>GET /...</CanonicalRequest></Error>
//	{"message":"... The Canonical String for this request should have been 'GET\n/...' The String-to-Sign should ..."}
var (
	quotedElement = regexp.MustCompile(`(?s)<CanonicalRequest>(.*?)</CanonicalRequest>`)
	quotedText    = regexp.MustCompile(`(?s)The Canonical String for this request should have been(?:\\n|\s)*'(.*?)'(?:\\n|\s)*` +
		`The String-to-Sign`)
)

// quotedBy is the canonical request that an answer quotes; empty: none. It is plain in S3's XML but
// for entities, and within a string of JSON in services that answer in that. Gateways and the
// command diagnose compare it with what was sent: a line that differs was changed on the way.
func quotedBy(a signers.Answer) string {
	if a.Status < 400 {
		return ""
	}
	text := string(a.Body)
	if found := quotedElement.FindStringSubmatch(text); found != nil {
		return html.UnescapeString(found[1])
	}
	inXML := strings.HasPrefix(strings.TrimSpace(text), "<")
	if inXML {
		text = html.UnescapeString(text)
	}
	found := quotedText.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	if inXML || !strings.Contains(found[1], `\n`) {
		return found[1]
	}
	plain, err := strconv.Unquote(`"` + strings.ReplaceAll(found[1], `\/`, `/`) + `"`) // Go has all escapes of JSON except that one
	if err != nil {
		return ""
	}
	return plain
}

// signedNames finds the names of the signed headers in Authorization.
var signedNames = regexp.MustCompile(`SignedHeaders=([^, ]+)`)

// asSent is the canonical request of a message that went out with a signature in its header; nil: it has none that can be read.
// It is made of the message alone, with the scope and names of its signature, so that it is right
// for another client's signature, too.
func (s *signer) asSent(m *signers.Message) []signers.Part {
	authorization := header(m.Header, "Authorization")
	claim := placeholderScope(authorization)
	names := signedNames.FindStringSubmatch(authorization)
	if claim == nil || names == nil {
		return nil
	}
	path, query, _ := strings.Cut(m.Target, "?")
	// The scope is that of the signature, and not of the configuration: it tells how the path is
	// escaped.
	path, err := canonicalPath(newScope(s, claim[2], claim[3]), path)
	if err == nil {
		query, err = wire.Form(query)
	}
	if err != nil {
		return nil
	}
	parts := []signers.Part{{Label: "method", Text: m.Method + "\n"}, {Label: "path", Text: path + "\n"}, {Label: "query", Text: query + "\n"}}
	// The header is what went out, and its signed names say which of it counts.
	for _, name := range strings.Split(names[1], ";") {
		value := m.Host
		if name != "host" {
			value = collapsedAll(m.Header[textproto.CanonicalMIMEHeaderKey(name)])
		}
		parts = append(parts, signers.Part{Label: name, Text: name + ":" + value + "\n"})
	}
	parts = append(parts, signers.Part{Label: "end of headers", Text: "\n"}, signers.Part{Label: "signed headers", Text: names[1] + "\n"})
	payload := header(m.Header, "X-Amz-Content-Sha256")
	// Other services than S3 have no header with the hash.
	if payload == "" && int64(len(m.Body)) == m.Length {
		payload = hexHashBytes(m.Body)
	}
	if payload == "" { // of a body that streamed nothing is known here, so that nothing can be said of the whole
		return nil
	}
	return append(parts, signers.Part{Label: "payload", Text: payload})
}
