//go:build go1.21

package aws

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// awsAnswers are the beginnings of error codes that are about the credential, in lower case.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and "Common Error Types" of
// the API references. An expired session is a matter of the key: the token is dropped and another
// one fetched.
var awsAnswers = []signers.KnownAnswer{
	{Text: "signaturedoesnotmatch", Refusal: signers.RefusedSignature},
	{Text: "invalidsignatureexception", Refusal: signers.RefusedSignature},
	{Text: "incompletesignature", Refusal: signers.RefusedSignature},
	{Text: "authorizationheadermalformed", Refusal: signers.RefusedSignature},
	{Text: "xamzcontentsha256mismatch", Refusal: signers.RefusedSignature},
	{Text: "missingauthenticationtoken", Refusal: signers.RefusedSignature},
	{Text: "requesttimetooskewed", Refusal: signers.RefusedClock},
	{Text: "requestexpired", Refusal: signers.RefusedClock},
	{Text: "invalidaccesskeyid", Refusal: signers.RefusedKey},
	{Text: "invalidclienttokenid", Refusal: signers.RefusedKey},
	{Text: "unrecognizedclientexception", Refusal: signers.RefusedKey},
	{Text: "expiredtoken", Refusal: signers.RefusedKey},
	{Text: "invalidtoken", Refusal: signers.RefusedKey},
	{Text: "accessdenied", Refusal: signers.RefusedRights},
	{Text: "unauthorizedoperation", Refusal: signers.RefusedRights},
	{Text: "notauthorized", Refusal: signers.RefusedRights},
	{Text: "throttl", Refusal: signers.RefusedRate},
	{Text: "slowdown", Refusal: signers.RefusedRate},
	{Text: "requestlimitexceeded", Refusal: signers.RefusedRate},
	{Text: "toomanyrequests", Refusal: signers.RefusedRate},
}

// lateSignature is the beginning of a message about the clock. Further on a message quotes the client's request.
var lateSignature = regexp.MustCompile(`(?i)(?:"message"\s*:\s*"|<message>)\s*signature (?:expired|not yet current)`)

// Refusal reads AWS's code. "Signature expired" is how several services say that the clock is
// wrong. An error whose code is not known is about the request, and not about the credential,
// unless the status says otherwise.
func (s *signer) Refusal(a signers.Answer) signers.Refusal {
	if a.Status < 400 {
		return signers.Unrefused
	}
	// Codes come with and without Exception at their end, by the service's protocol, so their beginnings are compared.
	code := strings.ToLower(serviceCode(a.Header, a.Body))
	if code == "" {
		return signers.RefusalOf(a.Status)
	}
	for _, known := range awsAnswers {
		if !strings.HasPrefix(code, known.Text) {
			continue
		}
		if known.Refusal == signers.RefusedSignature && lateSignature.Match(a.Body) {
			return signers.RefusedClock
		}
		return known.Refusal
	}
	if a.Status == 401 || a.Status == 403 || a.Status == 429 {
		return signers.RefusalOf(a.Status)
	}
	return signers.Unrefused
}
