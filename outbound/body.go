//go:build go1.21

package outbound

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/signers"
)

// bodyBudget bounds the memory of all bodies that are held at once, over all signers of a process. Beyond it
// requests are answered 503: a gateway that runs out of memory signs nothing for anybody.
const bodyBudget = 576 << 20

// firstRead is what a body gets before it has shown that it arrives: a client that only announces ten megabytes
// holds next to nothing of the budget.
const firstRead = 64 << 10

var buffered atomic.Int64

// Buffered is the memory that bodies hold now, in bytes.
func Buffered() int64 { return buffered.Load() }

// Release gives back what a signed request's body held, once the request is done.
func Release(held int64) {
	if held != 0 {
		buffered.Add(-held)
	}
}

// workedFrom is the size of the messages whose signature may take memory that has to be counted.
const workedFrom = 64 << 10

// errBusy is the error of a signature for which there is no memory now, errHuge that of one for which there never is.
var (
	errBusy = errors.New("the gateway holds as many bodies as it has memory for; try again")
	errHuge = errors.New("to put its parameters in order takes more memory than the gateway has for bodies")
)

// signBounded is sign, with the memory that it takes meanwhile counted like that of bodies.
func signBounded(
	sign func(m *signers.Message, at *signers.Moment) error, working func(m *signers.Message) int64,
) func(m *signers.Message, at *signers.Moment) error {
	return func(m *signers.Message, at *signers.Moment) error {
		if len(m.Target)+len(m.Body) < workedFrom {
			return sign(m, at)
		}
		work := working(m)
		if work+int64(len(m.Body)) > bodyBudget {
			return errHuge
		}
		defer buffered.Add(-work)
		if buffered.Add(work) > bodyBudget {
			return errBusy
		}
		return sign(m, at)
	}
}

// coversBody reports whether the signature of a request with this method takes anything of its body.
func coversBody(c *credential, method string) bool {
	return c.covers && (len(c.traits.BodyMethods) == 0 || contains(c.traits.BodyMethods, method))
}

// readCovered reads what the signature takes of the body: mostly all of it; of some schemes a start, behind which the rest
// streams, or nothing but the length.
func readCovered(c *credential, r *http.Request, m *signers.Message, o *Outcome) *Problem {
	first := c.traits.BodyFirst
	if first < 0 && r.ContentLength >= 0 {
		m.Length = r.ContentLength
		return nil
	}
	if first > 0 && first <= c.maxBody {
		start, held, p := readStart(r, first)
		m.Body, m.Length, o.Held = start, r.ContentLength, held
		return p
	}
	body, held, p := readBody(r, c.maxBody)
	m.Body, o.Body, o.Held = body, body, held
	return p
}

// readStart reads the first bytes of the body of r, and puts them back before the rest. A body that has no more is as
// readBody leaves it.
func readStart(r *http.Request, first int64) (body []byte, held int64, p *Problem) {
	if r.ContentLength >= 0 && r.ContentLength <= first {
		return readBody(r, first)
	}
	held = first + bytes.MinRead
	if buffered.Add(held) > bodyBudget {
		return nil, held, busyProblem()
	}
	buf := bytes.NewBuffer(make([]byte, 0, held))
	if _, err := buf.ReadFrom(io.LimitReader(r.Body, first)); err != nil {
		return nil, held, BodyProblem(err)
	}
	r.Body = &startedBody{whole: io.MultiReader(bytes.NewReader(buf.Bytes()), r.Body), rest: r.Body}
	return buf.Bytes(), held, nil
}

// startedBody is a body whose start was read and put back.
type startedBody struct {
	whole io.Reader
	rest  io.ReadCloser
}

// Read reads from the start, then from the client.
func (b *startedBody) Read(p []byte) (int, error) { return b.whole.Read(p) }

// Close closes the client's body.
func (b *startedBody) Close() error { return b.rest.Close() }

// readBody reads the whole body of r, up to limit, and puts it back with its length known. What it holds of the
// budget is the caller's to release, also after a problem.
func readBody(r *http.Request, limit int64) (body []byte, held int64, p *Problem) {
	if r.ContentLength > limit {
		return nil, 0, tooLarge(limit)
	}
	held = 0
	want := int64(firstRead)
	if r.ContentLength >= 0 && r.ContentLength < want {
		want = r.ContentLength
	}
	if want > limit {
		want = limit
	}
	buf := new(bytes.Buffer)
	for {
		// ReadFrom wants room for one more read after the last byte, or it doubles the buffer.
		room := want + 1 + bytes.MinRead
		if buffered.Add(room) > bodyBudget {
			return nil, held + room, busyProblem()
		}
		// Both are there until the old one is copied. Grow would take more than room where that is not twice as much.
		grown := make([]byte, buf.Len(), room)
		copy(grown, buf.Bytes())
		buf = bytes.NewBuffer(grown)
		buffered.Add(-held)
		held = room
		// One byte more than wanted tells a body that goes on from one that ends here.
		if _, err := buf.ReadFrom(io.LimitReader(r.Body, want+1-int64(buf.Len()))); err != nil {
			return nil, held, BodyProblem(err)
		}
		// At the announced end the body is whole, or longer than it may be.
		if int64(buf.Len()) <= want || want == r.ContentLength {
			break
		}
		if want == limit {
			return nil, held, tooLarge(limit)
		}
		want *= 4
		if r.ContentLength >= 0 {
			want = r.ContentLength
		}
		if want > limit {
			want = limit
		}
	}
	body = buf.Bytes()
	if r.ContentLength >= 0 && r.ContentLength != int64(len(body)) {
		return nil, held, problem(kindBodyBroken, "the body is not as long as its Content-Length says")
	}
	restoreBody(r, body)
	return body, held, nil
}

// restoreBody lets the proxy send body, in one piece. Whatever described the way it came in no longer holds: chunks
// and trailers are gone, and the wait for 100 Continue is over.
func restoreBody(r *http.Request, body []byte) {
	r.Body.Close()
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	r.Trailer = nil
	delete(r.Header, "Trailer")
	delete(r.Header, "Expect")
	if _, ok := r.Header["Content-Length"]; ok {
		r.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
}

// BodyProblem is what a client is told whose body could not be read to its end. The limit that it may have met is one that
// the gateway itself sets.
func BodyProblem(err error) *Problem {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return problem(kindBodyLarge, "the body is longer than the "+strconv.FormatInt(tooLong.Limit, 10)+" bytes that the gateway permits")
	}
	return problem(kindBodyBroken, "the body could not be read to its end")
}

func busyProblem() *Problem {
	p := problem(kindBusy, errBusy.Error())
	p.RetryAfter = 1
	return p
}

func tooLarge(limit int64) *Problem {
	return problem(kindBodyLarge, "the body must be read to sign it, and is longer than "+strconv.FormatInt(limit, 10)+" bytes (max_body)")
}
