//go:build go1.21

package audit

import (
	"strconv"
	"sync"
	"time"
)

// Trail is where the events of one signer go. A nil Trail takes none. It is safe for concurrent use if Write is.
type Trail struct {
	Gateway, Vendor string
	// Required says that a request must not be sent if its event could not be written. The caller of Record sees to that.
	Required bool
	// Write takes one line, with its line break. It must not keep the slice, and returns once the line was written as far as
	// it can tell.
	Write func(line []byte) error
	// Tell tells the operator that events are lost: at most once a minute.
	Tell func(news string)
	// Now returns the local time. Tests set it.
	Now func() time.Time

	mu   sync.Mutex
	told time.Time
	lost int
}

// tellEvery is the shortest time between two warnings that events are lost.
const tellEvery = time.Minute

// Record writes an event. The error is that of the sink; the operator has been warned. t may be nil. It is called on the
// way of a request, so that a slow sink makes requests slow: no queue could be trusted to be written.
func Record(t *Trail, e Event) error {
	if t == nil {
		return nil
	}
	now := time.Now()
	if t.Now != nil {
		now = t.Now()
	}
	e.Time = now
	e.Gateway = t.Gateway
	e.Vendor = t.Vendor
	line, err := encode(e)
	if err == nil {
		err = t.Write(line)
	}
	if err != nil {
		lose(t, now, err)
	}
	return err
}

// lose counts an event that could not be written, and tells the operator how many there were since the last time.
func lose(t *Trail, now time.Time, err error) {
	t.mu.Lock()
	t.lost++
	// The time may lie ahead, if the clock was set back.
	due := now.Sub(t.told) >= tellEvery || now.Before(t.told)
	lost := t.lost
	if due {
		t.told = now
		t.lost = 0
	}
	t.mu.Unlock()
	if due && t.Tell != nil {
		t.Tell("audit: " + strconv.Itoa(lost) + " events could not be written: " + err.Error())
	}
}

// RecordApp writes the result of verifying an app's request: AppVerified or AppRefused, with a reason from a list of the verifier's.
// The name is the configured one; it is empty if the client named no known key. With Required, an error means that the
// request must be refused.
func RecordApp(t *Trail, kind, app, reason string, about Event) error {
	about.Kind = kind
	about.App = app
	about.Reason = reason
	return Record(t, about)
}

// RecordRevoked writes that an app's key was revoked, once the gateway has learnt of it: an app that is gone from the file or
// the configuration counts.
func RecordRevoked(t *Trail, app, credential string) error {
	return Record(t, Event{Kind: AppRevoked, App: app, Credential: credential})
}
