package cli

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/signers"
)

// request is the request of the flags. Path and query are taken as they are written, since a signature
// covers their bytes. The method is POST if there is a body and none is given, as curl has it.
func (e *explaining) request() (*capture.Request, error) {
	// There is no harmless default: a host decides what is signed.
	if e.url == "" {
		return nil, usagef("--url is required")
	}
	s := &capture.Request{}
	s.Header = make(http.Header)
	authority, target, err := capture.SplitURL(e.url)
	if err != nil {
		return nil, usagef("--url %w", err)
	}
	s.Address, s.Host, s.Target = authority, authority, target
	s.Body = []byte(e.data)
	if file, ok := strings.CutPrefix(e.data, "@"); ok {
		if s.Body, err = e.read(file); err != nil {
			return nil, usagef("--data: %w", err)
		}
	}
	if s.Method = e.method; s.Method == "" {
		s.Method = http.MethodGet
		if e.data != "" {
			s.Method = http.MethodPost
		}
	}
	if !capture.IsMethod(s.Method) {
		return nil, usagef("--method must be a word such as GET")
	}
	for _, h := range e.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usagef("--header must be a name, a colon and a value")
		}
		s.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return s, nil
}

// moment is the time and nonce of the signature. A token that a gateway would fetch is shown by a name,
// since this command asks no service.
func (e *explaining) moment(signer signers.Signer, m *signers.Message) (signers.Moment, error) {
	at := signers.Moment{Time: time.Now(), Date: e.date, Nonce: e.nonce}
	var err error
	if e.time != "" {
		if at.Time, err = time.Parse(time.RFC3339, e.time); err != nil {
			return at, usagef("--time must be a time of RFC 3339, as in 2026-01-02T03:04:05.678Z")
		}
	}
	if err := complete(&at, signer); err != nil {
		return at, failf("%w", err)
	}
	if hint := signer.Traits().Hint; hint != nil {
		if at.Hint, err = hint(m); err != nil {
			return at, usagef("%w; give the client's own Authorization with --header", err)
		}
		// A client's own signature says how to sign (Hint), and is removed then, as a gateway removes
		// it.
		for _, name := range signer.Traits().Owns {
			delete(m.Header, name)
		}
	}
	if at.Token == "" && signer.Traits().Tokens != nil {
		at.Token = "TOKEN" // one that the gateway would fetch
		if at.More == nil {
			at.More = make(map[string]string)
		}
		for _, name := range signer.Traits().Tokens.More {
			at.More[name] = "TOKEN_" + strings.ToUpper(name)
		}
	}
	return at, nil
}
