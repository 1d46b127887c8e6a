package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePagesAreThoseOfThePresetFiles(t *testing.T) {
	pages, left, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range left {
		t.Log("no page: " + reason)
	}
	if len(pages) < 40 {
		t.Errorf("only %d pages", len(pages))
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		if err != nil || string(got) != want {
			t.Errorf("docs/%s is stale: run go generate ./signers/presets (%v)", name, err)
		}
	}
}

func TestTheSiteNavigatesToEveryPageOfAPreset(t *testing.T) {
	pages, _, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../mkdocs.yml")
	if err != nil {
		t.Fatal(err)
	}
	if want, err := navigation(string(got), pages); err != nil || string(got) != want {
		t.Errorf("mkdocs.yml is stale: run go generate ./signers/presets (%v)", err)
	}
}

// A page of a preset that is gone would stay for ever.
func TestEveryGeneratedPageHasItsPresetFile(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/vendors/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range pages {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if _, err := os.Stat("../" + name + ".json"); err != nil && strings.HasPrefix(string(text), "<!-- Made by go generate") {
			t.Errorf("docs/vendors/%s.md: there is no preset of that name", name)
		}
	}
}

func TestOperationsAreSaidInWords(t *testing.T) {
	for operation, want := range map[string]string{
		"let ts = [[now|unix_ms]]":                             "`ts` is the time in milliseconds since 1970.",
		"let key = [[opt.key|after:'-'|unhex]]":                "`key` is the option `key` after the first `-` decoded from hex.",
		`let text = [[method|upper]]\n[[path]]`:                "`text` is the method in upper case + `\\n` + the path.",
		"header? X-A = v1=[[text|hmac_sha256:opt.key|hex]]":    "The header `X-A` is set to `v1=` + HMAC-SHA256 of `text` with the key `key` in hex, unless that is empty.",
		"let h = [[query|canon_query|sha256|hex]]":             "`h` is SHA-256 of (the query encoded and sorted) in hex.",
		"let b = [[body|first:opt.max|if_method:POST,PUT]]":    "`b` is the first `max` bytes of the body (only for POST, PUT).",
		"query key = [[opt.api_key|reveal]]":                   "The parameter `key` is appended: the option `api_key` itself, percent-encoded.",
		"delquery apikey":                                      "The client's parameter `apikey` is removed.",
		"let x = [['a|b]]'|if:opt.mode:two]]":                  "`x` is `a|b]]` (only if `mode` is `two`).",
		"let l = [[header_list:opt.names:'; ']]":               "`l` is the headers that `names` lists, joined by `; `.",
		"header Authorization = Basic [[pair|base64|reveal]]":  "The header `Authorization` is set to `Basic ` + `pair` in base64 itself.",
		"let at = [[now|add:opt.ttl|format:2006-01-02T15:04]]": "`at` is the time plus `ttl` seconds in the form `2006-01-02T15:04`.",
		"let r = [[opt.a|or:'']][[opt.b|when:header.X]]":       "`r` is the option `a` or, if that is empty, nothing + the option `b` (only if the header `X` is not empty).",
	} {
		if got := inWords(operation); got != want {
			t.Errorf("%s\n%s\nwant\n%s", operation, got, want)
		}
	}
}
