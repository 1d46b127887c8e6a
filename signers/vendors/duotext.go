//go:build go1.21

package vendors

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Sign sends the HMAC of the canonical text in hex as the password of HTTP basic authentication
// (RFC 7617), with the date that it covers. A form goes into the hash in pieces, so that it is not
// copied. On an error the message is unchanged.
func (s *duo) Sign(m *signers.Message, at *signers.Moment) error {
	date := at.Date
	k := s.macs.Get().(*wire.Keyed)
	mac := k.Hash
	mac.Reset()
	err := writeDuo(s, mac, m, date, false)
	if err == nil {
		k.Sum = mac.Sum(k.Sum[:0])
		values := []string{wire.BasicHex(s.user, k.Sum), date}
		m.Header["Authorization"] = values[0:1:1]
		m.Header[s.header] = values[1:2:2]
	}
	s.macs.Put(k)
	return err
}

// writeDuo writes the canonical text to w, from the first line to the last, which has no line end.
// From version 4 on there is a line for the body, and from 5 on one for the X-Duo headers. w is the
// hash for Sign and a text for Canonical, so both have the same bytes. bare says that m is known to
// have no X-Duo headers. An error wraps signers.ErrMessage or signers.ErrBody.
func writeDuo(s *duo, w io.Writer, m *signers.Message, date string, bare bool) error {
	path, query, _ := strings.Cut(m.Target, "?")
	// Duo wants the method in capitals, the host in lower case, and no port.
	method, host := strings.ToUpper(m.Method), strings.ToLower(wire.WithoutPort(m.Host))
	if s.version == 2 {
		return writeDuoTwo(w, date+"\n"+method+"\n"+host+"\n"+path+"\n", m, query)
	}
	// A client chooses how many parameters there are, so they are counted before any is decoded.
	if query != "" {
		if len(query) >= wire.MaxParameters && strings.Count(query, "&") >= wire.MaxParameters {
			return wire.ErrParameters("duo", false)
		}
		var err error
		if query, err = wire.Form(query); err != nil {
			return fmt.Errorf("duo: %w", err)
		}
	}
	body, headers := emptyLine, s.headers
	if len(m.Body) > 0 {
		body = wire.SHA512Line(m.Body)
	}
	// Without X-Duo headers the line is the hash of nothing, which is ready.
	if headers != "" && (s.header != "Date" || !bare && !wire.OnlyHas(m.Header, duoPlainest) && wire.HasPrefix(m.Header, "X-Duo-")) {
		var err error
		if headers, err = duoHeaders(s, m, date); err != nil {
			return err
		}
	}
	return wire.WriteString(w, date+"\n"+method+"\n"+host+"\n"+path+"\n"+query+body+headers)
}

// writeDuoTwo writes the text of version 2, which covers either the form that is the body of POST,
// PUT and PATCH, or the query. head is the text before the parameters, with its line end.
func writeDuoTwo(w io.Writer, head string, m *signers.Message, query string) error {
	raw, err := versionTwoForm(m, []byte(query))
	if err != nil {
		return err
	}
	if len(raw) >= wire.MaxParameters && bytes.Count(raw, ampersand) >= wire.MaxParameters {
		return wire.ErrParameters("duo", query == "")
	}
	if err := wire.WriteString(w, head); err != nil {
		return err
	}
	if err := wire.WriteForm(w, raw); err != nil {
		return fmt.Errorf("duo: %w", err)
	}
	return nil
}

var ampersand = []byte("&")

// working is what it takes to put the parameters in order, in bytes, most of all those of a form.
// The gateway counts it in its budget before it calls Sign.
func (s *duo) working(m *signers.Message) int64 {
	if s.version == 2 && len(m.Body) > 0 {
		return wire.FormMemory(len(m.Body), bytes.Count(m.Body, ampersand))
	}
	return wire.FormMemory(len(m.Target), strings.Count(m.Target, "&"))
}

// versionTwoForm returns what version 2 takes as parameters: the form that is the body of POST, PUT
// and PATCH, else the query. It covers nothing else, so nothing else may go out: whoever could add
// a body to a signed request would change what it does.
//
//	GET /p?a=1                       a=1
//	POST /p with the form a=1        a=1
//	POST /p?a=1                      an error, since Duo takes the form alone
//	POST /p with JSON                an error that names version 5
//	DELETE /p with a body            an error
func versionTwoForm(m *signers.Message, query []byte) ([]byte, error) {
	switch strings.ToUpper(m.Method) {
	case "POST", "PUT", "PATCH":
		all := strings.Join(m.Header["Content-Type"], ",") // of several, the vendor may obey another
		kind, _, _ := strings.Cut(all, ";")
		if len(m.Body) > 0 && (strings.Contains(all, ",") || !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded")) {
			if bytes.IndexByte(m.Body, '=') > 0 && !bytes.ContainsAny(m.Body[:1], "{[<\"-") { // a form that is not called one
				return nil, fmt.Errorf("duo: signature_version 2 signs a form only under Content-Type: "+
					"application/x-www-form-urlencoded; send that header, or use 5: %w", signers.ErrMessage)
			}
			return nil, fmt.Errorf("duo: signature_version 2 signs no body but a form; use 5: %w", signers.ErrMessage)
		}
		if len(query) > 0 {
			return nil, fmt.Errorf("duo: signature_version 2 cannot sign both a query and a form; use 5: %w", signers.ErrMessage)
		}
		return m.Body, nil
	}
	if len(m.Body) > 0 {
		return nil, fmt.Errorf("duo: signature_version 2 signs no body with this method; use 5: %w", signers.ErrMessage)
	}
	return query, nil
}

// duoHeaders is the line that version 5 adds: the hash of lower-case name NUL value of every X-Duo
// header, by name, with NUL between headers. For X-Duo-Date and a header X-Duo-A: 1 the hashed text
// is
//
//	"x-duo-a\x001\x00x-duo-date\x00Fri, 02 Jan 2026 03:04:05 -0000"
func duoHeaders(s *duo, m *signers.Message, date string) (string, error) {
	var lines []string
	plain := duoPlain
	if s.header == "Date" { // X-Duo-Date is one of the others then
		plain = duoPlainest
	}
	if !wire.OnlyHas(m.Header, plain) {
		var err error
		if lines, err = duoLines(s, m); err != nil {
			return "", err
		}
	}
	text := make([]byte, 0, 64)
	if s.header == "X-Duo-Date" {
		if len(lines) == 0 { // as a rule: a gateway takes a client's away
			return wire.SHA512Line(append(append(text, "x-duo-date\x00"...), date...)), nil
		}
		lines = append(lines, "x-duo-date\x00"+date)
	}
	// By name: NUL sorts before all that a name may hold.
	sort.Strings(lines)
	return wire.SHA512Line(append(text, strings.Join(lines, "\x00")...)), nil
}

// duoLines are lower-case name NUL value of the client's X-Duo headers, in any order. They do not
// include the date's header, which Sign sets. Duo's Python client refuses what is an error here.
func duoLines(s *duo, m *signers.Message) ([]string, error) {
	var lines []string
	for name, values := range m.Header {
		if !strings.HasPrefix(name, "X-Duo-") || name == s.header {
			continue
		}
		// NUL separates names and values in the text, so a value must not hold one.
		if len(values) != 1 || strings.Contains(values[0], "\x00") {
			return nil, fmt.Errorf("duo: an X-Duo header appears twice or contains NUL: %w", signers.ErrMessage)
		}
		lines = append(lines, strings.ToLower(name)+"\x00"+values[0])
	}
	return lines, nil
}

// emptyLine is the line of no body, or of no headers: a line end and the SHA-512 of nothing. Most
// requests of version 5 have it twice, so it is not computed.
const emptyLine = "\ncf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" +
	"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
