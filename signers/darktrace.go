//go:build go1.21

package signers

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// Settings lists the options of Darktrace.
func (c *Darktrace) Settings() []Setting {
	return []Setting{
		{Name: "public_token", Text: &c.PublicToken, Also: []string{"dtapi-token", "token"}},
		{Name: "private_token", Text: &c.PrivateToken, Secret: true, Also: []string{"secret"}},
		{Name: "date_format", Text: &c.DateFormat, Values: []string{"compact", "spaced", "iso"}},
		{Name: "sign_query", Text: &c.SignQuery, Values: []string{"as_sent", "decoded"}},
		{Name: "query_order", Text: &c.QueryOrder, Values: []string{"sorted", "as_sent"}},
	}
}

// Signer checks the options.
func (c *Darktrace) Signer() (Signer, error) {
	o := *c
	err := fault("darktrace",
		checkID("public_token", o.PublicToken, ""),
		checkValue("private_token", o.PrivateToken),
		checkChoice("date_format", &o.DateFormat, []string{"compact", "spaced", "iso"}),
		checkChoice("sign_query", &o.SignQuery, []string{"as_sent", "decoded"}),
		checkChoice("query_order", &o.QueryOrder, []string{"sorted", "as_sent"}))
	if err != nil {
		return nil, err
	}
	s := &darktrace{
		token:   o.PublicToken,
		decoded: o.SignQuery == "decoded",
		sorted:  o.QueryOrder == "sorted",
		iso:     o.DateFormat == "iso",
		macs:    newMACs(sha1.New, o.PrivateToken),
	}
	layout := "20060102T150405"
	if o.DateFormat == "spaced" {
		layout = "2006-01-02 15:04:05"
	}
	s.dates = newDates(func(t time.Time) string { return t.Format(layout) })
	return s, nil
}

type darktrace struct {
	token                string
	decoded, sorted, iso bool
	dates                dates
	macs                 macs
}

func (s *darktrace) Owns() []string { return []string{"Dtapi-Token", "Dtapi-Date", "Dtapi-Signature"} }

func (s *darktrace) Guards() []string { return nil }

// Needs the body of every method: where there is one, it is signed in place of the query.
func (s *darktrace) Needs() Needs { return Needs{Body: true} }

func (s *darktrace) Sign(m *Message, at Moment, out http.Header) (string, error) {
	target, head, err := s.head(m)
	if err != nil {
		return "", err
	}
	date := s.date(at)
	k := s.macs.get()
	if len(m.Body) > 0 {
		k.text = append(k.text[:0], head...)
		k.mac.Write(k.text)
		k.mac.Write(m.Body)
		head = ""
	}
	k.text = append(k.text[:0], head+"\n"+s.token+"\n"+date...)
	k.mac.Write(k.text)
	k.sum = k.mac.Sum(k.sum[:0])
	signature := string(k.out[:hex.Encode(k.out, k.sum)])
	s.macs.put(k)

	values := []string{s.token, date, signature}
	out["Dtapi-Token"] = values[0:1:1]
	out["Dtapi-Date"] = values[1:2:2]
	out["Dtapi-Signature"] = values[2:3:3]
	return target, nil
}

func (s *darktrace) Canonical(m *Message, at Moment) ([]Part, error) {
	_, head, err := s.head(m)
	if err != nil {
		return nil, err
	}
	end := []Part{{Label: "public_token", Text: "\n" + s.token}, {Label: "date", Text: "\n" + s.date(at)}}
	if len(m.Body) > 0 {
		return append([]Part{{Label: "path", Text: head}, {Label: "body", Text: string(m.Body)}}, end...), nil
	}
	return append([]Part{{Label: "target", Text: head}}, end...), nil
}

// head returns the target that goes out and the signed text before body or token: the target, or with a body
// "path?", since appliances leave the query of such requests out.
func (s *darktrace) head(m *Message) (target, head string, err error) {
	target = m.Target
	if s.sorted {
		target = sortQuery(target)
	}
	path, query, asked := strings.Cut(target, "?")
	if len(m.Body) > 0 {
		return target, path + "?", nil
	}
	if s.decoded && asked {
		if query, err = url.QueryUnescape(query); err != nil {
			return "", "", fmt.Errorf("darktrace: the query has a %% that begins no escape, so it cannot be signed decoded: %w", ErrMessage)
		}
		return target, path + "?" + query, nil
	}
	return target, target, nil
}

func (s *darktrace) date(at Moment) string {
	if !s.iso || at.Date != "" {
		return s.dates.text(at)
	}
	// As Python's isoformat writes it, which the vendor's connectors use: no fraction where it is zero.
	if at.Time.Nanosecond()/1000 == 0 {
		return at.Time.UTC().Format("2006-01-02T15:04:05-07:00")
	}
	return at.Time.UTC().Format("2006-01-02T15:04:05.000000-07:00")
}
