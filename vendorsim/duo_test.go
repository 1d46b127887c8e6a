package vendorsim

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// All of them sign GET api-demo.duosecurity.com /admin/v1/users?limit=1 at duoDay, made with Python's hmac.
const (
	duoDay     = "Wed, 01 Jan 2025 00:00:00 -0000"
	duoV5      = "Basic RElERU1POjA4ZjRmNjYwZTVhMjEwMWZiNGZjZmM5YjUzNGNkNWJjNDYyMzE5NWYwNDUyY2M5YmQwZDJiMDY1YjYwZjA3YzU1MDhjYjE0OGJhMWMyNDY1MzRkYzBjNmMyYzIyODQ4MzZmODNiMjQzMWI5ODI3YzgyN2JhNzIzZTFjZDk5YmE4"
	duoV5XDate = "Basic RElERU1POmJlNWU0MmU4MTRkYjkzMDFmNmI4MTVhYzZmZmRkZmU0OThjMDI3NDg5Y2RlYTEzMjA2ZDQ1YTJmNzM0MTUxZTZhN2MyM2JhNTA3OTgwNGU2MGEwYWE0ODZiMDZlZGUxNWJjZWY1Yzk3M2I0NWY2MDVmZTZkNDcyODAyZmI2MDJk" // with X-Duo-Date in the hash of the headers
	duoV2      = "Basic RElERU1POjFkY2I4YjBjOTI4YjBmNGIzZjFjMjlkNDJlNTI5NzkyZTJjZmY3MWQ1NjRkMTVkNDQxOWZiYTMxNTUyNWIzNjE4NjU5ZjliZWY3NWVmMDdkZmM4YzIwN2NkZThmNzFhNzllODUwZTNmOTg0YmVjZGRkNjk5MDRiODZhNzIzZTlm"
	duoCheck   = "Basic RElERU1POjk1ODQwNjMwMzIzMWI5MGM1ODYzNmYxNGRmZGFlNzIxN2VhZGU5ZThjNmEyM2JiNmQ1YzM3ZTI1OTEyMjYwYTU1YzI3NDEzZWI1YzE0MzgwMWMyZTg0ZjgzMzk1NGM5NjUzMWRjYWNkNmRmYjk4ZDJiNDZiYWIzYjJlM2FlYTk0" // version 5 of GET /auth/v2/check
)

var duoCredential = map[string]string{"integration_key": "DIDEMO", "secret_key": "demo-skey"}

func duoRequest(header map[string]string) *Request {
	return vector{method: "GET", host: "api-demo.duosecurity.com", target: "/admin/v1/users?limit=1", header: header}.request()
}

func TestDuoRefusals(t *testing.T) {
	signature := strings.TrimPrefix(duoV5, "Basic ")
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	_, hmac, _ := strings.Cut(string(raw), ":")
	for _, c := range []struct {
		name          string
		now           time.Time
		authorization string
		date, xDate   string
		code, reason  string
	}{
		{"the moment itself", midnight, duoV5, duoDay, "", "", ""},
		{"300 seconds old", midnight.Add(300 * time.Second), duoV5, duoDay, "", "", ""},
		{"300 seconds ahead", midnight.Add(-300 * time.Second), duoV5, duoDay, "", "", ""},
		{"more than 300 seconds old", midnight.Add(300*time.Second + 1), duoV5, duoDay, "", "40105", "more than 300 seconds"},
		{"more than 300 seconds ahead", midnight.Add(-300*time.Second - 1), duoV5, duoDay, "", "40105", "more than 300 seconds"},
		{"no date", midnight, duoV5, "", "", "40104", "neither X-Duo-Date nor Date"},
		{"version 1, which has no date", midnight, "Basic " + base64.StdEncoding.EncodeToString([]byte("DIDEMO:"+hmac[:40])), "", "", "40104",
			"signature version 1, which login-duo of Debian 12 makes, has no date and is refused"},
		{"a date without a zone", midnight, duoV5, "Wed, 01 Jan 2025 00:00:00", "", "40104", "RFC 2822"},
		{"a localised weekday", midnight, duoV5, "Mi, 01 Jan 2025 00:00:00 -0000", "", "40104", "RFC 2822"},
		{"a weekday that does not fit", midnight, duoV5, "Thu, 01 Jan 2025 00:00:00 -0000", "", "40104", "RFC 2822"},
		{"a day of one digit", midnight, duoV5, "Wed, 1 Jan 2025 00:00:00 -0000", "", "40104", "RFC 2822"},
		{"a date with a fraction", midnight, duoV5, "Wed, 01 Jan 2025 00:00:00.5 -0000", "", "40104", "RFC 2822"},
		{"a date in another zone", midnight, duoV5, "Wed, 01 Jan 2025 01:00:00 +0100", "", "40104", "RFC 2822"},
		{"a date in unix seconds", midnight, duoV5, "1735689600", "", "40104", "RFC 2822"},
		{"another spelling of the zone than the signed one", midnight, duoV5, "Wed, 01 Jan 2025 00:00:00 +0000", "", "40103", "fits no version"},
		{"X-Duo-Date alone", midnight, duoV5XDate, "", duoDay, "", ""},
		{"X-Duo-Date wins over Date", midnight, duoV5XDate, "Tue, 31 Dec 2024 00:00:00 -0000", duoDay, "", ""},
		{"X-Duo-Date wins over a good Date", midnight, duoV5, duoDay, "Tue, 31 Dec 2024 00:00:00 -0000", "40105", "more than 300 seconds"},
		{"a client's X-Duo-Date next to a signed Date", midnight, duoV5, duoDay, duoDay, "40103", "fits no version"},
		{"X-Duo-Date in version 2, which does not hash it", midnight, duoV2, "", duoDay, "", ""},
		{"no authorization", midnight, "", duoDay, "", "40101", "Authorization is missing"},
		{"another scheme", midnight, "Bearer " + signature, duoDay, "", "40101", "is not Basic"},
		{"a scheme in lower case", midnight, "basic " + signature, duoDay, "", "40101", "is not Basic"},
		{"two blanks", midnight, "Basic  " + signature, duoDay, "", "40101", "is not Basic"},
		{"base64 that lost its padding", midnight, "Basic " + strings.TrimRight(base64.StdEncoding.EncodeToString([]byte("DIDEMO:"+hmac[1:])), "="), duoDay, "", "40101", "is not Basic"},
		{"base64 with a line end", midnight, duoV5[:20] + "\n" + duoV5[20:], duoDay, "", "40101", "is not Basic"},
		{"no colon", midnight, "Basic " + base64.StdEncoding.EncodeToString([]byte(hmac)), duoDay, "", "40101", "is not Basic"},
		{"an empty signature", midnight, "Basic " + base64.StdEncoding.EncodeToString([]byte("DIDEMO:")), duoDay, "", "40103", "neither HMAC-SHA1 nor"},
		{"a signature that is too long", midnight, "Basic " + base64.StdEncoding.EncodeToString([]byte("DIDEMO:"+hmac+"0")), duoDay, "", "40103", "neither HMAC-SHA1 nor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := duoRequest(map[string]string{"Authorization": c.authorization})
			if c.date != "" {
				r.Header.Set("Date", c.date)
			}
			if c.xDate != "" {
				r.Header.Set("X-Duo-Date", c.xDate)
			}
			a := simulator(t, "duo", Config{Credential: duoCredential}, c.now).Check(r)
			if a.Accepted != (c.code == "") || !strings.Contains(a.Reason, c.reason) {
				t.Fatalf("got %v, %q", a.Accepted, a.Reason)
			}
			body := string(a.Body)
			if c.code != "" && (a.Status != 401 || !strings.Contains(body, `"code":`+c.code+",") || !strings.Contains(body, `"stat":"FAIL"`) || !strings.Contains(body, `"message":"`)) {
				t.Errorf("got status %d, %s", a.Status, body)
			}
		})
	}
}

func TestDuoPingNeedsNoSignatureAndCheckDoes(t *testing.T) {
	s := simulator(t, "duo", Config{Credential: duoCredential}, midnight)
	get := func(method, target, authorization string) *Answer {
		return s.Check(vector{method: method, host: "api-demo.duosecurity.com", target: target, header: map[string]string{"Authorization": authorization, "Date": duoDay}}.request())
	}
	if a := get("GET", "/auth/v2/ping", ""); !a.Accepted || string(a.Body) != `{"response":{"time":1735689600},"stat":"OK"}`+"\n" {
		t.Errorf("ping: got status %d, %s", a.Status, a.Body)
	}
	for _, target := range []string{"/auth/v2/check", "/auth/v2/ping/", "/auth/v2/pingx", "/auth/v2/%70ing"} {
		if a := get("GET", target, ""); a.Accepted || a.Status != 401 {
			t.Errorf("%s needs no signature", target)
		}
	}
	if get("POST", "/auth/v2/ping", "").Accepted {
		t.Error("a POST to ping needs no signature")
	}
	if a := get("GET", "/auth/v2/check", duoCheck); !a.Accepted || !strings.Contains(string(a.Body), `"time":1735689600`) {
		t.Errorf("check: %s, %s", a.Reason, a.Body)
	}
}

func TestTheHostThatMustBeSigned(t *testing.T) {
	for host, want := range map[string]bool{
		"api-demo.duosecurity.com": true, "API-Demo.DuoSecurity.com:443": true, "api-other.duosecurity.com": false,
	} {
		r := duoRequest(map[string]string{"Authorization": duoV5, "Date": duoDay})
		r.Host = "127.0.0.1:8443"
		if got := simulator(t, "duo", Config{Credential: duoCredential, Host: host}, midnight).Check(r).Accepted; got != want {
			t.Errorf("Host %s: got %v", host, got)
		}
	}
}

func TestDuoDigest(t *testing.T) {
	credential := map[string]string{"integration_key": "DIDEMO", "secret_key": "demo-skey", "digest": "sha1"}
	a := simulator(t, "duo", Config{Credential: credential}, midnight).Check(duoRequest(map[string]string{"Authorization": duoV2, "Date": duoDay}))
	if a.Accepted || !strings.Contains(a.Reason, "does not accept") {
		t.Errorf("got %v, %q", a.Accepted, a.Reason)
	}
}

func TestDuoRateLimit(t *testing.T) {
	now := midnight
	s := simulator(t, "duo", Config{Credential: duoCredential, RateLimit: 1, RateWindow: time.Second, Now: func() time.Time { return now }}, now)
	call := func() *Answer { return s.Check(duoRequest(map[string]string{"Authorization": duoV5, "Date": duoDay})) }
	if a := call(); !a.Accepted {
		t.Fatal(a.Reason)
	}
	if a := call(); a.Accepted || a.Status != 429 || !strings.Contains(string(a.Body), `"code":42901`) {
		t.Errorf("got %v, status %d, %s", a.Accepted, a.Status, a.Body)
	}
	now = now.Add(time.Second)
	if a := call(); !a.Accepted {
		t.Error(a.Reason)
	}
}
