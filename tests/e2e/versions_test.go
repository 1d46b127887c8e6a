package e2e

import (
	"bufio"
	"debug/buildinfo"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// since tells whether the gateway of this form has that version or a newer one. docs/versions.md has what differs.
func (f form) since(t testing.TB, version string) bool {
	t.Helper()
	program, module := caddyBin, "github.com/caddyserver/caddy/v2"
	if f == traefik {
		program, module = traefikBin, "github.com/traefik/traefik/v3"
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module {
			return slices.Compare(numbers(t, m.Version), numbers(t, version)) >= 0
		}
	}
	t.Fatalf("%s was not built with %s", program, module)
	return false
}

func numbers(t testing.TB, version string) []int {
	t.Helper()
	n := make([]int, 3)
	if _, err := fmt.Sscanf(version, "v%d.%d.%d", &n[0], &n[1], &n[2]); err != nil {
		t.Fatalf("version %q: %v", version, err)
	}
	return n
}

func TestVersionsAreOrderedByTheirNumbers(t *testing.T) {
	ordered := []string{"v2.11.3", "v2.11.9", "v2.11.10", "v2.12.0", "v3.0.0"}
	for i := range ordered[1:] {
		if slices.Compare(numbers(t, ordered[i]), numbers(t, ordered[i+1])) >= 0 {
			t.Errorf("%s does not come before %s", ordered[i], ordered[i+1])
		}
	}
}

// drains tells whether a gateway reads a refused body to its end, or 256 KiB of it, before it answers. Caddy does since
// 2.11.5: its own reader hides from Go's server how long a body is and that its client waits for 100 Continue. It gives up
// after a minute without a byte.
func drains(t testing.TB, f form) bool {
	t.Helper()
	return f != traefik && f.since(t, "v2.11.5")
}

// drained is as much as a gateway that drains wants to see.
var drained = make([]byte, 256<<10+1)

// unanswered sends more, and fails the test if an answer came before.
func unanswered(t testing.TB, conn net.Conn, in *bufio.Reader, more []byte) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("answered before any of the body: %v", err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(more); err != nil {
		t.Fatal(err)
	}
}

// Newer versions of Caddy take less of a head, and drop headers whose names have an underscore or a dot.
func TestNewerCaddysTakeFewerHeaders(t *testing.T) {
	t.Parallel()
	for _, f := range []form{caddyHandler, caddyTransport} {
		t.Run(string(f), func(t *testing.T) {
			strict := f.since(t, "v2.11.5")
			r := find("threatconnect").route(t, f)
			g := start(t, f, r)
			a, _ := g.accepted(t, r, request{method: "GET", target: "/api", header: []string{"X_App_Id: 1", "X.App.Id: 2", "X-App-Id: 3"}})
			for name, arrives := range map[string]bool{"X_app_id": !strict, "X.app.id": !strict, "X-App-Id": true} {
				if got := a.header.Values(name); len(got) > 0 != arrives {
					t.Errorf("%s: %q arrived", name, got)
				}
			}
			want := 200
			if strict {
				want = 431
			}
			if got := g.send(t, r, request{method: "GET", target: "/api", header: []string{"Cookie: a=" + strings.Repeat("a", 30<<10)}}); got.status != want {
				t.Errorf("30 KiB of cookies, which do not go to the vendor: answered %d", got.status)
			}
		})
	}
}

// Traefik 3.7.13 refuses a target without a path before the plugin does.
func TestATargetWithoutAPathIsRefusedByEveryTraefik(t *testing.T) {
	t.Parallel()
	r := find("threatconnect").route(t, traefik)
	g := start(t, traefik, r)
	answer, err := exchange(g.addr, "GET htt:p://evil.example/x HTTP/1.1\r\nHost: "+r.name+".test\r\nConnection: close\r\n\r\n")
	ours := strings.Contains(answer, "application/problem+json")
	if err != nil || !strings.HasPrefix(answer, "HTTP/1.1 400 ") || ours == traefik.since(t, "v3.7.13") {
		t.Errorf("%v, %q", err, answer)
	}
	if got := r.vendor.since(0); len(got) > 0 {
		t.Errorf("arrived: %q", got[0].raw)
	}
}

// An entry point's aliasHeadersStrategy is new in Traefik 3.7.12, which goes without it; older ones do not start with it.
func TestTheStrategyForLookAlikesNeedsANewTraefik(t *testing.T) {
	t.Parallel()
	r := find("threatconnect").route(t, traefik)
	s := setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(_ int, static, _ object) {
		static["entryPoints"].(object)["web"].(object)["http"] = object{"aliasHeadersStrategy": "delete"}
	}}
	if !traefik.since(t, "v3.7.12") {
		p, err := s.startTraefik(t, freePort(t))
		if err != nil {
			t.Fatal(err)
		}
		defer p.stop()
		until(t, "Traefik has ended", func() bool {
			select {
			case <-p.done:
				return true
			default:
				return false
			}
		})
		if !strings.Contains(p.log.String(), "aliasHeadersStrategy") {
			t.Errorf("ended with %s", p.log)
		}
		return
	}
	g := s.start(t)
	a, _ := g.accepted(t, r, request{method: "GET", target: "/api", header: []string{"X_App_Id: 1", "X.App.Id: 2", "X-App-Id: 3"}})
	if a.header.Get("X_app_id")+a.header.Get("X.app.id") != "" || a.header.Get("X-App-Id") != "3" {
		t.Errorf("arrived with %v", a.header)
	}
}
