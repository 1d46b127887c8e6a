package tests

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestACredentialsFileIsBoundToTheHostThatItNames(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"acme.json":    `{"integration_key":"DIX","secret_key":"canary","host":"api.example"}`,
		"two.json":     `{"integration_key":"DIX","secret_key":"canary-2","host":["api.example","other.example"]}`,
		"hostless":     `{"integration_key":"DIX","secret_key":"canary-3"}`,
		"csp.json":     `{"csp_api_token":"canary","host":"api.example"}`,
		"own-csp.json": `{"csp_api_token":"canary","host":"api.example","csp_url":"https://csp.example"}`,
	})
	const elsewhere = "duo: previous: credentials_file names another host, and its credential is sent nowhere else"
	const json = "what it refers to is a JSON object, as a credentials_file is, and not the value of an option"
	tests := []confinement{
		{"alone", "duo", `{}`, `{"credentials_file":"{dir}/acme.json"}`, nil, ""},
		{"with another host", "duo", `{}`, `{"credentials_file":"{dir}/acme.json","host":"mine.example"}`, nil, "duo: credentials_file: host is set both in the file and next to it"},
		{"as the credential before, at its host", "duo", duoKeys, `{"host":"api.example","previous":{"credentials_file":"{dir}/acme.json"}}`, nil, ""},
		{"as the credential before, elsewhere", "duo", duoKeys, `{"host":"mine.example","previous":{"credentials_file":"{dir}/acme.json"}}`, nil, elsewhere},
		{"as the credential before, elsewhere too", "duo", duoKeys, `{"host":["api.example","mine.example"],"previous":{"credentials_file":"{dir}/two.json"}}`, nil, elsewhere},
		{"as the credential before, without a host", "duo", duoKeys, `{"host":"mine.example","previous":{"credentials_file":"{dir}/hostless"}}`, nil, ""},
		{"with a token service of the author", "carbonblack", `{"csp_url":"https://mine.example"}`, `{"credentials_file":"{dir}/csp.json"}`, nil,
			"carbonblack: credentials_file: csp_url must be in the file: the file names its host, and the credential is sent nowhere else"},
		{"with its own token service", "carbonblack", `{}`, `{"credentials_file":"{dir}/own-csp.json"}`, nil, ""},
		{"with a token service at its host", "carbonblack", `{"csp_url":"https://api.example"}`, `{"credentials_file":"{dir}/csp.json"}`, nil, ""},
		{"as a header", "cortex", `{"api_key_id":"1","api_key":"file:{dir}/acme.json","key_type":"standard"}`, `{"host":"mine.example"}`, nil, "cortex: api_key: " + json},
		{"as an id", "cortex", `{"api_key_id":"file:{dir}/acme.json","api_key":"canary"}`, `{"host":"mine.example"}`, nil, "cortex: api_key_id: " + json},
		{"as a host", "duo", duoKeys, `{"host":"file:{dir}/acme.json"}`, nil, "duo: host: " + json},
	}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, test := range tests {
			test.check(t, confine, dir)
		}
	})
	// Also where the operator writes the configuration himself, as in Caddy.
	both(t, func(t *testing.T, d drive) {
		for name, test := range map[string]struct{ policy, want string }{
			"elsewhere":   {`{"host":"mine.example","previous":{"credentials_file":"` + dir + `/acme.json"}}`, elsewhere},
			"at its host": {`{"host":"api.example","previous":{"credentials_file":"` + dir + `/acme.json"}}`, ""},
		} {
			got := ""
			if err := d.Load("duo", []byte(duoKeys), []byte(test.policy), false, "", false, ""); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("unconfined, %s: the error is %q, want %q", name, got, test.want)
			}
		}
	})
}

func TestACredentialsFileSaysEverythingOnceAndLoosensNothing(t *testing.T) {
	const loosened = "duo: credentials_file: allow_credential_endpoints, allow_multiplexed and a browser that is let in are for the gateway's own configuration"
	const passed = "duo: credentials_file: upgrade, early_data and keep_header are for the gateway's own configuration"
	const twice = "duo: credentials_file: a name occurs twice in one object"
	with := func(more string) string {
		return `{"integration_key":"DIX","secret_key":"canary","host":"h"` + more + `}`
	}
	tests := map[string]struct{ file, want string }{
		"as it should be":              {with(``), ""},
		"browser deny":                 {with(`,"browser":"deny"`), ""},
		"browser allow":                {with(`,"browser":"allow"`), loosened},
		"browser same_origin":          {with(`,"browser":"same_origin"`), loosened},
		"credential endpoints":         {with(`,"allow_credential_endpoints":true`), loosened},
		"credential endpoints, closed": {with(`,"allow_credential_endpoints":false`), ""},
		"WebSockets":                   {with(`,"upgrade":"websocket"`), passed},
		"WebSockets, refused":          {with(`,"upgrade":"refuse"`), ""},
		"early data":                   {with(`,"early_data":"allow"`), passed},
		"a header that is kept":        {with(`,"keep_header":["X-Method"]`), passed},
		"a secret twice":               {with(`,"secret_key":"canary-2"`), twice},
		"a host twice":                 {with(`,"host":"mine.example"`), twice},
		"a host twice, the first null": {with(`,"host":null`), twice},
		"in another spelling of JSON":  {with(`,"h\u006fst":"mine.example"`), twice},
		"twice in previous":            {with(`,"previous":{"integration_key":"DIY","secret_key":"a","secret_key":"b"}`), twice},
		"previous twice":               {with(`,"previous":{"integration_key":"DIY","secret_key":"a"},"previous":{}`), twice},
		"in two spellings of ours":     {with(`,"previous":{"integration_key":"DIY","secret_key":"a","secretKey":"b"}`), "duo: previous: secret_key is given twice, in two spellings"},
		"deeper":                       {with(`,"allow":[{"a":1,"a":2}]`), twice},
		"the same name in two objects": {with(`,"previous":{"integration_key":"DIY","secret_key":"a"}`), ""},
	}
	both(t, func(t *testing.T, d drive) {
		for name, test := range tests {
			for _, confined := range []bool{true, false} {
				dir := t.TempDir()
				writeFiles(t, dir, map[string]string{"acme.json": test.file})
				err := d.Load("duo", []byte(`{}`), []byte(`{"credentials_file":"`+dir+`/acme.json"}`), true, "VENDORSIGN_", confined, dir)
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != test.want {
					t.Errorf("%s: the error is %q, want %q", name, got, test.want)
				}
				// As the credential before, of which only the credential counts, the file is no other.
				policy := `{"host":"h","previous":{"credentials_file":"` + dir + `/acme.json"}}`
				err = d.Load("duo", []byte(`{"integration_key":"DIZ","secret_key":"canary"}`), []byte(policy), true, "VENDORSIGN_", confined, dir)
				if (err == nil) != (test.want == "") && !strings.Contains(test.file, `"previous"`) {
					t.Errorf("%s, in previous: the error is %v", name, err)
				}
			}
		}
	})
}

func TestAFileWithAnotherNameOutsideIsRefused(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"outside": "outer-canary", "secrets/inside": "inner-canary", "outside.json": duoKeys, "pem": "canary"})
	for name, to := range map[string]string{"hard": "outside", "hard.json": "outside.json", "pem": "pem"} {
		if err := os.Link(filepath.Join(dir, to), filepath.Join(dir, "secrets", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("hard", filepath.Join(dir, "secrets", "soft")); err != nil {
		t.Fatal(err)
	}
	const refused = "secret file has another name (a hard link), which may be outside of VENDORSIGN_SECRETS_DIR; copy it instead"
	secrets := filepath.Join(dir, "secrets")
	both(t, func(t *testing.T, d drive) {
		for name, want := range map[string]string{"hard": refused, "soft": refused, "inside": ""} {
			text, _, err := d.Value("file:"+secrets+"/"+name, true, "VENDORSIGN_", true, secrets)
			if want == "" && (err != nil || text != "inner-canary") || want != "" && (err == nil || err.Error() != want || text != "") {
				t.Errorf("%s: %q, %v", name, text, err)
			}
		}
		for policy, option := range map[string]string{
			`{"host":"h","credentials_file":"` + secrets + `/hard.json"}`:                                                             "duo: credentials_file: ",
			`{"host":"h","previous":{"credentials_file":"` + secrets + `/hard.json"},"credentials_file":"` + secrets + `/hard.json"}`: "duo: credentials_file: ",
		} {
			if err := d.Load("duo", []byte(`{}`), []byte(policy), true, "VENDORSIGN_", true, secrets); err == nil || err.Error() != option+refused {
				t.Errorf("%s: the error is %v", policy, err)
			}
		}
		err := d.Load("carbonblack", []byte(`{"csp_api_token":"canary"}`), []byte(`{"host":"h","token_ca":"`+secrets+`/pem"}`), true, "VENDORSIGN_", true, secrets)
		if err == nil || err.Error() != "carbonblack: token_ca: "+refused {
			t.Errorf("token_ca: the error is %v", err)
		}
		// Where the operator writes the configuration, his links are his.
		if text, _, err := d.Value("file:"+secrets+"/hard", true, "", false, ""); err != nil || text != "outer-canary" {
			t.Errorf("unconfined: %q, %v", text, err)
		}
	})
}

// Whoever can write into the folder puts a link, or a linked folder, in a file's place after the look at its path.
func TestALinkThatIsPutInAFilesPlaceLeadsNowhere(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"outside": "outer-canary", "out/key": "outer-canary", "secrets/key": "inner-canary", "secrets/a/key": "inner-canary", "secrets/b/key": "inner-canary"})
	secrets := filepath.Join(dir, "secrets")
	in := func(name string) string { return filepath.Join(secrets, name) }
	swaps := []func(){ // files and folders in turn; each error is that of a turn which the other one took
		func() {
			os.Symlink(filepath.Join(dir, "outside"), in("next"))
			os.Rename(in("next"), in("key"))
			os.WriteFile(in("next"), []byte("inner-canary"), 0o600)
			os.Rename(in("next"), in("key"))
		},
		func() {
			os.Rename(in("a"), in("aside"))
			os.Symlink(filepath.Join(dir, "out"), in("a"))
			os.Remove(in("a"))
			os.Rename(in("aside"), in("a"))
		},
	}
	both(t, func(t *testing.T, d drive) {
		for i, path := range []string{in("key"), in("a/key")} {
			var done atomic.Bool
			var racing sync.WaitGroup
			racing.Go(func() {
				for !done.Load() {
					swaps[i]()
				}
			})
			read := 0
			for n := 0; n < 3000; n++ {
				text, _, err := d.Value("file:"+path, true, "VENDORSIGN_", true, secrets)
				if err == nil && text != "inner-canary" {
					t.Errorf("%s: read %q", path, text)
					break
				}
				if err == nil {
					read++
				}
			}
			done.Store(true)
			racing.Wait()
			t.Logf("%s: read %d times", path, read)
		}
	})
}

// The links of Kubernetes and Docker lead from the mounted folder into it.
func TestTheLinksOfAMountedSecretAreFollowed(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"..2026_01/duo": "first-canary", "..2026_02/duo": "second-canary"})
	for _, version := range []string{"..2026_01", "..2026_02"} {
		os.Remove(filepath.Join(dir, "..data"))
		if err := os.Symlink(version, filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
		if version == "..2026_01" {
			if err := os.Symlink("..data/duo", filepath.Join(dir, "duo")); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]string{"..2026_01": "first-canary", "..2026_02": "second-canary"}[version]
		both(t, func(t *testing.T, d drive) {
			if text, _, err := d.Value("file:"+dir+"/duo", true, "VENDORSIGN_", true, dir); err != nil || text != want {
				t.Errorf("%s: %q, %v", version, text, err)
			}
		})
	}
}
