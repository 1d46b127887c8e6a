//go:build go1.21

package signers

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

func init() { register("cortex", func() Config { return new(Cortex) }) }

// Cortex configures the signer for the public APIs of Cortex XSOAR, XDR, XSIAM, Xpanse and Cortex Cloud. A
// standard key goes out as it is; an advanced key as SHA-256 over key, nonce and timestamp.
// Source: Palo Alto Networks, "Get started with Cortex XDR APIs"; cortex-xpanse-python-sdk.
type Cortex struct {
	// The ID of the API key, from the column ID of the key table. None with an XSOAR 6 server.
	APIKeyID string `json:"api_key_id,omitempty"`
	// The API key. Shown once, when it is made.
	APIKey string `json:"api_key,omitempty"`
	// The security level that the key was made with: advanced (the default) or standard. The vendor answers the
	// wrong one with the same 401 as a wrong key.
	KeyType string `json:"key_type,omitempty"`
}

// cortexID is what the ID of a key looks like.
var cortexID = regexp.MustCompile(`^[0-9]{1,9}$`)

// cortexKeyTypes are what key_type takes, the default first.
var cortexKeyTypes = []string{"advanced", "standard"}

// Settings lists the options of Cortex.
func (c *Cortex) Settings() []Setting {
	return []Setting{
		{Name: "api_key_id", Text: &c.APIKeyID, Also: []string{"x-xdr-auth-id", "auth_id"}},
		{Name: "api_key", Text: &c.APIKey, Secret: true, Also: []string{"apikey"}},
		{Name: "key_type", Text: &c.KeyType, Values: cortexKeyTypes, Also: []string{"security_level"}},
	}
}

// Signer checks the options.
func (c *Cortex) Signer() (Signer, error) {
	o := *c
	err := fault("cortex",
		checkValue("api_key", o.APIKey),
		checkSwapped("api_key_id", o.APIKeyID, "api_key", o.APIKey, cortexID),
		checkChoice("key_type", &o.KeyType, cortexKeyTypes))
	if err == nil && o.APIKeyID != "" {
		err = fault("cortex", checkID("api_key_id", o.APIKeyID, ""))
	}
	if err == nil && o.APIKeyID == "" && o.KeyType == "advanced" {
		err = fault("cortex", errors.New("api_key_id is required; only XSOAR 6 has none, with key_type standard"))
	}
	if err != nil {
		return nil, err
	}
	return &cortex{id: o.APIKeyID, key: o.APIKey, advanced: o.KeyType == "advanced"}, nil
}

type cortex struct {
	id, key  string
	advanced bool
}

func (s *cortex) Owns() []string {
	return []string{"Authorization", "X-Xdr-Auth-Id", "X-Xdr-Nonce", "X-Xdr-Timestamp", "X-Xdr-*"}
}

// Guards the management of API keys, of XSOAR also below the /xsoar that its gateway puts before, stored credentials, and
// what makes users, gives them roles or lets another identity provider vouch for them.
func (s *cortex) Guards() []string {
	return []string{
		"* /**/api_keys /**/api_key /**/apikeys /**/apikey /**/api-keys /**/api-key /**/settings/credentials",
		"POST|PUT|PATCH /platform/iam/*/user /platform/iam/*/role /platform/iam/*/user-group /platform/iam/*/scope",
		"POST|PUT|PATCH /**/rbac/set_user_role /**/authentication-settings/create /**/authentication-settings/update /**/invite",
	}
}

// Hint names the option that the vendor's 401 never does.
func (s *cortex) Hint(refusal Refusal) string {
	switch {
	case refusal != RefusedUnclear && refusal != RefusedSignature && refusal != RefusedKey:
		return ""
	case s.advanced:
		return "key_type is advanced, and a key of the security level Standard needs key_type standard"
	}
	return "key_type is standard, and a key of the security level Advanced needs key_type advanced"
}

func (s *cortex) Needs() Needs { return Needs{Nonce: s.advanced} }

// SendsSecret is true of standard keys.
func (s *cortex) SendsSecret() bool { return !s.advanced }

var errNonce = errors.New("cortex: a nonce is required")

// Date has no text for a whole second: the timestamp counts milliseconds.
func (s *cortex) Date(t time.Time) string { return "" }

func (s *cortex) Sign(m *Message, at Moment, out http.Header) (string, error) {
	if !s.advanced {
		setCortexKey(s, out)
		return m.Target, nil
	}
	if at.Nonce == "" {
		return "", errNonce
	}
	proveCortexKey(s, &at, out)
	return m.Target, nil
}

// proveCortexKey sends the hash of key, nonce and timestamp.
func proveCortexKey(s *cortex, at *Moment, out http.Header) {
	timestamp := cortexTimestamp(at)
	text := append(append(append(make([]byte, 0, 256), s.key...), at.Nonce...), timestamp...)
	sum := sha256.Sum256(text)
	values := []string{hexText(sum[:]), s.id, at.Nonce, timestamp}
	out["Authorization"] = values[0:1:1]
	out["X-Xdr-Auth-Id"] = values[1:2:2]
	out["X-Xdr-Nonce"] = values[2:3:3]
	out["X-Xdr-Timestamp"] = values[3:4:4]
}

// Quick is for standard keys, and QuickFresh for advanced ones.
func (s *cortex) Quick() func(r *http.Request, date string) bool {
	if s.advanced {
		return nil
	}
	return s.quick
}

func (s *cortex) quick(r *http.Request, date string) bool {
	setCortexKey(s, r.Header)
	return true
}

func (s *cortex) QuickFresh() func(r *http.Request, at Moment) bool {
	if !s.advanced {
		return nil
	}
	return s.quickFresh
}

func (s *cortex) quickFresh(r *http.Request, at Moment) bool {
	proveCortexKey(s, &at, r.Header)
	return true
}

// setCortexKey sends the key as it is.
func setCortexKey(s *cortex, out http.Header) {
	out["Authorization"] = []string{s.key}
	if s.id != "" {
		out["X-Xdr-Auth-Id"] = []string{s.id}
	}
}

// Probe asks for the tenant's health; an XSOAR 6 server has the user of the key.
func (s *cortex) Probe() (method, target string) {
	if s.id == "" {
		return "GET", "/user"
	}
	return "GET", "/public_api/v1/healthcheck"
}

// Refusal has the status only: a wrong key, an expired one, the wrong key type and a wrong clock get the same 401.
func (s *cortex) Refusal(status int, header http.Header, body []byte) Refusal {
	return httpRefusal(status)
}

func (s *cortex) Canonical(m *Message, at Moment) ([]Part, error) {
	if !s.advanced {
		return nil, nil
	}
	if at.Nonce == "" {
		return nil, errNonce
	}
	return []Part{
		{Label: "api_key", Text: s.key, Secret: true},
		{Label: "nonce", Text: at.Nonce},
		{Label: "timestamp", Text: cortexTimestamp(&at)},
	}, nil
}

func cortexTimestamp(at *Moment) string {
	if at.Date != "" {
		return at.Date
	}
	return strconv.FormatInt(at.Time.UnixMilli(), 10)
}
