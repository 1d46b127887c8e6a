package capture

import (
	"strings"
	"testing"
)

// A script of a few lines cannot make more of itself than maxMade, in any of the ways in which a shell puts one text in the place of
// another, and substitutions are read only so deep.
func TestAScriptMakesOnlySoMuchOfItself(t *testing.T) {
	const curl = "\ncurl https://a.example/$A -H \"X: $A\"\n"
	scripts := map[string]string{
		"variable":     "A=xxxxxxxx" + strings.Repeat("\nA=$A$A", 60) + curl,
		"quoted":       "A=xxxxxxxx" + strings.Repeat("\nA=\"$A$A\"", 60) + curl,
		"appended":     "A=xxxxxxxx" + strings.Repeat("\nA+=$A", 60) + curl,
		"array":        "A=(x y)" + strings.Repeat("\nA=(\"${A[@]}\" \"${A[@]}\")", 60) + curl,
		"empty array":  "A=('' '')" + strings.Repeat("\nA+=(\"${A[@]}\")", 60) + curl,
		"joined":       "A=(xxxxxxxx y)" + strings.Repeat("\nA=(\"${A[*]} ${A[*]}\")", 60) + curl,
		"printed":      "A=xxxxxxxx" + strings.Repeat("\nA=$(echo $A$A)", 60) + curl,
		"base64":       "A=$(echo x" + strings.Repeat(" | base64", 30) + ")" + strings.Repeat("\nA=$(echo $A | base64 -w0)", 60) + curl,
		"replaced":     "A=xxxxxxxxxxxxxxxxxxxx" + strings.Repeat("\nA=${A//x/xxxxxxxxxxxxxxxxxxxx}", 12) + curl,
		"here-strings": "A=xxxxxxxx" + strings.Repeat("\nA=$(cat <<< \"$A$A\")", 60) + curl,
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			sh := &shell{text: script}
			err := sh.run()
			if err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
				t.Errorf("it is read: %v", err)
			}
			held := 0
			for _, c := range sh.commands {
				held += len(strings.Join(c.words, " "))
			}
			for _, values := range sh.values {
				held += len(values) + len(strings.Join(values, " "))
			}
			if held > 2*maxMade {
				t.Errorf("it holds %d bytes", held)
			}
		})
	}
}

// Substitutions within each other take as many steps as there are, and not the square or a power.
func TestNestedSubstitutionsAreReadOnce(t *testing.T) {
	steps := func(n int) int {
		sh := &shell{text: "curl https://a.example/ -d " + strings.Repeat("$(", n) + "echo a" + strings.Repeat(")", n)}
		if err := sh.run(); err != nil {
			t.Fatal(err)
		}
		return len(sh.unknown)
	}
	if few, many := steps(40), steps(320); many > few+maxNested {
		t.Errorf("%d and %d values are unknown", few, many)
	}
}

// A body that is written out in the script counts nothing, however long it is, and one that a variable holds its length.
func TestWhatIsWrittenOutIsNotCounted(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	sh := &shell{text: "A='" + long + "'\ncurl https://a.example/ -d '" + long + "' -d \"$A\" -d " + long}
	if err := sh.run(); err != nil {
		t.Fatal(err)
	}
	if n := len(long); sh.made < n || sh.made > 2*n+100 { // of "$A" one part or both may count it
		t.Errorf("%d bytes are counted", sh.made)
	}
}
