//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxRate is the largest number of requests that a rate may count.
const maxRate = 100000

// rate is a line of the option rate: so many requests within each window, on some paths or all.
type rate struct {
	text   string // in one spelling, without the queue: rates that are the same count together
	count  int
	window time.Duration
	queue  time.Duration // how long a request waits for its turn
	paths  rules         // nil: all
}

// parseRates reads lines such as "25/5m /api/logs/** queue 2s".
func parseRates(lines []string) ([]*rate, error) {
	var rates []*rate
	for _, line := range lines {
		r, err := parseRate(line)
		if err != nil {
			return nil, err
		}
		rates = append(rates, r)
	}
	return rates, nil
}

func parseRate(line string) (*rate, error) {
	wrong := errors.New("rate must be like 25/5m, with paths and a queue if need be: 25/5m /logs/** queue 2s")
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, wrong
	}
	r := new(rate)
	count, window, found := strings.Cut(words[0], "/")
	if strings.Contains("s m h", window) { // 10/s is 10/1s
		window = "1" + window
	}
	var err error
	if r.count, err = strconv.Atoi(count); err != nil || !found || r.count < 1 || r.count > maxRate {
		return nil, wrong
	}
	if r.window, err = time.ParseDuration(window); err != nil || r.window <= 0 || r.window > 24*time.Hour {
		return nil, wrong
	}
	words = words[1:]
	r.text = strconv.Itoa(r.count) + "/" + r.window.String()
	if n := len(words); n >= 2 && words[n-2] == "queue" {
		if r.queue, err = time.ParseDuration(words[n-1]); err != nil || r.queue < 0 || r.queue > 5*time.Minute {
			return nil, errors.New("rate has a queue that is no duration of at most 5m")
		}
		words = words[:n-2]
	}
	if len(words) > 0 {
		paths := "* " + strings.Join(words, " ") // also in the letter case of plainPath
		r.text += paths
		if r.paths, err = newRules([]string{paths, strings.ToLower(paths)}); err != nil {
			return nil, wrong
		}
	}
	return r, nil
}

// window holds the times of the requests that a rate counted, in their order. Those of requests that wait are ahead.
type window struct {
	times []time.Time
	queue time.Duration // the longest that a request was let wait: no time is further ahead, unless the clock was set back
}

// earliest is when one more request keeps within count requests of the rate.
func earliest(w *window, r *rate, count int, now time.Time) time.Time {
	if n := len(w.times) - count; n >= 0 {
		if at := w.times[n].Add(r.window); at.After(now) {
			return at
		}
	}
	return now
}

// tidy forgets the times that are out of the window. Those that are further ahead than any request waits are from a clock
// that was set back since, and count as now.
func tidy(w *window, r *rate, now time.Time) {
	if r.queue > w.queue {
		w.queue = r.queue
	}
	n := len(w.times)
	if n < r.count {
		return
	}
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

// take notes a request at that time. As a rule it is the last.
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

// windows are a credential's, by the text of the rate, so that all blocks that use it count together.
type windows struct {
	mu  sync.Mutex
	all map[string]*window
}

// turn is a request's place in the rates that count it. A request that is not sent gives it back.
type turn struct {
	windows *windows
	rates   []*rate
	at      time.Time
	given   bool // back
}

// reserve finds the earliest time that suits all of the rates, and notes the request there. It notes nothing if one of them
// has to wait longer than its queue, and says how long. Spare is how many places are left to others.
func reserve(s *windows, rates []*rate, now time.Time, spare int) (place *turn, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait, ok := waitFor(s, rates, now, spare)
	if !ok {
		return nil, wait
	}
	place = &turn{windows: s, rates: rates, at: now.Add(wait)}
	for _, r := range rates {
		take(s.all[r.text], place.at)
	}
	return place, wait
}

// mayReserve reports whether reserve would find a place now.
func mayReserve(s *windows, rates []*rate, now time.Time, spare int) (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return waitFor(s, rates, now, spare)
}

func waitFor(s *windows, rates []*rate, now time.Time, spare int) (wait time.Duration, ok bool) {
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

// giveBack forgets a request that was not sent. Further calls do nothing.
func giveBack(t *turn) {
	if t == nil {
		return
	}
	t.windows.mu.Lock()
	defer t.windows.mu.Unlock()
	if t.given {
		return
	}
	t.given = true
	for _, r := range t.rates {
		w := t.windows.all[r.text]
		n := len(w.times)
		place := sort.Search(n, func(i int) bool { return !w.times[i].Before(t.at) })
		if place < n && w.times[place].Equal(t.at) {
			w.times = append(w.times[:place], w.times[place+1:]...)
		}
	}
}

// Counted reports whether the rates of the credential count the request, so that it is worth to know whether it was sent.
func (s Outcome) Counted() bool { return s.turn != nil }

// Unsent gives back the place that a signed request took in the rates of the credential. It is for one of which not a byte
// was sent: the client left before, or the upstream could not be reached or was none that the credential may be sent to.
func (s Outcome) Unsent() { giveBack(s.turn) }

// countingRates are the rates that count requests for target.
func countingRates(c *credential, target string) []*rate {
	if len(c.rates) == 0 {
		return nil
	}
	path, _, _ := strings.Cut(target, "?")
	var counting []*rate
	for _, r := range c.rates {
		if r.paths == nil || r.paths.match("*", path) || r.paths.match("*", plainPath(path)) {
			counting = append(counting, r)
		}
	}
	return counting
}

// spareFor is how many places in the rates a request leaves to others: one for the next probe while the previous credential
// serves, or clients that use up the rate would keep it in service.
func spareFor(signed *Outcome) int {
	if signed.credential.old && !signed.probe {
		return 1
	}
	return 0
}

// mayGo refuses a request while the vendor wants a pause, or while there is no place in the rates. It takes none: what else is
// wrong with the request is not known yet, and its body may be long in coming.
func mayGo(signed *Outcome, counting []*rate, now time.Time, target string) *Problem {
	c := signed.credential
	if left := pauseFor(&c.account.pauses, target, now, signed); left > 0 && c.patient {
		return waitProblem(kindPause, "the vendor asked for a pause, which is not over", time.Duration(left)*time.Second)
	}
	if len(counting) == 0 {
		return nil
	}
	if wait, ok := mayReserve(c.windows, counting, now, spareFor(signed)); !ok {
		return rateProblem(wait)
	}
	return nil
}

// waitTurn takes a place in the rates, when all else is there that the signature takes, and waits until it is due.
func waitTurn(g *Gate, r *http.Request, signed *Outcome, counting []*rate, target string) (waited bool, p *Problem) {
	place, wait := reserve(signed.credential.windows, counting, g.Now(), spareFor(signed))
	if place == nil {
		return false, rateProblem(wait)
	}
	signed.turn = place
	if wait > 0 {
		due := time.NewTimer(wait)
		defer due.Stop()
		select {
		case <-due.C:
		case <-r.Context().Done():
			return true, waitProblem(kindRate, "the client left while its request waited for its turn", wait)
		}
		p = mayGo(signed, nil, g.Now(), target) // the vendor may have asked for a pause meanwhile
		return true, p
	}
	if r.Context().Err() != nil {
		return false, waitProblem(kindRate, "the client left before its request was sent", time.Second)
	}
	return false, nil
}

func rateProblem(wait time.Duration) *Problem {
	return waitProblem(kindRate, "the credential's own limit, the option rate, is reached", wait)
}

func waitProblem(k kind, detail string, wait time.Duration) *Problem {
	p := problem(k, detail)
	p.RetryAfter = int((wait + time.Second - 1) / time.Second)
	return p
}

// pending reports whether the moment until, in unix seconds, is still to come. It never is by more than longest: then the
// clock was set back since.
func pending(until, now, longest int64) bool { return until > now && until-now <= longest }

// retryAfter reads the header of that name. The time is zero if there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if len(h["Retry-After"]) == 0 {
		return 0
	}
	value := h["Retry-After"][0]
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		if seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil { // by the same clock
		return date.Sub(sent)
	}
	return date.Sub(now)
}
