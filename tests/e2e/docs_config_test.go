package e2e

import (
	"crypto/ecdsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/pages"
)

// furnished is a folder with everything that configurations of the documentation refer to.
type furnished struct {
	*home
	authority, clients *authority
	files              string // the folder of the last configuration's files: duo is a file in one, a folder in another
}

func furnish(t testing.TB) *furnished {
	t.Helper()
	f := &furnished{home: newHome(t), authority: newAuthority(t), clients: newAuthority(t)}
	f.env = append(f.env, "VENDORSIGN_AWS_CREDENTIALS=web_identity,container", // as docs/vendors/aws.md says
		"VENDORSIGN_AUDIT_DIR="+t.TempDir()) // as docs/audit.md says
	return f
}

// adapt makes what a configuration refers to, and returns the configuration with the files' places in this folder.
func (f *furnished) adapt(t testing.TB, text string) string {
	t.Helper()
	text = pages.Rendered(text)
	needs := pages.Refers(text)
	var err error
	if f.files, err = os.MkdirTemp(f.secrets, "files-"); err != nil {
		t.Fatal(err)
	}
	for _, name := range needs.Env {
		f.env = append(f.env, name+"="+pages.Variable(name))
	}
	for _, name := range slices.Sorted(maps.Values(needs.Files)) { // x.pem makes its x.key
		if !strings.HasSuffix(name, ".key") {
			f.write(t, name, f.content(t, name))
		}
	}
	for name, data := range map[string][]byte{"duo.key": []byte("secret\n"), "apps.json": f.content(t, "apps.json")} {
		if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Below the home's VENDORSIGN_TOKEN_DIR, as any folder of a test is.
	return strings.ReplaceAll(pages.Moved(text, f.files), "/var/lib/vendorsign/tokens", f.files)
}

func (f *furnished) write(t testing.TB, name string, data []byte) {
	t.Helper()
	file := filepath.Join(f.files, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// content is what a file of that name holds. A certificate and its key come together.
func (f *furnished) content(t testing.TB, name string) []byte {
	t.Helper()
	pemFile := func(a *authority) []byte {
		data, err := os.ReadFile(a.file)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	switch {
	case name == "clients-ca.pem":
		return pemFile(f.clients)
	case strings.HasSuffix(name, "-ca.pem"):
		return pemFile(f.authority)
	case strings.HasSuffix(name, ".pem"):
		leaf := f.authority.leaf(t, strings.TrimSuffix(name, ".pem"))
		key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey.(*ecdsa.PrivateKey))
		if err != nil {
			t.Fatal(err)
		}
		f.write(t, strings.TrimSuffix(name, ".pem")+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]})
	case name == "apps.json":
		return []byte(`{"version": 1, "vendor": "duo", "gateway": "duo.internal", "apps": [{"name": "billing", "key_id": "DIBILLING00000000001", "generation": 1}]}`)
	case name == "app_master":
		return []byte("master-secret-of-the-documentation-0000\n")
	case strings.HasSuffix(name, ".htpasswd"):
		sum := sha1.Sum([]byte(documentedPassword))
		return []byte("reports:{SHA}" + base64.StdEncoding.EncodeToString(sum[:]) + "\n")
	}
	return []byte(pages.Secret(name))
}

// documentedPassword is the one of the hash in docs/security.md.
const documentedPassword = "hiccup"

// configurations calls use for every block of one language.
func configurations(t *testing.T, lang string, atLeast int, use func(t *testing.T, place, text string)) {
	t.Helper()
	found := 0
	for _, page := range pages.Read(t, "../..") {
		for _, b := range page.Blocks {
			if b.Lang == lang {
				found++
				use(t, fmt.Sprintf("%s:%d", page.Name, b.Line), b.Text)
			}
		}
	}
	if found < atLeast {
		t.Errorf("%d blocks found", found)
	}
}

// presetSite is how the Caddyfile begins that each page of a preset has. They are tried in one piece: there are many.
const presetSite = "# as a transport: signs right before sending"

func TestCaddyTakesEveryCaddyfileOfTheDocumentation(t *testing.T) {
	t.Parallel()
	presets := ""
	validate := func(t *testing.T, place, text string) {
		f := furnish(t)
		file := filepath.Join(f.dir, "Caddyfile")
		if err := os.WriteFile(file, []byte(f.adapt(t, text)), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := startProcess(f.dir, f.env, caddyBin, "validate", "--config", file, "--adapter", "caddyfile")
		if err != nil {
			t.Fatal(err)
		}
		<-p.done
		if !p.cmd.ProcessState.Success() {
			t.Errorf("%s: %s", place, tail(p.log.String()))
		}
	}
	configurations(t, "caddyfile", 14, func(t *testing.T, place, text string) {
		if strings.HasPrefix(text, presetSite) {
			presets += text
			return
		}
		validate(t, place, text)
	})
	if n := strings.Count(presets, presetSite); n < 40 {
		t.Errorf("%d pages of presets found", n)
	}
	validate(t, "docs/vendors", presets)
}

// One Traefik gets the blocks one after the other, as an operator who edits the file.
func TestTraefikTakesEveryFileOfTheDocumentation(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	type block struct {
		place   string
		dynamic object
	}
	var all []block
	configurations(t, "yaml", 8, func(t *testing.T, place, text string) {
		decoder := yaml.NewDecoder(strings.NewReader(f.adapt(t, text)))
		for {
			var dynamic object
			if err := decoder.Decode(&dynamic); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("%s: %v", place, err)
			}
			if dynamic["http"] != nil && dynamic["apiVersion"] == nil { // else labels, manifests or the static configuration
				all = append(all, block{place, dynamic})
			}
		}
	})
	if len(all) < 11 {
		t.Errorf("%d dynamic configurations found", len(all))
	}
	var api string
	g := setup{form: traefik, home: f.home, change: func(port int, static, dynamic object) {
		delete(at(dynamic, "http"), "services") // of which there are none yet, and Traefik takes no empty ones
		api = fmt.Sprintf("127.0.0.1:%d", freePort(t))
		at(static, "entryPoints")["traefik"] = object{"address": api}
		static["api"] = object{"insecure": true, "dashboard": false}
		at(static, "providers")["file"] = object{"filename": filepath.Join(f.dir, "dynamic.yml"), "watch": true}
		at(static, "providers")["providersThrottleDuration"] = "10ms"
		static["log"] = object{"level": "ERROR", "noColor": true}
	}}.start(t)
	for i, b := range all {
		marker := fmt.Sprintf("marker-%d", i)
		at(b.dynamic, "http", "routers")["ready"] = object{"rule": "Host(`ready.test`)", "service": "ping@internal"}
		at(b.dynamic, "http", "routers")[marker] = object{"rule": "Host(`" + marker + ".test`)", "service": "ping@internal"}
		file := filepath.Join(f.dir, "dynamic.yml")
		writeYAML(t, file+".new", b.dynamic)
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
		if err := g.waitReady(func() bool { return apiGet(api, "/api/http/routers/"+marker+"@file", nil) == nil }); err != nil {
			t.Fatalf("%s: it is not loaded: %v\n%s", b.place, err, tail(g.log.String()))
		}
		used := 0
		for _, kind := range []string{"routers", "middlewares", "services"} {
			var entries []struct {
				Name, Status, Provider string
				Error                  []string
				UsedBy                 []string
			}
			if err := apiGet(api, "/api/http/"+kind+"?per_page=100", &entries); err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Provider == "file" && (e.Status != "enabled" || len(e.Error) > 0) {
					t.Errorf("%s: the %s %s is %s: %q", b.place, kind, e.Name, e.Status, e.Error)
				}
				if kind == "middlewares" && e.Provider == "file" {
					used++
					if len(e.UsedBy) == 0 {
						t.Errorf("%s: no router uses the middleware %s, so Traefik never loads it", b.place, e.Name)
					}
				}
			}
		}
		if used == 0 {
			t.Errorf("%s has no middleware", b.place)
		}
	}
	if log := g.log.String(); strings.Contains(log, " ERR ") {
		t.Errorf("Traefik logs\n%s", tail(log))
	}
}

func apiGet(addr, path string, into any) error {
	response, err := http.Get("http://" + addr + path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}
