package outbound

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/vendors"
)

func TestTheShortWaySignsForVerifiedAppsAloneWhereOneIsRequired(t *testing.T) {
	rights, err := NewRights([]string{"GET /devices"})
	if err != nil {
		t.Fatal(err)
	}
	scheme, err := signers.Lookup("darktrace")
	if err != nil {
		t.Fatal(err)
	}
	values := signers.Values{"public_token": {"public"}, "private_token": {"real"}, "host": {"vendor.example"}, "require_app": {"true"}}
	signer, faults := scheme.Signer(values)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	g, faults := New("darktrace", signer, values)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	tests := []struct {
		name, target string
		app          *App
		want         bool
	}{
		{"nobody's", "/devices", nil, false},
		{"an app's", "/devices", &App{Name: "a", Vendor: "darktrace"}, true},
		{"an app's, within its rights", "/devices?a=1", &App{Name: "a", Vendor: "darktrace", Rights: rights}, true},
		{"an app's, beyond its rights", "/models", &App{Name: "a", Vendor: "darktrace", Rights: rights}, false},
		{"an app's of another scheme", "/devices", &App{Name: "a", Vendor: "duo"}, false},
		{"an app's with the secret of the credential", "/devices", &App{Name: "a", Vendor: "darktrace", Secrets: []string{SecretPrint("real")}}, false},
	}
	for _, tt := range tests {
		for name, way := range map[string]func(g *Gate, r *http.Request, a *App) *Outcome{"Quick": Quick, "QuickVerified": QuickVerified} {
			u, err := url.ParseRequestURI(tt.target)
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Method: "GET", Host: "gateway.internal", URL: u, RequestURI: tt.target, Header: make(http.Header), Body: http.NoBody}
			if name == "QuickVerified" {
				r.Header["Dtapi-Token"], r.Header["Dtapi-Signature"] = []string{"local"}, []string{"of the app"}
			}
			signed := way(g, r, tt.app) != nil
			if signed != tt.want || signed && r.Header.Get("Dtapi-Token") != "public" {
				t.Errorf("%s, %s: signed %v, want %v", name, tt.name, signed, tt.want)
			}
		}
	}
}
