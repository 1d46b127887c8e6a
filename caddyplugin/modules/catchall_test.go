package modules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

func TestOneLineAtLoadTellsOfSitesForAnyName(t *testing.T) {
	const signer = "duo_sign {\nintegration_key x\nsecret_key {env.CATCH_ALL}\nhost h\n}\nreverse_proxy https://h\n"
	clients := strings.Replace(signer, "host h\n", "host h\nclient_hosts duo.internal\n", 1)
	transport := "reverse_proxy https://h {\ntransport duo_sign {\nintegration_key x\nsecret_key {env.CATCH_ALL}\nhost h\ntls\n}\n}\n"
	t.Setenv("CATCH_ALL", "canary")
	for _, tt := range []struct {
		name, sites string
		lines       int
	}{
		{"sites with names", "http://a.test:8081 {\n" + signer + "}\nhttp://b.test:8081 {\n" + transport + "}\n", 0},
		{"a site for any name", "http://:8081 {\n" + signer + "}\n", 1},
		{"a transport for any name", "http://:8081 {\n" + transport + "}\n", 1},
		{"a site for any name in a handle block", "http://:8081 {\nhandle_path /duo/* {\n" + signer + "}\n}\n", 1},
		{"several sites for any name", "http://:8081 {\n" + signer + "}\nhttp://:8082 {\n" + signer + transport + "}\n", 1},
		{"one among those with names", "http://a.test:8081 {\n" + signer + "}\nhttp://:8081 {\n" + signer + "}\n", 1},
		{"one behind one with client_hosts", "http://:8081 {\n" + clients + "}\nhttp://:8082 {\n" + signer + "}\n", 1},
		{"a site for any name with client_hosts", "http://:8081 {\n" + clients + "}\n", 0},
		{"a site for any name with a host matcher", "http://:8081 {\n@duo host duo.internal\nhandle @duo {\n" + signer + "}\n}\n", 0},
		{"a site for any name without a signer", "http://:8081 {\nrespond ok\n}\nhttp://a.test:8082 {\n" + signer + "}\n", 0},
		{"a site for any name behind authentication", "http://:8081 {\nbasic_auth {\napp $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG\n}\n" + signer + "}\n", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			config, err := adapt("{\nadmin off\npersist_config off\nlog {\noutput file " + log + "\n}\n}\n" + tt.sites)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // it is told again when it is loaded again
				if err := os.WriteFile(log, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := caddy.Validate(mustParse(t, config)); err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(log)
				if err != nil {
					t.Fatal(err)
				}
				if n := strings.Count(string(text), "DNS rebinding"); n != tt.lines {
					t.Errorf("%d lines, want %d\n%s", n, tt.lines, text)
				}
			}
		})
	}
}
