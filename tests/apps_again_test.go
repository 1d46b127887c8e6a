package tests

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A middleware in front that sends a client's request again, as Traefik's retry and buffering do, sends the signature of its app
// again. It is no replay then, whether the attempt before was sent or not. It is one in any other request.
func TestAnotherAttemptIsNoReplayOfAnApps(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, vendor := range []string{"cortex", "veracode", "duo", "darktrace"} {
			for _, limited := range []bool{false, true} {
				arrived, sent, app := 0, false, 3
				block := appClients[vendor].block(true)
				if limited {
					app = 4 // its signature is another one within the second
					block["apps"].([]any)[app].(map[string]any)["rate"] = "100/1m"
				}
				handler, err := p.New(map[string]any{vendor: block}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					arrived++
					// An attempt that asks for a connection and gets none is not sent.
					if trace := httptrace.ContextClientTrace(r.Context()); !sent && trace != nil && trace.GetConn != nil {
						trace.GetConn("vendor.example.com:443")
					}
				}))
				if err != nil {
					t.Fatal(err)
				}
				came := appClients[vendor].write(t, vendor, app)
				first, cancel := context.WithCancel(context.Background())
				other, end := context.WithCancel(context.Background())
				for i, step := range []struct {
					ctx    context.Context
					sent   bool
					status int
				}{{first, false, 200}, {first, true, 200}, {first, true, 200}, {other, true, 403}, {first, true, 200}} {
					attempt := came.Clone(step.ctx)
					attempt.Body = io.NopCloser(came.Body)
					arrived, sent = 0, step.sent
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, attempt)
					if w.Code != step.status || arrived != map[int]int{200: 1}[step.status] {
						t.Errorf("%s, limited %v, attempt %d: %d, arrived %d: %s", vendor, limited, i, w.Code, arrived, w.Body)
					}
				}
				cancel()
				end()
			}
		}
	})
}

// write is a POST without a body that an app has signed, with a nonce that no other test has.
func (c appClient) write(t *testing.T, vendor string, app int) *http.Request {
	t.Helper()
	return c.writeBody(t, vendor, app, "")
}

// writeBody is write with a body.
func (c appClient) writeBody(t *testing.T, vendor string, app int, body string) *http.Request {
	t.Helper()
	target, _, _ := strings.Cut(c.target, "?")
	r, s, now := shortRequest(t, "POST", target, "", false), c.signer(t, vendor, app), time.Now().Add(-ahead)
	at := &signers.Moment{Time: now, Date: s.Date(now), Nonce: rand.Text() + rand.Text() + rand.Text()}
	if strings.HasPrefix(s.Traits().Nonce, "hex:") {
		at.Nonce = fmt.Sprintf("%032x", rand.Text()[:16])
	}
	m := &signers.Message{Method: "POST", Host: r.Host, Target: target, Header: r.Header}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		m.Body, m.Length = []byte(body), r.ContentLength
	}
	if err := s.Sign(m, at); err != nil {
		t.Fatal(err)
	}
	return r
}

// Behind a retry each attempt has the same body, of which the first has read all. What an attempt leaves for the next must not end with
// the attempt, as what watches an app's key does.
func TestAnotherAttemptOfAnAppHasTheWholeBody(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, vendor := range []string{"darktrace", "veracode"} {
			var arrived []string
			handler, err := p.New(map[string]any{vendor: appClients[vendor].block(true)}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if len(arrived) < 2 { // it asks for a connection, and gets none
					if trace := httptrace.ContextClientTrace(r.Context()); trace.GetConn != nil {
						trace.GetConn("vendor.example.com:443")
					}
					arrived = append(arrived, "")
					return
				}
				body, err := io.ReadAll(r.Body)
				arrived = append(arrived, fmt.Sprint(string(body), err))
			}))
			if err != nil {
				t.Fatal(err)
			}
			came := appClients[vendor].writeBody(t, vendor, 3, "a=1&b=2")
			client, cancel := context.WithCancel(context.Background())
			for attempt := range 3 {
				r := came.Clone(client)
				r.Body = io.NopCloser(came.Body)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					t.Errorf("%s, attempt %d: %d %s", vendor, attempt, w.Code, w.Body)
				}
				time.Sleep(50 * time.Millisecond)
			}
			cancel()
			if len(arrived) != 3 || arrived[2] != "a=1&b=2<nil>" {
				t.Errorf("%s: the attempts had the bodies %q", vendor, arrived)
			}
		}
	})
}
