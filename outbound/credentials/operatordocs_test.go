package credentials

import (
	"os"
	"strings"
	"testing"
)

// An operator sets what a page names. Two pages list the variables: one with the options, one for who installs Traefik.
func TestThePagesListEveryVariableOfTheOperator(t *testing.T) {
	for _, name := range []string{"options.md", "install-traefik.md"} {
		page, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, variable := range append([]string{sourcesVariable("aws")}, operatorVariables...) {
			if !strings.Contains(string(page), "\n| `"+variable+"` |") {
				t.Errorf("%s has no row for %s", name, variable)
			}
		}
	}
}
