package outbound_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// The key that was told to have ended is replaced, and the new one has an end too.
func TestTheEndOfACredentialThatAFileBringsIsToldAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credential.json")
	write := func(secret, expires string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(`{"api_key_id":"1","api_key":"`+secret+`","expires":"`+expires+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one", "2020-12-31")
	var news []string
	v := signers.Values{"host": {"ends.example"}, "credentials_file": {file}}
	g, faults := outbound.Build("cortex", v, credentials.References{}, outbound.Sharing{}, func(text string) { news = append(news, text) })
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	write("another", time.Now().UTC().Add(24*time.Hour).Format("2006-01-02"))
	g.Now = func() time.Time { return time.Now().Add(3 * time.Second) } // the file is left alone
	if problem := g.Begin(g.Now()).Sign(httptest.NewRequest("GET", "/api", nil), "/api").Problem; problem != nil {
		t.Fatal(problem.Detail)
	}
	told := strings.Join(news, "\n")
	if !strings.Contains(told, "has expired") || !strings.Contains(told, "a changed file was read") || !strings.Contains(told, " hours; make a new one") {
		t.Errorf("told is\n%s", told)
	}
}
