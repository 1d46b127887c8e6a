package tests

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// limits are those of References.
type limits struct {
	short     bool
	envPrefix string
	confined  bool
	dir       string
}

func TestReferencesReadWhatTheyNameAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(to, name string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inside := write("secrets/key", "inner-canary\n")
	outside := write("outside", "outer-canary")
	deep := write("secrets/duo/skey", "deep-canary")
	write("secrets-2/key", "neighbour-canary")
	secrets := filepath.Join(dir, "secrets")
	alias := link(secrets, "alias")
	if err := os.Mkdir(filepath.Join(dir, "secrets", "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "secrets", "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_KEY", "env-canary")
	t.Setenv("VENDORSIGN_EMPTY", "")
	t.Setenv("OTHER_KEY", "other-canary")

	free := limits{}
	short := limits{short: true}
	confined := limits{short: true, envPrefix: "VENDORSIGN_", confined: true, dir: secrets}
	linked := limits{short: true, confined: true, dir: alias}
	noDir := limits{confined: true}

	tests := []struct {
		name   string
		limits limits
		value  string
		want   string // the value; with a fault, a word of the error
		fault  bool
	}{
		{"a literal", free, "plain", "plain", false},
		{"an empty literal", free, "", "", false},
		{"a literal with braces around another word", free, "{http.request.host}", "{http.request.host}", false},
		{"a reference with text after it", free, "{env.VENDORSIGN_KEY}x", "{env.VENDORSIGN_KEY}x", false},
		{"two references", free, "{env.VENDORSIGN_KEY}{env.VENDORSIGN_KEY}", "{env.VENDORSIGN_KEY}{env.VENDORSIGN_KEY}", false},
		{"the short form where it is not meant", free, "env:VENDORSIGN_KEY", "env:VENDORSIGN_KEY", false},
		{"a variable", free, "{env.VENDORSIGN_KEY}", "env-canary", false},
		{"a variable with any name", free, "{env.OTHER_KEY}", "other-canary", false},
		{"a variable in short", short, "env:VENDORSIGN_KEY", "env-canary", false},
		{"a missing variable", free, "{env.VENDORSIGN_MISSING}", "not set", true},
		{"an empty variable", free, "{env.VENDORSIGN_EMPTY}", "is empty", true},
		{"a variable without the prefix", confined, "env:OTHER_KEY", "VENDORSIGN_", true},
		{"a variable with the prefix", confined, "{env.VENDORSIGN_KEY}", "env-canary", false},
		{"no name", confined, "env:", "VENDORSIGN_", true},

		{"a file, without its last line end", free, "{file." + inside + "}", "inner-canary", false},
		{"a file in short", short, "file:" + inside, "inner-canary", false},
		{"a file with a Windows line end", free, "{file." + write("windows", "canary\r\n") + "}", "canary", false},
		{"a file with two line ends, of which one goes", free, "{file." + write("two", "canary\n\n") + "}", "canary\n", false},
		{"a file with a carriage return alone, which stays", free, "{file." + write("return", "canary\r") + "}", "canary\r", false},
		{"an empty file", free, "{file." + write("empty", "") + "}", "is empty", true},
		{"a file with only a line end", free, "{file." + write("newline", "\n") + "}", "is empty", true},
		{"a missing file", free, "{file." + filepath.Join(dir, "missing") + "}", "cannot be read", true},
		{"a folder", free, "{file." + filepath.Join(secrets, "folder") + "}", "not a regular file", true},
		{"a pipe that nobody writes to", free, "{file." + pipe + "}", "not a regular file", true},
		{"a pipe in the folder", confined, "file:" + pipe, "not a regular file", true},
		{"an endless device", free, "{file./dev/zero}", "not a regular file", true},
		{"a file that is no key", free, "{file." + write("large", strings.Repeat("a", 65537)) + "}", "larger than 65536", true},
		{"the largest file", free, "{file." + write("limit", strings.Repeat("a", 65536)) + "}", strings.Repeat("a", 65536), false},

		{"a file in the folder", confined, "file:" + inside, "inner-canary", false},
		{"a file further down", confined, "file:" + deep, "deep-canary", false},
		{"a file in the folder, through a link to the folder", linked, "file:" + inside, "inner-canary", false},
		{"the same the other way round", confined, "file:" + filepath.Join(alias, "key"), "inner-canary", false},
		{"a link inside the folder", confined, "file:" + link(deep, "secrets/inner-link"), "deep-canary", false},
		{"a file beside the folder", confined, "file:" + outside, "not below", true},
		{"a folder whose name begins the same", confined, "file:" + secrets + "-2/key", "not below", true},
		{"up and out", confined, "file:" + secrets + "/../outside", "not below", true},
		{"a link out", confined, "file:" + link(outside, "secrets/way-out"), "not below", true},
		{"a linked folder out", confined, "file:" + filepath.Join(link(dir, "secrets/folder-out"), "outside"), "not below", true},
		{"the folder itself", confined, "file:" + secrets, "not below", true},
		{"a relative path", confined, "file:key", "VENDORSIGN_SECRETS_DIR", true},
		{"the host's own files", confined, "file:/etc/hostname", "VENDORSIGN_SECRETS_DIR", true},
		{"a missing file in the folder", confined, "file:" + secrets + "/missing", "cannot be read", true},
		{"a file where no folder is set", noDir, "{file." + inside + "}", "VENDORSIGN_SECRETS_DIR", true},
	}
	if os.Getuid() != 0 { // whom no mode stops
		locked := write("locked", "canary")
		if err := os.Chmod(locked, 0); err != nil {
			t.Fatal(err)
		}
		tests = append(tests, struct {
			name   string
			limits limits
			value  string
			want   string
			fault  bool
		}{"a file of somebody else", free, "{file." + locked + "}", "cannot be read", true})
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			l := test.limits
			got, is, err := d.Value(test.value, l.short, l.envPrefix, l.confined, l.dir)
			switch {
			case !test.fault && (err != nil || got != test.want):
				t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
			case test.fault && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%s: the error is %v, want one with %q", test.name, err, test.want)
			case test.fault && strings.Contains(err.Error(), "canary"):
				t.Errorf("%s: the error shows the value: %v", test.name, err)
			}
			if want := test.fault || got != test.value; is != want {
				t.Errorf("%s: is a reference %v, want %v", test.name, is, want)
			}
		}
	})
}

func TestWhatIsWrongWithACredentialIsAnErrorThatNamesTheOptionAndNoSecret(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	if err := os.WriteFile(file, []byte(" canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_LINES", "canary\nX-Evil: 1")
	t.Setenv("VENDORSIGN_EMPTY", "")
	t.Setenv("VENDORSIGN_HOST", "vendor.example")
	const (
		host   = `{"host":"{env.VENDORSIGN_HOST}"}`
		beside = ", which separates it from other values in the header"
	)
	tests := []struct{ name, vendor, config, policy, want string }{
		{"a good one", "duo", `{"integration_key":"DIX","secret_key":"canary"}`, host, ""},
		{"nothing", "duo", `{}`, host, "duo: integration_key is required; secret_key is required"},
		{"half", "duo", `{"integration_key":"DIX"}`, host, "duo: secret_key is required"},
		{"an empty variable", "duo", `{"integration_key":"DIX","secret_key":"{env.VENDORSIGN_EMPTY}"}`, host, `duo: secret_key: environment variable "VENDORSIGN_EMPTY" is empty`},
		{"a missing variable", "duo", `{"integration_key":"DIX","secret_key":"{env.VENDORSIGN_NONE}"}`, host, `duo: secret_key: environment variable "VENDORSIGN_NONE" is not set`},
		{"a missing variable in the host", "duo", `{"integration_key":"DIX","secret_key":"canary"}`, `{"host":"{env.VENDORSIGN_NONE}"}`, `duo: host: environment variable "VENDORSIGN_NONE" is not set`},
		{"a blank before the key", "duo", `{"integration_key":"DIX","secret_key":"{file.` + file + `}"}`, host, "duo: secret_key begins or ends with white space"},
		{"a line break in the key", "duo", `{"integration_key":"DIX","secret_key":"{env.VENDORSIGN_LINES}"}`, host, "duo: secret_key contains a control character or line break"},
		{"a colon in the id", "duo", `{"integration_key":"DI:X","secret_key":"canary"}`, host, `duo: integration_key contains a blank or one of ":"` + beside},
		{"a slash in a Carbon Black id", "carbonblack", `{"api_id":"AB/CD","api_secret_key":"canary"}`, host, `carbonblack: api_id contains a blank or one of "/"` + beside},
		{"a slash in a Carbon Black key", "carbonblack", `{"api_id":"ABCD","api_secret_key":"can/ary"}`, host, `carbonblack: api_secret_key contains a blank or one of "/"` + beside},
		{"a colon in a ThreatConnect id", "threatconnect", `{"access_id":"4:2","secret_key":"canary"}`, host, `threatconnect: access_id contains a blank or one of ":"` + beside},
		{"a blank in a token that stands alone in its header", "darktrace", `{"public_token":"pu b","private_token":"canary"}`, host, "darktrace: public_token contains a blank"},
		{"two ways at once", "threatconnect", `{"access_id":"42","secret_key":"canary","token":"canary"}`, host, "threatconnect: token and access_id with secret_key cannot be used together"},
		{"a version that is none", "duo", `{"integration_key":"DIX","secret_key":"canary","signature_version":3}`, host, "duo: signature_version must be 5, 4 or 2"},
		{"SHA-1 with version 5", "duo", `{"integration_key":"DIX","secret_key":"canary","digest":"sha1"}`, host, "duo: digest sha1 needs signature_version 2"},
		{"another digest", "duo", `{"integration_key":"DIX","secret_key":"canary","digest":"md5"}`, host, "duo: digest must be one of sha512, sha1"},
		{"a text for a number", "duo", `{"signature_version":"5"}`, host, "signature_version must be a whole number"},
		{"a number for a text", "duo", `{"secret_key":5}`, host, "secret_key must be a string"},
		{"the vendor's word", "duo", `{"ikey":"DIX"}`, host, "unknown option ikey; did you mean integration_key?"},
		{"a slip", "darktrace", `{"privat_token":"canary"}`, host, "unknown option privat_token; did you mean private_token?"},
		{"another language's spelling", "darktrace", `{"publicToken":"pub"}`, host, "unknown option publicToken; did you mean public_token?"},
		{"nothing like it", "darktrace", `{"x":"canary"}`, host, "unknown option x; known are public_token, private_token, date_format, sign_query, query_order"},
		{"another date format", "darktrace", `{"public_token":"pub","private_token":"canary","date_format":"rfc"}`, host, "darktrace: date_format must be one of compact, spaced, iso"},
		{"an advanced key without id", "cortex", `{"api_key":"canary"}`, host, "cortex: api_key_id is required; only XSOAR 6 has none, with key_type standard"},
		{"another vendor", "nobody", `{}`, host, "unknown vendor nobody; known are " + vendors},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			err := d.Load(test.vendor, []byte(test.config), []byte(test.policy), false, "", false, "")
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%s: the error is %q, want %q", test.name, got, test.want)
			}
			if strings.Contains(got, "canary") || strings.Contains(got, "can/ary") {
				t.Errorf("%s: the error shows the secret: %s", test.name, got)
			}
		}
	})
}
