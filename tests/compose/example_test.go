package compose

import (
	"bytes"
	"context"
	"crypto/rand"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/checkout"
	"github.com/vendorsign/vendorsign/tests/ports"
	"github.com/vendorsign/vendorsign/tests/traefikbin"
)

// example is a running example: traefik or caddy.
type example struct {
	gateway    string
	project    string
	home       string // a copy of the checkout
	dir        string // of the example in it
	addr       string
	env        []string
	begin, end string // the commands of its section in docs/docker.md
	said       string // by begin
}

// start runs the commands of the gateway's section up to the last block, which takes everything down again.
func start(t *testing.T, gateway string) *example {
	t.Helper()
	needEngine(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	e := &example{gateway: gateway, project: "vendorsign-test-" + random(), home: filepath.Join(t.TempDir(), "vendorsign")}
	e.dir = filepath.Join(e.home, "docs/examples/docker", gateway)
	if err := checkout.Copy(root, e.home); err != nil {
		t.Fatal(err)
	}
	e.readPage(t)
	number, err := ports.Free()
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(number)
	e.addr = "127.0.0.1:" + port
	// Names of this run alone: others may run the same on the same engine.
	e.env = append(os.Environ(),
		"PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"),
		"COMPOSE_PROJECT_NAME="+e.project, "GATEWAY_PORT="+port,
		"VENDORSIGN_IMAGE="+e.project+":vendors", "CADDY_IMAGE="+e.project+":caddy", "TRAEFIK_IMAGE="+e.project+":traefik",
		gatewayProgram(t, gateway, root))
	t.Cleanup(func() { e.remove(t) })

	// The clone is there, and so is somebody else on port 8080.
	commands := strings.Replace(e.begin, "git clone https://github.com/vendorsign/vendorsign && cd vendorsign\n", "", 1)
	commands = strings.ReplaceAll(commands, "127.0.0.1:8080", e.addr)
	e.said = e.sh(t, e.home, commands)
	return e
}

// gatewayProgram is the variable that tells prepare.sh of the gateway's program.
func gatewayProgram(t *testing.T, gateway, root string) string {
	t.Helper()
	name, path := "CADDY_BIN", os.Getenv("CADDY_BIN")
	if gateway == "traefik" {
		name = "TRAEFIK_BIN"
		var err error
		if path, err = traefikbin.Path(os.Stderr); err != nil {
			t.Fatal(err)
		}
	} else if path == "" {
		build := exec.Command("./xcaddy.sh")
		build.Dir, build.Stdout, build.Stderr = root, os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			t.Fatalf("xcaddy.sh: %v", err)
		}
		path = filepath.Join(root, "caddy")
	}
	program, err := elf.Open(path)
	if err != nil {
		t.Fatalf("%s is no program of Linux: %v", path, err)
	}
	defer program.Close()
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Fatalf("%s is linked dynamically; build it with CGO_ENABLED=0", path)
		}
	}
	return name + "=" + path
}

// readPage takes the commands out of the gateway's section of the page.
func (e *example) readPage(t *testing.T) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(e.home, "docs/docker.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range strings.Split(string(page), "\n## ") {
		title, text, _ := strings.Cut(section, "\n")
		if strings.ToLower(title) != e.gateway {
			continue
		}
		blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1)
		if len(blocks) != 2 {
			t.Fatalf("%d blocks of commands under %q", len(blocks), title)
		}
		e.begin, e.end = blocks[0][1], blocks[1][1]
		return
	}
	t.Fatalf("no section about %s", e.gateway)
}

// command runs one, and returns what it wrote to its standard output, or all of it where it failed.
func (e *example) command(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = dir, e.env
	// A program that the command leaves behind would keep the pipes open.
	c.WaitDelay = 10 * time.Second
	var out, all bytes.Buffer
	c.Stdout, c.Stderr = io.MultiWriter(&out, &all), &all
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, all.String())
	}
	return out.String(), nil
}

func (e *example) sh(t *testing.T, dir, commands string) string {
	t.Helper()
	out, err := e.command(interrupted, dir, "bash", "-euo", "pipefail", "-c", commands)
	if err != nil {
		logs, _ := e.command(interrupted, e.dir, filepath.Join(tools, "docker"), "compose", "logs", "--no-color", "--tail", "50")
		t.Fatalf("%v\n%s", err, logs)
	}
	return out
}

// docker runs a command of Docker in the example's folder.
func (e *example) docker(t *testing.T, args ...string) string {
	t.Helper()
	return e.sh(t, e.dir, "docker '"+strings.Join(args, "' '")+"'")
}

// remove takes down whatever there is of the example, however far it came.
func (e *example) remove(t *testing.T) {
	t.Helper()
	ctx := context.Background() // an interrupted test removes as well
	down := "docker compose down --volumes --remove-orphans --timeout 5"
	containers := "docker ps --all --quiet --filter label=com.docker.compose.project=" + e.project + " | xargs --no-run-if-empty docker rm --force --volumes"
	images := "docker image ls --quiet '" + e.project + "' | xargs --no-run-if-empty docker image rm --force"
	for _, commands := range []string{down, containers, images} {
		if _, err := e.command(ctx, e.dir, "bash", "-euo", "pipefail", "-c", commands); err != nil {
			t.Errorf("removing: %v", err)
		}
	}
}

// left lists what the engine still has of the project.
func (e *example) left(t *testing.T) string {
	t.Helper()
	var all []string
	for _, list := range []string{"ps --all", "volume ls", "network ls"} {
		all = append(all, e.sh(t, e.home, "docker "+list+" --quiet --filter label=com.docker.compose.project="+e.project))
	}
	return strings.TrimSpace(strings.Join(all, ""))
}

// ask sends a request and returns the status and the body of the answer.
func ask(t *testing.T, addr, host, method, target, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(interrupted, method, "http://"+addr+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Timeout: patience}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

func random() string {
	b := make([]byte, 4)
	rand.Read(b)
	return hex.EncodeToString(b)
}
