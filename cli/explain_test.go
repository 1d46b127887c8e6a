package cli

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestExplainShowsTheTextAndNoSecret(t *testing.T) {
	t.Setenv("DUO_SKEY", "fakefakefakefakefakefakefakefakefakefake")
	status, stdout, stderr := runCLI("", "explain", "duo", "--integration-key", "DIFAKE0000FAKE0000FA", "--secret-key", "env:DUO_SKEY", "--signature-version", "2",
		"--url", "https://API-xxxxxxxx.duosecurity.com/admin/v1/users?username=a%20b", "--time", "2025-01-01T00:00:00Z")
	want := `GET https://api-xxxxxxxx.duosecurity.com/admin/v1/users?username=a%20b

signed text:

  date    Wed, 01 Jan 2025 00:00:00 -0000␊
  method  GET␊
  host    api-xxxxxxxx.duosecurity.com␊
  path    /admin/v1/users␊
  params  username=a%20b

hashed: HMAC-SHA512 over 95 bytes
secret: $DUO_SKEY; the credential's fingerprint is `
	if status != 0 || stderr != "" || !strings.HasPrefix(stdout, want) {
		t.Errorf("status %d, %s\n%swant\n%s", status, stderr, stdout, want)
	}
	for _, part := range []string{"\n  Date: Wed, 01 Jan 2025 00:00:00 -0000\n", "\nexport DUO_SKEY\n", `-H "Authorization: Basic $(printf %s "DIFAKE0000FAKE0000FA:$signature" |`} {
		if !strings.Contains(stdout, part) {
			t.Errorf("%q is missing in\n%s", part, stdout)
		}
	}
	if strings.Contains(stdout, "fakefake") {
		t.Errorf("the secret is shown:\n%s", stdout)
	}
}

func TestExplainGoesWithoutTheSecret(t *testing.T) {
	for vendor, args := range map[string][]string{
		"duo":           {"--integration-key", "DI"},
		"darktrace":     {"--public-token", "public"},
		"threatconnect": {"--access-id", "1"},
		"carbonblack":   {"--api-id", "ID"},
		"cortex":        {"--api-key-id", "7"},
	} {
		status, stdout, stderr := runCLI("", append([]string{"explain", vendor, "--url", "https://v.example/a", "--json"}, args...)...)
		var x explanation
		if err := json.Unmarshal([]byte(stdout), &x); err != nil || status != 0 {
			t.Fatalf("%s: status %d, %v, %s", vendor, status, err, stderr)
		}
		if strings.Contains(stdout, "stand-in") || x.Fingerprint != "" || len(x.Secrets) != 1 || len(x.Notes) != 1 {
			t.Errorf("%s: %s", vendor, stdout)
		}
	}
}

// What the shell signs is what the signer signs: curl is replaced by a function that prints what it was given.
func TestExplainSaysWhereAGatewaySendsTheRequest(t *testing.T) {
	t.Setenv("DUO_SKEY", "fakefakefakefakefakefakefakefakefakefake")
	const note = "a gateway sends this request to v.example, the host of the credential, and not to the host in --url"
	for _, tt := range []struct {
		name, url string
		more      []string
		want      string
		noted     bool
	}{
		{"the credential's host", "https://V.example/a", nil, "https://v.example/a", false},
		{"another host", "https://gateway.example/a", nil, "https://v.example/a", true},
		{"plain HTTP, which the gateway would not send", "http://v.example/a", nil, "https://v.example/a", false},
		{"plain HTTP to a simulated vendor", "HTTP://v.example/a", []string{"--insecure-upstream"}, "http://v.example/a", false},
	} {
		status, stdout, stderr := runCLI("", append([]string{"explain", "duo", "--integration-key", "DI", "--secret-key", "env:DUO_SKEY", "--host", "v.example",
			"--url", tt.url, "--json"}, tt.more...)...)
		var x explanation
		if err := json.Unmarshal([]byte(stdout), &x); err != nil || status != 0 {
			t.Fatalf("%s: status %d, %v, %s", tt.name, status, err, stderr)
		}
		if x.URL != tt.want || !strings.Contains(x.Curl, "'"+tt.want+"'") || slices.Contains(x.Notes, note) != tt.noted {
			t.Errorf("%s: %s, %q\n%s", tt.name, x.URL, x.Notes, x.Curl)
		}
	}
}

func TestExplainReadsTheCredentialsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cortex.json")
	args := []string{"explain", "cortex", "--credentials-file", file, "--url", "https://api.example/public_api/v1/endpoints"}
	if status, stdout, stderr := runCLI("", append(args, "--api-key-id", "7")...); status != 0 || !strings.Contains(stdout, "credentials_file: secret file cannot be read") {
		t.Errorf("without the file: status %d, %s%s", status, stdout, stderr)
	}
	if err := os.WriteFile(file, []byte(`{"api_key_id": "7", "api_key": "fakefakefake", "host": "api.example"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := runCLI("", args...)
	if status != 0 || stderr != "" || !strings.Contains(stdout, "{api_key}") || strings.Contains(stdout, "fakefake") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	if !strings.Contains(stdout, "X-Xdr-Auth-Id: 7") || !strings.Contains(stdout, "the credential's fingerprint is ") {
		t.Errorf("the file's options are not used:\n%s", stdout)
	}
	status, stdout, stderr = runCLI("", append(args, "--api-key-id", "8")...)
	if status != 2 || !strings.Contains(stderr, "cortex: credentials_file: api_key_id is set both in the file and next to it") {
		t.Errorf("an option in both places: status %d, %s%s", status, stdout, stderr)
	}
	if err := os.WriteFile(file, []byte("\ufeff{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr = runCLI("", args...)
	if status != 2 || !strings.Contains(stderr, "credentials_file: the configuration begins with a byte order mark; save the file as UTF-8 without one") {
		t.Errorf("a byte order mark: status %d, %s%s", status, stdout, stderr)
	}
}

func TestTheCurlCommandSignsInTheShell(t *testing.T) {
	for _, program := range []string{"sh", "perl", "openssl", "base64"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	const secret = "it's $a \"secret\""
	tests := map[string][]string{
		"duo":               {"--integration-key", "DI", "--secret-key", "env:DUO_SKEY"},
		"duo version 2":     {"--integration-key", "DI", "--secret-key", "env:DUO_SKEY", "--signature-version", "2", "--digest", "sha1"},
		"darktrace":         {"--public-token", "public", "--private-token", "env:DARKTRACE_PRIVATE_TOKEN"},
		"threatconnect":     {"--access-id", "1", "--secret-key", "env:THREATCONNECT_SECRET_KEY"},
		"threatconnect tok": {"--token", "env:THREATCONNECT_TOKEN"},
		"cortex":            {"--api-key-id", "7", "--api-key", "env:CORTEX_API_KEY"},
		"cortex standard":   {"--api-key-id", "7", "--api-key", "env:CORTEX_API_KEY", "--key-type", "standard"},
	}
	for _, name := range []string{"DUO_SKEY", "DARKTRACE_PRIVATE_TOKEN", "THREATCONNECT_SECRET_KEY", "THREATCONNECT_TOKEN", "CORTEX_API_KEY"} {
		t.Setenv(name, secret)
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			vendor, _, _ := strings.Cut(name, " ")
			args := append([]string{"explain", vendor, "--json", "--url", "https://v.example/it's?b=%20&a=1", "--time", "2025-01-01T00:00:00Z", "--nonce", "abc"}, options...)
			status, stdout, stderr := runCLI("", args...)
			var x explanation
			if err := json.Unmarshal([]byte(stdout), &x); err != nil || status != 0 {
				t.Fatalf("status %d, %v, %s", status, err, stderr)
			}
			script := `curl() { for word; do [ "$word" = @- ] && cat || printf '%s\n' "$word"; done; }` + "\n" + x.Curl
			out, err := exec.Command("sh", "-c", script).CombinedOutput() // #nosec G204
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for name, value := range x.Headers {
				value = strings.NewReplacer("$CORTEX_API_KEY", secret, "$THREATCONNECT_TOKEN", secret).Replace(value)
				if !strings.Contains(string(out), name+": "+value+"\n") {
					t.Errorf("the shell made no %s: %s\n%s\nof\n%s", name, value, out, x.Curl)
				}
			}
		})
	}
}

// What curl gets through a pipe is no argument, which others on the machine can see.
func TestTheCurlCommandSendsTheSecretsOfPresetsThroughAPipe(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not installed")
	}
	const secret = `k"$1` + "`"
	for _, name := range []string{"SHODAN_API_KEY", "DD_API_KEY", "DD_APP_KEY", "BEARER_TOKEN", "TIO_SECRET_KEY", "BASIC_PASSWORD"} {
		t.Setenv(name, secret)
	}
	for _, tt := range []struct {
		name, args string
		piped      []string
		argument   string
	}{
		{"in the query", "shodan --api-key env:SHODAN_API_KEY", []string{"url = \"https://v.example/a?b=$A&key=" + secret + "\""}, "-K"},
		{"in two headers", "datadog --api-key env:DD_API_KEY --application-key env:DD_APP_KEY",
			[]string{"Dd-Api-Key: " + secret, "Dd-Application-Key: " + secret}, "https://v.example/a?b=$A"},
		{"behind a word that is the default", "bearer --token env:BEARER_TOKEN", []string{"Authorization: Bearer " + secret}, "https://v.example/a?b=$A"},
		{"next to an ID", "tenable --access-key ID --secret-key env:TIO_SECRET_KEY", []string{"X-Apikeys: accessKey=ID;secretKey=" + secret}, "@-"},
		{"in base64", "basic --username u --password env:BASIC_PASSWORD",
			[]string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+secret))}, "@-"},
	} {
		args := append(strings.Fields("explain "+tt.args), "--url", "https://v.example/a?b=$A", "--json")
		status, stdout, stderr := runCLI("", args...)
		var x explanation
		if err := json.Unmarshal([]byte(stdout), &x); err != nil || status != 0 {
			t.Fatalf("%s: %d, %v, %s", tt.name, status, err, stderr)
		}
		script := `curl() { printf '<%s>\n' "$@"; cat; }` + "\n" + x.Curl
		out, err := exec.Command("sh", "-c", script).CombinedOutput() // #nosec G204
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", tt.name, err, out, x.Curl)
		}
		want := strings.Join(tt.piped, "\n") + "\n"
		if !strings.HasSuffix(string(out), ">\n"+want) || !strings.Contains(string(out), "<"+tt.argument+">\n") {
			t.Errorf("%s:\n%s\nmakes\n%s\nwant\n%s", tt.name, x.Curl, out, want)
		}
		if arguments := strings.TrimSuffix(string(out), want); strings.Contains(arguments, secret) {
			t.Errorf("%s: an argument has the secret:\n%s", tt.name, arguments)
		}
	}
}

// Bytes are in hex; what is a secret, or a key that is made of one, is its name.
func TestExplainShowsTheValuesOfAPresetInTheirOrder(t *testing.T) {
	t.Setenv("K", "0123456789abcdef0123456789abcdef")
	_, stdout, _ := runCLI("", "explain", "veracode", "--api-id", "vera01ei-3ddaeeb10ca690df3fee5e3bd1c329fa", "--api-key", "env:K",
		"--url", "https://api.veracode.eu/x", "--time", "2026-11-28T08:30:15.250Z", "--nonce", "00112233445566778899aabbccddeeff")
	want := `GET https://api.veracode.eu/x

values:

  id           3ddaeeb10ca690df3fee5e3bd1c329fa
  key          {key}
  ts           1795854615250
  nonce_key    {nonce_key}
  date_key     {date_key}
  signing_key  {signing_key}
  text         id=3ddaeeb10ca690df3fee5e3bd1c329fa&host=api.veracode.eu&url=/x&m
               ethod=GET

signed text:

`
	if !strings.HasPrefix(stdout, want) {
		t.Errorf("%s\nwant\n%s", stdout, want)
	}
}

func TestExplainIsUsedWrongly(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no URL", []string{"duo", "--integration-key", "DI"}, "--url is required"},
		{"no scheme", []string{"duo", "--integration-key", "DI", "--url", "h/a"}, "--url must begin with https:// or http://"},
		{"a header without a colon", []string{"duo", "--integration-key", "DI", "--url", "https://h/", "--header", "x"}, "--header must be a name, a colon and a value"},
		{"the vendor's own word", []string{"duo", "--ikey", "DI"}, "unknown flag: --ikey; did you mean --integration-key?"},
		{"a word for an option whose flag has another name", []string{"api_key", "--header-name", "X"}, "unknown flag: --header-name; did you mean --option-header?"},
		{"a method of two words", []string{"duo", "--integration-key", "DI", "--url", "https://h/", "--method", "G T"}, "--method must be a word such as GET"},
		{"a time that is none", []string{"duo", "--integration-key", "DI", "--url", "https://h/", "--time", "now"}, "--time must be a time of RFC 3339"},
		{"a missing ID", []string{"duo", "--url", "https://h/"}, "integration_key is required"},
		{"a literal secret", []string{"duo", "--secret-key", "abc", "--url", "https://h/"}, "takes a reference"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := runCLI("", append([]string{"explain"}, tt.args...)...)
			if status != 2 || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("status %d, %s%s", status, stdout, stderr)
			}
		})
	}
}

func TestExplainReadsTheBodyOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(file, []byte("a=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, _ := runCLI("", "explain", "darktrace", "--public-token", "p", "--url", "https://h/tags?x=1", "--data", "@"+file)
	if status != 0 || !strings.Contains(stdout, "  body          a=1␊\n") || !strings.HasPrefix(stdout, "POST ") {
		t.Errorf("%d %s", status, stdout)
	}
}

// A secret that is sent is shown nowhere, in whichever encoding it goes out.
func TestNoCommandShowsASecretThatAPresetSends(t *testing.T) {
	const secret = "canary+canary/canary"
	t.Setenv("CANARY", secret)
	encoded := []string{secret, "canary", "am9lOmNhbmFyeStjYW5hcnkvY2FuYXJ5", "Y2FuYXJ5"} // joe:canary+canary/canary
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"explain basic --username joe --password env:CANARY --url https://api.example.com/x", []string{"  Authorization: {made of $BASIC_PASSWORD}\n"}},
		{"explain virustotal --api-key env:CANARY --url https://www.virustotal.com/x", []string{"  X-Apikey: $VIRUSTOTAL_API_KEY\n"}},
		{"explain shodan --api-key env:CANARY --url https://api.shodan.io/x?q=1", []string{"GET https://api.shodan.io/x?q=1&key=$SHODAN_API_KEY\n"}},
		{"explain shodan --api-key env:CANARY --url https://api.shodan.io/x?q=1 --json", []string{`"url":"https://api.shodan.io/x?q=1&key=$SHODAN_API_KEY"`}},
		{"probe qualys --username joe --password env:CANARY --host qualysapi.qualys.com --dry-run", []string{"Authorization: {made of {password}}\n", "X-Requested-With: vendorsign\n"}},
		{"probe datadog --api-key env:CANARY --application-key env:CANARY --host api.datadoghq.com --dry-run", []string{"Dd-Api-Key: {api_key}\n", "Dd-Application-Key: {application_key}\n"}},
		{"probe shodan --api-key env:CANARY --host api.shodan.io --dry-run", []string{"GET /api-info?key={api_key} HTTP/1.1\n"}},
	} {
		status, out, errs := runArgs(strings.Fields(tt.args)...)
		for _, want := range tt.want {
			if status != 0 || !strings.Contains(out, want) {
				t.Errorf("%s: %d, no %q in\n%s%s", tt.args, status, want, out, errs)
			}
		}
		for _, form := range encoded {
			if strings.Contains(out+errs, form) {
				t.Errorf("%s shows %s:\n%s%s", tt.args, form, out, errs)
			}
		}
	}
}

// Without the secret, a scheme whose secret must be of some form is explained as well.
func TestAPresetIsExplainedWithoutItsSecret(t *testing.T) {
	status, out, errs := runArgs("explain", "veracode", "--api-id", "3ddaeeb10ca690df3fee5e3bd1c329fa", "--url", "https://api.veracode.com/x")
	for _, want := range []string{"  text    id=\n", "  Authorization: {made of $VERACODE_API_KEY_SECRET}\n", "note: without api_key: "} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("%d, no %q in\n%s%s", status, want, out, errs)
		}
	}
}

// A logout is no part of what fetches a token.
func TestOnlyALoginOfSeveralStepsIsSaidToHaveMore(t *testing.T) {
	const note = "more requests follow the one for the token"
	t.Setenv("CANARY", "canary")
	step := func(take string) string {
		return `{"method": "POST", "url": "https://[[host]]/login", "take": ["` + take + `"]}`
	}
	login := func(steps string) []string {
		return []string{"explain", "login", "--login", `{"steps": [` + steps + `], "logout": {"method": "POST", "url": "https://[[host]]/logout"}}`,
			"--operations", "header X-Sid = [[token|reveal]]", "--url", "https://mgmt.example.com/x"}
	}
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{strings.Fields("explain f5_bigip --username api --password env:CANARY --url https://bigip.example.com/mgmt/tm/sys/version"), false},
		{login(step("token = json:sid")), false},
		{login(step("more.org = json:org") + "," + step("token = json:sid")), true},
	} {
		status, out, errs := runArgs(tt.args...)
		if status != 0 || strings.Contains(out, note) != tt.want || !strings.Contains(out, "/login") {
			t.Errorf("%q: %d, want the note: %v\n%s%s", tt.args, status, tt.want, out, errs)
		}
	}
}
