package tests

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/driver"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

type confineFunc = func(vendor string, config, policy []byte, env map[string]string, news func(string)) (watch func(*http.Request) *http.Request, sign func(*http.Request) *http.Response, err error)

type allowsFunc = func(list, address, defaultPort string) (bool, error)

// bothConfined runs a test of what an operator permits in both runtimes.
func bothConfined(t *testing.T, test func(t *testing.T, confine confineFunc, allows allowsFunc)) {
	t.Helper()
	t.Run("compiled", func(t *testing.T) { test(t, driver.Confined, driver.AllowedHosts) })
	t.Run("interpreted", func(t *testing.T) {
		i := interpret.Import(t, "tests/driver")
		test(t, interpret.Symbol[confineFunc](t, i, "driver.Confined"), interpret.Symbol[allowsFunc](t, i, "driver.AllowedHosts"))
	})
}

func TestAListOfHostsPermitsWhatItNamesAndNothingElse(t *testing.T) {
	tests := []struct {
		list, address string
		want          bool
	}{
		{"api.example", "api.example", true},
		{"api.example", "API.Example", true},
		{"API.EXAMPLE", "api.example", true},
		{"api.example", "api.example.", true},
		{"api.example.", "api.example", true},
		{" one.example , two.example ", "two.example", true},
		{"api.example", "api.example:8443", true},
		{"api.example:8443", "api.example:8443", true},
		{"api.example:8443", "api.example:443", false},
		{"api.example:8443", "api.example", false},
		{"api.example:443", "api.example", true},
		{"api.example", "api.example.evil.example", false},
		{"api.example", "evil-api.example", false},
		{"api.example", "x.api.example", false},
		{"api.example", "example", false},
		{"*.example.com", "api.example.com", true},
		{"*.example.com", "API.example.com.", true},
		{"*.example.com:8443", "api.example.com:8443", true},
		{"*.example.com:8443", "api.example.com", false},
		{"*.example.com", "example.com", false},
		{"*.example.com", "a.b.example.com", false},
		{"*.example.com", ".example.com", false},
		{"*.example.com", "api.example.com.evil.example", false},
		{"*.example.com", "evilexample.com", false},
		{"127.0.0.1", "127.0.0.1:9105", true},
		{"127.0.0.1:9105", "127.0.0.1:9105", true},
		{"127.0.0.1:9105", "127.0.0.1:9106", false},
		{"::1", "[::1]:8443", true},
		{"[::1]:8443", "[0:0:0:0:0:0:0:1]:8443", true},
		{"[::1]:8443", "::1", false},
		{"::ffff:127.0.0.1", "127.0.0.1", true},
		{"duo_vendor,caddy-1", "duo_vendor", true},
		{"api.example", "api.example@evil.example", false},
		{"api.example", "", false},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", true},
		{"xn--bcher-kva.example", "bücher.example", false},
	}
	malformed := []string{"", " ", ",", "api.example,", ",api.example", "a.example,,b.example", "*", "*.", "*example.com", "a.*.example", "*.*.example", "api.*",
		"https://api.example", "api.example/path", "api.example:", "api.example:0", "api.example:65536", "api.example:+443", "api.example:0443", "api.example:https", ":443",
		"api example", "api.example;b.example", "bücher.example", ".example", "api..example", "-api.example", "api.example..", "*.127.0.0.1", "*.0.0.1", "127.1", "1.2.3.4.5", "0x7f.1",
		"user@api.example", "api.example?", "api.example#x", "[::1", "::1]", "[api.example]:443", "10.0.0.0/8", "api.example\nevil.example", "a.example b.example", strings.Repeat("a", 64) + ".example"}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, test := range tests {
			if got, err := allows(test.list, test.address, "443"); err != nil || got != test.want {
				t.Errorf("%q permits %q: %v, %v", test.list, test.address, got, err)
			}
		}
		for _, list := range malformed {
			if _, err := allows(list, "api.example", "443"); err == nil || len(list) > 3 && strings.Contains(err.Error(), list) {
				t.Errorf("%q: the error is %v", list, err)
			}
			for _, name := range []string{"VENDORSIGN_ALLOWED_HOSTS", "VENDORSIGN_INSECURE_UPSTREAM"} {
				_, _, err := confine("duo", []byte(`{"integration_key":"DIX","secret_key":"canary"}`), []byte(`{"host":"api.example"}`), map[string]string{name: list}, nil)
				nowhere := name == "VENDORSIGN_INSECURE_UPSTREAM" && strings.TrimSpace(list) == ""
				if !nowhere && (err == nil || !strings.HasPrefix(err.Error(), name+": entry ")) || nowhere && err != nil {
					t.Errorf("%s=%q: the error is %v", name, list, err)
				}
			}
		}
	})
}

// A list has the host of each route, and each route is checked against it: if each took a time that grows with the list, a
// thousand routes would take a minute.
func TestHowManyHostsTheOperatorPermitsCostsARouteNothing(t *testing.T) {
	bothConfined(t, func(t *testing.T, confine confineFunc, _ allowsFunc) {
		allocs := func(hosts int) float64 {
			list := strings.Repeat("other.example,", hosts) + "api.example"
			env := map[string]string{"VENDORSIGN_ALLOWED_HOSTS": list, "VENDORSIGN_INSECURE_UPSTREAM": list}
			return testing.AllocsPerRun(10, func() {
				_, _, err := confine("duo", []byte(`{"integration_key":"DIX","secret_key":"canary"}`),
					[]byte(`{"host":"api.example","insecure_upstream":true}`), env, nil)
				if err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := allocs(1), allocs(500); many > few+few/4 {
			t.Errorf("a route takes %.0f allocations with 501 hosts, and %.0f with two", many, few)
		}
	})
}

// confinement is a configuration that somebody else than the operator wrote, and what the operator permits. {dir} is the
// folder of secrets.
type confinement struct {
	name, vendor, config, policy string
	env                          map[string]string
	want                         string // the error, or a part of it that begins with "..."; empty: none
}

func (c confinement) check(t *testing.T, confine confineFunc, dir string) {
	t.Helper()
	fill := strings.NewReplacer("{dir}", dir).Replace
	env := map[string]string{"VENDORSIGN_SECRETS_DIR": dir, "VENDORSIGN_TOKEN_DIR": dir}
	for name, value := range c.env {
		env[name] = fill(value)
	}
	_, _, err := confine(c.vendor, []byte(fill(c.config)), []byte(fill(c.policy)), env, nil)
	got := ""
	if err != nil {
		got = err.Error()
	}
	if part, ok := strings.CutPrefix(c.want, "..."); got != c.want && !(ok && strings.Contains(got, part)) {
		t.Errorf("%s: the error is %q, want %q", c.name, got, c.want)
	}
	if strings.Contains(got, "canary") {
		t.Errorf("%s: the error shows a value: %s", c.name, got)
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "{dir}", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	duoKeys      = `{"integration_key":"DIX","secret_key":"canary"}`
	cortexKey    = `{"api_key_id":"1","api_key":"file:{dir}/duo","key_type":"standard"}`
	hostRefused  = "host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"
	plainRefused = "insecure_upstream is not permitted: host is not among the hosts of VENDORSIGN_INSECURE_UPSTREAM"
	bareRefused  = "insecure_upstream would send a secret as it is over plain http or to anybody; the operator can permit it for a host in VENDORSIGN_INSECURE_UPSTREAM"
	inside       = " is a loopback, link-local or private address; the operator can permit it in VENDORSIGN_ALLOWED_HOSTS"
)

// ownPreset is a preset of the operator's with two steps and a logout.
const ownPreset = `{"preset":1,"name":"NAME","title":"Acme","options":[{"name":"password","secret":true}],"operations":["header X-Sid = [[token|reveal]]"],"token":{"login":{
	"steps":[{"method":"POST","url":"https://[[host]]/login","body":"[[opt.password|reveal]]","take":["more.org = json:org"]},
		{"method":"POST","url":"https://STEP","body":"[[opt.password|reveal]]","take":["token = json:sid"]}],
	"lifetime":"30m","logout":{"method":"POST","url":"https://END","operations":["header X-Sid = [[token|reveal]]"]}}}}`

func TestALabelAuthorSendsSecretsOnlyWhereTheOperatorPermits(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"duo": "canary", "host": "mine.example\n", "url": "https://mine.example\n", "proxy": "http://mine.example:3128\n",
		"acme.json":   `{"integration_key":"DIX","secret_key":"canary","host":"api.example"}`,
		"mine.json":   `{"integration_key":"DIX","secret_key":"canary","host":"mine.example"}`,
		"refers.json": `{"integration_key":"{file.{dir}/id}","secret_key":"canary-2","host":"api.example"}`, "id": "DIX",
	})
	t.Setenv("VENDORSIGN_HOST", "mine.example")
	t.Setenv("VENDORSIGN_ID", "DIX")
	listed := map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "api.example,*.tenants.example,proxy.example:3128,csp.example,10.0.0.7"}
	plain := map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "api.example,*.lab.example"}
	const preset = `{"secrets":{"password":"canary"},"preset":"PRESET"}`
	for name, url := range map[string]string{"here": "[[host]]/x", "there": "mine.example", "follow": "mine.example/[[token.org|urlencode|reveal]]", "csp": "csp.example"} {
		text := strings.NewReplacer("NAME", name+"_step", "STEP", url, "END", "[[host]]").Replace(ownPreset)
		ends := strings.NewReplacer("NAME", name+"_end", "STEP", "[[host]]/x", "END", url).Replace(ownPreset)
		writeFiles(t, dir, map[string]string{name + "_step.json": text, name + "_end.json": ends})
	}
	presetOf := func(name string) string { return strings.Replace(preset, "PRESET", name, 1) }
	t.Setenv("VENDORSIGN_PRESETS_DIR", dir)
	const elsewhere = "custom: the vendor's token service mine.example is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"
	csp := func(url string) string { return `{"csp_api_token":"canary","csp_url":"` + url + `"}` }
	tests := []confinement{
		{"a host that is listed", "duo", duoKeys, `{"host":"api.example"}`, listed, ""},
		{"a host below a name", "duo", duoKeys, `{"host":"one.tenants.example:8443"}`, listed, ""},
		{"several hosts that are listed", "duo", duoKeys, `{"host":["api.example","one.tenants.example"]}`, listed, ""},
		{"a host of the author", "cortex", cortexKey, `{"host":"mine.example"}`, listed, "cortex: " + hostRefused},
		{"one of several", "duo", duoKeys, `{"host":["api.example","mine.example"]}`, listed, "duo: " + hostRefused},
		{"a host by reference to a variable", "duo", duoKeys, `{"host":"env:VENDORSIGN_HOST"}`, listed, "duo: " + hostRefused},
		{"a host by reference to a file", "duo", duoKeys, `{"host":"file:{dir}/host"}`, listed, "duo: " + hostRefused},
		{"a secret for a host", "duo", duoKeys, `{"host":"file:{dir}/duo"}`, listed, "duo: " + hostRefused},
		{"a host in a file that is listed", "duo", `{}`, `{"credentials_file":"{dir}/acme.json"}`, listed, ""},
		{"a host in a file that is not", "duo", `{}`, `{"credentials_file":"{dir}/mine.json"}`, listed, "duo: " + hostRefused},
		{"a secret that is not there yet", "duo", `{"integration_key":"DIX","secret_key":"file:{dir}/none"}`, `{"host":"mine.example"}`, listed, "duo: " + hostRefused},
		{"the credential before goes to the same hosts", "duo", duoKeys, `{"host":"mine.example","previous":{"integration_key":"DIY","secret_key":"file:{dir}/duo"}}`, listed, "duo: " + hostRefused},

		{"the vendor's own token service", "carbonblack", `{"csp_api_token":"canary"}`, `{"host":"api.example"}`, listed, "carbonblack: the vendor's token service console.cloud.vmware.com is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a token service that is listed", "carbonblack", csp("https://csp.example"), `{"host":"api.example"}`, listed, ""},
		{"a token service of the author", "carbonblack", csp("https://mine.example"), `{"host":"api.example"}`, listed, "carbonblack: csp_url is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a token service by reference", "carbonblack", csp("file:{dir}/url"), `{"host":"api.example"}`, listed, "carbonblack: csp_url is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a platform of the author", "threatconnect", `{"token":"canary","api_url":"https://mine.example/api"}`, `{"host":"api.example","token_cache":"{dir}"}`, listed, "threatconnect: api_url is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a private address that is listed", "carbonblack", csp("https://10.0.0.7"), `{"host":"api.example"}`, listed, ""},
		{"a private address that is not", "carbonblack", csp("https://10.0.0.8"), `{"host":"api.example"}`, listed, "carbonblack: csp_url is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a proxy that is listed", "carbonblack", csp("https://csp.example"), `{"host":"api.example","token_proxy":"http://proxy.example:3128"}`, listed, ""},
		{"another port of it", "carbonblack", csp("https://csp.example"), `{"host":"api.example","token_proxy":"http://proxy.example:3129"}`, listed, "carbonblack: token_proxy is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a proxy of the author", "carbonblack", csp("https://csp.example"), `{"host":"api.example","token_proxy":"http://user:canary@mine.example"}`, listed, "carbonblack: token_proxy is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},
		{"a proxy by reference", "carbonblack", csp("https://csp.example"), `{"host":"api.example","token_proxy":"file:{dir}/proxy"}`, listed, "carbonblack: token_proxy is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},

		{"a login at the host itself", "custom", presetOf("here_step"), `{"host":"api.example"}`, listed, ""},
		{"a step elsewhere", "custom", presetOf("there_step"), `{"host":"api.example"}`, listed, elsewhere},
		{"a step elsewhere that sends what came before", "custom", presetOf("follow_step"), `{"host":"api.example"}`, listed, elsewhere},
		{"a step elsewhere that is listed", "custom", presetOf("csp_step"), `{"host":"api.example"}`, listed, ""},
		{"a logout elsewhere", "custom", presetOf("there_end"), `{"host":"api.example"}`, listed, elsewhere},
		{"a logout elsewhere that sends what came before", "custom", presetOf("follow_end"), `{"host":"api.example"}`, listed, elsewhere},
		{"a logout elsewhere that is listed", "custom", presetOf("csp_end"), `{"host":"api.example"}`, listed, ""},

		{"a signature over plain http, as before", "duo", duoKeys, `{"host":"api.example","insecure_upstream":true}`, nil, ""},
		{"a key as it is over plain http", "cortex", cortexKey, `{"host":"api.example","insecure_upstream":true}`, nil, "cortex: " + bareRefused},
		{"the same in X-Auth-Token", "carbonblack", `{"api_id":"A","api_secret_key":"canary"}`, `{"host":"api.example","insecure_upstream":true}`, nil, "carbonblack: " + bareRefused},
		{"a token as it is", "threatconnect", `{"token":"canary"}`, `{"host":"api.example","insecure_upstream":true}`, nil, "threatconnect: " + bareRefused},
		{"a fetched token as it is", "carbonblack", `{"csp_api_token":"canary"}`, `{"host":"api.example","insecure_upstream":true}`, nil, "carbonblack: " + bareRefused},
		{"the same where hosts are listed", "cortex", cortexKey, `{"host":"api.example","insecure_upstream":true}`, listed, "cortex: " + bareRefused},
		{"a secret for an id, which every scheme sends", "duo", `{"integration_key":"file:{dir}/duo","secret_key":"mine"}`, `{"host":"api.example","insecure_upstream":true}`, nil,
			"duo: insecure_upstream would send the file of integration_key as it is over plain http or to anybody; the operator can permit it for a host in VENDORSIGN_INSECURE_UPSTREAM"},
		{"a secret for the Host", "duo", duoKeys, `{"host":"file:{dir}/host","insecure_upstream":true}`, nil,
			"duo: insecure_upstream would send the file of host as it is over plain http or to anybody; the operator can permit it for a host in VENDORSIGN_INSECURE_UPSTREAM"},
		{"an id in a variable, as before", "duo", `{"integration_key":"env:VENDORSIGN_ID","secret_key":"file:{dir}/duo"}`, `{"host":"api.example","insecure_upstream":true}`, nil, ""},
		{"an id that a credentials file refers to", "duo", `{}`, `{"credentials_file":"{dir}/refers.json","insecure_upstream":true}`, nil, ""},
		{"an advanced key is not sent", "cortex", `{"api_key_id":"1","api_key":"canary"}`, `{"host":"api.example","insecure_upstream":true}`, nil, ""},
		{"an HMAC of ThreatConnect", "threatconnect", `{"access_id":"1","secret_key":"canary"}`, `{"host":"api.example","insecure_upstream":true}`, nil, ""},
		{"a key as it is where the operator permits it", "cortex", cortexKey, `{"host":"api.example","insecure_upstream":true}`, plain, ""},
		{"below a name", "cortex", cortexKey, `{"host":"xsoar.lab.example","insecure_upstream":true}`, plain, ""},
		{"elsewhere", "cortex", cortexKey, `{"host":"mine.example","insecure_upstream":true}`, plain, "cortex: " + plainRefused},
		{"a signature elsewhere", "duo", duoKeys, `{"host":"mine.example","insecure_upstream":true}`, plain, "duo: " + plainRefused},
		{"one of several hosts", "duo", duoKeys, `{"host":["api.example","mine.example"],"insecure_upstream":true}`, plain, "duo: " + plainRefused},
		{"nowhere", "duo", duoKeys, `{"host":"api.example","insecure_upstream":true}`, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": ""}, "duo: " + plainRefused},
		{"verified TLS needs no permission", "cortex", cortexKey, `{"host":"api.example"}`, plain, ""},
	}
	for _, address := range []string{"https://127.0.0.1", "http://127.0.0.1:1", "https://127.8.9.10:8443", "https://localhost", "https://LOCALHOST.", "https://a.localhost", "https://[::1]", "https://[0:0::1]:443",
		"https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[::127.0.0.1]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]", "https://169.254.169.254", "https://[fe80::1]", "https://[fe80::1%25eth0]",
		"https://10.1.2.3", "https://172.16.0.1", "https://172.31.255.255", "https://192.168.1.1", "https://100.64.0.1", "https://[fd00::1]", "https://[fec0::1]", "https://0.0.0.0", "https://0.1.2.3", "https://[::]",
		"https://224.0.0.1", "https://255.255.255.255", "https://198.18.0.1", "https://127.1", "https://2130706433", "https://0x7f000001", "https://0177.0.0.1", "https://127.0.0.1."} {
		tests = append(tests, confinement{address, "carbonblack", csp(address), `{"host":"api.example"}`, nil, "carbonblack: csp_url" + inside})
		proxy := strings.Replace(address, "https://", "http://", 1)
		tests = append(tests, confinement{"a proxy at " + address, "carbonblack", csp("https://csp.example"), `{"host":"api.example","token_proxy":"` + proxy + `"}`, nil, "carbonblack: token_proxy" + inside})
	}
	for _, address := range []string{"https://１２７.0.0.1", "https://ⓛocalhost", "https://127。0。0。1"} {
		tests = append(tests, confinement{address, "carbonblack", csp(address), `{"host":"api.example"}`, nil, "carbonblack: csp_url must be a URL such as https://host/path, in ASCII"})
	}
	for _, address := range []string{"https://csp.example", "https://8.8.8.8", "https://[2606:4700::1111]", "https://172.32.0.1", "https://csp.example:8443/path", "https://localhost.example"} {
		tests = append(tests, confinement{address, "carbonblack", csp(address), `{"host":"api.example"}`, nil, ""})
	}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, test := range tests {
			test.check(t, confine, dir)
		}
	})
}

func TestASecretIsBoundToTheVendorAndTheHostsThatTheOperatorSays(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"duo": "canary", "tenants/a/cortex": "canary", "tenants/b/cortex": "canary", "cortex": "canary", "unlisted": "canary", "csp": "canary", "s3": "canary", "one": "canary", "proxy": "http://proxy.example:3128", "host": "mine.example",
		"acme.json":   `{"integration_key":"DIX","secret_key":"canary","host":"api.example"}`,
		"hostless":    `{"integration_key":"DIX","secret_key":"canary"}`,
		"refers.json": `{"integration_key":"DIX","secret_key":"file:{dir}/unlisted","host":"api.example"}`,
		"bindings": `{
			"file:{dir}/duo": {"vendor": "duo", "hosts": ["api.example", "*.duo.example"]},
			"file:{dir}/hostless": {"vendor": "duo", "hosts": ["api.example"]},
			"file:{dir}/s3": {"vendor": "aws", "hosts": ["*.s3.eu-west-1.amazonaws.com"]},
			"file:{dir}/one": {"vendor": "aws", "hosts": ["reports.s3.eu-west-1.amazonaws.com"]},
			"file:{dir}/csp": {"vendor": "carbonblack", "hosts": ["api.example", "csp.example"]},
			"file:{dir}/tenants/a/*": {"vendor": "cortex", "hosts": ["a.example"]},
			"file:{dir}/tenants/*/cortex": {"vendor": "cortex", "hosts": ["a.example", "b.example"]},
			"file:{dir}/bind*": {"vendor": "cortex", "hosts": ["api.example"]},
			"env:VENDORSIGN_DUO": {"vendor": "duo", "hosts": ["api.example"]},
			"env:VENDORSIGN_BINDINGS": {"vendor": "cortex", "hosts": ["api.example"]}
		}`,
	})
	if err := os.Symlink("duo", filepath.Join(dir, "alias")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_DUO", "canary")
	t.Setenv("VENDORSIGN_OTHER", "canary")
	t.Setenv("VENDORSIGN_BINDINGS", dir+"/bindings")
	duo := func(reference string) string { return `{"integration_key":"DIX","secret_key":"` + reference + `"}` }
	standard := func(reference string) string {
		return `{"api_key_id":"1","api_key":"` + reference + `","key_type":"standard"}`
	}
	bucket := func(reference string) string {
		return `{"access_key_id":"AKIDEXAMPLE","secret_access_key":"` + reference + `","region":["eu-west-1"],"service":["s3"]}`
	}
	const api = `{"host":"api.example"}`
	bound := map[string]string{"VENDORSIGN_BINDINGS": "{dir}/bindings"}
	const binds = ": VENDORSIGN_BINDINGS binds this secret to "
	tests := []confinement{
		{"a file as it is bound", "duo", duo("file:{dir}/duo"), api, bound, ""},
		{"in the long form", "duo", duo("{file.{dir}/duo}"), api, bound, ""},
		{"for a host below a name", "duo", duo("file:{dir}/duo"), `{"host":"api-1.duo.example"}`, bound, ""},
		{"for another host", "duo", duo("file:{dir}/duo"), `{"host":"mine.example"}`, bound, "duo: secret_key" + binds + "other hosts than host"},
		{"for one more host", "duo", duo("file:{dir}/duo"), `{"host":["api.example","mine.example"]}`, bound, "duo: secret_key" + binds + "other hosts than host"},
		{"for another vendor", "cortex", standard("file:{dir}/duo"), api, bound, "cortex: api_key" + binds + "another vendor"},
		{"as another option", "cortex", `{"api_key_id":"file:{dir}/duo","api_key":"canary"}`, api, bound, "cortex: api_key_id" + binds + "another vendor"},
		{"a variable", "duo", duo("env:VENDORSIGN_DUO"), api, bound, ""},
		{"a variable for another vendor", "cortex", standard("env:VENDORSIGN_DUO"), api, bound, "cortex: api_key" + binds + "another vendor"},
		{"a variable that is not listed", "duo", duo("env:VENDORSIGN_OTHER"), api, bound, "duo: secret_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"a file that is not listed", "duo", duo("file:{dir}/unlisted"), api, bound, "duo: secret_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"a listed file by another way", "duo", duo("file:{dir}/../" + filepath.Base(dir) + "/duo"), api, bound, "duo: secret_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"a listed file by a link", "duo", duo("file:{dir}/alias"), api, bound, "duo: secret_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"a secret for a host", "duo", duo("file:{dir}/duo"), `{"host":"file:{dir}/host"}`, bound, "...: VENDORSIGN_BINDINGS "},
		{"a secret that is not there yet keeps waiting", "duo", duo("file:{dir}/none"), api, bound, ""},
		{"a secret written out is its author's own", "cortex", standard("mine"), `{"host":"mine.example"}`, bound, ""},
		{"a folder's file", "cortex", standard("file:{dir}/tenants/a/cortex"), `{"host":"a.example"}`, bound, ""},
		{"each pattern has to permit it", "cortex", standard("file:{dir}/tenants/a/cortex"), `{"host":"b.example"}`, bound, "cortex: api_key" + binds + "other hosts than host"},
		{"another folder's file", "cortex", standard("file:{dir}/tenants/b/cortex"), `{"host":"b.example"}`, bound, ""},
		{"what is not there by a pattern keeps waiting", "cortex", standard("file:{dir}/tenants/x/../../duo"), `{"host":"b.example"}`, bound, ""},
		{"up within a pattern", "cortex", standard("file:{dir}/tenants/a/../b/cortex"), `{"host":"b.example"}`, bound, "cortex: api_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"up by a pattern's asterisk", "cortex", standard("file:{dir}/tenants/../cortex"), `{"host":"b.example"}`, bound, "cortex: api_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"the credential before is bound too", "duo", duo("file:{dir}/duo"), `{"host":"api.example","previous":{"integration_key":"DIY","secret_key":"file:{dir}/unlisted"}}`, bound, "duo: previous: secret_key: VENDORSIGN_BINDINGS does not list this secret"},
		{"the credential before", "duo", duo("file:{dir}/duo"), `{"host":"api.example","previous":{"integration_key":"DIY","secret_key":"env:VENDORSIGN_DUO"}}`, bound, ""},

		{"a credentials file that names its host", "duo", `{}`, `{"credentials_file":"{dir}/acme.json"}`, bound, ""},
		{"one that names none, as it is bound", "duo", `{}`, `{"credentials_file":"{dir}/hostless","host":"api.example"}`, bound, ""},
		{"one that names none, elsewhere", "duo", `{}`, `{"credentials_file":"{dir}/hostless","host":"mine.example"}`, bound, "duo: credentials_file" + binds + "other hosts than host"},
		{"what a credentials file refers to is bound too", "duo", `{}`, `{"credentials_file":"{dir}/refers.json"}`, bound, "duo: secret_key: VENDORSIGN_BINDINGS does not list this secret"},

		{"its token service", "carbonblack", `{"csp_api_token":"file:{dir}/csp","csp_url":"https://csp.example"}`, api, bound, ""},
		{"another token service", "carbonblack", `{"csp_api_token":"file:{dir}/csp","csp_url":"https://mine.example"}`, api, bound, "carbonblack: csp_api_token" + binds + "other hosts than csp_url"},
		{"the vendor's own token service", "carbonblack", `{"csp_api_token":"file:{dir}/csp"}`, api, bound, "carbonblack: csp_api_token" + binds + "other hosts than the vendor's token service console.cloud.vmware.com"},
		{"a proxy", "carbonblack", `{"csp_api_token":"file:{dir}/csp","csp_url":"https://csp.example"}`, `{"host":"api.example","token_proxy":"http://proxy.example:3128"}`, bound, "carbonblack: csp_api_token" + binds + "other hosts than token_proxy"},
		{"a proxy that the operator lists", "carbonblack", `{"csp_api_token":"file:{dir}/csp","csp_url":"https://csp.example"}`, `{"host":"api.example","token_proxy":"http://proxy.example:3128"}`,
			map[string]string{"VENDORSIGN_BINDINGS": "{dir}/bindings", "VENDORSIGN_ALLOWED_HOSTS": "api.example,csp.example,proxy.example"}, ""},

		{"a family of hosts as it is bound", "aws", bucket("file:{dir}/s3"), `{"host":"*.s3.eu-west-1.amazonaws.com"}`, bound, ""},
		{"a member of a family", "aws", bucket("file:{dir}/s3"), `{"host":"reports.s3.eu-west-1.amazonaws.com"}`, bound, ""},
		{"another family", "aws", bucket("file:{dir}/s3"), `{"host":"*.s3.eu-west-2.amazonaws.com"}`, bound, "aws: secret_access_key" + binds + "other hosts than host"},
		{"a family of which one member is bound", "aws", bucket("file:{dir}/one"), `{"host":"*.s3.eu-west-1.amazonaws.com"}`, bound, "aws: secret_access_key" + binds + "other hosts than host"},
		{"a family that the operator lists", "aws", bucket("file:{dir}/s3"), `{"host":"*.s3.eu-west-1.amazonaws.com"}`,
			map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "*.s3.eu-west-1.amazonaws.com"}, ""},
		{"a family of which the operator lists one member", "aws", bucket("file:{dir}/s3"), `{"host":"*.s3.eu-west-1.amazonaws.com"}`,
			map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "reports.s3.eu-west-1.amazonaws.com"}, "aws: host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS"},

		{"the file of the bindings is no secret", "cortex", standard("file:{dir}/bindings"), api, bound, "cortex: api_key: secret file is the file of VENDORSIGN_BINDINGS, not a secret"},
		{"nor a credentials file", "cortex", `{}`, `{"credentials_file":"{dir}/bindings"}`, bound, "cortex: credentials_file: secret file is the file of VENDORSIGN_BINDINGS, not a secret"},
		{"nor is its name", "cortex", standard("env:VENDORSIGN_BINDINGS"), api, bound, "cortex: api_key: environment variable VENDORSIGN_BINDINGS is the operator's, not a secret"},
	}
	for _, name := range []string{"VENDORSIGN_SECRETS_DIR", "VENDORSIGN_TOKEN_DIR", "VENDORSIGN_ALLOWED_HOSTS", "VENDORSIGN_INSECURE_UPSTREAM", "VENDORSIGN_BINDINGS"} {
		tests = append(tests, confinement{name, "cortex", standard("env:" + name), api, nil, "cortex: api_key: environment variable " + name + " is the operator's, not a secret"})
	}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, test := range tests {
			test.check(t, confine, dir)
		}
	})
}

func TestBindingsThatAreNotAsTheyShouldBePermitNothing(t *testing.T) {
	dir := t.TempDir()
	const entry = `{"vendor":"duo","hosts":["api.example"]}`
	files := map[string]string{
		"empty":                   ``,
		"no JSON":                 `{"env:VENDORSIGN_X":`,
		"null":                    `null`,
		"a list":                  `[]`,
		"a text":                  `{"env:VENDORSIGN_X":"duo"}`,
		"something after it":      `{} {}`,
		"an unknown vendor":       `{"env:VENDORSIGN_X":{"vendor":"acme","hosts":["api.example"]}}`,
		"no vendor":               `{"env:VENDORSIGN_X":{"hosts":["api.example"]}}`,
		"no hosts":                `{"env:VENDORSIGN_X":{"vendor":"duo"}}`,
		"hosts without one":       `{"env:VENDORSIGN_X":{"vendor":"duo","hosts":[]}}`,
		"a text for hosts":        `{"env:VENDORSIGN_X":{"vendor":"duo","hosts":"api.example"}}`,
		"a malformed host":        `{"env:VENDORSIGN_X":{"vendor":"duo","hosts":["https://api.example"]}}`,
		"every host":              `{"env:VENDORSIGN_X":{"vendor":"duo","hosts":["*"]}}`,
		"an unknown name":         `{"env:VENDORSIGN_X":{"vendor":"duo","hosts":["api.example"],"options":[]}}`,
		"a name in capitals":      `{"env:VENDORSIGN_X":{"Vendor":"duo","hosts":["api.example"]}}`,
		"a secret twice":          `{"env:VENDORSIGN_X":` + entry + `,"env:VENDORSIGN_X":` + entry + `}`,
		"a vendor twice":          `{"env:VENDORSIGN_X":{"vendor":"duo","vendor":"cortex","hosts":["api.example"]}}`,
		"no kind":                 `{"/run/secrets/duo":` + entry + `}`,
		"no name":                 `{"env:":` + entry + `}`,
		"a relative path":         `{"file:duo":` + entry + `}`,
		"a path with dots":        `{"file:/run/../duo":` + entry + `}`,
		"a pattern of a variable": `{"file:/run/[a-z]":` + entry + `}`,
		"a question mark":         `{"file:/run/?":` + entry + `}`,
	}
	writeFiles(t, dir, files)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	paths := []string{"", "bindings.json", filepath.Join(dir, "missing"), filepath.Join(dir, "folder"), "/dev/zero"}
	for name := range files {
		paths = append(paths, filepath.Join(dir, name))
	}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, path := range paths {
			_, _, err := confine("duo", []byte(duoKeys), []byte(`{"host":"api.example"}`), map[string]string{"VENDORSIGN_BINDINGS": path}, nil)
			if err == nil || !strings.HasPrefix(err.Error(), "VENDORSIGN_BINDINGS: ") {
				t.Errorf("%s: the error is %v", path, err)
			}
		}
	})
}

func TestOneWarningTellsWhatToAddAndNoSecret(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("VENDORSIGN_HOST", "host-canary.example")
	// A process of its own: an interpreter has its own variables of packages.
	i := interpret.Import(t, "tests/driver")
	confine := interpret.Symbol[confineFunc](t, i, "driver.Confined")
	var news []string
	load := func(policy string, env map[string]string) {
		t.Helper()
		all := map[string]string{"VENDORSIGN_SECRETS_DIR": dir}
		for name, value := range env {
			all[name] = value
		}
		if _, _, err := confine("duo", []byte(duoKeys), []byte(policy), all, func(said string) { news = append(news, said) }); err != nil {
			t.Fatal(err)
		}
	}
	load(`{"host":"api.example"}`, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "api.example"})
	if len(news) != 0 {
		t.Errorf("told %q though the hosts are listed", news)
	}
	load(`{"host":["api.example","env:VENDORSIGN_HOST"],"insecure_upstream":true}`, nil)
	for n := 0; n < 108; n++ {
		load(`{"host":"api.example"}`, nil)
	}
	want := []string{
		"anyone who writes a label can have the gateway's secrets sent to any host; bind them, with the hosts of every middleware, in the environment of the gateway's process: " +
			"VENDORSIGN_ALLOWED_HOSTS=api.example,HOST VENDORSIGN_INSECURE_UPSTREAM=api.example,HOST",
		"10 middlewares were loaded without hosts that the operator permits",
		"100 middlewares were loaded without hosts that the operator permits",
	}
	if strings.Join(news, "\n") != strings.Join(want, "\n") {
		t.Errorf("told %q", news)
	}
}
