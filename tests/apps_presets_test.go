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

// appRequest is a request that somebody else's code signed, or that is published: as an app with a local key makes it.
type appRequest struct {
	vendor, id                   string
	key, secret                  string // the app's
	method, scheme, host, target string
	header                       http.Header
	body                         []byte
	at                           time.Time
	refused                      string // why it is refused all the same
}

// judgedFor is how a verifier judges the request whose only app has that secret.
func (r *appRequest) judgedFor(t testing.TB, d drive, secret string) (app, refused, detail string) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"window": "24h", "apps": []map[string]any{{"name": "app", "key_id": r.key, "secret": secret}}})
	if err != nil {
		t.Fatal(err)
	}
	judge, err := d.Verifier(r.vendor, config, time.Time{})
	if err != nil {
		t.Fatalf("%s: %v", r.id, err)
	}
	return judge(r.method, r.scheme, r.host, r.target, r.header, r.body, r.at)
}

// presetRequests are those of the vectors of presets with a claim.
func presetRequests(t testing.TB) (requests []appRequest) {
	t.Helper()
	all := vectorsOf[breadthVector](t, "breadth")
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
			requests = append(requests, appRequest{vendor: name, id: name + " " + v.ID, key: given[p.Claim.Key].(string),
				secret: given[p.Claim.Secret].(string), method: v.Request.Method, scheme: u.Scheme, host: u.Host,
				target: strings.TrimPrefix(rest, u.Host), header: header, body: []byte(v.Request.Body), at: v.Time})
		}
	}
	return requests
}

// Presets with a claim are judged by their own vectors.
func TestWhatTheVectorsOfPresetsSignIsVerified(t *testing.T) {
	all := presetRequests(t)
	both(t, func(t *testing.T, d drive) {
		ran := make(map[string]int)
		for i := range all {
			r := &all[i]
			ran[r.vendor]++
			for secret, want := range map[string]string{r.secret: "", strings.Repeat("ab", 32): "signature"} {
				if app, refused, detail := r.judgedFor(t, d, secret); app != "app" || refused != want {
					t.Errorf("%s: app %q, refused %q (%s), want %q", r.id, app, refused, detail, want)
				}
			}
		}
		if len(ran) < 3 || ran["veracode"] < 4 || ran["akamai"] < 4 || ran["bloodhound"] < 3 {
			t.Errorf("%v were verified", ran)
		}
	})
}

func TestAPresetsRequestWithoutADateIsRefusedForIt(t *testing.T) {
	requests := presetRequests(t)
	both(t, func(t *testing.T, d drive) {
		for _, r := range requests {
			if r.vendor != "bloodhound" {
				continue
			}
			for _, date := range [][]string{nil, {""}, {"yesterday at noon"}} {
				own := r
				own.header = r.header.Clone()
				delete(own.header, "Requestdate")
				if date != nil {
					own.header["Requestdate"] = date
				}
				if _, refused, detail := own.judgedFor(t, d, r.secret); refused != "date" {
					t.Errorf("%s with the date %q: %q (%s)", r.id, date, refused, detail)
				}
			}
			return
		}
	})
}
