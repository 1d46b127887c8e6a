package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The recorded corpus: what the program answered before its parts were put in order anew is replayed against the present
// one, which has to give the same bytes for the same input. ../tests/testdata/former/changed.md lists the runs whose
// answer was changed on purpose, with the reason. To record a later state: go test ./cli -run AsItDid -args -record

const (
	formerFolder = "../tests/testdata/former/"
	formerRuns   = formerFolder + "program.jsonl.gz"
)

var record = flag.Bool("record", false, "record the answers of this tree, and drop the runs that answer otherwise a second time")

// formerEnvironment is what the runs find there, and nothing else.
var formerEnvironment = map[string]string{
	"HOME":          "/nonexistent",
	"DUO_SKEY":      "fakefakefakefakefakefakefakefakefakefake",
	"TC_SECRET":     "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb",
	"FORMER_SECRET": "0123456789abcdef0123456789abcdef01234567",
}

// repeatFormer runs the command line in an empty folder that gets the run's files.
func repeatFormer(t *testing.T, dir string, r formerRun) formerRun {
	t.Helper()
	for name, text := range r.Files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	r.Status = Run(ctx, r.Args, strings.NewReader(r.Stdin), &stdout, &stderr)
	r.Stdout, r.Stderr = stdout.String(), stderr.String()
	if strings.Contains(r.Stdout+r.Stderr, dir) {
		t.Logf("%s: the answer has the folder's name", r.Name)
		r.Status = -1
	}
	return r
}

// Every recorded command line is answered with the bytes that it was answered with before.
func TestTheProgramAnswersAsItDid(t *testing.T) {
	all, err := loadFormer(formerRuns)
	if err != nil || len(all) < 500 {
		t.Fatalf("%d runs, %v", len(all), err)
	}
	changed, err := changedRuns(formerFolder + "changed.md")
	if err != nil {
		t.Fatal(err)
	}
	before := os.Environ()
	t.Cleanup(func() {
		for _, assignment := range before {
			name, value, _ := strings.Cut(assignment, "=")
			os.Setenv(name, value)
		}
	})
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	os.Clearenv()
	for name, value := range formerEnvironment {
		t.Setenv(name, value)
	}
	var recorded []formerRun
	for _, r := range all {
		now := repeatFormer(t, dir, r)
		got, want := now.answer(), r.answer()
		switch {
		case *record:
			if again := repeatFormer(t, dir, r); again.answer() == got && now.Status >= 0 {
				recorded = append(recorded, now)
			} else {
				t.Logf("dropped %s: %s", r.Name, r.input())
			}
		case changed[r.Name] && got == want:
			t.Errorf("%s: changed.md lists it, and the answer is the recorded one", r.Name)
		case !changed[r.Name] && got != want:
			t.Errorf("%s: %s\nanswers\n%s\nrecorded\n%s", r.Name, r.input(), got, want)
		}
	}
	if *record {
		if err := saveFormer(home+"/"+formerRuns, recorded); err != nil {
			t.Fatal(err)
		}
	}
}

// formerRun is a command line with all that it reads, and what it answered. Files are named relative to the folder it runs in.
type formerRun struct {
	Name  string            `json:"name"`
	Args  []string          `json:"args,omitempty"`
	Stdin string            `json:"stdin,omitempty"`
	Files map[string]string `json:"files,omitempty"`

	Status int    `json:"status"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// answer is the answer as text, for comparison and for the message of a test.
func (r formerRun) answer() string {
	return fmt.Sprintf("status %d\n--- stdout\n%s--- stderr\n%s", r.Status, r.Stdout, r.Stderr)
}

// input is what it takes to repeat the run by hand, shortened.
func (r formerRun) input() string {
	text := "vendorsign " + strings.Join(r.Args, " ")
	for name, content := range r.Files {
		text += "\n--- " + name + "\n" + content
	}
	if r.Stdin != "" {
		text += "\n--- stdin\n" + r.Stdin
	}
	if len(text) > 2000 {
		text = text[:2000] + "..."
	}
	return text
}

// loadFormer reads the runs of a file.
func loadFormer(file string) (runs []formerRun, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var r formerRun
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, lines.Err()
}

// saveFormer writes the runs of a file.
func saveFormer(file string, runs []formerRun) error {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, r := range runs {
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, zipped.Bytes(), 0o644)
}

var changedLine = regexp.MustCompile("(?m)^- `([^`]+)`: \\S")

// changedRuns reads the names of the runs that changed.md lists.
func changedRuns(file string) (map[string]bool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool)
	for _, m := range changedLine.FindAllSubmatch(data, -1) {
		names[string(m[1])] = true
	}
	return names, nil
}
