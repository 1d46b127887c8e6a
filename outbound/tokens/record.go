//go:build go1.21

package tokens

import (
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// record is how a token is stored, as JSON that is encrypted (store.go). Gateways of other versions read it: a field may be
// added, with a zero value that means what its absence does, and none may change its meaning.
//
//	{"token":"eyJ...","expires":1767326645,"issued":1767323045,"number":7,"renewing":0,"by":"","retry":0,"failures":0}
type record struct {
	Token    string `json:"token"`
	Expires  int64  `json:"expires"`  // unix seconds; 0: not known
	Issued   int64  `json:"issued"`   // unix seconds
	Number   int64  `json:"number"`   // counts renewals, so that no clock decides which of two tokens is newer
	Renewing int64  `json:"renewing"` // since which unix second a gateway is about to end this token; 0: none is
	By       string `json:"by"`       // the gateway that is about to renew it
	Retry    int64  `json:"retry"`    // after a failure nobody tries again before that unix second
	Failures int    `json:"failures"` // in a row

	More map[string]string `json:"more,omitempty"` // other values that came with the token
	Nano int64             `json:"nano,omitempty"` // nanoseconds to add to Expires: they matter for tokens that live a few seconds
}

// tokenOf is the token of a record; one without a text if it has none.
func tokenOf(r record) signers.Token {
	token := signers.Token{Text: r.Token, More: r.More}
	if r.Expires != 0 {
		token.Expires = time.Unix(r.Expires, r.Nano)
	}
	return token
}

// newRecord is the record of a token from the renewal with that number. A token that seems to have expired when it was issued
// has a lifetime that is not known.
func newRecord(token signers.Token, issued time.Time, number int64) record {
	r := record{Token: token.Text, Issued: issued.Unix(), Number: number, More: token.More}
	if token.Expires.After(issued) {
		r.Expires = token.Expires.Unix()
		r.Nano = int64(token.Expires.Nanosecond())
	}
	return r
}

// newer reports whether the stored token comes from a later renewal than the gateway's. The numbers may be equal if
// one of the two was renewed while the store failed.
func newer(kept record, token signers.Token, number int64) bool {
	return kept.Token != "" && kept.Token != token.Text && kept.Number >= number
}

// validRecord reports whether the stored token can be used.
func validRecord(kept record, now time.Time) bool {
	return kept.Token != "" && (kept.Expires == 0 || now.Before(tokenOf(kept).Expires))
}

// announced reports whether another gateway is about to end the stored token. One that announced it long ago has died; one
// that did so in the future has another clock, which followFor bounds as well.
func announced(kept record, now time.Time) bool {
	since := now.Sub(time.Unix(kept.Renewing, 0))
	return since < followFor && since > -followFor
}
