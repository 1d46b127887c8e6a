package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
)

// parseQuestion reads a line of diagnose. now is the time of lines that name none.
func parseQuestion(line []byte, now time.Time) (*diagnose.Case, error) {
	if err := faithful(line); err != nil {
		return nil, notAQuestion(err)
	}
	c := &diagnose.Case{Now: now, Asked: true}
	in := &form{config: json.RawMessage("{}")}
	s := &sent{}
	err := fields(line, map[string]func(json.RawMessage) error{
		"signer":  into(&c.Signer),
		"config":  in.readConfig,
		"request": s.read,
		"response": func(v json.RawMessage) (err error) {
			if c.Response, err = readResponse(v); err == nil && c.Response.Status == 0 && len(c.Response.Body) > 0 {
				if printed, err := parseResponse(c.Response.Body); err == nil { // a client's words
					c.Response.Status, c.Response.Body = printed.Status, printed.Body
				}
			}
			return err
		},
		"now": func(v json.RawMessage) error {
			text, err := text(v)
			if err != nil {
				return err
			}
			if c.Now, err = time.Parse(time.RFC3339, text); err != nil {
				return errors.New("must be a time of RFC 3339, as in 2026-01-02T03:04:05.678Z")
			}
			c.Asked = false
			return nil
		},
	})
	switch {
	case err != nil:
		return nil, notAQuestion(err)
	case c.Signer == "":
		return nil, notAQuestion(errors.New("signer is required"))
	case s.Target == "":
		return nil, notAQuestion(errors.New("request is required"))
	}
	if _, err := signers.Lookup(c.Signer); err != nil {
		return nil, err
	}
	o := newOptions(c.Signer)
	if err := o.fillJSON(in.config); err != nil {
		return nil, err
	}
	if err := o.literal("diagnose"); err != nil {
		return nil, err
	}
	c.Options, c.Hosts = o.texts(), o.values["host"]
	c.Request, c.Address = s.Message, s.address
	return c, nil
}

func notAQuestion(err error) error {
	return fmt.Errorf("line is not a JSON object of the documented form: %w", err)
}

// read reads the key request of a line: what was sent, however odd it is.
func (s *sent) read(value json.RawMessage) error {
	var url, body string
	var bytes []byte
	h := new(form)
	err := fields(value, map[string]func(json.RawMessage) error{
		"method":   into(&s.Method),
		"url":      into(&url),
		"headers":  h.readHeaders,
		"body":     into(&body),
		"body_b64": intoBytes(&bytes),
	})
	switch {
	case err != nil:
		return err
	case s.Method == "":
		return errors.New("method is required")
	case url == "":
		return errors.New("url is required")
	case body != "" && bytes != nil:
		return errors.New("body and body_b64 exclude each other")
	}
	if s.Header = h.message.Header; s.Header == nil {
		s.Header = make(http.Header)
	}
	if err := s.setURL(url); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	s.takeHost()
	if s.Body = bytes; bytes == nil {
		s.Body = []byte(body)
	}
	return nil
}
