package presets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAReadableFileSaysWhatTheFileSays(t *testing.T) {
	paths, err := filepath.Glob("*.json")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Digest(source)
		if err != nil {
			t.Fatal(err)
		}
		built, ok := File(strings.TrimSuffix(path, ".json"))
		if digest, err := Digest([]byte(built)); !ok || err != nil || digest != want {
			t.Errorf("%s: the text that is built in is another one: %v", path, err)
		}
		readable, err := Readable([]byte(built))
		if digest, _ := Digest(readable); err != nil || digest != want {
			t.Errorf("%s: the readable file is another one: %v", path, err)
		}
		if strings.Contains(string(readable), `\u0060`) {
			t.Errorf("%s: a backquote is escaped", path)
		}
	}
}

func TestAReadableFileHasShortListsInOneLine(t *testing.T) {
	long := strings.Repeat("x", 120)
	got, err := Readable([]byte(`{"a":[],"b":{"c":1,"d":"e,f:\"g\\"},"h":["` + long + `",{"i":null}],"j":"\u0060k\\u0060"}`))
	want := `{
  "a": [],
  "b": {"c": 1, "d": "e,f:\"g\\"},
  "h": [
    "` + long + `",
    {"i": null}
  ],
  "j": "` + "`" + `k\\u0060"
}
`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := Readable([]byte(`{"a":`)); err == nil {
		t.Error("half a file is readable")
	}
}

func TestADigestKnowsNoWhiteSpaceAndNoOrder(t *testing.T) {
	a, _ := Digest([]byte(`{"a":1,"b":[2, 3]}`))
	b, _ := Digest([]byte("{\n\"b\": [2,3], \"a\": 1}"))
	other, _ := Digest([]byte(`{"a":1,"b":[3,2]}`))
	if a != b || a == other || len(a) != 64 {
		t.Errorf("%s, %s and %s", a, b, other)
	}
}
