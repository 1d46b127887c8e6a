package vendorsim

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Request is a request as it arrived. Who fills it takes the target from the request line (http.Request.RequestURI) and reads
// the whole body first; a judge changes nothing of it.
type Request struct {
	Method string
	// http or https, as the vendor's clients know it; "" is https. Only presets can sign it.
	Scheme string
	// The Host header, or :authority.
	Host string
	// The request target as it stood in the request line (http.Request.RequestURI), never a parsed URL:
	// parsing loses the difference between what was sent and what was signed.
	Target string
	Header http.Header
	Body   []byte

	// texts are the address and the body of a token request, which operations make as a whole.
	texts map[string]string
}

// Answer is what the vendor says.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	// The credential, the signature and the clock were right and the call was let through. False with every
	// refusal, 429 included.
	Accepted bool

	// Why the request was refused, one sentence for people; empty when it was accepted. Often plainer than the vendor's
	// own body, which stays vague on purpose. It never contains a secret or a header's value.
	Reason string

	// Names of headers that carry some other credential than the one that was judged, as they arrived, sorted.
	// The vendor ignores them, but a gateway should not have let them through.
	Leaks []string
}

// newAnswer builds an answer with a JSON body; a reason makes it a refusal. body is a map that can always be encoded.
func newAnswer(status int, reason string, body any) *Answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read these bodies: a query should look like a query
	if err := e.Encode(body); err != nil {
		// Only maps of strings, numbers and nested maps are passed; reaching this is a bug in this package.
		panic(err)
	}
	return &Answer{
		Status:   status,
		Header:   http.Header{"Content-Type": {"application/json"}},
		Body:     b.Bytes(),
		Accepted: reason == "",
		Reason:   reason,
	}
}

// echo is put into the vendor's envelope so that a person sees what was verified. Headers and the body are left out: they may
// hold secrets.
func echo(vendor, verified string, r *Request) map[string]any {
	return map[string]any{
		"vendor":      vendor,
		"verified":    verified,
		"method":      r.Method,
		"target":      r.Target,
		"body_length": len(r.Body),
	}
}
