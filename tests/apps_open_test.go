package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/driver"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// slow is a vendor that opens WebSockets, begins streams, and has requests wait for an answer; none of them ends by itself.
func slow(t *testing.T) string {
	t.Helper()
	end := make(chan struct{})
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Upgrade") != "":
			echo(t, w)
			return
		case strings.HasSuffix(r.URL.Path, "/stream"):
			fmt.Fprint(w, "data: first\n\n")
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}))
	t.Cleanup(func() {
		close(end)
		vendor.Close()
	})
	return strings.TrimPrefix(vendor.URL, "http://")
}

// opens sends a request that stays open, and returns what comes of it when it ends.
func (c duoClient) opens(t *testing.T, gateway, path string) <-chan string {
	t.Helper()
	conn, err := net.Dial("tcp", gateway)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	r := c.request("GET", path, "", ahead)
	if strings.HasSuffix(path, "/wait") {
		r = c.request("POST", path, "a=1", ahead)
	}
	begins := ""
	r.Close = true
	if strings.HasSuffix(path, "/socket") {
		r.Close = false
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
		begins = "HTTP/1.1 101 "
	} else if strings.HasSuffix(path, "/stream") {
		r.Header.Set("Accept", "text/event-stream")
		begins = "HTTP/1.1 200 "
	}
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	if got, err := reader.Peek(len(begins)); string(got) != begins {
		t.Fatalf("%s: answered %q, %v", path, got, err)
	}
	ended := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(reader)
		ended <- string(all)
	}()
	return ended
}

// Traefik makes a middleware again for a changed configuration and does not tell the old one. What an app has open through that one
// ends all the same when the app is revoked or gone; what other apps have open does not.
func TestThePluginEndsWhatARevokedAppHasOpen(t *testing.T) {
	billing := map[string]any{"name": "billing", "keyId": duoApp.ikey, "secret": duoApp.skey}
	soar := duoClient{"DIAPPSOAR00000000000", "app-secret-soar-000000000000000000000000x"}
	other := map[string]any{"name": "soar", "keyId": soar.ikey, "secret": soar.skey}
	revoked := map[string]any{"name": "billing", "keyId": duoApp.ikey, "secret": duoApp.skey, "revoked": "true"}
	for name, test := range map[string]struct {
		apps  []any // after the change
		left  bool  // soar's stay
		fault string
	}{"revoked": {[]any{revoked, other}, true, ""}, "gone": {[]any{other}, true, ""}, "no apps": {nil, false, ""},
		"revoked beside a fault": {[]any{revoked, other}, true, "alow"}, "revoked beside a fault of an app": {[]any{map[string]any{"name": "x"}, revoked}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
				vendor := slow(t)
				proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
					r.Out.URL.Scheme, r.Out.URL.Host = "http", vendor
				}}
				configure := func(apps []any, fault string) (http.Handler, error) {
					block := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
						"insecureUpstream": "true", "upgrade": "websocket"}
					if apps != nil {
						block["apps"], block["insecureDownstream"] = apps, "true"
					}
					if fault != "" {
						block[fault] = "x"
					}
					return p.New(map[string]any{"duo": block}, proxy)
				}
				handler, err := configure([]any{billing, other}, "")
				if err != nil {
					t.Fatal(err)
				}
				gateway := httptest.NewServer(handler)
				t.Cleanup(gateway.Close)
				address := strings.TrimPrefix(gateway.URL, "http://")
				var ends, stays []<-chan string
				for _, path := range []string{"/a/socket", "/a/stream", "/a/wait"} {
					ends, stays = append(ends, duoApp.opens(t, address, path)), append(stays, soar.opens(t, address, path))
				}
				// A changed configuration in which nothing is changed for these apps.
				if _, err := configure([]any{other, billing}, ""); err != nil {
					t.Fatal(err)
				}
				time.Sleep(1500 * time.Millisecond)
				for i := range ends {
					select {
					case got := <-ends[i]:
						t.Errorf("%d ended before the revocation: %q", i, got)
					case got := <-stays[i]:
						t.Errorf("%d of the other app ended before the revocation: %q", i, got)
					default:
					}
				}
				if _, err := configure(test.apps, test.fault); (err != nil) != strings.Contains(name, "fault") {
					t.Fatal(err)
				}
				for i := range ends {
					select {
					case got := <-ends[i]:
						if i == 1 && strings.HasSuffix(got, "\r\n0\r\n\r\n") {
							t.Errorf("the stream ends as if it were complete: %q", got)
						}
						if i == 2 && strings.HasPrefix(got, "HTTP/1.1 200 ") {
							t.Errorf("a request that got no answer is answered %q", got)
						}
					case <-time.After(20 * time.Second):
						t.Errorf("%d stays open", i)
					}
				}
				for i := range stays {
					select {
					case got := <-stays[i]:
						if test.left {
							t.Errorf("%d of the other app ended: %q", i, got)
						}
					default:
					}
				}
			})
		})
	}
}

// A panic in a timer would end the gateway. It ends the request whose key could not be looked at.
func TestAPanicWhileAKeyIsLookedAtEndsTheRequestAlone(t *testing.T) {
	type opener = func(string, string, *http.Request, func() bool) (<-chan struct{}, func() bool)
	test := func(t *testing.T, open opener) {
		var panics atomic.Bool
		begin := func(look func() bool) <-chan struct{} {
			ended, done := open(duoApp.ikey, duoApp.skey, duoApp.request("GET", "/a", "", ahead), look)
			if done == nil {
				t.Fatal("the request is refused")
			}
			t.Cleanup(func() { done() })
			return ended
		}
		looks := make(chan struct{}, 2)
		bad := begin(func() bool {
			if panics.Load() {
				panic("of the test")
			}
			return true
		})
		good := begin(func() bool {
			select {
			case looks <- struct{}{}:
			default:
			}
			return true
		})
		panics.Store(true)
		select {
		case <-bad:
		case <-time.After(20 * time.Second):
			t.Fatal("it stays open")
		}
		for range 2 { // the timer goes on
			select {
			case <-looks:
			case <-good:
				t.Fatal("the other request ended")
			case <-time.After(20 * time.Second):
				t.Fatal("no other key is looked at any more")
			}
		}
	}
	t.Run("compiled", func(t *testing.T) { test(t, driver.OpenRequest) })
	t.Run("interpreted", func(t *testing.T) {
		test(t, interpret.Symbol[opener](t, interpret.Import(t, "tests/driver"), "driver.OpenRequest"))
	})
}
