// Package traefikbin builds the real Traefik for the end-to-end tests: minutes the first time, nothing afterwards.
package traefikbin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const traefik = "github.com/traefik/traefik/v3"

// Path returns the file of a Traefik: the one that TRAEFIK_BIN names, else the one in the user's cache folder, which
// is built from the module tests/traefik if it is not there yet. Progress goes to log.
func Path(log io.Writer) (string, error) {
	if path := os.Getenv("TRAEFIK_BIN"); path != "" {
		// A test's working folder is not where the variable was set.
		if !filepath.IsAbs(path) {
			return "", errors.New("TRAEFIK_BIN must be an absolute path")
		}
		_, err := os.Stat(path)
		return path, err
	}
	module, err := moduleDir()
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return "", err
	}
	version, err := run(module, nil, "go", "list", "-m", "-f", "{{.Version}}", traefik)
	if err != nil {
		return "", err
	}
	goVersion, err := run(module, nil, "go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(sums)
	path := filepath.Join(cache, "vendorsign", fmt.Sprintf("traefik-%s-%s-%s-static-%s", version, goVersion, runtime.GOARCH, hex.EncodeToString(hash[:6])))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintf(log, "building Traefik %s into %s; the first time takes some minutes\n", version, path)
	return path, build(module, path, log)
}

// build writes the program under another name first, so that a test that runs at the same time never starts half of it.
func build(module, path string, log io.Writer) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if _, err := run(module, log, "go", "build", "-o", filepath.Join(temp, "traefik"), traefik+"/cmd/traefik"); err != nil {
		return err
	}
	return os.Rename(filepath.Join(temp, "traefik"), path)
}

// moduleDir finds tests/traefik from the working folder of a test.
func moduleDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		for _, sub := range []string{"traefik", "tests/traefik"} {
			if _, err := os.Stat(filepath.Join(dir, sub, "go.mod")); err == nil {
				return filepath.Join(dir, sub), nil
			}
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("tests/traefik is not below any parent of the working folder")
		}
		dir = filepath.Dir(dir)
	}
}

func run(dir string, stderr io.Writer, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	// Without cgo, as Traefik is released: the program then needs nothing around it, and runs in an image from scratch.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
	cmd.Stderr = stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
