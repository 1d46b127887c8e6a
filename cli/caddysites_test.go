package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/config"
)

// The index of sites finds the modules that a comparison of all pairs finds, in their order, whatever the routes match.
func TestTheIndexOfSitesFindsWhatAllPairsDo(t *testing.T) {
	matches := []string{
		``, `"match":[{"host":["a.example"]}],`, `"match":[{"host":["A.Example"]}],"terminal":true,`, `"match":[{"host":["b.example","a.example"]}],`,
		`"match":[{"host":["*.example"]}],`, `"match":[{"host":["{env.H}"]}],`, `"match":[{"host":["a.example"]},{"path":["/x"]}],`,
		`"match":[{"path":["/x"]}],"terminal":true,`, `"match":[{"host":[]}],`, `"match":[],`, `"match":[{"host":["c.example"]}],`,
	}
	var routes []string
	for _, match := range matches {
		routes = append(routes, `{`+match+`"handle":[{"handler":"vendorsign","vendor":"acme"},{"handler":"reverse_proxy"}]}`)
	}
	all := strings.Join(append(routes, routes...), ",")
	c := sitesOf(t, `{"apps":{"http":{"servers":{"x":{"routes":[`+all+`],"errors":{"routes":[`+all+`]}},"y":{"routes":[`+all+`]}}}}}`)
	found := 0
	for _, m := range slices.Concat(c.signers, c.proxies) {
		var want []*caddyModule
		for _, p := range c.proxies {
			if sameSite(p, m) {
				want = append(want, p)
			}
		}
		got := c.site(m, &c.proxies)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d modules, want %d", m.field, len(got), len(want))
		}
		found += len(got)
	}
	if found == 0 || found == 2*len(c.proxies)*len(c.proxies) {
		t.Errorf("%d pairs serve one site", found)
	}
}

// Each module of a file with many sites is compared with those of its site alone.
func TestASiteIsNotComparedWithAllOthers(t *testing.T) {
	const n = 500
	var routes []string
	for i := range n {
		routes = append(routes, fmt.Sprintf(`{"match":[{"host":["h%d.example"]}],"handle":[{"handler":"vendorsign","vendor":"acme"}]}`, i))
	}
	c := sitesOf(t, `{"apps":{"http":{"servers":{"x":{"routes":[`+strings.Join(routes, ",")+`]}}}}}`)
	all, compared := newSites(c.signers), 0
	for _, m := range c.signers {
		compared += len(all.candidates(m))
	}
	if len(c.signers) != n || compared != n {
		t.Errorf("%d signers take %d comparisons", len(c.signers), compared)
	}
}

func sitesOf(t *testing.T, text string) *caddyFile {
	t.Helper()
	documents, err := config.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return readCaddy(documents, nil)
}
