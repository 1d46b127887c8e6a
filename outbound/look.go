//go:build go1.21

package outbound

import (
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

func recordOf(token signers.Token, issued time.Time, number int64) record {
	r := record{Token: token.Text, Issued: issued.Unix(), Number: number}
	if token.Expires.After(issued) {
		r.Expires = token.Expires.Unix()
	}
	return r
}

// newer reports whether what is stored comes from a later renewal than the token that a gateway has. The number
// may be the same where one of the two was renewed while the store failed.
func newer(kept record, token signers.Token, number int64) bool {
	return kept.Token != "" && kept.Token != token.Text && kept.Number >= number
}

func validRecord(kept record, now time.Time) bool {
	return kept.Token != "" && (kept.Expires == 0 || now.Unix() < kept.Expires)
}

// announced reports whether another gateway is about to end the stored token. One that announced it long ago died.
func announced(kept record, now time.Time) bool {
	since := now.Sub(time.Unix(kept.Renewing, 0))
	return since < tokenFollow && since > -tokenFollow
}

// mayLook reports whether what other gateways did is to be looked for before the token is used: where it may have
// ended, and twice a second at most.
func mayLook(t *tokens, now time.Time) bool {
	since := now.Sub(t.looked)
	return (t.replaces || t.suspect) && (since >= tokenLook || since < 0)
}

// lookToken takes a newer token from the store, or joins the renewal that another gateway announces.
func lookToken(t *tokens, now time.Time, s *shared, say func(news string)) {
	t.looked, t.suspect = now, false
	var own record // to be saved, if the store failed before
	if t.unsaved && t.replaces {
		own = recordOf(t.token, t.issued, t.number)
	}
	kept, err := lookStored(t, own, s, t.replaces && !now.Before(t.due))
	tellFailure(t, err, say)
	if err != nil {
		return
	}
	t.unsaved = false
	switch {
	case newer(kept, t.token, t.number) && validRecord(kept, now):
		takeToken(t, kept)
	case newer(kept, t.token, t.number) && t.replaces, announced(kept, now):
		t.due, t.retry = time.Time{}, time.Time{}
	}
}

// lookStored waits for the store, while the others go on unless the token is about to be renewed.
func lookStored(t *tokens, own record, s *shared, exclusive bool) (record, error) {
	t.looking = true
	release(t, exclusive)
	defer resume(t)
	kept, err := loadRecord(s)
	if err == nil && own.Token != "" && !newer(kept, signersToken(own), own.Number) {
		return own, saveRecord(s, own)
	}
	return kept, err
}

// takeToken makes the stored token the current one.
func takeToken(t *tokens, kept record) {
	t.renewals.Others++
	t.number, t.unsaved = kept.Number, false
	useToken(t, signersToken(kept), time.Unix(kept.Issued, 0))
	if kept.Expires == 0 {
		t.due = t.issued.Add(tokenUnknown)
	}
}
