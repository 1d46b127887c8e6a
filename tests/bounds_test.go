package tests

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// What a client can make long or numerous is bounded before it is looked at: interpreted, each of these requests took seconds.
func TestARequestThatWouldTakeLongToLookAtIsRefusedFirst(t *testing.T) {
	names := func(n int) http.Header {
		h := make(http.Header)
		for i := range n {
			h[fmt.Sprintf("X-Forwarded-%d", i)] = []string{"a"} // none of them reaches the vendor
		}
		return h
	}
	tests := []struct {
		name    string
		target  string
		header  http.Header
		policy  string
		verdict string
	}{
		{"a path with very many readings", "/" + strings.Repeat("%E9a", 4100), nil, "", headTooLarge},
		{"a long path that the list does not have", "/" + strings.Repeat("a", 16<<10), nil, `,"allow":"GET /b"`, headTooLarge},
		{"a thousand headers that are removed", "", names(1000), "", signedVerdict},
		{"one more", "", names(1001), "", headTooLarge},
		{"a Connection of 1 KiB", "", http.Header{"Connection": {strings.Repeat("a,", 512)}}, "", signedVerdict},
		{"a longer one", "", http.Header{"Connection": {strings.Repeat("a,", 512) + "a"}}, "", headTooLarge},
		{"one on many lines", "", http.Header{"Connection": strings.Split(strings.Repeat("a ", 513), " ")}, "", headTooLarge},
		{"as many parameters as are compared", "/a?type=op" + strings.Repeat("&b", 999), nil, `,"allow":"GET /a ?type=op"`, signedVerdict},
		{"one more parameter", "/a?type=op" + strings.Repeat("&b", 1000), nil, `,"allow":"GET /a ?type=op"`, notAllowed},
		{"one more after a semicolon", "/a?type=op" + strings.Repeat("&b", 999) + ";b", nil, `,"allow":"GET /a ?type=op"`, notAllowed},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := attempt{policy: `{"host":"vendor.example"` + test.policy + `}`, target: test.target, header: test.header.Clone()}
			if o := try(t, d, a); o.verdict() != test.verdict {
				t.Errorf("%s: %s, want %s", test.name, o.verdict(), test.verdict)
			}
		}
	})
}

// Each byte of a path that servers read differently is compared a dozen times with all guards, so that 15 KB took half a second.
func TestAPathIsComparedWithGuardsInFewBytes(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for n, want := range map[int]string{1000: signedVerdict, 7500: "Bad Request bad-target"} {
			path := "/" + strings.Repeat("\xe9a", n)
			if o := try(t, d, attempt{vendor: "duo", config: credentials["duo"], target: path}); o.verdict() != want {
				t.Errorf("%d characters: %s, want %s", 2*n, o.verdict(), want)
			}
		}
	})
}

func TestAHeaderWithAVeryLongNameDoesNotReachTheVendor(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		kept, removed := "A"+strings.Repeat("-", 255), "A"+strings.Repeat("-", 256)
		o := try(t, d, attempt{header: http.Header{kept: {"a"}, removed: {"a"}}})
		if o.verdict() != signedVerdict || o.r.Header[kept] == nil || o.r.Header[removed] != nil {
			t.Errorf("%s, %v", o.verdict(), o.r.Header)
		}
	})
}

// Anybody can send what is verified, so it is bounded before that.
func TestARequestThatWouldTakeLongToVerifyIsRefusedFirst(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		handler, err := p.New(duoApps(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if err != nil {
			t.Fatal(err)
		}
		many := httptest.NewRequest("GET", "/admin/v1/users/1", nil)
		for i := range 1001 {
			many.Header.Set(fmt.Sprintf("A-%d", i), "a")
		}
		for name, r := range map[string]*http.Request{
			"a long target": httptest.NewRequest("GET", "/admin/v1/users/1?"+strings.Repeat("a&", 8<<10), nil),
			"many headers":  many,
		} {
			w := httptest.NewRecorder()
			if handler.ServeHTTP(w, r); w.Code != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s: %d, want 431", name, w.Code)
			}
		}
	})
}

func TestAnAppsSignatureWithVeryManyNamesIsNotRead(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		judge, err := d.Verifier("aws", []byte(`{"apps":[{"name":"a","key_id":"AKIAEXAMPLE","secret":"canarycanary"}]}`), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		const names = "host;x-amz-date"
		for more, want := range map[int]string{8<<10 - len(names): "signature", 8<<10 - len(names) + 1: "unsigned"} {
			header := http.Header{"X-Amz-Date": {"20260102T120000Z"}, "Authorization": {
				"AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260102/eu-west-1/s3/aws4_request, SignedHeaders=" + names +
					strings.Repeat(";", more) + ", Signature=" + strings.Repeat("ab", 32)}}
			if _, refused, detail := judge("GET", "https", "s3.example", "/", header, nil, atNoon()); refused != want {
				t.Errorf("%d bytes more: %q (%s), want %q", more, refused, detail, want)
			}
		}
	})
}
