package tests

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// Presets with a claim are judged by their own vectors, which somebody else's code signed or which are published.
func TestWhatTheVectorsOfPresetsSignIsVerified(t *testing.T) {
	all := vectorsOf[breadthVector](t, "breadth")
	both(t, func(t *testing.T, d drive) {
		ran := make(map[string]int)
		for _, name := range presets.Names() {
			file, _ := presets.File(name)
			var p struct {
				Claim   *struct{ Key, Secret string }
				Vectors json.RawMessage
			}
			if err := json.Unmarshal([]byte(file), &p); err != nil {
				t.Fatal(err)
			}
			if p.Claim == nil {
				continue
			}
			var vectors []breadthVector
			if err := json.Unmarshal(p.Vectors, &vectors); err != nil {
				t.Fatal(err)
			}
			for _, v := range all {
				if v.Signer == name && v.Kind != "load" && v.Expect.Error == "" && v.Expect.Refused == "" && len(v.Expect.Headers) > 0 {
					vectors = append(vectors, v)
				}
			}
			for i := range vectors {
				v := &vectors[i]
				var given map[string]any
				if err := json.Unmarshal(v.Config, &given); err != nil {
					t.Fatal(err)
				}
				if v.Request.Headers["X-Test1"] != nil || v.ID == "body-beyond-the-limit" || given["account_switch_key"] != nil || given[p.Claim.Secret] == nil {
					continue // what only the app knows is signed
				}
				u, err := url.Parse(v.Request.URL)
				if err != nil {
					t.Fatal(err)
				}
				_, rest, _ := strings.Cut(v.Request.URL, "://")
				header := make(http.Header)
				for name, value := range v.Request.Headers {
					header.Set(name, value.(string))
				}
				if name == "bloodhound" { // not every vector has all three
					header.Set("Authorization", "bhesignature "+given["token_id"].(string))
					header.Set("RequestDate", cmp.Or(v.Date, v.Time.Format(time.RFC3339)))
				}
				for name, value := range v.Expect.Headers {
					header.Set(name, value)
				}
				ran[name]++
				for _, secret := range []string{given[p.Claim.Secret].(string), strings.Repeat("ab", 32)} {
					config, err := json.Marshal(map[string]any{"apps": []map[string]any{
						{"name": "app", "key_id": given[p.Claim.Key], "secret": secret}}})
					if err != nil {
						t.Fatal(err)
					}
					judge, err := d.Verifier(name, config, time.Time{})
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					app, refused, detail := judge(v.Request.Method, u.Scheme, u.Host, strings.TrimPrefix(rest, u.Host), header, []byte(v.Request.Body), v.Time)
					want := "signature"
					if secret == given[p.Claim.Secret] {
						want = ""
					}
					if app != "app" || refused != want {
						t.Errorf("%s %s: app %q, refused %q (%s), want %q", name, v.ID, app, refused, detail, want)
					}
				}
			}
		}
		if len(ran) < 3 || ran["veracode"] < 4 || ran["akamai"] < 4 || ran["bloodhound"] < 3 {
			t.Errorf("%v were verified", ran)
		}
	})
}
