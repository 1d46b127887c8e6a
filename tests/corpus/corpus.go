// Package corpus makes refused requests whose mistake is known, to score the diagnosis.
//
// It has its own tiny signing, written from the vendors' documents, and imports nothing of the project: what it
// breaks is broken here, not found there. A request is first described as a right one; then one field of what is signed, or of
// what is sent, is changed.
package corpus

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"
)

// Case is one request with the mistake that it has.
type Case struct {
	Name   string
	Signer string
	Class  string
	Causes []string // the mistakes; any of several may decide the class
	Also   []string // other names that are as right
	Proved bool     // the diagnosis must prove it

	Config   map[string]any
	Method   string
	URL      string
	Headers  [][2]string
	Body     []byte
	Response *Response
	Now      time.Time
}

// Response is the vendor's answer.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body"`
}

// Line is the case as `vendorsign diagnose` reads it.
func (c *Case) Line() []byte {
	headers := make(map[string]any)
	for _, h := range c.Headers {
		switch before := headers[h[0]].(type) {
		case nil:
			headers[h[0]] = h[1]
		case string:
			headers[h[0]] = []string{before, h[1]}
		}
	}
	request := map[string]any{"method": c.Method, "url": c.URL, "headers": headers}
	if utf8.Valid(c.Body) {
		request["body"] = string(c.Body)
	} else {
		request["body_b64"] = base64.StdEncoding.EncodeToString(c.Body)
	}
	line := map[string]any{"signer": c.Signer, "config": c.Config, "request": request}
	if c.Response != nil {
		line["response"] = c.Response
	}
	if !c.Now.IsZero() {
		line["now"] = c.Now.Format(time.RFC3339Nano)
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err) // only texts, numbers and lists of them
	}
	return text
}

// All are all cases, in a fixed order.
func All() []*Case {
	var all []*Case
	for _, make := range []func() []*Case{duoCases, duoBodyCases, darktraceCases, threatConnectCases, tokenCases, carbonBlackCases, cortexCases, realCases, unexplainedCases, secretlessCases, pairCases, clientCases, awsCases} {
		all = append(all, make()...)
	}
	return all
}

// now is when all requests are made, unless a case says otherwise.
var now = time.Date(2026, 3, 4, 15, 6, 7, 89_000_000, time.UTC)

func text(s string) *string { return &s }
