package outbound

import (
	"net/http"
	"testing"
)

func TestQuickLeavesWhatAllowMayRefuseToSign(t *testing.T) {
	list, conditions, err := newAllow([]string{"GET /api/** /a", "* /any", "POST /x ?q=1"})
	if err != nil {
		t.Fatal(err)
	}
	// Entries with parameters alone restrict as well: nil would permit everything.
	if only, _, err := newAllow([]string{"POST /x ?q=1"}); err != nil || only == nil {
		t.Fatalf("an entry with parameters alone: %v, %v", only, err)
	}
	c := &credential{allow: list, conditions: conditions}
	for _, test := range []struct {
		name, method, target string
		left                 bool
	}{
		{"a path of an entry", "GET", "/api/x/y", false},
		{"a query does not count", "GET", "/a?/b", false},
		{"any method", "DELETE", "/any", false},
		{"another method", "POST", "/api/x", true},
		{"another path", "GET", "/b", true},
		{"another letter case", "GET", "/A", true},
		{"an entry with a parameter", "POST", "/x?q=1", true},
		{"two dots", "GET", "/api/../x", true},
		{"an escape", "GET", "/api/%2e%2e/x", true},
		{"two slashes", "GET", "/api//x", true},
		{"a semicolon", "GET", "/api/x;y", true},
		{"a backslash", "GET", `/api/x\y`, true},
		{"a wide slash", "GET", "/api/x\uff0fy", true},
	} {
		if got := quickUnlisted(c, &http.Request{Method: test.method, RequestURI: test.target}); got != test.left {
			t.Errorf("%s: left to Sign: %v", test.name, got)
		}
	}
}
