package modules

import (
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// A surveyor or a guard that a configuration has itself would leave what comes later without a guard: requests left unsigned.
func TestAConfigurationHasNoGuardAndNoSurveyorOfItsOwn(t *testing.T) {
	const surveyor, named = `{"handler":"vendorsign_survey"}`, `{"handler":"vendorsign_survey","route":"n","within":PROXY}`
	for _, tt := range []struct{ before, after, named string }{
		{before: surveyor},
		{after: surveyor},
		{after: `{"handler":"vendorsign_survey","route":"n"},{"handler":"invoke","name":"n"}`, named: "PROXY"},
		{after: named, named: "PROXY"},
		{after: `{"handler":"invoke","name":"n"}`, named: named},
		{after: `{"handler":"invoke","name":"n"}`, named: surveyor + ",PROXY"},
		{before: `{"handler":"reverse_proxy","upstreams":[{"dial":"b.example:80"}],"transport":{"protocol":"vendorsign_guard"}}`},
		{after: `{"handler":"reverse_proxy","upstreams":[{"dial":"b.example:80"}],"transport":{"protocol":"vendorsign_guard","below":{"protocol":"http"}}}`},
	} {
		route := func(handler string) string {
			if handler == "" {
				handler = `{"handler":"static_response"}`
			}
			return `{"match":[{"path":["/x"]}],"handle":[` + handler + `]},`
		}
		config := `{"admin":{"disabled":true},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},"apps":{"http":{"servers":{"a":{
			"listen":["` + freeTCP(t) + `"],"automatic_https":{"disable":true},"routes":[` + route(tt.before) + `{"match":[{"path":["/signed"]}],
			"handle":[{"handler":"darktrace_sign","public_token":"demo","private_token":"x","host":["a.example"],"insecure_upstream":true},PROXY]},` +
			route(tt.after) + `{"handle":[PROXY]}]`
		if tt.named != "" {
			config += `,"named_routes":{"n":{"handle":[` + tt.named + `]}}`
		}
		config = strings.ReplaceAll(config+`}}}}}`, "PROXY", `{"handler":"reverse_proxy","upstreams":[{"dial":"a.example:80"}]}`)
		if err := caddy.Validate(mustParse(t, config)); err == nil || !strings.Contains(err.Error(), errMade.Error()) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
