package screen

import (
	"bytes"
	"os"
	"testing"
)

func TestWhatIsNoTerminalHasEightyColumnsAndNoColour(t *testing.T) {
	t.Setenv("COLUMNS", "200")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	for _, s := range []Screen{Of(&bytes.Buffer{}), Of(write)} {
		if s.Width != 80 || s.Color || s.Bold("a")+s.Good("b")+s.Bad("c")+s.Faint("d") != "abcd" {
			t.Errorf("%+v", s)
		}
	}
}

func TestColourIsForTerminalsThatWantIt(t *testing.T) {
	for _, tt := range []struct {
		name, noColor, term, session, system string
		want                                 bool
	}{
		{"a terminal", "", "xterm", "", "linux", true},
		{"NO_COLOR", "1", "xterm", "", "linux", false},
		{"a dumb one", "", "dumb", "", "linux", false},
		{"Windows' old console", "", "", "", "windows", false},
		{"Windows' terminal", "", "", "x", "windows", true},
		{"a shell from elsewhere in Windows", "", "xterm", "", "windows", true},
	} {
		env := map[string]string{"NO_COLOR": tt.noColor, "TERM": tt.term, "WT_SESSION": tt.session}
		if got := colored(func(name string) string { return env[name] }, tt.system); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if got := (Screen{Color: true}).Bad("no"); got != "\x1b[31mno\x1b[0m" {
		t.Errorf("%q", got)
	}
}

func TestProseIsWrappedAndCommandsAreNot(t *testing.T) {
	for _, tt := range []struct {
		name       string
		width      int
		text, want string
	}{
		{"lines become paragraphs", 14, "a bb ccc\ndddd eeeee\n\nf\n", "a bb ccc dddd\neeeee\n\nf\n"},
		{"a long word stays whole", 14, "see https://vendor.example/a/b there\n", "see\nhttps://vendor.example/a/b\nthere\n"},
		{"a command stays as it is", 14, "Run\n\n  vendorsign diagnose duo --curl -\n", "Run\n\n  vendorsign diagnose duo --curl -\n"},
		{"entries of a list hang", 14, "  url  with scheme\n       and host\n  date  text\n", "  url  with\n       scheme\n       and\n       host\n  date  text\n"},
		{"a list in a list", 24, "  request  method  as sent\n           url  as is\n", "  request  method  as\n                   sent\n           url  as is\n"},
	} {
		if got := Reflow(tt.text, tt.width); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestAListHasTwoColumns(t *testing.T) {
	got := Columns([]Pair{{"--a TEXT", "the first of all"}, {"--an-option-with-a-name-that-is-long X", "the second"}, {"--c", ""}}, 24)
	want := `  --a TEXT  the first of
            all
  --an-option-with-a-name-that-is-long X
            the second
  --c
`
	if got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

func TestHashesAreShortened(t *testing.T) {
	for text, want := range map[string]string{
		"sha512 cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce␊": "sha512 cf83e135…␊",
		"id=3ddaeeb10ca690df3fee5e3bd1c329fa&a=1":                                  "id=3ddaeeb1…&a=1",
		"J6zcusVkVvsX2d0gbN9WDHqnoTPWmSXESOnXXXXXXXX=":                             "J6zcusVk…",
		"/admin/v1/users?maxtime=1795317015000":                                    "/admin/v1/users?maxtime=1795317015000",
	} {
		if got := ShortenHashes(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := Shorten("abcdef", 4); got != "abc…" {
		t.Error(got)
	}
}

func TestMessagesAreWrappedForPeopleOnly(t *testing.T) {
	const text = "a.yml:1: host: is not there\n  look at it again"
	if got := (Screen{Width: 20}).Line(text); got != text+"\n" {
		t.Errorf("%q", got)
	}
	if got, want := (Screen{Width: 20, Terminal: true}).Line(text), "a.yml:1: host: is\n  not there\n  look at it again\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (Screen{Width: 17, Terminal: true}).Line(text), "a.yml:1: host:\n  is not there\n  look at it\n    again\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
