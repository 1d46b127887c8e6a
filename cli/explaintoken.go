package cli

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// madeJWT is a JSON Web Token in a request, which is as good as the key that signed it for as long as it lives.
var madeJWT = regexp.MustCompile(`eyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+`)

// explainToken fills in the first request for the token, with the names of secrets in their place.
// Requests that follow it depend on its answer.
func (x *explanation) explainToken(from *signers.TokenSource, host string, at signers.Moment, hide func(string) string) {
	if from == nil {
		return
	}
	step := &signers.TokenStep{Host: host, Current: from.First, Time: at.Time, Nonce: at.Nonce}
	// Some token services want a nonce of their own. A fresh one is as good as any here.
	if step.Nonce == "" && from.Nonce != "" {
		step.Nonce, _ = outbound.NewNonce(from.Nonce)
	}
	r, more, err := from.Next(step)
	if err != nil {
		return
	}
	shown := func(text string) string { return madeJWT.ReplaceAllString(hide(text), "{jwt}") }
	if !more {
		x.Notes = append(x.Notes, "the token is made by the gateway itself: no request fetches it")
		return
	}
	asked := tokenRequestOf(r, shown)
	x.Token = &asked
	// Addresses count the requests that a token takes, the one that ends it included.
	steps := len(from.Addresses(host))
	if from.End != nil {
		steps--
	}
	if steps > 1 {
		x.Notes = append(x.Notes, "more requests follow the one for the token, which depend on its answer")
	}
}

// lines are the request as it goes out, headers by name and then the body.
func (t *tokenRequest) lines() []string {
	lines := []string{t.Method + " " + t.URL}
	for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
		lines = append(lines, name+": "+t.Headers[name])
	}
	if t.Body != "" {
		lines = append(lines, "", strings.TrimSuffix(t.Body, "\n"))
	}
	return lines
}
