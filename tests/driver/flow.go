//go:build go1.21

package driver

import (
	"errors"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Flow plays the token service of a vendor's configuration. Next takes the answer to its last request, but for the first time, and
// returns the next request until there is none more; parse makes the token; sign signs a request without a body with it.
func Flow(vendor string, config []byte, host string, at time.Time, nonce string) (
	next func(status int, header http.Header, body string) (method, url string, asked http.Header, sent string, more bool, err error),
	parse func() (token string, more map[string]string, expires time.Time, err error),
	sign func(method, target string) (header http.Header, err error),
	err error,
) {
	s, err := signer(vendor, config)
	if err != nil {
		return nil, nil, nil, err
	}
	from := s.Traits().Tokens
	if from == nil {
		return nil, nil, nil, errors.New("no token is fetched")
	}
	signMessage, dateOf := s.Sign, s.Date
	step := &signers.TokenStep{Host: host, Time: at, Nonce: nonce}
	var current signers.Token
	return func(status int, header http.Header, body string) (string, string, http.Header, string, bool, error) {
			if status != 0 {
				step.Answers = append(step.Answers, signers.TokenAnswer{Status: status, Header: header, Body: []byte(body)})
			}
			r, more, err := from.Next(step)
			return r.Method, r.URL, r.Header, r.Body, more, err
		}, func() (string, map[string]string, time.Time, error) {
			token, err := from.Parse(step)
			if err == nil {
				err = tokens.Sendable(token)
			}
			current = token
			return token.Text, token.More, token.Expires, err
		}, func(method, target string) (http.Header, error) {
			m := &signers.Message{Method: method, Host: host, Target: target, Header: make(http.Header)}
			moment := &signers.Moment{Time: at, Date: dateOf(at), Nonce: nonce, Token: current.Text, More: current.More}
			err := signMessage(m, moment)
			return m.Header, err
		}, nil
}
