//go:build go1.21

package aws

import (
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// AWS quotes the canonical request that it made in most refusals of a signature: S3 in an element of its own, others in the message.
var (
	quotedElement = regexp.MustCompile(`(?s)<CanonicalRequest>(.*?)</CanonicalRequest>`)
	quotedText    = regexp.MustCompile(`(?s)The Canonical String for this request should have been(?:\\n|\s)*'(.*?)'(?:\\n|\s)*The String-to-Sign`)
)

// quotedBy is the canonical request that an answer quotes; empty: none.
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
	plain, err := strconv.Unquote(`"` + strings.ReplaceAll(found[1], `\/`, `/`) + `"`) // JSON's escapes are Go's but for that one
	if err != nil {
		return ""
	}
	return plain
}
