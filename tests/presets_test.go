package tests

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// breadthVector is a request to a vendor that is data, and what must come out; or, of kind load, a scheme of one's own that must
// load or must not.
type breadthVector struct {
	ID, Signer, Kind string
	Config           json.RawMessage
	Request          struct {
		Method, URL, Body string
		Headers           map[string]any
		BodyB64           []byte `json:"body_b64"`
	}
	Time               time.Time
	Date, Nonce, Token string
	Expect             struct {
		Headers                  map[string]string
		Query                    map[string]string
		Target, Canonical, Error string
		Refused                  string
		Verify                   *publicKey
	}
}

// vectorsOf reads the vectors of a folder of testdata.
func vectorsOf[V any](t testing.TB, folder string) (all []V) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []V
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, vectors...)
	}
	return all
}

// sign makes the signer of v and signs its request.
func (v *breadthVector) sign(t testing.TB, d drive, config []byte) (header http.Header, sent, canonical string, err error) {
	t.Helper()
	f, err := d.Signer(v.Signer, config)
	if err != nil {
		return nil, "", "", err
	}
	scheme, rest, _ := strings.Cut(v.Request.URL, "://")
	slash := strings.IndexAny(rest, "/?")
	host := strings.ToLower(rest[:slash])
	if scheme != "https" {
		host = scheme + "://" + host
	}
	given := make(http.Header)
	for name, value := range v.Request.Headers {
		if text, ok := value.(string); ok {
			given.Add(name, text)
			continue
		}
		for _, text := range value.([]any) {
			given.Add(name, text.(string))
		}
	}
	body := v.Request.BodyB64
	if body == nil {
		body = []byte(v.Request.Body)
	}
	header, sent, canonical, _, err = f(v.Request.Method, host, rest[slash:], given, body, v.Time, v.Date, v.Nonce, v.Token)
	return header, sent, canonical, err
}

func TestEveryVectorOfAPresetIsReproduced(t *testing.T) {
	all := vectorsOf[breadthVector](t, "breadth")
	both(t, func(t *testing.T, d drive) {
		ran, loaded := 0, 0
		var absent []string
		for _, v := range all {
			if !slices.Contains(signers.Names(), v.Signer) {
				if !slices.Contains(absent, v.Signer) {
					absent = append(absent, v.Signer)
				}
				continue
			}
			config := []byte(v.Config)
			if v.Signer == "custom" {
				rewritten, onlyLoaded, err := d.Custom(config)
				if onlyLoaded || err != nil {
					loaded++
					switch {
					case v.Expect.Error == "" && err != nil:
						t.Errorf("%s: %v, want it to load", v.ID, err)
					case v.Expect.Error != "" && (err == nil || !strings.Contains(err.Error(), v.Expect.Error)):
						t.Errorf("%s: the error is %v, want %q in it", v.ID, err, v.Expect.Error)
					}
					continue
				}
				config = rewritten
			}
			ran++
			header, sent, canonical, err := v.sign(t, d, config)
			if v.Expect.Refused != "" {
				if err == nil || !strings.Contains(err.Error(), v.Expect.Refused) {
					t.Errorf("%s: the error is %v, want %q in it", v.ID, err, v.Expect.Refused)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", v.ID, err)
				continue
			}
			for name, want := range v.Expect.Headers {
				got := header.Get(name)
				if v.Expect.Verify != nil && slices.Contains(v.Expect.Verify.Headers, name) {
					if err := v.Expect.Verify.verify(canonical, got); err != nil {
						t.Errorf("%s: %s is %q: %v", v.ID, name, got, err)
					}
				} else if got != want {
					t.Errorf("%s: %s is %q, want %q", v.ID, name, got, want)
				}
			}
			if v.Expect.Target != "" && sent != v.Expect.Target {
				t.Errorf("%s: the target is %q, want %q", v.ID, sent, v.Expect.Target)
			}
			_, query, _ := strings.Cut(sent, "?")
			parameters, _ := url.ParseQuery(query)
			for name, want := range v.Expect.Query {
				if got := parameters[name]; len(got) != 1 || got[0] != want {
					t.Errorf("%s: the parameter %s is %q, want %q", v.ID, name, got, want)
				}
			}
			if v.Expect.Canonical != "" && canonical != v.Expect.Canonical {
				t.Errorf("%s: the canonical text is\n%q, want\n%q", v.ID, canonical, v.Expect.Canonical)
			}
		}
		if loaded != 22 || ran < 5 {
			t.Errorf("%d schemes were loaded and %d vectors signed, want 22 and at least 5", loaded, ran)
		}
		t.Logf("%d vectors signed, %d schemes loaded; not among the vendors are %s", ran, loaded, strings.Join(absent, " "))
	})
}
