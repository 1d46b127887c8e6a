package vendorsim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// presetVector is a line of testdata/operations: a request, and what the vendor computes for it.
type presetVector struct {
	ID      string
	Signer  string
	Config  map[string]any
	Request struct {
		Method, URL string
		Headers     map[string]any
		Body        string
		BodyB64     string `json:"body_b64"`
	}
	Time, Nonce, Token string
	Expect             struct {
		Headers, Query map[string]string
		Target, Error  string
	}
}

func readJSON(t testing.TB, file string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/operations/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// handPresets are the operations of each vendor, written by hand from its documentation; never copied from a shipped preset.
func handPresets(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	readJSON(t, "presets.json", &all)
	byName := map[string]json.RawMessage{}
	for _, data := range all {
		var named struct{ Name string }
		if err := json.Unmarshal(data, &named); err != nil {
			t.Fatal(err)
		}
		byName[named.Name] = data
	}
	return byName
}

// option writes an option's JSON value as text.
func optionText(v any) string {
	switch v := v.(type) {
	case []any:
		var parts []string
		for _, part := range v {
			parts = append(parts, optionText(part))
		}
		return strings.Join(parts, ",")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	}
	return ""
}

func (v presetVector) preset(t testing.TB, presets map[string]json.RawMessage) (*PresetFile, map[string]string) {
	t.Helper()
	data, values := []byte(presets[v.Signer]), map[string]string{}
	config := v.Config
	if v.Signer == "custom" {
		var public []string
		for _, name := range v.Config["public"].([]any) {
			public = append(public, name.(string))
		}
		config = v.Config["options"].(map[string]any)
		var options []map[string]any
		for name := range config {
			options = append(options, map[string]any{"name": name, "secret": !strings.Contains(strings.Join(public, ","), name)})
		}
		data, _ = json.Marshal(map[string]any{"preset": 1, "name": "custom", "options": options, "operations": v.Config["operations"]})
	}
	for name, value := range config {
		values[name] = optionText(value)
	}
	if v.Token != "" {
		values["token"] = v.Token
	}
	p, err := ReadPreset(data)
	if err != nil {
		t.Fatal(err)
	}
	return p, values
}

func (v presetVector) request(t testing.TB) *Request {
	t.Helper()
	scheme, rest, _ := strings.Cut(v.Request.URL, "://")
	host, path, found := strings.Cut(rest, "/")
	r := &Request{Method: v.Request.Method, Scheme: scheme, Host: host, Target: "/" + path, Header: http.Header{},
		Body: []byte(v.Request.Body)}
	if !found {
		r.Target = "/"
	}
	if v.Request.BodyB64 != "" {
		r.Body, _ = base64.StdEncoding.DecodeString(v.Request.BodyB64)
	}
	for name, value := range v.Request.Headers {
		if strings.EqualFold(name, "host") {
			r.Host = value.(string)
			continue
		}
		if one, ok := value.(string); ok {
			value = []any{one}
		}
		for _, one := range value.([]any) {
			r.Header.Add(name, one.(string))
		}
	}
	return r
}

func (v presetVector) at(t testing.TB) time.Time {
	t.Helper()
	if v.Time == "" {
		return time.Unix(1700000000, 0)
	}
	at, err := time.Parse(time.RFC3339Nano, v.Time)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// eachPresetVector runs the test for every vector of testdata/operations/vectors.json.
func eachPresetVector(t *testing.T, test func(t *testing.T, v presetVector, p *PresetFile, values map[string]string)) {
	var vectors []presetVector
	readJSON(t, "vectors.json", &vectors)
	presets := handPresets(t)
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			p, values := v.preset(t, presets)
			test(t, v, p, values)
		})
	}
}

func TestOperationsComputeWhatTheVendorsPublish(t *testing.T) {
	eachPresetVector(t, func(t *testing.T, v presetVector, p *PresetFile, values map[string]string) {
		s, err := p.Evaluate(values, v.request(t), v.at(t), v.Nonce)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range v.Expect.Headers {
			got := ""
			for _, h := range s.Header {
				if strings.EqualFold(h[0], name) {
					got = h[1]
				}
			}
			if got != want {
				t.Errorf("%s is\n%q, want\n%q", name, got, want)
			}
		}
		for name, want := range v.Expect.Query {
			got := ""
			for _, q := range s.Query {
				if q[0] == name {
					got = q[1]
				}
			}
			if got != want {
				t.Errorf("parameter %s is %q, want %q", name, got, want)
			}
		}
		if v.Expect.Target != "" && s.Target != v.Expect.Target {
			t.Errorf("the target is %q, want %q", s.Target, v.Expect.Target)
		}
	})
}

func TestAProgramThatBreaksARuleDoesNotLoad(t *testing.T) {
	var vectors []presetVector
	readJSON(t, "load.json", &vectors)
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			data, _ := json.Marshal(map[string]any{"preset": 1, "name": "x", "options": v.Config["options"],
				"operations": v.Config["operations"]})
			_, err := ReadPreset(data)
			if v.Expect.Error == "" && err != nil || v.Expect.Error != "" && (err == nil || !strings.Contains(err.Error(),
				v.Expect.Error)) {
				t.Errorf("got %v, want an error with %q", err, v.Expect.Error)
			}
		})
	}
}
