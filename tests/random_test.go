package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// randomSchemes are the schemes that random messages are signed with.
var randomSchemes = []struct {
	name, vendor string
	config       map[string]any
	judge        map[string]string // beyond the credential
}{
	{name: "darktrace", vendor: "darktrace", config: map[string]any{"public_token": "pub", "private_token": "prv"}, judge: map[string]string{"sign_query": "as_sent"}},
	{name: "darktrace, the query decoded", vendor: "darktrace", config: map[string]any{"public_token": "pub", "private_token": "prv", "sign_query": "decoded"},
		judge: map[string]string{"sign_query": "decoded"}},
	{name: "threatconnect", vendor: "threatconnect", config: map[string]any{"access_id": "42", "secret_key": "tc$key"}},
	{name: "carbonblack", vendor: "carbonblack", config: map[string]any{"api_id": "ABCDE12345", "api_secret_key": "CBSECRET"}},
	{name: "cortex advanced", vendor: "cortex", config: map[string]any{"api_key_id": "7", "api_key": "cortex-key"}},
	{name: "duo 5", vendor: "duo", config: map[string]any{"integration_key": "DIX", "secret_key": "duo-key"}},
	{name: "duo 4", vendor: "duo", config: map[string]any{"integration_key": "DIX", "secret_key": "duo-key", "signature_version": 4}},
	{name: "duo 2", vendor: "duo", config: map[string]any{"integration_key": "DIX", "secret_key": "duo-key", "signature_version": 2}},
}

// runs is how many random messages a test signs: usual, or with VENDORSIGN_RUNS that number (tests/run.sh long).
func runs(t *testing.T, usual int) int {
	text := os.Getenv("VENDORSIGN_RUNS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatal("VENDORSIGN_RUNS must be a positive number")
	}
	return n
}

// The judge shares no code with the signers. A message that a signer refuses is no request; the others must be accepted.
func TestWhateverIsSignedIsWhatTheVendorComputes(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		usual := 20000
		if strings.HasSuffix(t.Name(), "interpreted") {
			usual = 2000
		}
		n := runs(t, usual)
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = min(n, 100000)
		}
		for _, scheme := range randomSchemes {
			t.Run(scheme.name, func(t *testing.T) {
				text, err := json.Marshal(scheme.config)
				if err != nil {
					t.Fatal(err)
				}
				sign, err := d.Signer(scheme.vendor, text)
				if err != nil {
					t.Fatal(err)
				}
				now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
				credential := map[string]string{}
				for name, value := range scheme.config {
					credential[name] = fmt.Sprint(value)
				}
				for name, value := range scheme.judge {
					credential[name] = value
				}
				judge, err := vendorsim.New(scheme.vendor, vendorsim.Config{Credential: credential, Now: func() time.Time { return now }})
				if err != nil {
					t.Fatal(err)
				}
				random := rand.New(rand.NewPCG(uint64(n), 1))
				signed := 0
				for i := range n / len(randomSchemes) {
					now = now.Add(time.Duration(random.IntN(1000)) * time.Millisecond)
					method, target, header, body := randomMessage(random)
					before := bytes.Clone(body)
					out, sent, _, _, err := sign(method, "api.example.com", target, header, body, now, "", fmt.Sprintf("%064d", i), "")
					if err != nil {
						continue
					}
					signed++
					if !bytes.Equal(body, before) {
						t.Fatalf("%s %q: the body was changed", method, target)
					}
					arrived := header.Clone()
					for name, values := range out {
						arrived[name] = values
					}
					request := &vendorsim.Request{Method: method, Host: "api.example.com", Target: sent, Header: arrived, Body: body}
					if answer := judge.Check(request); !answer.Accepted {
						t.Fatalf("message %d, %s %q, %q: %s", i, method, target, body, answer.Reason)
					}
				}
				if signed < n/len(randomSchemes)/2 {
					t.Errorf("of %d messages %d were signed", n/len(randomSchemes), signed)
				}
			})
		}
	})
}

// randomMessage makes a message that a client could send, with parameters in every spelling.
func randomMessage(random *rand.Rand) (method, target string, header http.Header, body []byte) {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	piece := func() string {
		var b strings.Builder
		for range random.IntN(6) {
			b.WriteString(pick("a", "B", "z9", "-", ".", "_", "~", "%2F", "%2f", "%20", "%7E", "%c3%a4", "%E2%82%AC", "!", "*", "'", "(", ")", ":", "@", ",", "%25", "%26", "%3D"))
		}
		return b.String()
	}
	parameters := func() string {
		var pairs []string
		for range random.IntN(7) {
			pair := piece()
			if random.IntN(5) > 0 {
				pair += "=" + piece() + pick("", "+", "=", "%2B", "/", "?", "ä", "%zz")
			}
			pairs = append(pairs, pair)
		}
		return strings.Join(pairs, pick("&", "&", "&", "&", "&&", ";"))
	}
	method = pick("GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "M-SEARCH")
	for range random.IntN(5) {
		target += "/" + piece()
	}
	if target == "" {
		target = "/"
	}
	if random.IntN(3) > 0 {
		target += "?" + parameters()
	}
	header = http.Header{"Accept": {"application/json"}}
	if method != "POST" && method != "PUT" && method != "PATCH" {
		return method, target, header, nil
	}
	kind := pick("application/x-www-form-urlencoded", "application/json", "")
	if kind != "" {
		header.Set("Content-Type", kind)
	}
	if kind == "application/json" {
		return method, target, header, []byte(`{"name":"` + piece() + `","n":` + strconv.Itoa(random.IntN(1000)) + `}`)
	}
	return method, target, header, []byte(parameters())
}
