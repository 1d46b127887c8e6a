//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxRetryAfter is the longest that a vendor's Retry-After is kept to: a wrong one must not take the vendor away for a day.
const maxRetryAfter = time.Hour

// maxPause is that in seconds, rounded up.
const maxPause = int64(maxRetryAfter/time.Second) + 1

// maxGuess is the longest that a Retry-After is kept to whose status could not be seen: it may be that of an answer such as
// 202 or 301, which asks for no pause.
const maxGuess = time.Minute

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

// window holds the times of the last requests that a rate counted, the oldest at next.
type window struct {
	times []time.Time
	next  int
}

// earliest is when one more request keeps within the rate.
func earliest(w *window, r *rate, now time.Time) time.Time {
	if len(w.times) < r.count {
		return now
	}
	if at := w.times[w.next].Add(r.window); at.After(now) {
		return at
	}
	return now
}

func take(w *window, r *rate, at time.Time) {
	if len(w.times) < r.count {
		w.times = append(w.times, at)
		return
	}
	w.times[w.next] = at
	w.next = (w.next + 1) % r.count
}

// windows are a credential's, by the text of the rate, so that all blocks that use it count together.
type windows struct {
	mu  sync.Mutex
	all map[string]*window
}

// reserve takes a place in each of the rates, all at the earliest time that suits them all. It takes none if one of
// them has to wait longer than its queue, and says how long.
func reserve(s *windows, rates []*rate, now time.Time) (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = make(map[string]*window)
	}
	at := now
	for _, r := range rates {
		if s.all[r.text] == nil {
			s.all[r.text] = new(window)
		}
		if e := earliest(s.all[r.text], r, now); e.After(at) {
			at = e
		}
	}
	wait = at.Sub(now)
	for _, r := range rates {
		if wait > r.queue {
			return wait, false
		}
	}
	for _, r := range rates {
		take(s.all[r.text], r, at)
	}
	return wait, true
}

// admitNow refuses a request while the vendor asked for a pause, and keeps it within the credential's rates.
func admitNow(c *credential, r *http.Request, now time.Time, target string) *Problem {
	if until := c.account.busy.Load(); c.patient && pending(until, now.Unix(), maxPause) {
		left := until - now.Unix()
		return waitProblem(kindPause, "the vendor asked for a pause, which is not over", time.Duration(left)*time.Second)
	}
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
	wait, ok := reserve(c.windows, counting, now)
	if !ok {
		return waitProblem(kindRate, "the credential's own limit, the option rate, is reached", wait)
	}
	if wait > 0 {
		turn := time.NewTimer(wait)
		defer turn.Stop()
		select {
		case <-turn.C:
		case <-r.Context().Done():
			return waitProblem(kindRate, "the client left while its request waited for its turn", wait)
		}
	}
	return nil
}

func waitProblem(k kind, detail string, wait time.Duration) *Problem {
	p := problem(k, detail)
	p.RetryAfter = int((wait + time.Second - 1) / time.Second)
	return p
}

// pending reports whether the moment until, in unix seconds, is still to come. It never is by more than longest: then the
// clock was set back since.
func pending(until, now, longest int64) bool { return until > now && until-now <= longest }

// pause keeps to the Retry-After of an answer. A status of 0 is one that the gateway could not see.
func pause(g *Gate, c *credential, a Answer, now time.Time) {
	wait := retryAfter(a.Header, now)
	if wait <= 0 || !c.patient || a.Status != 0 && a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return
	}
	if wait > maxRetryAfter {
		wait = maxRetryAfter
	}
	if a.Status == 0 && wait > maxGuess {
		wait = maxGuess
	}
	until := now.Add(wait + time.Second - 1).Unix()
	if old := c.account.busy.Load(); until > old || !pending(old, now.Unix(), maxPause) {
		first := !pending(c.account.busy.Swap(until), now.Unix(), maxPause)
		lookAgain(g)
		if first {
			tell(g, "the vendor asks for a pause of "+wait.Round(time.Second).String()+"; until then requests are answered 429 here")
		}
	}
}

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
