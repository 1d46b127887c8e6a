package modules

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// A list that a template left empty is no list that is left out: without allow everything would be allowed.
func TestAListWithoutAnEntryIsRefusedInJSON(t *testing.T) {
	for _, option := range []string{"allow", "client_hosts"} {
		for _, value := range []string{`[]`, `null`, `""`} {
			var m any = new(DuoSign).CaddyModule().New()
			err := caddy.StrictUnmarshalJSON([]byte(`{"host":["h"],"`+option+`":`+value+`}`), &m)
			if err == nil || !strings.Contains(err.Error(), option) {
				t.Errorf("%s %s: %v", option, value, err)
			}
		}
	}
}
