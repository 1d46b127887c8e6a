//go:build go1.21

package credentials

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// PermitSource checks a source of a vendor's tokens that takes the gateway's own identity, such as that of the machine it
// runs on: the operator lists such sources in a variable of the vendor, by the words of signers.TokenSource.Grant. The list
// is no secret. Without the variable none is permitted.
func (o *Operator) PermitSource(vendor, grant string) *signers.Fault {
	variable := sourcesVariable(vendor)
	list, _ := o.lookup(variable)
	for _, entry := range strings.Split(list, ",") {
		if strings.TrimSpace(entry) == grant {
			return nil
		}
	}
	return &signers.Fault{Option: "credentials", Text: "credentials " + grant + " takes the gateway's own identity; the operator can permit " +
		"it in " + variable}
}

// sourcesVariable is the operator's variable that lists a vendor's sources.
func sourcesVariable(vendor string) string {
	return VarPrefix + strings.ToUpper(vendor) + sourcesSuffix
}

const sourcesSuffix = "_CREDENTIALS"

// listsSources reports whether a variable is the one of a vendor that has such sources, and not somebody's secret of that
// name: VENDORSIGN_ACME_CREDENTIALS may well be a secret, if acme has no option credentials.
func listsSources(name string) bool {
	if !strings.HasSuffix(name, sourcesSuffix) { // hardly any does, and to compare it with each vendor takes an interpreter long
		return false
	}
	for _, vendor := range signers.Natives() {
		if name != sourcesVariable(vendor) {
			continue
		}
		scheme, err := signers.Lookup(vendor)
		_, found := signers.Find(scheme.Options, "credentials")
		return err == nil && found
	}
	return false
}
