package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/pages"
)

// notRun are the commands of the documentation that no test runs, and why. Every other one is run.
var notRun = map[string]string{
	"./xcaddy.sh demo":     "builds Caddy again; the tests of cli/demo run it",
	"./tests/run.sh":       "is what runs this test",
	"./tests/run.sh quick": "is a part of what runs this test",
	"./tests/run.sh long":  "runs this test too, and takes two hours",
	"git clone https://github.com/vendorsign/vendorsign && cd vendorsign": "fetches what is published; the checkout is here",
	"curl -i http://duo.localhost:8080/admin/v1/users":                    "asks the real vendor; docs/start-caddy.md has the same request for a simulated one",
	"./tests/fuzz.sh 20": "takes twenty minutes; the fixed round is TestHostileRequestsArriveSignedOrNotAtAll",
	"go install github.com/caddyserver/xcaddy/cmd/xcaddy@latest":                                                      "fetches a published program; xcaddy.sh fetches the same one",
	"xcaddy build --with github.com/vendorsign/vendorsign/caddyplugin":                                                "builds what is published; the Caddy of these tests was built so, from the checkout",
	"go install github.com/vendorsign/vendorsign/cmd/vendorsign@latest":                                               "builds what is published; the test builds the checkout",
	"git clone --depth 1 https://github.com/vendorsign/vendorsign plugins-local/src/github.com/vendorsign/vendorsign": "fetches what is published; the checkout lies there instead",
}

// ranElsewhere are pages whose commands need more than this test has, and what runs them.
var ranElsewhere = map[string]string{
	"docs/docker.md":          "needs Docker: tests/compose runs each command of it",
	"docs/kubernetes.md":      "needs a cluster: TestTheKubernetesManifestsSignInTraefik and TestTheKubernetesManifestsSignInCaddy run its manifests",
	"docs/install-traefik.md": "fetches what is published; TestTheTraefikCatalogAdmitsThePlugin and TestTheBakedImageHasAllThatThePluginNeeds run what it fetches",
	"docs/releases.md":        "fetches what is published; TestAReleaseIsReproducibleAndKnowsItsVersion and tests/release.sh build it",
	"docs/systemd.md":         "needs a host that systemd runs; TestSystemdFindsNoFaultInTheUnits has systemd read the units, and others run what they start",
}

// Each page is one session of a shell: its blocks run in their order, the files that it tells to save are saved, and
// what it says that is printed is printed.
func TestEveryCommandOfTheDocumentationRuns(t *testing.T) {
	vendorsign := buildVendorsign(t)
	for _, page := range pages.Read(t, "../..") {
		has := slices.ContainsFunc(page.Blocks, func(b pages.Block) bool { return b.Lang == "sh" })
		if _, elsewhere := ranElsewhere[page.Name]; !has || elsewhere {
			continue
		}
		t.Run(page.Name, func(t *testing.T) {
			t.Parallel()
			runPage(t, page, vendorsign)
		})
	}
}

func TestTheCommandsThatAreNotRunStandInTheDocumentation(t *testing.T) {
	all := map[string]bool{}
	read := pages.Read(t, "../..")
	for _, page := range read {
		for _, b := range page.Blocks {
			for _, command := range b.Commands() {
				all[command] = true
			}
		}
		all[page.Name] = true
	}
	for command := range notRun {
		if !all[command] {
			t.Errorf("no page has the command %q any more", command)
		}
	}
	for page := range ranElsewhere {
		if !all[page] {
			t.Errorf("there is no page %s", page)
		}
	}
	if len(notRun) > 11 {
		t.Errorf("%d commands are not run", len(notRun))
	}
}

func buildVendorsign(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "vendorsign")
	build := exec.Command("go", "build", "-o", program, "./cmd/vendorsign")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// portNumber are the ports that the documentation listens on.
var portNumber = regexp.MustCompile(`\b(?:8080|8081|8443|910[1-9])\b`)

// runPage runs a page in a folder of its own, on ports of its own.
func runPage(t *testing.T, page pages.Page, vendorsign string) {
	dir, home := t.TempDir(), t.TempDir()
	for name, program := range map[string]string{"caddy": caddyBin, "bin/caddy": caddyBin, "bin/traefik": traefikBin, "bin/vendorsign": vendorsign,
		"plugins-local": pluginsLocal} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	ports := map[string]string{}
	own := func(text string) string {
		return portNumber.ReplaceAllStringFunc(text, func(port string) string {
			if ports[port] == "" {
				ports[port] = fmt.Sprint(freePort(t))
			}
			return ports[port]
		})
	}

	script, printed := session(page)
	// A pipe would stay open as long as the servers run. What several processes write must not overwrite each other.
	log, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	shell := exec.Command("bash", "-eu", "-o", "pipefail", "-c", own(script))
	shell.Dir = dir
	shell.Env = []string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home, "TMPDIR=" + home,
		fmt.Sprintf("CADDY_ADMIN=127.0.0.1:%d", freePort(t))}
	shell.Stdout, shell.Stderr = log, log
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(5*patience, func() { _ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) })
	err = shell.Wait()
	late.Stop()
	_ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) // what it left running

	out, readErr := os.ReadFile(log.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	if err != nil {
		t.Errorf("%v\n%s\nprinted\n%s", err, script, tail(string(out)))
	}
	got := timeless(string(out))
	for _, line := range printed {
		if !strings.Contains(got, timeless(own(line))) {
			t.Errorf("%q is not printed, but\n%s", line, tail(got))
		}
	}
}

// listens is a server in the background and its port.
var listens = regexp.MustCompile(`--listen (\d+).* &$`)

// session makes one script of a page, and tells what it must print.
func session(page pages.Page) (script string, printed []string) {
	files := map[string]string{}
	var all strings.Builder
	run := func(command string) {
		if notRun[strings.Join(strings.Fields(command), " ")] != "" {
			return
		}
		all.WriteString(command + "\n")
		if m := listens.FindStringSubmatch(command); m != nil { // whoever types is slower than this: the server is there by then
			fmt.Fprintf(&all, "until (exec 3<>/dev/tcp/127.0.0.1/%s) 2>/dev/null; do sleep 0.05; done\n", m[1])
		}
	}
	for _, b := range page.Blocks {
		switch {
		case b.File != "":
			text := b.Text
			if b.Lang == "diff" { // of a file that the page has
				text = files[b.File]
				lines := strings.Split(strings.TrimSpace(b.Text), "\n")
				for i := 0; i+1 < len(lines); i += 2 {
					text = strings.Replace(text, strings.TrimPrefix(lines[i], "-"), strings.TrimPrefix(lines[i+1], "+"), 1)
				}
			}
			files[b.File] = text
			fmt.Fprintf(&all, "cat > %s <<'END-OF-FILE'\n%sEND-OF-FILE\n", b.File, text)
		case b.Lang == "sh":
			for _, line := range strings.Split(strings.TrimSuffix(b.Text, "\n"), "\n") {
				command, _, _ := strings.Cut(line, "  #")
				run(strings.TrimRight(command, " "))
			}
		case b.Lang == "text" || b.Lang == "" && strings.HasPrefix(b.Text, "$ "):
			for _, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
				if command, ok := strings.CutPrefix(line, "$ "); ok {
					run(command)
				} else {
					printed = append(printed, line)
				}
			}
		}
	}
	return all.String(), printed
}

var moments = regexp.MustCompile(`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d|\b1\d{12}\b`)

// timeless takes the moment out of what a command prints.
func timeless(text string) string {
	return moments.ReplaceAllString(strings.ReplaceAll(text, "\r", ""), "<time>")
}
