package vendorsim

import (
	"crypto/subtle"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// header returns the value of an owned header, "" without one. The name is compared without case here, not with
// http.Header.Get, because a caller may hand over names that no HTTP library has put in canonical form.
// disorder has made sure that there is one value at most.
func header(h http.Header, name string) string {
	for k, values := range h {
		if strings.EqualFold(k, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// allValues returns a copy of the values of a header in whatever spelling, several spellings of one always in the same order.
func allValues(h http.Header, name string) []string {
	var values []string
	for _, k := range slices.Sorted(maps.Keys(h)) {
		if strings.EqualFold(k, name) {
			values = append(values, h[k]...)
		}
	}
	return values
}

// hasHeader reports whether a header arrived, empty or not.
func hasHeader(h http.Header, name string) bool { return len(allValues(h, name)) > 0 }

// disorder tells what is wrong with the owned headers: one that arrived twice, or in a look-alike spelling with '_' for '-',
// which CGI-style servers fold into the real one. Either lets a client put a value of its own next to the gateway's, and
// vendors' front ends differ in which of the two they take. Here both are refused. Names are sorted, so that the same request
// always has the same reason.
//
//	Dtapi_Token: x                 -> the header "Dtapi_Token" is a look-alike of dtapi-token
//	Dtapi-Token: x, Dtapi-Token: y -> the header dtapi-token arrived more than once
func disorder(h http.Header, owned []string) string {
	count := map[string]int{}
	for _, k := range slices.Sorted(maps.Keys(h)) {
		name := strings.ToLower(k)
		plain := strings.ReplaceAll(name, "_", "-")
		if !isOwned(plain, owned) {
			continue
		}
		if plain != name {
			return fmt.Sprintf("the header %q is a look-alike of %s", k, plain)
		}
		count[name] += len(h[k])
		if count[name] > 1 {
			return fmt.Sprintf("the header %s arrived more than once", name)
		}
	}
	return ""
}

// isOwned compares a name in lower case with names and, where they end in *, prefixes.
func isOwned(name string, owned []string) bool {
	return slices.ContainsFunc(owned, func(o string) bool {
		if prefix, ok := strings.CutSuffix(o, "*"); ok {
			return strings.HasPrefix(name, prefix)
		}
		return name == o
	})
}

// credentialHeaders carry a credential or a signature at one of the vendors, or at a service whose clients
// share a network with theirs.
var credentialHeaders = []string{
	"authorization", "proxy-authorization", "x-auth-token", "x-amz-security-token",
	"dtapi-token", "dtapi-signature", "x-xdr-auth-id",
}

// leftovers names the credential headers that arrived although this vendor does not use them: a gateway should have removed
// them. They are reported with the answer, and do not decide it.
func leftovers(h http.Header, owned []string) []string {
	var names []string
	for k, values := range h {
		plain := strings.ReplaceAll(strings.ToLower(k), "_", "-")
		if len(values) > 0 && slices.Contains(credentialHeaders, plain) && !isOwned(plain, owned) {
			names = append(names, http.CanonicalHeaderKey(k))
		}
	}
	return names
}

// same compares a secret, or what is made from one, in a time that does not depend on where the texts differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
