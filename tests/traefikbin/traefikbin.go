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

const (
	traefik = "github.com/traefik/traefik/v3"
	lego    = "github.com/go-acme/lego/v5"
)

// Path returns the file of a Traefik: the one that TRAEFIK_BIN names, else the one in the user's cache folder, which
// is built from the module tests/traefik if it is not there yet. TRAEFIK_VERSION takes another version than go.mod has:
// one with a .mod file of its own there. Progress goes to log.
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
	version, err := run(module, nil, "go", "list", "-m", "-f", "{{.Version}}", traefik)
	if err != nil {
		return "", err
	}
	modfile, err := modFile(module, version, os.Getenv("TRAEFIK_VERSION"))
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile(strings.TrimSuffix(modfile, ".mod") + ".sum")
	if err != nil {
		return "", err
	}
	if name := strings.TrimSuffix(filepath.Base(modfile), ".mod"); name != "go" {
		version = name
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
	return path, build(module, modfile, path, log)
}

// modFile is the one of the module that has the wanted version, go.mod for the tested one and for none.
func modFile(module, tested, wanted string) (string, error) {
	wanted = "v" + strings.TrimPrefix(wanted, "v")
	if wanted == "v" || wanted == tested {
		return filepath.Join(module, "go.mod"), nil
	}
	others, err := filepath.Glob(filepath.Join(module, "v*.mod"))
	if err != nil {
		return "", err
	}
	known := []string{tested}
	for _, file := range others {
		version := strings.TrimSuffix(filepath.Base(file), ".mod")
		if version == wanted {
			return file, nil
		}
		known = append(known, version)
	}
	return "", fmt.Errorf("TRAEFIK_VERSION is none of %s, which tests/traefik can build", strings.Join(known, ", "))
}

// build writes the program under another name first, so that a test that runs at the same time never starts half of it.
func build(module, modfile, path string, log io.Writer) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if filepath.Base(modfile) != "go.mod" {
		if modfile, err = withoutProviders(module, modfile, temp, log); err != nil {
			return err
		}
	}
	program := filepath.Join(temp, "traefik")
	if _, err := run(module, log, "go", "build", "-modfile="+modfile, "-o", program, traefik+"/cmd/traefik"); err != nil {
		return err
	}
	return os.Rename(program, path)
}

// noProviders is lego's list of DNS providers with nothing in it.
const noProviders = `package dns

import (
	"errors"

	"github.com/go-acme/lego/v5/challenge"
)

func NewDNSChallengeProviderByName(string) (challenge.Provider, error) {
	return nil, errors.New("this Traefik was built without DNS providers")
}
`

// withoutProviders returns a copy of the .mod file that takes lego from a copy without DNS providers: they want SDKs of
// their vendors that module proxies do not serve, and certificates by DNS are nothing that the tests need.
func withoutProviders(module, modfile, temp string, log io.Writer) (string, error) {
	changed, copied := filepath.Join(temp, "traefik.mod"), filepath.Join(temp, "lego")
	for from, to := range map[string]string{modfile: changed, strings.TrimSuffix(modfile, ".mod") + ".sum": filepath.Join(temp, "traefik.sum")} {
		data, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			return "", err
		}
	}
	if _, err := run(module, log, "go", "mod", "download", "-modfile="+changed, lego); err != nil {
		return "", err
	}
	original, err := run(module, log, "go", "list", "-m", "-modfile="+changed, "-f", "{{.Dir}}", lego)
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(copied, os.DirFS(original)); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(copied, "providers/dns/zz_gen_dns_providers.go"), []byte(noProviders), 0o600); err != nil {
		return "", err
	}
	_, err = run(module, log, "go", "mod", "edit", "-replace="+lego+"="+copied, changed)
	return changed, err
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
