package vendorsim

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// published are the visible vectors of message signatures, made into requests that a vendor gets.
func published(t *testing.T, files ...string) []publishedVector {
	t.Helper()
	var all []publishedVector
	for _, name := range files {
		data, err := os.ReadFile("../tests/testdata/breadth/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var some []publishedVector
		if err := json.Unmarshal(data, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

type publishedVector struct {
	ID      string         `json:"id"`
	Signer  string         `json:"signer"`
	Kind    string         `json:"kind"`
	Config  map[string]any `json:"config"`
	Request struct {
		Method  string         `json:"method"`
		URL     string         `json:"url"`
		Headers map[string]any `json:"headers"`
		Body    string         `json:"body"`
	} `json:"request"`
	Time   string `json:"time"`
	Date   string `json:"date"`
	Expect struct {
		Headers map[string]any `json:"headers"`
		Verify  any            `json:"verify"`
	} `json:"expect"`
}

// request is what the vendor gets, and the simulator that knows the key.
func (v publishedVector) request(t *testing.T) (*Request, *Simulator, bool) {
	t.Helper()
	credential := map[string]string{}
	for name, value := range v.Config {
		switch value := value.(type) {
		case string:
			credential[name] = value
		case []any:
			var words []string
			for _, word := range value {
				words = append(words, word.(string))
			}
			credential[name] = strings.Join(words, " ")
			if len(words) == 0 {
				credential[name] = "none"
			}
		case map[string]any:
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			credential[name] = string(text)
		default:
			text, _ := json.Marshal(value)
			credential[name] = string(text)
		}
	}
	if credential["digest_only"] != "" {
		return nil, nil, false
	}
	at, err := time.Parse(time.RFC3339Nano, v.Time)
	if v.Time == "" {
		at, err = http.ParseTime(v.Date)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(v.Signer, Config{Credential: credential, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatalf("%s: %v", v.ID, err)
	}
	scheme, rest, _ := strings.Cut(v.Request.URL, "://")
	host, target, _ := strings.Cut(rest, "/")
	r := &Request{Method: v.Request.Method, Scheme: scheme, Host: host, Target: "/" + target, Header: http.Header{}, Body: []byte(v.Request.Body)}
	for _, headers := range []map[string]any{v.Request.Headers, v.Expect.Headers} {
		for name, value := range headers {
			var values []string
			switch value := value.(type) {
			case string:
				values = []string{value}
			case []any:
				for _, one := range value {
					values = append(values, one.(string))
				}
			}
			if http.CanonicalHeaderKey(name) == "Host" {
				r.Host = values[0]
				continue
			}
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	return r, s, true
}

func TestPublishedMessageSignaturesAreAccepted(t *testing.T) {
	accepted := 0
	for _, v := range published(t, "httpsig", "web-bot-auth", "cavage-oci") {
		t.Run(v.ID, func(t *testing.T) {
			r, s, ok := v.request(t)
			if !ok {
				return
			}
			a := s.Check(r)
			if !a.Accepted {
				t.Fatalf("refused: %s", a.Reason)
			}
			accepted++
			for change, reason := range refusedChanges(r) {
				changed, s, _ := v.request(t)
				reason(changed)
				if a := s.Check(changed); a.Accepted && covered(r, change) {
					t.Errorf("%s: accepted all the same", change)
				}
			}
		})
	}
	if accepted < 15 {
		t.Errorf("%d were accepted, of all", accepted)
	}
}

// refusedChanges are by what must be covered for them to be found.
func refusedChanges(r *Request) map[string]func(r *Request) {
	changes := map[string]func(r *Request){
		"@method": func(r *Request) { r.Method = "DELETE" },
		"@path":   func(r *Request) { r.Target = "/other" + r.Target },
		"@host":   func(r *Request) { r.Host = "other.example" },
		"body":    func(r *Request) { r.Body = append(r.Body, ' ') },
		"always, no signature": func(r *Request) {
			delete(r.Header, "Signature")
			delete(r.Header, "Authorization")
		},
		"always, a signature of another key": func(r *Request) {
			for _, name := range []string{"Signature", "Authorization"} {
				if values := r.Header[name]; values != nil {
					at := len(values[0]) - 8
					r.Header[name] = []string{values[0][:at] + strings.Map(rotate, values[0][at:at+4]) + values[0][at+4:]}
				}
			}
		},
	}
	return changes
}

// rotate changes a letter of base64 into another.
func rotate(c rune) rune {
	switch {
	case c >= 'a' && c < 'z', c >= 'A' && c < 'Z', c >= '0' && c < '9':
		return c + 1
	}
	return 'a'
}

// covered reports whether a published signature covers what was changed.
func covered(r *Request, what string) bool {
	input := combine(r.Header, "signature-input") + " " + combine(r.Header, "signature") + " " + combine(r.Header, "authorization")
	switch what {
	case "@method":
		return strings.Contains(input, "@method") || strings.Contains(input, "(request-target)")
	case "@path":
		return strings.Contains(input, "@path") || strings.Contains(input, "(request-target)") || strings.Contains(input, "@target-uri")
	case "@host":
		return strings.Contains(input, "@authority") || strings.Contains(input, " host") || strings.Contains(input, "@target-uri")
	case "body":
		return strings.Contains(input, "digest") || strings.Contains(input, "x-content-sha256") || strings.Contains(input, "content-length")
	}
	return true
}

func TestAMessageSignatureOfAnotherTimeKeyOrLabelIsRefused(t *testing.T) {
	vectors := map[string]publishedVector{}
	for _, v := range published(t, "httpsig", "web-bot-auth", "cavage-oci") {
		vectors[v.ID] = v
	}
	tests := []struct {
		name, id string
		change   func(v *publishedVector, r *Request)
		reason   string
	}{
		{"too old", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { v.Time = "2021-04-20T02:13:54Z" }, "another time"},
		{"from the future", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { v.Time = "2021-04-20T02:01:52Z" }, "another time"},
		{"another key's name", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { v.Config["key_id"] = "other" }, "key is unknown"},
		{"another label", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { v.Config["label"] = "sig1" }, "another label"},
		{"more than the vendor wants is missing", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { v.Config["components"] = []any{"@query"} }, "@query is not covered"},
		{"a second signature", "rfc9421/sig-b26", func(v *publishedVector, r *Request) {
			r.Header["Signature"] = []string{r.Header["Signature"][0] + ", other=:AAAA:"}
		}, "other signatures than one"},
		{"a component twice", "rfc9421/sig-b26", func(v *publishedVector, r *Request) {
			r.Header["Signature-Input"] = []string{strings.Replace(r.Header["Signature-Input"][0], `"date"`, `"date" "date"`, 1)}
		}, "comes twice"},
		{"no dictionary", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { r.Header["Signature-Input"] = []string{`sig-b26=("@method"`} }, "is no dictionary"},
		{"not signed", "rfc9421/sig-b26", func(v *publishedVector, r *Request) { r.Header = http.Header{} }, "not signed"},
		{"expired", "webbotauth/web_bot_auth_architecture_v1/2", func(v *publishedVector, r *Request) { v.Time = "2025-01-01T01:00:00Z" }, "has expired"},
		{"another directory", "webbotauth/web_bot_auth_architecture_v1/3", func(v *publishedVector, r *Request) { v.Config["signature_agent"] = "https://other.test" }, "another directory"},
		{"an old date", "oci/get", func(v *publishedVector, r *Request) { v.Date = "Thu, 05 Jan 2014 21:36:41 GMT" }, "clock skew"},
		{"another fingerprint", "oci/get", func(v *publishedVector, r *Request) { v.Config["fingerprint"] = "00" }, "key is unknown"},
		{"a post whose body is not signed", "oci/get", func(v *publishedVector, r *Request) { r.Method = "POST" }, "is not signed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := vectors[tt.id]
			if !ok {
				t.Fatal("there is no such vector")
			}
			config := v.Config
			v.Config = map[string]any{}
			for name, value := range config {
				v.Config[name] = value
			}
			r, _, _ := v.request(t)
			tt.change(&v, r)
			_, s, _ := v.request(t)
			if a := s.Check(r); a.Accepted || !strings.Contains(a.Reason, tt.reason) {
				t.Errorf("accepted %v: %q, want %q", a.Accepted, a.Reason, tt.reason)
			}
		})
	}
}

func FuzzStructuredFields(f *testing.F) {
	for _, seed := range []string{`sig1=("@method" "@query-param";name="a");created=1;keyid="k\"\\"`, `a, b;x=?0, c=:AA==:`, `a=(1 2.5 tok*n);q`, `"`, `a=("\`, `a="\"`, `a=(`, `a;;`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, dictionary := range []bool{true, false} {
			members, ok := sfParse(text, dictionary)
			if !ok {
				continue
			}
			for _, m := range members {
				again, ok := sfParse(strings.TrimPrefix(m.key+"="+m.whole(), "="), dictionary)
				if !ok || len(again) != 1 || again[0].whole() != m.whole() {
					t.Errorf("%q has the member %q, which is another when it is read again", text, m.whole())
				}
				param(m.params, "name")
			}
		}
	})
}
