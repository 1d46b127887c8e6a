//go:build go1.21

package signers

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

func init() { register("darktrace", func() Config { return new(Darktrace) }) }

// Darktrace configures the signer for the API of a Darktrace appliance or cloud instance: HMAC-SHA1 over request
// target, public token and date, sent in DTAPI-Token, DTAPI-Date and DTAPI-Signature.
// Source: Darktrace Threat Visualizer API guide, "Acquiring an API token pair"; the vendor's own Splunk SOAR
// connector; lab notes of nuoframework/darktrace-mcp on bodies.
type Darktrace struct {
	// The public half of the API token pair, from System Config > Settings > API Token.
	PublicToken string `json:"public_token,omitempty"`
	// The private half of the API token pair. Shown once, when the pair is made.
	PrivateToken string `json:"private_token,omitempty"`
	// How the date is written: compact (20060102T150405, the default), spaced (2006-01-02 15:04:05) or iso (with
	// microseconds and offset). Appliances take all three.
	DateFormat string `json:"date_format,omitempty"`
	// Whether the query is signed as_sent (the default) or decoded, which some versions are said to want.
	SignQuery string `json:"sign_query,omitempty"`
	// Whether the query goes out sorted by key (the default; Darktrace's documentation asks for it) or as_sent.
	QueryOrder string `json:"query_order,omitempty"`
}

// What the options take, the default first.
var (
	darktraceDates   = []string{"compact", "spaced", "iso"}
	darktraceQueries = []string{"as_sent", "decoded"}
	darktraceOrders  = []string{"sorted", "as_sent"}
)

// Settings lists the options of Darktrace.
func (c *Darktrace) Settings() []Setting {
	return []Setting{
		{Name: "public_token", Text: &c.PublicToken, Also: []string{"dtapi-token", "token"}},
		{Name: "private_token", Text: &c.PrivateToken, Secret: true, Also: []string{"secret"}},
		{Name: "date_format", Text: &c.DateFormat, Values: darktraceDates},
		{Name: "sign_query", Text: &c.SignQuery, Values: darktraceQueries},
		{Name: "query_order", Text: &c.QueryOrder, Values: darktraceOrders},
	}
}

// Signer checks the options.
func (c *Darktrace) Signer() (Signer, error) {
	o := *c
	err := fault("darktrace",
		checkID("public_token", o.PublicToken, ""),
		checkValue("private_token", o.PrivateToken),
		checkChoice("date_format", &o.DateFormat, darktraceDates),
		checkChoice("sign_query", &o.SignQuery, darktraceQueries),
		checkChoice("query_order", &o.QueryOrder, darktraceOrders))
	if err != nil {
		return nil, err
	}
	s := &darktrace{
		token:     o.PublicToken,
		middle:    "\n" + o.PublicToken + "\n",
		decoded:   o.SignQuery == "decoded",
		sorted:    o.QueryOrder == "sorted",
		scratches: newScratches(sha1.New, o.PrivateToken),
	}
	switch o.DateFormat {
	case "compact":
		s.dates = &dates{format: func(t time.Time) string { return t.Format("20060102T150405") }}
	case "spaced":
		s.dates = &dates{format: func(t time.Time) string { return t.Format("2006-01-02 15:04:05") }}
	case "iso":
		s.dates = &dates{format: isoDate, fine: true}
	}
	return s, nil
}

// isoDate writes a time in UTC as Python's isoformat, which the vendor's connectors use: no fraction where it is zero.
// The library has a short way for RFC 3339, and none for the fraction.
func isoDate(t time.Time) string {
	text := t.AppendFormat(make([]byte, 0, 40), time.RFC3339)
	text = text[:len(text)-1] // the Z
	if micros := t.Nanosecond() / 1000; micros != 0 {
		point := len(text)
		text = strconv.AppendInt(text, 1e6+int64(micros), 10)
		text[point] = '.'
	}
	return string(append(text, "+00:00"...))
}

type darktrace struct {
	token           string
	middle          string // of the signed text, between target and date
	decoded, sorted bool
	dates           *dates
	scratches       *sync.Pool // of *scratch
}

func (s *darktrace) Owns() []string {
	return []string{"Dtapi-Token", "Dtapi-Date", "Dtapi-Signature", "Dtapi-*"}
}

// Guards the System Config page, where token pairs are made, and what is called like them. No API for tokens is published.
func (s *darktrace) Guards() []string {
	return []string{
		"* /config /sysconfig /systemconfig /**/apitoken* /**/apitokens /**/api-token* /**/api_token* /**/authtoken* /**/usermanagement*",
	}
}

// Needs the body of every method: where there is one, it is signed in place of the query.
func (s *darktrace) Needs() Needs { return Needs{Body: true} }

func (s *darktrace) SendsSecret() bool { return false }

func (s *darktrace) Date(t time.Time) string { return secondText(s.dates, t) }

func (s *darktrace) Sign(m *Message, at Moment, out http.Header) (string, error) {
	if len(m.Body) > 0 || s.decoded || strings.Contains(m.Target, "&") {
		return darktraceSignAny(s, m, &at, out)
	}
	date := dateText(s.dates, &at)
	setDarktrace(s, out, date, hexMAC(s.scratches, m.Target+s.middle+date))
	return m.Target, nil
}

// Quick has no part in dates that are finer than a second.
func (s *darktrace) Quick() func(r *http.Request, date string) bool {
	if s.decoded || s.dates.fine {
		return nil
	}
	return s.quick
}

func (s *darktrace) quick(r *http.Request, date string) bool {
	if s.sorted {
		if strings.Contains(r.RequestURI, "&") {
			if len(r.RequestURI) > keepAt {
				return false // its memory is counted
			}
			r.RequestURI = quickSortQuery(r.RequestURI)
		}
	}
	h := r.Header
	h["Dtapi-Token"] = []string{s.token}
	h["Dtapi-Date"] = []string{date}
	h["Dtapi-Signature"] = []string{hex.EncodeToString(quickMAC(s.scratches, []byte(r.RequestURI+s.middle+date)))}
	return true
}

// darktraceSignAny signs what Sign's short way does not.
func darktraceSignAny(s *darktrace, m *Message, at *Moment, out http.Header) (string, error) {
	target, head, query, err := darktraceHead(s, m)
	if err != nil {
		return "", err
	}
	date := dateText(s.dates, at)
	setDarktrace(s, out, date, hexMACAround(s.scratches, head, query, m.Body, s.middle, date))
	return target, nil
}

// Working is what it takes to sort a query or to decode it.
func (s *darktrace) Working(m *Message) int64 {
	return sortMemory(len(m.Target), strings.Count(m.Target, "&"))
}

func setDarktrace(s *darktrace, out http.Header, date, signature string) {
	values := []string{s.token, date, signature}
	out["Dtapi-Token"] = values[0:1:1]
	out["Dtapi-Date"] = values[1:2:2]
	out["Dtapi-Signature"] = values[2:3:3]
}

// Probe asks for the appliance's status.
func (s *darktrace) Probe() (method, target string) { return "GET", "/status?format=json" }

// Refusal knows the two messages of appliances, and that a missing right leads to the login page.
func (s *darktrace) Refusal(status int, header http.Header, body []byte) Refusal {
	switch {
	case status < 300:
		return Unrefused
	case status < 400:
		if to := header.Get("Location"); strings.HasSuffix(to, "/login") || strings.HasSuffix(to, "/403") {
			return RefusedRights
		}
		return Unrefused
	}
	if refusal, known := KnownRefusal("darktrace", 0, body); known {
		return refusal
	}
	return httpRefusal(status)
}

func (s *darktrace) Canonical(m *Message, at Moment) ([]Part, error) {
	_, head, query, err := darktraceHead(s, m)
	if err != nil {
		return nil, err
	}
	end := []Part{{Label: "public_token", Text: "\n" + s.token}, {Label: "date", Text: "\n" + dateText(s.dates, &at)}}
	if len(m.Body) > 0 {
		return append([]Part{{Label: "path", Text: head + query}, {Label: "body", Text: string(m.Body)}}, end...), nil
	}
	return append([]Part{{Label: "target", Text: head + query}}, end...), nil
}

// darktraceHead returns the target that goes out and the signed text before body or token, in two parts: the target, its
// query decoded where that is asked for, or with a body "path?", since appliances leave the query of such requests out.
func darktraceHead(s *darktrace, m *Message) (target, head, query string, err error) {
	target = m.Target
	if s.sorted && strings.Contains(target, "&") {
		if len(target) >= MaxParameters && strings.Count(target, "&") >= MaxParameters {
			return "", "", "", errParameters("darktrace", "query", ErrMessage)
		}
		target = sortQuery(target)
	}
	if len(m.Body) > 0 {
		if i := strings.IndexByte(target, '?'); i >= 0 {
			return target, target[:i+1], "", nil
		}
		return target, target, "?", nil
	}
	if i := strings.IndexByte(target, '?'); s.decoded && i >= 0 {
		if query, err = url.QueryUnescape(target[i+1:]); err != nil {
			return "", "", "", fmt.Errorf("darktrace: the query has a %% that begins no escape, so it cannot be signed decoded: %w", ErrMessage)
		}
		return target, target[:i+1], query, nil
	}
	return target, target, "", nil
}
