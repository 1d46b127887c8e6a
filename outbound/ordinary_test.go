package outbound

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all"
)

// allGuards are the guards of all vendors, by their entries.
func allGuards(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for _, name := range signers.Names() {
		scheme, err := signers.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		v := make(signers.Values)
		for _, o := range scheme.Options {
			if o.Sample != "" || o.Secret {
				v[o.Name] = []string{o.Example()}
			}
		}
		signer, faults := scheme.Signer(v)
		if len(faults) > 0 {
			continue // its options cannot be used together
		}
		traits := signer.Traits()
		if len(traits.Guards) > 0 {
			all[name] = traits.Guards
		}
		if len(traits.Multiplexed) > 0 {
			all[name+" multiplexed"] = []string{"* " + strings.Join(traits.Multiplexed, " ")}
		}
	}
	if len(all) < 25 {
		t.Fatalf("guards of %d vendors were found", len(all))
	}
	return all
}

// What the fast expression takes for ordinary is never what the slow one would have left to Sign for its path.
func TestAnOrdinaryTargetIsNotAGuardedOne(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	const letters = "abckKsSz019_-.:@~%;/\\?&=+#\u017f\u212a \x00"
	for name, entries := range allGuards(t) {
		ordinary, suspect, g := newOrdinary(entries), newSuspect(entries), mustGuards(t, entries)
		var names []string
		for _, entry := range entries {
			for _, pattern := range strings.Fields(entry)[1:] {
				names = append(names, strings.Split(strings.Trim(pattern, "/"), "/")...)
			}
		}
		taken := 0
		for range 4000 {
			var b strings.Builder
			for range 1 + r.IntN(6) {
				b.WriteString("/")
				word := strings.ReplaceAll(names[r.IntN(len(names))], "*", "x")
				switch r.IntN(5) {
				case 0:
					word = strings.ToUpper(word)
				case 1:
					word = word[:r.IntN(len(word)+1)]
				case 2:
					at := r.IntN(len(word) + 1)
					word = word[:at] + string([]rune(letters)[r.IntN(len([]rune(letters)))]) + word[at:]
				case 3:
					word = "devices"
				}
				b.WriteString(word)
			}
			path := b.String()
			target := path + []string{"", "?", "?a=1", "?a=%20b&c=/" + names[0], "?a b"}[r.IntN(5)]
			if !ordinary.MatchString(target) {
				continue
			}
			taken++
			if path, _, _ = strings.Cut(target, "?"); suspect.MatchString(path) || unguarded.MatchString(target) {
				t.Fatalf("%s: %q is ordinary, and suspect", name, target)
			}
			for _, method := range []string{"GET", "POST", "DELETE"} {
				if held, complete := holds(g, method, path); held || !complete {
					t.Fatalf("%s: %s %q is ordinary, and held", name, method, target)
				}
			}
		}
		if taken == 0 && ordinary.String() != nothing {
			t.Errorf("%s: no target is ordinary", name)
		}
	}
}

func mustGuards(t *testing.T, entries []string) *guards {
	t.Helper()
	g, err := newGuards(entries)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestUsualTargetsAreOrdinary(t *testing.T) {
	guards := []string{"* /config /**/apitoken* /api/v1/users/*/keys", "POST /auth/x.y"}
	tests := []struct {
		target    string
		unguarded bool
		guarded   bool
	}{
		{"/devices", true, true},
		{"/devices?seensince=2hour&count=50", true, true},
		{"/api/v1.1/summary_statistics/a:b@c~d?x=%C3%A4+b&y=(1)", true, true},
		{"/con", true, true},
		{"/conf.ig", true, true},
		{"/api/v1/users", true, true},
		{"/config", true, false},
		{"/CONFIG/x", true, false},
		{"/a/configuration", true, false}, // suspect says that it is allowed
		{"/a/b/apiTokens?x=1", true, false},
		{"/keys", true, false},
		{"/x.y", true, true},
		{"/auth", true, false}, // x is too short to tell
		{"/", false, false},
		{"/a/", false, false},
		{"/a//b", false, false},
		{"/a/.b", false, false},
		{"/a./b", false, false},
		{"/a..b", false, false},
		{"/a;b", false, false},
		{"/a%2Fb", false, false},
		{"/a?", false, false},
		{"/a?b#c", false, false},
		{"/a?b\x00", false, false},
		{"/\u212a", false, false}, // the sign for Kelvin
		{"a", false, false},
		{"", false, false},
	}
	ordinary := newOrdinary(guards)
	for _, test := range tests {
		if got := unguardedOrdinary.MatchString(test.target); got != test.unguarded {
			t.Errorf("%q without guards: %v", test.target, got)
		}
		if got := ordinary.MatchString(test.target); got != test.guarded {
			t.Errorf("%q with guards: %v", test.target, got)
		}
	}
	if !newOrdinary([]string{"* /" + strings.Repeat("keys", 1000)}).MatchString("/keys?x=/keys") {
		t.Error("a guarded path with a long name makes a short one unusual")
	}
	var many []string
	for n := range manyWords + 1 {
		many = append(many, fmt.Sprintf("/word%d", n))
	}
	if newOrdinary([]string{"* " + strings.Join(many, " ")}).String() != nothing {
		t.Error("an expression is made of very many names")
	}
	if every := "* /" + strings.Join(strings.Split(nameLetters, ""), " /"); newOrdinary([]string{every}).MatchString("/x") {
		t.Error("a target is ordinary although each name is guarded")
	}
	if newOrdinary([]string{"* /**"}).MatchString("/devices") {
		t.Error("a target is ordinary although every path is guarded")
	}
}
