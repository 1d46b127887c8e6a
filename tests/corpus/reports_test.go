package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// report is a request as somebody posted it in public, with the answer that is right. Credentials are made up.
type report struct {
	Name   string
	Source string
	Line   json.RawMessage // a line of `vendorsign diagnose`
	Args   []string        // or a command, with what it reads
	Stdin  string
	Files  map[string]string
	Want   struct {
		Class  string
		Causes []string
		Says   string // a part of the explanation
		Proved *bool
		Status *int
		Stderr []string // parts of it
		SameAs *struct {
			Stdin string
			Files map[string]string
		} `json:"same_as"`
	}
}

// reportFiles are the collections: one report a line.
var reportFiles = []string{"public", "threads", "kinds", "gateway", "hops"}

func loadReports(t testing.TB) []*report {
	t.Helper()
	var all []*report
	for _, name := range reportFiles {
		f, err := os.Open(filepath.Join("reports", name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			r := new(report)
			d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			d.DisallowUnknownFields()
			if err := d.Decode(r); err != nil {
				t.Fatalf("%s: %v in %.80s", name, err, lines.Text())
			}
			all = append(all, r)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// answer is what `vendorsign diagnose` prints of a request.
type answer struct {
	Class       string
	Causes      []string
	Explanation string
	Fix         string
	Proved      bool
	Error       string
}

var program = struct {
	sync.Once
	dir, file string
	err       error
	output    []byte
}{}

// built is the program, built once for all tests.
func built(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	program.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "corpus"); program.err != nil {
			return
		}
		program.file = filepath.Join(program.dir, "vendorsign")
		build := exec.Command("go", "build", "-o", program.file, "./cmd/vendorsign")
		build.Dir = filepath.Join("..", "..")
		program.output, program.err = build.CombinedOutput()
	})
	if program.err != nil {
		t.Fatalf("%v\n%s", program.err, program.output)
	}
	return program.file
}

func TestMain(m *testing.M) {
	status := m.Run()
	if program.dir != "" {
		os.RemoveAll(program.dir)
	}
	os.Exit(status)
}

// run calls the program in a folder with the files.
func run(t testing.TB, args []string, stdin string, files map[string]string) (status int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(built(t), args...)
	var out, notes bytes.Buffer
	c.Dir, c.Stdin, c.Stdout, c.Stderr = dir, strings.NewReader(stdin), &out, &notes
	if err := c.Run(); c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), notes.String()
}

func parseAnswer(t testing.TB, text string) (a answer) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Errorf("%v in %q", err, text)
	}
	return a
}

// Every report gets its answer from the command line.
func TestReportsAreAnswered(t *testing.T) {
	var right atomic.Int64
	all := loadReports(t)
	t.Run("reports", func(t *testing.T) {
		for _, r := range all {
			t.Run(r.Name, func(t *testing.T) {
				t.Parallel() // each is some runs of the program
				r.check(t)
				if !t.Failed() {
					right.Add(1)
				}
			})
		}
	})
	t.Logf("%d of %d reports are answered rightly", right.Load(), len(all))
}

func (r *report) check(t *testing.T) {
	args, stdin, files := r.Args, r.Stdin, r.Files
	if len(r.Line) > 0 {
		args, stdin = []string{"diagnose"}, string(r.Line)
	}
	status, stdout, stderr := run(t, args, stdin, files)
	for _, secret := range []string{"fakeSecretKeyForTestsOnly", "fedcba98765432100123456789abcdef", "fakeTcSecret", "FakeKey0123456789", "FAKESECRET0123456789"} {
		if strings.Contains(stdout+stderr, secret) {
			t.Errorf("the answer holds a secret: %s%s", stdout, stderr)
		}
	}
	if r.Want.SameAs != nil {
		for name, text := range r.Files {
			if r.Want.SameAs.Files[name] == "" {
				if r.Want.SameAs.Files == nil {
					r.Want.SameAs.Files = make(map[string]string)
				}
				r.Want.SameAs.Files[name] = text
			}
		}
		s, want, _ := run(t, args, r.Want.SameAs.Stdin, r.Want.SameAs.Files)
		if stdout != want || status != s || status == 2 {
			t.Errorf("status %d, want %d\n%s%s\nwant\n%s", status, s, stdout, stderr, want)
		}
		return
	}
	if r.Want.Status != nil && status != *r.Want.Status {
		t.Errorf("status %d, want %d: %s%s", status, *r.Want.Status, stdout, stderr)
	}
	for _, part := range r.Want.Stderr {
		if !strings.Contains(stderr, part) {
			t.Errorf("%q lacks %q", stderr, part)
		}
	}
	if r.Want.Class == "" {
		return
	}
	got := parseAnswer(t, stdout)
	if got.Class != r.Want.Class || !slices.Equal(got.Causes, r.Want.Causes) || !strings.Contains(got.Explanation, r.Want.Says) || r.Want.Proved != nil && got.Proved != *r.Want.Proved {
		t.Errorf("got\n%s%s\nwant %s %v %s", stdout, stderr, r.Want.Class, r.Want.Causes, r.Want.Says)
	}
}
