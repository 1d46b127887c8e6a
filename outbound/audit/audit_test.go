package audit

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var moment = time.Date(2026, 11, 28, 9, 30, 15, 250_900_000, time.FixedZone("CET", 3600))

func TestAnEventIsOneLineInTheDocumentedOrder(t *testing.T) {
	line, err := encode(Event{Time: moment, Kind: Refusal, Gateway: "caddy", Vendor: "duo", Credential: "0123abcd", App: "reports", User: "ann",
		Client: "203.0.113.9", Method: "GET", Host: "api-1.duosecurity.com", Path: "/admin/v1/users?secret=1", Status: 403,
		Reason: "not-allowed", RequestID: "8d0e", Duration: 1999 * time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"schema_version":1,"time":"2026-11-28T08:30:15.250Z","event":"refusal","gateway":"caddy","vendor":"duo",` +
		`"credential":"0123abcd","app":"reports","user":"ann","client":"203.0.113.9","method":"GET","host":"api-1.duosecurity.com",` +
		`"path":"/admin/v1/users","status":403,"reason":"not-allowed","request_id":"8d0e","duration_ms":1}` + "\n"
	if string(line) != want {
		t.Errorf("got  %swant %s", line, want)
	}
}

func TestHostileTextsKeepTheLineWhole(t *testing.T) {
	for _, text := range []string{"/a\nb", "/a\r\n{\"event\":\"request\"}", "/\x00\x1b[2J", "/\xff\xfe", "/\u2028\u2029", "/\u202egnp", "/\x7f\u0085", "/\u2066a\u2069", "/\u200e\u200f",
		strings.Repeat("\"", 5000), strings.Repeat("\xff", 5000), strings.Repeat("é", 3000), "a" + strings.Repeat("𝄞", 3000),
		strings.Repeat("<", 5000), strings.Repeat("\x80", 5000), strings.Repeat("\\", 5000), strings.Repeat("\x01", 5000)} {
		line, err := encode(Event{Time: moment, Kind: Request, Credential: text, App: text, User: text, Client: text, Method: text, Host: text,
			Path: "/" + text, Reason: text, RequestID: text})
		if err != nil {
			t.Fatal(err)
		}
		if len(line) > 8192 || !utf8.Valid(line) || strings.Count(string(line), "\n") != 1 || line[len(line)-1] != '\n' {
			t.Errorf("%.20q: %d bytes: %q", text, len(line), line)
		}
		var read map[string]any
		if err := json.Unmarshal(line, &read); err != nil {
			t.Fatal(err)
		}
		if path := read["path"].(string); len(path) > 1024 || path == "" || strings.ContainsAny(path, "\x00\x1b\r\n\x7f\u0085\u200e\u200f\u2028\u2029\u202e\u2066\u2069") {
			t.Errorf("%.20q became %.40q", text, path)
		}
	}
}

func TestAFileIsItsOwnersAndIsMadeAgainAfterItWasRenamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.json")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(line string) {
		t.Helper()
		if err := Append(f, []byte(line+"\n")); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write("2")
	write("3")
	if err := os.Rename(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	write("4")
	os.Remove(path)
	write("5")
	for name, want := range map[string]string{path + ".1": "1\n", path + ".2": "2\n3\n", path: "5\n"} {
		if got, _ := os.ReadFile(name); string(got) != want {
			t.Errorf("%s has %q", filepath.Base(name), got)
		}
	}
	if again, err := Open(path); err != nil || again != f {
		t.Error("the second middleware opened the file a second time")
	}
}

func TestAFolderThatIsGoneIsAnErrorUntilItIsBack(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(folder, "missing", "audit.json")); err == nil {
		t.Error("a file in a folder that is missing is open")
	}
	f, err := Open(filepath.Join(folder, "audit.json"))
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(folder)
	for range 2 {
		if Append(f, []byte("lost\n")) == nil {
			t.Error("no error")
		}
	}
	os.Mkdir(folder, 0o700)
	if err := Append(f, []byte("kept\n")); err != nil {
		t.Error(err)
	}
}

func TestALostEventIsAnErrorAndToldOnceAMinute(t *testing.T) {
	now, full, told := moment, true, []string(nil)
	trail := &Trail{Gateway: "traefik", Vendor: "duo", Now: func() time.Time { return now }, Tell: func(news string) { told = append(told, news) },
		Write: func([]byte) error {
			if full {
				return errors.New("no space left on device")
			}
			return nil
		}}
	for i := 0; i < 5; i++ {
		if Record(trail, Event{Kind: Request}) == nil {
			t.Error("no error")
		}
	}
	now = now.Add(time.Minute)
	if RecordApp(trail, AppVerified, "reports", "", Event{}) == nil || RecordRevoked(trail, "reports", "") == nil {
		t.Error("no error")
	}
	want := "audit: 1 events could not be written: no space left on device|audit: 5 events could not be written: no space left on device"
	if got := strings.Join(told, "|"); got != want {
		t.Errorf("told %q", got)
	}
	full = false
	if err := Record(trail, Event{Kind: Request}); err != nil {
		t.Error(err)
	}
	if err := Record(nil, Event{Kind: Request}); err != nil {
		t.Error("no trail is no error")
	}
}

// No event has what a client may have written a secret into.
func TestThePathOfAnEventHasNoQueryFragmentOrAuthority(t *testing.T) {
	for target, want := range map[string]string{
		"/v1/users?key=canary": "/v1/users", "/v1#canary": "/v1", "/v1#a?canary": "/v1", "/v1?a#canary": "/v1", "*": "*", "": "",
		"http://ann:canary@acme.example/v1?canary": "/v1", "http://canary@acme.example": "", "canary:443": "",
	} {
		if got := pathOf(target); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}
