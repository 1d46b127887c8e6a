//go:build go1.21

package vendors

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The public APIs of Cortex XSOAR, XDR, XSIAM, Xpanse and Cortex Cloud. A standard key goes out as
// it is; an advanced key as SHA-256 over key, nonce and timestamp. For the ID 7, the key "key" and
// the nonce n0nce (64 letters and digits in practice), on 2 January 2026 at 03:04:05.678 UTC:
//
//	hashed             keyn0nce1767323045678
//	Authorization      b2a964ceaec28bb17932cda70b24ea3c1aa33c849e3473435080525d2441d7e5
//	X-Xdr-Auth-Id      7
//	X-Xdr-Nonce        n0nce
//	X-Xdr-Timestamp    1767323045678
//
// Source: Palo Alto Networks, "Get started with Cortex XDR APIs"; cortex-xpanse-python-sdk.
func init() {
	signers.Register(signers.Scheme{
		Name:    "cortex",
		Title:   "Cortex",
		Domains: []string{"paloaltonetworks.com", "demisto.live", "demisto.com"},
		Options: []signers.Option{
			{Name: "api_key_id", Kind: signers.ID, Sample: "1", Also: []string{"x-xdr-auth-id", "auth_id"}, Shape: "9{digits:8}",
				Doc: "The ID of the API key, from the column ID of the key table. None with an XSOAR 6 server."},
			{Name: "api_key", Secret: true, Required: true, Sample: "1", Also: []string{"apikey"}, Shape: "{alnum:128}",
				Doc: "The API key. Shown once, when it is made."},
			{Name: "key_type", Values: []string{"advanced", "standard"}, Also: []string{"security_level"},
				Doc: "The security level that the key was made with: advanced (the default) or standard. The vendor answers the wrong one with the " +
					"same 401 as a wrong key."},
		},
		New: newCortex,
		Claims: &signers.Claims{Key: "api_key_id", Secret: "api_key", Fixed: signers.Values{"key_type": {"advanced"}}, Nonce: true, Nothing: true,
			Read: claimCortex, Prove: proveCortex},
	})
}

// cortexID is what the ID of a key looks like: the number of a row in the table of keys. A key has
// 128 characters.
var cortexID = regexp.MustCompile(`^[0-9]{1,9}$`)

// newCortex makes the signer of a standard or an advanced key.
func newCortex(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &cortex{id: v.Text("api_key_id"), key: v.Text("api_key"), advanced: v.Text("key_type") == "advanced"}
	if faults := checkSwapped(v, "api_key_id", "api_key", cortexID); len(faults) > 0 {
		return nil, faults
	}
	// An XSOAR 6 server has keys without IDs. All others refuse a key without its ID.
	if s.id == "" && s.advanced {
		return nil, []signers.Fault{fault("api_key_id", "api_key_id is required; only XSOAR 6 has none, with key_type standard")}
	}
	return s, nil
}

// cortex signs with an advanced key, or sends a standard one as it is.
type cortex struct {
	// id is empty with an XSOAR 6 server.
	id, key string
	// With an advanced key a request shows a hash, which can be used for a short time; with a
	// standard key it shows the key.
	advanced bool
}

// Traits guard the management of API keys, of XSOAR also below the /xsoar that its gateway puts before, stored credentials,
// and what makes users, gives them roles or lets another identity provider vouch for them. The probe asks for the tenant's
// health; an XSOAR 6 server has the user of the key. The hints name the option that the vendor's 401 never does.
func (s *cortex) Traits() signers.Traits {
	probe := signers.Probe{Method: "GET", Target: "/public_api/v1/healthcheck"}
	if s.id == "" {
		probe.Target = "/user"
	}
	hint := "key_type is standard, and a key of the security level Advanced needs key_type advanced"
	if s.advanced {
		hint = "key_type is advanced, and a key of the security level Standard needs key_type standard"
	}
	proof := signers.Proof{Header: "Authorization", Value: "{api_key}"}
	if s.advanced {
		proof = signers.Proof{Header: "Authorization", Value: "{signature}", Hash: "SHA-256", Encoding: "hex", Key: "api_key"}
	}
	nonce := ""
	if s.advanced {
		nonce = "alnum:64"
	}
	return signers.Traits{
		Owns: []string{"Authorization", "X-Xdr-Auth-Id", "X-Xdr-Nonce", "X-Xdr-Timestamp", "X-Xdr-*"},
		Guards: []string{
			"* /**/api_keys /**/api_key /**/apikeys /**/apikey /**/api-keys /**/api-key /**/settings/credentials",
			"POST|PUT|PATCH /platform/iam/*/user /platform/iam/*/role /platform/iam/*/user-group /platform/iam/*/scope",
			"POST|PUT|PATCH /**/rbac/set_user_role /**/authentication-settings/create /**/authentication-settings/update /**/invite",
		},
		// A date of an advanced key may serve several requests, but each needs a nonce of its own,
		// so Second is false for it.
		Nonce:       nonce,
		Second:      !s.advanced,
		SendsSecret: !s.advanced,
		Probe:       probe,
		Proof:       proof,
		Hints: map[signers.Refusal]string{
			signers.RefusedUnclear: hint, signers.RefusedSignature: hint, signers.RefusedKey: hint,
		},
	}
}

// errNonce is a fault of the caller: gateways draw a nonce wherever Traits name one. Without one,
// two requests of a millisecond would have the same hash.
var errNonce = errors.New("cortex: a nonce is required")

// Date counts milliseconds since 1970. The vendor's Python clients send whole seconds times 1,000,
// others true milliseconds; the vendor takes both.
func (s *cortex) Date(t time.Time) string {
	if !s.advanced {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// Sign sends a standard key as it is. With an advanced key it needs a nonce, and sends all that the
// hash is made of but the key. Method, target and body are in no hash, so they need not be known,
// and bodies stream.
func (s *cortex) Sign(m *signers.Message, at *signers.Moment) error {
	if !s.advanced {
		m.Header["Authorization"] = []string{s.key}
		if s.id != "" {
			m.Header["X-Xdr-Auth-Id"] = []string{s.id}
		}
		return nil
	}
	if at.Nonce == "" {
		return errNonce
	}
	// The vendor's formula is a plain hash that begins with the key, not an HMAC. It covers nothing of the request.
	sum := sha256.Sum256([]byte(s.key + at.Nonce + at.Date))
	// One slice for all headers: interpreted, each slice of its own takes memory. The capacity keeps an append to one header from
	// writing into the next.
	values := []string{hex.EncodeToString(sum[:]), s.id, at.Nonce, at.Date}
	m.Header["Authorization"] = values[0:1:1]
	m.Header["X-Xdr-Auth-Id"] = values[1:2:2]
	m.Header["X-Xdr-Nonce"] = values[2:3:3]
	m.Header["X-Xdr-Timestamp"] = values[3:4:4]
	return nil
}

// Canonical is what is hashed with an advanced key: three texts in a row, without separators.
func (s *cortex) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	if !s.advanced {
		return nil, nil
	}
	if at.Nonce == "" {
		return nil, errNonce
	}
	return []signers.Part{
		{Label: "api_key", Text: s.key, Secret: true},
		{Label: "nonce", Text: at.Nonce},
		{Label: "timestamp", Text: at.Date},
	}, nil
}

// Refusal has the status only: a wrong key, an expired one, the wrong key type and a wrong clock get the same 401.
func (s *cortex) Refusal(a signers.Answer) signers.Refusal { return signers.RefusalOf(a.Status) }
