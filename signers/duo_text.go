//go:build go1.21

package signers

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
)

// duoAuthorization is the value of the Authorization header.
func duoAuthorization(s *duo, m *Message, date string) (string, error) {
	k := s.scratches.Get().(*scratch)
	k.mac.Reset()
	authorization := ""
	err := writeDuo(s, k.mac, k, m, date)
	if err == nil {
		authorization = basicAuthorization(k, s.basic)
	}
	putScratch(s.scratches, k)
	return authorization, err
}

var ampersand = []byte("&")

// Working is what it takes to put the parameters in order, most of all those of a form.
func (s *duo) Working(m *Message) int64 {
	if s.version == 2 && len(m.Body) > 0 {
		return formMemory(len(m.Body), bytes.Count(m.Body, ampersand))
	}
	return formMemory(len(m.Target), strings.Count(m.Target, "&"))
}

// writeDuo writes the canonical text to w: one line for each part, no line end after the last.
func writeDuo(s *duo, w io.Writer, k *scratch, m *Message, date string) error {
	path, query, _ := strings.Cut(m.Target, "?")
	k.query = append(k.query[:0], query...)
	raw := k.query
	if s.version == 2 {
		var err error
		if raw, err = versionTwoForm(m, raw); err != nil {
			return err
		}
	}
	if len(raw) >= MaxParameters && bytes.Count(raw, ampersand) >= MaxParameters {
		if len(query) == 0 {
			return errParameters("duo", "form", ErrBody)
		}
		return errParameters("duo", "query", ErrMessage)
	}
	text := append(append(k.text[:0], date...), '\n')
	text = append(append(text, strings.ToUpper(m.Method)...), '\n')
	text = append(append(text, strings.ToLower(withoutPort(m.Host))...), '\n')
	text = append(append(text, path...), '\n')
	if len(raw) > 0 && interpreted {
		params, err := quickForm(string(raw))
		if err != nil {
			return err
		}
		text = append(text, params...)
	} else if len(raw) > 0 {
		var err error
		if text, err = writeForm(w, &k.form, text, raw); err != nil {
			return err
		}
	}
	if s.version > 2 {
		text = appendSHA512(append(text, '\n'), k, m.Body)
	}
	if s.version > 4 {
		headers, err := duoHeaders(s, m.Header, date)
		if err != nil {
			return err
		}
		k.query = append(k.query[:0], headers...)
		text = appendSHA512(append(text, '\n'), k, k.query)
	}
	w.Write(text)
	k.text = text
	return nil
}

// versionTwoForm returns what version 2 takes as parameters: the form that is the body of POST, PUT and PATCH,
// else the query. It covers nothing else, so nothing else may go out.
func versionTwoForm(m *Message, query []byte) ([]byte, error) {
	switch strings.ToUpper(m.Method) {
	case "POST", "PUT", "PATCH":
		all := strings.Join(m.Header.Values("Content-Type"), ",") // of several, the vendor may obey another
		kind, _, _ := strings.Cut(all, ";")
		if len(m.Body) > 0 && (strings.Contains(all, ",") || !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded")) {
			if bytes.IndexByte(m.Body, '=') > 0 && bytes.IndexAny(m.Body[:1], "{[<\"-") < 0 { // a form that is not called one
				return nil, fmt.Errorf("duo: signature_version 2 signs a form only under Content-Type: application/x-www-form-urlencoded; send that header, or use 5: %w", ErrMessage)
			}
			return nil, fmt.Errorf("duo: signature_version 2 signs no body but a form; use 5: %w", ErrMessage)
		}
		if len(query) > 0 {
			return nil, fmt.Errorf("duo: signature_version 2 signs no query beside a form; use 5: %w", ErrMessage)
		}
		return m.Body, nil
	}
	if len(m.Body) > 0 {
		return nil, fmt.Errorf("duo: signature_version 2 signs no body with this method; use 5: %w", ErrMessage)
	}
	return query, nil
}

// duoHeaders is the text whose hash version 5 adds: lower-case name NUL value of every X-Duo header, by name.
func duoHeaders(s *duo, header http.Header, date string) (string, error) {
	var lines []string
	for name, values := range header {
		if !strings.HasPrefix(name, "X-Duo-") || name == s.header {
			continue
		}
		if len(values) != 1 || strings.Contains(values[0], "\x00") {
			return "", fmt.Errorf("duo: an X-Duo header comes twice or holds NUL: %w", ErrMessage)
		}
		lines = append(lines, strings.ToLower(name)+"\x00"+values[0])
	}
	if s.header == "X-Duo-Date" {
		own := "x-duo-date\x00" + date
		if len(lines) == 0 { // as a rule
			return own, nil
		}
		lines = append(lines, own)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\x00"), nil
}

// appendSHA512 appends the hash of data in hex to text.
func appendSHA512(text []byte, k *scratch, data []byte) []byte {
	if len(data) == 0 {
		return append(text, emptySHA512...)
	}
	sum := sha512.Sum512(data)
	return append(text, k.out[:hex.Encode(k.out, sum[:])]...)
}

const emptySHA512 = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"

// withoutPort cuts the port off a host name or a bracketed IPv6 address.
func withoutPort(host string) string {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i]
	}
	return host
}
