package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// Forty tenants of one vendor in one gateway, each of them a file: a request for a tenant is signed with its key and no
// other, and every option stands in the file.
func TestFortyTenantsInOneGateway(t *testing.T) {
	const tenants = 40
	eachForm(t, func(t *testing.T, f form) {
		h := newHome(t)
		host := "api.duo.example"
		if f == caddyTransport { // it compares with the address that is dialled
			host = "127.0.0.1"
		}
		var judges []judge
		v := newVendor(t, "duo", mode{options: duo}.credential(), nil)
		v.judge(func(r *vendorsim.Request) *vendorsim.Answer { // each tenant's API knows its own key only
			var n int
			if _, err := fmt.Sscanf(r.Target, "/tenant/%d/", &n); err != nil || n >= len(judges) {
				t.Errorf("%s arrived", r.Target)
				n = 0
			}
			return judges[n](r)
		})
		var routes []*route
		for n := range tenants {
			key := options{"integration_key": fmt.Sprintf("DITENANT%012d", n), "secret_key": fmt.Sprintf("secret-of-tenant-%024d", n),
				"signature_version": []int{5, 4, 2}[n%3]}
			judge := key.with(options{"signature_version": nil}).of(t, "duo")
			judges = append(judges, judge)
			name := fmt.Sprintf("tenant-%d", n)
			file := h.put(t, name+".json", key.with(options{"host": host, "insecure_upstream": true, "allow": []string{"GET|POST /tenant/**"}, "max_body": "1KiB"}))
			routes = append(routes, &route{name: name, signer: "duo", vendor: v, options: options{"credentials_file": file, "host": host}})
		}
		s := setup{form: f, home: h}
		if f == traefik {
			for _, r := range routes {
				s.routes = append(s.routes, &route{name: r.name, signer: "duo", vendor: v, options: r.options.with(options{"host": nil})})
			}
		} else {
			s.sites = func(port int) string {
				signs := map[form]string{
					caddyHandler:   "duo_sign %[2]s/{args[0]}.json\n\t\treverse_proxy %[3]s",
					caddyTransport: "reverse_proxy %[3]s {\n\t\t\ttransport duo_sign %[2]s/{args[0]}.json\n\t\t}",
				}[f]
				sites := fmt.Sprintf("(duo_tenant) {\n\thttp://{args[0]}.test:%[1]d {\n\t\t"+signs+"\n\t}\n}\n", port, h.secrets, v.addr)
				for _, r := range routes {
					sites += "import duo_tenant " + r.name + "\n"
				}
				return sites
			}
		}
		g := s.start(t)
		for n, r := range routes {
			for _, in := range []request{
				{method: "GET", target: fmt.Sprintf("/tenant/%d/users?b=1&a=2", n)},
				{method: "POST", target: fmt.Sprintf("/tenant/%d/users", n), header: []string{asForm}, body: []byte("b=1&a=2")},
			} {
				a, _ := g.accepted(t, r, in)
				if want := fmt.Sprintf("DITENANT%012d", n); a.key() != want {
					t.Errorf("%s: signed with %s", r.name, a.key())
				}
			}
		}
		// The witness tells tenants apart, and the files' policies hold.
		if got := g.send(t, routes[3], request{method: "GET", target: "/tenant/5/users"}); got.status != http.StatusUnauthorized {
			t.Errorf("a tenant's key is taken for another's: %d", got.status)
		}
		g.refused(t, routes[7], request{method: "GET", target: "/other"}, http.StatusForbidden, "not-allowed")
		g.refused(t, routes[7], request{method: "POST", target: "/tenant/7/users", header: []string{asForm}, body: []byte(strings.Repeat("a", 2000))},
			http.StatusRequestEntityTooLarge, "body-too-large")
	})
}
