package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/config"
)

// twoSites is what Caddy makes of them.
const twoSites = `{"apps":{"http":{"servers":{"srv0":{"routes":[
  {"match":[{"host":["duo.internal"]}],"handle":[{"handler":"subroute","routes":[{"handle":[{"handler":"duo_sign","integration_key":"DIONE","host":["one.example"]},{"handler":"reverse_proxy"}]}]}]},
  {"match":[{"host":["two.internal"]}],"handle":[{"handler":"reverse_proxy","transport":{"protocol":"duo_sign","integration_key":"DITWO","host":["two.example"],"tls":{}}}]},
  {"match":[{"host":["dt.internal"]}],"handle":[{"handler":"darktrace_sign","public_token":"p","private_token":"{env.DT}"}]}
]}}}}}`

func TestACaddyfileIsReadWhereCaddyIs(t *testing.T) {
	defer func() { config.Adapt = nil }()
	config.Adapt = func(file string, data []byte) ([]byte, error) {
		if string(data) != "the Caddyfile" {
			return nil, errors.New("line 1: no")
		}
		return []byte(twoSites), nil
	}
	file := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(file, []byte("the Caddyfile"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := runCLI("", "explain", "duo", "--config", file, "--signer", "two.internal", "--url", "https://two.example/a")
	if status != 0 || !strings.Contains(stdout, `"DITWO:$signature"`) {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	status, _, stderr = runCLI("", "explain", "duo", "--config", file, "--url", "https://two.example/a")
	if status != 2 || !strings.Contains(stderr, "choose with --signer: 1 = duo.internal") {
		t.Errorf("%d %s", status, stderr)
	}
}
