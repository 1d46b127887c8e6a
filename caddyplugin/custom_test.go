package caddyplugin

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli"
)

// What is signed with the key "acme's secret" is HMAC-SHA256, in hex, by openssl.
const acmeFile = `{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"access_id"},{"name":"secret_key","secret":true}],"operations":[
	"let text = [[method]]\\n[[path]]\\n[[query]]\\n[[now|unix]]","header X-Acme-Id = [[opt.access_id]]","header X-Acme-Date = [[now|unix]]",
	"header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]"]}`

// A scheme of one's own is diagnosed and explained by the Caddyfile that signs with it, as a built-in vendor is.
func TestASchemeOfOnesOwnIsDiagnosedFromACaddyfile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	preset, secret := write("acme_api.json", acmeFile), write("secret", "acme's secret\n")
	site := func(lines string) string {
		return "http://acme.internal {\n\treverse_proxy https://api.acme.example {\n\t\ttransport vendorsign custom {\n\t\t\t" + lines +
			"\n\t\t\toption access_id AB12\n\t\t\tsecret secret_key {file." + secret + "}\n\t\t\thost api.acme.example\n\t\t}\n\t}\n}\n"
	}
	const operations = "operations <<END\n\t\t\t\tlet text = [[method]]\\n[[path]]\\n[[query]]\\n[[now|unix]]\n\t\t\t\theader X-Acme-Id = [[opt.access_id]]\n" +
		"\t\t\t\theader X-Acme-Date = [[now|unix]]\n\t\t\t\theader X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]\n\t\t\t\tEND"
	gone := strings.Replace(site("preset_file "+preset), secret, filepath.Join(dir, "absent"), 1)
	const (
		right     = "e18253486874c38667661af70cc83df684a3227b8f4a732ae697a2cc620ac9cc" // "GET\n/things\na=1&b=2\n1772600767"
		noQuery   = "0f62cb7b49fa5fe5ce82448de096970537d1c422e2d0ff0c49179cf7313d4f3a" // "GET\n/things\n\n1772600767"
		withBreak = "d1e2e8de843114e9148e866091c93260b276953348e07fb3499a5e5e7817b3db" // the first, with a line end behind the key
	)
	for name, test := range map[string]struct{ caddyfile, id, signature, want string }{
		"right":                            {site("preset_file " + preset), "AB12", right, `{"class":"none","causes":[]`},
		"without the query":                {site("preset_file " + preset), "AB12", noQuery, `{"class":"H","causes":["query_sent_not_signed"]`},
		"a line end in the secret":         {site("preset_file " + preset), "AB12", withBreak, `{"class":"F","causes":["secret_whitespace"]`},
		"another ID":                       {site("preset_file " + preset), "AB13", right, `{"class":"F","causes":["wrong_id"]`},
		"in the block":                     {site(operations), "AB12", noQuery, `{"class":"H","causes":["query_sent_not_signed"]`},
		"without the secret":               {gone, "AB13", right, `{"class":"F","causes":["wrong_id"]`},
		"in the block, without the secret": {strings.Replace(site(operations), secret, filepath.Join(dir, "absent"), 1), "AB13", right, `{"class":"F","causes":["wrong_id"]`},
	} {
		t.Run(name, func(t *testing.T) {
			file := write("Caddyfile", test.caddyfile)
			var out, errs bytes.Buffer
			status := cli.Run(context.Background(), []string{"diagnose", "custom", "--config", file, "--json", "--now", "2026-03-04T05:06:10Z",
				"--curl", "curl 'https://api.acme.example/things?a=1&b=2' -H 'X-Acme-Id: " + test.id + "' -H 'X-Acme-Date: 1772600767' -H 'X-Acme-Signature: " +
					test.signature + "'"}, strings.NewReader(""), &out, &errs)
			if status != 0 || !strings.HasPrefix(out.String(), test.want) {
				t.Errorf("status %d, want %s\n%s%s", status, test.want, &out, &errs)
			}
			if strings.Contains(out.String()+errs.String(), "acme's secret") {
				t.Errorf("the secret is shown:\n%s%s", &out, &errs)
			}
		})
	}
	file := write("Caddyfile", site("preset_file "+preset))
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), []string{"explain", "custom", "--config", file, "--url", "https://api.acme.example/things?a=1"}, strings.NewReader(""), &out, &errs)
	if status != 0 || !strings.Contains(out.String(), "export CUSTOM_SECRET_KEY\n") || !strings.Contains(out.String(), "secret: $CUSTOM_SECRET_KEY;") {
		t.Errorf("status %d\n%s%s", status, &out, &errs)
	}
}
