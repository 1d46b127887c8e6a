package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// An app's local key is tried by a probe of the gateway, whose refusals must not pass for the vendor's: a revoked key is no
// "right signature without the right".
func TestARefusalOfAGatewayIsNotTakenForTheVendors(t *testing.T) {
	const own, pages = "https://github.com/vendorsign/vendorsign/blob/main/docs/problems.md#app-refused", "https://problems.example/#forbidden"
	status, kind := 403, own
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"type": %q, "title": "t", "status": %d, "detail": "revoked: the key is revoked\u001b[2J"}`, kind, status)
	}))
	defer server.Close()
	t.Setenv("PROBE_SECRET", "a-secret-of-some-length")
	for _, tt := range []struct {
		kind         string
		status, code int
		out, errs    string
	}{
		{own, 403, 1, "refused 403 Forbidden by a gateway with Vendorsign: revoked: the key is revoked[2J (app-refused) reached ", "the gateway refused the request\n"},
		{own, 429, 1, "refused 429 Too Many Requests by a gateway with Vendorsign: revoked: ", "the gateway refused the request\n"},
		{pages, 403, 0, "refused 403 Forbidden: class K rights: ", ""},
	} {
		kind, status = tt.kind, tt.status
		code, out, errs := runArgs("probe", "duo", "--integration-key", "DIX", "--secret-key", "env:PROBE_SECRET", "--host", "duo.internal",
			"--upstream", server.URL, "--insecure-upstream")
		if code != tt.code || !strings.HasPrefix(strings.Join(strings.Fields(out), " "), tt.out) || !strings.HasSuffix(errs, tt.errs) {
			t.Errorf("%s: %d\n%s%s", tt.kind, code, out, errs)
		}
	}

	// The line of a proxy.
	for kind, want := range map[string]string{
		own:   "GET \"/x\" 404 refused by a gateway with Vendorsign: gone (app-refused)\n",
		pages: "GET \"/x\" 404\n",
	} {
		var lines bytes.Buffer
		p := &proxying{out: &lineWriter{out: &lines}}
		response := &http.Response{StatusCode: 404, Header: http.Header{"Content-Type": {"application/problem+json"}},
			Body: io.NopCloser(strings.NewReader(`{"type": "` + kind + `", "detail": "gone"}`))}
		p.answered(httptest.NewRequest("GET", "/x", nil), response, nil)
		if _, line, _ := strings.Cut(lines.String(), "GET"); "GET"+line != want {
			t.Errorf("%q, want %q", lines.String(), want)
		}
	}
}
