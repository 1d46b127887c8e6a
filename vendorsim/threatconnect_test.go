package vendorsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestThreatConnectRefusals(t *testing.T) {
	v := threatconnectVectors[0] // GET /api/v2/owners?... at 1709251199.999
	good := v.header["Authorization"]
	id, signature, _ := strings.Cut(strings.TrimPrefix(good, "TC "), ":")
	at := time.Unix(1709251199, 0)
	for _, c := range []struct {
		name          string
		now           time.Time
		header        map[string]string
		want, message string
	}{
		{"the moment itself", at, nil, "", ""},
		{"five minutes old", at.Add(5 * time.Minute), nil, "", ""},
		{"five minutes ahead", at.Add(-5 * time.Minute), nil, "", ""},
		{"just over five minutes old", at.Add(5*time.Minute + 1), nil, "more than 5 minutes", "timestamp out of acceptable time range"},
		{"just over five minutes ahead", at.Add(-5*time.Minute - 1), nil, "more than 5 minutes", "timestamp out of acceptable time range"},
		{"no timestamp", at, map[string]string{"Timestamp": ""}, "Timestamp is missing", "timestamp out of acceptable time range"},
		{"a timestamp with a sign", at, map[string]string{"Timestamp": "+1709251199"}, "not a number", "timestamp out of acceptable time range"},
		{"a timestamp with a leading zero", at, map[string]string{"Timestamp": "01709251199"}, "not a number", "timestamp out of acceptable time range"},
		{"a timestamp with a fraction", at, map[string]string{"Timestamp": "1709251199.0"}, "not a number", "timestamp out of acceptable time range"},
		{"a timestamp in milliseconds", at, map[string]string{"Timestamp": "1709251199999"}, "more than 5 minutes", "timestamp out of acceptable time range"},
		{"a timestamp beyond all numbers", at, map[string]string{"Timestamp": "99999999999999999999"}, "not a number", "timestamp out of acceptable time range"},
		{"another second than the signed one", at, map[string]string{"Timestamp": "1709251200"}, "does not fit", "signature data did not match expected result"},
		{"no authorization", at, map[string]string{"Authorization": ""}, "Authorization is missing", "unauthorized"},
		{"another scheme", at, map[string]string{"Authorization": "Basic " + id + ":" + signature}, "neither TC", "unauthorized"},
		{"the scheme in lower case", at, map[string]string{"Authorization": "tc " + id + ":" + signature}, "neither TC", "unauthorized"},
		{"two blanks", at, map[string]string{"Authorization": "TC  " + id + ":" + signature}, "access id is unknown", "access denied"},
		{"no colon", at, map[string]string{"Authorization": "TC " + id}, "no colon", "unauthorized"},
		{"another id", at, map[string]string{"Authorization": "TC 1" + id + ":" + signature}, "access id is unknown", "access denied"},
		{"an empty id", at, map[string]string{"Authorization": "TC :" + signature}, "access id is unknown", "access denied"},
		{"an empty signature", at, map[string]string{"Authorization": "TC " + id + ":"}, "does not fit", "signature data did not match expected result"},
		{"base64 without padding", at, map[string]string{"Authorization": strings.TrimRight(good, "=")}, "does not fit", "signature data did not match expected result"},
		{"base64 with more padding", at, map[string]string{"Authorization": good + "="}, "does not fit", "signature data did not match expected result"},
		{"a token of an HMAC credential", at, map[string]string{"Authorization": "TC-Token " + v.credential["secret_key"]}, "unknown", "unauthorized"},
		{"an empty token", at, map[string]string{"Authorization": "TC-Token "}, "unknown", "unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := v
			changed.header = maps.Clone(v.header)
			maps.Copy(changed.header, c.header)
			a := simulator(t, "threatconnect", Config{Credential: v.credential}, c.now).Check(changed.request())
			if a.Accepted != (c.want == "") || !strings.Contains(a.Reason, c.want) {
				t.Fatalf("got %v, %q", a.Accepted, a.Reason)
			}
			if c.want != "" && (a.Status != 401 || string(a.Body) != `{"message":"`+c.message+`","status":"Failure"}`+"\n") {
				t.Errorf("got status %d, %s", a.Status, a.Body)
			}
		})
	}
}

func TestAnHMACRequestNeedsAnHMACCredential(t *testing.T) {
	s := simulator(t, "threatconnect", Config{Credential: DemoCredential("threatconnect", "token")}, time.Unix(1735689600, 0))
	// HMAC-SHA256 with an empty key and an empty id: what a simulator without the secret could be talked into.
	r := vector{method: "GET", target: "/", header: map[string]string{"Timestamp": "1735689600", "Authorization": "TC :TvMiYZ9L5Qdz4P4CCV2EwRXQK60viWZPEgekvWzJcOo="}}.request()
	if a := s.Check(r); a.Accepted || !strings.Contains(string(a.Body), "access denied") {
		t.Errorf("got %v, %s", a.Accepted, a.Body)
	}
}

func tokenRequest(token string) *Request {
	return vector{method: "GET", target: "/api/v3/tags", header: map[string]string{"Authorization": "TC-Token " + token}}.request()
}

func renewRequest(token string) *Request {
	return &Request{Method: "GET", Target: "/api/appAuth?expiredToken=" + url.QueryEscape(token), Header: http.Header{}}
}

func renewed(t *testing.T, a *Answer) (token string, expires int64) {
	t.Helper()
	var reply struct {
		Success         bool
		APIToken        string `json:"apiToken"`
		APITokenExpires string `json:"apiTokenExpires"`
	}
	if err := json.Unmarshal(a.Body, &reply); err != nil {
		t.Fatal(err)
	}
	if !a.Accepted || !reply.Success || reply.APIToken == "" {
		t.Fatalf("not renewed: %s", a.Reason)
	}
	expires, err := strconv.ParseInt(reply.APITokenExpires, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return reply.APIToken, expires
}

func TestARenewedTokenReplacesTheOldOneUntilItExpires(t *testing.T) {
	now := time.Unix(1735689600, 0)
	old := "SVCTK:1:a+b/c==:-1:&?# x"
	s := simulator(t, "threatconnect", Config{
		Credential: map[string]string{"token": "SVCTK:1:a+b/c==:-1:&?#", "token_expires": "1735689660"},
		TokenTTL:   10 * time.Minute,
		Now:        func() time.Time { return now },
	}, now)
	if s.Check(renewRequest(old)).Accepted {
		t.Error("an unknown token is renewed")
	}
	old = "SVCTK:1:a+b/c==:-1:&?#"
	if a := s.Check(tokenRequest(old)); !a.Accepted {
		t.Fatal(a.Reason)
	}
	now = now.Add(time.Minute)
	if a := s.Check(tokenRequest(old)); a.Accepted || a.Reason != "the token has expired" || a.Status != 401 {
		t.Errorf("an expired token: %v, %q", a.Accepted, a.Reason)
	}
	token, expires := renewed(t, s.Check(renewRequest(old)))
	if want := now.Add(10 * time.Minute).Unix(); expires != want {
		t.Errorf("expires: got %d, want %d", expires, want)
	}
	if a := s.Check(tokenRequest(token)); !a.Accepted {
		t.Error(a.Reason)
	}
	if a := s.Check(renewRequest(old)); a.Accepted || a.Status != 401 || !strings.Contains(string(a.Body), `"success":false`) {
		t.Errorf("a replaced token is renewed again: %s", a.Body)
	}
	if s.Check(tokenRequest(old)).Accepted {
		t.Error("a replaced token is accepted")
	}
	next, _ := renewed(t, s.Check(renewRequest(token)))
	now = now.Add(10 * time.Minute)
	if next == token || s.Check(tokenRequest(token)).Accepted || s.Check(tokenRequest(next)).Accepted {
		t.Error("a token outlives its replacement or its expiry")
	}
}

func TestRenewalRequests(t *testing.T) {
	for _, c := range []struct {
		name, token, method, target string
		want                        bool
	}{
		{"any base path", "APP:old", "GET", "/a/b/appAuth?expiredToken=APP%3Aold", true},
		{"no base path", "APP:old", "GET", "/appAuth?expiredToken=APP:old", true},
		{"the slash that Java adds", "APP:old", "GET", "/api/appAuth/?expiredToken=APP%3Aold", true},
		{"a token with reserved characters", "SVCTK:1:a+b/c==:-1:&?#", "GET", "/api/appAuth?expiredToken=SVCTK%3A1%3Aa%2Bb%2Fc%3D%3D%3A-1%3A%26%3F%23", true},
		{"a plus that was not encoded", "SVCTK:1:a+b", "GET", "/api/appAuth?expiredToken=SVCTK:1:a+b", false},
		{"another method", "APP:old", "POST", "/api/appAuth?expiredToken=APP%3Aold", false},
		{"another path", "APP:old", "GET", "/api/xappAuth?expiredToken=APP%3Aold", false},
		{"no token", "APP:old", "GET", "/api/appAuth", false},
		{"an empty token", "APP:old", "GET", "/api/appAuth?expiredToken=", false},
		{"two tokens", "APP:old", "GET", "/api/appAuth?expiredToken=APP%3Aold&expiredToken=APP%3Aold", false},
		{"an API user's token", "APIV2:2:x", "GET", "/api/appAuth?expiredToken=APIV2%3A2%3Ax", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := simulator(t, "threatconnect", Config{Credential: map[string]string{"token": c.token}}, time.Unix(1735689600, 0))
			a := s.Check(&Request{Method: c.method, Target: c.target, Header: http.Header{}})
			if a.Accepted != c.want || (!c.want && a.Status != 401) {
				t.Errorf("got %v, status %d: %s", a.Accepted, a.Status, a.Reason)
			}
			if strings.Contains(a.Reason+string(a.Body), c.token) {
				t.Error("the answer shows the token")
			}
			if token, ok := strings.CutPrefix(c.target, "/appAuth?"); ok && strings.Contains(string(a.Body), token) {
				t.Error("the answer echoes the target")
			}
		})
	}
}

func TestACredentialThatArrivesAtRenewalIsALeak(t *testing.T) {
	s := simulator(t, "threatconnect", Config{Credential: map[string]string{"token": "APP:old"}}, time.Unix(1735689600, 0))
	r := renewRequest("APP:old")
	r.Header.Set("Authorization", "TC-Token APP:old")
	if a := s.Check(r); !a.Accepted || len(a.Leaks) != 1 || a.Leaks[0] != "Authorization" {
		t.Errorf("accepted %v, leaks %q", a.Accepted, a.Leaks)
	}
}
