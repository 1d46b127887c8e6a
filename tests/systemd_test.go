package tests

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// unit are the settings of a systemd unit; a setting may come several times.
type unit map[string][]string

func systemdExamples(t *testing.T) (dir string, units map[string]unit) {
	t.Helper()
	dir = filepath.Join(interpret.Root(t), "docs/examples/systemd")
	files, err := filepath.Glob(filepath.Join(dir, "*.service"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%d units, %v", len(files), err)
	}
	units = make(map[string]unit)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		u := make(unit)
		for _, line := range strings.Split(string(data), "\n") {
			if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
				u[key] = append(u[key], value)
			}
		}
		units[filepath.Base(file)] = u
	}
	return dir, units
}

func TestTheSystemdUnitsGiveSecretsToNobodyElse(t *testing.T) {
	_, units := systemdExamples(t)
	for name, u := range units {
		if !slices.Equal(u["LoadCredential"], []string{"duo:/etc/vendorsign/duo"}) {
			t.Errorf("%s loads the credentials %q", name, u["LoadCredential"])
		}
		if !strings.Contains(strings.Join(append(u["ExecStart"], u["Environment"]...), " "), "%d") {
			t.Errorf("%s tells nobody where the credentials are", name)
		}
		for key, value := range map[string]string{
			"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
			"ProtectProc": "invisible", "MemoryDenyWriteExecute": "yes", "UMask": "0077", "LimitCORE": "0", "SystemCallArchitectures": "native",
		} {
			if !slices.Equal(u[key], []string{value}) {
				t.Errorf("%s: %s is %q, want %s", name, key, u[key], value)
			}
		}
		if !slices.Contains(u["SystemCallFilter"], "@system-service") || u["CapabilityBoundingSet"] == nil || strings.Contains(u["CapabilityBoundingSet"][0], "ADMIN") {
			t.Errorf("%s: the filter is %q, the capabilities are %q", name, u["SystemCallFilter"], u["CapabilityBoundingSet"])
		}
	}
}

// systemd-analyze works without a running systemd, but asks whether the programs are there.
func TestSystemdFindsNoFaultInTheUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is missing")
	}
	dir, units := systemdExamples(t)
	temp := t.TempDir()
	var files []string
	for name := range units {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		data = regexp.MustCompile(`/usr/local/bin/\w+`).ReplaceAll(data, []byte("/bin/sh"))
		file := filepath.Join(temp, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	// Unknown settings are warnings, and the exit status is 0 with them.
	out, err := exec.Command("systemd-analyze", append([]string{"verify", "--recursive-errors=no"}, files...)...).CombinedOutput()
	if bytes.Contains(out, []byte("unrecognized option")) { // before version 250
		out, err = exec.Command("systemd-analyze", append([]string{"verify"}, files...)...).CombinedOutput()
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "-vendorsign.service") || strings.Contains(line, "vendorsign-proxy.service") {
			t.Error(line)
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, file := range files {
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", file).CombinedOutput()
		if bytes.Contains(out, []byte("unrecognized option")) {
			t.Skip("this systemd-analyze rates no files (before version 250)")
		}
		if err != nil {
			t.Errorf("%s is exposed to more than 2.0: %v\n%s", filepath.Base(file), err, out)
		}
	}
}

// What the Traefik unit runs: its template is filled in as Traefik does, from the unit's environment.
func TestTheTraefikConfigurationFindsItsCredential(t *testing.T) {
	dir, units := systemdExamples(t)
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "duo"), []byte("canary\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	for _, pair := range units["traefik-vendorsign.service"]["Environment"] {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, strings.ReplaceAll(value, "%d", credentials))
	}
	page, err := template.New("dynamic.yml").Funcs(template.FuncMap{"env": os.Getenv}).ParseFiles(filepath.Join(dir, "dynamic.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := page.Execute(&text, nil); err != nil {
		t.Fatal(err)
	}
	configs, err := middlewares(text.String())
	if err != nil || len(configs) != 1 {
		t.Fatalf("%d middlewares, %v", len(configs), err)
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		if _, err := p.New(configs[0], http.NotFoundHandler()); err != nil {
			t.Error(err)
		}
	})
	var static struct {
		EntryPoints, Providers map[string]any
		staticFile             `yaml:",inline"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "traefik.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &static); err != nil || static.Experimental.LocalPlugins["vendorsign"].ModuleName != interpret.Module {
		t.Errorf("%v %+v", err, static)
	}
	if status, out := checkedFile(t, program(t), filepath.Join(dir, "dynamic.yml")); status != 0 {
		t.Errorf("check says %s", out)
	}
}

// The proxy's command line is run, with the folder of the credentials where systemd puts it.
func TestTheProxysUnitStarts(t *testing.T) {
	_, units := systemdExamples(t)
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "duo"), []byte("canary\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	line := strings.NewReplacer("%d", credentials, "127.0.0.1:8085", "127.0.0.1:0").Replace(units["vendorsign-proxy.service"]["ExecStart"][0])
	words := strings.Fields(line)
	run := exec.Command(program(t), words[1:]...)
	run.Env = []string{}
	var errs bytes.Buffer
	run.Stderr = &errs
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = run.Process.Kill()
		_ = run.Wait()
	}()
	first, _ := bufio.NewReader(out).ReadString('\n')
	if !strings.HasPrefix(first, "signs for https://api-1.duosecurity.com on http://127.0.0.1:") {
		_ = run.Wait()
		t.Errorf("%q %s", first, &errs)
	}
}
