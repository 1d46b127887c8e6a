package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// setup is a gateway with more configuration than routes make.
type setup struct {
	form   form
	home   *home
	routes []*route
	// Caddy: global options in place of those that switch the admin API off, and more sites.
	global string
	sites  func(port int) string
	// Caddy: options of the HTTP transport, for site.
	upstream string
	// Traefik: what differs in its two configurations.
	change func(port int, static, dynamic object)
}

// start is what startIn is for routes alone.
func (s setup) start(t testing.TB) *gateway {
	t.Helper()
	if s.home == nil {
		s.home = newHome(t)
	}
	for attempt := 1; ; attempt++ {
		port := freePort(t)
		g := &gateway{form: s.form, addr: fmt.Sprintf("127.0.0.1:%d", port)}
		var err error
		if s.form == traefik {
			g.process, err = s.startTraefik(t, port)
		} else {
			g.process, err = startCaddy(t, s.home, s.caddyfile(t, port))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err = g.waitReady(func() bool { return answers(g.addr) }); err == nil {
			t.Cleanup(func() {
				g.stop()
				s.home.hasNoSecret(t, s.form, g.log.String())
				if t.Failed() {
					t.Logf("log of %s:\n%s", s.form, tail(g.log.String()))
				}
			})
			return g
		}
		g.stop()
		if attempt == 5 || !g.portTaken() {
			t.Fatalf("%s does not start: %v\n%s", s.form, err, tail(g.log.String()))
		}
	}
}

func (s setup) caddyfile(t testing.TB, port int) string {
	t.Helper()
	text := caddyfile(t, s.form, s.home, port, s.routes)
	if s.global != "" {
		const off = "\tadmin off\n\tpersist_config off\n"
		if !strings.Contains(text, off) {
			t.Fatal("the global options have changed")
		}
		text = strings.Replace(text, off, s.global, 1)
	}
	if s.sites != nil {
		text += s.sites(port)
	}
	return text
}

func (s setup) startTraefik(t testing.TB, port int) (*process, error) {
	t.Helper()
	h := s.home
	if err := os.Symlink(pluginsLocal, filepath.Join(h.dir, "plugins-local")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	static := object{
		"global":      object{"checkNewVersion": false, "sendAnonymousUsage": false},
		"log":         object{"level": "DEBUG", "noColor": true},
		"accessLog":   object{},
		"entryPoints": object{"web": object{"address": fmt.Sprintf("127.0.0.1:%d", port)}},
		"ping":        object{"manualRouting": true},
		"providers":   object{"file": object{"filename": filepath.Join(h.dir, "dynamic.yml"), "watch": false}},
		"experimental": object{"localPlugins": object{
			"vendorsign": object{"moduleName": "github.com/vendorsign/vendorsign"},
		}},
	}
	dynamic := traefikRoutes(t, h, s.routes)
	if s.change != nil {
		s.change(port, static, dynamic)
	}
	writeYAML(t, filepath.Join(h.dir, "traefik.yml"), static)
	writeYAML(t, filepath.Join(h.dir, "dynamic.yml"), dynamic)
	return startProcess(h.dir, h.env, traefikBin, "--configFile="+filepath.Join(h.dir, "traefik.yml"))
}

// at finds an object inside objects, by the path of its names.
func at(o object, names ...string) object {
	for _, name := range names {
		next, ok := o[name].(object)
		if !ok {
			next = object{}
			o[name] = next
		}
		o = next
	}
	return o
}

// site is a Caddy site for r with lines of the test's own around and inside of its reverse_proxy.
func (s setup) site(t testing.TB, port int, r *route, around, upstreams, proxy string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "http://%s.test:%d {\n\tlog\n%s", r.name, port, around)
	if s.form == caddyHandler {
		signerBlock(t, &b, "\t", r.signer+"_sign", s.form, s.home, r, "")
	}
	fmt.Fprintf(&b, "\treverse_proxy %s {\n%s", upstreams, proxy)
	if s.form == caddyTransport {
		signerBlock(t, &b, "\t\t", "transport "+r.signer+"_sign", s.form, s.home, r, s.upstream)
	} else if s.upstream != "" {
		fmt.Fprintf(&b, "\t\ttransport http {\n%s\t\t}\n", s.upstream)
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}

// eachCaddy runs a test for both ways to use the plugins in Caddy.
func eachCaddy(t *testing.T, test func(t *testing.T, f form)) {
	for _, f := range []form{caddyHandler, caddyTransport} {
		t.Run(string(f), func(t *testing.T) { test(t, f) })
	}
}
