package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// runCLI runs one command line and returns what it leaves behind.
func runCLI(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = Run(context.Background(), args, strings.NewReader(stdin), &out, &errOut)
	return status, out.String(), errOut.String()
}

// Expected values are those of the vendors' own clients, run with a fixed clock.
const (
	duoConfig           = `"signer":"duo","config":{"integration_key":"DIFAKE0000FAKE0000FA","secret_key":"fakefakefakefakefakefakefakefakefakefake"`
	darktraceConfig     = `"signer":"darktrace","config":{"public_token":"public","private_token":"secret"`
	threatconnectConfig = `"signer":"threatconnect","config":{"access_id":"18581640813874172000","secret_key":"HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"`
	cortexConfig        = `"signer":"cortex","config":{"api_key":"testApiKey","api_key_id":"12"`
)

func TestSignAnswersLikeTheVendorsClients(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{
			"darktrace signs a form in place of the query",
			`{` + darktraceConfig + `},"request":{"method":"POST","url":"https://euw1-1234-01.cloud.darktrace.com/tags",
			  "headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":"did=4&tag=app+x"},"time":"2023-01-01T12:00:00Z"}`,
			`{"headers":{"Dtapi-Date":"20230101T120000","Dtapi-Signature":"493040df7c5d4ea1975778fafed8ed7c62076325","Dtapi-Token":"public"},` +
				`"target":"/tags","canonical":"/tags?did=4&tag=app+x\npublic\n20230101T120000"}`,
		},
		{
			"darktrace signs the decoded query where it is told to",
			`{` + darktraceConfig + `,"sign_query":"decoded"},"request":{"method":"GET","url":"https://euw1-1234-01.cloud.darktrace.com/devices?name=a%20b"},"time":"2023-01-01T12:00:00Z"}`,
			`{"headers":{"Dtapi-Date":"20230101T120000","Dtapi-Signature":"037036f52a750de87b99e141c98127128f86bac8","Dtapi-Token":"public"},` +
				`"target":"/devices?name=a%20b","canonical":"/devices?name=a b\npublic\n20230101T120000"}`,
		},
		{
			"darktrace puts the query in order, and the answer says how it must go out",
			`{"signer":"darktrace","config":{"public_token":"test_public_token","private_token":"test_private_token","date_format":"spaced"},
			  "request":{"method":"GET","url":"https://euw1-1234-01.cloud.darktrace.com/intelfeed?source=ThreatIntel&fulldetails=true"},"time":"2026-03-04T05:06:07.5Z"}`,
			`{"headers":{"Dtapi-Date":"2026-03-04 05:06:07","Dtapi-Signature":"afd21d886dcd0c2f1703a7a570f9ae9ba4048f35","Dtapi-Token":"test_public_token"},` +
				`"target":"/intelfeed?fulldetails=true&source=ThreatIntel","canonical":"/intelfeed?fulldetails=true&source=ThreatIntel\ntest_public_token\n2026-03-04 05:06:07"}`,
		},
		{
			"darktrace leaves the query alone where it is told to, and takes the date verbatim",
			`{"signer":"darktrace","config":{"public_token":"test_public_token","private_token":"test_private_token","query_order":"as_sent"},
			  "request":{"method":"GET","url":"https://euw1-1234-01.cloud.darktrace.com/intelfeed?source=ThreatIntel&fulldetails=true"},"date":"2026-03-04T05:06:07.500000+00:00"}`,
			`{"headers":{"Dtapi-Date":"2026-03-04T05:06:07.500000+00:00","Dtapi-Signature":"291956eba00a33323b250d0b2278bea28548391e","Dtapi-Token":"test_public_token"},` +
				`"target":"/intelfeed?source=ThreatIntel&fulldetails=true","canonical":"/intelfeed?source=ThreatIntel&fulldetails=true\ntest_public_token\n2026-03-04T05:06:07.500000+00:00"}`,
		},
		{
			"threatconnect signs raw UTF-8 and a time with another offset",
			`{` + threatconnectConfig + `},"request":{"method":"GET","url":"https://api.threatconnect.com/api/v2/tags/é","headers":{},"body":""},"time":"2025-01-01T01:00:00+01:00"}`,
			`{"headers":{"Authorization":"TC 18581640813874172000:Uw+CM3Sa7dTYx9Rv1qZ0HWW+gQU3t0le4Ah7nRcAdEc=","Timestamp":"1735689600"},` +
				`"target":"/api/v2/tags/é","canonical":"/api/v2/tags/é:GET:1735689600"}`,
		},
		{
			"threatconnect keeps a bare question mark",
			`{` + threatconnectConfig + `},"request":{"method":"GET","url":"https://api.threatconnect.com/api/v2/owners?"},"time":"2025-01-01T00:00:00Z"}`,
			`{"headers":{"Authorization":"TC 18581640813874172000:kaPu6i6rjM/ORtMOySNVuwZyVACuyKpln0EazJ+/t0I=","Timestamp":"1735689600"},` +
				`"target":"/api/v2/owners?","canonical":"/api/v2/owners?:GET:1735689600"}`,
		},
		{
			"threatconnect cuts the fraction of a second off",
			`{` + threatconnectConfig + `},"request":{"method":"GET","url":"https://api.threatconnect.com/api/v2/owners"},"time":"2024-02-29T23:59:59.999Z"}`,
			`{"headers":{"Authorization":"TC 18581640813874172000:gcwt6JeAtiUiTWOopdTZU4URkcN2x8n0KJaYeUYhPn8=","Timestamp":"1709251199"},` +
				`"target":"/api/v2/owners","canonical":"/api/v2/owners:GET:1709251199"}`,
		},
		{
			"threatconnect takes a secret that is not ASCII",
			`{"signer":"threatconnect","config":{"access_id":"98765432109876543210","secret_key":"sch\u00fcssel-\u4e2d"},"request":{"method":"GET","url":"https://api.threatconnect.com/api/v2/owners"},"time":"2026-05-06T07:08:09.5Z"}`,
			`{"headers":{"Authorization":"TC 98765432109876543210:B9QmL/9zvVY7VSCkBMkRSgAdxiS2O3TOk3Egy/OBWGA=","Timestamp":"1778051289"},` +
				`"target":"/api/v2/owners","canonical":"/api/v2/owners:GET:1778051289"}`,
		},
		{
			"duo hashes X-Duo headers in any letter case",
			`{` + duoConfig + `},"request":{"method":"GET","url":"https://api-xxxxxxxx.duosecurity.com/Foo/BaR2/qux?a=1",
			  "headers":{"X-Duo-B":"header_value_2","x-duo-A":["header_value_1"]}},"time":"2024-02-29T23:59:59.999Z"}`,
			`{"headers":{"Authorization":"Basic RElGQUtFMDAwMEZBS0UwMDAwRkE6NDM3MDZmODA2NDdiYzRiYzAzMjM5YmM1YWJhOTM4OGM5M2ExZDg2ODlkZjlkZjRkZmNjYTQxZWM0NDgzN2ZkNmQ0ZDE0M2U1NGM3YWExNzhkMmFiZDQzYjBiYWIwODhjNDExMjA3MTc1MjA1OGFiOGQ4YWVlZTU3YTM0Yjk3Y2M=",` +
				`"Date":"Thu, 29 Feb 2024 23:59:59 -0000"},"target":"/Foo/BaR2/qux?a=1","canonical":"Thu, 29 Feb 2024 23:59:59 -0000\nGET\napi-xxxxxxxx.duosecurity.com\n/Foo/BaR2/qux\na=1\n` +
				`cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e\n` +
				`60be11a30e0756f2ee2afdce1db849b987dcf86c1133394bd7bbbc9877920330c4d78aceacbb377ab8cbd9a8efe6a410fed4047376635ac71226ab46ca10d2b1"}`,
		},
		{
			"duo signs a body that is not UTF-8",
			`{` + duoConfig + `},"request":{"method":"POST","url":"https://api-xxxxxxxx.duosecurity.com/admin/v2/policies","body_b64":"//57ImEiOjF9AA=="},"time":"2025-01-01T00:00:00Z"}`,
			`{"headers":{"Authorization":"Basic RElGQUtFMDAwMEZBS0UwMDAwRkE6NDQxN2IwNTY5NzNkNjI1ODNmOWZiZjFlYjQzNzhiZTZmY2I4YTMyYTE0Y2I0OGQzZDE2NjEwMzNlNjI4YTZlNGM5YzU4MzUzNjE5NjE5MGZlMDUyNTZiZTc5OWU5MGNhYjYxYjdjZDIwYTAyODQ3MjhmZjFkMzZjNDFjYTY1ODQ=",` +
				`"Date":"Wed, 01 Jan 2025 00:00:00 -0000"},"target":"/admin/v2/policies","canonical":"Wed, 01 Jan 2025 00:00:00 -0000\nPOST\napi-xxxxxxxx.duosecurity.com\n/admin/v2/policies\n\n` +
				`de83c01a6a0d917bb232c26da4bb37647096ee14ffc3058d3f27518c5ea50530c3022a783f924eb2ad5fc6b12dd015de068f80a4b79c396da474f4f5d59c3ce9\n` +
				`cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"}`,
		},
		{
			"duo version 2 signs a form with SHA-1, and a null is as if the key were not there",
			`{"signer":"duo","config":{"integration_key":"DIWJ8X6AEYOR5OMC6TQ1","secret_key":"Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep","signature_version":2,"digest":"sha1","host":null},
			  "request":{"method":"POST","url":"https://api-xxxxxxxx.duosecurity.com/accounts/v1/account/list","headers":{"content-type":"application/x-www-form-urlencoded"},
			  "body":"realname=First+Last&username=root","body_b64":null},"time":"2012-08-21T17:29:18Z","nonce":null}`,
			`{"headers":{"Authorization":"Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6MmQ5N2Q2MTY2MzE5NzgxYjVhM2EwN2FmMzlkMzY2ZjQ5MTIzNGVkYw==","Date":"Tue, 21 Aug 2012 17:29:18 -0000"},` +
				`"target":"/accounts/v1/account/list","canonical":"Tue, 21 Aug 2012 17:29:18 -0000\nPOST\napi-xxxxxxxx.duosecurity.com\n/accounts/v1/account/list\nrealname=First%20Last&username=root"}`,
		},
		{
			"cortex shows its key as a name only",
			`{` + cortexConfig + `},"request":{"method":"GET","url":"https://api-tenant1.xdr.us.paloaltonetworks.com/public_api/v1/healthcheck"},
			  "time":"2025-01-01T00:00:00Z","nonce":"0edd71cc079f1720e0690f7dff26fd1856098b82cea501f1d05617905df998e1"}`,
			`{"headers":{"Authorization":"4efefe7746036bf2afd674321698eeaec9e44c53d827f8b9d5564aa975ae1e26","X-Xdr-Auth-Id":"12",` +
				`"X-Xdr-Nonce":"0edd71cc079f1720e0690f7dff26fd1856098b82cea501f1d05617905df998e1","X-Xdr-Timestamp":"1735689600000"},` +
				`"target":"/public_api/v1/healthcheck","canonical":"{api_key}0edd71cc079f1720e0690f7dff26fd1856098b82cea501f1d05617905df998e11735689600000"}`,
		},
		{
			"carbon black signs nothing",
			`{"signer":"carbonblack","config":{"api_id":"1234","api_secret_key":"ABCD"},"request":{"method":"GET","url":"https://defense.conferdeploy.net/integrationServices/v3/device"}}`,
			`{"headers":{"X-Auth-Token":"ABCD/1234"},"target":"/integrationServices/v3/device","canonical":""}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := runCLI(oneLine(tt.line), "sign")
			if status != 0 || stdout != tt.want+"\n" || stderr != "" {
				t.Errorf("status %d, stderr %q, answer\n%swant\n%s", status, stderr, stdout, tt.want)
			}
		})
	}
}

// oneLine lets the lines above be broken.
func oneLine(line string) string {
	return regexp.MustCompile(`\n\s*`).ReplaceAllString(line, "")
}

func TestSignNamesWhatIsWrongAndNoValue(t *testing.T) {
	const badForm = "line is not a JSON object of the documented form: "
	get := `"request":{"method":"GET","url":"https://h/"}`
	tests := []struct{ name, line, want string }{
		{"an option is missing", `{"signer":"duo","config":{},` + get + `}`, "duo: integration_key is required; secret_key is required"},
		{"there is no configuration", `{"signer":"duo",` + get + `}`, "duo: integration_key is required; secret_key is required"},
		{"the vendor is unknown", `{"signer":"dou","config":{},` + get + `}`, "unknown vendor dou; did you mean duo?"},
		{"the vendor is none", `{"signer":"nobody","config":{},` + get + `}`, "unknown vendor nobody; known are " + vendors},
		{"an option has the vendor's name", `{"signer":"duo","config":{"ikey":"canary"},` + get + `}`, "duo: unknown option ikey; did you mean integration_key?"},
		{"an option has another type", `{"signer":"duo","config":{"integration_key":7},` + get + `}`, "duo: integration_key must be a string"},
		{"an option appears twice", `{"signer":"duo","config":{"secret_key":"canary","secret_key":"b"},` + get + `}`, badForm + `config: "secret_key" appears twice`},
		{"a secret is a reference", `{` + duoConfig + `,"digest":"{env.CANARY}"},` + get + `}`, "duo: digest is a reference; sign takes literal values and reads no environment and no files"},
		{"the policy is wrong", `{` + duoConfig + `,"max_body":"lots"},` + get + `}`, "duo: max_body must be a size such as 512KiB or 10MiB"},
		{"a configured host is wrong", `{` + duoConfig + `,"host":"https://h"},` + get + `}`, "duo: host must be a name or address with an optional port, without scheme and path"},
		{"the URL's host is none of several", `{` + duoConfig + `,"host":["a.example","b.example"]},` + get + `}`, "request.url: its host is not in config.host"},
		{"the URL's host is not ASCII", `{` + duoConfig + `},"request":{"method":"GET","url":"https://ü/"}}`, "request.url: host contains a control character, a blank or a letter outside ASCII (write the punycode name)"},
		{"the scheme cannot cover the message", `{` + duoConfig + `,"signature_version":2},"request":{"method":"POST","url":"https://h/","body":"canary"}}`, "duo: signature_version 2 signs no body but a form; use 5"},
		{"a form that is not called one", `{` + duoConfig + `,"signature_version":2},"request":{"method":"POST","url":"https://h/","body":"username=canary"}}`,
			"duo: signature_version 2 signs a form only under Content-Type: application/x-www-form-urlencoded; send that header, or use 5"},
		{"the line is no JSON", `nope`, badForm + "invalid character 'o' in literal null (expecting 'u')"},
		{"the line is a list", `[{}]`, badForm + "it is not an object"},
		{"the line ends too early", `{"signer":"duo"`, badForm + "it ends too early"},
		{"two objects share a line", `{"signer":"duo",` + get + `}{}`, badForm + "something follows the object"},
		{"the signer is missing", `{` + get + `}`, badForm + "signer is required"},
		{"the request is missing", `{` + duoConfig + `}}`, badForm + "request is required"},
		{"the method is missing", `{` + duoConfig + `},"request":{"url":"https://h/"}}`, badForm + "request: method is required"},
		{"the method is no word", `{` + duoConfig + `},"request":{"method":"GET ","url":"https://h/"}}`, badForm + "request: method must be a word such as GET"},
		{"the URL is missing", `{` + duoConfig + `},"request":{"method":"GET"}}`, badForm + "request: url is required"},
		{"the URL holds a password", `{` + duoConfig + `},"request":{"method":"GET","url":"https://a:canary@h/"}}`, badForm + "request: url: must not hold a user name or password"},
		{"a key is unknown", `{` + duoConfig + `},"clock":"now",` + get + `}`, badForm + "unknown key clock; did you mean time?"},
		{"a key has another letter case", `{` + duoConfig + `},"Date":"x",` + get + `}`, badForm + "unknown key Date; did you mean date?"},
		{"a key of the request is unknown", `{` + duoConfig + `},"request":{"method":"GET","url":"https://h/","bodyB64":""}}`, badForm + "request: unknown key bodyB64; did you mean body_b64?"},
		{"a key appears twice", `{` + duoConfig + `},"date":"a","date":"b",` + get + `}`, badForm + `"date" appears twice`},
		{"the body is no text", `{` + duoConfig + `},"request":{"method":"POST","url":"https://h/","body":{"a":"canary"}}}`, badForm + "request: body: must be a string"},
		{"there are two bodies", `{` + duoConfig + `},"request":{"method":"POST","url":"https://h/","body":"a","body_b64":"YQ=="}}`, badForm + "request: body and body_b64 cannot be used together"},
		{"body_b64 is no base64", `{` + duoConfig + `},"request":{"method":"POST","url":"https://h/","body_b64":"canary"}}`, badForm + "request: body_b64: must be standard base64 with padding"},
		{"a header is a number", `{` + duoConfig + `},"request":{"method":"GET","url":"https://h/","headers":{"A":1}}}`, badForm + `request: headers: "A" must be a string or a list of strings`},
		{"an X-Duo header has two values", `{` + duoConfig + `},"request":{"method":"GET","url":"https://h/","headers":{"X-Duo-A":["1","2"]}}}`, "duo: an X-Duo header appears twice or contains NUL"},
		{"the time is no time", `{` + duoConfig + `},"time":"yesterday",` + get + `}`, badForm + "time: must be a time of RFC 3339, as in 2026-01-02T03:04:05.678Z"},
		{"a byte order mark", "\ufeff{}", badForm + "it begins with a byte order mark; save the file as UTF-8 without one"},
		{"UTF-16", "\xff\xfe{\x00}\x00", badForm + "it begins with a byte order mark; save the file as UTF-8 without one"},
		{"the line is not UTF-8", "{\"signer\":\"\xff\"}", badForm + "it is not UTF-8; a body of other bytes goes into body_b64"},
		{"a text has half a surrogate pair", `{` + duoConfig + `},"request":{"method":"POST","url":"https://h/","body":"\ud83d"}}`, badForm + "it has half of a surrogate pair, which is no text; a body of other bytes goes into body_b64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := runCLI(tt.line, "sign")
			var got struct{ Error string }
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatalf("answer %q: %v", stdout, err)
			}
			if status != 1 || got.Error != tt.want {
				t.Errorf("status %d, error\n%s\nwant 1 and\n%s", status, got.Error, tt.want)
			}
			if strings.Contains(strings.ToLower(stdout+stderr), "canary") || strings.Contains(stdout+stderr, "fakefake") {
				t.Errorf("a value is shown: %s%s", stdout, stderr)
			}
			if stderr != "vendorsign sign: 1 of 1 lines could not be signed\n" {
				t.Errorf("stderr %q", stderr)
			}
		})
	}
}

func TestSignKeepsTheOrderOfLinesAndGoesOnAfterAnError(t *testing.T) {
	line := func(path string) string {
		return `{"signer":"carbonblack","config":{"api_id":"1","api_secret_key":"k"},"request":{"method":"GET","url":"https://h/` + path + `"}}`
	}
	in := line("a") + "\r\n\n  \n{\n" + line("b") + "\n" + line("c") // the last line without an end
	want := `{"headers":{"X-Auth-Token":"k/1"},"target":"/a","canonical":""}
{"error":"line is not a JSON object of the documented form: it ends too early"}
{"headers":{"X-Auth-Token":"k/1"},"target":"/b","canonical":""}
{"headers":{"X-Auth-Token":"k/1"},"target":"/c","canonical":""}
`
	status, stdout, stderr := runCLI(in, "sign", "-")
	if status != 1 || stdout != want || stderr != "vendorsign sign: 1 of 4 lines could not be signed\n" {
		t.Errorf("status %d, stderr %q, answers\n%s", status, stderr, stdout)
	}
	if status, stdout, _ := runCLI("", "sign"); status != 0 || stdout != "" {
		t.Errorf("no lines: status %d, answers %q", status, stdout)
	}
	file := filepath.Join(t.TempDir(), "requests.jsonl")
	if err := os.WriteFile(file, []byte(in), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, stdout, _ := runCLI("", "sign", file); status != 1 || stdout != want {
		t.Errorf("from a file: status %d, answers\n%s", status, stdout)
	}
}

func TestSignAnswersEachLineBeforeItReadsTheNext(t *testing.T) {
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- signLines(in, out, func() time.Time { return time.Unix(1735689600, 0) })
	}()
	reader := bufio.NewReader(answers)
	for range 3 {
		io.WriteString(ask, `{`+threatconnectConfig+`},"request":{"method":"GET","url":"https://h/api/v2/owners?"}}`+"\n")
		answer, err := reader.ReadString('\n')
		want := `{"headers":{"Authorization":"TC 18581640813874172000:kaPu6i6rjM/ORtMOySNVuwZyVACuyKpln0EazJ+/t0I=","Timestamp":"1735689600"},"target":"/api/v2/owners?","canonical":"/api/v2/owners?:GET:1735689600"}` + "\n"
		if err != nil || answer != want {
			t.Fatalf("answer %q, %v", answer, err)
		}
	}
	ask.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSignTakesBodiesOfAnySize(t *testing.T) {
	tests := []struct {
		key  string
		size int
	}{{"body", 100 << 10}, {"body_b64", 100 << 10}, {"body_b64", 8 << 20}, {"body", 17 << 20}}
	for _, tt := range tests {
		body := bytes.Repeat([]byte("0123456789abcde\n"), tt.size/16)
		value, err := json.Marshal(string(body))
		if tt.key == "body_b64" {
			value, err = json.Marshal(body)
		}
		if err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := runCLI(`{`+duoConfig+`},"request":{"method":"POST","url":"https://h/","`+tt.key+`":`+string(value)+`}}`, "sign")
		sum := sha512.Sum512(body)
		if status != 0 || !strings.Contains(stdout, hex.EncodeToString(sum[:])) {
			t.Errorf("%s of %d bytes: status %d, stderr %q, answer of %d bytes", tt.key, tt.size, status, stderr, len(stdout))
		}
	}
}

func TestSignedTextThatIsNoUTF8IsEncoded(t *testing.T) {
	tests := []struct{ name, config, request, canonical string }{
		{"a body of bytes", "", `"method":"POST","url":"https://h/x","body_b64":"//4="`, "/x?\xff\xfe\npublic\nnow"},
		{"a decoded query", `,"sign_query":"decoded"`, `"method":"GET","url":"https://h/x?a=%ff"`, "/x?a=\xff\npublic\nnow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, stdout, _ := runCLI(`{`+darktraceConfig+tt.config+`},"request":{`+tt.request+`},"date":"now"}`, "sign")
			var got map[string]any
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatal(err)
			}
			if _, also := got["canonical"]; also || got["canonical_b64"] != base64.StdEncoding.EncodeToString([]byte(tt.canonical)) {
				t.Errorf("got %s", stdout)
			}
		})
	}
}

func TestTheConfiguredHostIsTheOneThatIsSigned(t *testing.T) {
	tests := []struct{ name, host, url, want string }{
		{"none: the URL's", ``, "https://API-1.duosecurity.com:8443/", "api-1.duosecurity.com"},
		{"one: it", `,"host":"api-2.duosecurity.com"`, "https://127.0.0.1:9105/", "api-2.duosecurity.com"},
		{"several: the one that the URL names", `,"host":["api-2.duosecurity.com","API-3.duosecurity.com"]`, "https://Api-3.duosecurity.com:443/", "api-3.duosecurity.com"},
		{"an address: in brackets", ``, "http://[::1]:80?a=1", "[::1]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, _ := runCLI(`{`+duoConfig+tt.host+`},"request":{"method":"GET","url":"`+tt.url+`"},"date":"now"}`, "sign")
			var got struct{ Canonical string }
			if err := json.Unmarshal([]byte(stdout), &got); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Split(got.Canonical, "\n"); status != 0 || len(lines) < 3 || lines[2] != tt.want {
				t.Errorf("status %d, signed %q, want host %s", status, got.Canonical, tt.want)
			}
		})
	}
}

func TestEverySignatureHasItsOwnNonceAndTime(t *testing.T) {
	line := `{` + cortexConfig + `},"request":{"method":"GET","url":"https://h/"}}` + "\n"
	before := time.Now().UnixMilli()
	_, stdout, _ := runCLI(line+line, "sign")
	nonces := make(map[string]bool)
	for _, answer := range strings.Split(strings.TrimSpace(stdout), "\n") {
		var got struct{ Headers map[string]string }
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		nonce := got.Headers["X-Xdr-Nonce"]
		if len(nonce) != 64 || nonces[nonce] {
			t.Errorf("nonce %q", nonce)
		}
		nonces[nonce] = true
		var at int64
		if err := json.Unmarshal([]byte(got.Headers["X-Xdr-Timestamp"]), &at); err != nil || at < before || at > time.Now().UnixMilli() {
			t.Errorf("timestamp %d", at)
		}
	}
}

func TestSignEndsWhenNobodyReadsItsAnswers(t *testing.T) {
	in := strings.NewReader(`{` + duoConfig + `},"request":{"method":"GET","url":"https://h/"}}`)
	status := Run(context.Background(), []string{"sign"}, in, brokenWriter{}, io.Discard)
	if status != 1 {
		t.Errorf("status %d", status)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestSignTakesPresetsAndSchemesOfOnesOwn(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{
			"a preset that is a header",
			`{"signer":"veracode","config":{"api_id":"vera01ei-3ddaeeb10ca690df3fee5e3bd1c329fa","api_key":"0123456789abcdef0123456789abcdef"},
			  "request":{"method":"GET","url":"https://api.veracode.com/api/authn/v2/users/self"},"time":"2026-03-04T05:06:07.089Z","nonce":"a8d7fdb5aa22fc3fdb688fbb6807c2b4"}`,
			`{"headers":{"Authorization":"VERACODE-HMAC-SHA-256 id=3ddaeeb10ca690df3fee5e3bd1c329fa,ts=1772600767089,` +
				`nonce=a8d7fdb5aa22fc3fdb688fbb6807c2b4,sig=9887cd4f8b2b315da58cd49745696a46c273e70f5ef78b66b13ff4c477112788"},` +
				`"target":"/api/authn/v2/users/self","canonical":"id=3ddaeeb10ca690df3fee5e3bd1c329fa&host=api.veracode.com&url=/api/authn/v2/users/self&method=GET"}`,
		},
		{
			"a preset that is a parameter, in place of the client's",
			`{"signer":"shodan","config":{"api_key":"a b"},"request":{"method":"GET","url":"https://api.shodan.io/api-info?Key=client&x=1"}}`,
			`{"headers":{},"target":"/api-info?x=1&key=a%20b","canonical":""}`,
		},
		{
			"options of which all but the public ones are secret",
			`{"signer":"custom","config":{"scheme":"acme","operations":["let text = [[opt.id]][[opt.key]][[now|unix]]","header X-Sum = [[text|md5|hex]]"],
			  "options":{"id":"ID","key":"KEY"},"public":["id"]},"request":{"method":"GET","url":"https://acme.example/"},"time":"1970-01-01T00:00:00Z"}`,
			`{"headers":{"X-Sum":"2a6c7702ce44c20947baf0650af44d0a"},"target":"/","canonical":"ID{key}0"}`,
		},
		{
			"options and secrets, as gateways have them",
			`{"signer":"custom","config":{"operations":["header X-Key = [[opt.key|reveal]] [[token|reveal]]"],"secrets":{"key":"KEY"}},
			  "request":{"method":"GET","url":"https://acme.example/","headers":{"X-Key":"client"}},"token":"TOKEN"}`,
			`{"headers":{"X-Key":"KEY TOKEN"},"target":"/","canonical":""}`,
		},
		{
			"definitions alone", `{"signer":"custom","config":{"options":[{"name":"key","secret":true}],"operations":["header X = [[opt.key|reveal]]"]},
			  "request":{"method":"GET","url":"https://acme.example/"}}`, `{}`,
		},
		{
			"definitions that do not load", `{"signer":"custom","config":{"options":[{"name":"key","secret":true}],"operations":["header X = [[opt.key]]"]},
			  "request":{"method":"GET","url":"https://acme.example/"}}`,
			`{"error":"operations line 1: header X: would show a secret; hash it, or write |reveal where it must be sent"}`,
		},
		{
			"a nonce that would break a line", `{"signer":"shodan","config":{"api_key":"a"},"request":{"method":"GET","url":"https://api.shodan.io/"},"nonce":"a\nb"}`,
			`{"error":"nonce contains a control character"}`,
		},
		{
			"no operations", `{"signer":"custom","config":{},"request":{"method":"GET","url":"https://acme.example/"}}`, `{"error":"custom: operations are required"}`,
		},
	}
	for _, test := range tests {
		_, got, _ := runCLI(strings.ReplaceAll(test.line, "\n", "")+"\n", "sign")
		if got != test.want+"\n" {
			t.Errorf("%s: the answer is\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}
