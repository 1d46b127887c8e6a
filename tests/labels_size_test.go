package tests

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A label, and its name, can have megabytes, and Traefik loads the middlewares of everybody one after another.
func TestLongLabelsAreRefusedAtOnce(t *testing.T) {
	long := strings.Repeat("a", 2<<20)
	duo := func(name string, value any) map[string]any {
		return map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example", name: value}}
	}
	entries := make([]any, 100000)
	for i := range entries {
		entries[i] = "GET /users/**"
	}
	same := make([]any, 2000)
	for i := range same {
		same[i] = map[string]any{"name": "a", "keyId": "DIAPP000000000000001", "secret": "0123456789012345678901234567890123456789"}
	}
	tests := []struct {
		name   string
		config map[string]any
		want   string
	}{
		{"an unknown option", duo(long, "x"), "unknown option (not shown: it does not look like a name); known are integrationKey, secretKey"},
		{"an unknown vendor", map[string]any{long: map[string]any{"a": "b"}}, "unknown vendor (not shown: it does not look like a name); known are"},
		{"a variable", duo("secretKey", "env:VENDORSIGN_"+long), "duo: secretKey: environment variable \"VENDORSIGN_aaaaaaaa"},
		{"many apps of one name", duo("apps", same), "duo: app a: there are two apps of this name; app a: another app has this keyId; app a: there"},
		{"an app's unknown option", duo("apps", []any{map[string]any{long: "x"}}), "duo: apps[0]: unknown option (not shown"},
		{"allow in one text", duo("allow", "GET /"+strings.Repeat("*/", 1<<20)), "duo: allow is longer than 64 KiB"},
		{"allow in one text of many entries", duo("allow", strings.Repeat("GET /users/**,", 100000)), "duo: allow is longer than 64 KiB"},
		{"allow as a list", duo("allow", entries), "duo: allow is longer than 64 KiB"},
		{"allow as Traefik splits it", duo("allow", strings.Split(strings.Repeat("GET /users/**,", 100000), ",")), "duo: allow is longer than 64 KiB"},
		{"clientHosts", duo("clientHosts", strings.Repeat("a.internal,", 10000)), "duo: clientHosts is longer than 64 KiB"},
		{"an app's allow", duo("apps", []any{map[string]any{"name": "a", "keyId": "K", "secret": "s", "allow": entries}}),
			"duo: apps[0]: allow is longer than 64 KiB"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			err := make(chan error, 1)
			go func() {
				_, e := p.New(test.config, http.NotFoundHandler())
				err <- e
			}()
			select {
			case got := <-err:
				if got == nil || !strings.Contains(got.Error(), test.want) || len(got.Error()) > 5000 {
					t.Errorf("%s: the error is %.300v, want one with %q", test.name, got, test.want)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: loaded for more than 10 s", test.name)
			}
		}
		// 1,000 entries are more than any list has.
		if _, err := p.New(duo("allow", entries[:1000]), http.NotFoundHandler()); err != nil {
			t.Error(err)
		}
	})
}
