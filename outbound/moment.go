//go:build go1.21

package outbound

import (
	"net/http"

	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// gatherMoment makes the moment of one request, with a token and a nonce: after its body has arrived, since vendors accept a
// date for minutes only. o gets what a repetition needs. The problem is a 503: the token service cannot be reached or
// refuses, or the system has no random numbers.
//
//	s.moment has the token, if it is settled for this second (newSnapshot); otherwise tokens.Get may send a request, and wait
func gatherMoment(s *Snapshot, o *Outcome) (*signers.Moment, *Problem) {
	c, g := s.credential, s.gate
	token := signers.Token{Text: s.moment.Token, More: s.moment.More}
	if c.tokened && token.Text == "" {
		var failure *tokens.Failure
		if token, failure = tokens.Get(c.state.tokens, g.Now(), watchedService(g, c.service), g.OnNews); failure != nil {
			p := problem(kindUnavailable, failure.Text)
			p.RetryAfter = failure.RetryAfter
			return nil, p
		}
	}
	at := freshMoment(s, nil)
	if at == nil {
		return nil, problem(kindUnavailable, errRandom.Error())
	}
	at.Token, o.token = token.Text, token.Text
	at.More, o.more = token.More, token.More
	return at, nil
}

// freshMoment is the moment of one request, with a nonce if it takes one. It is nil if the system's random source fails. For
// Quick, which gives the request, it has what the client says of how it is to be signed, too, and is nil if Sign must say
// what is wrong with that. Sign calls it without a request: its hint is in the Outcome.
func freshMoment(s *Snapshot, r *http.Request) *signers.Moment {
	if r != nil && s.hinted {
		return hintedMoment(s, r)
	}
	at := &signers.Moment{Time: s.gate.Now().Add(s.offset), Token: s.moment.Token, More: s.moment.More}
	at.Date = s.credential.date(at.Time)
	if s.credential.nonced {
		nonce, err := drawNonce(s.credential.nonceForm, s.credential.nonceSize)
		if err != nil {
			return nil
		}
		at.Nonce = nonce
	}
	return at
}

// hintedMoment is freshMoment for Quick, where the client says how its request is to be signed. It is a copy of the
// snapshot's moment, which other requests use at the same time.
func hintedMoment(s *Snapshot, r *http.Request) *signers.Moment {
	at := *s.moment
	if s.credential.fresh {
		fresh := freshMoment(s, nil)
		if fresh == nil {
			return nil
		}
		at = *fresh
	}
	m := &signers.Message{Method: r.Method, Host: s.host, Target: r.RequestURI}
	hint, p := takeHint(s, s.credential, m, r.Header)
	if p != nil {
		return nil
	}
	at.Hint = hint
	return &at
}
