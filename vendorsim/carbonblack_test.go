package vendorsim

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var midnight = time.Unix(1735689600, 0) // 2025-01-01T00:00:00Z

func keyRequest(target, token string) *Request {
	return vector{method: "GET", target: target, header: map[string]string{"X-Auth-Token": token}}.request()
}

func TestCarbonBlackRefusals(t *testing.T) {
	credential := map[string]string{"api_id": "1234", "api_secret_key": "ABCD"}
	for _, c := range []struct{ name, token, want string }{
		{"the right token", "ABCD/1234", ""},
		{"no token", "", "missing"},
		{"the ID first", "1234/ABCD", "the secret comes first"},
		{"no slash", "ABCD1234", "is not the secret and ID"},
		{"the secret alone", "ABCD", "is not the secret and ID"},
		{"an empty ID", "ABCD/", "is not the secret and ID"},
		{"an empty secret", "/1234", "is not the secret and ID"},
		{"a slash alone", "/", "is not the secret and ID"},
		{"another case", "abcd/1234", "is not the secret and ID"},
		{"a scheme in front", "Bearer ABCD/1234", "is not the secret and ID"},
		{"more behind", "ABCD/1234/", "is not the secret and ID"},
		{"two joined by a comma", "ABCD/1234, ABCD/1234", "is not the secret and ID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := simulator(t, "carbonblack", Config{Credential: credential}, midnight).Check(keyRequest("/integrationServices/v3/device", c.token))
			if a.Accepted != (c.want == "") || !strings.Contains(a.Reason, c.want) || c.want != "" && a.Status != 401 {
				t.Errorf("got %v, status %d, %q", a.Accepted, a.Status, a.Reason)
			}
		})
	}
}

func TestAKeyTypeMayCallItsPathsOnly(t *testing.T) {
	all := []string{"api", "custom", "live_response", "siem"}
	for _, c := range []struct {
		target string
		may    []string
	}{
		{"/integrationServices/v3/notification", []string{"siem"}},
		{"/integrationServices/v3/notification?x=1", []string{"siem"}},
		{"/integrationServices/v3/notifications", []string{"api"}},
		{"/integrationServices/v3/./notification", []string{"siem"}},
		{"/integrationServices/v3//notification", []string{"siem"}},
		{"/integrationServices/v3/device/../notification", []string{"siem"}},
		{"/integrationServices/v3/%6eotification", []string{"siem"}},
		{"/integrationServices/v3/notification/../device", []string{"api"}},
		{"/integrationServices/v3/notification%2f..%2Fdevice", []string{"api"}},
		{"/integrationServices/v3/cblr/session", []string{"live_response"}},
		{"/integrationServices/v3/cblr", []string{"live_response"}},
		{"/integrationServices/v3/device", []string{"api"}},
		{"/integrationServices/v3/device?path=/integrationServices/v3/notification", []string{"api"}},
		{"/appservices/v6/orgs/ABCD1234/devices/1", []string{"api", "custom"}},
		{"/api/alerts/v7/orgs/ABCD1234/alerts/_search", []string{"api", "custom"}},
	} {
		for _, keyType := range all {
			credential := DemoCredential("carbonblack", keyType)
			a := simulator(t, "carbonblack", Config{Credential: credential}, midnight).
				Check(keyRequest(c.target, "DEMO-API-SECRET-NOT-A-SECRET/DEMOAPIID1"))
			if want := slices.Contains(c.may, keyType); a.Accepted != want {
				t.Errorf("%s with a key of type %s: got %v, want %v", c.target, keyType, a.Accepted, want)
			} else if !want && (a.Status != 401 || !strings.Contains(a.Reason, "may not call this path")) {
				t.Errorf("%s with a key of type %s: got status %d, %q", c.target, keyType, a.Status, a.Reason)
			}
		}
	}
}

func TestCarbonBlackRateLimit(t *testing.T) {
	now := midnight
	s := simulator(t, "carbonblack", Config{
		Credential: DemoCredential("carbonblack", ""), RateLimit: 2, Now: func() time.Time { return now },
	}, now)
	call := func(token string) *Answer { return s.Check(keyRequest("/integrationServices/v3/device", token)) }
	const good = "DEMO-API-SECRET-NOT-A-SECRET/DEMOAPIID1"
	for range 5 {
		if call("wrong/key").Status != 401 {
			t.Fatal("a wrong key is not answered with 401")
		}
	}
	for range 2 {
		if a := call(good); !a.Accepted {
			t.Fatal(a.Reason)
		}
	}
	now = now.Add(4 * time.Minute)
	if a := call(good); a.Accepted || a.Status != 429 || a.Header.Get("Retry-After") != "60" {
		t.Errorf("got %v, status %d, Retry-After %q", a.Accepted, a.Status, a.Header.Get("Retry-After"))
	}
	// The blocked call counted: it has taken the place of the one that leaves the window now.
	if a := call(good); a.Header.Get("Retry-After") != "300" {
		t.Errorf("calling on does not extend the block: Retry-After %q", a.Header.Get("Retry-After"))
	}
	now = now.Add(5 * time.Minute)
	if a := call(good); !a.Accepted {
		t.Error(a.Reason)
	}
}
