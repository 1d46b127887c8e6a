//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Sign is the method of that name, for callers that are interpreted: a method call costs several times as much as a function
// call, and a call of a function costs more the larger its body is. So code that few requests need is in separate functions.
// Other functions that have a method's name refer to this one for their reason.
func Sign(s *Snapshot, r *http.Request, target string) Outcome {
	return sign(s, r, r.Header, target, false)
}

// sign signs r, which came with header; clean says that r.Header is a cleansed copy of it. It is the only way to sign, except
// for Quick, which does the same for simple requests. The steps, each of which may end with o.Problem:
//
//	hint     what the client says of how to sign                      a scheme with Traits.Hint
//	admit    may it be signed, and for which host                     or readmit, for repetitions and probes
//	app      is an app required, and may it do this                   admitApp
//	cleanse  remove what must not reach the vendor                    in place, or done before (SignCopy)
//	gather   body, token, nonce, a place in the rates                 only if one of them is needed
//	sign     the scheme's own; then r.Host and o.Target are set
//
// What a step takes (memory, places in rates) is in o, and undo gives it back if a later one fails.
func sign(s *Snapshot, r *http.Request, header http.Header, target string, clean bool) Outcome {
	c, g := s.credential, s.gate
	m := &signers.Message{Method: r.Method, Host: c.hosts[0], Target: target, Header: r.Header}
	o := &Outcome{ClockDue: s.due, SettleDue: s.settle, FirstDue: s.first, credential: c, token: s.moment.Token,
		more: s.moment.More, repeated: s.repeated, probe: s.probe}
	if o.Problem = AdmitSize(header, target, clean); o.Problem != nil {
		return *o
	}
	// Before anything is removed: the client's own signature says region and service, for example.
	if c.traits.Hint != nil {
		if o.hint, o.Problem = takeHint(s, c, m, header); o.Problem != nil {
			return *o
		}
	}
	// A repetition was admitted as a client's request, and a probe has no client. Neither may be refused for what the first attempt
	// added or removed.
	if s.repeated || s.probe {
		if o.Problem = readmit(c, r, m); o.Problem != nil {
			return *o
		}
	} else if o.Problem = admit(g, c, r, header, m); o.Problem != nil {
		if o.Problem.Kind == kindNotAllowed.name {
			explainUnlisted(g, c, o.Problem, m)
		}
		return *o
	} else {
		if c.allow != nil {
			noteListed(c)
		}
		if o.Problem = admitApp(g, c, r, m); o.Problem != nil {
			return *o
		}
	}
	// A gateway with a proxy behind it: its headers are cleansed in place, and a head that its client could not send is refused here.
	// Gateways that send the request themselves get a copy (SignCopy), and tell from the error that a head was too large.
	if !clean {
		cleanse(c.cleanser, r.Header)
		if o.Problem = admitHead(r, target, m.Host); o.Problem != nil {
			return *o
		}
	} else if nominations, ok := r.Header["Connection"]; ok {
		resolveConnection(r.Header, nominations)
	}
	r.Trailer = nil // its names would reach an HTTP/2 vendor
	delete(r.Header, "Trailer")
	// Most schemes sign a date that serves all requests of a second. The others, and bodies that are covered, need more.
	at := s.moment
	if s.gathers || r.Body != nil && c.covers && r.Body != http.NoBody || c.fresh {
		if at, o.Problem = gather(s, r, m, o); o.Problem != nil {
			return *o
		}
	}
	// The moment may be that of other requests, too, so it is copied.
	if o.hint != nil {
		hinted := *at
		hinted.Hint = o.hint
		at = &hinted
	}
	if err := c.sign(m, at); err != nil {
		o.Problem = signProblem(err, o)
		return *o
	}
	o.Target = m.Target
	r.Host = m.Host
	if r.Body != nil && r.Body != http.NoBody {
		closeAfter(g, r, o)
	}
	if g.OnSigned != nil {
		// As it came, before Sign put it in order: Canonical does so itself.
		m.Target = target
		g.OnSigned(m, *at)
	}
	return *o
}

// readmit sets the host of a request that was admitted before, or is the gateway's own. A file may have brought other hosts
// since the first attempt; then the request cannot go to the host that it was for. A probe's host is set by its sender.
func readmit(c *credential, r *http.Request, m *signers.Message) *Problem {
	if host, ok := hostFor(c, r.Host); ok {
		m.Host = host
	} else if several(c) {
		return problem(kindWrongHost, wrongHostText)
	}
	if c.insecure {
		looped(r.Header) // marks it, if the first attempt did not
	}
	return nil
}

// gather collects what the signature needs in addition to the message's head, and waits if the credential has to. The order matters: what
// refuses a request comes before its body is read, the place in the rates after it, and the moment is taken at the end, because
// a body may take long to arrive and vendors accept dates of a few minutes only.
func gather(s *Snapshot, r *http.Request, m *signers.Message, o *Outcome) (*signers.Moment, *Problem) {
	c, g := s.credential, s.gate
	if c.absent != "" {
		return nil, absentProblem(g, c)
	}
	now := g.Now()
	counting := countingRates(c, m.Target)
	if p := mayGo(o, counting, now, m.Target); p != nil {
		return nil, p
	}
	if r.Body != nil && r.Body != http.NoBody && coversBody(c, r.Method) {
		if p := admitUnsigned(c, m); p != nil {
			return nil, p
		}
		if !streamsCovered(c, r, m) {
			if p := readCovered(c, r, m, o); p != nil {
				Release(o.Held)
				return nil, p
			}
		}
	}
	at, p := gatherMoment(s, o)
	if p == nil && len(counting) > 0 {
		// Taken as the last thing, so that a request that is not sent takes no place.
		waited := false
		// The request waited for its turn: the moment, token included, may be too old by now.
		if waited, p = waitTurn(g, r, o, counting, m.Target); waited && p == nil {
			at, p = gatherMoment(s, o)
		}
	}
	if p != nil {
		undo(o)
		return nil, p
	}
	return at, nil
}

// watchedService is a service whose requests OnFetch and the trail see, if they are set. It is made for each request that may
// need a token, since the gateway may set them after the credential was made.
func watchedService(g *Gate, service tokens.Service) tokens.Service {
	if g.trail != nil {
		service = auditedService(g, service)
	}
	see, fetch := g.OnFetch, service.Fetch
	if see == nil {
		return service
	}
	service.Fetch = func(r signers.TokenRequest) (signers.TokenAnswer, error) {
		begin := time.Now()
		answer, err := fetch(r)
		see(r, answer, time.Since(begin), err)
		return answer, err
	}
	return service
}

// undo gives back what a request took if it is not sent: its body's memory and its place in the rates. A second call gives
// nothing back twice.
func undo(o *Outcome) {
	Release(o.Held)
	o.Held = 0
	limits.Cancel(o.turn)
}

// signProblem is the answer to a request that the signer refused. Errors of the message and its body are for the client to
// correct, those of rights for the operator; any other means that the credential is not usable. Their texts quote nothing.
//
//	signers.ErrMessage 400 unsignable    signers.ErrRights 403 not-allowed    signers.ErrBody, errHuge 413    errBusy, others 503
func signProblem(err error, o *Outcome) *Problem {
	undo(o)
	switch {
	case errors.Is(err, signers.ErrMessage):
		return problem(kindUnsignable, signers.Detail(err))
	case errors.Is(err, signers.ErrRights):
		return problem(kindNotAllowed, signers.Detail(err))
	case errors.Is(err, signers.ErrBody):
		return problem(kindBodyLarge, signers.Detail(err))
	case errors.Is(err, errHuge):
		return problem(kindBodyLarge, err.Error())
	case errors.Is(err, errBusy):
		return busyProblem()
	}
	return problem(kindUnavailable, err.Error())
}
