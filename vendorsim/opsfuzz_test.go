package vendorsim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzOperations looks for programs that make the evaluator or the judge panic, or that put a control character into a header.
func FuzzOperations(f *testing.F) {
	for _, seed := range []string{"header X = [[path|upper]]",
		`let a = [[now|unix]]\n[[body]]` +
			"\nheader X = [['q'|hmac_sha1:opt.key|hex]][[a|sha256|hex]]",
		"query? k = [[query|azure_query|json]]\ndelquery b", "header X = [[header_list:opt.names:'\\'']]",
		"header X = [['a|b'|after:'|'|first:1]]"} {
		f.Add(seed, "/p?a=1&b=2", []byte("body"))
	}
	f.Fuzz(func(t *testing.T, program, target string, body []byte) {
		data, err := json.Marshal(map[string]any{"preset": 1, "name": "x", "operations": strings.Split(program, "\n"),
			"options": []map[string]any{{"name": "key", "secret": true}, {"name": "names", "list": true}}})
		if err != nil {
			t.Skip()
		}
		values := map[string]string{"key": "geheim", "names": "X-One"}
		r := &Request{Method: "POST", Host: "h", Target: target, Header: http.Header{"X-One": {"1"}}, Body: body}
		p, err := ReadPreset(data)
		if err != nil {
			return
		}
		at := time.Unix(1795854615, 0)
		s, err := p.Evaluate(values, r, at, "nonce")
		presetJudge(t, data, values, at).Check(r)
		if err != nil {
			return
		}
		for _, h := range s.Header {
			if hasControl(h[1]) {
				t.Errorf("%s has a control character", h[0])
			}
		}
	})
}

// A let may use the one above it many times, and so on: 32 uses in 64 lines would be more than there are atoms.
func TestAProgramThatGrowsIsRefusedSoon(t *testing.T) {
	operations := []string{"let v0 = [[path]][[now|unix]]"}
	for i := range 60 {
		v := "[[v" + strconv.Itoa(i) + "]]"
		operations = append(operations, "let v"+strconv.Itoa(i+1)+" = "+strings.Repeat(v, 32))
	}
	operations = append(operations, "header X = [[v60|sha256|hex]]", "header Y = v60", "header X-At = [[now|unix]]")
	data, _ := json.Marshal(map[string]any{"preset": 1, "name": "x", "operations": operations})
	chain, _ := json.Marshal(map[string]any{"preset": 1, "name": "x",
		"operations": []string{"header X = [[path" + strings.Repeat("|hex", 400) + "]]"}})
	if _, err := evaluate(chain, nil, &Request{Method: "GET", Target: "/"}, time.Now(), ""); !errors.Is(err, ErrMessage) {
		t.Errorf("hex|hex|...: got %v", err)
	}
	start := time.Now()
	r := &Request{Method: "GET", Target: "/", Header: http.Header{"X": {"1"}, "Y": {"2"}, "X-At": {"1795854615"}}}
	if _, err := evaluate(data, nil, r, time.Unix(1795854615, 0), ""); !errors.Is(err, ErrMessage) {
		t.Errorf("got %v", err)
	}
	if a := presetJudge(t, data, nil, time.Unix(1795854615, 0)).Check(r); a.Accepted {
		t.Error("accepted")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}
