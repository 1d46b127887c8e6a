//go:build go1.21

package signers

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"net/http"
	"regexp"
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

// duoID is what an integration key looks like. A secret key has 40 letters and digits.
var duoID = regexp.MustCompile(`^DI[A-Z0-9]{18}$`)

// What the options take, the default first.
var (
	duoDigests     = []string{"sha512", "sha1"}
	duoVersions    = []string{"5", "4", "2"}
	duoDateHeaders = []string{"date", "x-duo-date"}
)

// Settings lists the options of Duo.
func (c *Duo) Settings() []Setting {
	return []Setting{
		{Name: "integration_key", Text: &c.IntegrationKey, Also: []string{"ikey", "client_id"}},
		{Name: "secret_key", Text: &c.SecretKey, Secret: true, Also: []string{"skey", "client_secret"}},
		{Name: "signature_version", Number: &c.SignatureVersion, Values: duoVersions, Also: []string{"sig_version"}},
		{Name: "digest", Text: &c.Digest, Values: duoDigests, Also: []string{"digestmod"}},
		{Name: "date_header", Text: &c.DateHeader, Values: duoDateHeaders},
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
		checkSwapped("integration_key", o.IntegrationKey, "secret_key", o.SecretKey, duoID),
		checkChoice("digest", &o.Digest, duoDigests),
		checkChoice("date_header", &o.DateHeader, duoDateHeaders))
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
	s := &duo{basic: newBasic(o.IntegrationKey), version: o.SignatureVersion, header: "Date", scratches: newScratches(newHash, o.SecretKey)}
	if s.version > 2 {
		s.bodiless = "\n" + emptySHA512
	}
	if s.version > 4 {
		s.bodiless += "\n" + emptySHA512
	}
	if o.DateHeader == "x-duo-date" {
		s.header = "X-Duo-Date"
	}
	s.dates = &dates{format: func(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 -0000") }}
	return s, nil
}

type duo struct {
	basic     basic
	version   int
	header    string
	bodiless  string // the end of the text of a request without body and X-Duo headers
	dates     *dates
	scratches *sync.Pool // of *scratch
}

func (s *duo) Owns() []string { return []string{"Authorization", "Date", "X-Duo-Date", "X-Duo-*"} }

// Guards what shows or makes a credential of Duo's APIs, of its Admin Panel or of a user. docs/vendors/duo.md says where
// each is known from.
func (s *duo) Guards() []string {
	return []string{
		"* /admin/*/integrations/*/skey /admin/*/integrations/**/client_secret",
		"GET|HEAD /admin/v1/integrations /admin/*/admins/activations /admin/*/users/*/bypass_codes",
		"POST|PUT|PATCH /admin/*/integrations /admin/*/admins /admin/*/users/*/bypass_codes",
		"POST|PUT|PATCH /admin/*/phones/*/activation_url /admin/*/phones/*/send_sms_activation /admin/*/tokens /admin/*/desktoptokens",
	}
}

// Needs the body: versions 4 and 5 hash it, version 2 takes the parameters of forms from it and refuses others.
func (s *duo) Needs() Needs { return Needs{Body: true} }

func (s *duo) SendsSecret() bool { return false }

func (s *duo) Date(t time.Time) string { return secondText(s.dates, t) }

func (s *duo) Sign(m *Message, at Moment, out http.Header) (string, error) {
	date := dateText(s.dates, &at)
	authorization, err := duoAuthorization(s, m, date)
	if err != nil {
		return "", err
	}
	values := []string{authorization, date}
	out["Authorization"] = values[0:1:1]
	out[s.header] = values[1:2:2]
	return m.Target, nil
}

// Quick takes it that no X-Duo header is left of a client's, since they are owned.
func (s *duo) Quick() func(r *http.Request, date string) bool { return s.quick }

func (s *duo) quick(r *http.Request, date string) bool {
	method := strings.ToUpper(r.Method)
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if query != "" {
		if s.version == 2 && strings.HasPrefix(method, "P") {
			return false // POST, PUT and PATCH should have a form in its place
		}
		if len(query) > keepAt {
			return false // its memory is counted
		}
		params, err := quickForm(query)
		if err != nil {
			return false
		}
		query = params
	}
	host, end := strings.ToLower(withoutPort(r.Host)), s.bodiless
	if s.header != "Date" && s.version > 4 {
		sum := sha512.Sum512([]byte("x-duo-date\x00" + date))
		end = "\n" + emptySHA512 + "\n" + hex.EncodeToString(sum[:])
	}
	mac := quickMAC(s.scratches, []byte(date+"\n"+method+"\n"+host+"\n"+path+"\n"+query+end))
	h := r.Header
	h["Authorization"] = []string{s.basic.start + base64.StdEncoding.EncodeToString([]byte(s.basic.rest+hex.EncodeToString(mac)))}
	h[s.header] = []string{date}
	return true
}

// Probe calls what exists to check a credential. A key of the Admin or Accounts API is answered that it may not
// (40301), and its signature was right.
func (s *duo) Probe() (method, target string) { return "GET", "/auth/v2/check" }

// Refusal reads Duo's error code: of Duo's own answer alone, since a page of something in between may hold any number. A
// stale date has also been seen as 40103.
func (s *duo) Refusal(status int, header http.Header, body []byte) Refusal {
	refusal := httpRefusal(status)
	var answer struct {
		Code int    `json:"code"`
		Stat string `json:"stat"`
	}
	if refusal == Unrefused || refusal == RefusedRate || json.Unmarshal(body, &answer) != nil || answer.Stat != "FAIL" {
		return refusal
	}
	if known, ok := KnownRefusal("duo", answer.Code, body); ok {
		return known
	}
	return refusal
}

func (s *duo) Canonical(m *Message, at Moment) ([]Part, error) {
	var text strings.Builder
	k := s.scratches.Get().(*scratch)
	err := writeDuo(s, &text, k, m, dateText(s.dates, &at))
	putScratch(s.scratches, k)
	if err != nil {
		return nil, err
	}
	labels := []string{"date", "method", "host", "path", "params", "body sha512", "x-duo headers sha512"}
	lines := strings.SplitAfterN(text.String(), "\n", len(labels)) // a message that is no request may hold more line ends
	parts := make([]Part, len(lines))
	for i, line := range lines {
		parts[i] = Part{Label: labels[i], Text: line}
	}
	return parts, nil
}
