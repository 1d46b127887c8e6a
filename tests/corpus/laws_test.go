package corpus

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// asCase is a report's line as a case of the corpus, or nil.
func (r *report) asCase(t testing.TB) *Case {
	t.Helper()
	if len(r.Line) == 0 {
		return nil
	}
	var line struct {
		Signer  string
		Config  map[string]any
		Request struct {
			Method, URL, Body string
			Headers           map[string]string
		}
		Response *Response
		Now      time.Time
	}
	if err := json.Unmarshal(r.Line, &line); err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	c := &Case{Name: r.Name, Signer: line.Signer, Class: r.Want.Class, Causes: r.Want.Causes, Config: line.Config, Method: line.Request.Method, URL: line.Request.URL, Body: []byte(line.Request.Body), Response: line.Response, Now: line.Now}
	for name, value := range inOrder(line.Request.Headers) {
		c.Headers = append(c.Headers, [2]string{name, value})
	}
	return c
}

// everyCase is all corpora, without presets.
func everyCase(t testing.TB) []*Case {
	var all []*Case
	for _, r := range loadReports(t) {
		c := r.asCase(t)
		if c == nil || c.Signer == "custom" {
			continue
		}
		if _, err := presets.Lookup(c.Signer); err != nil { // presets have laws of their own: see presets_test.go
			all = append(all, c)
		}
	}
	return append(all, All()...)
}

// eachKind is everyCase if CORPUS_ALL is set, which takes minutes; else the first case of each cause, and of each class at each
// vendor and mode of one: what a law says of a kind of mistake, one request with it shows.
func eachKind(t testing.TB) (some []*Case) {
	seen := make(map[string]bool)
	for _, c := range everyCase(t) {
		kinds := []string{fmt.Sprintln(c.Signer, c.Config["signature_version"], c.Config["key_type"], c.Config["token"] != nil, c.Class)}
		kinds = append(kinds, c.Causes...)
		if os.Getenv("CORPUS_ALL") != "" || slices.ContainsFunc(kinds, func(kind string) bool { return !seen[kind] }) {
			some = append(some, c)
		}
		for _, kind := range kinds {
			seen[kind] = true
		}
	}
	return some
}

func found(t testing.TB, q *diagnose.Case) *diagnose.Finding {
	t.Helper()
	f, err := diagnose.Diagnose(q)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// asItIs are the findings for cases as they are, which several tests look at.
var asItIs = map[string]*diagnose.Finding{}

func foundAsItIs(t testing.TB, c *Case) *diagnose.Finding {
	t.Helper()
	key := c.Name + "\n" + string(c.Line())
	if asItIs[key] == nil {
		asItIs[key] = found(t, question(t, c))
	}
	return asItIs[key]
}

var secretOptions = []string{"secret_key", "private_token", "api_secret_key", "api_key", "token", "secret_access_key",
	"session_token", "private_key", "shared_secret"}

func withoutSecret(q *diagnose.Case) *diagnose.Case {
	other := *q
	other.Options = make(map[string]string)
	for name, value := range q.Options {
		if !slices.Contains(secretOptions, name) {
			other.Options[name] = value
		}
	}
	return &other
}

// names tells whether an answer names a mistake.
func names(f *diagnose.Finding) bool {
	return f.Class != diagnose.None && f.Class != diagnose.Unexplained && f.Causes[0] != "wrong_secret"
}

func TestWithTheSecretNoAnswerIsWorse(t *testing.T) {
	for _, c := range everyCase(t) {
		with, without := foundAsItIs(t, c), found(t, withoutSecret(question(t, c)))
		if !names(with) && with.Class != diagnose.None && names(without) {
			t.Errorf("%s: with the secret %v, without it %v", c.Name, with.Causes, without.Causes)
		}
		if without.Proved {
			t.Errorf("%s: %v is proved without the secret", c.Name, without.Causes)
		}
	}
}

// A search that finds nothing hides nothing of what the form shows: cases with a secret that is another one.
func TestWithAnotherSecretTheFormStillCounts(t *testing.T) {
	for _, c := range eachKind(t) {
		q := question(t, c)
		blind := found(t, withoutSecret(q))
		other := *q
		other.Options = make(map[string]string)
		for name, value := range q.Options {
			if slices.Contains(secretOptions, name) {
				value = "AnotherSecretOfNobody0123456789012345"
			}
			other.Options[name] = value
		}
		with := found(t, &other)
		if !names(with) && names(blind) {
			t.Errorf("%s: with another secret %v, without one %v", c.Name, with.Causes, blind.Causes)
		}
	}
}

func TestProvedIsWhatIsTrue(t *testing.T) {
	for _, c := range everyCase(t) {
		f := foundAsItIs(t, c)
		if !f.Proved || len(f.Causes) == 0 {
			continue
		}
		if !slices.Contains(c.Causes, f.Causes[0]) && !slices.Contains(c.Also, f.Causes[0]) {
			t.Errorf("%s: %v is proved, and it is %v", c.Name, f.Causes, c.Causes)
		}
	}
}

// When a request was sent is not known from when it is asked about: what is proved does not change with that.
func TestProvedDoesNotDependOnTheTimeOfTheQuestion(t *testing.T) {
	for _, c := range eachKind(t) {
		q := question(t, c)
		q.Asked = true
		if q.Response != nil {
			q.Response.Header.Del("Date")
		}
		sent := q.Now
		first := found(t, q)
		for _, later := range []time.Duration{37 * time.Minute, time.Hour, 2 * time.Hour, 26 * time.Hour, 400 * 24 * time.Hour} {
			q.Now = sent.Add(later)
			f := found(t, q)
			causes, before := f.Causes, first.Causes
			if slices.Contains(before, "date_not_sent") { // the date that was signed is looked for around the question
				causes, before = causes[:min(1, len(causes))], before[:1]
			}
			if f.Proved != first.Proved || !slices.Equal(causes, before) {
				t.Errorf("%s, asked %v later: %v, proved %v; at once %v, proved %v", c.Name, later, f.Causes, f.Proved, first.Causes, first.Proved)
			}
			if f.Class == diagnose.None && f.Proved && q.Response == nil && signs(c) && !strings.Contains(f.Explanation, "if it was sent within") {
				t.Errorf("%s, asked %v later: %s", c.Name, later, f.Explanation)
			}
		}
	}
}

// signs tells whether a case's credential signs a date.
func signs(c *Case) bool {
	return c.Signer != "carbonblack" && c.Config["token"] == nil && c.Config["key_type"] != "standard"
}

// A capture without Host was not sent to another host.
func TestNoHostIsNotAnotherHost(t *testing.T) {
	for _, c := range eachKind(t) {
		q := question(t, c)
		if len(q.Hosts) == 0 {
			q.Hosts = []string{q.Request.Host}
		}
		q.Request.Host, q.Address = "", ""
		if f := found(t, q); slices.Contains(f.Causes, "host_differs") && !slices.Contains(c.Causes, "host_differs") {
			t.Errorf("%s: %v", c.Name, f.Causes)
		}
	}
}

// What the vendor thinks is known from its answer only.
func TestWithoutAnAnswerNothingOfTheVendorIsProved(t *testing.T) {
	for _, c := range eachKind(t) {
		q := question(t, c)
		q.Response = nil
		if f := found(t, q); f.Proved && f.Class == "K" {
			t.Errorf("%s: %v", c.Name, f.Causes)
		}
	}
}
