package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// living is a gate whose files and vendor change while it runs.
type living struct {
	t    *testing.T
	dir  string
	send sendFunc
	used func() string // the fingerprint of the credential in use

	mu     sync.Mutex
	time   time.Time
	told   []string
	vendor vendorFunc
	asked  []*http.Request // what reached the vendor
}

// live makes one. Its folder of secrets has the files; {dir} in config and policy stands for it.
func live(t *testing.T, d drive, vendor, config, policy string, files map[string]string) *living {
	t.Helper()
	l, err := tryLive(t, d, vendor, config, policy, files)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func tryLive(t *testing.T, d drive, vendor, config, policy string, files map[string]string) (*living, error) {
	t.Helper()
	l := &living{t: t, dir: t.TempDir(), time: time.Now().Truncate(time.Second).Add(time.Second / 2)}
	for name, text := range files {
		l.write(name, text, time.Hour)
	}
	l.vendor = func(r *http.Request) (int, http.Header, string) { return http.StatusOK, nil, "" }
	fill := func(text string) []byte { return []byte(strings.ReplaceAll(text, "{dir}", l.dir)) }
	var err error
	l.send, l.used, err = d.Live(vendor, fill(config), fill(orElse(policy, `{"host":"vendor.example"}`)), l.dir, l.now, func(news string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, news)
	})
	return l, err
}

func (l *living) now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.time
}

// pass lets time go by.
func (l *living) pass(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.time = l.time.Add(d)
}

// news are what was told since the last call.
func (l *living) news() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := strings.Join(l.told, "\n")
	l.told = nil
	return told
}

// write replaces a file of the folder, as a rename does, so long ago.
func (l *living) write(name, text string, ago time.Duration) {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path+".next", []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.date(path+".next", ago)
	if err := os.Rename(path+".next", path); err != nil {
		l.t.Fatal(err)
	}
	l.date(l.dir, ago)
}

func (l *living) remove(name string) {
	l.t.Helper()
	if err := os.Remove(filepath.Join(l.dir, name)); err != nil {
		l.t.Fatal(err)
	}
	l.date(l.dir, 0)
}

// date gives a file or folder a time by the test's clock. The system's own, which goes on while the test is at work, must
// not decide whether that is long ago.
func (l *living) date(path string, ago time.Duration) {
	l.t.Helper()
	changed := l.now().Add(-ago)
	if err := os.Chtimes(path, changed, changed); err != nil {
		l.t.Fatal(err)
	}
}

// request sends one and returns the status, or the kind of the gateway's own problem.
func (l *living) request(method, target, body string) string {
	l.t.Helper()
	r, err := http.NewRequest(method, "http://gateway"+target, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	if body == "" {
		r.Body = nil
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	status, problem := l.send(r, func(r *http.Request) (int, http.Header, string) {
		l.mu.Lock()
		l.asked = append(l.asked, r.Clone(r.Context()))
		l.mu.Unlock()
		return l.vendor(r)
	})
	if problem != nil {
		return l.problem(problem)
	}
	return fmt.Sprint(status)
}

func (l *living) problem(p *http.Response) string {
	var document struct{ Type, Detail string }
	if err := json.NewDecoder(p.Body).Decode(&document); err != nil {
		l.t.Fatal(err)
	}
	_, kind, _ := strings.Cut(document.Type, "#")
	return strings.TrimSpace(fmt.Sprintf("%d %s: %s %s", p.StatusCode, kind, document.Detail, p.Header.Get("Retry-After")))
}

func (l *living) get() string { return l.request("GET", "/devices", "") }

// reached returns what came to the vendor since the last call.
func (l *living) reached() []*http.Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked := l.asked
	l.asked = nil
	return asked
}

// signedWith returns the value of a header of the request that came to the vendor last.
func (l *living) signedWith(header string) string {
	l.t.Helper()
	if got := l.get(); got != "200" {
		l.t.Fatalf("answered %s", got)
	}
	asked := l.reached()
	return asked[len(asked)-1].Header.Get(header)
}

// simulated is a vendor that knows the credential.
func (l *living) simulated(name string, credential map[string]string) vendorFunc {
	l.t.Helper()
	simulator, err := vendorsim.New(name, vendorsim.Config{Credential: credential, Now: l.now})
	if err != nil {
		l.t.Fatal(err)
	}
	return served(simulator)
}

func served(simulator http.Handler) vendorFunc {
	return func(r *http.Request) (int, http.Header, string) {
		answer := httptest.NewRecorder()
		in := r.Clone(r.Context())
		in.RequestURI = r.URL.RequestURI()
		if in.Body == nil {
			in.Body = http.NoBody
		}
		simulator.ServeHTTP(answer, in)
		return answer.Code, answer.Header(), answer.Body.String()
	}
}
