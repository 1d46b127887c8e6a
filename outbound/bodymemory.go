//go:build go1.21

package outbound

import (
	"errors"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/signers"
)

// bodyBudget bounds the memory of all bodies held at once by all signers of a process, in bytes. Requests beyond it get a 503
// with Retry-After: a gateway that runs out of memory signs nothing for anybody. It is fixed, since what a process may use is
// not known here; Go may need twice as much until its garbage collector has run (docs/wire.md).
const bodyBudget = 576 << 20

// buffered is what is taken of bodyBudget. Each taker adds first and looks then: two that meet at the limit may both be refused, but
// never both be served.
var buffered atomic.Int64

// Buffered is the memory that bodies use now, in bytes, for a metric.
func Buffered() int64 { return buffered.Load() }

// Release frees the memory of a signed request's body, once the request is done. held is Outcome.Held, which may be 0. It
// must be called exactly once for each: a second time would make room that does not exist.
func Release(held int64) {
	if held != 0 {
		buffered.Add(-held)
	}
}

// workedFrom is the message size from which the memory needed for signing is counted. Below it, the sum of all requests that
// fit in a gateway stays small, and counting would cost every request.
const workedFrom = 64 << 10

// errBusy means that there is not enough memory for a signature now, errHuge that there never will be. They become a 503 and
// a 413: see signProblem.
var (
	errBusy = errors.New("the gateway has no memory for more bodies now; try again")
	errHuge = errors.New("sorting its parameters takes more memory than the gateway has for bodies")
)

// signBounded is sign, but counts the memory that it needs meanwhile like that of bodies. working says how much that is: a
// form with many parameters takes several times its size to sort. It is a variable as credentialOf is.
var signBounded = func(
	sign func(m *signers.Message, at *signers.Moment) error, working func(m *signers.Message) int64,
) func(m *signers.Message, at *signers.Moment) error {
	return func(m *signers.Message, at *signers.Moment) error {
		if len(m.Target)+len(m.Body) < workedFrom {
			return sign(m, at)
		}
		work, err := takeWork(m, working)
		defer buffered.Add(-work)
		if err != nil {
			return err
		}
		return sign(m, at)
	}
}

// takeWork counts the memory that a signature of m needs, which is to be given back even with an error. With errHuge it is 0,
// and nothing was taken.
func takeWork(m *signers.Message, working func(m *signers.Message) int64) (int64, error) {
	work := working(m)
	if work+int64(len(m.Body)) > bodyBudget {
		return 0, errHuge
	}
	if buffered.Add(work) > bodyBudget {
		return work, errBusy
	}
	return work, nil
}

// ProveBounded is prove of a signer with these traits, which counts the memory it needs in addition to a large message. It is
// what signBounded is for package apps. Without traits.Working it is prove itself.
func ProveBounded(prove signers.ProveFunc, traits signers.Traits) signers.ProveFunc {
	if traits.Working == nil {
		return prove
	}
	working := traits.Working
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		if len(m.Target)+len(m.Body) < workedFrom {
			return prove(m, at)
		}
		work, err := takeWork(m, working)
		defer buffered.Add(-work)
		if err != nil {
			return "", err
		}
		return prove(m, at)
	}
}

// busyProblem is a 503 that asks for another attempt in a second: the memory is free again as soon as some requests are done.
func busyProblem() *Problem {
	p := problem(kindBusy, errBusy.Error())
	p.RetryAfter = 1
	return p
}
