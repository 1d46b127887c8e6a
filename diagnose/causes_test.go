package diagnose

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryCauseHasOneNameAndOneClass(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	titles := make(map[string]bool)
	for _, c := range Classes {
		titles[c.Letter] = true
	}
	seen := make(map[string]bool)
	for _, c := range Causes {
		if !name.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("%q is no name in snake_case, or appears twice", c.ID)
		}
		seen[c.ID] = true
		if !titles[c.Class] {
			t.Errorf("%s: there is no class %q", c.ID, c.Class)
		}
		if c.Says == "" || strings.HasSuffix(c.Says, ".") || c.Says[0] < 'a' || c.Says[0] > 'z' {
			t.Errorf("%s: %q is no clause", c.ID, c.Says)
		}
		if !strings.HasSuffix(c.Fix, ".") {
			t.Errorf("%s: %q is no sentence", c.ID, c.Fix)
		}
	}
}

// A name that nothing finds is a promise that is not kept; one that is not in the table would have no class.
func TestEveryCauseIsFoundSomewhere(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "guesses.json", "vendors.json", "answers.json", "tokens.json")
	var code strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	for _, c := range Causes {
		if !strings.Contains(code.String(), `"`+c.ID+`"`) {
			t.Errorf("nothing finds %s", c.ID)
		}
	}
}

// UPDATE_DOCS=1 writes the page.
func TestTheTableOfCausesIsDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Causes

` + "`vendorsign diagnose`" + ` answers with a class and one or more causes. Their names are stable: a new version may add causes,
but never changes the meaning of one. The first cause decides the class. ` + "`none`" + ` means that the request is right; ` + "`J`" + ` means
that the request was refused or is wrong, and no known cause explains it.

A cause is *proved* if this mistake reproduces the given signature, or if the given bytes show it: a header is missing, or an ID
differs. ` + "`local_time`" + ` is proved only if the date itself shows its offset: a date that is off by a time zone is likely a local
time, but a wrong clock, a late request or an earlier signature may also explain it. A cause that the vendor's answer only makes likely is not proved, nor is a wrong clock if the time is unknown. Without
the secret, nothing is proved.

This page is generated from diagnose/causes.json. [Why was my request refused?](why.md) shows how to get an answer.
`)
	for _, class := range Classes {
		fmt.Fprintf(&b, "\n## %s: %s\n\n| cause | what is wrong | what to do |\n|---|---|---|\n", class.Letter, class.Title)
		for _, c := range Causes {
			if c.Class == class.Letter {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.ID, strings.ReplaceAll(c.Says, "|", `\|`), strings.ReplaceAll(c.Fix, "|", `\|`))
			}
		}
	}
	page := filepath.Join("..", "docs", "causes.md")
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("docs/causes.md is not what the table says; run the test with UPDATE_DOCS=1")
	}
}
