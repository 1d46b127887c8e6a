package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// form is a line before it is checked against any vendor.
type form struct {
	vendor    string
	config    json.RawMessage
	authority string
	message   signers.Message
	at        signers.Moment
}

func parseForm(line []byte) (*form, error) {
	if err := faithful(line); err != nil {
		return nil, err
	}
	f := &form{config: json.RawMessage("{}")}
	err := fields(line, map[string]func(json.RawMessage) error{
		"signer":  into(&f.vendor),
		"config":  f.readConfig,
		"request": f.readRequest,
		"time":    f.readTime,
		"nonce":   into(&f.at.Nonce),
		"date":    into(&f.at.Date),
	})
	switch {
	case err != nil:
		return nil, err
	case f.vendor == "":
		return nil, errors.New("signer is required")
	case f.authority == "":
		return nil, errors.New("request is required")
	}
	return f, nil
}

func (f *form) readConfig(value json.RawMessage) error {
	all, err := members(value)
	if err != nil {
		return err
	}
	// Without its nulls, which the options' own reader would take for empty values.
	object := make(map[string]json.RawMessage, len(all))
	for _, m := range all {
		object[m.key] = m.value
	}
	if f.config, err = json.Marshal(object); err != nil {
		return err
	}
	return once(all)
}

func (f *form) readTime(value json.RawMessage) error {
	s, err := text(value)
	if err != nil {
		return err
	}
	if f.at.Time, err = time.Parse(time.RFC3339, s); err != nil {
		return errors.New("must be a time of RFC 3339, as in 2026-01-02T03:04:05.678Z")
	}
	return nil
}

func (f *form) readRequest(value json.RawMessage) error {
	var url, body string
	var bytes []byte
	m := &f.message
	err := fields(value, map[string]func(json.RawMessage) error{
		"method":   into(&m.Method),
		"url":      into(&url),
		"headers":  f.readHeaders,
		"body":     into(&body),
		"body_b64": intoBytes(&bytes),
	})
	switch {
	case err != nil:
		return err
	case m.Method == "":
		return errors.New("method is required")
	case strings.IndexFunc(m.Method, func(r rune) bool { return r <= ' ' || r >= 0x7f }) >= 0:
		return errors.New("method must be a word such as GET")
	case url == "":
		return errors.New("url is required")
	case body != "" && bytes != nil:
		return errors.New("body and body_b64 exclude each other")
	}
	if f.authority, m.Target, err = splitURL(url); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if m.Body = bytes; bytes == nil {
		m.Body = []byte(body)
	}
	return nil
}

// readHeaders takes a text or a list of texts for each name. Names that differ in letter case only are one.
func (f *form) readHeaders(value json.RawMessage) error {
	all, err := members(value)
	if err != nil {
		return err
	}
	f.message.Header = make(http.Header, len(all))
	for _, h := range all {
		var values []string
		if one, err := text(h.value); err == nil {
			values = []string{one}
		} else if json.Unmarshal(h.value, &values) != nil {
			return fmt.Errorf("%.64q must be a text or a list of texts", h.key)
		}
		for _, v := range values {
			f.message.Header.Add(h.key, v)
		}
	}
	return nil
}
