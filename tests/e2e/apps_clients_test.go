package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// debianPackages are clients that nobody here wrote, with the module by which they are recognised.
var debianPackages = map[string]string{
	"python3-duo-client": "/usr/lib/python3/dist-packages/duo_client", "python3-boto3": "/usr/lib/python3/dist-packages/boto3",
}

// localApps is a folder with an apps_file and a master secret, both of the gateway, and the keys that the command gave to apps.
type localApps struct {
	file, master string
}

func newLocalApps(t *testing.T, h *home, vendor string, names ...string) *localApps {
	t.Helper()
	a := &localApps{filepath.Join(h.secrets, "apps.json"), filepath.Join(h.secrets, "app_master")}
	if err := os.WriteFile(a.master, []byte("master-secret-of-the-end-to-end-tests\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		a.run(t, "new", name, "--vendor", vendor, "--gateway", "localhost", "--master", a.master)
	}
	return a
}

// run is vendorsign app, on the file.
func (a *localApps) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(caddyBin, append(append([]string{"vendorsign", "app"}, args...), "--file", a.file)...).CombinedOutput()
	if err != nil {
		t.Fatalf("app %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// key is what the command says that the app's SDK needs.
func (a *localApps) key(t *testing.T, name string) map[string]string {
	t.Helper()
	var k struct{ Options map[string]string }
	if err := json.Unmarshal([]byte(a.run(t, "show", name, "--master", a.master, "--json")), &k); err != nil {
		t.Fatal(err)
	}
	return k.Options
}

// verifyingGateway starts a gateway at localhost, over http and https, that signs only what an app of the file has signed.
func verifyingGateway(t *testing.T, f form, h *home, r *route, a *localApps, ca *authority) (g *gateway, secure int) {
	t.Helper()
	certFile, keyFile := identity(t, h, ca, "localhost")
	r.options["require_app"] = true
	// duo_client 4.5 names no server in its TLS handshake (SNI), so that the gateway needs a certificate for that.
	s := setup{form: f, home: h, global: "\tadmin off\n\tpersist_config off\n\tdefault_sni localhost\n"}
	if f == traefik {
		r.options["apps_file"], r.options["app_master"] = a.file, "file:"+a.master
		s.routes = []*route{r}
	}
	verify := fmt.Sprintf("\tvendorsign_verify %s {\n\t\tapps_file %s\n\t\tapp_master {file.%s}\n\t}\n", r.signer, a.file, a.master)
	s.sites = func(port int) string {
		secure = freePort(t)
		site := strings.Replace(s.site(t, port, r, verify, r.vendor.addr, ""), r.signer+"_sign {", "vendorsign "+r.signer+" {", 1)
		plain := fmt.Sprintf("http://%s.test:%d {", r.name, port)
		if !strings.HasPrefix(site, plain) {
			t.Fatal("the site has changed")
		}
		return strings.Replace(site, plain, fmt.Sprintf("http://localhost:%d {", port), 1) +
			strings.Replace(site, plain, fmt.Sprintf("https://localhost:%d {\n\ttls %s %s", secure, certFile, keyFile), 1)
	}
	s.change = func(port int, static, dynamic object) {
		secure = freePort(t)
		at(static, "entryPoints")["secure"] = object{"address": fmt.Sprintf("127.0.0.1:%d", secure)}
		routers := at(dynamic, "http", "routers")
		router := at(dynamic, "http", "routers", r.name)
		router["rule"], router["entryPoints"] = "Host(`localhost`)", []string{"web"}
		routers["secure"] = object{"rule": "Host(`localhost`)", "service": r.name, "middlewares": []string{r.name}, "tls": object{},
			"entryPoints": []string{"secure"}}
		certificate := object{"certFile": certFile, "keyFile": keyFile}
		dynamic["tls"] = object{"certificates": []object{certificate}, "stores": object{"default": object{"defaultCertificate": certificate}}}
	}
	g = s.start(t)
	g.listens(t, secure)
	return g, secure
}

// debianClient runs one of Debian's clients, and returns its calls and what became of them.
func debianClient(t *testing.T, todo map[string]any) map[string]string {
	t.Helper()
	in, err := json.Marshal(todo)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "testdata/debian_clients.py")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "LANG=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true"}
	cmd.Stdin = bytes.NewReader(in)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", todo["client"], err, out, tail(wrong.String()))
	}
	calls := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		i := strings.LastIndex(strings.TrimSpace(line), " ")
		calls[line[:i]] = strings.TrimSpace(line[i:])
	}
	return calls
}

// An app keeps the client that it has, with a key of its own: two lines change. Whatever is not an app's own request is refused, and
// nothing of it reaches the vendor.
func TestDebiansClientsSignWithLocalKeys(t *testing.T) {
	for name, file := range debianPackages {
		s3Client{name: name, program: file}.install(t)
	}
	for _, c := range []struct {
		client, mode, id, secret string
		calls                    int
		more                     options
	}{
		{"duo", "duo", "integration_key", "secret_key", 15, options{"signature_version": "5"}},
		{"boto3", "aws-re-sign", "access_key_id", "secret_access_key", 2, options{"placeholder_key": nil}},
	} {
		t.Run(c.client, func(t *testing.T) {
			eachForm(t, func(t *testing.T, f form) {
				h, ca := newHome(t), newAuthority(t)
				r := find(c.mode).route(t, f)
				r.options = r.options.with(c.more)
				a := newLocalApps(t, h, r.signer, "billing", "soar", "gone")
				a.run(t, "revoke", "gone")
				g, secure := verifyingGateway(t, f, h, r, a, ca)
				_, port, err := net.SplitHostPort(g.addr)
				if err != nil {
					t.Fatal(err)
				}
				billing, soar, gone := a.key(t, "billing"), a.key(t, "soar"), a.key(t, "gone")
				call := func(id, secret string, overTLS bool) map[string]string {
					todo := map[string]any{"client": c.client, "host": "localhost", "key_id": id, "secret": secret, "region": "eu-west-1"}
					todo["port"], _ = strconv.Atoi(port)
					if overTLS {
						todo["port"], todo["ca"] = secure, ca.file
					}
					return debianClient(t, todo)
				}
				// Each app calls once: Duo's signature counts seconds and has no nonce, so that two equal writes in one second are a replay.
				over := []bool{false, true}
				for _, tt := range []struct {
					name, id, secret, want string
					overTLS                []bool
				}{
					{"its own key", billing[c.id], billing[c.secret], "ok", over[:1]},
					{"another app's own key", soar[c.id], soar[c.secret], "ok", over[1:]},
					{"a wrong secret", billing[c.id], billing[c.secret][1:] + "x", "401", over},
					{"the secret of another app", billing[c.id], soar[c.secret], "401", over},
					{"a key that is foreign", "AKIAFOREIGN000000000", soar[c.secret], "401", over},
					{"the credential itself", fmt.Sprint(r.options[c.id]), fmt.Sprint(r.options[c.secret]), "401", over},
					{"a revoked key", gone[c.id], gone[c.secret], "403", over},
				} {
					for _, overTLS := range tt.overTLS {
						before := r.vendor.count()
						got := call(tt.id, tt.secret, overTLS)
						if len(got) != c.calls {
							t.Errorf("%s: %d calls were made, want %d", tt.name, len(got), c.calls)
						}
						for name, outcome := range got {
							if outcome != tt.want {
								t.Errorf("%s over TLS %t: %s: %s, want %s", tt.name, overTLS, name, outcome, tt.want)
							}
						}
						arrived := 0
						if tt.want == "ok" {
							arrived = c.calls
						}
						if n := r.vendor.count() - before; n != arrived {
							t.Errorf("%s over TLS %t: %d requests reached the vendor, want %d", tt.name, overTLS, n, arrived)
						}
					}
				}
				// A revocation needs no reload, and others go on.
				a.run(t, "revoke", "billing")
				revoked := time.Now()
				for {
					refused := true
					for _, outcome := range call(billing[c.id], billing[c.secret], false) {
						refused = refused && outcome == "403"
					}
					if refused {
						break
					}
					if time.Since(revoked) > patience {
						t.Fatal("a revoked app is still served")
					}
				}
				for name, outcome := range call(soar[c.id], soar[c.secret], true) {
					if outcome != "ok" {
						t.Errorf("after the revocation of another app: %s: %s", name, outcome)
					}
				}
			})
		})
	}
}
