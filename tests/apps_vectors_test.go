package tests

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// inboundVector is a request that an app signed with a local key, and who it is or why it is refused.
type inboundVector struct {
	ID, Signer string
	Config     json.RawMessage
	Request    struct {
		Method, URL, Body string
		Headers           map[string]string
	}
	Time   time.Time
	Expect struct{ App, Refused string }
}

// judged is the app that signed the vector's request, or why it is refused.
func (v *inboundVector) judged(t testing.TB, d drive) (app, refused, detail string) {
	t.Helper()
	judge, err := d.Verifier(v.Signer, v.Config, time.Time{})
	if err != nil {
		t.Fatalf("%s: %v", v.ID, err)
	}
	scheme, rest, _ := strings.Cut(v.Request.URL, "://")
	slash := strings.IndexAny(rest, "/?")
	header := make(http.Header)
	for name, value := range v.Request.Headers {
		header.Set(name, value)
	}
	return judge(v.Request.Method, scheme, rest[:slash], rest[slash:], header, []byte(v.Request.Body), v.Time)
}

func TestEveryInboundVectorIsJudgedRight(t *testing.T) {
	all := vectorsOf[inboundVector](t, "breadth-inbound")
	both(t, func(t *testing.T, d drive) {
		for i := range all {
			v := &all[i]
			app, refused, detail := v.judged(t, d)
			if refused != "" {
				app = ""
			}
			if app != v.Expect.App || refused != v.Expect.Refused {
				t.Errorf("%s: app %q, refused %q (%s); want %q, %q", v.ID, app, refused, detail, v.Expect.App, v.Expect.Refused)
			}
		}
		if len(all) < 20 {
			t.Errorf("%d vectors ran, want at least 20", len(all))
		}
	})
}
