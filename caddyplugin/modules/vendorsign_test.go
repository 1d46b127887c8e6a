package modules

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	anyHandler   = "http.handlers.vendorsign"
	anyTransport = "http.reverse_proxy.transport.vendorsign"
)

// What a vendor's own name adapts to, vendorsign NAME does as well.
func TestVendorsignAdaptsAsTheVendorsOwnDirective(t *testing.T) {
	for _, vendor := range namedVendors {
		data, err := os.ReadFile("testdata/" + vendor + ".caddyfiletest")
		if err != nil {
			t.Fatal(err)
		}
		own, _, _ := strings.Cut(string(data), "\n----------\n")
		transport := ":80 {\n\treverse_proxy https://h {\n\t\ttransport " + vendor + "_sign /run/secrets/x.json {\n\t\t\thost h\n\t\t\tdial_timeout 2s\n\t\t}\n\t}\n}"
		for _, own := range []string{own, transport} {
			want, err := adapt(own + "\n")
			if err != nil {
				t.Fatal(err)
			}
			got, err := adapt(strings.NewReplacer(vendor+"_sign /api/*", "vendorsign /api/* "+vendor, vendor+"_sign", "vendorsign "+vendor).Replace(own) + "\n")
			if err != nil {
				t.Errorf("%s: %v", vendor, err)
				continue
			}
			if got = renamed(t, got, vendor); got != renamed(t, want, vendor) || !strings.Contains(got, vendor+"_sign") {
				t.Errorf("%s adapts to\n%s\nwant\n%s", vendor, got, want)
			}
		}
	}
}

// renamed writes the vendor's own module in place of vendorsign with the vendor, which differ in nothing else.
func renamed(t *testing.T, config, vendor string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(config), &value); err != nil {
		t.Fatal(err)
	}
	var rename func(v any)
	rename = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				rename(inner)
			}
		case map[string]any:
			for _, key := range []string{"handler", "protocol"} {
				if v[key] == "vendorsign" && v["vendor"] == vendor {
					v[key] = vendor + "_sign"
					delete(v, "vendor")
				}
			}
			for _, inner := range v {
				rename(inner)
			}
		}
	}
	rename(value)
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestVendorsignTakesAMatcherBeforeTheVendor(t *testing.T) {
	got, err := adapt(":80 {\n\t@read method GET\n\tvendorsign @read " + exampleVendor + " /run/secrets/x.json {\n\t\thost h\n\t}\n" +
		"\tvendorsign /api/* " + exampleVendor + " /run/secrets/x.json\n\treverse_proxy https://h\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(got), "")
	for _, want := range []string{`"match":[{"method":["GET"]}]`, `"match":[{"path":["/api/*"]}]`, `"vendor":"` + exampleVendor + `"`,
		`"credentials_file":"/run/secrets/x.json"`} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if before, after := strings.Index(flat, `"vendorsign"`), strings.Index(flat, `"reverse_proxy"`); before < 0 || after < before {
		t.Errorf("vendorsign does not come before reverse_proxy: %s", got)
	}
}

const exampleVendor = "duo"

func TestEverythingWrongWithVendorsignIsAnErrorWithItsLine(t *testing.T) {
	known := signers.Known()
	for _, tt := range []struct {
		block string
		want  []string
	}{
		{"vendorsign", []string{"Caddyfile:2", "known are " + known}},
		{"vendorsign {\n\thost h\n}", []string{"Caddyfile:2", "name of a vendor is required; known are " + known}},
		{"vendorsign nobody {\n\thost h\n}", []string{"Caddyfile:2", "unknown vendor nobody; known are " + known}},
		{"vendorsign duo @read {\n\thost h\n}", []string{"Caddyfile:2", "write vendorsign @read duo"}},
		{"vendorsign duo /api/* {\n\thost h\n}", []string{"Caddyfile:2", "write vendorsign /api/* duo"}},
		{"vendorsign /x.json duo {\n\thost h\n}", []string{"Caddyfile:2", "/x.json is read as a path matcher"}},
		{"vendorsign duo a b {\n\thost h\n}", []string{"Caddyfile:2", "only a credentials file may come after duo, as in "}},
		{"vendorsign duo {\n\tikey x\n}", []string{"Caddyfile:3", "did you mean integration_key?"}},
		{"vendorsign duo {\n\tintegration_key x\n\tsecret_key \" y\"\n\thost h\n}", []string{"Caddyfile:4", "secret_key begins"}},
		{"vendorsign duo {\n\thost h\n}", []string{"Caddyfile:2", "integration_key is required; secret_key is required"}},
		{"reverse_proxy https://h {\n\ttransport vendorsign {\n\t\thost h\n\t}\n}", []string{"Caddyfile:3", "known are " + known}},
		{"reverse_proxy https://h {\n\ttransport vendorsign duo {\n\t\tikey h\n\t}\n}", []string{"Caddyfile:4", "did you mean integration_key?"}},
	} {
		_, err := adapt(":80 {\n" + tt.block + "\n}\n")
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v lacks %q", tt.block, err, want)
			}
		}
	}
}

func TestTheJSONOfVendorsignComesOutAsItWentIn(t *testing.T) {
	for _, vendor := range signers.Names() {
		for _, id := range []string{anyHandler, anyTransport} {
			options := everyOption(t, vendor)
			options["vendor"] = vendor
			if id == anyTransport {
				options["dial_timeout"] = 5.0
			}
			m, err := decode(t, id, options)
			if err != nil {
				t.Errorf("%s %s: %v", id, vendor, err)
				continue
			}
			data, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]any)
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, options) {
				t.Errorf("%s %s: %v, want %v", id, vendor, got, options)
			}
		}
	}
}

func TestWhatIsWrongInTheJSONOfVendorsignIsHintedAt(t *testing.T) {
	known := "known are " + signers.Known()
	for _, id := range []string{anyHandler, anyTransport} {
		for _, tt := range []struct {
			options map[string]any
			want    string
		}{
			{map[string]any{"host": []string{"h"}}, "the name of a vendor is required; " + known},
			{map[string]any{"vendor": "nobody"}, "unknown vendor nobody; " + known},
			{map[string]any{"vendor": 5}, "vendor must be a string"},
			{map[string]any{"vendor": "duo", "ikey": "x"}, "did you mean integration_key?"},
			{map[string]any{"vendor": "duo", "dial_timeouts": 5}, `unknown field "dial_timeouts": unknown option dial_timeouts; `},
			{map[string]any{"vendor": "duo", "private_token": "x"}, "which is one of darktrace"},
		} {
			if _, err := decode(t, id, tt.options); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s %v: %v", id, tt.options, err)
			}
		}
	}
}

// The HTTP/3 of a transport that is not ours is refused behind vendorsign, too.
func TestVendorsignSeesHTTP3BehindIt(t *testing.T) {
	handlers := []any{map[string]any{"handler": "vendorsign", "vendor": exampleVendor},
		map[string]any{"handler": "reverse_proxy", "transport": map[string]any{"protocol": "http", "versions": []any{"3"}}}}
	if !signsForHTTP3([]any{map[string]any{"handle": handlers}}, nil) {
		t.Error("not seen")
	}
}

// A transport that signs needs no guard, whether it is loaded or still JSON.
func TestTheTransportVendorsignIsNotGuarded(t *testing.T) {
	if !unguarded(new(SignTransport)) {
		t.Error("loaded, it is guarded")
	}
	if guarded := guardRaw([]byte(`{"handler":"reverse_proxy","transport":{"protocol":"vendorsign"}}`)); guarded != nil {
		t.Errorf("it becomes %s", guarded)
	}
}

// plain is the least that a scheme can be.
type plain struct{ key string }

func (s *plain) Traits() signers.Traits  { return signers.Traits{Owns: []string{"X-Plain-Proof"}} }
func (s *plain) Date(t time.Time) string { return "" }
func (s *plain) Sign(m *signers.Message, at *signers.Moment) error {
	m.Header["X-Plain-Proof"] = []string{s.key + " " + m.Target}
	return nil
}
func (s *plain) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return []signers.Part{{Label: "key", Text: s.key, Secret: true}, {Label: "target", Text: m.Target}}, nil
}
func (s *plain) Refusal(a signers.Answer) signers.Refusal { return signers.RefusalOf(a.Status) }

func TestAVendorThatIsRegisteredIsSignedForByBothForms(t *testing.T) {
	signers.Register(signers.Scheme{
		Name: "plaintest", Title: "Plain",
		Options: []signers.Option{{Name: "plain_key", Required: true, Secret: true, Sample: "1", Doc: "The key."}},
		New:     func(v signers.Values) (signers.Signer, []signers.Fault) { return &plain{v.Text("plain_key")}, nil },
	})
	t.Setenv("VENDORSIGN_PLAIN", "the-key")
	const block = "plaintest {\nplain_key {env.VENDORSIGN_PLAIN}\nhost {vendor}\ninsecure_upstream\n}\n"
	for name, site := range map[string]string{
		"handler":   "vendorsign " + block + "reverse_proxy {vendor}",
		"transport": "reverse_proxy {vendor} {\ntransport vendorsign " + block + "}",
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, "{\nadmin {admin}\npersist_config off\n}\nhttp://{site} {\n"+site+"\n}\n", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, r.Header.Get("X-Plain-Proof"))
			}))
			if status, got := fetch(t, "http://"+c.site+"/a?b=c"); got != "the-key /a?b=c" {
				t.Errorf("%d, and the vendor got the proof %q", status, got)
			}
		})
	}
}
