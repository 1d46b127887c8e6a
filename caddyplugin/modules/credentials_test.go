package modules

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A credentials_file that names another host must not send its secret to the upstream of the old one, not even once.
func TestACredentialNeverGoesToTheHostOfTheOneBefore(t *testing.T) {
	for form, site := range map[string]string{
		"handler":   "\tcarbonblack_sign FILE\n\treverse_proxy {vendor}\n}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport carbonblack_sign FILE\n\t}\n}\n",
	} {
		t.Run(form, func(t *testing.T) {
			var leaked atomic.Bool
			vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Auth-Token") != "first/ID1" {
					leaked.Store(true)
				}
			})
			file := filepath.Join(t.TempDir(), "acme.json")
			write := func(secret, host, more string) {
				text := fmt.Sprintf(`{"api_id":"ID1","api_secret_key":%q,"host":%q%s}`, secret, host, more)
				if err := os.WriteFile(file+".next", []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				old := time.Now().Add(-time.Minute) // so that it is read at once
				if err := os.Chtimes(file+".next", old, old); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(file+".next", file); err != nil {
					t.Fatal(err)
				}
			}
			write("first", "127.0.0.1", `,"insecure_upstream":true`)
			c := run(t, head+strings.ReplaceAll(site, "FILE", file), vendor)
			if status, body := fetch(t, "http://"+c.site+"/api"); status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			write("second", "other.example", "")
			deadline := time.Now().Add(patience)
			for {
				status, _ := fetch(t, "http://"+c.site+"/api")
				if status != http.StatusOK {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("the file is not read again")
				}
				time.Sleep(20 * time.Millisecond)
			}
			if leaked.Load() {
				t.Error("the new secret went to the old host")
			}
		})
	}
}

func TestTheStatusNamesWhatIsAbsentAndWhenACredentialEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	c := run(t, head+"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file."+file+"}\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t\texpires 2100-01-01\n\t}\n\treverse_proxy {vendor}\n}\n",
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	all := func() string {
		_, text := fetch(t, "http://"+c.admin+"/vendorsign/")
		return text
	}
	if text := all(); !strings.Contains(text, `"absent":"api_secret_key"`) {
		t.Errorf("the status is %s", text)
	}
	if err := os.WriteFile(file, []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	for {
		if status, _ := fetch(t, "http://"+c.site+"/api"); status == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the file is not read")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if text := all(); strings.Contains(text, "absent") || !strings.Contains(text, `"expires":"2100-01-02T00:00:00Z"`) || strings.Contains(text, "canary") {
		t.Errorf("the status is %s", text)
	}
}
