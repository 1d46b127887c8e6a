package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// Duo signs the method in upper case, so that whoever is between an app and the gateway can change POST to post. It makes no second
// request of a used signature, and none that the app's allow does not list.
func TestAMethodInAnotherCaseGainsNothing(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var sent []string
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = append(sent, r.Method) })
		app := map[string]any{"name": "billing", "keyId": duoApp.ikey, "secret": duoApp.skey}
		limited := map[string]any{"name": "soar", "keyId": duoReal.ikey + "x", "secret": duoApp.skey + "x", "allow": []any{"GET|POST /a"}}
		handler, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
			"insecureUpstream": "true", "insecureDownstream": "true", "window": "281s", "apps": []any{app, limited}}}, next)
		if err != nil {
			t.Fatal(err)
		}
		soar := duoClient{duoReal.ikey + "x", duoApp.skey + "x"}
		for _, test := range []struct {
			client       duoClient
			method, as   string
			status       int
			want, detail string
		}{
			{duoApp, "POST", "POST", http.StatusOK, "POST", ""},
			{duoApp, "POST", "post", http.StatusForbidden, "", "replay"},
			{duoApp, "POST", "Post", http.StatusForbidden, "", "replay"},
			{duoApp, "GET", "get", http.StatusOK, "get", ""}, // no safe method: whoever reads it may change something
			{duoApp, "GET", "get", http.StatusForbidden, "", "replay"},
			{soar, "GET", "get", http.StatusForbidden, "", "allow"},
			{soar, "POST", "post", http.StatusForbidden, "", "allow"},
		} {
			sent = nil
			r := test.client.request(test.method, "/a", "", ahead)
			r.Method = test.as
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != test.status || strings.Join(sent, " ") != test.want || !strings.Contains(w.Body.String(), test.detail) {
				t.Errorf("%s as %s: answered %d %s, sent %q", test.method, test.as, w.Code, w.Body, sent)
			}
		}
	})
}
