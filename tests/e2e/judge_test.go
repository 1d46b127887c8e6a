package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A judge is a program in a module of its own below tests/, from a library that nobody here wrote. It reads its configuration from
// standard input, and writes its address when it answers.

// buildJudge builds one without the race detector, which is for our own code. An error comes with what the compiler said.
func buildJudge(name string) (program string, err error) {
	program = filepath.Join(filepath.Dir(pluginsLocal), name) // a folder that goes with the tests
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "../" + name
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=")
	out, err := build.CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return program, nil
}

// startJudge starts one, and returns its address with the scheme. The caller ends it.
func startJudge(t testing.TB, program string, config map[string]any) (cmd *exec.Cmd, address string) {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd = exec.Command(program)
	cmd.Stdin, cmd.Stderr, cmd.SysProcAttr = bytes.NewReader(text), &said, withTest
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("%s does not start: %v\n%s", filepath.Base(program), err, said.String())
	}
	return cmd, strings.TrimSpace(line)
}
