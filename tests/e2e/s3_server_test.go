package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// s3Server is tests/s3 as a process: an S3 server that nobody here wrote, with one key and an empty folder. Buckets are in the path.
type s3Server struct {
	address           string // with its scheme
	accessKey, secret string
	region            string
}

// s3Program is built once, without the race detector, which is for our own code.
var s3Program = sync.OnceValues(func() (string, error) {
	program := filepath.Join(filepath.Dir(pluginsLocal), "s3") // a folder that goes with the tests
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "../s3"
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=")
	out, err := build.CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return program, nil
})

// newS3Server starts a server that ends with the test. It answers already.
func newS3Server(t testing.TB) *s3Server {
	t.Helper()
	program, err := s3Program()
	if err != nil {
		t.Fatalf("tests/s3: %v\n%s", err, program)
	}
	s := &s3Server{accessKey: "AKIATESTTESTTESTTEST", secret: "test/secret+access/key/not-a-secret", region: "us-east-1"}
	config, err := json.Marshal(map[string]string{"listen": "127.0.0.1:0", "folder": t.TempDir(),
		"access_key": s.accessKey, "secret_key": s.secret, "region": s.region})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr, cmd.SysProcAttr = bytes.NewReader(config), &said, withTest
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // what it holds is only in the test's folder
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		t.Fatalf("the S3 server does not start: %v\n%s", err, said.String())
	}
	s.address = strings.TrimSpace(line)
	return s
}
