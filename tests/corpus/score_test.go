package corpus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/vectors"
)

// question makes of a case what the program reads from its line.
func question(t testing.TB, c *Case) *diagnose.Case {
	t.Helper()
	q := &diagnose.Case{Signer: c.Signer, Options: make(map[string]string), Now: c.Now}
	for name, value := range c.Config {
		if name == "host" {
			q.Hosts = []string{fmt.Sprint(value)}
			continue
		}
		if list, ok := value.([]any); ok { // of a line of JSON: as the program has it
			if q.Values == nil {
				q.Values = make(signers.Values)
			}
			for _, one := range list {
				q.Values[name] = append(q.Values[name], fmt.Sprint(one))
			}
			continue
		}
		if list, ok := value.([]string); ok {
			q.Values = signers.Values{name: list}
			value = strings.Join(list, ",")
		}
		q.Options[name] = fmt.Sprint(value)
	}
	_, rest, _ := strings.Cut(c.URL, "://")
	host, target, _ := strings.Cut(rest, "/")
	q.Request = signers.Message{Method: c.Method, Host: host, Target: "/" + target, Header: make(http.Header), Body: c.Body}
	for _, h := range c.Headers {
		q.Request.Header.Add(h[0], h[1])
	}
	if c.Response != nil {
		q.Response = &diagnose.Response{Status: c.Response.Status, Header: make(http.Header), Body: []byte(c.Response.Body)}
		for k, v := range c.Response.Headers {
			q.Response.Header.Set(k, v)
		}
	}
	return q
}

type score struct{ all, class, cause, proved, provable int }

func (s score) String() string {
	return fmt.Sprintf("%d cases: right class %d (%.1f %%), right cause %d (%.1f %%), proved %d of %d that can be",
		s.all, s.class, 100*float64(s.class)/float64(s.all), s.cause, 100*float64(s.cause)/float64(s.all), s.proved, s.provable)
}

var session = struct {
	sync.Once
	findings []*diagnose.Finding
	err      error
}{}

// inOneSession are the findings for All, each after those before it, as the program reads lines.
func inOneSession(t testing.TB) []*diagnose.Finding {
	t.Helper()
	session.Do(func() {
		var s diagnose.Session
		slowest, name := time.Duration(0), ""
		for _, c := range All() {
			start := time.Now()
			f, err := s.Diagnose(question(t, c))
			if err != nil {
				session.err = fmt.Errorf("%s: %w", c.Name, err)
				return
			}
			if took := time.Since(start); took > slowest {
				slowest, name = took, c.Name
			}
			session.findings = append(session.findings, f)
		}
		t.Logf("slowest %v (%s)", slowest, name)
	})
	if session.err != nil {
		t.Fatal(session.err)
	}
	return session.findings
}

func TestTheCorpusIsDiagnosed(t *testing.T) {
	var total score
	classes := make(map[string]int)
	findings := inOneSession(t)
	for i, c := range All() {
		f := findings[i]
		total.all++
		classes[f.Class]++
		two := strings.Contains(c.Name, "two: ")
		class := f.Class == c.Class
		cause := len(f.Causes) == 0 && c.Class == "none" || len(f.Causes) > 0 && (slices.Contains(c.Causes, f.Causes[0]) || slices.Contains(c.Also, f.Causes[0]))
		if two {
			class = len(f.Causes) > 0 && slices.ContainsFunc(c.Causes, func(id string) bool { return diagnose.ClassOf(id) == f.Class })
			sorted := slices.Sorted(slices.Values(f.Causes))
			cause = slices.Equal(sorted, slices.Sorted(slices.Values(c.Causes)))
		}
		if class {
			total.class++
		} else {
			t.Errorf("%s: class %s %v, want %s %v\n\t%s", c.Name, f.Class, f.Causes, c.Class, c.Causes, f.Explanation)
		}
		if cause {
			total.cause++
		} else if class {
			t.Logf("%s: cause %v, want %v", c.Name, f.Causes, c.Causes)
		}
		if c.Proved {
			total.provable++
			if f.Proved {
				total.proved++
			} else {
				t.Logf("%s: %v is not proved", c.Name, f.Causes)
			}
		} else if f.Proved && c.Class == "J" {
			t.Errorf("%s: proved, and it cannot be", c.Name)
		}
		if two {
			continue
		}
		if len(f.Causes) > 1 {
			t.Logf("%s: more causes than mistakes: %v", c.Name, f.Causes)
		}
	}
	t.Logf("%v; classes %v", total, classes)
	if total.all < 150 || total.class != total.all || total.cause != total.all {
		t.Errorf("score too low: %v", total)
	}
	for _, c := range diagnose.Classes {
		if classes[c.Letter] == 0 {
			t.Errorf("no case of class %s", c.Letter)
		}
	}
}

func TestNoVectorIsCalledBroken(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	var session diagnose.Session
	checked := 0
	for _, v := range all {
		if v.TokenSource() || v.CanonicalOnly {
			continue
		}
		c, err := v.Case()
		if err != nil {
			t.Fatal(err)
		}
		q := &diagnose.Case{Signer: c.Vendor, Options: make(map[string]string), Now: c.Time}
		for name, value := range c.Config {
			q.Options[name] = fmt.Sprint(value)
		}
		q.Request = signers.Message{Method: c.Method, Host: c.Host, Target: c.Target, Header: c.Header.Clone(), Body: c.Body}
		for k, values := range c.WantHeader {
			q.Request.Header[k] = values
		}
		for _, response := range []*diagnose.Response{nil, {Status: 200, Body: []byte(`{"stat":"OK"}`)}} {
			q.Response = response
			f, err := session.Diagnose(q)
			if err != nil {
				t.Fatal(err)
			}
			if f.Class != diagnose.None || !f.Proved {
				t.Errorf("%s: %s %v, proved %v: %s", v.ID(), f.Class, f.Causes, f.Proved, f.Explanation)
			}
			if got := signers.Join(f.Right); c.WantCanonical != "" && got != c.WantCanonical && c.Vendor != "cortex" {
				t.Errorf("%s: canonical\n%q, want\n%q", v.ID(), got, c.WantCanonical)
			}
		}
		checked++
	}
	if checked < 300 {
		t.Errorf("only %d vectors were looked at", checked)
	}
}

func TestLinesAreJSON(t *testing.T) {
	for _, c := range All() {
		if !json.Valid(c.Line()) {
			t.Errorf("%s: %s", c.Name, c.Line())
		}
	}
}
