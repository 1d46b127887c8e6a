package outbound

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestASignerTakesOnlyAppsOfItsOwnSchemeAndNoneWithItsSecret(t *testing.T) {
	rights, err := NewRights([]string{"GET /users"})
	if err != nil {
		t.Fatal(err)
	}
	app := App{Name: "billing", Vendor: "duo", Secrets: []string{SecretPrint("local")}, Rights: rights}
	tests := []struct {
		name    string
		change  func(a *App)
		without bool // require_app
		path    string
		want    string // the kind of the problem; empty: the request is admitted
	}{
		{"its own", func(a *App) {}, false, "/users", ""},
		{"rewritten to another path", func(a *App) {}, false, "/admins", kindAppRefused.name},
		{"of another vendor", func(a *App) { a.Vendor = "aws" }, false, "/users", kindAppRequired.name},
		{"of another vendor, where none is required", func(a *App) { a.Vendor = "aws" }, true, "/users", ""},
		{"with the credential's secret", func(a *App) { a.Secrets = []string{SecretPrint("local"), SecretPrint("real")} }, false, "/users",
			kindAppRequired.name},
		{"with the credential's secret, where none is required", func(a *App) { a.Secrets = []string{SecretPrint("real")} }, true, "/users",
			kindAppRequired.name},
	}
	for _, tt := range tests {
		own := app
		tt.change(&own)
		c := &credential{policy: &Policy{RequireApp: !tt.without}, traits: &signers.Traits{}, secrets: map[string]bool{SecretPrint("real"): true}}
		r := httptest.NewRequest(http.MethodGet, tt.path, nil)
		r = r.WithContext(WithApp(r.Context(), &own))
		got := ""
		if p := admitApp(&Gate{vendor: "duo"}, c, r, &signers.Message{Method: "GET", Target: tt.path}); p != nil {
			got = p.Kind
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/users", nil)
	if p := admitApp(&Gate{vendor: "duo"}, &credential{policy: &Policy{RequireApp: true}}, r, &signers.Message{}); p == nil || p.Kind != kindAppRequired.name {
		t.Errorf("a request of nobody's: %v", p)
	}
}
