package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// SignLine is a line of sign before it is checked against any vendor.
//
//	{"signer": "jamf", "config": {...}, "request": {"method": "GET", "url": "https://a.example/b", "headers": {}, "body": ""},
//	 "time": "2026-01-02T03:04:05Z", "nonce": "..."}
type SignLine struct {
	Signer string // the vendor
	// An object of options by name, without nulls.
	Config json.RawMessage
	// Host and port of the URL.
	Authority string
	// Without Host, which is in Authority.
	Message signers.Message
	// A zero Time: the line names none.
	Moment signers.Moment
	// What the token service answers, in its order. No service is asked.
	Answers []signers.TokenAnswer
}

// ParseSignLine reads a line. Its errors name the key that is wrong, and never a value.
func ParseSignLine(line []byte) (*SignLine, error) {
	var answers []signers.TokenAnswer
	f, err := parseSignLine(line, map[string]func(json.RawMessage) error{
		"answers": func(value json.RawMessage) (err error) {
			answers, err = readAnswers(value)
			return err
		},
	})
	if err == nil {
		f.Answers = answers
	}
	if err == nil && f.Signer == "" {
		return nil, errors.New("signer is required")
	}
	return f, err
}

// parseSignLine reads a line that may have more keys, and may leave signer out.
func parseSignLine(line []byte, more map[string]func(json.RawMessage) error) (*SignLine, error) {
	if err := faithful(line); err != nil {
		return nil, err
	}
	f := &SignLine{Config: json.RawMessage("{}")}
	known := map[string]func(json.RawMessage) error{
		"signer":  into(&f.Signer),
		"config":  f.readConfig,
		"request": f.readRequest,
		"time":    f.readTime,
		"nonce":   into(&f.Moment.Nonce),
		"date":    into(&f.Moment.Date),
		"token":   into(&f.Moment.Token),
	}
	maps.Copy(known, more)
	switch err := fields(line, known); {
	case err != nil:
		return nil, err
	case f.Authority == "":
		return nil, errors.New("request is required")
	}
	return f, nil
}

// readAnswers takes what a token service answers: a list of objects with status, headers and body.
func readAnswers(value json.RawMessage) ([]signers.TokenAnswer, error) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return nil, errors.New("must be a list of objects")
	}
	answers := make([]signers.TokenAnswer, len(list))
	for i, entry := range list {
		a := &answers[i]
		var body string
		err := fields(entry, map[string]func(json.RawMessage) error{
			"status": func(v json.RawMessage) error {
				if json.Unmarshal(v, &a.Status) != nil || a.Status < 100 || a.Status > 599 {
					return errors.New("must be a status of HTTP")
				}
				return nil
			},
			"headers": func(v json.RawMessage) (err error) {
				a.Header, err = readHeaders(v)
				return err
			},
			"body":     into(&body),
			"body_b64": intoBytes(&a.Body),
		})
		switch {
		case err != nil:
			return nil, err
		case a.Status == 0:
			return nil, errors.New("status is required")
		case a.Body == nil:
			a.Body = []byte(body)
		}
	}
	return answers, nil
}

// readConfig keeps the options as JSON, for the reader of the vendor's options.
func (f *SignLine) readConfig(value json.RawMessage) error {
	all, err := members(value)
	if err != nil {
		return err
	}
	// Without its nulls, which the options' own reader would take for empty values.
	object := make(map[string]json.RawMessage, len(all))
	for _, m := range all {
		object[m.key] = m.value
	}
	if f.Config, err = json.Marshal(object); err != nil {
		return err
	}
	return once(all)
}

// instant reads a time of RFC 3339, with or without a fraction.
func instant(value json.RawMessage) (t time.Time, err error) {
	s, err := text(value)
	if err != nil {
		return t, err
	}
	if t, err = time.Parse(time.RFC3339, s); err != nil {
		return t, errors.New("must be a time of RFC 3339, as in 2026-01-02T03:04:05.678Z")
	}
	return t, nil
}

// readTime reads the time that the signature is made for.
func (f *SignLine) readTime(value json.RawMessage) (err error) {
	f.Moment.Time, err = instant(value)
	return err
}

// IsMethod reports whether a text can be a request's method: without blanks and control characters, which would end it.
func IsMethod(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// readRequest takes the key request. The URL is cut byte for byte; see SplitURL.
func (f *SignLine) readRequest(value json.RawMessage) error {
	m := &f.Message
	url, err := readMessage(value, m)
	switch {
	case err != nil:
		return err
	case !IsMethod(m.Method):
		return errors.New("method must be a word such as GET")
	}
	if f.Authority, m.Target, err = SplitURL(url); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if len(url) > 5 && strings.EqualFold(url[:5], "http:") {
		m.Scheme = "http"
	}
	return nil
}

// readMessage reads an object with method, url, headers and body into m, and returns the url. A body is
// a text, or bytes in Base64 as body_b64.
func readMessage(value json.RawMessage, m *signers.Message) (url string, err error) {
	var body string
	err = fields(value, map[string]func(json.RawMessage) error{
		"method": into(&m.Method),
		"url":    into(&url),
		"headers": func(v json.RawMessage) (err error) {
			m.Header, err = readHeaders(v)
			return err
		},
		"body":     into(&body),
		"body_b64": intoBytes(&m.Body),
	})
	switch {
	case err != nil:
		return "", err
	case m.Method == "":
		return "", errors.New("method is required")
	case url == "":
		return "", errors.New("url is required")
	case body != "" && m.Body != nil:
		return "", errors.New("body and body_b64 cannot be used together")
	}
	if m.Body == nil {
		m.Body = []byte(body)
	}
	return url, nil
}

// readHeaders takes a text or a list of strings for each name. Names that differ in letter case only are
// one.
//
//	{"A": "1", "a": ["2", "3"]}  ->  A: 1, A: 2, A: 3
func readHeaders(value json.RawMessage) (http.Header, error) {
	all, err := members(value)
	if err != nil {
		return nil, err
	}
	header := make(http.Header, len(all))
	for _, h := range all {
		values, err := h.texts()
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			header.Add(h.key, v)
		}
	}
	return header, nil
}
