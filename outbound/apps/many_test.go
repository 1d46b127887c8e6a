package apps

import (
	"fmt"
	"strings"
	"testing"
)

func TestMoreAppsThanPermittedAreAFaultAlsoWhereSecretsAreForbidden(t *testing.T) {
	v, faults := New(Options{Vendor: "duo"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	setSource(v, nil, nil, func(string) bool { return false }, nil)
	list := make([]App, 0, maxApps+1)
	for i := 0; i <= maxApps; i++ {
		list = append(list, App{Name: fmt.Sprintf("app%d", i), KeyID: fmt.Sprintf("DI%018d", i), Secret: fmt.Sprintf("%040d", i)})
	}
	faults = SetApps(v, list)
	if len(faults) != 1 || !strings.Contains(faults[0].Text, "more than 10000 apps") {
		t.Errorf("the faults are %v", faults)
	}
}
