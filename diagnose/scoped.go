package diagnose

import (
	"regexp"
	"strings"
	"time"
)

// scoped is a request whose signature says what its key is derived for: AWS Signature Version 4, in the
// header Authorization or in the query of a presigned URL.
//
//	Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/guardduty/aws4_request,
//	  SignedHeaders=host;x-amz-date, Signature=HEX
//
//	scopedread.go     reads what was sent
//	scopedhost.go     compares region and service with the endpoint and the configuration
//	scopedcover.go    date, session token, signed headers, payload
//	scopedanswer.go   compares with the canonical request that some answers quote, and words both texts
//	scopedsearch.go   signs with other inputs and in other ways
//	scopedfill.go     what clients make of each input
type scoped struct {
	d *diagnosis
	// The signature is in the query.
	presigned bool
	// The rules of S3 hold: the path is escaped once, and the payload is said in a header.
	objects bool

	// The parts of Credential, as they were sent.
	id, day, region, service string
	// SignedHeaders, as they were sent.
	names []string
	// The date, as it was sent.
	date string
	// How long a presigned URL lasts, by X-Amz-Expires. 0: it is not one, or does not say.
	lasts time.Duration
	token string

	// The last line of the canonical request that the vendor reads from what was sent.
	payload string
	// The headers that were sent, in lower case.
	headers map[string]bool

	// The canonical request in the vendor's answer. Empty: the answer has none.
	quoted string

	// Derived keys, since most of what is tried changes the text and not the key.
	keys  map[string][]byte
	right texts
	// What was signed last. If the search ended well, that is what led to the given signature.
	last texts
}

// texts are the two that are hashed: the canonical request, and the string to sign, whose last line is
// the hash of the former.
type texts struct{ canonical, toSign string }

// scopedAlgorithm is the only algorithm that can be checked here. Version 4A (AWS4-ECDSA-P256-SHA256)
// derives a key pair.
const scopedAlgorithm = "AWS4-HMAC-SHA256"

// scopedForm is the header as AWS documents it. The parts come in any order, and blanks after the
// commas may be left out. scopedPart finds the parts in headers that are written otherwise.
var (
	// spacedID is an access key ID with white space or quotes around it.
	spacedID   = regexp.MustCompile(`(Credential=)(?:\s*([^\s,=/"']+)\s*|"([^\s,=/"]+)"|'([^\s,=/']+)')/`)
	scopedForm = regexp.MustCompile(`^AWS4-HMAC-SHA256 +(?:(?:Credential|SignedHeaders|Signature)=[^\s,="']+=*(?:, *|$)){3}$`)
	scopedPart = regexp.MustCompile(`(?i)(Credential|SignedHeaders|Signature)\s*[=:]\s*"?([^\s,;"]+(?:;[^\s,;"]+)*)`)
)

// readScoped reads the signature, notes what can be seen, and sets up the search. It works on copies of
// case and profile: the target of a presigned URL loses the signature, and the window of S3 is another
// one.
func (d *diagnosis) readScoped() {
	own := *d.Case              // its target loses the signature
	if own.Request.Host == "" { // of a capture without one
		own.Request.Host = own.Address
		for _, h := range own.Hosts {
			if own.Request.Host == "" && !strings.Contains(h, "*") {
				own.Request.Host = h
			}
		}
	}
	d.Case = &own
	p := *d.profile // its dates and window depend on the request
	d.profile = &p
	s := &scoped{d: d, headers: make(map[string]bool), keys: make(map[string][]byte)}
	d.scoped = s
	d.details["header_signed_otherwise"] = "a signed header was signed with another value than it was sent with"
	d.hostIn()
	d.takeSecret(p.Secret)
	for name, values := range d.Request.Header {
		if len(values) > 0 {
			s.headers[strings.ToLower(name)] = true
		}
	}
	s.quoted = s.canonicalOf(d.Response)
	if d.answer.kind == badSignature && d.answer.cause != "" {
		d.fact(d.answer.cause)
	}
	signature, ok := s.read()
	if !ok {
		d.stuck = true
		return
	}
	d.signature = signature
	s.objects = storesObjects(s.service)
	s.readDate()
	s.compareScope()
	swapped := d.idSent(s.id, signature)
	s.readToken()
	s.readCover()
	s.readPayload()
	d.lookForUnsent()
	if swapped || d.secretSent(signature) {
		d.stuck = true
		return
	}
	d.wants = hexWants(signature)
	if len(d.wants) == 0 {
		d.fact("signature_encoding")
		return
	}
	s.search()
	s.compareQuoted()
	if d.secret == "" {
		d.lengths(p.Digest)
	}
}
