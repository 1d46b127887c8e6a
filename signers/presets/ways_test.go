package presets

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestOneOfTheWaysToATokenIsRequired(t *testing.T) {
	graph := signers.Values{"tenant_id": {"contoso.example"}, "client_id": {"id"}}
	zscaler := signers.Values{"vanity_domain": {"acme"}, "client_id": {"id"}}
	for _, test := range []struct {
		name, vendor  string
		values        signers.Values
		option, value string
		want          string
	}{
		{"none of two", "microsoft_graph", graph, "", "", "microsoft_graph: certificate or client_secret is required"},
		{"a key without its certificate", "microsoft_graph", graph, "private_key", "1", "microsoft_graph: certificate or client_secret is required"},
		{"no text in place of a secret", "microsoft_graph", graph, "client_secret", "", "microsoft_graph: certificate or client_secret is required"},
		{"the last", "microsoft_graph", graph, "client_secret", "s", ""},
		{"none of two", "zscaler", zscaler, "", "", "zscaler: private_key or client_secret is required"},
		{"the last", "zscaler", zscaler, "client_secret", "s", ""},
	} {
		values := signers.Values{}
		for name, list := range test.values {
			values[name] = list
		}
		if test.value != "" {
			values[test.option] = []string{test.value}
		}
		scheme, err := signers.Lookup(test.vendor)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, faults := scheme.Signer(values); len(faults) > 0 {
			got = signers.FaultsError(test.vendor, faults).Error()
		}
		if got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.name, test.vendor, got, test.want)
		}
	}
}
