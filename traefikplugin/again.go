//go:build go1.21

package traefikplugin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"sync"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
)

// A middleware in front may send a request again: retry does, after an attempt that got no connection, and buffering, where
// its retryExpression says so. retry passes on the same body each time, which was read by then to be signed, or its start.
// Without what was read, the rest of a chunked body, or nothing, would arrive as a complete, signed request. buffering keeps
// the body, and goes back to its start.
//
//	attempt 1   resumed: nothing is known   signed, the body read    keepBody: came -> Upload of what was read and the rest
//	attempt 2   resumed: the Upload         signed again             keepBody
//	the end of the request                                           forgotten, and its memory released

// bodies are what was made of a body in the last attempt: an *outbound.Upload by the body that the request came with.
var bodies = new(sync.Map)

// arrival is the body that a request came with, and what ends with the client's request. The context of an attempt ends earlier, if what
// watches an app's key has one for it.
type arrival struct {
	body   io.ReadCloser
	client context.Context
}

// bodyKey is the key of the *arrival in a request's context. It is a pointer for the reason of outbound's appKey.
var bodyKey = new(int)

// errSent is why a body cannot be read again.
var errSent = errors.New("an earlier attempt has sent some of this body")

// isRewound reports whether a body that may come again begins at its start then: whoever sends it can go back.
func isRewound(body io.ReadCloser) bool { return sizeOf(body) >= 0 }

// sizeOf is how many bytes a body has that whoever sends it can go back in; -1: it cannot.
func sizeOf(body io.ReadCloser) int64 {
	wrapped := reflect.ValueOf(body)
	if wrapped.Kind() != reflect.Struct || wrapped.NumField() == 0 || !wrapped.Field(0).CanInterface() {
		return -1
	}
	seeker, seeks := wrapped.Field(0).Interface().(io.Seeker)
	if !seeks {
		return -1
	}
	here, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1
	}
	size, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return -1
	}
	if _, err := seeker.Seek(here, io.SeekStart); err != nil {
		return -1
	}
	return size
}

// attempts are the *apps.Attempts of requests that may come again, by the channel that ends them. All attempts have the one of the
// client's request, and no other request has it.
var attempts = new(sync.Map)

// attemptsOf are those of the request that r is an attempt of; nil: they cannot be told from those of others.
func attemptsOf(r *http.Request) *apps.Attempts {
	done := r.Context().Done()
	if done == nil {
		return nil
	}
	if known, ok := attempts.Load(done); ok {
		return known.(*apps.Attempts)
	}
	a := new(apps.Attempts)
	attempts.Store(done, a)
	forgetAttempts(r.Context(), done)
	return a
}

// forgetAttempts forgets them when the request ends. It is a variable for the reason of forgetAfter.
var forgetAttempts = func(ctx context.Context, done interface{}) {
	context.AfterFunc(ctx, func() { attempts.Delete(done) })
}

// passed are the first attempts of requests with a body, by the channel that ends the client's request.
var passed = new(sync.Map)

// passage is what the first attempt came with, and where.
type passage struct {
	m    *Middleware
	body io.ReadCloser
	size int64 // see sizeOf
}

// isLost reports whether r is another attempt of a request whose body is neither that of the first nor as long: a middleware between retry
// and this one, such as buffering, grpcWeb or forwardAuth with forwardBody, has made it of what the attempt before had left, which is
// nothing or the rest. It would arrive as a complete, signed request. r.Body is not http.NoBody.
func isLost(m *Middleware, r *http.Request) bool {
	// With a length, only what these middlewares make can be another attempt's.
	if r.ContentLength >= 0 && !outbound.MayComeAgain(r.Body) {
		return false
	}
	done := r.Context().Done()
	if done == nil || !reflect.ValueOf(r.Body).Comparable() {
		return false
	}
	if before, ok := passed.Load(done); ok {
		first := before.(*passage)
		if first.m == m {
			return first.body != r.Body && (first.size < 0 || sizeOf(r.Body) != first.size)
		}
	}
	if r.ContentLength != 0 {
		p := new(passage)
		p.m = m
		p.body = r.Body
		p.size = sizeOf(r.Body)
		passed.Store(done, p)
		forgetPassage(r.Context(), done)
	}
	return false
}

// forgetPassage forgets it when the request ends. It is a variable for the reason of forgetAfter.
var forgetPassage = func(ctx context.Context, done interface{}) {
	context.AfterFunc(ctx, func() { passed.Delete(done) })
}

// refuseLost answers an attempt whose body is lost.
func refuseLost(m *Middleware, w http.ResponseWriter, r *http.Request) {
	var refused outbound.Outcome
	refused.Problem = outbound.BodyProblem(errSent)
	if m.trail != nil {
		recordRefusal(m, eventOf(m, r, r.RequestURI), &refused)
	}
	refused.Problem.Write(w)
}

// resumed is r with the body as the attempt before left it, if there was one. It remembers for keepBody which it came with.
func resumed(r *http.Request) *http.Request {
	if r.Context().Done() == nil || !reflect.ValueOf(r.Body).Comparable() || isRewound(r.Body) {
		return r // it would never be forgotten, cannot be found, or needs no help
	}
	came := new(arrival)
	came.body = r.Body
	came.client = r.Context()
	again := r.WithContext(context.WithValue(r.Context(), bodyKey, came))
	if before, ok := bodies.Load(r.Body); ok {
		upload := before.(*outbound.Upload)
		again.Body = upload.Source()
		if upload.Begun() {
			unreadable, end := io.Pipe()
			end.CloseWithError(errSent)
			again.Body = unreadable
		}
	}
	return again
}

// keepBody keeps the body of r, which was read and put back, for the next attempt. It returns held, or 0 if the memory is
// released at the end of the request.
func keepBody(r *http.Request, held int64) int64 {
	came, ok := r.Context().Value(bodyKey).(*arrival)
	if !ok || r.Body == http.NoBody {
		return held
	}
	upload := outbound.NewUpload(r.Body)
	r.Body = upload
	bodies.Store(came.body, upload)
	forgetAfter(came.client, came.body, held)
	return 0
}

// forgetAfter forgets a body when the request ends. It is a variable, since the function that it makes would keep the frames
// of its callers alive.
var forgetAfter = func(ctx context.Context, came interface{}, held int64) {
	context.AfterFunc(ctx, func() {
		bodies.Delete(came)
		outbound.Release(held)
	})
}
