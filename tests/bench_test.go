package tests

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Half an hour of measuring must not end in a file that cannot be written.
func TestBenchRefusesWrongUseBeforeItMeasures(t *testing.T) {
	folder := t.TempDir()
	for name, tt := range map[string]struct {
		arguments []string
		says      string
	}{
		"an unknown option":    {[]string{"--nope"}, "--json FILE"},
		"no value":             {[]string{"--json"}, "bench.sh: --json needs a value"},
		"a folder that is not": {[]string{"--only", "micro", "--json", filepath.Join(folder, "absent", "x.json")}, "x.json cannot be written"},
		"a folder, not a file": {[]string{"--only", "micro", "--json", folder}, "cannot be written"},
	} {
		t.Run(name, func(t *testing.T) {
			c := exec.CommandContext(t.Context(), "./bench.sh", tt.arguments...)
			c.Env = append(os.Environ(), "CADDY_BIN=/absent", "TRAEFIK_BIN=/absent") // nothing is built or measured
			output, err := c.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(output), tt.says) {
				t.Errorf("%v, and it says %q", err, output)
			}
		})
	}
}
