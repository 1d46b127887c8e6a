package capture

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// Response reads a vendor's answer: a raw response, as curl -i prints it, the lines of curl -v, an
// object with status, headers and body, the body alone, or what a client prints of it. It fails for a text in which
// neither a status nor a vendor's message is found, and for a broken status line.
func Response(data []byte) (*diagnose.Response, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if answerLines.Match(data) {
		data = []byte(answerOfTrace(strings.Split(strings.ReplaceAll(string(data), "\r", ""), "\n")))
	}
	if bytes.HasPrefix(bytes.TrimLeft(data, "\r\n"), []byte("HTTP/")) {
		line, header, body, err := rawMessage(data)
		if err != nil {
			return nil, err
		}
		fields := strings.Fields(line)
		if len(fields) < 2 {
			return nil, errors.New("the first line is not a status line")
		}
		status, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, errors.New("the first line has no status")
		}
		if status < 200 && len(body) > 0 { // 100 Continue before the answer, or a proxy's own
			return Response(body)
		}
		return &diagnose.Response{Status: status, Header: header, Body: body}, nil
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && n >= 100 && n < 600 {
		return &diagnose.Response{Status: n, Header: http.Header{}}, nil
	}
	if all, err := members(data); err == nil {
		status, ours := 0, true
		for _, m := range all {
			ours = ours && slices.Contains([]string{"status", "headers", "body", "body_b64"}, m.key)
			if m.key == "status" && json.Unmarshal(m.value, &status) != nil {
				status = 0
			}
		}
		switch {
		case status != 0 && ours:
			return readResponse(data)
		case status >= 400 && status < 600: // a vendor's own object
			return &diagnose.Response{Status: status, Header: http.Header{}, Body: data}, nil
		}
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty")
	}
	if json.Valid(data) {
		return &diagnose.Response{Status: statusInBody(data), Header: http.Header{}, Body: data}, nil
	}
	return printedResponse(string(data))
}

// statusInBody finds the status in a body that names it: there are vendors whose codes begin with it.
// Else it is a refusal of some kind.
//
//	{"code":40103}  ->  401
//	{"stat":"OK"}   ->  200
//	{}              ->  401
func statusInBody(body []byte) int {
	var object struct {
		Code  int `json:"code"`
		Reply struct {
			Code int `json:"err_code"`
		} `json:"reply"`
		Stat string `json:"stat"`
	}
	if json.Unmarshal(body, &object) == nil {
		switch {
		case object.Code >= 10000:
			return object.Code / 100
		case object.Code >= 400 && object.Code < 600:
			return object.Code
		case object.Reply.Code >= 100 && object.Reply.Code < 600:
			return object.Reply.Code
		case object.Stat == "OK":
			return http.StatusOK
		}
	}
	if bytes.Contains(body, []byte("API SIGNATURE ERROR")) || bytes.Contains(body, []byte("API DATE ERROR")) {
		return http.StatusBadRequest
	}
	return http.StatusUnauthorized
}

// readResponse reads the key response of a line.
func readResponse(value json.RawMessage) (*diagnose.Response, error) {
	r := &diagnose.Response{Header: make(http.Header)}
	err := fields(value, map[string]func(json.RawMessage) error{
		"status": func(v json.RawMessage) error {
			if json.Unmarshal(v, &r.Status) != nil || r.Status < 0 || r.Status > 999 {
				return errors.New("must be a status such as 401")
			}
			return nil
		},
		"headers": func(v json.RawMessage) (err error) {
			r.Header, err = readHeaders(v)
			return err
		},
		"body": func(v json.RawMessage) error { //nolint:unparam // each member's function may fail
			text, err := text(v)
			if r.Body = []byte(text); err != nil { // an answer that is not a JSON string is used as it is
				r.Body = []byte(v)
			}
			return nil
		},
		"body_b64": intoBytes(&r.Body),
	})
	return r, err
}
