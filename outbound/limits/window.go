//go:build go1.21

package limits

import (
	"sort"
	"sync"
	"time"
)

// window holds the times of the requests that a rate counted, in their order. Those of waiting requests are in the future. It
// is a sliding window: of 25/5m no 5 minutes ever have more than 25, which fixed windows do not guarantee at their borders.
// The memory is that of the rate's count (maxCount).
type window struct {
	times []time.Time
	queue time.Duration // the longest wait of a request: no time is further ahead, unless the clock was set back
}

// earliest is when one more request stays within count requests of the rate: as soon as the count-th of the last ones has
// left the window. count may be smaller than the rate's own, to leave places to others.
//
//	2/10s with requests at 3 s and 5 s, now 7 s: 13 s, when that of 3 s leaves the window
func earliest(w *window, r *Rate, count int, now time.Time) time.Time {
	if n := len(w.times) - count; n >= 0 {
		if at := w.times[n].Add(r.window); at.After(now) {
			return at
		}
	}
	return now
}

// tidy drops the times outside the window. Those that are further ahead than any request waits are from before the clock was
// set back, and count as now. As long as the window is not full it does nothing: nobody is kept waiting.
func tidy(w *window, r *Rate, now time.Time) {
	if r.queue > w.queue {
		w.queue = r.queue
	}
	n := len(w.times)
	if n < r.count {
		return
	}
	// The clock was set back: all times that no queue explains are moved to now, in their order.
	if w.times[n-1].Sub(now) > w.queue {
		first := sort.Search(n, func(i int) bool { return w.times[i].Sub(now) > w.queue })
		at := now
		if first > 0 && w.times[first-1].After(now) {
			at = w.times[first-1]
		}
		for i := first; i < n; i++ {
			w.times[i] = at
		}
	}
	over := sort.Search(n, func(i int) bool { return w.times[i].Add(r.window).After(now) })
	w.times = w.times[over:]
}

// take records a request at that time. Usually it is the last; where several rates count it, another rate may make it earlier
// or later than what is there.
func take(w *window, at time.Time) {
	n := len(w.times)
	w.times = append(w.times, at)
	if n == 0 || !w.times[n-1].After(at) {
		return
	}
	place := sort.Search(n, func(i int) bool { return w.times[i].After(at) })
	copy(w.times[place+1:], w.times[place:n])
	w.times[place] = at
}

// Windows count the requests of a credential, by the text of the rate: all blocks that use it count together. The zero value
// is ready to use. Rates that are configured no more stay, which is bounded by the configurations of a process.
type Windows struct {
	mu  sync.Mutex
	all map[string]*window
}

// Reservation is a request's place in the rates that count it. It is given back by Cancel, or else leaves the windows by
// itself.
type Reservation struct {
	windows  *Windows
	rates    []*Rate
	at       time.Time
	canceled bool
}

// Reserve finds the earliest time that all of the rates allow, and counts a request at it; the request has to wait until
// then. If that is longer than the queue of any of them, it counts nothing: place is nil, and wait says how long it would be.
// Spare is how many places the request leaves to others. The caller waits, and gives the place back if the request is not
// sent after all.
func Reserve(s *Windows, rates []*Rate, now time.Time, spare int) (place *Reservation, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait, ok := waitFor(s, rates, now, spare)
	if !ok {
		return nil, wait
	}
	place = &Reservation{windows: s, rates: rates, at: now.Add(wait)}
	for _, r := range rates {
		take(s.all[r.text], place.at)
	}
	return place, wait
}

// CanReserve reports whether Reserve would find a place now. Nothing is counted: another request may take that place first.
func CanReserve(s *Windows, rates []*Rate, now time.Time, spare int) (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return waitFor(s, rates, now, spare)
}

// waitFor is how long a request has to wait for a place in all of the rates; not ok: longer than the queue of one of them. It makes the
// windows that do not exist yet. The caller has s.mu.
func waitFor(s *Windows, rates []*Rate, now time.Time, spare int) (wait time.Duration, ok bool) {
	if s.all == nil {
		s.all = make(map[string]*window)
	}
	at := now
	for _, r := range rates {
		w := s.all[r.text]
		if w == nil {
			w = new(window)
			s.all[r.text] = w
		}
		tidy(w, r, now)
		// What is left to others, but never all: a rate of 1 could not be used at all.
		count := r.count
		if count > spare {
			count -= spare
		}
		if e := earliest(w, r, count, now); e.After(at) {
			at = e
		}
	}
	wait = at.Sub(now)
	for _, r := range rates {
		if wait > r.queue {
			return wait, false
		}
	}
	return wait, true
}

// Cancel gives back the place of a request that was not sent. Further calls do nothing, nor does a call with nil. Requests
// that wait behind it keep their times.
func Cancel(p *Reservation) {
	if p == nil {
		return
	}
	p.windows.mu.Lock()
	defer p.windows.mu.Unlock()
	if p.canceled {
		return
	}
	p.canceled = true
	for _, r := range p.rates {
		w := p.windows.all[r.text]
		n := len(w.times)
		// tidy may have dropped or moved the time meanwhile; then there is nothing to give back.
		place := sort.Search(n, func(i int) bool { return !w.times[i].Before(p.at) })
		if place < n && w.times[place].Equal(p.at) {
			w.times = append(w.times[:place], w.times[place+1:]...)
		}
	}
}
