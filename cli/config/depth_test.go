package config

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A file is nested only so deep, in each format and by each way to nest: the paths of its nodes take the square of its depth, and
// decoders call themselves for each level.
func TestAFileIsNestedOnlySoDeep(t *testing.T) {
	for _, n := range []int{2 * maxDepth, 300_000} {
		for name, text := range map[string]string{
			"lists.json":   strings.Repeat("[", n) + strings.Repeat("]", n),
			"open.json":    strings.Repeat("[", n),
			"objects.json": strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n),
			"flow.yaml":    strings.Repeat("[", n) + strings.Repeat("]", n),
			"lists.toml":   "a = " + strings.Repeat("[", n) + strings.Repeat("]", n),
			"inline.toml":  "a = " + strings.Repeat("{a = ", n) + "1" + strings.Repeat("}", n),
			"dotted.toml":  strings.Repeat("a.", n) + "a = 1",
			"quoted.toml":  strings.Repeat(`"a" . `, n) + "a = 1",
			"header.toml":  "[" + strings.Repeat("a.", n) + "a]",
			"a key.toml":   "a = {" + strings.Repeat("a.", n) + "a = 1}",
		} {
			err := NewFile(name, []byte(text)).Parse()
			if err == nil || name != "flow.yaml" && !strings.Contains(err.Error(), "nested") && !strings.Contains(err.Error(), "too early") {
				t.Errorf("%s with %d levels: %v", name, n, err)
			}
		}
	}
	for name, text := range map[string]string{
		"a.json": strings.Repeat("[", 400) + strings.Repeat("]", 400),
		"a.yaml": strings.Repeat("[", 400) + strings.Repeat("]", 400),
		"a.toml": "a = " + strings.Repeat("[", 400) + strings.Repeat("]", 400),
		// Brackets and dots in texts are no levels.
		"texts.toml": strings.Repeat("[[a]]\nb = \"[[[[[[[[[[{\"\nc = [\"a.b.c.d\", \"a.b.c.d\"]\n", 5_000) + "# " + strings.Repeat(".", 2_000),
	} {
		if err := NewFile(name, []byte(text)).Parse(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Aliases add only so many nodes, to all documents of a file together, and only so deep; what is written out may be as long as it is.
func TestAliasesMakeAFileOnlySoLarge(t *testing.T) {
	laughs := "---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 5; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	chain := "a0: &a0 x\n"
	for i := 1; i < 1000; i++ {
		chain += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for name, text := range map[string]string{
		"documents": strings.Repeat(laughs, 16),
		"itself":    "a: &a [*a, *a]\n",
		"chain":     chain,
	} {
		if _, err := parseYAML([]byte(text)); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
	// What is written out counts nothing: this list has a hundred nodes, and two aliases to three each.
	var list yaml.Node
	if err := yaml.Unmarshal([]byte("[&a {b: c}, *a, *a"+strings.Repeat(", x", 100)+"]"), &list); err != nil {
		t.Fatal(err)
	}
	y := yamlReader{copies: 10}
	if _, err := y.node(&list, 0); err != nil || y.copies != 10-2*2 {
		t.Errorf("%d copies are left, %v", y.copies, err)
	}
}

// Keys that are merged in replace none, and come in their order.
func TestMergedKeysComeLastAndOnce(t *testing.T) {
	all, err := parseYAML([]byte("one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\nx: {<<: [*one, *two], a: 0, d: 0}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(all[0].Get("x").JSON()), `{"a":0,"d":0,"b":1,"c":2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
