package e2e

import (
	"sync"
	"testing"
)

// s3Server is tests/s3 as a process: an S3 server that nobody here wrote, with one key and an empty folder. Buckets are in the path.
type s3Server struct {
	address           string // with its scheme
	accessKey, secret string
	region            string
}

// s3Program is tests/s3, built once.
var s3Program = sync.OnceValues(func() (string, error) { return buildJudge("s3") })

// newS3Server starts a server that ends with the test. It answers already.
func newS3Server(t testing.TB) *s3Server {
	t.Helper()
	program, err := s3Program()
	if err != nil {
		t.Fatalf("tests/s3: %v\n%s", err, program)
	}
	s := &s3Server{accessKey: "AKIATESTTESTTESTTEST", secret: "test/secret+access/key/not-a-secret", region: "us-east-1"}
	cmd, address := startJudge(t, program, map[string]any{"listen": "127.0.0.1:0", "folder": t.TempDir(),
		"access_key": s.accessKey, "secret_key": s.secret, "region": s.region})
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // what it holds is only in the test's folder
		_ = cmd.Wait()
	})
	s.address = address
	return s
}
