package caddyplugin

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/cli"
)

// checked runs `check` on a file.
func checked(t *testing.T, name, text string, args ...string) (status int, stdout string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	status = cli.Run(context.Background(), append([]string{"check", name}, args...), strings.NewReader(""), &out, &errs)
	return status, out.String()
}

func TestCheckReadsCaddyfilesWithoutTheirSecrets(t *testing.T) {
	site := func(block string) string { return "http://a.example {\n" + block + "\n}\n" }
	const good = "integration_key {env.NO_SUCH_VARIABLE}\nsecret_key {file./no/such/file}\nhost h\n"
	tests := []struct{ name, text, want string }{
		{"nothing", site("duo_sign {\n" + good + "}\nreverse_proxy https://h"), "1 signer in 1 file, no fault\n"},
		{"an empty file", "", "Caddyfile:1: it has neither a site nor a snippet\n"},
		{"a slip", site("duo_sign {\nintegration_kee x\n}"), "Caddyfile:3: duo_sign: unknown option integration_kee; did you mean integration_key?\n"},
		{"a slip in a transport", site("reverse_proxy https://h {\ntransport duo_sign {\n" + good + "dial_timeut 1s\n}\n}"), "Caddyfile:7: reverse_proxy: unknown option dial_timeut; did you mean dial_timeout?\n"},
		{"a slip in a snippet", "(duo) {\nduo_sign {\nskey x\n}\n}\n" + site("import duo"), "Caddyfile:3: duo_sign: unknown option skey; did you mean secret_key?\n"},
		{"a missing option", site("duo_sign {\nintegration_key x\nhost h\n}"), "Caddyfile:2: duo_sign: duo: secret_key is required\n"},
		{"a directive that is none", site("duo_sgn {\n}"), "Caddyfile:2: unrecognized directive: duo_sgn\n"},
		{"what only Caddy's start would tell, at its own directive", site("duo_sign {\n"+good+"}\nreverse_proxy https://h") + "http://b.example {\nreverse_proxy http://g {\ntransport duo_sign {\n" + strings.Replace(good, "host h", "host g", 1) + "}\n}\n}\n",
			"Caddyfile:11: apps.http.servers.srv0.routes.1.handle.0.routes.0.handle.0.transport: the upstream is plain http, where anyone can read the credential; use https or set insecure_upstream\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out := checked(t, "Caddyfile", tt.text)
			if !strings.HasPrefix(out, tt.want) || strings.Count(out, "\n") != 1 || (status == 0) != strings.HasSuffix(tt.want, "no fault\n") {
				t.Errorf("status %d\n%swant\n%s", status, out, tt.want)
			}
		})
	}
}

func TestCheckWarnsOfASiteForAnyName(t *testing.T) {
	const signer = "{\nintegration_key x\nsecret_key {env.X}\nhost h\nMORE\n}"
	handler := "duo_sign " + signer + "\nreverse_proxy https://h"
	transport := "reverse_proxy https://h {\ntransport duo_sign " + strings.Replace(signer, "MORE", "tls", 1) + "\n}"
	for _, tt := range []struct{ name, text, warning string }{
		{"a site with a name", "http://duo.internal:8080 {\n" + handler + "\n}\n", ""},
		{"a site for any", ":8080 {\n" + handler + "\n}\n", "Caddyfile:2: warning: duo_sign: signs for any Host"},
		{"a transport for any", ":8080 {\n" + transport + "\n}\n", "Caddyfile:3: warning: duo_sign: signs for any Host"},
		{"a site for any with a path", "http:// {\nhandle_path /duo/* {\n" + handler + "\n}\n}\n", "Caddyfile:3: warning: duo_sign: signs for any Host"},
		{"a site for any with a host matcher", ":8080 {\n@duo host duo.internal\nhandle @duo {\n" + handler + "\n}\n}\n", ""},
		{"a site for any with client_hosts", ":8080 {\n" + strings.Replace(handler, "MORE", "client_hosts duo.internal", 1) + "\n}\n", ""},
		{"a site for any with authentication", ":8080 {\nbasic_auth {\napp $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG\n}\n" + handler + "\n}\n", ""},
		{"a site for any with authentication elsewhere", ":8080 {\nforward_auth 127.0.0.1:9000 {\nuri /verify\n}\n" + handler + "\n}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("Caddyfile", []byte(strings.ReplaceAll(tt.text, "MORE\n", "")), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			status := cli.Run(context.Background(), []string{"check", "Caddyfile"}, strings.NewReader(""), &out, &errs)
			if status != 0 || !strings.Contains(out.String(), tt.warning) || tt.warning == "" && strings.Contains(out.String(), "any Host") {
				t.Errorf("status %d\n%swarned\n%swant\n%s", status, out.String(), errs.String(), tt.warning)
			}
		})
	}
}

// The known ways in which a Caddyfile lets requests by a signer, and their like that are good.
func TestCheckFollowsARequestThroughACaddyfile(t *testing.T) {
	const (
		options = "\n\t\tintegration_key {env.DUO_IKEY}\n\t\tsecret_key {file./run/secrets/duo}\n\t\thost api-1.duosecurity.com\n\t}\n"
		signer  = "\tduo_sign {" + options
		proxy   = "\treverse_proxy https://api-1.duosecurity.com\n"
		other   = "\tcortex_sign {\n\t\tapi_key_id 1\n\t\tapi_key {env.KEY}\n\t\thost api-x.xdr.us.paloaltonetworks.com\n\t\tinsecure_upstream\n\t}\n"
	)
	site := func(text string) string { return "gw.internal {\n" + text + "}\n" }
	tests := []struct{ name, text, want string }{
		{"a signer and a proxy", site(signer + proxy), ""},
		{"both in a handle block", site("\thandle_path /duo/* {\n" + signer + proxy + "\t}\n\thandle {\n\t\treverse_proxy 127.0.0.1:9000\n\t}\n"), ""},
		{"a route with the signer in front of handle blocks", site("\troute {\n" + signer + "\thandle_path /duo/* {\n" + proxy + "\t}\n\t}\n"), ""},
		{"both in a route block", site("\troute /duo/* {\n" + signer + proxy + "\t}\n"), ""},
		{"the same named matcher", site("\t@duo path /admin/* /auth/*\n\tduo_sign @duo {" + options + "\treverse_proxy @duo https://api-1.duosecurity.com\n"), ""},
		{"an answer of Caddy's own", site("\thandle /health {\n\t\trespond 200\n\t}\n\thandle {\n" + signer + proxy + "\t}\n"), ""},
		{"what is signed as it is sent", site(signer + "\turi strip_prefix /duo\n\trewrite /a /b\n\treverse_proxy https://api-1.duosecurity.com {\n\t\theader_up X-A b\n\t\trewrite /v1{uri}\n\t}\n"), ""},
		{"a signing transport with an absolute file", site("\treverse_proxy 127.0.0.1:9000 {\n\t\ttransport duo_sign /abs/acme.json\n\t}\n"), ""},
		{"a snippet for two vendors", "(vendor) {\n\treverse_proxy https://{args[0]} {\n\t\ttransport duo_sign {\n\t\t\tintegration_key {env.A}\n\t\t\tsecret_key {env.B}\n\t\t\thost {args[0]}\n\t\t}\n\t}\n}\na.internal {\n\timport vendor api-1.duosecurity.com\n}\nb.internal {\n\timport vendor api-2.duosecurity.com\n}\n", ""},

		{"a route with the signer behind", site("\troute {\n" + proxy + signer + "\t}\n"), "Caddyfile:3: reverse_proxy: no request gets a signature here and all are refused: duo_sign (line 4) comes after this reverse_proxy; put it in front, or into the same block"},
		{"the signer in another handle block", site("\thandle /a/* {\n" + signer + "\t}\n\thandle {\n" + proxy + "\t}\n"), "Caddyfile:10: reverse_proxy: no request gets a signature here and all are refused: duo_sign (line 3) is in another handle block; put it into this one, or in front of both"},
		{"a matcher that is narrower", site("\tduo_sign /admin/* {" + options + proxy), "Caddyfile:7: warning: reverse_proxy: requests that do not match the matcher of duo_sign (line 2) get no signature and are answered 503; give both the same matcher"},
		{"another site without a signer", site(signer+proxy) + "other.internal {\n" + proxy + "}\n", "Caddyfile:10: reverse_proxy: requests leave unsigned: api-1.duosecurity.com:443 is the host of a duo_sign in line 2, and no signer comes before this reverse_proxy; add one, or remove it"},
		{"a signer without a proxy", site(signer + "\trespond 200\n"), "Caddyfile:2: duo_sign: it signs nothing: no reverse_proxy of its site comes after it; put a reverse_proxy to https://api-1.duosecurity.com into the same block"},
		{"an upstream that is no host", site(signer + "\treverse_proxy https://api-9.duosecurity.com\n"), "Caddyfile:7: reverse_proxy: upstream api-9.duosecurity.com:443 is not a host of duo_sign (api-1.duosecurity.com): every request is refused (421); name the same host in both"},
		{"a host whose signer is in the error routes", site(other + proxy + "\thandle_errors {\n" + signer + "\t}\n"), "Caddyfile:8: reverse_proxy: no request gets a signature here and all are refused: duo_sign (line 10) does not count here"},
		{"a host whose transport is another proxy's", site("\thandle /a/* {\n\treverse_proxy https://api-1.duosecurity.com {\n\t\ttransport duo_sign {" + options + "\t}\n\t}\n\thandle {\n" + other + proxy + "\t}\n"), "Caddyfile:18: reverse_proxy: no request gets a signature here and all are refused: api-1.duosecurity.com:443 is the host of the transport duo_sign of another reverse_proxy in line 3"},
		{"a simulated vendor that some requests reach unsigned", site("\tduo_sign /duo/* {\n\t\tinsecure_upstream" + options + "\treverse_proxy 127.0.0.1:9000\n"), "Caddyfile:8: warning: reverse_proxy: requests that do not match the matcher of duo_sign (line 2) get no signature and are answered 503: with insecure_upstream, and without a reverse_proxy to https://api-1.duosecurity.com, 127.0.0.1:9000 counts as the vendor of duo_sign (line 2)"},
		{"a simulated vendor behind the error routes' signer", site("\treverse_proxy 127.0.0.1:9000\n\thandle_errors {\n\t\treverse_proxy 127.0.0.1:9000\n\tduo_sign {\n\t\tinsecure_upstream" + options + "\t}\n"), "Caddyfile:2: reverse_proxy: no request gets a signature here and all are refused: with insecure_upstream"},
		{"an application beside a simulated vendor in a block of its own", site("\thandle /duo/* {\n\tduo_sign {\n\t\tinsecure_upstream" + options + "\treverse_proxy 127.0.0.1:9000\n\t}\n\treverse_proxy 127.0.0.1:9001\n"), ""},
		{"two signers without a proxy of theirs", site("\treverse_proxy 127.0.0.1:9000\n\thandle_errors {\n" + signer + signer + proxy + "\t}\n"), "Caddyfile:14: reverse_proxy: two signers for one request"},
		{"two signers on a request that asks elsewhere", site(signer + strings.Replace(signer, "{", "/duo/* {", 1) + "\troute {\n\t\tforward_auth 127.0.0.1:9000 {\n\t\t\turi /auth\n\t\t}\n\t}\n"), "Caddyfile:7: warning: duo_sign: requests that duo_sign (line 2) matches, too, have two signers and are refused"},
		{"a prefix that allow has and handle_path removes", site("\thandle_path /duo/* {\n" + strings.Replace(signer, "\t}\n", "\t\tallow GET /duo/admin/** /duo\n\t}\n", 1) + proxy + "\t}\n"), "Caddyfile:9: warning: reverse_proxy: handle_path or uri strip_prefix removes /duo, which all paths of allow begin with: every request is refused (403); write the paths as the vendor gets them"},
		{"an allow with a path that handle_path leaves", site("\thandle_path /duo/* {\n" + strings.Replace(signer, "\t}\n", "\t\tallow GET /duo/admin/** /admin/**\n\t}\n", 1) + proxy + "\t}\n"), ""},
		{"plain http", site(signer + "\treverse_proxy api-1.duosecurity.com\n"), "Caddyfile:7: reverse_proxy: the upstream is plain http"},
		{"a header of the signer's", site(signer + "\treverse_proxy https://api-1.duosecurity.com {\n\t\theader_up Authorization x\n\t}\n"), "Caddyfile:7: warning: reverse_proxy: header_up Authorization has no effect"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { saysOneThing(t, tt.text, tt.want) })
	}
}

func TestCheckPassesEveryCaddyfileInTheDocumentation(t *testing.T) {
	block := regexp.MustCompile("(?s)```caddyfile\n(.*?)```")
	signers := 0
	var texts []string
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(data, -1) {
			texts = append(texts, string(m[1]))
		}
	}
	example, err := os.ReadFile("../Caddyfile.example")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../docs/examples/*/*/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../docs/examples/*/*/*/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(append(files, more...), "../docs/examples/systemd/Caddyfile") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	manifest, err := os.ReadFile("../docs/examples/kubernetes/caddy/caddy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, inside, found := strings.Cut(string(manifest), "  Caddyfile: |\n")
	inside, _, ended := strings.Cut(inside, "\n---")
	if !found || !ended {
		t.Fatal("no Caddyfile in caddy.yaml")
	}
	texts = append(texts, inside)
	for _, text := range append(texts, string(example)) {
		if !strings.Contains(text, "_sign") {
			continue
		}
		status, out := checked(t, "Caddyfile", text, "--strict")
		if status != 0 {
			t.Errorf("%s in\n%s", out, text)
		}
		signers++
	}
	if signers < 10 {
		t.Errorf("%d blocks found", signers)
	}
}

// What check passes, Caddy takes, and what it refuses, Caddy refuses.
func TestCheckAndCaddyAgreeOnJSON(t *testing.T) {
	handler := func(options string) string {
		return `{"handler":"duo_sign","integration_key":"x","secret_key":"y",` + options + `},
			{"handler":"reverse_proxy","upstreams":[{"dial":"h:443"}],"transport":{"protocol":"http","tls":{}}}`
	}
	transport := func(options string) string {
		return `{"handler":"reverse_proxy","transport":{"protocol":"duo_sign","integration_key":"x","secret_key":"y",` + options + `}}`
	}
	for module, good := range map[string]bool{
		handler(`"host":["h"]`):                                         true,
		handler(`"host":["h"],"signature_version":4`):                   true,
		handler(`"host":["h"],"signature_version":"4"`):                 false,
		handler(`"host":["h"],"signature_version":3`):                   false,
		handler(`"host":"h"`):                                           false,
		handler(`"host":["https://h"]`):                                 false,
		handler(`"host":[]`):                                            false,
		handler(`"host":["h"],"skey":"x"`):                              false,
		handler(`"host":["h"],"tls":{}`):                                false,
		handler(`"host":["h"],"explain_header":true`):                   true,
		handler(`"host":["h"],"explain_header":false`):                  true,
		handler(`"host":["h"],"allow":["GET"]`):                         false,
		handler(`"host":["h"],"audit":"maybe"`):                         false,
		handler(`"host":["h"],"max_body":"lots"`):                       false,
		handler(`"host":["h"],"insecure_upstream":"yes"`):               false,
		transport(`"host":["h"],"tls":{}`):                              true,
		transport(`"host":["h"],"tls":{},"dial_timeout":1000`):          true,
		transport(`"host":["h"],"tls":{},"dial_timeut":1000`):           false,
		transport(`"host":["h"]`):                                       false,
		transport(`"host":["h"],"insecure_upstream":true`):              true,
		transport(`"host":["h"],"tls":{"insecure_skip_verify":true}`):   false,
		transport(`"host":["h"],"tls":{},"explain_header":true`):        true,
		transport(`"host":["h"],"tls":{},"signature_version":"five"`):   false,
		transport(`"host":["h"],"tls":{},"max_clock_skew":"tomorrow"`):  false,
		transport(`"host":["h","g"],"tls":{},"allow":["GET|HEAD /**"]`): true,
	} {
		text := `{"admin":{"disabled":true,"config":{"persist":false}},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
			"apps":{"http":{"servers":{"a":{"listen":["127.0.0.1:0"],"routes":[{"handle":[` + module + `]}]}}}}}`
		status, out := checked(t, "c.json", text)
		config := new(caddy.Config)
		err := json.Unmarshal([]byte(text), config)
		if err == nil {
			err = caddy.Validate(config)
		}
		if (err == nil) != good || (status == 0) != good {
			t.Errorf("%s: want good to be %v, Caddy says %v, check says %d %s", module, good, err, status, out)
		}
	}
}

// The Caddyfiles of the examples have no fault, and Caddy takes them where the credentials are.
func TestTheCaddyfileForSystemdFindsItsCredential(t *testing.T) {
	data, err := os.ReadFile("../docs/examples/systemd/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	credentials, emptied := t.TempDir(), t.TempDir()
	for file, content := range map[string]string{credentials + "/duo": "canary\n", emptied + "/duo": "\n"} {
		if err := os.WriteFile(file, []byte(content), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if status, out := checked(t, "Caddyfile", string(data)); status != 0 {
		t.Errorf("check says %s", out)
	}
	head := "{\nadmin off\npersist_config off\nlog {\noutput discard\n}\n}\n"
	for folder, good := range map[string]bool{credentials: true, emptied: false} {
		t.Setenv("VENDORSIGN_SECRETS_DIR", folder)
		config, err := adapt("Caddyfile", []byte(head+string(data)))
		if err != nil {
			t.Fatal(err)
		}
		var parsed caddy.Config
		if err := json.Unmarshal(config, &parsed); err != nil {
			t.Fatal(err)
		}
		if err := caddy.Validate(&parsed); (err == nil) != good {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

// Apps are verified by a module of their own, which must come before the proxy.
func TestCheckFollowsAnAppsRequestThroughACaddyfile(t *testing.T) {
	const (
		app    = "\t\tapp billing {\n\t\t\tkey_id DIAPPBILLING00000000\n\t\t\tsecret {file./run/secrets/billing}\n\t\t}\n"
		verify = "\tvendorsign_verify duo {\n" + app + "\t}\n"
		signer = "\tduo_sign {\n\t\tintegration_key {env.DUO_IKEY}\n\t\tsecret_key {file./run/secrets/duo}\n\t\thost api-1.duosecurity.com\n\t\trequire_app\n\t}\n"
		proxy  = "\treverse_proxy https://api-1.duosecurity.com\n"
		none   = "warning: reverse_proxy: requests that do not match the matcher of vendorsign_verify (line 2) are "
	)
	transport := "\treverse_proxy https://api-1.duosecurity.com {\n\t\ttransport " + strings.TrimSpace(signer) + "\n\t}\n"
	site := func(text string) string { return "gw.internal {\n" + text + "}\n" }
	without := strings.Replace(signer, "\t\trequire_app\n", "", 1)
	tests := []struct{ name, text, want string }{
		{"both", site(verify + signer + proxy), ""},
		{"with a transport", site(verify + transport), ""},
		{"in any order", site(proxy + signer + verify), ""},
		{"behind the signer, in front of the proxy", site("\troute {\n" + signer + verify + proxy + "\t}\n"), ""},
		{"for some requests, without require_app elsewhere", site("\thandle /a/* {\n" + verify + without + proxy + "\t}\n\thandle {\n" + without + proxy + "\t}\n"), ""},
		{"in a site for this machine", strings.Replace(site("\tbind 127.0.0.1\n"+verify+signer+proxy), "gw.internal", "http://gw.internal", 1), ""},
		{"insecure_downstream", strings.Replace(site(strings.Replace(verify, "\tapp ", "\tinsecure_downstream\n\t\tapp ", 1)+signer+proxy), "gw.internal", "http://gw.internal", 1), ""},

		{"no verifier", site(signer + proxy), "Caddyfile:8: reverse_proxy: every request is refused (403): duo_sign has require_app, and no vendorsign_verify duo comes before this reverse_proxy; put one into the same block, or take require_app out"},
		{"no verifier for a transport", site(transport), "Caddyfile:2: reverse_proxy: every request is refused (403): duo_sign has require_app"},
		{"a verifier for another vendor", site(strings.Replace(verify, " duo", " darktrace", 1) + signer + proxy), "Caddyfile:14: reverse_proxy: every request is refused (403)"},
		{"a verifier in another block", site("\thandle /a/* {\n" + verify + "\t}\n\thandle {\n" + signer + proxy + "\t}\n"), "Caddyfile:17: reverse_proxy: every request is refused (403)"},
		{"a verifier behind the proxy", site("\troute {\n" + signer + proxy + verify + "\t}\n"), "Caddyfile:9: reverse_proxy: every request is refused (403)"},
		{"a verifier for some requests", site(strings.Replace(verify, " duo", " /admin/* duo", 1) + signer + proxy), "Caddyfile:14: " + none + "of no app, and are answered 403"},
		{"a verifier for some requests, and a signer for all", site(strings.Replace(verify, " duo", " /admin/* duo", 1) + without + proxy), "Caddyfile:13: " + none + "signed for anybody; set require_app in duo_sign"},

		{"no app", site("\tvendorsign_verify duo\n" + signer + proxy), "Caddyfile:2: vendorsign_verify: there is no app, so that every request would get a 401: give apps, or apps_file"},
		{"a file without a master", site("\tvendorsign_verify duo {\n\t\tapps_file apps.json\n\t}\n" + signer + proxy), "Caddyfile:2: vendorsign_verify: apps_file and app_master need each other"},
		{"the credential's secret", site(strings.Replace(verify, "/billing", "/duo", 1) + signer + proxy), "Caddyfile:2: vendorsign_verify: app billing: secret is the credential's own"},
		{"a secret in Traefik's spelling", site(strings.Replace(verify, "{file./run/secrets/billing}", "file:/run/secrets/billing", 1) + signer + proxy), "Caddyfile:2: vendorsign_verify: secret: "},
		{"plain http", strings.Replace(site(verify+signer+proxy), "gw.internal", "http://gw.internal", 1), "Caddyfile:2: vendorsign_verify: the server listens on :80 for plain http, where signatures can be read and repeated: serve https, bind 127.0.0.1, or set insecure_downstream"},
		{"plain http on another port", strings.Replace(site(verify+signer+proxy), "gw.internal", "http://gw.internal:8080", 1), "Caddyfile:2: vendorsign_verify: the server listens on :8080 for plain http"},
		{"plain http for any name", strings.Replace(site(verify+strings.Replace(signer, "\thost", "\tclient_hosts gw.internal\n\t\thost", 1)+proxy), "gw.internal", ":8080", 1), "Caddyfile:2: vendorsign_verify: the server listens on :8080 for plain http"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { saysOneThing(t, tt.text, tt.want) })
	}
	_, out := checked(t, "Caddyfile", site(strings.Replace(verify, "{file./run/secrets/billing}", "canary0123456789canary0123456789canary01", 1)+signer+proxy), "--references-only")
	if !strings.HasPrefix(out, "Caddyfile:2: vendorsign_verify: secret is written out; refer to a file or a variable\n") || strings.Contains(out, "canary") {
		t.Error(out)
	}
}

// saysOneThing fails unless check says of a Caddyfile, in one line, what begins with want: a fault, or a warning, which --strict makes a
// failure too. An empty want is a Caddyfile without a fault.
func saysOneThing(t *testing.T, caddyfile, want string) {
	t.Helper()
	status, out := checked(t, "Caddyfile", caddyfile, "--strict")
	wanted := 1
	switch {
	case want == "":
		wanted = 0
	case strings.Contains(want, ": warning: "):
		wanted = 3
	}
	if status != wanted || !strings.HasPrefix(out, want) || wanted == 0 && !strings.HasSuffix(out, ", no fault\n") || strings.Count(out, "\n") != 1 {
		t.Errorf("status %d\n%swant %d\n%s", status, out, wanted, want)
	}
}
