package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/attack"
)

// attackedVendor keeps what reaches a vendor.
type attackedVendor struct {
	sync.Mutex
	all []*attack.Parsed
}

func (v *attackedVendor) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.Lock()
	defer v.Unlock()
	v.all = append(v.all, &attack.Parsed{Request: r, Body: string(body)})
}

func (v *attackedVendor) arrived() []*attack.Parsed {
	v.Lock()
	defer v.Unlock()
	all := v.all
	v.all = nil
	return all
}

// attackedSite is a Caddyfile with the apps of a client, and a handler or a transport that signs with the real key.
func attackedSite(c *attack.Client, f form, addr, vendor string) string {
	var b strings.Builder
	b.WriteString("{\n\tadmin off\n\tpersist_config off\n\tauto_https off\n}\nhttp://:" + addr[strings.LastIndex(addr, ":")+1:] + " {\n")
	b.WriteString("\tbind 127.0.0.1\n\tvendorsign_verify " + c.Vendor + " {\n\t\twindow 1m\n\t\tinsecure_downstream\n")
	for n, name := range []string{"app", "other", "gone", "ended"} {
		k := c.KeyOf(n)
		more := map[int]string{attack.Gone: "\t\t\trevoked\n", attack.Ended: "\t\t\texpires 2026-01-02\n"}[n]
		fmt.Fprintf(&b, "\t\tapp %s {\n\t\t\tkey_id %s\n\t\t\tsecret %s\n%s\t\t}\n", name, k.ID, k.Secret, more)
	}
	real := c.KeyOf(attack.Real)
	options := fmt.Sprintf("\t\t%s %s\n\t\t%s %s\n\t\thost %s\n\t\tinsecure_upstream\n\t\trequire_app\n", c.Key, real.ID, c.Secret, real.Secret, vendor)
	for name, value := range c.More {
		options += "\t\t" + name + " " + value + "\n"
	}
	if f == caddyHandler {
		return b.String() + "\t}\n\tvendorsign " + c.Vendor + " {\n" + options + "\t}\n\treverse_proxy " + vendor + "\n}\n"
	}
	return b.String() + "\t}\n\treverse_proxy " + vendor + " {\n\t\ttransport vendorsign " + c.Vendor + " {\n" + options + "\t\t}\n\t}\n}\n"
}

// startAttacked runs a Caddy for the apps of a client until the test ends.
func startAttacked(t *testing.T, c *attack.Client, f form) *attack.Gateway {
	t.Helper()
	vendor := new(attackedVendor)
	server := httptest.NewServer(vendor)
	t.Cleanup(server.Close)
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	p, err := startCaddy(t, newHome(t), attackedSite(c, f, addr, strings.TrimPrefix(server.URL, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	if err := p.waitReady(func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}); err != nil {
		t.Fatalf("%v\n%s", err, tail(p.log.String()))
	}
	return &attack.Gateway{Address: addr, Arrived: vendor.arrived, Started: true, Drops: f.since(t, "v2.11.5")}
}

func TestNoAttackOnAnAppsRequestLeavesCaddy(t *testing.T) {
	for _, c := range attack.Clients {
		for _, f := range []form{caddyHandler, caddyTransport} {
			t.Run(fmt.Sprint(c.Name, "/", f), func(t *testing.T) {
				for _, fault := range startAttacked(t, c, f).Attack(c, time.Now()) {
					t.Error(fault)
				}
			})
		}
	}
}

// Each request comes alone to a Caddy of its client: with VENDORSIGN_RUNS that many to all of them.
func TestWhatIsNoAppsOwnRequestNeverLeavesCaddy(t *testing.T) {
	n := 100
	if text := os.Getenv("VENDORSIGN_RUNS"); text != "" {
		all, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal("VENDORSIGN_RUNS must be a positive number")
		}
		n = 1 + all/len(attack.Clients)
	}
	for i, c := range attack.Clients {
		t.Run(c.Name, func(t *testing.T) {
			g := startAttacked(t, c, []form{caddyHandler, caddyTransport}[i%2])
			j := g.Hostile(c, time.Now(), n, rand.New(rand.NewPCG(22, uint64(n))))
			for _, wrong := range j.Wrong {
				t.Error(wrong)
			}
			if n >= 100 && (j.Left == 0 || j.Left == j.Sent) {
				t.Errorf("of %d requests %d left", j.Sent, j.Left)
			}
		})
	}
}
