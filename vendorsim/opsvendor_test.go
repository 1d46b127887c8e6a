package vendorsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// signedBy puts what a program computes into a copy of a request.
func signedBy(t testing.TB, p *PresetFile, values map[string]string, r *Request, at time.Time, nonce string) *Request {
	t.Helper()
	s, err := p.Evaluate(values, r, at, nonce)
	if err != nil {
		t.Fatal(err)
	}
	out := *r
	out.Header = http.Header{}
	maps.Copy(out.Header, r.Header)
	for k := range out.Header {
		if isOwned(plainName(k), p.ownedHeaders()) {
			delete(out.Header, k)
		}
	}
	for _, h := range s.Header {
		out.Header[h[0]] = []string{h[1]}
	}
	out.Target = s.Target
	return &out
}

// presetJudge simulates a vendor from a preset of the tests, at a moment.
func presetJudge(t testing.TB, data []byte, values map[string]string, now time.Time) *Simulator {
	t.Helper()
	s, err := NewPreset(data, Config{Credential: values, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAPresetsVendorAcceptsWhatItsClientsSign(t *testing.T) {
	presets := handPresets(t)
	eachPresetVector(t, func(t *testing.T, v presetVector, p *PresetFile, values map[string]string) {
		if v.Signer == "custom" {
			t.Skip("its preset is in the vector")
		}
		r := signedBy(t, p, values, v.request(t), v.at(t), v.Nonce)
		// Half a minute later: the moment must come from the request.
		if a := presetJudge(t, presets[v.Signer], values, v.at(t).Add(20*time.Second)).Check(r); !a.Accepted {
			t.Errorf("refused: %d %s", a.Status, a.Reason)
		}
	})
}

func TestAPresetsVendorRefusesAChangedCharacter(t *testing.T) {
	presets := handPresets(t)
	eachPresetVector(t, func(t *testing.T, v presetVector, p *PresetFile, values map[string]string) {
		if v.Signer == "custom" {
			t.Skip("its preset is in the vector")
		}
		good := signedBy(t, p, values, v.request(t), v.at(t), v.Nonce)
		s, err := p.Evaluate(values, v.request(t), v.at(t), v.Nonce)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, r *Request) {
			t.Helper()
			if a := presetJudge(t, presets[v.Signer], values, v.at(t)).Check(r); a.Accepted || a.Reason == "" || a.Status < 400 {
				t.Errorf("a changed %s is accepted", what)
			}
		}
		for _, h := range s.Header {
			if h[0] == "RequestDate" {
				continue // BloodHound signs the hour of it
			}
			for i, changed := range flips(h[1]) {
				if i%7 != 0 && len(h[1]) > 40 { // some of them are enough for long values
					continue
				}
				r := *good
				r.Header = good.Header.Clone()
				r.Header[h[0]] = []string{changed}
				refused("header "+h[0], &r)
			}
			r := *good
			r.Header = good.Header.Clone()
			delete(r.Header, h[0])
			refused("header (removed) "+h[0], &r)
		}
		if len(s.Query) > 0 && len(s.Header) == 0 {
			_, query, _ := strings.Cut(good.Target, "?")
			for _, changed := range flips(query) {
				r := *good
				r.Target = strings.TrimSuffix(good.Target, query) + changed
				if name, _, _ := strings.Cut(query, "="); strings.HasPrefix(changed, name) && v.Signer != "shodan" {
					refused("query", &r)
				}
			}
		}
	})
}

const testPreset = `{"preset": 1, "name": "acme", "window": "5m", "nonce": "uuid",
 "options": [{"name": "id"}, {"name": "key", "secret": true}],
 "operations": [
  "let ts = [[now|add:30|unix]]",
  "let claims = {\"at\":[[ts]],\"n\":[[nonce|json]]}",
  "header X-Claims = v1.[[claims|base64url]]",
  "header X-Id = [[opt.id]]",
  "let text = [[claims]]\\n[[method]]\\n[[target]]\\n[[body]]",
  "header X-Sig = [[text|hmac_sha256:opt.key|hex]]"],
 "refusals": [{"status": 403, "contains": "\"code\": \"expired\"", "means": "clock"}, {"status": 404, "contains": "unknown key",
	"means": "key"},
  {"status": 401, "means": "signature"}, {"status": 400, "contains": "no signature", "means": "unclear"}]}`

func TestAPresetsVendorRefusesAsTheFileSays(t *testing.T) {
	values := map[string]string{"id": "7", "key": "k"}
	at := time.Unix(1795854615, 0)
	p, err := ReadPreset([]byte(testPreset))
	if err != nil {
		t.Fatal(err)
	}
	fresh := func() *Request {
		return &Request{Method: "POST", Host: "acme.example", Target: "/x?a=1", Header: http.Header{}, Body: []byte("{}")}
	}
	for _, c := range []struct {
		name   string
		later  time.Duration
		change func(*Request)
		status int
		body   string
	}{
		{"a good one", 4 * time.Minute, func(*Request) {}, 200, "simulated"},
		{"an old one", 6 * time.Minute, func(*Request) {}, 403, `"code": "expired"`},
		{"one of the future", -6 * time.Minute, func(*Request) {}, 403, `"code": "expired"`},
		{"another id", 0, func(r *Request) { r.Header.Set("X-Id", "8") }, 401, "refused"},
		{"another body", 0, func(r *Request) { r.Body = []byte("[]") }, 401, "refused"},
		{"no signature", 0, func(r *Request) { r.Header.Del("X-Sig") }, 400, "no signature"},
		{"a signature twice", 0, func(r *Request) { r.Header.Add("X-Sig", "1") }, 400, "no signature"},
		{"another form", 0, func(r *Request) { r.Header.Set("X-Claims", "v2.e30") }, 404, "unknown key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := signedBy(t, p, values, fresh(), at, "00000000-0000-4000-8000-000000000001")
			c.change(r)
			a := presetJudge(t, []byte(testPreset), values, at.Add(c.later)).Check(r)
			if a.Status != c.status || !strings.Contains(string(a.Body), c.body) {
				t.Errorf("got %d %s (%s), want %d and %s", a.Status, a.Body, a.Reason, c.status, c.body)
			}
		})
	}
}

func TestAPresetsVendorTakesANonceOnce(t *testing.T) {
	values := map[string]string{"id": "7", "key": "k"}
	at := time.Unix(1795854615, 0)
	p, _ := ReadPreset([]byte(testPreset))
	s := presetJudge(t, []byte(testPreset), values, at)
	r := signedBy(t, p, values, &Request{Method: "GET", Target: "/"}, at, "00000000-0000-4000-8000-000000000001")
	if a := s.Check(r); !a.Accepted {
		t.Fatal(a.Reason)
	}
	if a := s.Check(r); a.Accepted || a.Reason != "the nonce was used before" {
		t.Errorf("the second use got %d %q", a.Status, a.Reason)
	}
}

// A preset may sign a moment that it does not send, or only the day of it: the vendor tries the seconds of its window.
func TestAMomentThatIsNotSentIsFound(t *testing.T) {
	for name, operations := range map[string][]string{
		"nothing of it": {"header X-Sig = [[now|unix|hmac_sha256:opt.key|hex]]"},
		"the day":       {"header X-Day = [[now|date]]", "header X-Sig = [[now|unix|hmac_sha256:opt.key|hex]]"},
		"a let":         {"let t = [[now|add:9]]", "header X-At = [[t|unix]]", "header X-Sig = [[t|iso|hmac_sha256:opt.key|hex]]"},
		"milliseconds":  {"header X-At = [[now|unix_ms]]", "header X-Sig = [[now|iso_ms|hmac_sha256:opt.key|hex]]"},
	} {
		t.Run(name, func(t *testing.T) {
			data, _ := json.Marshal(map[string]any{"preset": 1, "name": "x", "window": "1m", "operations": operations,
				"options": []map[string]any{{"name": "key", "secret": true}}})
			p, err := ReadPreset(data)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)
			if name == "milliseconds" {
				at = at.Add(321 * time.Millisecond)
			}
			r := signedBy(t, p, map[string]string{"key": "k"}, &Request{Method: "GET", Target: "/"}, at, "")
			for _, off := range []time.Duration{-50 * time.Second, 0, 50 * time.Second} {
				if a := presetJudge(t, data, map[string]string{"key": "k"}, at.Add(off)).Check(r); !a.Accepted {
					t.Errorf("%s off: %s", off, a.Reason)
				}
			}
			if a := presetJudge(t, data, map[string]string{"key": "k"}, at.Add(70*time.Second)).Check(r); a.Accepted {
				t.Error("a moment outside the window is accepted")
			}
		})
	}
}

// What a program would not have set, or takes away, came from the client past the gateway.
func TestAHeaderOfTheClientUnderAnOwnedNameIsRefused(t *testing.T) {
	data := programPreset(t, "header X-Key = [[opt.key|reveal]]\nheader? X-Opt = [[opt.id]]\ndelheader X-Gone\n"+
		"query? k = [[opt.id]]\ndelquery gone", nil)
	for _, c := range []struct {
		name, header, target string
		accepted             bool
	}{
		{"nothing more", "", "/p?a=1", true},
		{"an optional header", "X-Opt", "/p", false},
		{"a header that is removed", "X-Gone", "/p", false},
		{"a look-alike", "X_Key", "/p", false},
		{"an optional parameter", "", "/p?k=1", false},
		{"a parameter that is removed", "", "/p?a=1&GONE=1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Request{Method: "GET", Target: c.target, Header: http.Header{"X-Key": {"geheim"}}}
			if c.header != "" {
				r.Header[c.header] = []string{"client"}
			}
			a := presetJudge(t, data, map[string]string{"key": "geheim"}, time.Now()).Check(r)
			if a.Accepted != c.accepted {
				t.Errorf("accepted %v: %s", a.Accepted, a.Reason)
			}
		})
	}
}
