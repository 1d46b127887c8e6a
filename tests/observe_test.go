package tests

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// observed is a middleware with the option observe, whose vendor knows the key NEW or OLD, with the salt behind it.
func observed(t *testing.T, p interpret.Plugin, knows *string, refusal string) (send func(method, body string) (*http.Response, string), asked *int, salt string) {
	t.Helper()
	salt = another("")
	asked = new(int)
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		body, _ := io.ReadAll(r.Body)
		user, _, _ := r.BasicAuth()
		w.Header().Set("X-Vendor", user)
		w.Header().Add("Set-Cookie", "vendor="+user)
		if user != *knows+salt {
			w.Header().Set("X-Refused", "yes")
			if strings.HasPrefix(refusal, "\x1f\x8b") {
				w.Header().Set("Content-Encoding", "gzip")
			}
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, refusal)
			return
		}
		fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, body)
	})
	middleware, err := p.New(map[string]any{"duo": map[string]any{
		"integrationKey": "NEW" + salt, "secretKey": "canary", "host": "h", "insecureUpstream": true, "observe": "on",
		"previous": map[string]any{"integrationKey": "OLD" + salt, "secretKey": "canary"},
	}}, vendor)
	if err != nil {
		t.Fatal(err)
	}
	return func(method, body string) (*http.Response, string) {
		r := httptest.NewRequest(method, "/admin/v1/users?b=1", strings.NewReader(body))
		w := httptest.NewRecorder()
		w.Header().Set("X-Gateway", "stays")
		w.Header().Set("Set-Cookie", "sticky=1")
		middleware.ServeHTTP(w, r)
		return w.Result(), w.Body.String()
	}, asked, salt
}

func TestAnObservedRefusalIsHeldBackWhileThePreviousCredentialIsTried(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		io.WriteString(z, `{"code":40102,"stat":"FAIL"}`)
		z.Close()
		for _, refusal := range []string{`{"code":40102,"stat":"FAIL"}`, `{"code":40103,"stat":"FAIL"}`, zipped.String()} { // each is settled by two probes
			knows := "OLD"
			send, asked, salt := observed(t, p, &knows, refusal)
			response, body := send("POST", `{"a":1}`)
			if response.StatusCode != http.StatusOK || body != `POST /admin/v1/users?b=1 {"a":1}` {
				t.Errorf("%s: answered %d %q", refusal, response.StatusCode, body)
			}
			if h := response.Header; h.Get("X-Refused") != "" || h.Get("X-Vendor") != "OLD"+salt || h.Get("X-Gateway") != "stays" ||
				strings.Join(h["Set-Cookie"], " ") != "sticky=1 vendor=OLD"+salt {
				t.Errorf("%s: the headers are %v", refusal, h)
			}
			if want := 4; *asked != want {
				t.Errorf("%s: the vendor was asked %d times, want %d", refusal, *asked, want)
			}
			*asked = 0
			if response, _ := send("GET", ""); response.StatusCode != http.StatusOK || *asked != 1 {
				t.Errorf("%s: the next request is answered %d after %d attempts", refusal, response.StatusCode, *asked)
			}
		}
	})
}

// What is no refusal of the credential, or a long one, arrives as it was.
func TestAnObservedAnswerArrivesAsItWas(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, refusal := range []string{"", "40102", strings.Repeat("x", signers.AnswerHead), strings.Repeat("x", signers.AnswerHead+1), "40102" + strings.Repeat("x", 100<<10)} {
			knows := "NOBODY"
			send, _, _ := observed(t, p, &knows, refusal)
			response, body := send("GET", "")
			if response.StatusCode != http.StatusUnauthorized || body != refusal || response.Header.Get("X-Refused") != "yes" {
				t.Errorf("a refusal of %d bytes: answered %d with %d bytes, headers %v", len(refusal), response.StatusCode, len(body), response.Header)
			}
		}
	})
}

// Clients cause the lines, and must not fill the log.
func TestAnUpstreamThatIsRefusedIsToldOnce(t *testing.T) {
	vendor := httptest.NewServer(http.NotFoundHandler())
	defer vendor.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = file // the interpreter's log
	log.SetOutput(file)
	defer func() {
		os.Stderr = stderr
		log.SetOutput(stderr)
		file.Close()
	}()
	told := 0
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out, _ := http.NewRequestWithContext(r.Context(), "GET", vendor.URL, nil)
			if response, err := http.DefaultClient.Do(out); err == nil {
				response.Body.Close()
				t.Errorf("the upstream answered %d", response.StatusCode)
			}
		})
		middleware, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "ID", "secretKey": "canary", "host": "vendor.example"}}, next)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		for range 5 {
			middleware.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/admin/v1/users", nil))
		}
		most := 1 + int(time.Since(begun)/(10*time.Second)) // it is told again after ten seconds
		lines, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		before := told
		if told = strings.Count(string(lines), "connection closed: "); told == before || told > before+most {
			t.Errorf("told %d times", told-before)
		}
	})
}

// Only where the status was not seen may a Retry-After be that of a refusal, whatever it stands in.
func TestARetryAfterCountsByTheStatusWhereThatIsSeen(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range []struct {
			name, observe, accept string
			status                int
			paused                bool
		}{
			{"an observed 202", "on", "application/json", http.StatusAccepted, false},
			{"an observed 429", "on", "application/json", http.StatusTooManyRequests, true},
			{"a 202 that nobody sees", "off", "application/json", http.StatusAccepted, true},
			{"a 202 for an event stream, which is not observed", "on", "text/event-stream", http.StatusAccepted, true},
		} {
			for _, method := range []string{"GET", "POST"} { // which Quick and Sign sign
				asked := 0
				vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked++
					w.Header().Set("Retry-After", "30")
					w.WriteHeader(test.status)
				})
				middleware, err := p.New(map[string]any{"duo": map[string]any{
					"integrationKey": another("ID"), "secretKey": "canary", "host": "h", "insecureUpstream": true, "observe": test.observe,
				}}, vendor)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 { // the first of a second goes the long way, and GETs after it the short one
					r := httptest.NewRequest(method, "/admin/v1/users", nil)
					if method == "POST" {
						r = httptest.NewRequest(method, "/admin/v1/users", strings.NewReader("{}"))
					}
					r.Header.Set("Accept", test.accept)
					middleware.ServeHTTP(httptest.NewRecorder(), r)
				}
				want := 3 // each is sent once
				if test.paused {
					want = 1
				}
				if asked != want {
					t.Errorf("%s, %s: the vendor was asked %d times, want %d", test.name, method, asked, want)
				}
			}
		}
	})
}
