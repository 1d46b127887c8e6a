//go:build go1.21

package outbound

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// firstRead is how much memory a body gets before any of it has arrived: a client that only announces ten megabytes takes
// almost nothing from the budget. Once so much has arrived, the whole announced length is taken.
const firstRead = 64 << 10

// coversBody reports whether the signature of a request with this method covers any of its body. A scheme may cover those of
// some methods only (signers.Traits.BodyMethods).
func coversBody(c *credential, method string) bool {
	return c.covers && (len(c.traits.BodyMethods) == 0 || wire.Contains(c.traits.BodyMethods, method))
}

// TakeBody reads the part of the body of r that a signature with these traits covers, up to max, into m. What it reads is put
// back, and the memory that it takes must be released when the request is done, even after a problem. It is for package apps,
// which verifies before the gate signs: both then read the body from memory.
func TakeBody(r *http.Request, t signers.Traits, m *signers.Message, max int64) (int64, *Problem) {
	m.Length = r.ContentLength
	if r.Body == nil || r.Body == http.NoBody {
		m.Length = 0
		return 0, nil
	}
	c, o := &credential{traits: &t, covers: t.Body != signers.NoBody, maxBody: max}, &Outcome{}
	if !coversBody(c, m.Method) || streamsCovered(c, r, m) {
		m.Length = r.ContentLength
		return 0, nil
	}
	p := readCovered(c, r, m, o)
	if p == nil && r.ContentLength >= 0 {
		m.Length = r.ContentLength
	}
	return o.Held, p
}

// streamsCovered reports whether the signature of this request does without its body, and if so says how long that is. It is
// asked after coversBody: signers.Traits.Streams decides by the head, as where a client says the body's hash or that it is
// not signed.
func streamsCovered(c *credential, r *http.Request, m *signers.Message) bool {
	if c.traits.Streams == nil {
		return false
	}
	m.Length = r.ContentLength
	if c.traits.Streams(m, c.maxBody) {
		return true
	}
	// As it was: readCovered says how long the body is.
	m.Length = 0
	return false
}

// readCovered reads the part of the body that the signature covers: usually all of it, for some schemes only the start, after
// which the rest streams, or only the length. o.Held has what was taken of the memory, also with a problem.
//
//	BodyFirst  0 -> all of the body, up to max_body            m.Body is all, o.Body too: an attempt can be repeated
//	BodyFirst >0 -> its first bytes; the rest streams          m.Body is the start, o.Body nil
//	BodyFirst <0 -> its length; a chunked body is read whole   m.Body is nil, or all of a chunked one
func readCovered(c *credential, r *http.Request, m *signers.Message, o *Outcome) *Problem {
	first := c.traits.BodyFirst
	// The signature covers the length alone, which is known from the head.
	if first < 0 && r.ContentLength >= 0 {
		m.Length = r.ContentLength
		return nil
	}
	// With max_body below the part that is covered, the body is read whole, and refused if it does not fit.
	if first > 0 && first <= c.maxBody {
		start, held, p := readStart(r, first)
		m.Body, m.Length, o.Held = start, r.ContentLength, held
		return p
	}
	body, held, p := readBody(r, c.maxBody)
	m.Body, o.Body, o.Held = body, body, held
	return p
}

// readStart reads the first bytes of the body of r, and puts them back in front of the rest. A body with nothing more is left
// as readBody leaves it. An error while the rest streams is the proxy's to see: the signature is right then, and the vendor
// never sees a complete request.
func readStart(r *http.Request, first int64) (body []byte, held int64, p *Problem) {
	if r.ContentLength >= 0 && r.ContentLength <= first {
		return readBody(r, first)
	}
	// ReadFrom wants room for one more read: see readBody.
	held = first + bytes.MinRead
	if buffered.Add(held) > bodyBudget {
		return nil, held, busyProblem()
	}
	buf := bytes.NewBuffer(make([]byte, 0, held))
	if _, err := buf.ReadFrom(io.LimitReader(r.Body, first)); err != nil {
		return nil, held, BodyProblem(err)
	}
	// The reader has the bytes of buf and goes on where it ended; ContentLength stays as it is.
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

// readBody reads the whole body of r, up to limit, and puts it back with its length known. The caller must release what it
// takes from the budget, even after a problem.
//
// Its memory grows in steps of four, so that a slow or lying client takes what it has sent, and not what it announces:
//
//	Content-Length 10 MiB:  64 KiB, then 10 MiB at once: it has shown that it sends
//	chunked:                64 KiB, 256 KiB, 1 MiB, 4 MiB, ... until it ends, or 413 above limit
//	Content-Length 20 MiB, max_body 10 MiB: 413 before a byte is read
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
		// Both buffers exist until the old one is copied. Grow would allocate more than room where room is less than twice
		// the size.
		grown := make([]byte, buf.Len(), room)
		copy(grown, buf.Bytes())
		buf = bytes.NewBuffer(grown)
		buffered.Add(-held)
		held = room
		// One extra byte shows whether the body goes on or ends here.
		if _, err := buf.ReadFrom(io.LimitReader(r.Body, want+1-int64(buf.Len()))); err != nil {
			return nil, held, BodyProblem(err)
		}
		// At its announced end the body is complete, or longer than allowed.
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

// restoreBody makes the proxy send body in one piece. Whatever described how it arrived no longer applies: chunks and
// trailers are gone, and the wait for 100 Continue is over. A trailer would be a field that arrives after the signature was
// made.
func restoreBody(r *http.Request, body []byte) {
	r.Body.Close()
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	// With a length and without TransferEncoding, net/http's clients send Content-Length and no chunks.
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	r.Trailer = nil
	delete(r.Header, "Trailer")
	// net/http's server answers 100 Continue when the body is first read, so the client's expectation is fulfilled here.
	delete(r.Header, "Expect")
	if _, ok := r.Header["Content-Length"]; ok {
		r.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
}

// BodyProblem is the response to a client whose body could not be read to the end. If it hit a limit, it is one that the
// gateway itself sets (http.MaxBytesReader), and gets a 413 with that limit; anything else is a 400, although it is usually a
// client that left.
func BodyProblem(err error) *Problem {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return problem(kindBodyLarge, "the body is longer than the "+strconv.FormatInt(tooLong.Limit, 10)+" bytes that the gateway permits")
	}
	return problem(kindBodyBroken, "the body could not be read to its end")
}

// tooLarge is a 413 that names the option.
func tooLarge(limit int64) *Problem {
	return problem(kindBodyLarge, "the body must be read to sign it, and is longer than "+strconv.FormatInt(limit, 10)+" bytes (max_body)")
}
