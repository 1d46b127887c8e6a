//go:build go1.21

package vendors

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/json"
	"hash"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Duo's Admin, Auth and Accounts APIs: an HMAC over date, method, host, path, parameters and, from
// version 4 on, the body, sent as the password of HTTP basic authentication. The canonical text of
// version 5 for POST /admin/v1/users?b=2&a=1+x with the body {"a":1} at API-1.duosecurity.com:443:
//
//	Fri, 02 Jan 2026 03:04:05 -0000
//	POST
//	api-1.duosecurity.com
//	/admin/v1/users
//	a=1%20x&b=2
//	efb7a8298f905ae743dbe215...     SHA-512 of the body
//	cf83e1357eefb8bdf1542850...     SHA-512 of the X-Duo headers, here of nothing
//
// Version 4 has no last line, and version 2 ends after the parameters; duotext.go makes the text.
// Versions 1 and 3 are not offered: 1 has no date, and Duo's clients have dropped 3. Source:
// duo.com/docs/adminapi#authentication; duo_client_python.
func init() {
	signers.Register(signers.Scheme{
		Name:    "duo",
		Title:   "Duo",
		Domains: []string{"duosecurity.com", "duofederal.com"},
		Answers: duoAnswers,
		Options: []signers.Option{
			{Name: "integration_key", Kind: signers.ID, Apart: ":", Required: true, Sample: "1", Also: []string{"ikey", "client_id"},
				Shape: "DI{upper:18}", Doc: "The integration key (ikey) of the application in the Duo Admin Panel."},
			{Name: "secret_key", Secret: true, Variable: "DUO_SKEY", Required: true, Sample: "1", Also: []string{"skey", "client_secret"},
				Shape: "{alnum:40}", Doc: "The secret key (skey) of the application."},
			{Name: "signature_version", Kind: signers.Number, Values: []string{"5", "4", "2"}, Also: []string{"sig_version"},
				Doc: "5 (the default) signs bodies of any type; 4 does too, without X-Duo headers; 2 signs queries and forms only."},
			{Name: "digest", Values: []string{"sha512", "sha1"}, Also: []string{"digestmod"},
				Doc: "sha512 (the default) or, with signature_version 2 only, sha1."},
			{Name: "date_header", Steers: true, Values: []string{"date", "x-duo-date"},
				Doc: "The header that carries the date: date (the default), or x-duo-date where something on the way rewrites Date."},
		},
		New:    newDuo,
		Claims: &signers.Claims{Key: "integration_key", Secret: "secret_key", Method: true, Read: claimDuo, Prove: proveDuo},
	})
}

// duoID is what an integration key looks like. A secret key has 40 letters and digits.
var duoID = regexp.MustCompile(`^DI[A-Z0-9]{18}$`)

// duo signs with the secret key of an application, by one of the versions of the signature. Nothing
// of it changes after newDuo.
type duo struct {
	// user is the integration key with its colon: the start of what basic authentication encodes.
	user string
	// version is 5, 4 or 2.
	version int
	// hash is the name of the HMAC, for people.
	hash string
	// header is that of the date: Date, or X-Duo-Date, which Duo prefers where both arrive.
	header string
	// headers is the line of no X-Duo headers; empty: the version has none.
	headers string
	macs    *sync.Pool // see wire.NewMAC
}

// newDuo keys the MAC of a version. SHA-1 is for version 2 alone: Duo takes the others with SHA-512
// only.
func newDuo(v signers.Values) (signers.Signer, []signers.Fault) {
	if faults := checkSwapped(v, "integration_key", "secret_key", duoID); len(faults) > 0 {
		return nil, faults
	}
	s := &duo{user: v.Text("integration_key") + ":", version: int(v.Number("signature_version")), header: "Date", hash: "HMAC-SHA512"}
	newHash := func() hash.Hash { return sha512.New() }
	if v.Text("digest") == "sha1" {
		if s.version != 2 {
			return nil, []signers.Fault{fault("digest", "digest sha1 needs signature_version 2")}
		}
		newHash, s.hash = sha1.New, "HMAC-SHA1"
	}
	s.macs = wire.NewMAC(newHash, v.Text("secret_key"))
	if faults := refused("secret_key", s.macs); len(faults) > 0 {
		return nil, faults
	}
	if v.Text("date_header") == "x-duo-date" {
		s.header = "X-Duo-Date"
	}
	if s.version == 5 {
		s.headers = emptyLine
	}
	return s, nil
}

// Traits guard what shows or makes a credential of Duo's APIs, of its Admin Panel or of a user; docs/vendors/duo.md says where
// each is known from. The body is read with every version: 4 and 5 hash it, 2 takes the parameters of forms from it and refuses
// others. The probe is what exists to check a credential: a key of the Admin or Accounts API is answered that it may not
// (40301), and its signature was right.
func (s *duo) Traits() signers.Traits {
	return signers.Traits{
		Owns: []string{"Authorization", "Date", "X-Duo-Date", "X-Duo-*"},
		Guards: []string{
			"* /admin/*/integrations/*/skey /admin/*/integrations/**/client_secret",
			"GET|HEAD /admin/v1/integrations /admin/*/admins/activations /admin/*/users/*/bypass_codes",
			"POST|PUT|PATCH /admin/*/integrations /admin/*/admins /admin/*/users/*/bypass_codes",
			"POST|PUT|PATCH /admin/*/phones/*/activation_url /admin/*/phones/*/send_sms_activation /admin/*/tokens /admin/*/desktoptokens",
		},
		Body:   signers.WholeBody,
		Second: true,
		Proof: signers.Proof{Header: "Authorization", Value: "basic({integration_key}:{signature})", Hash: s.hash, Encoding: "hex",
			Key: "secret_key"},
		Probe:   signers.Probe{Method: "GET", Target: "/auth/v2/check"},
		Working: s.working,
	}
}

// Date is the form of RFC 2822, section 3.3, in UTC, whose offset Duo's clients write as -0000. It
// is verbatim the first line of the canonical text, and English whatever the machine's language is:
// Duo refuses a translated weekday (40104).
func (s *duo) Date(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000") }

// duoLabels are what the lines of the canonical text are, for people.
var duoLabels = []string{"date", "method", "host", "path", "params", "body sha512", "x-duo headers sha512"}

// Canonical is what Sign hashes, line by line. Older versions have fewer lines. It has no secret
// parts: the key is that of the HMAC alone.
func (s *duo) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	var text strings.Builder
	date := at.Date
	if err := writeDuo(s, &text, m, date, false); err != nil {
		return nil, err
	}
	lines := strings.SplitAfterN(text.String(), "\n", len(duoLabels)) // a message that is no request may hold more line ends
	parts := make([]signers.Part, len(lines))
	for i, line := range lines {
		parts[i] = signers.Part{Label: duoLabels[i], Text: line}
	}
	return parts, nil
}

// duoAnswers are from duo.com/docs/adminapi#response-format. A stale date has also been seen as 40103.
var duoAnswers = []signers.KnownAnswer{
	{Code: 40102, Refusal: signers.RefusedKey},
	{Code: 40103, Refusal: signers.RefusedSignature},
	{Code: 40104, Refusal: signers.RefusedDate},
	{Code: 40105, Refusal: signers.RefusedClock},
	{Code: 40301, Refusal: signers.RefusedRights},
}

// Refusal reads Duo's error code: of Duo's own answer alone, since a page of something in between
// may hold any number.
//
//	401 {"code":40103,"message":"Invalid signature in request credentials","stat":"FAIL"}     signature
//	401 {"code":40105,"message":"Bad request timestamp","stat":"FAIL"}                         clock
func (s *duo) Refusal(a signers.Answer) signers.Refusal {
	refusal := signers.RefusalOf(a.Status)
	var answer struct {
		Code int    `json:"code"`
		Stat string `json:"stat"`
	}
	if refusal == signers.Unrefused || refusal == signers.RefusedRate || json.Unmarshal(a.Body, &answer) != nil || answer.Stat != "FAIL" {
		return refusal
	}
	if known, ok := signers.KnownRefusal(duoAnswers, answer.Code, a); ok {
		return known
	}
	return refusal
}
