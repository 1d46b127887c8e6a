//go:build go1.21

package outbound

import (
	"errors"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/signers"
)

// bodyBudget bounds the memory of all bodies held at once by all signers of a process, in bytes. Requests beyond it get a 503 with
// Retry-After: a gateway that runs out of memory signs nothing for anybody.
const bodyBudget = 576 << 20

// buffered is what is taken of bodyBudget. Each taker adds first and looks then: two that meet at the limit may both be refused, but
// never both be served.
var buffered atomic.Int64

// Buffered is the memory that bodies use now, in bytes.
func Buffered() int64 { return buffered.Load() }

// Release frees the memory of a signed request's body, once the request is done.
func Release(held int64) {
	if held != 0 {
		buffered.Add(-held)
	}
}

// workedFrom is the message size from which the memory needed for signing is counted.
const workedFrom = 64 << 10

// errBusy means that there is not enough memory for a signature now, errHuge that there never will be.
var (
	errBusy = errors.New("the gateway has no memory for more bodies now; try again")
	errHuge = errors.New("sorting its parameters takes more memory than the gateway has for bodies")
)

// signBounded is sign, but counts the memory that it needs meanwhile like that of bodies. It is a variable as credentialOf is.
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

// takeWork counts the memory that a signature of m needs, which is to be given back even with an error.
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

// ProveBounded is prove of a signer with these traits, which counts the memory it needs in addition to a large message.
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
