package corpus

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
)

// messageVector is a vector of the standards or of vendors' clients.
type messageVector struct {
	ID, Signer, Kind string
	Config           map[string]json.RawMessage
	Request          struct {
		Method, URL, Body string
		Headers           map[string]any
	}
	Time   time.Time
	Expect struct {
		Headers   map[string]string
		Canonical string
	}
}

func TestNoVectorOfMessageSignaturesIsCalledBroken(t *testing.T) {
	n := 0
	for _, file := range []string{"httpsig", "web-bot-auth", "cavage-oci"} {
		text, err := os.ReadFile("../testdata/breadth/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var all []messageVector
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			if v.Kind != "sign" || v.Config["digest_only"] != nil {
				continue
			}
			n++
			c := v.question(t)
			for _, response := range []*diagnose.Response{nil, {Status: 200, Body: []byte("{}")}, {Status: 401, Body: []byte("no")}} {
				c.Response = response
				f, err := diagnose.Diagnose(c)
				switch {
				case err != nil:
					t.Fatal(err)
				case response != nil && response.Status == 401:
					if f.Class != diagnose.Unexplained && f.Proved {
						t.Errorf("%s, refused: %s %v is proved: %s", v.ID, f.Class, f.Causes, f.Explanation)
					}
				case f.Class != diagnose.None || !f.Proved:
					t.Errorf("%s: %s %v, proved %v: %s", v.ID, f.Class, f.Causes, f.Proved, f.Explanation)
				}
				if got := signers.Join(f.Right); v.Expect.Canonical != "" && got != v.Expect.Canonical {
					t.Errorf("%s: canonical\n%q, want\n%q", v.ID, got, v.Expect.Canonical)
				}
			}
		}
	}
	if n < 17 {
		t.Errorf("%d vectors were looked at", n)
	}
}

func (v *messageVector) question(t *testing.T) *diagnose.Case {
	c := &diagnose.Case{Signer: v.Signer, Options: make(map[string]string), Values: make(signers.Values), Now: v.Time}
	for name, raw := range v.Config {
		var list []string
		var text any
		if json.Unmarshal(raw, &list) == nil {
			if len(list) == 0 {
				list = []string{"none"}
			}
			c.Values[name] = list
			c.Options[name] = strings.Join(list, ",")
		} else if err := json.Unmarshal(raw, &text); err != nil {
			t.Fatal(err)
		} else if s, ok := text.(string); ok {
			c.Options[name] = s
		} else {
			c.Options[name] = string(raw)
		}
	}
	scheme, rest, _ := strings.Cut(v.Request.URL, "://")
	host, target, _ := strings.Cut(rest, "/")
	c.Request = signers.Message{Method: v.Request.Method, Scheme: scheme, Host: host, Target: "/" + target, Header: make(http.Header), Body: []byte(v.Request.Body)}
	for name, value := range v.Request.Headers {
		switch value := value.(type) {
		case string:
			if name != "Host" {
				c.Request.Header.Set(name, value)
			}
		case []any:
			for _, one := range value {
				c.Request.Header.Add(name, one.(string))
			}
		}
	}
	for name, value := range v.Expect.Headers {
		c.Request.Header.Set(name, value)
	}
	return c
}
