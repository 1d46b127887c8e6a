package tests

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

var clientHostTests = []struct {
	hosts, asked string
	signed       bool
}{
	{`"duo.internal"`, "duo.internal", true},
	{`"duo.internal"`, "DUO.Internal", true},
	{`"Duo.Internal"`, "duo.internal", true},
	{`"duo.internal"`, "duo.internal:8080", true},
	{`"duo.internal"`, "duo.internal:", true},
	{`"duo.internal"`, "duo.internal.", true},
	{`"duo.internal"`, "duo.internal.:8080", true},
	{`"duo.internal"`, "duo.internal..", false},
	{`"duo.internal"`, "evil.example", false},
	{`"duo.internal"`, "duo.internal.evil.example", false},
	{`"duo.internal"`, "evil-duo.internal", false},
	{`"duo.internal"`, "a.duo.internal", false},
	{`"duo.internal"`, "duoxinternal", false},
	{`"duo.internal"`, "duo.internal:http", false},
	{`"duo.internal"`, "duo.internal:80:80", false},
	{`"duo.internal"`, "duo.internal@evil.example", false},
	{`"duo.internal"`, "evil.example/duo.internal", false},
	{`"duo.internal"`, "duo.internal\nevil.example", false},
	{`"duo.internal"`, " duo.internal", false},
	{`"duo.internal"`, "", false},
	{`"duo.internal"`, "127.0.0.1", false},
	{`"duo.internal"`, "localhost", false},
	{`"kiosk.internal"`, "\u212aio\u017f\u212a.internal", false}, // letters that fold to ASCII
	{`"duo.internal:8080"`, "duo.internal:8080", true},
	{`"duo.internal:8080"`, "duo.internal:8081", false},
	{`"duo.internal:8080"`, "duo.internal", false},
	{`"duo.internal:443"`, "duo.internal", true},
	{`"duo.internal:443"`, "duo.internal:443", true},
	{`"duo.internal:443"`, "duo.internal:80", false},
	{`"*.internal"`, "duo.internal", true},
	{`"*.internal"`, "duo.internal:8080", true},
	{`"*.internal"`, "a.duo.internal", false},
	{`"*.internal"`, ".internal", false},
	{`"*.internal"`, "internal", false},
	{`"*.internal"`, "duo.internal.evil.example", false},
	{`"*.internal:8080"`, "duo.internal:8080", true},
	{`"*.internal:8080"`, "duo.internal", false},
	{`["a.internal","b.internal"]`, "b.internal", true},
	{`["a.internal","b.internal"]`, "c.internal", false},
	{`["a.internal"," b.internal "]`, "b.internal", true},
	{`"10.0.0.5"`, "10.0.0.5:8080", true},
	{`"10.0.0.5"`, "10.0.0.50", false},
	{`"[::1]"`, "[::1]:8080", true},
	{`"::1"`, "[::1]", true},
	{`"[::1]:8080"`, "[::1]:8080", true},
	{`"[::1]"`, "[::2]", false},
}

func TestARequestForAnotherHostThanClientHostsIsRefused(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range clientHostTests {
			want := clientRefused
			if test.signed {
				want = signedVerdict
			}
			a := attempt{policy: `{"host":"vendor.example","client_hosts":` + test.hosts + `}`, change: func(r *http.Request) { r.Host = test.asked }}
			if o := try(t, d, a); o.verdict() != want {
				t.Errorf("%s asked for %q: %s, want %s", test.hosts, test.asked, o.verdict(), want)
			}
		}
	})
}

// The short way and the long one must agree, and the former must be the way that is taken.
func TestTheShortWayChecksClientHosts(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range clientHostTests {
			var got *http.Request
			block := map[string]any{"host": "vendor.example", "publicToken": "pub", "privateToken": "key"}
			if list := labelList(t, test.hosts); list != "" {
				block["clientHosts"] = list
			}
			middleware, err := p.New(map[string]any{"darktrace": block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the first request is never a short one
				got = nil
				r := shortRequest(t, "GET", "/devices", "", false)
				r.Host = test.asked
				a := &shortAnswer{}
				middleware.ServeHTTP(a, r)
				if signed := got != nil; signed != test.signed {
					t.Errorf("%s asked for %q: signed is %v\n%s", test.hosts, test.asked, signed, a.String())
				} else if signed && got.Host != "vendor.example" {
					t.Errorf("%s asked for %q: goes out with Host %q", test.hosts, test.asked, got.Host)
				}
			}
		}
	})
}

// labelList is a list as a label of Traefik's writes it.
func labelList(t *testing.T, list string) string {
	t.Helper()
	var names []string
	if !strings.HasPrefix(list, "[") {
		list = "[" + list + "]"
	}
	if err := json.Unmarshal([]byte(list), &names); err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, ",")
}
