package outbound

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// A secret may look like a placeholder, which a gateway would replace or refuse.
func TestBracesInACredentialsFileAreNoPlaceholders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.json")
	if err := os.WriteFile(path, []byte(`{"api_id":"A1","api_secret_key":"{http.request.host}"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	refs := credentials.References{Other: func(string) (string, error) { return "", errors.New("unknown placeholder") }}
	v, faults := AddFile("carbonblack", signers.Values{"credentials_file": {path}, "host": {"h.example"}}, refs)
	if len(faults) > 0 {
		t.Fatal(faults[0].Text)
	}
	if got := v.Text("api_secret_key"); got != "{http.request.host}" {
		t.Errorf("the secret is %q", got)
	}
}
