package tests

import (
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// Templates are read interpreted, too: the package has one form for both runtimes.
func TestTemplatesAreReadInterpreted(t *testing.T) {
	i := interpret.Import(t, "signers/program")
	if _, err := i.Eval(`func read() string {
		templates, err := program.Templates([]string{"let pair = [[opt.id]]:[[opt.key]]", "header X = Basic [[pair|base64|reveal]]"})
		if err != nil {
			return err.Error()
		}
		part := templates[0].Parts[1]
		found, _ := program.Match(templates[0].Parts, "Basic am9lOnB3")
		plain, _ := program.Undo(part.Filters, found[1])
		inner, _ := program.Match(part.Parts, plain)
		return inner[0] + " and " + inner[2]
	}`); err != nil {
		t.Fatal(err)
	}
	got, err := i.Eval("read()")
	if err != nil || got.String() != "joe and pw" {
		t.Errorf("%v %v", got, err)
	}
}
