package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// fipsChild is set in the process that runs in FIPS mode.
const fipsChild = "VENDORSIGN_TEST_FIPS"

// In FIPS mode the library refuses MD5, SHA-1 and short keys of HMAC by an error or a panic. A scheme that needs them is refused when
// it is loaded, where an operator sees it, and every other scheme signs.
func TestInFIPSModeEverySchemeSignsOrDoesNotLoad(t *testing.T) {
	if os.Getenv(fipsChild) != "" {
		both(t, func(t *testing.T, d drive) { fipsRun(t, d) })
		return
	}
	child := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), "GODEBUG=fips140=only", fipsChild+"=1")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%.8000s", err, out)
	}
	for _, runtime := range []string{"compiled", "interpreted"} {
		counts := regexp.MustCompile(`\b` + runtime + `: (\d+) schemes sign, (\d+) are refused`).FindStringSubmatch(string(out))
		if counts == nil || counts[1] == "0" || counts[2] == "0" {
			t.Errorf("%s: %v; some schemes sign in FIPS mode, and some cannot\n%.8000s", runtime, counts, out)
			continue
		}
		t.Log(counts[0])
	}
}

// fipsVariants are options that ask for another hash or key.
var fipsVariants = map[string][]string{
	"darktrace":     {`{"public_token":"pub","private_token":"canary-of-forty-characters-in-all-01234567"}`},
	"duo":           {`{"integration_key":"DIX","secret_key":"canary-of-forty-characters-in-all-01234567"}`, `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`, `{"integration_key":"DIX","secret_key":"canary","signature_version":2,"digest":"sha1"}`},
	"threatconnect": {`{"token":"canary"}`, `{"access_id":"42","secret_key":"canary-of-forty-characters-in-all-01234567"}`},
	"cortex":        {`{"api_key_id":"7","api_key":"canary","key_type":"standard"}`},
	"aws": {
		`{"access_key_id":"AKID","secret_access_key":"canary","region":"eu-west-1","service":"s3"}`,
		`{"access_key_id":"AKID","secret_access_key":"canary-of-forty-characters-in-all-01234567","region":"eu-west-1","service":"s3"}`,
	},
	"oauth2": {
		`{"client_id":"a","client_secret":"canary","token_url":"https://idp.example/token"}`,
		`{"client_id":"a","client_secret":"canary","token_url":"https://idp.example/token","client_auth":"client_secret_post","format":"json"}`,
	},
	"jwt": {
		`{"algorithm":"HS256","shared_secret":"canary","claims":["iss=a","iat=[[now]]"]}`,
		`{"algorithm":"HS256","shared_secret":"canary-of-forty-characters-in-all-01234567","claims":["iss=a","iat=[[now]]"]}`,
	},
	"login": {
		`{"secrets":{"p":"canary"},"operations":["header X = [[token|reveal]]"],"login":{"steps":[{"method":"POST","url":"https://[[host]]/l","body":"[[opt.p|sha1|hex]]","take":["token = body"]}]}}`,
		`{"secrets":{"p":"canary"},"operations":["header X = [[token|reveal]]"],"login":{"steps":[{"method":"POST","url":"https://[[host]]/l","body":"[[opt.p|reveal]]","take":["token = body"]}]}}`,
	},
	"custom": {
		customOf("header X-A = [[path|md5|hex]]"), customOf("header X-A = [[path|sha1|hex]]"), customOf("header X-A = [[path|sha256|hex]]"),
		customOf("header X-A = [[path|hmac_sha1:opt.secret_key|hex]]"), customOf("header X-A = [[path|if_method:PUT|hmac_sha256:opt.secret_key|hex]]"),
		customOf("header X-A = [[body|md5|hex|if_method:PUT]]"),
	},
}

func customOf(operation string) string {
	text, err := json.Marshal(map[string]any{"secrets": map[string]string{"secret_key": "canary"}, "operations": []string{operation, "header X-B = [[opt.secret_key|reveal]]"}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// fipsTokenCache loads credentials whose tokens are kept in a folder, encrypted: the mode allows no nonce of ours for that.
func fipsTokenCache(t *testing.T, d drive) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("token_cache panics: %v", r)
		}
	}()
	for _, config := range []string{`{"csp_api_token":"canary"}`, `{"oauth_app_id":"ID","oauth_app_secret":"canary-of-forty-characters-in-all-01234567"}`} {
		err := d.Load("carbonblack", []byte(config), []byte(`{"host":"vendor.example","token_cache":"`+t.TempDir()+`"}`), false, "", false, "")
		if err == nil || !strings.Contains(err.Error(), "token_cache") || !strings.Contains(err.Error(), "FIPS") || strings.Contains(err.Error(), "canary") {
			t.Errorf("the load error is %v, and must name token_cache and FIPS", err)
		}
		if err := d.Load("carbonblack", []byte(config), []byte(`{"host":"vendor.example"}`), false, "", false, ""); err != nil {
			t.Errorf("without token_cache: %v", err)
		}
	}
}

// fipsSession takes session credentials of AWS from an agent: a secret that is too short is refused when it comes.
func fipsSession(t *testing.T, d drive) {
	const config = `{"credentials":"container","container_url":"http://169.254.170.23/v1/credentials","region":"eu-west-1","service":"s3"}`
	for _, c := range []struct {
		secret string
		long   bool
	}{{"canary", false}, {"canary-of-forty-characters-in-all-01234567", true}} {
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("a secret of %d bytes: panics: %v", len(c.secret), r)
				}
			}()
			next, parse, sign, err := d.Flow("aws", []byte(config), "vendor.example", atNoon(), "")
			if err != nil {
				t.Fatal(err)
			}
			_, _, _, _, _, _ = next(0, nil, "")
			_, _, _, _, _, _ = next(200, nil, `{"AccessKeyId":"ASIA","SecretAccessKey":"`+c.secret+`","Token":"session","Expiration":"2026-01-02T13:00:00Z"}`)
			_, _, _, err = parse()
			if !c.long {
				if err == nil || !strings.Contains(err.Error(), "FIPS") || strings.Contains(err.Error(), c.secret) {
					t.Errorf("a short secret: %v", err)
				}
				return
			}
			if err != nil {
				t.Error(err)
			}
			if header, err := sign("GET", "/a"); err != nil || header.Get("Authorization") == "" {
				t.Errorf("signed with %v, %v", header, err)
			}
		}()
	}
}

func fipsRun(t *testing.T, d drive) {
	configs := map[string][]string{}
	for name, config := range credentials {
		configs[name] = append([]string{config}, fipsVariants[name]...)
	}
	for _, name := range []string{"aws", "custom", "oauth2", "jwt", "login"} {
		configs[name] = fipsVariants[name]
	}
	for name, config := range messageSigners(t) {
		configs[name] = []string{config}
	}
	configs["httpsig"] = append(configs["httpsig"], `{"key_id":"k","shared_secret":"Y2FuYXJ5"}`, `{"key_id":"k","shared_secret":"`+sharedKey+`"}`)
	for _, p := range allPresets(t) {
		configs[p.name] = []string{p.config}
	}
	signed, refused := 0, 0
	for _, name := range signers.Names() {
		if len(configs[name]) == 0 {
			t.Errorf("%s has no configuration to try", name)
		}
		for _, config := range configs[name] {
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%s panics: %v\n%s", name, r, config)
					}
				}()
				sign, err := d.Signer(name, []byte(config))
				if err != nil {
					refused++
					if !strings.Contains(err.Error(), "FIPS") || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
						t.Errorf("the load error is %q, and must name %s and FIPS", err, name)
					}
					return
				}
				signed++
				for _, method := range []string{"GET", "POST", "PUT"} {
					body := map[string]string{"POST": "a=1", "PUT": strings.Repeat("x", 100)}[method]
					header := raw(t, "Content-Type: application/x-www-form-urlencoded")
					if _, _, _, _, err := sign(method, "vendor.example", "/dbs/a/colls/b", header, []byte(body), atNoon(), "", strings.Repeat("0123456789abcdef", 4), "token"); err != nil && !strings.Contains(err.Error(), "cannot be signed") {
						t.Errorf("%s loads, and then: %v", name, err)
					}
				}
			}()
		}
	}
	fipsTokenCache(t, d)
	fipsSession(t, d)
	runtime := t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]
	fmt.Printf("%s: %d schemes sign, %d are refused\n", runtime, signed, refused)
}
