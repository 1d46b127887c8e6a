//go:build go1.21

package signers

import (
	"crypto/sha1"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"
)

func init() { register("duo", func() Config { return new(Duo) }) }

// Duo configures the signer for Duo's Admin, Auth and Accounts APIs: an HMAC over date, method, host, path,
// parameters and, from version 4 on, the body, sent as the password of HTTP basic authentication.
// Source: duo.com/docs/adminapi#authentication; duo_client_python.
type Duo struct {
	// The integration key (ikey) of the application in the Duo Admin Panel.
	IntegrationKey string `json:"integration_key,omitempty"`
	// The secret key (skey) of the application.
	SecretKey string `json:"secret_key,omitempty"`
	// 5 (the default) signs bodies of any type; 4 does too, without X-Duo headers; 2 signs queries and forms only.
	SignatureVersion int `json:"signature_version,omitempty"`
	// sha512 (the default) or, with signature_version 2 only, sha1.
	Digest string `json:"digest,omitempty"`
	// The header that carries the date: date (the default), or x-duo-date where something on the way rewrites Date.
	DateHeader string `json:"date_header,omitempty"`
}

// Settings lists the options of Duo.
func (c *Duo) Settings() []Setting {
	return []Setting{
		{Name: "integration_key", Text: &c.IntegrationKey, Also: []string{"ikey", "client_id"}},
		{Name: "secret_key", Text: &c.SecretKey, Secret: true, Also: []string{"skey", "client_secret"}},
		{Name: "signature_version", Number: &c.SignatureVersion, Also: []string{"sig_version"}},
		{Name: "digest", Text: &c.Digest, Values: []string{"sha512", "sha1"}, Also: []string{"digestmod"}},
		{Name: "date_header", Text: &c.DateHeader, Values: []string{"date", "x-duo-date"}},
	}
}

// Signer checks the options.
func (c *Duo) Signer() (Signer, error) {
	o := *c
	if o.SignatureVersion == 0 {
		o.SignatureVersion = 5
	}
	err := fault("duo",
		checkID("integration_key", o.IntegrationKey, ":"),
		checkValue("secret_key", o.SecretKey),
		checkChoice("digest", &o.Digest, []string{"sha512", "sha1"}),
		checkChoice("date_header", &o.DateHeader, []string{"date", "x-duo-date"}))
	if err == nil && o.SignatureVersion != 2 && o.SignatureVersion != 4 && o.SignatureVersion != 5 {
		err = fault("duo", errors.New("signature_version must be 5, 4 or 2"))
	}
	if err == nil && o.Digest == "sha1" && o.SignatureVersion != 2 {
		err = fault("duo", errors.New("digest sha1 needs signature_version 2"))
	}
	if err != nil {
		return nil, err
	}
	newHash := func() hash.Hash { return sha512.New() }
	if o.Digest == "sha1" {
		newHash = sha1.New
	}
	s := &duo{user: o.IntegrationKey, version: o.SignatureVersion, header: "Date", scratches: newScratches(newHash, o.SecretKey)}
	if o.DateHeader == "x-duo-date" {
		s.header = "X-Duo-Date"
	}
	s.dates = &dates{format: func(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 -0000") }}
	return s, nil
}

type duo struct {
	user      string
	version   int
	header    string
	dates     *dates
	scratches *sync.Pool // of *scratch
}

func (s *duo) Owns() []string { return []string{"Authorization", "Date", "X-Duo-*"} }

// Guards the secret key of every application: version 1 shows it, /skey does on purpose, and a change of the
// application can reset it (reset_secret_key).
func (s *duo) Guards() []string {
	return []string{
		"* /admin/*/integrations/*/skey",
		"GET|HEAD /admin/v1/integrations /admin/v1/integrations/*",
		"POST|PUT|PATCH /admin/*/integrations/*",
	}
}

// Needs the body: versions 4 and 5 hash it, version 2 takes the parameters of forms from it and refuses others.
func (s *duo) Needs() Needs { return Needs{Body: true} }

func (s *duo) Date(t time.Time) string { return secondText(s.dates, t) }

func (s *duo) Sign(m *Message, at Moment, out http.Header) (string, error) {
	date := dateText(s.dates, &at)
	text, err := duoText(s, m, date)
	if err != nil {
		return "", err
	}
	authorization := basicMAC(s.scratches, s.user, text)
	values := []string{authorization, date}
	out["Authorization"] = values[0:1:1]
	out[s.header] = values[1:2:2]
	return m.Target, nil
}

// Probe calls what exists to check a credential. A key of the Admin or Accounts API is answered that it may not
// (40301), and its signature was right.
func (s *duo) Probe() (method, target string) { return "GET", "/auth/v2/check" }

// Refusal reads Duo's error code. A stale date has also been seen as 40103.
func (s *duo) Refusal(status int, header http.Header, body []byte) Refusal {
	refusal := httpRefusal(status)
	switch {
	case refusal == Unrefused || refusal == RefusedRate:
	case contains(body, "40105"):
		return RefusedClock
	case contains(body, "40104"):
		return RefusedDate
	case contains(body, "40103"):
		return RefusedSignature
	case contains(body, "40102"):
		return RefusedKey
	case contains(body, "40301"):
		return RefusedRights
	}
	return refusal
}

func (s *duo) Canonical(m *Message, at Moment) ([]Part, error) {
	text, err := duoText(s, m, dateText(s.dates, &at))
	if err != nil {
		return nil, err
	}
	labels := []string{"date", "method", "host", "path", "params", "body sha512", "x-duo headers sha512"}
	lines := strings.SplitAfterN(text, "\n", len(labels)) // a message that is no request may hold more line ends
	parts := make([]Part, len(lines))
	for i, line := range lines {
		parts[i] = Part{Label: labels[i], Text: line}
	}
	return parts, nil
}

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
