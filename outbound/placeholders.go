//go:build go1.21

package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Unfillable are faults of values with a placeholder that Caddy cannot fill in when it loads them, such as
// {http.request.header.X}: at load there is no request. Check assumes that whatever is in braces resolves; only Caddy refuses
// such a value, since in Traefik it is literal.
func Unfillable(options []signers.Option, v signers.Values) []signers.Fault {
	var faults []signers.Fault
	for _, key := range v.Names("") {
		name, inner, block := strings.Cut(key, ".")
		o, ok := signers.Find(options, name)
		// The block previous has the vendor's own options, in any spelling.
		if ok && block && name == "previous" {
			o, ok = signers.FindSpelt(options, inner)
		}
		if !ok || o.Verbatim || o.Kind == signers.File {
			continue
		}
		for _, value := range v[key] {
			// A JSON Web Key has braces of its own.
			if o.Kind == signers.Document && strings.Contains(value, `"`) { // an object
				continue
			}
			if credentials.Unfillable(value) && credentials.Misspelt(value, false) == nil { // which has a fault of its own
				faults = append(faults, signers.Fault{Option: name, Inner: inner, Text: strings.Replace(key, ".", ": ", 1) + unfillable})
				break
			}
		}
	}
	return faults
}

const unfillable = ": it has a placeholder that is not replaced here; write {env.NAME} or {file./path}"
