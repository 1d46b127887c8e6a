package modules

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"
)

// ownFile is a preset of an operator's own in whose scheme apps can sign.
const ownFile = `{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"access_id"},{"name":"secret_key","secret":true}],
	"operations":["let stamp = [[now|unix]]","let text = [[method]]\\n[[host]]\\n[[target]]\\n[[stamp]]\\n[[body|sha256|hex]]",
		"header X-Acme-Time = [[stamp]]","header Authorization = ACME [[opt.access_id]]:[[text|hmac_sha256:opt.secret_key|hex]]"],
	"claim":{"key":"access_id","secret":"secret_key","headers":{"Authorization":"ACME {key}:{proof}","X-Acme-Time":"{time}"},
		"time":"unix","method":true,"body":true,"hex":true}}`

// ownSignature is what such an app sends, and what the vendor wants of the gateway.
func ownSignature(id, secret, method, host, target, body, stamp string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%x", method, host, target, stamp, sha256.Sum256([]byte(body)))
	return fmt.Sprintf("ACME %s:%x", id, mac.Sum(nil))
}

func TestAnAppOfAnOwnPresetIsVerified(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name+".json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	preset, other := file("acme_api", ownFile), file("other", strings.Replace(ownFile, "acme_api", "other_api", 1))
	site := func(verified, signed, secret string) string {
		return strings.Replace(head, "{site}", ":{port}", 1) + "\tbind 127.0.0.1\n\tvendorsign_verify custom {\n\t\tpreset_file " + verified +
			"\n\t\tapp billing {\n\t\t\tkey_id AKBILLING\n\t\t\tsecret \"" + secret + "\"\n\t\t}\n\t}\n" +
			"\treverse_proxy {vendor} {\n\t\ttransport vendorsign custom {\n\t\t\tpreset_file " + signed +
			"\n\t\t\toption access_id AKREAL\n\t\t\tsecret secret_key \"the real secret\"\n\t\t\thost {vendor}\n\t\t\tinsecure_upstream\n\t\t\trequire_app\n\t\t}\n\t}\n}\n"
	}
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want := ownSignature("AKREAL", "the real secret", r.Method, r.Host, r.RequestURI, string(body), r.Header.Get("X-Acme-Time"))
		if got := r.Header["Authorization"]; len(got) != 1 || got[0] != want {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		io.WriteString(w, "accepted")
	})
	raw := func(secret, target, body string, more ...string) string {
		stamp := fmt.Sprint(time.Now().Add(20 * time.Second).Unix())
		signature := ownSignature("AKBILLING", secret, "POST", "acme.internal", target, "body", stamp)
		return strings.Join(append([]string{"POST " + target + " HTTP/1.1", "Host: acme.internal", "X-Acme-Time: " + stamp, "Connection: close",
			"Authorization: " + signature, fmt.Sprint("Content-Length: ", len(body))}, more...), "\r\n") + "\r\n\r\n" + body
	}
	c := run(t, site(preset, preset, "local secret"), vendor)
	once := raw("local secret", "/v1/once", "body")
	for _, test := range []struct{ name, request, status string }{
		{"its own", once, "200"},
		{"again", once, "403"},
		{"with a query", raw("local secret", "/v1/a?b=1&c=%20", "body"), "200"},
		{"another secret", raw("the real secret", "/v1/a", "body"), "401"},
		{"another body", raw("local secret", "/v1/b", "Body"), "401"},
		{"two signatures", raw("local secret", "/v1/c", "body", "Authorization: ACME AKREAL:00"), "401"},
	} {
		if answer := sendRaw(t, c.site, test.request); !strings.HasPrefix(answer, "HTTP/1.1 "+test.status) {
			t.Errorf("%s: %.300q, want %s", test.name, answer, test.status)
		}
	}
	// The app of one preset is none of another one's credential.
	c = run(t, site(other, preset, "local secret"), vendor)
	if answer := sendRaw(t, c.site, raw("local secret", "/v1/d", "body")); !strings.HasPrefix(answer, "HTTP/1.1 403") {
		t.Errorf("an app of another preset: %.300q, want 403", answer)
	}
}

func TestAVerifierNamesThePresetOfItsSchemeAlone(t *testing.T) {
	for block, want := range map[string]string{
		"custom {\n\tpreset_file /a\n\tapp a {\n\t\tkey_id K\n\t\tsecret s\n\t}\n}":                 "",
		"custom {\n\tpreset a\n\tapp a {\n\t\tkey_id K\n\t\tsecret s\n\t}\n}":                       "",
		"custom {\n\tapp a {\n\t\tkey_id K\n\t\tsecret s\n\t}\n}":                                   "preset_file or preset is required",
		"custom {\n\tpreset a\n\tpreset b\n}":                                                       "preset is given twice",
		"duo {\n\tpreset_file /a\n\tapp a {\n\t\tkey_id DIAPPBILLING00000000\n\t\tsecret s\n\t}\n}": "unknown option preset_file",
	} {
		_, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte("http://127.0.0.1:1 {\n\tvendorsign_verify "+block+"\n}\n"), nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", block, err, want)
		}
	}
}

func TestTheRateOfAnAppMayHavePaths(t *testing.T) {
	adapt := func(rate string) (string, error) {
		config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte("http://127.0.0.1:1 {\n\tvendorsign_verify duo {\n\t\tapp a {\n"+
			"\t\t\tkey_id DIA\n\t\t\tsecret {env.A}\n\t\t\trate "+rate+"\n\t\t}\n\t}\n}\n"), nil)
		return string(config), err
	}
	config, err := adapt("25/5m /admin/v1/logs/** /admin/v2/logs/**")
	if err != nil || !strings.Contains(config, `"rate":"25/5m /admin/v1/logs/** /admin/v2/logs/**"`) {
		t.Errorf("%v: %s", err, config)
	}
	if _, err := adapt("25/5m queue 2s"); err == nil || !strings.Contains(err.Error(), "rate of an app has no queue") {
		t.Error(err)
	}
}
