package vendorsim

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"strings"
)

// What a refusal is about. Each has a name of its own in each of the three forms of AWS's errors: JSON, the query protocol's
// XML, and S3's XML.
const (
	awsMissing    = "missing"
	awsTwo        = "two"
	awsIncomplete = "incomplete"
	awsUnknownKey = "unknown key"
	awsScope      = "scope"
	awsToken      = "token"
	awsExpired    = "expired token"
	awsSkewed     = "skewed"
	awsOver       = "over"
	awsUnsigned   = "unsigned"
	awsMismatch   = "mismatch"
	awsNoHash     = "no hash"
	awsBody       = "body"
	awsChunks     = "chunks"
)

// awsRefusal is a refusal before it has a form; with no kind there is nothing to refuse.
type awsRefusal struct {
	kind   string
	reason string   // for people
	text   string   // the message, if it is not always the same
	s3     string   // the same in S3's words, after "The authorization header is malformed; "
	fields []string // more elements of S3's XML, names and values

	// Of a signature that does not match: the server's side of it.
	// Shown in the body, as AWS does: neither has a secret.
	canonical, toSign string
	id, signature     string
}

// awsError is one form of a refusal: the status, the code that clients branch on, and the message.
type awsError struct {
	status  int
	code    string
	message string // unless the refusal has a text
}

// Messages that several of AWS's errors have.
const (
	awsMismatchText = "The request signature we calculated does not match the signature you provided. "
	awsCheckText    = awsMismatchText + "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	awsTokenText    = "The security token included in the request is invalid."
	awsBothText     = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header " +
		"should be specified"
)

// jsonErrors are those of services that speak JSON. Each is 403 here: AWS's pages have 400 or 403, by service. Services with the
// query protocol (sts, iam) have the same under other names.
var jsonErrors = map[string]awsError{
	awsMissing:    {403, "MissingAuthenticationTokenException", "Missing Authentication Token"},
	awsTwo:        {403, "IncompleteSignatureException", awsBothText},
	awsIncomplete: {403, "IncompleteSignatureException", ""},
	awsUnknownKey: {403, "UnrecognizedClientException", awsTokenText},
	awsScope:      {403, "InvalidSignatureException", ""},
	awsToken:      {403, "UnrecognizedClientException", awsTokenText},
	awsExpired:    {403, "ExpiredTokenException", "The security token included in the request is expired"},
	awsSkewed:     {403, "InvalidSignatureException", ""},
	awsOver:       {403, "InvalidSignatureException", ""},
	awsUnsigned:   {403, "InvalidSignatureException", ""},
	awsMismatch:   {403, "InvalidSignatureException", awsCheckText},
	awsBody:       {403, "InvalidSignatureException", awsCheckText},
}

// queryCodes are the names of the same errors in the query protocol, without the suffix Exception or with words of
// their own.
var queryCodes = map[string]string{
	"MissingAuthenticationTokenException": "MissingAuthenticationToken", "IncompleteSignatureException": "IncompleteSignature",
	"UnrecognizedClientException": "InvalidClientTokenId", "InvalidSignatureException": "SignatureDoesNotMatch",
	"ExpiredTokenException": "ExpiredToken",
}

// s3Errors are S3's. A request without a signature is one of nobody there, and nobody has access.
var s3Errors = map[string]awsError{
	awsMissing:    {403, "AccessDenied", "Access Denied"},
	awsTwo:        {400, "InvalidArgument", awsBothText},
	awsIncomplete: {400, "AuthorizationHeaderMalformed", ""},
	awsUnknownKey: {403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."},
	awsScope:      {400, "AuthorizationHeaderMalformed", ""},
	awsToken:      {400, "InvalidToken", "The provided token is malformed or otherwise invalid."},
	awsExpired:    {400, "ExpiredToken", "The provided token has expired."},
	awsSkewed:     {403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."},
	awsOver:       {403, "AccessDenied", "Request has expired"},
	awsUnsigned:   {403, "AccessDenied", "There were headers present in the request which were not signed"},
	awsMismatch:   {403, "SignatureDoesNotMatch", awsMismatchText + "Check your key and signing method."},
	awsNoHash:     {400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"},
	awsBody:       {400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."},
	awsChunks:     {400, "IncompleteBody", "The request body terminated unexpectedly"},
}

// answer is a refusal as the service writes it. Without a readable scope it is that of the service that is simulated.
func (v *aws) answer(service string, f awsRefusal) *Answer {
	if service == "" {
		service = v.services[0]
	}
	if isS3(service) {
		return s3Answer(f)
	}
	e := jsonErrors[f.kind]
	message := e.message
	if f.text != "" {
		message = f.text
	}
	if f.kind == awsMismatch {
		// AWS itself shows what it has signed: no secret is in it, and it is the fastest way to find the difference.
		message += "\n\nThe Canonical String for this request should have been\n'" + f.canonical +
			"'\n\nThe String-to-Sign should have been\n'" + f.toSign + "'\n"
	}
	// Services of the query protocol answer in XML, under other names.
	if service == "sts" || service == "iam" {
		return xmlAnswer(e.status, f.reason, "<ErrorResponse><Error><Type>Sender</Type>"+
			elements("Code", queryCodes[e.code], "Message", message)+"</Error></ErrorResponse>")
	}
	a := newAnswer(e.status, f.reason, map[string]any{"__type": e.code, "message": message})
	a.Header.Set("X-Amzn-Errortype", e.code)
	return a
}

// s3Answer is a refusal in S3's XML ("Error responses", S3 API Reference), which has no namespace and no wrapping
// ErrorResponse. Of a signature that does not match it shows both texts, and their bytes, as S3 does:
//
//	<Error><Code>SignatureDoesNotMatch</Code>...<StringToSign>AWS4-HMAC-SHA256...</StringToSign>
//	  <StringToSignBytes>41 57 53 34 ...</StringToSignBytes><CanonicalRequest>GET...</CanonicalRequest>...</Error>
func s3Answer(f awsRefusal) *Answer {
	e := s3Errors[f.kind]
	fields := []string{"Code", e.code, "Message", e.message}
	// Errors of one code have several causes, and the cause is in the message.
	if e.message == "" {
		text := f.s3
		if text == "" {
			text = f.text
		}
		fields[3] = "The authorization header is malformed; " + text
	}
	fields = append(fields, f.fields...)
	if f.kind == awsMismatch {
		fields = append(fields, "AWSAccessKeyId", f.id, "StringToSign", f.toSign, "SignatureProvided", f.signature, "StringToSignBytes",
			hexBytes(f.toSign), "CanonicalRequest", f.canonical, "CanonicalRequestBytes", hexBytes(f.canonical))
	}
	return xmlAnswer(e.status, f.reason, "<Error>"+elements(fields...)+"</Error>")
}

// xmlAnswer is a refusal whose body is XML. It has AWS's header line.
func xmlAnswer(status int, reason, body string) *Answer {
	return &Answer{
		Status: status,
		Header: http.Header{"Content-Type": {"application/xml"}},
		Body:   []byte(xml.Header + body),
		Reason: reason,
	}
}

// elements writes names and texts as XML: Code, A, Message, a<b -> <Code>A</Code><Message>a&lt;b</Message>.
func elements(fields ...string) string {
	var b bytes.Buffer
	for i := 0; i+1 < len(fields); i += 2 {
		b.WriteString("<" + fields[i] + ">")
		_ = xml.EscapeText(&b, []byte(fields[i+1])) // a buffer takes everything
		b.WriteString("</" + fields[i] + ">")
	}
	return b.String()
}

// hexBytes are the bytes of a text as S3 shows them, in hex with blanks between.
func hexBytes(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(hex.EncodeToString([]byte{s[i]}))
		if i < len(s)-1 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
