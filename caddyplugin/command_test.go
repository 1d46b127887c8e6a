package caddyplugin

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/vendorsign/vendorsign/cli"
)

func TestTheCommandsReadACaddyfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	text := "http://a.example {\n\tduo_sign {\n\t\tintegration_key DIXXXXXXXXXXXXXXXXXX\n\t\tsecret_key {env.COMMAND_TEST_SKEY}\n\t\thost api-1.duosecurity.com\n\t\tsignature_version 2\n\t}\n\treverse_proxy https://api-1.duosecurity.com\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("COMMAND_TEST_SKEY", "canary-secret-5b1f")
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), []string{"explain", "duo", "--config", file, "--url", "https://api-1.duosecurity.com/admin/v1/users?b=1&a=2"}, strings.NewReader(""), &out, &errs)
	if status != 0 || !strings.Contains(out.String(), "a=2&b=1") || !strings.Contains(out.String(), "api-1.duosecurity.com") {
		t.Errorf("status %d\n%s%s", status, &out, &errs)
	}
	if strings.Contains(out.String(), "canary") {
		t.Errorf("the secret is shown:\n%s", &out)
	}
}
