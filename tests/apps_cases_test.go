package tests

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// appCases are requests of apps in a vendor's scheme, as its clients write them and as attackers change them, and what becomes of each.
// None was made by this project's own signers.
type appCases struct {
	Signer string
	Apps   []any
	Cases  []struct {
		ID      string
		Config  map[string]any
		Apps    []any // in place of those of all cases
		Request struct {
			Method, URL, Body string
			BodyB64           []byte `json:"body_b64"`
			Headers           map[string]any
		}
		Time   time.Time
		Expect struct{ App, Refused string }
	}
}

func TestWhatClientsWriteInTheirOwnWayIsJudgedAsTheSpecificationSays(t *testing.T) {
	paths, err := filepath.Glob("testdata/breadth-apps/*.json")
	if err != nil {
		t.Fatal(err)
	}
	both(t, func(t *testing.T, d drive) {
		ran := 0
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var all appCases
			if err := json.Unmarshal(data, &all); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for i := range all.Cases {
				c := &all.Cases[i]
				options := map[string]any{"apps": all.Apps}
				if c.Apps != nil {
					options["apps"] = c.Apps
				}
				maps.Copy(options, c.Config)
				config, err := json.Marshal(options)
				if err != nil {
					t.Fatal(err)
				}
				judge, err := d.Verifier(all.Signer, config, time.Time{})
				if err != nil {
					t.Fatalf("%s: %v", c.ID, err)
				}
				scheme, rest, _ := strings.Cut(c.Request.URL, "://")
				slash := strings.IndexAny(rest, "/?")
				header := make(http.Header)
				for name, value := range c.Request.Headers {
					list, several := value.([]any)
					if !several {
						list = []any{value}
					}
					for _, one := range list {
						header.Add(name, one.(string))
					}
				}
				body := append([]byte(c.Request.Body), c.Request.BodyB64...)
				app, refused, detail := judge(c.Request.Method, scheme, rest[:slash], rest[slash:], header, body, c.Time)
				if refused != "" {
					app = ""
				}
				if app != c.Expect.App || refused != c.Expect.Refused {
					t.Errorf("%s: app %q, refused %q (%s), want %q, %q", c.ID, app, refused, detail, c.Expect.App, c.Expect.Refused)
				}
				ran++
			}
		}
		if ran < 500 {
			t.Errorf("only %d cases ran", ran)
		}
	})
}
