//go:build go1.21

package limits

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxPause is maxRetryAfter in seconds, rounded up.
	maxPause = int64(maxRetryAfter/time.Second) + 1

	// maxGuess is the longest pause for a Retry-After whose status could not be seen: it may belong to an answer such as 202 or
	// 301, which asks for no pause.
	maxGuess = time.Minute

	// A pause applies to the path that was refused. For all others it starts at pauseBegins, and each time another path is
	// refused afterwards it grows by pauseGrows, up to pauseMost: the gateway cannot know whether the vendor meant all
	// requests of the credential, or only those for one endpoint.
	pauseBegins = 10 * time.Second
	pauseGrows  = 4
	pauseMost   = 5 * time.Minute

	// pauseTrial is for how many seconds requests for other paths go out between two pauses for all, whatever is refused
	// meanwhile: a client that tries one path after another must not block clients whose requests would be answered.
	pauseTrial = 3

	// pauseLocal is for how many seconds refusals only count for their own paths, after a request for another path was
	// answered during a pause.
	pauseLocal = 600

	// maxPaused bounds the paths that are remembered, maxPausedPath what is remembered of each.
	maxPaused     = 256
	maxPausedPath = 256
)

// Pauses are those that a vendor asked for by Retry-After, for a credential at its hosts. The zero value is ready to use.
// Each refused path has its own; all others share one, which is short at first and grows only if other paths are refused,
// too. With a Retry-After of 60 seconds on each refusal:
//
//	0 s   /a is refused       /a waits until 60 s, all others until 10 s
//	11 s  /b is refused, too  /b waits until 71 s; others may try until 13 s (pauseTrial), and then wait 40 s
//	11 s  /b is answered      in place of that: no pause for all for ten minutes; /a still waits
type Pauses struct {
	last atomic.Int64 // the unix second in which the last of them ends

	mu    sync.Mutex
	paths map[string]int64 // when the pause of a path ends
	from  int64            // when that of all other paths begins
	all   int64            // and when it ends
	step  time.Duration    // how long the next one for all will be
	round int64            // how many pauses for all there have been in a row
	local int64            // there is no pause for all before then
}

// Pausing reports whether a pause for any path is in effect in a unix second. It takes no lock, and is asked for every
// request.
func Pausing(p *Pauses, second int64) bool { return Pending(p.last.Load(), second, maxPause) }

// PauseFor returns for how many seconds the vendor wants no requests for path. Round is the number of the last pause for all
// paths before the request, so that its answer can be related to that: pass it to BeginPause or EndPause. Both are 0 if there
// is no pause. path is normalised by the caller, and has no query.
func PauseFor(p *Pauses, path string, now time.Time) (left, round int64) {
	second := now.Unix()
	left = 0
	if !Pausing(p, second) {
		return 0, 0
	}
	path = truncate(path)
	p.mu.Lock()
	defer p.mu.Unlock()
	if second >= p.from && Pending(p.all, second, maxPause) {
		left = p.all - second
	}
	if until := p.paths[path]; Pending(until, second, maxPause) && until-second > left {
		left = until - second
	}
	return left, p.round
}

// PauseAsked returns the pause that an answer asks for by its Retry-After, maxRetryAfter at most; it is not positive if it
// asks for none. A status of 0 means that it could not be seen.
func PauseAsked(status int, h http.Header, now time.Time) time.Duration {
	wait := RetryAfter(h, now)
	if wait > maxRetryAfter {
		wait = maxRetryAfter
	}
	if status == 0 && wait > maxGuess {
		wait = maxGuess
	}
	return wait
}

// MayAskPause reports whether an answer may ask for a pause, with or without a Retry-After. Any other answer is a normal one.
func MayAskPause(status int, h http.Header) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == 0 && len(h["Retry-After"]) > 0
}

// truncate bounds what a client's path takes of memory. Paths that begin alike, for 256 bytes, share a pause.
func truncate(path string) string {
	if len(path) > maxPausedPath {
		return path[:maxPausedPath]
	}
	return path
}

// BeginPause holds back requests for path for the time wait, and those for all other paths if that is due. Round is what
// PauseFor returned for the refused request. wait must be positive. News is for the operator, if not empty.
func BeginPause(p *Pauses, path string, round int64, wait time.Duration, now time.Time) (news string) {
	news = ""
	path = truncate(path) // on its own line: yaegi loses what is assigned beside a call
	second, until := now.Unix(), now.Add(wait+time.Second-1).Unix()
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.last.Load()
	// No pause is in effect: everything is reset.
	if !Pending(last, second, maxPause) {
		p.paths = make(map[string]int64)
		p.all = 0
		p.step = pauseBegins
		p.round = 0
		round, last = 0, 0
		news = "the vendor asks for a pause of " + wait.Round(time.Second).String() +
			"; until then requests for the path that it refused are answered 429 here"
	}
	// A shorter Retry-After does not end a longer one: several answers may be on their way.
	known := Pending(p.paths[path], second, maxPause)
	if !known || until > p.paths[path] {
		rememberPause(p, path, until, second)
	}
	// A pause for all begins only if the request went out after the last one for all had begun: an answer to an older request was
	// perhaps refused for the same cause, and must not count twice.
	if !known && round == p.round && !Pending(p.all, second, maxPause) && !Pending(p.local, second, pauseLocal) {
		if p.step > wait {
			p.step = wait
		}
		if news == "" {
			news = "the vendor asks for a pause on another path too; requests for it get a 429"
		}
		news += ", and all others for " + p.step.Round(time.Second).String()
		p.from = second
		// The trial of pauseTrial seconds, in which other paths are let through, is not over yet.
		if trial := p.all + pauseTrial; p.round > 0 && Pending(trial, second, pauseTrial) {
			p.from = trial
		}
		p.all = time.Unix(p.from, int64(now.Nanosecond())).Add(p.step + time.Second - 1).Unix()
		if p.step *= pauseGrows; p.step > pauseMost {
			p.step = pauseMost
		}
		p.round++
	}
	if until > last {
		p.last.Store(until)
		Changes.Add(1)
	}
	return news
}

// rememberPause limits how much it remembers, since clients choose the paths. The caller has p.mu. A path that is dropped is
// asked for again, and refused again by the vendor.
func rememberPause(p *Pauses, path string, until, second int64) {
	// First those that are over, else the one that would end first.
	if p.paths[path] == 0 && len(p.paths) >= maxPaused {
		soonest := ""
		for known, ends := range p.paths {
			if !Pending(ends, second, maxPause) {
				delete(p.paths, known)
			} else if soonest == "" || ends < p.paths[soonest] {
				soonest = known
			}
		}
		if len(p.paths) >= maxPaused {
			delete(p.paths, soonest)
		}
	}
	p.paths[path] = until
}

// EndPause ends the pause for all paths: a request that went out after it had begun was answered, so that the vendor means
// single paths. Those stay paused.
func EndPause(p *Pauses, now time.Time) {
	second := now.Unix()
	if !Pausing(p, second) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = 0
	p.local = second + pauseLocal
	p.step = pauseBegins
	p.round = 0
}

// PauseEnds is when the last of the pauses ends, for status pages; zero if there is none.
func PauseEnds(p *Pauses, now time.Time) time.Time {
	if until := p.last.Load(); Pending(until, now.Unix(), maxPause) {
		return time.Unix(until, 0)
	}
	return time.Time{}
}
