package modules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// An app with the credential's own secret could sign for the vendor itself. It is refused at load, wherever its secret stands.
func TestAnAppOfAFileWithTheCredentialsSecretIsRefusedAtLoad(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for secret, refused := range map[string]bool{"real-secret": true, "another-secret": false} {
		secretFile := write(secret, secret)
		file := write(secret+".json", `{"version": 1, "vendor": "duo", "gateway": "duo.internal",
			"apps": [{"name": "billing", "key_id": "DIAPPBILLING00000000", "secret": "file:`+secretFile+`"}]}`)
		for form, site := range verifyingSites("52s") {
			start := strings.Index(site, "\t\tapp billing")
			end := strings.Index(site, "\theader >App")
			site = site[:start] + "\t\tapps_file " + file + "\n\t}\n" + site[end:]
			config, err := adapt(strings.NewReplacer("{site}", "127.0.0.1:80", "{port}", "80", "{admin}", "127.0.0.1:81", "{vendor}", "127.0.0.1:82").Replace(site))
			if err != nil {
				t.Fatal(err)
			}
			var c caddy.Config
			if err := caddy.StrictUnmarshalJSON([]byte(config), &c); err != nil {
				t.Fatal(err)
			}
			err = caddy.Validate(&c)
			if refused != (err != nil && strings.Contains(err.Error(), "the app billing of vendorsign_verify has the secret of this credential")) {
				t.Errorf("%s, %s: %v", form, secret, err)
			}
			if !refused && err != nil {
				t.Errorf("%s: %v", form, err)
			}
		}
	}
}
