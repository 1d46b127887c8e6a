package corpus

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The whole corpus as lines through the program: one answer a line, in the same order, as the package answers.
func TestTheProgramAnswersTheCorpus(t *testing.T) {
	var lines bytes.Buffer
	all := All()
	for _, c := range all {
		lines.Write(c.Line())
		lines.WriteByte('\n')
	}
	c := exec.Command(built(t), "diagnose")
	c.Stdin = &lines
	out, err := c.Output()
	if status := c.ProcessState.ExitCode(); status != 1 { // some are honestly unexplained
		t.Errorf("exit status %d, %v", status, err)
	}
	findings := inOneSession(t)
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(answers) != len(all) {
		t.Fatalf("%d answers to %d lines", len(answers), len(all))
	}
	for i, c := range all {
		var got struct {
			Class       string
			Causes      []string
			Explanation string
			Fix         string
			Proved      bool
			Error       string
		}
		decoder := json.NewDecoder(strings.NewReader(answers[i]))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&got); err != nil || got.Error != "" {
			t.Fatalf("%s: %v %s", c.Name, err, answers[i])
		}
		want := findings[i]
		if got.Class != want.Class || !slices.Equal(got.Causes, want.Causes) || got.Proved != want.Proved || got.Explanation != want.Explanation {
			t.Errorf("%s: %s, want %s %v", c.Name, answers[i], want.Class, want.Causes)
		}
		for _, secret := range []string{duoSecret, dtPrivate, tcSecret, cbSecret, xdrKey, tcToken, awsSecret, awsToken} {
			if strings.Contains(answers[i], secret) {
				t.Errorf("%s: the answer holds the secret", c.Name)
			}
		}
	}
}

// What makes the corpus must not share a mistake with what it judges.
func TestTheCorpusImportsNothingOfTheProject(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, ".") {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}
