//go:build go1.21

package signers

import (
	"crypto/sha512"
	"fmt"
	"net/http"
	"sort"
	"strings"
)

// duoText is the canonical text: one line for each part, no line end after the last.
func duoText(s *duo, m *Message, date string) (string, error) {
	path, query, _ := strings.Cut(m.Target, "?")
	if s.version == 2 {
		var err error
		if query, err = versionTwoParams(m, query); err != nil {
			return "", err
		}
	}
	params, err := formParams(query)
	if err != nil {
		return "", fmt.Errorf("duo: %w", err)
	}
	method, host := strings.ToUpper(m.Method), strings.ToLower(withoutPort(m.Host))
	if s.version == 2 {
		return date + "\n" + method + "\n" + host + "\n" + path + "\n" + params, nil
	}
	body := sha512Hex(m.Body)
	if s.version == 4 {
		return date + "\n" + method + "\n" + host + "\n" + path + "\n" + params + "\n" + body, nil
	}
	headers, err := duoHeaders(s, m.Header, date)
	if err != nil {
		return "", err
	}
	return date + "\n" + method + "\n" + host + "\n" + path + "\n" + params + "\n" + body + "\n" + sha512Hex([]byte(headers)), nil
}

// versionTwoParams returns what version 2 takes as parameters: the form that is the body of POST, PUT and PATCH,
// else the query. It covers nothing else, so nothing else may go out.
func versionTwoParams(m *Message, query string) (string, error) {
	switch strings.ToUpper(m.Method) {
	case "POST", "PUT", "PATCH":
		kind, _, _ := strings.Cut(m.Header.Get("Content-Type"), ";")
		if len(m.Body) > 0 && !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
			return "", fmt.Errorf("duo: signature_version 2 signs no body but a form; use 5: %w", ErrMessage)
		}
		if query != "" {
			return "", fmt.Errorf("duo: signature_version 2 signs no query beside a form; use 5: %w", ErrMessage)
		}
		return string(m.Body), nil
	}
	if len(m.Body) > 0 {
		return "", fmt.Errorf("duo: signature_version 2 signs no body with this method; use 5: %w", ErrMessage)
	}
	return query, nil
}

// duoHeaders is the text whose hash version 5 adds: lower-case name NUL value of every X-Duo header, by name.
func duoHeaders(s *duo, header http.Header, date string) (string, error) {
	var lines []string
	if s.header == "X-Duo-Date" {
		lines = append(lines, "x-duo-date\x00"+date)
	}
	for name, values := range header {
		if !strings.HasPrefix(name, "X-Duo-") || name == s.header {
			continue
		}
		if len(values) != 1 || strings.Contains(values[0], "\x00") {
			return "", fmt.Errorf("duo: an X-Duo header comes twice or holds NUL: %w", ErrMessage)
		}
		lines = append(lines, strings.ToLower(name)+"\x00"+values[0])
	}
	sort.Strings(lines)
	return strings.Join(lines, "\x00"), nil
}

func sha512Hex(data []byte) string {
	if len(data) == 0 {
		return emptySHA512
	}
	sum := sha512.Sum512(data)
	return hexText(sum[:])
}

const emptySHA512 = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"

// withoutPort cuts the port off a host name or a bracketed IPv6 address.
func withoutPort(host string) string {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i]
	}
	return host
}
