// Package e2e sends raw bytes through real gateways to simulated vendors, and lets the vendors judge the raw bytes
// that arrive. Package vendorsim is the only oracle: nothing here knows how to sign.
//
// The gateways are a Caddy built by xcaddy.sh (CADDY_BIN names another one) and a Traefik built by tests/traefikbin
// (TRAEFIK_BIN). Both load the plugins as users do: compiled in, and from source.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/traefikbin"
)

var (
	caddyBin, traefikBin string
	pluginsLocal         string // the folder that Traefik loads local plugins from
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "vendorsign-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := findGateways(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

func findGateways(dir string) (err error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	if caddyBin = os.Getenv("CADDY_BIN"); caddyBin == "" {
		build := exec.Command("./xcaddy.sh")
		build.Dir, build.Stdout, build.Stderr = root, os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("xcaddy.sh: %w", err)
		}
		caddyBin = filepath.Join(root, "caddy")
	}
	if traefikBin, err = traefikbin.Path(os.Stderr); err != nil {
		return err
	}
	pluginsLocal = filepath.Join(dir, "plugins-local")
	return copyCheckout(root, filepath.Join(pluginsLocal, "src/github.com/vendorsign/vendorsign"))
}

// copyCheckout copies the files that a commit of everything would have, so that nothing else in the checkout can
// make the plugin work.
func copyCheckout(root, to string) error {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil { // no git, or no repository: an unpacked release holds nothing else
		return os.CopyFS(to, os.DirFS(root))
	}
	for _, name := range strings.Split(strings.TrimRight(string(names), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) { // removed, but not yet in a commit
			continue
		}
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
