//go:build go1.21

package vendors

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The API of a Darktrace appliance or cloud instance: HMAC-SHA1 over request target, public token
// and date, sent in DTAPI-Token, DTAPI-Date and DTAPI-Signature. With the tokens pub and priv:
//
//	GET /devices?b=2&a=1                 "/devices?a=1&b=2\npub\n20260102T030405"
//	                                     236e620a2288b8fce8f5c3e8f5a8ff01028adcc5
//	POST /tags?x=1 with {"a":1}          "/tags?{\"a\":1}\npub\n20260102T030405"
//	                                     e277f9b3f9085dfdd5a95a11c5e4f28b082fc5a7
//
// Host and method are not signed. Source: Darktrace Threat Visualizer API guide, "Acquiring an API
// token pair"; the vendor's own Splunk SOAR connector; lab notes of nuoframework/darktrace-mcp on
// bodies.
func init() {
	signers.Register(signers.Scheme{
		Name:    "darktrace",
		Title:   "Darktrace",
		Domains: []string{"darktrace.com"},
		Answers: darktraceAnswers,
		Options: []signers.Option{
			{Name: "public_token", Kind: signers.ID, Required: true, Sample: "1", Also: []string{"dtapi-token", "token"}, Shape: "{hex:20}",
				Doc: "The public half of the API token pair, from System Config > Settings > API Token."},
			{Name: "private_token", Secret: true, Required: true, Sample: "1", Also: []string{"secret"}, Shape: "{hex:20}",
				Doc: "The private half of the API token pair. Shown once, when the pair is made."},
			{Name: "date_format", Steers: true, Values: []string{"compact", "spaced", "iso"},
				Doc: "How the date is written: compact (20060102T150405, the default), spaced (2006-01-02 15:04:05) or iso (with microseconds and " +
					"offset). Appliances take all three."},
			{Name: "sign_query", Values: []string{"as_sent", "decoded"},
				Doc: "Whether the query is signed as_sent (the default) or decoded, which some versions are said to want."},
			{Name: "query_order", Steers: true, Values: []string{"sorted", "as_sent"},
				Doc: "Whether the query goes out sorted by key (the default; Darktrace's documentation asks for it) or as_sent."},
		},
		New: newDarktrace,
		Claims: &signers.Claims{Key: "public_token", Secret: "private_token", Fixed: signers.Values{"query_order": {"as_sent"}},
			Read: claimDarktrace, Prove: proveDarktrace},
	})
}

// darktrace signs with the private half of a token pair. Nothing of it changes after newDarktrace.
type darktrace struct {
	// token is the public half, which goes out in DTAPI-Token.
	token string
	// middle is the signed text between target and date: the public token between two line ends.
	middle string
	// decoded is the option sign_query, sorted the option query_order.
	decoded, sorted bool
	// marks are the characters of targets that are not signed as they come: "&" where a query may
	// have to be sorted, "?" where it is decoded, none where it is signed as sent.
	marks string
	// fine says that dates have microseconds, as Python's isoformat has; layout is for the other
	// two.
	fine   bool
	layout string
	macs   *sync.Pool // see wire.NewMAC
}

// newDarktrace prepares what all signatures share: the text between target and date, and the keyed
// MAC. It fails only where the system refuses SHA-1, as in FIPS mode. The scheme has no other hash.
func newDarktrace(v signers.Values) (signers.Signer, []signers.Fault) {
	token := v.Text("public_token")
	s := &darktrace{
		token:   token,
		middle:  "\n" + token + "\n",
		decoded: v.Text("sign_query") == "decoded",
		sorted:  v.Text("query_order") == "sorted",
		fine:    v.Text("date_format") == "iso",
		layout:  "20060102T150405",
		macs:    wire.NewMAC(sha1.New, v.Text("private_token")),
	}
	if s.sorted {
		s.marks = "&"
	}
	// Each query is decoded then, also one that need not be sorted; darktraceText sorts it first.
	if s.decoded {
		s.marks = "?"
	}
	if v.Text("date_format") == "spaced" {
		s.layout = "2006-01-02 15:04:05"
	}
	if faults := refused("private_token", s.macs); len(faults) > 0 {
		return nil, faults
	}
	return s, nil
}

// Traits guard the System Config page, where token pairs are made, and what is called like them: no API for tokens is published.
// The body is covered with every method: where there is one, it is signed in place of the query.
func (s *darktrace) Traits() signers.Traits {
	return signers.Traits{
		Owns: []string{"Dtapi-Token", "Dtapi-Date", "Dtapi-Signature", "Dtapi-*"},
		Guards: []string{
			"* /config /sysconfig /systemconfig /**/apitoken* /**/apitokens /**/api-token* /**/api_token* /**/authtoken* /**/usermanagement*",
		},
		Body:    signers.WholeBody,
		Second:  !s.fine,
		Proof:   signers.Proof{Header: "Dtapi-Signature", Value: "{signature}", Hash: "HMAC-SHA1", Encoding: "hex", Key: "private_token"},
		Probe:   signers.Probe{Method: "GET", Target: "/status?format=json"},
		Working: func(m *signers.Message) int64 { return wire.SortMemory(len(m.Target), strings.Count(m.Target, "&")) },
	}
}

// Date is in UTC, whatever the form: appliances take a date without an offset for UTC.
func (s *darktrace) Date(t time.Time) string {
	if s.fine {
		return isoDate(t.UTC())
	}
	return t.UTC().Format(s.layout)
}

// isoDate writes a time in UTC as Python's isoformat, which the vendor's connectors use: no
// fraction where it is zero, six digits elsewhere.
//
//	2026-01-02T03:04:05+00:00
//	2026-01-02T03:04:05.678000+00:00
//
// The library has a short way for RFC 3339, and none for the fraction: 1e6 plus the microseconds
// has seven digits, of which the first is overwritten by the point.
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

// Sign signs the target, or what a body, an order or an option makes of it, then the body, token and date. Most requests have
// neither a body nor several parameters; they are signed here without another call.
func (s *darktrace) Sign(m *signers.Message, at *signers.Moment) error {
	if m.Body != nil {
		return signDarktrace(s, m, at)
	}
	if strings.ContainsAny(m.Target, s.marks) {
		return signDarktrace(s, m, at)
	}
	// From here on this is wire.HexMAC, written out: interpreted, a call would take memory for each
	// request.
	k := s.macs.Get().(*wire.Keyed)
	mac := k.Hash
	mac.Reset()
	text := []byte(m.Target + s.middle + at.Date)
	mac.Write(text)
	values := []string{s.token, at.Date, hex.EncodeToString(mac.Sum(text[:0]))}
	s.macs.Put(k)
	h := m.Header
	h["Dtapi-Token"] = values[0:1:1]
	h["Dtapi-Date"] = values[1:2:2]
	h["Dtapi-Signature"] = values[2:3:3]
	return nil
}

// signDarktrace is Sign for messages with a body, and for targets with something to put in order or
// to decode. It is apart from Sign since interpreted a function takes memory for everything in its
// source, whether it is reached or not.
func signDarktrace(s *darktrace, m *signers.Message, at *signers.Moment) error {
	text, err := darktraceText(s, m)
	if err != nil {
		return err
	}
	values := []string{s.token, at.Date, wire.HexMAC(s.macs, text, m.Body, s.middle, at.Date)}
	m.Header["Dtapi-Token"] = values[0:1:1]
	m.Header["Dtapi-Date"] = values[1:2:2]
	m.Header["Dtapi-Signature"] = values[2:3:3]
	return nil
}

// darktraceText puts the query of m in order, and returns what is signed of the target: its query
// decoded where that is asked for, and with a body "path?", since appliances leave the query of
// such requests out.
//
//	/tags?tag=Active+Threat, decoded     /tags?tag=Active Threat
//	/tags?x=1 with a body                /tags?, and the body follows
//
// It writes m.Target. An error means that the query has too many parameters or cannot be decoded,
// and m is unchanged.
func darktraceText(s *darktrace, m *signers.Message) (string, error) {
	target := m.Target
	// The target goes out as it is sorted here, so that the vendor finds the query that was signed.
	if s.sorted && strings.Contains(target, "&") {
		if len(target) >= wire.MaxParameters && strings.Count(target, "&") >= wire.MaxParameters {
			return "", wire.ErrParameters("darktrace", false)
		}
		target = wire.SortQuery(target)
	}
	text := target
	path, query, asked := strings.Cut(target, "?")
	if len(m.Body) > 0 {
		text = path + "?"
	} else if s.decoded && asked {
		decoded, err := url.QueryUnescape(query)
		if err != nil {
			return "", fmt.Errorf("darktrace: the query has a %% that begins no escape, so it cannot be signed decoded: %w", signers.ErrMessage)
		}
		text = path + "?" + decoded
	}
	m.Target = target
	return text, nil
}

// Canonical is target or path and body, public token and date, each on a line of its own.
func (s *darktrace) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	// darktraceText may change the target, and Canonical must not change m.
	own := *m
	text, err := darktraceText(s, &own)
	if err != nil {
		return nil, err
	}
	parts := []signers.Part{{Label: "target", Text: text}}
	if len(m.Body) > 0 {
		parts = []signers.Part{{Label: "path", Text: text}, {Label: "body", Text: string(m.Body)}}
	}
	return append(parts, signers.Part{Label: "public_token", Text: "\n" + s.token}, signers.Part{Label: "date", Text: "\n" + at.Date}), nil
}

// darktraceAnswers are from the Threat Visualizer API guide, "Common errors".
var darktraceAnswers = []signers.KnownAnswer{
	{Text: "api date error", Refusal: signers.RefusedClock},
	{Text: "api signature error", Refusal: signers.RefusedSignature},
}

// Refusal knows the two messages of appliances, and that a missing right leads to the login page.
// The messages decide before the status: they are reported with 400 and with 401.
func (s *darktrace) Refusal(a signers.Answer) signers.Refusal {
	switch {
	case a.Status < 300:
		return signers.Unrefused
	case a.Status < 400:
		if to := a.Header.Get("Location"); strings.HasSuffix(to, "/login") || strings.HasSuffix(to, "/403") {
			return signers.RefusedRights
		}
		return signers.Unrefused
	}
	if known, ok := signers.KnownRefusal(darktraceAnswers, 0, a); ok {
		return known
	}
	return signers.RefusalOf(a.Status)
}
