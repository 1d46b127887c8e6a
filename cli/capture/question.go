package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
)

// Question is a line of diagnose: a request as it was sent, and what the vendor answered.
//
//	{"signer": "jamf", "config": {...}, "request": {"method": "GET", "url": "https://a.example/b"},
//	 "response": {"status": 401}, "now": "2026-01-02T03:04:05Z"}
type Question struct {
	Signer   string          // the vendor
	Config   json.RawMessage // the options, by name
	Request  *Request
	Response *diagnose.Response
	Now      time.Time
	// Now is the time of the question, since the line names none.
	Asked bool
}

// ParseQuestion reads a line of diagnose. now is the time of lines that name none. A response without a
// status may hold what a client printed.
func ParseQuestion(line []byte, now time.Time) (*Question, error) {
	if err := faithful(line); err != nil {
		return nil, notAQuestion(err)
	}
	q := &Question{Now: now, Asked: true, Request: &Request{}}
	in := &SignLine{Config: json.RawMessage("{}")}
	err := fields(line, map[string]func(json.RawMessage) error{
		"signer":  into(&q.Signer),
		"config":  in.readConfig,
		"request": q.Request.read,
		"response": func(v json.RawMessage) (err error) {
			if q.Response, err = readResponse(v); err == nil && q.Response.Status == 0 && len(q.Response.Body) > 0 {
				if printed, err := Response(q.Response.Body); err == nil { // a client's words
					q.Response.Status, q.Response.Body = printed.Status, printed.Body
				}
			}
			return err
		},
		"now": func(v json.RawMessage) (err error) {
			q.Now, err = instant(v)
			q.Asked = q.Asked && err != nil
			return err
		},
	})
	q.Config = in.Config
	switch {
	case err != nil:
		return nil, notAQuestion(err)
	case q.Signer == "":
		return nil, notAQuestion(errors.New("signer is required"))
	case q.Request.Target == "":
		return nil, notAQuestion(errors.New("request is required"))
	}
	return q, nil
}

// notAQuestion says that the line is wrong, and not the request in it.
func notAQuestion(err error) error {
	return fmt.Errorf("line is not a JSON object of the documented form: %w", err)
}

// read reads the key request of a line: what was sent, however odd it is. sign refuses what diagnose
// must be able to explain, such as a blank in the target.
func (s *Request) read(value json.RawMessage) error {
	url, err := readMessage(value, &s.Message)
	if err != nil {
		return err
	}
	if s.Header == nil {
		s.Header = make(http.Header)
	}
	if err := s.setURL(url); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	s.takeHost()
	return nil
}
