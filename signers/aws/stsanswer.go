//go:build go1.21

package aws

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	maxElements = 256 // tokens of a document: those of STS have about 40
	maxDepth    = 8
)

// readXML returns the texts of the elements of a small document by their paths, and whether it is
// whole: of one that is cut off or broken the texts before that. Attributes and name spaces are
// ignored. A document with a document type, with an element twice, or with too much in it is not
// whole. Tokens are read instead of a struct: yaegi gives encoding/xml none with its tags.
//
//	<a x='1'><b>t</b></a>     a: "", a/b: "t"     whole
//	<a><b>t</b>               the same            not whole
func readXML(data []byte) (texts map[string]string, whole bool) {
	texts = make(map[string]string)
	if len(data) > maxAnswer {
		return texts, false
	}
	d := xml.NewDecoder(strings.NewReader(string(data)))
	path := make([]string, 0, maxDepth)
	at := ""
	for n := 0; n < maxElements; n++ {
		token, err := d.Token()
		if err != nil {
			return texts, err == io.EOF && len(path) == 0 && len(texts) > 0
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			at = strings.Join(path, "/")
			// Of an element that appears twice, parsers differ in which one they read.
			if _, twice := texts[at]; twice || len(path) > maxDepth {
				return texts, false
			}
			texts[at] = ""
		case xml.EndElement:
			texts[at] = strings.TrimSpace(texts[at])
			path = path[:len(path)-1]
			at = strings.Join(path, "/")
		case xml.CharData:
			if at != "" {
				texts[at] += string(t)
			}
		// A document type could define entities, which answers of STS do not have.
		case xml.Directive:
			return texts, false
		}
	}
	return texts, false
}

// errorCode finds the code in JSON or XML, cut off or not. What else an answer quotes has its quotation marks and brackets escaped.
var errorCode = regexp.MustCompile(`"(?:__type|code|Code)"\s*:\s*"([^"]{1,200})"|<Code>([^<]{1,100})</Code>`)

// serviceCode is the error code of an AWS service's answer: in the header X-Amzn-Errortype
// (restJson1), in JSON (awsJson) or in XML (restXml, awsQuery, ec2Query). The body may be cut off.
// It is what the answer says, and not shown unless it is a known one. A page that is neither JSON
// nor XML has none.
func serviceCode(header http.Header, body []byte) string {
	if code := header.Get("X-Amzn-Errortype"); code != "" {
		return bareCode(code)
	}
	if len(body) > signers.AnswerHead {
		body = body[:signers.AnswerHead]
	}
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) == 0 || start[0] != '{' && start[0] != '<' {
		return ""
	}
	found := errorCode.FindSubmatch(body)
	if found == nil {
		return ""
	}
	return bareCode(string(found[1]) + string(found[2]))
}

// bareCode takes a code out of prefix#Code:address: com.amazonaws#ExpiredTokenException:http://x/
// is ExpiredTokenException.
func bareCode(code string) string {
	if i := strings.LastIndex(code, "#"); i >= 0 {
		code = code[i+1:]
	}
	code, _, _ = strings.Cut(code, ":")
	return strings.TrimSpace(code)
}

// knownCodes are those of STS (its API reference, AssumeRoleWithWebIdentity and "Common errors") and of the agent of ECS: others are not
// shown, since a hostile answer could hold anything in their place.
var knownCodes = map[string]bool{
	"AccessDenied": true, "AccessDeniedException": true, "ExpiredTokenException": true, "IDPCommunicationError": true,
	"IDPRejectedClaim": true, "IncompleteSignature": true, "InternalFailure": true, "InvalidAction": true, "InvalidClientTokenId": true,
	"InvalidIdentityToken": true, "InvalidParameterCombination": true, "InvalidParameterValue": true, "MalformedPolicyDocument": true,
	"MalformedQueryString": true, "MissingAction": true, "MissingParameter": true, "OptInRequired": true, "PackedPolicyTooLarge": true,
	"RegionDisabledException": true, "RequestExpired": true, "ServiceUnavailable": true, "Throttling": true, "ThrottlingException": true,
	"ValidationError": true,
	"NoIdInRequest":   true, "InvalidIdInRequest": true, "NoCredentialsAssociated": true, "CredentialsUninitialized": true,
	"InternalServerError": true,
}
