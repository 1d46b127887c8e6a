package traefikplugin

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The signer's own event would stop such a request, too, so that only a sink that loses the app's event alone shows who stops it.
func TestARequestWhoseAppsEventAloneIsLostIsNotSentIfAuditIsRequired(t *testing.T) {
	sent := 0
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ })
	const id, secret = "DIAPP000000000000001", "0123456789012345678901234567890123456789"
	m, err := newMiddleware(next, &Config{Blocks: map[string]interface{}{"duo": map[string]interface{}{
		"integrationKey": "DIXXXXXXXXXXXXXXXXXX", "secretKey": "abcdefghijabcdefghijabcdefghijabcdefghij", "host": "api-1.duosecurity.com",
		"audit": "required", "apps": []interface{}{map[string]interface{}{"name": "billing", "keyId": id, "secret": secret}}}}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	scheme, err := signers.Lookup("duo")
	if err != nil {
		t.Fatal(err)
	}
	app, faults := scheme.Signer(signers.Values{"integration_key": {id}, "secret_key": {secret}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for lost, want := range map[string]int{"app_verified": http.StatusServiceUnavailable, "nothing": http.StatusOK} {
		m.trail.Write = func(line []byte) error {
			if bytes.Contains(line, []byte(lost)) {
				return errors.New("no space left on device")
			}
			return nil
		}
		sent = 0
		r := httptest.NewRequest("GET", "http://duo.internal/admin/v1/users", nil)
		r.RequestURI, r.Body = "/admin/v1/users", http.NoBody
		at := time.Now().Add(time.Second) // an earlier one may have been used before the start
		message := &signers.Message{Method: r.Method, Host: r.Host, Target: r.RequestURI, Header: r.Header}
		if err := app.Sign(message, &signers.Moment{Time: at, Date: app.Date(at)}); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		(&verifying{m}).ServeHTTP(w, r)
		if w.Code != want || (sent == 1) != (want == http.StatusOK) {
			t.Errorf("with %s lost: answered %d %s, and %d were sent", lost, w.Code, w.Body, sent)
		}
	}
}
