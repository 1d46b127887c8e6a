package capture

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// parseRaw reads a request as it is on the wire, with LF or CR LF. The target is taken byte for byte,
// blanks in it included. Without a scheme the Host header is the address.
func parseRaw(data []byte) (*Request, error) {
	if pseudoStart.Match(data) {
		data = withRequestLine(data)
	}
	line, header, body, err := rawMessage(data)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(line)
	if len(fields) < 2 || !IsMethod(fields[0]) {
		return nil, errors.New("the first line is not a request line such as GET /path HTTP/1.1")
	}
	s := &Request{Printed: true}
	s.Method, s.Header, s.Body = fields[0], header, body
	if header.Get("Content-Length") == "" && header.Get("Transfer-Encoding") == "" {
		s.Body = bytes.TrimRight(body, "\r\n")
		s.LineEnd = body[len(s.Body):]
	}
	target := fields[1]
	if len(fields) > 3 { // a target with blanks
		_, rest, _ := strings.Cut(line, " ")
		if i := strings.LastIndex(rest, " HTTP/"); i > 0 {
			target = rest[:i]
		}
	}
	if strings.HasPrefix(target, "/") {
		// Each request has a Host. One that is cut off behind its first line would lack all of the signature.
		if len(header) == 0 {
			return nil, errors.New("the request has no headers: give them, too")
		}
		s.Target = target
		s.takeHost()
		s.Address = s.Host
		return s, nil
	}
	if err := s.setURL(target); err != nil {
		return nil, errors.New("the request line's target is neither a path nor a URL")
	}
	s.takeHost()
	return s, nil
}

// withRequestLine makes a request line of HTTP/2's pseudo-headers. A browser's tools copy each name and
// value on one line, or on two.
//
//	:method: GET
//	:path: /a        ->  GET /a HTTP/2
//	:authority: x        Host: x
func withRequestLine(data []byte) []byte {
	head, body, _ := strings.Cut(strings.ReplaceAll(strings.TrimLeft(string(data), " \t\r\n"), "\r\n", "\n"), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) > 1 && !strings.Contains(strings.Trim(lines[0], ":"), ":") { // on two
		var joined []string
		for i := 0; i+1 < len(lines); i += 2 {
			joined = append(joined, strings.TrimSuffix(lines[i], ":")+": "+lines[i+1])
		}
		lines = joined
	}
	pseudo := map[string]string{"method": "GET", "path": "/"}
	var rest []string
	for _, l := range lines {
		name, value, ok := strings.Cut(strings.TrimPrefix(l, ":"), ":")
		if ok && strings.HasPrefix(l, ":") {
			pseudo[strings.TrimSpace(name)] = strings.TrimSpace(value)
			continue
		}
		rest = append(rest, l)
	}
	if host := pseudo["authority"]; host != "" {
		rest = append([]string{"Host: " + host}, rest...)
	}
	return []byte(pseudo["method"] + " " + pseudo["path"] + " HTTP/2\n" + strings.Join(rest, "\n") + "\n\n" + body)
}

// emptyLine is the end of a message's head.
var emptyLine = regexp.MustCompile(`\r?\n[ \t]*\r?\n`)

// answerStart is the status line of an answer that follows a request in one text, as HTTPie and the consoles of Burp and
// Postman print the two.
var answerStart = regexp.MustCompile(`\n[ \t]*\r?\n(HTTP/[\d.]+ [1-5]\d\d\b)`)

// parseExchange reads a request, and the answer if one follows it. What a Content-Length announces is the request's own.
func parseExchange(text string) (*Request, *diagnose.Response, error) {
	s, err := parseRaw([]byte(text))
	i := answerStart.FindStringSubmatchIndex(text)
	if err != nil || i == nil || s.Header.Get("Content-Length") == strconv.Itoa(len(s.Body)) {
		return s, nil, err
	}
	if s, err = parseRaw([]byte(text[:i[0]+1] + "\n")); err != nil {
		return nil, nil, err
	}
	r, err := Response([]byte(text[i[2]:]))
	return s, r, err
}

// rawMessage splits a message into its first line, its headers and its body, of which only what was
// announced counts. Folded header lines are joined with a blank (RFC 9112, 5.2).
func rawMessage(data []byte) (line string, header http.Header, body []byte, err error) {
	data = bytes.TrimLeft(data, "\r\n")
	// The first empty line ends the head, whichever line ends it has: text that was edited may have both, or blanks in that line.
	head := data
	if i := emptyLine.FindIndex(data); i != nil {
		head, body = data[:i[0]], data[i[1]:]
	}
	lines := strings.Split(strings.ReplaceAll(strings.TrimRight(string(head), "\r\n"), "\r\n", "\n"), "\n")
	if lines[0] == "" {
		return "", nil, nil, errors.New("it is empty")
	}
	header = make(http.Header)
	for i := 1; i < len(lines); i++ {
		l := lines[i]
		folds := i + 1
		for folds < len(lines) && (strings.HasPrefix(lines[folds], " ") || strings.HasPrefix(lines[folds], "\t")) {
			folds++
		}
		for j := i + 1; j < folds; j++ {
			lines[j] = strings.TrimSpace(lines[j])
		}
		l = strings.Join(append([]string{l}, lines[i+1:folds]...), " ") // once: a header may have very many
		i = folds - 1
		colon := strings.Index(strings.TrimPrefix(l, ":"), ":")
		if colon < 0 {
			return "", nil, nil, errors.New("a header line has no colon")
		}
		if strings.HasPrefix(l, ":") {
			colon++ // :authority
		}
		header.Add(strings.TrimSpace(l[:colon]), strings.TrimSpace(l[colon+1:]))
	}
	// A body in chunks is what a signer covers once they are joined. A dump may have joined them already.
	if strings.EqualFold(header.Get("Transfer-Encoding"), "chunked") {
		if whole, ok := unchunked(body); ok {
			body = whole
		}
	} else if n, err := strconv.Atoi(header.Get("Content-Length")); err == nil && n >= 0 {
		body = announced(body, n)
	} else if err != nil && len(bytes.TrimSpace(body)) == 0 {
		body = nil
	} else if err != nil {
		body = alone(body, header.Get("Content-Type"))
	}
	return lines[0], header, body, nil
}

// alone is a body of unknown length without what a page says behind it: no object is followed by an empty line and a text, and no form
// has an empty line.
//
//	{"a":1}\n\nWhy is it refused?    ->  {"a":1}
func alone(body []byte, contentType string) []byte {
	var object json.RawMessage
	d := json.NewDecoder(bytes.NewReader(body))
	end := int64(0)
	if start := bytes.TrimSpace(body); (start[0] == '{' || start[0] == '[') && d.Decode(&object) == nil {
		end = d.InputOffset()
	} else if !strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded") {
		return body
	}
	at := emptyLine.FindIndex(body[end:])
	if at == nil || end > 0 && at[0] > 0 || len(bytes.TrimSpace(body[end:][at[1]:])) == 0 {
		return body
	}
	return body[:end+int64(at[0])]
}

// announced is the body whose length is known: editors add a line end to a text, and write LF for CR LF or the other
// way round. A body of another length is left as it is: the length tells what is wrong with it.
//
//	5  hello\n    ->  hello
//	4  a\nb       ->  a\r\nb
func announced(body []byte, n int) []byte {
	lf := bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	for _, b := range [][]byte{body, lf, bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))} {
		if n <= len(b) && len(bytes.TrimSpace(b[n:])) == 0 && (len(b) == n || n == len(bytes.TrimRight(b, "\r\n"))) {
			return b[:n]
		}
	}
	if n <= len(body) && len(bytes.TrimSpace(body[n:])) == 0 {
		return body[:n]
	}
	return body
}

// unchunked joins the chunks of a body (RFC 9112 section 7.1); not ok if they are not whole, as of a
// body that was unchunked already.
//
//	3\r\nabc\r\n0\r\n\r\n  ->  abc
func unchunked(body []byte) (whole []byte, ok bool) {
	for {
		line, rest, found := bytes.Cut(body, []byte("\n"))
		size, _, _ := strings.Cut(strings.TrimSpace(string(line)), ";")
		n, err := strconv.ParseUint(size, 16, 31)
		if !found || err != nil || int(n) > len(rest) {
			return nil, false
		}
		if n == 0 {
			return whole, true
		}
		whole = append(whole, rest[:n]...)
		body = bytes.TrimPrefix(bytes.TrimPrefix(rest[n:], []byte("\r")), []byte("\n"))
	}
}
