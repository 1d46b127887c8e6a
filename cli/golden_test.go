package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// rewrite has the golden files written anew: go test ./cli -run Screens -args -rewrite
var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// onScreen is where a test has a command print.
type onScreen struct {
	bytes.Buffer
	as screen.Screen
}

func (o *onScreen) Screen() screen.Screen { return o.as }

// screens are command lines of which all is shown that they print.
var screens = []struct{ name, args, stdin string }{
	{"help", "--help", ""},
	{"help-sign", "sign --help", ""},
	{"help-diagnose", "diagnose --help", ""},
	{"help-probe-duo", "probe duo --help", ""},
	{"help-simulate-threatconnect", "simulate threatconnect --help", ""},
	{"diagnose", "diagnose duo --config duo.json --now 2026-11-22T03:10:15Z --curl -", unsorted},
	{"diagnose-all", "diagnose duo --config duo.json --now 2026-11-22T03:10:15Z --curl - -v", unsorted},
	{"diagnose-right", "diagnose duo --config duo.json --now 2026-11-22T03:10:15Z --curl -", sorted},
	{"diagnose-blind", "diagnose duo --curl -", "curl -u DIDEMODEMODEMODEMO00:c0ffee https://api-1.duosecurity.com/admin/v1/users"},
	{"explain-duo", "explain duo --config duo.json --time 2026-11-28T08:30:15Z --url https://127.0.0.1/admin/v1/users?limit=1", ""},
	{"explain-veracode", "explain veracode --api-id 3ddaeeb10ca690df3fee5e3bd1c329fa --api-key env:VERACODE_KEY --time 2026-11-28T08:30:15.250Z " +
		"--nonce 00112233445566778899aabbccddeeff --url https://api.veracode.com/appsec/v1/applications", ""},
	{"explain-shodan", "explain shodan --api-key env:SHODAN_KEY --url https://api.shodan.io/shodan/host/1.1.1.1", ""},
	{"probe-accepted", "probe duo --config duo.json --upstream UPSTREAM", ""},
	{"probe-refused", "probe duo --config wrong.json --upstream UPSTREAM", ""},
	{"probe-nowhere", "probe duo --config duo.json --upstream http://127.0.0.1:1", ""},
	{"preset-check", "preset check veracode", ""},
	{"preset-list", "preset list", ""},
	{"app-help", "app --help", ""},
	{"app-help-new", "app new --help", ""},
	{"app-list", "app list --file apps.json", ""},
	{"app-new", "app new reports --policy readers --file apps.json --master master", ""},
	{"app-show", "app show billing --file apps.json", ""},
	{"app-show-master", "app show billing --file apps.json --master master", ""},
	{"app-rotate", "app rotate billing --file apps.json --master master", ""},
	{"app-revoke", "app revoke billing --file apps.json", ""},
}

// Both were signed by hand, the first with the parameters in the order in which it sends them.
const (
	unsorted = "curl 'http://127.0.0.1:9105/admin/v1/users?username=alice&limit=10' -H 'Date: Sun, 22 Nov 2026 03:10:15 -0000' " +
		"-H 'Authorization: Basic RElERU1PREVNT0RFTU9ERU1PMDA6ZDU1YjU1ZTE0MTMzYjUzYjgxNjdiMDgwNDkwN2Q3OGE0ZTRiMjEwNThiMDkyYmE2NjM5MjE2OTNi" +
		"OTU4YWNmZjcwMjU4NTlmNmE0YzVkMWJlNTI4ODI3YmZhNDlmMzIyZTczOWRhNDE0ODk0M2JjZmE2NTY0ODVlOWI0NzA3Y2I='"
	sorted = "curl 'http://127.0.0.1:9105/admin/v1/users?limit=10&username=alice' -H 'Date: Sun, 22 Nov 2026 03:10:15 -0000' " +
		"-H 'Authorization: Basic RElERU1PREVNT0RFTU9ERU1PMDA6NTA2YjAxNjM0Yzk2OGZjMTUxYzgxNTRlN2JhY2JmNTk1ZTg2NThjNTEyODc4NGYzMGNkZTM2YzNmMzE3NjY1NDExMzE5" +
		"YjllZjAwYzI4YWEzZDM0MzVmZDQ4MmYzZWVlNTIzMDFhNzBmYzczZjMyY2I3NmQ1ZGRlOTllZDcyZWE='"
)

// screenApps is an apps_file.
const screenApps = `{"version": 1, "vendor": "duo", "gateway": "duo.internal", "policies": {"readers": ["GET /admin/v1/users/**",
	"GET /admin/v1/groups/** /admin/v2/logs/**"]}, "apps": [
	{"name": "billing", "key_id": "DIBILLING00000000001", "generation": 1, "policy": "readers", "rate": "25/5m", "created": "2026-11-28"},
	{"name": "soar", "key_id": "DISOAR00000000000001", "generation": 3, "revoked": true},
	{"name": "old", "key_id": "DIOLD000000000000001", "secret": "file:/run/secrets/old", "expires": "2020-01-01"}]}
`

// What is another at each run.
var (
	changingPort  = regexp.MustCompile(`127\.0\.0\.1:\d+ in \d+ ms`)
	changingClock = regexp.MustCompile(`differs by [+-]\d+ s`)
	changingKey   = regexp.MustCompile(`DI[A-Z0-9]{18}\n|[A-Za-z0-9]{40}\n`)
	changingTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	changingHead  = regexp.MustCompile(`(?m)^(Authorization|Cdn-Loop|Date): .*$`)
)

// show runs a command line, and returns all that it prints.
func show(args, stdin, upstream string, as screen.Screen) string {
	out := &onScreen{as: as}
	words := strings.Fields(strings.ReplaceAll(args, "UPSTREAM", upstream))
	Run(context.Background(), words, strings.NewReader(stdin), out, out)
	printed := changingPort.ReplaceAllString(out.String(), "127.0.0.1:9105 in 1 ms")
	printed = changingClock.ReplaceAllString(printed, "differs by +0 s")
	if strings.HasPrefix(args, "app new reports") {
		printed = changingKey.ReplaceAllString(printed, "...\n")
	}
	if strings.HasPrefix(args, "app rotate") {
		printed = changingTime.ReplaceAllString(printed, "2026-11-29T08:30:15Z")
	}
	return changingHead.ReplaceAllString(printed, "$1: ...")
}

// prepareScreens makes a folder with the files that the command lines read, and starts a simulated vendor.
func prepareScreens(t *testing.T) (upstream string) {
	t.Helper()
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	flags := simulator(t, "duo", vendorsim.Config{})
	dir := t.TempDir()
	for name, secret := range map[string]string{"duo.json": "RIGHT", "wrong.json": "WRONG"} {
		text := `{"integration_key": "DIDEMODEMODEMODEMO00", "secret_key": "{env.` + secret + `}", "host": "127.0.0.1", "insecure_upstream": true}`
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"master": "master-secret-of-the-tests-000000\n", "apps.json": screenApps} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("RIGHT", vendorsim.DemoCredential("duo", "")["secret_key"])
	t.Setenv("WRONG", "another-secret-of-some-length-000000000000")
	t.Setenv("VERACODE_KEY", strings.Repeat("0123456789abcdef", 8))
	t.Setenv("SHODAN_KEY", "0123456789abcdefghijABCDEFGHIJ01")
	t.Setenv("GOLDEN", testdata)
	t.Chdir(dir)
	return flags[len(flags)-5]
}

// The lines of a command to copy, and the address of its request, are as long as they are.
var copied = regexp.MustCompile(`(?m)^(GET|POST) https://.*\n|(?s)\nwith curl:\n.*?(\n\nnote|\z)`)

func TestScreensAtEightyColumns(t *testing.T) {
	upstream := prepareScreens(t)
	for _, tt := range screens {
		got := show(tt.args, tt.stdin, upstream, screen.Screen{Width: 80})
		file := filepath.Join(os.Getenv("GOLDEN"), tt.name+".txt")
		if *rewrite {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("vendorsign %s prints\n%s\nwant\n%s", tt.args, got, want)
		}
		for line := range strings.Lines(copied.ReplaceAllString(got, "")) {
			// An error is one line for programs, wrapped in a terminal alone.
			if n := screen.Length(strings.TrimSuffix(line, "\n")); n > 80 && !strings.HasPrefix(line, "vendorsign probe duo: ") {
				t.Errorf("vendorsign %s: a line of %d columns: %s", tt.args, n, line)
			}
		}
		if strings.Contains(got, "\x1b") {
			t.Errorf("vendorsign %s has colours where there is no terminal", tt.args)
		}
	}
}

// unbroken are lines that stay as they are: commands, their options and objects of JSON.
var unbroken = regexp.MustCompile(`^ +(\$ |vendorsign |--|-h|"|\{")`)

var escapes = regexp.MustCompile("\x1b\\[\\d+m")

// A terminal has its own width, and colours that change nothing else.
func TestScreensOfATerminal(t *testing.T) {
	upstream := prepareScreens(t)
	for _, tt := range screens {
		if strings.HasPrefix(tt.name, "preset-") || strings.HasPrefix(tt.name, "app-") {
			continue // they have no colours
		}
		for _, width := range []int{60, 100} {
			plain := show(tt.args, tt.stdin, upstream, screen.Screen{Width: width, Terminal: true})
			got := show(tt.args, tt.stdin, upstream, screen.Screen{Width: width, Terminal: true, Color: true})
			if !strings.Contains(got, "\x1b[") && tt.name != "probe-nowhere" {
				t.Errorf("vendorsign %s has no colours", tt.args)
			}
			if got = escapes.ReplaceAllString(got, ""); got != plain {
				t.Errorf("vendorsign %s prints with colours\n%s\nand without\n%s", tt.args, got, plain)
			}
			for line := range strings.Lines(copied.ReplaceAllString(plain, "")) {
				if n := screen.Length(strings.TrimSuffix(line, "\n")); n > width && !unbroken.MatchString(line) {
					t.Errorf("vendorsign %s: a line of %d columns in a terminal of %d: %s", tt.args, n, width, line)
				}
			}
		}
	}
}

func TestJSONIsTheSameOnAllScreens(t *testing.T) {
	upstream := prepareScreens(t)
	for _, args := range []string{
		"diagnose duo --config duo.json --now 2026-11-22T03:10:15Z --curl - --json",
		"explain veracode --api-id 3ddaeeb10ca690df3fee5e3bd1c329fa --api-key env:VERACODE_KEY --time 2026-11-28T08:30:15.250Z " +
			"--nonce 00112233445566778899aabbccddeeff --url https://api.veracode.com/appsec/v1/applications --json",
		"version --json",
	} {
		file := show(args, unsorted, upstream, screen.Screen{Width: 80})
		if got := show(args, unsorted, upstream, screen.Screen{Width: 60, Terminal: true, Color: true}); got != file || strings.Count(got, "\n") != 1 {
			t.Errorf("vendorsign %s prints in a terminal\n%s\nand else\n%s", args, got, file)
		}
	}
}
