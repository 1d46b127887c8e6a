package corpus

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// presetCases are requests to vendors that are data, each with one mistake or none. They were made once, by a signing of their own
// that was written from the vendors' documents.
func presetCases(t testing.TB) []*Case {
	t.Helper()
	f, err := os.Open("presets/requests.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []*Case
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		r := new(report)
		if err := json.Unmarshal(lines.Bytes(), r); err != nil {
			t.Fatalf("%v in %.80s", err, lines.Text())
		}
		if strings.Contains(lines.Text(), `"body_b64"`) {
			t.Fatalf("body_b64 is not read here: give the text of the body in %.80s", lines.Text())
		}
		c := r.asCase(t)
		if _, err := presets.Lookup(c.Signer); err != nil {
			t.Log(err) // a file that this version does not take is the matter of other tests
			continue
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// presetSecrets are the options of a vendor that are secret.
func presetSecrets(t testing.TB, vendor string) (names []string) {
	t.Helper()
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range scheme.Options {
		if o.Secret {
			names = append(names, o.Name)
		}
	}
	return names
}

func TestPresetsAreDiagnosed(t *testing.T) {
	var total score
	good, vendors := 0, make(map[string]bool)
	slowest, name := time.Duration(0), ""
	for _, c := range presetCases(t) {
		vendors[c.Signer] = true
		start := time.Now()
		f := found(t, question(t, c))
		if took := time.Since(start); took > slowest {
			slowest, name = took, c.Name
		}
		if c.Class == diagnose.None {
			good++
			if f.Class != diagnose.None || !f.Proved && c.Response == nil {
				t.Errorf("%s: %s %v, proved %v, and it is right\n\t%s", c.Name, f.Class, f.Causes, f.Proved, f.Explanation)
			}
			continue
		}
		total.all++
		if f.Class == c.Class {
			total.class++
		}
		if len(f.Causes) > 0 && slices.Contains(c.Causes, f.Causes[0]) {
			total.cause++
		} else {
			t.Errorf("%s: %s %v, want %s %v\n\t%s", c.Name, f.Class, f.Causes, c.Class, c.Causes, f.Explanation)
		}
		if f.Proved {
			total.proved++
		}
		if f.Proved && !slices.Contains(c.Causes, f.Causes[0]) {
			t.Errorf("%s: %v is proved, and it is %v\n\t%s", c.Name, f.Causes, c.Causes, f.Explanation)
		}
	}
	t.Logf("%v; %d right ones, %d vendors; slowest %v (%s)", total, good, len(vendors), slowest, name)
	if total.all < 100 || good < 30 || len(vendors) < 10 || total.class < total.all || total.cause < total.all {
		t.Errorf("score too low: %v", total)
	}
}

// What holds for the vendors with code holds here: a secret makes no answer worse, and nothing is proved without one.
func TestPresetsWithTheSecretAreNoWorse(t *testing.T) {
	for _, c := range presetCases(t) {
		q := question(t, c)
		blind := *q
		blind.Options = maps.Clone(q.Options)
		for _, name := range presetSecrets(t, c.Signer) {
			delete(blind.Options, name)
		}
		with, without := found(t, q), found(t, &blind)
		if !names(with) && with.Class != diagnose.None && names(without) {
			t.Errorf("%s: with the secret %v, without it %v", c.Name, with.Causes, without.Causes)
		}
		if without.Proved {
			t.Errorf("%s: %v is proved without the secret", c.Name, without.Causes)
		}
		if c.Class == diagnose.None && without.Class != diagnose.None {
			t.Errorf("%s: without the secret %v, and it is right: %s", c.Name, without.Causes, without.Explanation)
		}
	}
}

func TestPresetsAreProvedWheneverOneAsks(t *testing.T) {
	for i, c := range presetCases(t) {
		if i%4 != 0 {
			continue
		}
		q := question(t, c)
		q.Asked = true
		sent := q.Now
		first := found(t, q)
		for _, later := range []time.Duration{time.Hour, 400 * 24 * time.Hour} {
			q.Now = sent.Add(later)
			f := found(t, q)
			causes, before := f.Causes, first.Causes
			if slices.Contains(before, "date_not_sent") {
				causes, before = causes[:min(1, len(causes))], before[:1]
			}
			if f.Proved != first.Proved || !slices.Equal(causes, before) {
				t.Errorf("%s, asked %v later: %v, proved %v; at once %v, proved %v", c.Name, later, f.Causes, f.Proved, first.Causes, first.Proved)
			}
		}
	}
}

// With a secret that is not the one, a request may be called wrong, and nothing but the credential may be proved to be.
func TestPresetsWithAnotherSecretAreNotProvedBroken(t *testing.T) {
	seen := make(map[string]bool)
	for i, c := range presetCases(t) {
		if c.Class != diagnose.None || seen[c.Signer] || i%2 > 0 && os.Getenv("CORPUS_ALL") == "" {
			continue
		}
		seen[c.Signer] = true
		q := question(t, c)
		q.Options = maps.Clone(q.Options)
		for _, name := range presetSecrets(t, c.Signer) {
			if v := q.Options[name]; v != "" {
				q.Options[name] = strings.NewReplacer("0", "1", "1", "2", "a", "b", "A", "B", "e", "f").Replace(v)
			}
		}
		if f := found(t, q); f.Proved && len(f.Causes) > 0 && f.Causes[0] != "wrong_secret" {
			t.Errorf("%s, with another secret: %v is proved", c.Name, f.Causes)
		}
	}
}

// Every vector of every preset, as its own signer signs it.
func TestNoVectorOfAPresetIsCalledBroken(t *testing.T) {
	checked := 0
	for _, name := range signers.Names() {
		p, err := presets.Lookup(name)
		if err != nil {
			continue
		}
		scheme := p.Scheme()
		for i := range p.Vectors {
			v := &p.Vectors[i]
			if v.Expect.Error != "" || v.Kind != "" && v.Kind != "sign" {
				continue
			}
			config := maps.Clone(v.Config)
			delete(config, "host")
			text, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			values, faults := signers.FromJSON(scheme.Options, text)
			if len(faults) > 0 {
				t.Fatal(name, v.ID, faults[0].Text)
			}
			signer, faults := scheme.Signer(values)
			if len(faults) > 0 {
				t.Log(name, v.ID, faults[0].Text) // other tests are for that
				continue
			}
			_, rest, _ := strings.Cut(v.Request.URL, "://")
			host, target, _ := strings.Cut(rest, "/")
			q := &diagnose.Case{Signer: name, Options: make(map[string]string), Values: values, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			q.Request = signers.Message{Method: v.Request.Method, Host: host, Target: "/" + target, Header: make(http.Header), Body: []byte(v.Request.Body)}
			for header, raw := range v.Request.Headers {
				var one string
				if json.Unmarshal(raw, &one) == nil && !slices.Contains(signer.Traits().Owns, http.CanonicalHeaderKey(header)) {
					q.Request.Header.Set(header, one)
				}
			}
			nonce := v.Nonce
			if nonce == "" {
				nonce = "00112233445566778899aabbccddeeff"
			}
			at := &signers.Moment{Time: q.Now, Date: signer.Date(q.Now), Nonce: nonce, Token: "token"}
			if err := signer.Sign(&q.Request, at); err != nil {
				t.Fatal(name, v.ID, err)
			}
			for option, list := range values {
				if len(list) == 1 {
					q.Options[option] = list[0]
				}
			}
			// That a fetched token is the right one cannot be proved, unless the request is signed besides.
			fetched := signer.Traits().Tokens != nil && !strings.Contains(strings.Join(p.Operations, "\n"), "|sha256")
			if f := found(t, q); f.Class != diagnose.None || !f.Proved && !fetched {
				t.Errorf("%s, %s: %s %v, proved %v: %s", name, v.ID, f.Class, f.Causes, f.Proved, f.Explanation)
			}
			checked++
		}
	}
	if checked < 90 {
		t.Errorf("only %d vectors were looked at", checked)
	}
}
