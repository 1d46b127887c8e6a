// Package compose runs the Docker examples as their page says, with the real Docker engine and Compose: it runs the
// commands of docs/docker.md in a copy of the checkout, and lets the simulated vendors judge what arrives.
//
// The gateways are a Caddy built by xcaddy.sh (CADDY_BIN names another one) and a Traefik built by tests/traefikbin
// (TRAEFIK_BIN). Both must be linked statically: there is nothing else in their images.
package compose

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience bounds every command.
const patience = 5 * time.Minute

// interrupted ends with a signal. The commands then fail, and each test still removes what it made.
var interrupted context.Context

// tools is a folder with a docker that has the subcommand compose, whichever Compose the machine has.
var tools string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var stop func()
	interrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "vendorsign-compose-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	tools = dir
	return m.Run()
}

// needEngine skips a test on machines without Docker and Compose. Continuous integration has both.
func needEngine(t *testing.T) {
	t.Helper()
	err := findEngine()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("with CI=true Docker and Compose are required: %v", err)
	}
	t.Skipf("the Docker examples are not run: %v", err)
}

func findEngine() error {
	docker, err := exec.LookPath("docker")
	if err != nil {
		return fmt.Errorf("no docker: %w", err)
	}
	ctx, cancel := context.WithTimeout(interrupted, patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, docker, "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		return fmt.Errorf("no engine answers: %w: %s", err, out)
	}
	if exec.CommandContext(ctx, docker, "compose", "version").Run() == nil {
		return nil
	}
	old, err := exec.LookPath("docker-compose")
	if err != nil {
		return fmt.Errorf("neither docker compose nor docker-compose: %w", err)
	}
	script := "#!/bin/sh\nif [ \"$1\" = compose ]; then\n\tshift\n\texec '" + old + "' \"$@\"\nfi\nexec '" + docker + "' \"$@\"\n"
	return os.WriteFile(filepath.Join(tools, "docker"), []byte(script), 0o755)
}
