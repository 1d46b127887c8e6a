package modules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// Caddy serves plain http at its http_port alone, if the server has TLS.
func TestAVerifierLoadsWhereItsServerServesTLS(t *testing.T) {
	const routes = `"routes":[{"handle":[{"handler":"vendorsign_verify","vendor":"duo","apps":[{"name":"a","key_id":"DIAPPBILLING00000000","secret":"{env.LISTEN_SECRET}"}]},
		{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:9"}]}]}]`
	t.Setenv("LISTEN_SECRET", "app-secret")
	for _, tt := range []struct{ ports, listen, policies, plain string }{
		{``, `":443"`, `{}`, ""},
		{``, `":443",":80"`, `{}`, ":80"},
		{`"http_port":8080,`, `":8443",":8080"`, `{}`, ":8080"},
		{`"http_port":8080,`, `":80"`, `{}`, ""},
		{`"http_port":8080,`, `":8079-8081"`, `{}`, ":8079-8081"},
		{`"http_port":8080,`, `":8081-8090"`, `{}`, ""},
		{``, `":8443"`, ``, ":8443"},
	} {
		config := fmt.Sprintf(`{"admin":{"disabled":true},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},"apps":{"http":{%s"servers":{"s":{`+
			`"listen":[%s],"tls_connection_policies":[%s],"automatic_https":{"disable":true},%s}}}}}`, tt.ports, tt.listen, tt.policies, routes)
		err := caddy.Validate(mustParse(t, config))
		if tt.plain == "" && err != nil || tt.plain != "" && (err == nil || !strings.Contains(err.Error(), "listens on "+tt.plain+" for plain http")) {
			t.Errorf("%s %s: %v", tt.ports, tt.listen, err)
		}
	}
}
