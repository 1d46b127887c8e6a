package demo_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
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
	"github.com/vendorsign/vendorsign/cli/screen"
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

// rewrite has the golden files written anew: go test ./cli/demo -run Golden -args -rewrite
var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// golden compares what was printed with a file, line ends and all.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
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
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Error("there are colours where there is no terminal")
	}
}

// What is another at each run.
var (
	gatewayPort = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	changing    = regexp.MustCompile(`(?m)^(  added     |            )([A-Z][\w-]+): .*$`)
)

func TestGoldenDemo(t *testing.T) {
	home := isolate(t)
	os.Setenv("DUO_SECRET_KEY", "what-an-operator-has-in-the-environment")
	var out bytes.Buffer
	if err := runDemo(t, t.Context(), &out, "--once"); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	golden(t, "demo.txt", gatewayPort.ReplaceAllString(out.String(), "127.0.0.1:38080"))
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("the demo wrote %v (%v)", left, err)
	}
}

func TestTheREADMEShowsWhatTheDemoPrints(t *testing.T) {
	printed, err := os.ReadFile("testdata/demo.txt")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := bytes.Cut(printed, []byte("\n\n"))
	if !bytes.Contains(readme, append([]byte("```\n"), table...)) {
		t.Errorf("README.md does not show\n%s", table)
	}
}

// The details also prove that the vendors verified what each site is there to show.
func TestGoldenDemoWithDetails(t *testing.T) {
	isolate(t)
	var out bytes.Buffer
	if err := runDemo(t, t.Context(), &out, "--once", "-v"); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	got := gatewayPort.ReplaceAllString(out.String(), "127.0.0.1:38080")
	golden(t, "details.txt", changing.ReplaceAllString(got, "${1}${2}: ..."))
}

// onTerminal is a terminal for tests.
type onTerminal struct {
	bytes.Buffer
	width int
}

func (o *onTerminal) Screen() screen.Screen { return screen.Screen{Width: o.width, Color: true} }

func TestDemoFitsATerminalAndHasColours(t *testing.T) {
	isolate(t)
	for _, tt := range []struct {
		width int
		flag  string
		want  string
	}{
		{50, "-v=false", "\x1b[32m✓\x1b[0m duo            HMAC-…  200 accepted  401 refused\n"},
		{44, "-v=false", "\x1b[32m✓\x1b[0m duo            200 accepted  401 refused\n"},
		{60, "-v", "\x1b[1mduo  version 5\x1b[0m\n"},
	} {
		out := &onTerminal{width: tt.width}
		if err := runDemo(t, t.Context(), out, "--once", tt.flag); err != nil {
			t.Errorf("%v\n%s", err, out.String())
		}
		if !strings.Contains(out.String(), tt.want) {
			t.Errorf("no %q in\n%s", tt.want, out.String())
		}
		for line := range strings.Lines(regexp.MustCompile("\x1b\\[\\d+m").ReplaceAllString(out.String(), "")) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tt.width {
				t.Errorf("a line has %d columns, not %d: %s", n, tt.width, line)
			}
		}
	}
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
	if err == nil || !strings.Contains(err.Error(), "2 of 21") {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{
		"✗ cortex         SHA-256 with a nonce, static key     200 not from the vendor  401 refused\n",
		"  XSOAR 6: 200 not from the vendor\n",
		"✗ duo            HMAC-SHA512, in five forms           401 refused   401 refused\n",
		"  version 4: 401 refused: Invalid signature in request credentials\n",
	} {
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
