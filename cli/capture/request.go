package capture

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
)

// Signature is what a capture is searched for: it tells the signed request from others in one text.
type Signature struct {
	// Canonical names; a trailing * matches all with that prefix.
	Headers []string
	// The signature covers the body, so that a capture without it is not enough.
	CoversBody bool
}

// Request is a request that somebody else signed, as it went out.
type Request struct {
	signers.Message // Host is the Host header
	// The authority of the URL, which curl -H "Host: ..." does not change.
	Address string
	// What of it is a variable or command of unknown value.
	Unexpanded []diagnose.Unexpanded
	// It comes from a log that leaves credentials out.
	Sanitised bool
	// It was given as the text of HTTP.
	Printed bool
	// The line ends behind the body in a text that does not say how long the body is. They may be the editor's.
	LineEnd []byte
}

// setURL takes a URL as it is written. It accepts one that no library would send, because the question
// is what is wrong with it. User and password before an @ become Basic authentication, as clients send
// them, unless the request has an Authorization already.
func (s *Request) setURL(text string) (err error) {
	if s.Address, s.Target, err = cutURL(text); err != nil {
		return err
	}
	if at := strings.LastIndexByte(s.Address, '@'); at >= 0 {
		user := s.Address[:at]
		s.Address = s.Address[at+1:]
		if decoded, err := url.PathUnescape(user); err == nil {
			user = decoded
		}
		if s.Header == nil {
			s.Header = make(http.Header)
		}
		if s.Header.Get("Authorization") == "" {
			s.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user)))
		}
	}
	if s.Address == "" {
		return errors.New("has no host")
	}
	s.Host = cmp.Or(s.Host, s.Address)
	return nil
}

// takeHost moves the Host header to its own place, and drops HTTP/2's pseudo-headers, which are no
// headers.
func (s *Request) takeHost() {
	for _, name := range []string{"Host", ":authority"} {
		if h := s.Header.Get(name); h != "" {
			s.Host = h
		}
		s.Header.Del(name)
		delete(s.Header, name)
	}
	for name := range s.Header {
		if strings.HasPrefix(name, ":") { // the rest of HTTP/2's pseudo-headers
			delete(s.Header, name)
		}
	}
}
