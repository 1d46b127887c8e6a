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
	"testing"

	"github.com/vendorsign/vendorsign/tests/checkout"
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
	return checkout.Copy(root, filepath.Join(pluginsLocal, "src/github.com/vendorsign/vendorsign"))
}

// long says that what repeats does so as often as before a release.
var long = os.Getenv("VENDORSIGN_LONG") != ""

// often is how often something is repeated that is to be repeated n times before a release.
func often(n int) int {
	if long {
		return n
	}
	return max(1, n*3/10)
}
