//go:build go1.21

package vendors

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The ThreatConnect REST API: either HMAC-SHA256 over target, method and time, or a token that is
// sent as it is. For the access ID 12345678901234567890 and the secret key "secret":
//
//	hashed           /api/v3/indicators?tql=a:GET:1767323045
//	Authorization    TC 12345678901234567890:/vgnR9n5qXc3xvx6S/vBzevFwFXYaDvbayHRneybzU4=
//	Timestamp        1767323045
//
// The target is as it goes out, with the path of the API's base. Source: ThreatConnect developer
// documentation, "REST API quick start"; tcex-requests-tc.
func init() {
	signers.Register(signers.Scheme{
		Name:    "threatconnect",
		Title:   "ThreatConnect",
		Domains: []string{"threatconnect.com"},
		Answers: threatConnectAnswers,
		Options: []signers.Option{
			{Name: "access_id", Kind: signers.ID, Apart: ":", Sample: "1", Also: []string{"api_access_id", "tc_api_access_id"}, Shape: "{digits:20}",
				Doc: "The access ID of an API user, for HMAC."},
			{Name: "secret_key", Secret: true, Sample: "1", Also: []string{"api_secret_key", "tc_api_secret_key"}, Shape: "{alnum:64}",
				Doc: "The secret key of the API user, for HMAC."},
			{Name: "token", Secret: true, Sample: "1", Also: []string{"tc_token", "api_token"},
				Doc: "A token in place of access_id and secret_key."},
			{Name: "token_expires", Kind: signers.Number, Sample: "1", Also: []string{"tc_token_expires"},
				Doc: "When the token expires, in unix seconds, where the gateway renews it; not known: it is renewed at once."},
			{Name: "api_url", Kind: signers.URL, Address: true, Steers: true, Sample: "https://vendor", Also: []string{"tc_api_path", "token_url"},
				Doc: "The address of the platform's API, as https://api.threatconnect.com/api: the gateway renews the token there. Only tokens of " +
					"apps and services renew; those of API users do not."},
		},
		New:    newThreatConnect,
		Claims: &signers.Claims{Key: "access_id", Secret: "secret_key", Method: true, Read: claimThreatConnect, Prove: proveThreatConnect},
	})
}

// threatConnectID is what an access id looks like.
var threatConnectID = regexp.MustCompile(`^[0-9]{20}$`)

// newThreatConnect makes the signer of an API user, or of a token, which excludes the other
// options.
func newThreatConnect(v signers.Values) (signers.Signer, []signers.Fault) {
	if v.Has("token") {
		return newThreatConnectToken(v)
	}
	if v.Has("token_expires") || v.Has("api_url") {
		return nil, []signers.Fault{fault("token", "token is required with token_expires and api_url")}
	}
	faults := missing(v, "access_id", "secret_key")
	if len(faults) == 0 {
		faults = checkSwapped(v, "access_id", "secret_key", threatConnectID)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	s := &threatConnect{prefix: "TC " + v.Text("access_id") + ":", macs: wire.NewMAC(sha256.New, v.Text("secret_key"))}
	if faults := refused("secret_key", s.macs); len(faults) > 0 {
		return nil, faults
	}
	return s, nil
}

// unixSeconds is a time as the platform wants it, truncated and not rounded.
func unixSeconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// threatConnectTraits guard what trades a token for a new one and kills the old (appAuth), what
// makes tokens of the API and of services, and what makes users or sets their passwords.
// docs/vendors/threatconnect.md says where each is known from. The probe asks whose credential it
// is.
func threatConnectTraits() signers.Traits {
	return signers.Traits{
		Owns: []string{"Authorization", "Timestamp"},
		Guards: []string{
			"* /**/appauth /**/v3/token /**/internal/token",
			"POST|PUT|PATCH /**/security/users",
		},
		Second: true,
		Probe:  signers.Probe{Method: "GET", Target: "/api/v2/whoami"},
	}
}

// threatConnectAnswers are from docs.threatconnect.com, "Common errors". The last two are about the key, or only the owner that
// was asked for.
var threatConnectAnswers = []signers.KnownAnswer{
	{Text: "timestamp out of acceptable", Refusal: signers.RefusedClock},
	{Text: "signature data did not match", Refusal: signers.RefusedSignature},
	{Text: "access denied", Refusal: signers.RefusedUnclear},
	{Text: "unauthorized", Refusal: signers.RefusedUnclear},
}

// threatConnectRefusal reads the message of a refusal, which tells a wrong clock from a wrong
// signature. A 429 is about the rate, whatever its text says, and an answer that is no refusal is
// not read.
func threatConnectRefusal(a signers.Answer) signers.Refusal {
	refusal := signers.RefusalOf(a.Status)
	if refusal != signers.Unrefused && refusal != signers.RefusedRate {
		if known, ok := signers.KnownRefusal(threatConnectAnswers, 0, a); ok {
			return known
		}
	}
	return refusal
}

// threatConnect signs target:method:timestamp with the secret key of an API user. The body is not
// covered, so bodies stream.
type threatConnect struct {
	// prefix is "TC ", the access ID and a colon: the start of Authorization.
	prefix string
	macs   *sync.Pool // see wire.NewMAC
}

// Traits are those of all ThreatConnect credentials, with the proof of an API user.
func (s *threatConnect) Traits() signers.Traits {
	traits := threatConnectTraits()
	traits.Proof = signers.Proof{Header: "Authorization", Value: "TC {access_id}:{signature}", Hash: "HMAC-SHA256", Encoding: "base64",
		Key: "secret_key"}
	return traits
}

// Date is in unix seconds, in UTC as such numbers are.
func (s *threatConnect) Date(t time.Time) string { return unixSeconds(t) }

// Sign hashes the target as it goes out, query included, then method and time, with colons between them.
func (s *threatConnect) Sign(m *signers.Message, at *signers.Moment) error {
	date := at.Date
	mac := wire.MAC(s.macs, []byte(m.Target+":"+m.Method+":"+date))
	// One slice for both headers, see cortex.Sign.
	values := []string{s.prefix + base64.StdEncoding.EncodeToString(mac), date}
	m.Header["Authorization"] = values[0:1:1]
	m.Header["Timestamp"] = values[1:2:2]
	return nil
}

// Canonical is what Sign hashes, with the colons.
func (s *threatConnect) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	date := at.Date
	return []signers.Part{
		{Label: "target", Text: m.Target + ":"},
		{Label: "method", Text: m.Method + ":"},
		{Label: "timestamp", Text: date},
	}, nil
}

// Refusal is that of all ThreatConnect credentials.
func (s *threatConnect) Refusal(a signers.Answer) signers.Refusal { return threatConnectRefusal(a) }
