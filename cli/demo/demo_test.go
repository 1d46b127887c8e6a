package demo_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/spf13/cobra"

	_ "github.com/vendorsign/vendorsign/caddyplugin"
	"github.com/vendorsign/vendorsign/cli/demo"
)

const example = "../../Caddyfile.example"

// runDemo runs the command line as Caddy's main does.
func runDemo(t *testing.T, ctx context.Context, out io.Writer, args ...string) error {
	t.Helper()
	command := caddycmd.Commands()["vendorsign"]
	c := &cobra.Command{Use: command.Name}
	command.CobraFunc(c)
	c.SetOut(out)
	c.SetErr(io.Discard)
	c.SetArgs(append([]string{"demo", "--config", example}, args...))
	return c.ExecuteContext(ctx)
}

// isolate takes back what the demo sets in the environment, and returns a folder that is Caddy's home meanwhile.
func isolate(t *testing.T) string {
	environment, storage := os.Environ(), caddy.DefaultStorage.Path
	t.Cleanup(func() {
		caddy.DefaultStorage.Path = storage
		os.Clearenv()
		for _, assignment := range environment {
			name, value, _ := strings.Cut(assignment, "=")
			os.Setenv(name, value)
		}
	})
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		os.Setenv(name, home)
	}
	caddy.DefaultStorage.Path = home
	return home
}

// column cuts a column out of the table and joins what was wrapped.
func column(table string, n int) []string {
	start := 0
	for i := range n {
		start += demo.Widths()[i] + 2
	}
	var cells []string
	for _, row := range strings.Split(table, "\n\n") {
		var lines []string
		for _, line := range strings.Split(row, "\n") {
			letters := []rune(line)
			if len(letters) > start {
				lines = append(lines, strings.TrimSpace(string(letters[start:min(len(letters), start+demo.Widths()[n])])))
			}
		}
		cells = append(cells, strings.TrimSpace(strings.Join(lines, " ")))
	}
	return cells
}

// TestDemoIsAcceptedSignedAndRefusedUnsigned also proves that the vendors verified what each site is there to show.
func TestDemoIsAcceptedSignedAndRefusedUnsigned(t *testing.T) {
	home := isolate(t)
	os.Setenv("DUO_SECRET_KEY", "what-an-operator-has-in-the-environment")
	var out bytes.Buffer
	if err := runDemo(t, t.Context(), &out, "--once"); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	_, table, _ := strings.Cut(out.String(), "\n\n")
	_, table, _ = strings.Cut(table, "\n") // titles
	_, table, _ = strings.Cut(table, "\n") // rule
	table, end, ok := cutLast(table, "\n\n")
	if !ok || !strings.HasPrefix(end, "All 15 requests were accepted") {
		t.Errorf("it ends with %q", end)
	}
	for _, c := range []struct {
		column int
		want   []string
	}{
		{0, []string{
			"carbonblack API key", "cortex advanced key", "cortex standard key", "cortex XSOAR 6",
			"darktrace", "darktrace decoded query", "darktrace spaced date", "darktrace ISO date",
			"threatconnect HMAC", "threatconnect token",
			"duo version 5", "duo X-Duo-Date", "duo version 4", "duo version 2", "duo version 2 SHA-1",
		}},
		{2, []string{
			`X-Auth-Token: DEMO-API-.*…`,
			`Authorization: [0-9a-f]+… X-Xdr-Auth-Id: 1 X-Xdr-Nonce: \w+… X-Xdr-Timestamp: \d+…?`,
			`Authorization: demo-standard.*… X-Xdr-Auth-Id: 2`,
			`Authorization: demo-xsoar6.*…`,
			`Dtapi-Date: \d{8}T\d{6} Dtapi-Signature: [0-9a-f]+… Dtapi-Token: demo-public-token`,
			`Dtapi-Date: \d{8}T\d{6} Dtapi-Signature: [0-9a-f]+… Dtapi-Token: demo-public-token`,
			`Dtapi-Date: [\d-]{10} [\d:]+… Dtapi-Signature: [0-9a-f]+… Dtapi-Token: demo-public-token`,
			`Dtapi-Date: [\d-]{10}T[\d:]+… Dtapi-Signature: [0-9a-f]+… Dtapi-Token: demo-public-token`,
			`Authorization: TC 0000.*… Timestamp: \d{10}`,
			`Authorization: TC-Token SV.*… Timestamp: \d{10}`,
			`Authorization: Basic RElE.*… Date: \w{3}, \d\d \w{3} \d{4} [\d:]+…`,
			`Authorization: Basic RElE.*… X-Duo-Date: \w{3}, \d\d \w{3} .*…`,
			`Authorization: Basic RElE.*… Date: .*…`,
			`Authorization: Basic RElE.*… Date: .*…`,
			`Authorization: Basic RElE.*… Date: .*…`,
		}},
		{3, []string{
			"200 accepted API key of type api",
			"200 accepted advanced key", "200 accepted standard key", "200 accepted standard key",
			"200 accepted HMAC-SHA1, target as sent", "200 accepted HMAC-SHA1, target with decoded query",
			"200 accepted HMAC-SHA1, path and body", "200 accepted HMAC-SHA1, path and body",
			"200 accepted HMAC-SHA256 of target, method and timestamp", "200 accepted token",
			"200 accepted version 5 with sha512", "200 accepted version 5 with sha512",
			"200 accepted version 4 with sha512", "200 accepted version 2 with sha512", "200 accepted version 2 with sha1",
		}},
		{4, []string{
			"401 refused Unauthorized",
			"401 refused Public API request unauthorized", "401 refused Public API request unauthorized", "401 refused Public API request unauthorized",
			"400 refused API SIGNATURE ERROR", "400 refused API SIGNATURE ERROR", "400 refused API SIGNATURE ERROR", "400 refused API SIGNATURE ERROR",
			"401 refused unauthorized", "401 refused unauthorized",
			"401 refused Missing request credentials", "401 refused Missing request credentials", "401 refused Missing request credentials",
			"401 refused Missing request credentials", "401 refused Missing request credentials",
		}},
	} {
		got := column(table, c.column)
		if len(got) != len(c.want) {
			t.Errorf("column %d has %d rows, want %d", c.column, len(got), len(c.want))
			continue
		}
		for i, want := range c.want {
			if c.column != 2 {
				want = regexp.QuoteMeta(want)
			}
			if !regexp.MustCompile("^" + want + "$").MatchString(got[i]) {
				t.Errorf("column %d, row %d: got %q, want %q", c.column, i, got[i], want)
			}
		}
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(line); n > 101 {
			t.Errorf("a line has %d letters: %s", n-1, line)
		}
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("the demo wrote %v (%v)", left, err)
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

func TestDemoServesUntilItIsEndedAndPrintsACurlLineThatWorks(t *testing.T) {
	isolate(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := runDemo(t, ctx, in)
		in.Close()
		done <- err
	}()
	tried := false
	var all []byte
	for buffer := make([]byte, 4096); ; {
		n, err := out.Read(buffer)
		all = append(all, buffer[:n]...)
		if m := regexp.MustCompile(`curl -H 'Host: ([^']*)' '([^']*)'\n`).FindSubmatch(all); m != nil && !tried {
			tried = true
			r, _ := http.NewRequest("GET", string(m[2]), nil)
			r.Host = string(m[1])
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
			} else if response.Body.Close(); response.StatusCode != 200 {
				t.Errorf("%s: got %s", m[0], response.Status)
			}
			end()
		}
		if err != nil {
			break
		}
	}
	select {
	case err := <-done:
		if err != nil || !tried {
			t.Errorf("it ended with %v; tried: %v\n%s", err, tried, all)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}

func TestDemoFailsWhenASignedRequestIsRefused(t *testing.T) {
	isolate(t)
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	wrong := t.TempDir() + "/Caddyfile"
	text = bytes.Replace(text, []byte("{env.DUO_SECRET_KEY}\n\t\tsignature_version 4"), []byte("wrong\n\t\tsignature_version 4"), 1)
	text = bytes.Replace(text, []byte("http://xsoar6."), []byte("http://other."), 1)
	if err := os.WriteFile(wrong, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = runDemo(t, t.Context(), &out, "--config", wrong)
	if err == nil || !strings.Contains(err.Error(), "2 of 15") {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{"401 refused", "200 not from"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not show %q:\n%s", want, out.String())
		}
	}
}

func TestDemoRefusesAPortThatIsTaken(t *testing.T) {
	isolate(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := strings.Cut(taken.Addr().String(), ":")
	if err := runDemo(t, t.Context(), io.Discard, "--once", "--port", port); err == nil {
		t.Error("it shares the port")
	}
}

func TestDemoTakesAnotherPortWhereItsOwnIsTakenAMomentLater(t *testing.T) {
	isolate(t)
	var taken net.Listener
	demo.FindAddresses(t, func(port int) (address string, err error) {
		if taken != nil {
			return demo.ListenOn(port)
		}
		taken, err = net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		return taken.Addr().String(), nil
	})
	var out bytes.Buffer
	if err := runDemo(t, t.Context(), &out, "--once"); err != nil || strings.Contains(out.String(), taken.Addr().String()) {
		t.Errorf("%v\n%s", err, out.String())
	}
	taken.Close()
}

func TestDemoShowsEverySiteOfTheExample(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	if formatted := caddyfile.Format(text); !bytes.Equal(formatted, text) {
		t.Error("caddy fmt would change Caddyfile.example")
	}
	var sites []string
	for _, m := range regexp.MustCompile(`(?m)^http://([^.]+)\.localhost:`).FindAllStringSubmatch(string(text), -1) {
		sites = append(sites, m[1])
	}
	shown := demo.Sites()
	slices.Sort(sites)
	slices.Sort(shown)
	if !slices.Equal(sites, shown) {
		t.Errorf("the example has %q, the demo %q", sites, shown)
	}
}
