package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/signers"
)

// The request of the public report: mintime and maxtime signed, never sent.
const scriptLine = `{"signer":"duo","config":{"integration_key":"DIXYZV6YM8IFYVWBINCX","secret_key":"yWHSMhWucAcp7qvuH3HWTaSaKABs8Gaddiv1NIRx"},` +
	`"request":{"method":"GET","url":"https://api-3f2c91aa.duosecurity.com/admin/v2/logs/authentication","headers":{"Date":"Wed, 04 Mar 2026 15:06:07 -0000","Authorization":"Basic RElYWVpWNllNOElGWVZXQklOQ1g6YWJj"}},` +
	`"response":{"status":401,"headers":{},"body":"{\"code\": 40103, \"message\": \"Invalid signature in request credentials\", \"stat\": \"FAIL\"}"},"now":"2026-03-04T15:06:07Z"}`

func TestDiagnoseNamesTextInUTF16(t *testing.T) {
	for _, text := range []string{"\xff\xfeG\x00E\x00T\x00", "\xfe\xff\x00G\x00E\x00T"} {
		for flag, args := range map[string][]string{
			"--curl": {"--curl", "-"}, "--raw": {"--raw", "-"}, "--har": {"--har", "-"}, "--response": {"--curl", "curl https://h/", "--response", "-"},
		} {
			status, stdout, stderr := runCLI(text, append([]string{"diagnose", "duo"}, args...)...)
			if status != 2 || stdout != "" || !strings.HasPrefix(stderr, "vendorsign diagnose duo: "+flag+": it is UTF-16; save it as UTF-8\n") {
				t.Errorf("%s: %d, %s%s", flag, status, stdout, stderr)
			}
		}
	}
}

func TestDiagnoseAnswersLineByLine(t *testing.T) {
	right := `{"signer":"carbonblack","config":{"api_id":"ID","api_secret_key":"SECRET"},"request":{"method":"GET","url":"https://x.example/a","headers":{"x-auth-token":"SECRET/ID"}}}`
	swapped := strings.Replace(right, "SECRET/ID", "ID/SECRET", 1)
	unknown := strings.Replace(right, "carbonblack", "acme", 1)
	status, stdout, stderr := runCLI(strings.Join([]string{right, "", swapped, "{", unknown, strings.Replace(right, `"config"`, `"confg"`, 1)}, "\n"), "diagnose")
	want := `{"class":"none","causes":[],"explanation":"The request is right: its proof covers what was sent, and its date is good.","fix":"","proved":true}
{"class":"F","causes":["ids_swapped"],"explanation":"The public and the secret part of the credential are swapped.","fix":"Swap the two values.","proved":true}
{"error":"line is not a JSON object of the documented form: it ends too early"}
{"error":"unknown vendor acme; known are ` + vendors + `"}
{"error":"line is not a JSON object of the documented form: unknown key confg; did you mean config?"}
`
	if stdout != want {
		t.Errorf("answers\n%swant\n%s", stdout, want)
	}
	if status != 1 || stderr != "vendorsign diagnose: 3 of 5 requests are unexplained\n" {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func TestDiagnoseTellsTheStoryOfTheScript(t *testing.T) {
	status, stdout, stderr := runCLI(scriptLine, "diagnose")
	var answer struct {
		Class  string
		Causes []string
		Proved bool
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		t.Fatal(err)
	}
	if status != 0 || stderr != "" || answer.Class != "H" || answer.Causes[0] != "query_signed_not_sent" || answer.Proved {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

func TestDiagnoseOfOneRequest(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	t.Setenv("TC_SECRET", "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb")
	config := write("tc.json", `{"access_id":"18581640813874172000","secret_key":"{env.TC_SECRET}"}`)
	missing := write("missing.json", `{"access_id":"18581640813874172000","secret_key":"{env.NO_SUCH_VARIABLE}"}`)
	// Signed over /api/v2/owners at 1425410983 by the vendor's client.
	const headers = "Authorization: TC 18581640813874172000:J6zcusVkVvsX2d0gbN9WDHqnoTPWmSXESOnXXXXXXXX=\r\nTimestamp: 1425410983\r\n"
	raw := write("raw.txt", "GET /api/v2/owners?owner=Acme HTTP/1.1\r\nHost: api.threatconnect.com\r\n"+headers+"\r\n")
	answer := write("answer.txt", "HTTP/1.1 401 Unauthorized\nDate: Tue, 03 Mar 2015 19:29:43 GMT\n\n{\"status\":\"Failure\",\"message\":\"timestamp out of acceptable time range\"}")
	har := write("log.har", `{"log":{"entries":[{"startedDateTime":"2015-03-03T19:29:43Z","request":{"method":"GET","url":"https://api.threatconnect.com/api/v2/owners","headers":[{"name":"Accept","value":"*/*"}]},"response":{"status":401,"content":{}}}]}}`)
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"a curl line", []string{"--config", config, "--curl", "curl https://api.threatconnect.com/api/v2/owners -H 'Timestamp: 1425410983' -H 'Authorization: 18581640813874172000:x'", "--now", "2015-03-03T19:29:43Z"}, 0, "class F"},
		{"a raw request and an answer", []string{"--config", config, "--raw", raw, "--response", answer}, 0, "class E"},
		{"a HAR entry", []string{"--config", config, "--har", har}, 0, "class D (header_not_sent), proved"},
		{"with the class in words", []string{"--config", config, "--har", har, "-v"}, 0, "class D: a signed header was changed on the way, or never sent\n(header_not_sent), proved\n"},
		{"nothing that explains it", []string{"--config", config, "--raw", raw, "--now", "2015-03-03T19:29:43Z"}, 1, "class J"},
		{"as JSON", []string{"--config", config, "--har", har, "--json"}, 0, `{"class":"D","causes":["header_not_sent"]`},
		{"without the secret", []string{"--config", missing, "--har", har}, 0, "not proved"},
		{"no request", []string{"--config", config}, 2, ""},
		{"two requests", []string{"--raw", raw, "--har", har}, 2, ""},
		{"a file that is none", []string{"--raw", "/no/such/file"}, 2, ""},
		{"a secret on the command line", []string{"--secret-key", "abc", "--raw", raw}, 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := runCLI("", append([]string{"diagnose", "threatconnect"}, tt.args...)...)
			if status != tt.status || !strings.Contains(stdout, tt.want) {
				t.Errorf("status %d, %s%s", status, stdout, stderr)
			}
			if strings.Contains(stdout+stderr, "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb") {
				t.Error("the secret is shown")
			}
		})
	}
}

// A file that an editor wrote ends with a line end. Whether that belongs to the body is not known without its length.
func TestALineEndBehindTheRequestMayBeTheEditors(t *testing.T) {
	t.Setenv("DT_TOKEN", "c0ffee5ecret42privatetok")
	tests := []struct{ name, signature, length, want string }{
		{"not signed", "adc7bfc9af8b0dd356cba5fe699783fe77a04dba", "", `{"class":"none","causes":[],`},
		{"signed", "7d16ebe4e28854f6c04faed13fee8ebfb9173d56", "", `{"class":"none","causes":[],`},
		{"signed, and the secret has one too", "cbacd926fb3a54211f9780e29114559d41ccea8e", "", `{"class":"F","causes":["secret_whitespace"],`},
		{"signed, and by its length not sent", "7d16ebe4e28854f6c04faed13fee8ebfb9173d56", "Content-Length: 7\n", `{"class":"B","causes":["body_line_end"],`},
		{"not signed, and by its length sent", "adc7bfc9af8b0dd356cba5fe699783fe77a04dba", "Content-Length: 8\n", `{"class":"B","causes":["body_line_end"],`},
	}
	for _, tt := range tests {
		raw := "POST /tags HTTP/1.1\nHost: dt.acme.example\nDTAPI-Token: 9e2f1c7a4b11\nDTAPI-Date: 20260304T153607\n" +
			"DTAPI-Signature: " + tt.signature + "\n" + tt.length + "\n{\"a\":1}\n"
		_, stdout, stderr := runCLI(raw, "diagnose", "darktrace", "--public-token", "9e2f1c7a4b11", "--private-token", "env:DT_TOKEN",
			"--host", "dt.acme.example", "--raw", "-", "--now", "2026-03-04T15:36:07Z", "--json")
		if !strings.HasPrefix(stdout, tt.want) {
			t.Errorf("%s: %s%s", tt.name, stdout, stderr)
		}
	}
}

func TestTextsAreComparedSideBySide(t *testing.T) {
	status, stdout, _ := runCLI(`{"signer":"darktrace","config":{"public_token":"public","private_token":"secret"},"request":{"method":"GET","url":"https://d.example/devices?a=1&b=2","headers":{}}}`, "diagnose")
	if status != 0 || !strings.Contains(stdout, `"class":"D"`) {
		t.Fatalf("%d %s", status, stdout)
	}
	signed, right := parts("path", "/a", "params", "x=1\n", "date", "now"), parts("path", "/a", "params", "\n", "date", "now")
	got := compare(signed, right, screen.Screen{Width: 80})
	want := `  - what was signed
  + what the vendor reads from the request

    path    /a
  - params  x=1␊
  + params  ␊
            ^ first difference
    date    now
`
	if got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

func TestOnlyWhatDiffersIsShown(t *testing.T) {
	long := "/a/" + strings.Repeat("z", 100)
	const sum = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	for _, tt := range []struct {
		name          string
		signed, right []signers.Part
		want          string
	}{
		{"one part", parts("path", "/a", "params", "x=1\n", "date", "now"), parts("path", "/a", "params", "\n", "date", "now"),
			"  params  yours     x=1␊\n          expected  ␊\n"},
		{"a hash", parts("body", sum), parts("body", strings.Repeat("0", 64)),
			"  body  yours     cf83e135…\n        expected  00000000…\n"},
		{"hashes that begin alike", parts("body", sum), parts("body", sum[:60]+"0000"),
			"  body  yours     …f4a921d36ce9ce\n        expected  …f4a921d36c0000\n"},
		{"the end of a long text", parts("path", long+"/x"), parts("path", long+"/y"),
			"  path  yours     …zzzzzzzzz/x\n        expected  …zzzzzzzzz/y\n"},
		{"a part that is not there", parts("path", "/a"), parts("path", "/a", "params", "a=1"),
			"  params  yours     (nothing)\n          expected  a=1\n"},
		{"more than three", parts("a", "1", "b", "1", "c", "1", "d", "1"), parts("a", "2", "b", "2", "c", "2", "d", "2"),
			"  a  yours     1\n     expected  2\n  b  yours     1\n     expected  2\n  c  yours     1\n     expected  2\n  and 1 more\n"},
		{"what was signed is not known", nil, parts("a", "1"), ""},
	} {
		if got := differing(tt.signed, tt.right, 48); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestDiagnoseRefusesUnknownVendors(t *testing.T) {
	status, _, stderr := runCLI("", "diagnose", "dou")
	if status != 2 || !strings.Contains(stderr, "did you mean duo?") {
		t.Errorf("%d %s", status, stderr)
	}
}

func TestLinesAreAnsweredBeforeTheNextIsRead(t *testing.T) {
	var out bytes.Buffer
	in := &interleaved{lines: []string{scriptLine + "\n", scriptLine + "\n"}, check: func(n int) {
		if got := strings.Count(out.String(), "\n"); got != n {
			t.Errorf("%d answers after %d lines", got, n)
		}
	}}
	if err := diagnoseLines(in, &out, atZero); err != nil {
		t.Error(err)
	}
}

func parts(texts ...string) []signers.Part {
	var all []signers.Part
	for i := 0; i < len(texts); i += 2 {
		all = append(all, signers.Part{Label: texts[i], Text: texts[i+1]})
	}
	return all
}

// interleaved hands out one line at a time, and calls check before each.
type interleaved struct {
	lines []string
	n     int
	check func(int)
}

func (r *interleaved) Read(p []byte) (int, error) {
	r.check(r.n)
	if r.n == len(r.lines) {
		return 0, io.EOF
	}
	r.n++
	return copy(p, r.lines[r.n-1]), nil
}

func atZero() time.Time { return time.Unix(0, 0) }

// A line holds values: nothing of the machine is read for it, whoever wrote it.
func TestALineNamesNoFileOfASchemeOfOnesOwn(t *testing.T) {
	const request = `"request":{"method":"GET","url":"https://acme.example/","headers":{}}}` + "\n"
	const why = " is a reference; diagnose takes literal values and reads no environment and no files\"}\n"
	for config, want := range map[string]string{
		`{"preset_file":"/etc/acme.json"}`: `{"error":"custom: preset_file` + why,
		`{"preset":"acme"}`:                `{"error":"custom: preset` + why,
		`{"operations":["header X-A = [[opt.key|reveal]]"],"secrets":{"key":"{file./etc/key}"}}`: `{"error":"custom: secrets.key` + why,
	} {
		if _, stdout, _ := runCLI(`{"signer":"custom","config":`+config+","+request, "diagnose"); stdout != want {
			t.Errorf("%s: %s, want %s", config, stdout, want)
		}
	}
}
