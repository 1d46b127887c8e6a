package modules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// acme verifies requests in the way of the scheme in the documentation, with code of its own.
func acme(t *testing.T, seen *int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*seen++
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		date := r.Header.Get("X-Acme-Date")
		mac := hmac.New(sha256.New, []byte("acme's secret"))
		io.WriteString(mac, r.Method+"\n"+r.URL.EscapedPath()+"\n"+r.URL.RawQuery+"\n"+date+"\n"+hex.EncodeToString(sum[:]))
		if got, want := r.Header.Get("X-Acme-Signature"), hex.EncodeToString(mac.Sum(nil)); date == "" || got != want {
			t.Errorf("%s %s is signed %s, want %s", r.Method, r.URL, got, want)
			w.WriteHeader(http.StatusUnauthorized)
		}
		if r.Header.Get("X-Acme-Id") != "AB12" || len(r.Header["X-Acme-Id"]) != 1 {
			t.Errorf("X-Acme-Id is %q", r.Header["X-Acme-Id"])
		}
	}
}

const acmeOperations = `operations <<END
		let ts = [[now|unix]]
		let text = [[method|upper]]\n[[path]]\n[[query|canon_query]]\n[[ts]]\n[[body|sha256|hex]]
		header X-Acme-Id = [[opt.access_id]]
		header X-Acme-Date = [[ts]]
		header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]
		END`

// A scheme of one's own signs in both forms and in both configurations, from the block and from a file.
func TestASchemeOfOnesOwnSigns(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "acme")
	file := filepath.Join(t.TempDir(), "acme_api.json")
	for path, text := range map[string]string{secret: "acme's secret\n", file: `{"preset":1,"name":"acme_api","title":"Acme",
		"options":[{"name":"access_id"},{"name":"secret_key","secret":true}],"operations":["let ts = [[now|unix]]",
		"let text = [[method|upper]]\\n[[path]]\\n[[query|canon_query]]\\n[[ts]]\\n[[body|sha256|hex]]","header X-Acme-Id = [[opt.access_id]]",
		"header X-Acme-Date = [[ts]]","header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]"],"guards":["* /keys"]}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own := `option access_id AB12
		secret secret_key {file.` + secret + `}
		` + acmeOperations
	fromFile := `preset_file ` + file + `
		option access_id AB12
		secret secret_key {file.` + secret + `}`
	for name, site := range map[string]string{
		"transport":            "reverse_proxy {vendor} {\n transport vendorsign custom {\n" + own + "\n host {vendor}\n insecure_upstream\n }\n }",
		"handler":              "vendorsign custom {\n" + own + "\n host {vendor}\n insecure_upstream\n }\n reverse_proxy {vendor}",
		"transport, from file": "reverse_proxy {vendor} {\n transport vendorsign custom {\n" + fromFile + "\n host {vendor}\n insecure_upstream\n }\n }",
		"handler, from file":   "vendorsign custom {\n" + fromFile + "\n host {vendor}\n insecure_upstream\n }\n reverse_proxy {vendor}",
	} {
		t.Run(name, func(t *testing.T) {
			seen := 0
			c := run(t, "{\nadmin {admin}\npersist_config off\n}\nhttp://{site} {\n"+site+"\n}\n", acme(t, &seen))
			for _, target := range []string{"/things", "/things?a=1&b=2"} {
				for _, method := range []string{"GET", "POST"} {
					r, _ := http.NewRequest(method, "http://"+c.site+target, strings.NewReader(map[string]string{"POST": `{"a":"[[path]]"}`}[method]))
					r.Header.Set("X-Acme-Id", "mine")
					r.Header.Set("X_Acme_Signature", "mine")
					if response, body := ask(t, r); response.StatusCode != http.StatusOK {
						t.Errorf("%s %s: %d %s", method, target, response.StatusCode, body)
					}
				}
			}
			if seen != 4 {
				t.Errorf("%d requests arrived, want 4", seen)
			}
			if strings.Contains(name, "file") {
				r, _ := http.NewRequest("POST", "http://"+c.site+"/keys", nil)
				if response, _ := ask(t, r); response.StatusCode != http.StatusForbidden {
					t.Errorf("a guard of the file lets a request through: %d", response.StatusCode)
				}
			}
		})
	}
}

// Endpoints that do everything are closed in a preset file of one's own as in a built-in preset, by a switch of their own.
func TestAPresetFileOfOnesOwnClosesWhatDoesEverything(t *testing.T) {
	file := filepath.Join(t.TempDir(), "acme_api.json")
	if err := os.WriteFile(file, []byte(`{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"key","secret":true}],
		"operations":["header X-Acme = [[target|hmac_sha256:opt.key|hex]]"],"guards":["* /keys"],
		"multiplexed":true,"multiplexed_paths":["/graphql","/v*/batch"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for opened, want := range map[string]string{ // of GET /things, POST /graphql, POST /v1/batch/x, GET /keys
		"":                           "200 403 403 403",
		"allow_credential_endpoints": "200 403 403 200",
		"allow_multiplexed":          "200 200 200 403",
	} {
		block := " custom {\npreset_file " + file + "\nsecret key canary\nhost {vendor}\ninsecure_upstream\n" + opened + "\n}\n"
		for form, site := range map[string]string{
			"transport": "reverse_proxy {vendor} {\ntransport vendorsign" + block + "}",
			"handler":   "vendorsign" + block + "reverse_proxy {vendor}",
		} {
			t.Run(form+" with "+opened, func(t *testing.T) {
				c := run(t, "{\nadmin {admin}\npersist_config off\n}\nhttp://{site} {\n"+site+"\n}\n", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
				var got []string
				for _, request := range []string{"GET /things", "POST /graphql", "POST /v1/batch/x", "GET /keys"} {
					method, target, _ := strings.Cut(request, " ")
					r, _ := http.NewRequest(method, "http://"+c.site+target, nil)
					response, _ := ask(t, r)
					got = append(got, strconv.Itoa(response.StatusCode))
				}
				if strings.Join(got, " ") != want {
					t.Errorf("%v, want %s", got, want)
				}
			})
		}
	}
}

// What leads to the vendor is no part of how it is asked: insecure_upstream is for TLS that ends on the same machine.
func TestTheSchemeThatIsSignedIsHTTPS(t *testing.T) {
	block := " custom {\noperations \"header X-Scheme = [[scheme]]\"\noperations \"header X-Key = [[opt.key|reveal]]\"\nsecret key canary\nhost {vendor}\ninsecure_upstream\n}\n"
	for form, site := range map[string]string{
		"transport": "reverse_proxy {vendor} {\ntransport vendorsign" + block + "}",
		"handler":   "vendorsign" + block + "reverse_proxy http://{vendor}",
	} {
		got := ""
		c := run(t, "{\nadmin {admin}\npersist_config off\n}\nhttp://{site} {\n"+site+"\n}\n",
			http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("X-Scheme") }))
		r, _ := http.NewRequest("GET", "http://"+c.site+"/", nil)
		if response, body := ask(t, r); response.StatusCode != http.StatusOK || got != "https" {
			t.Errorf("%s: %d %s, %q is signed", form, response.StatusCode, body, got)
		}
	}
}
