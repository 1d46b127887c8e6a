//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxRetryAfter is the longest that a vendor's Retry-After is kept to: a wrong one must not take the vendor away for a day.
	maxRetryAfter = time.Hour

	// maxPause is that in seconds, rounded up.
	maxPause = int64(maxRetryAfter/time.Second) + 1

	// maxGuess is the longest that a Retry-After is kept to whose status could not be seen: it may be that of an answer such as
	// 202 or 301, which asks for no pause.
	maxGuess = time.Minute

	// A pause holds for the path that was refused. For all others it begins with pauseBegins, and each time that yet another
	// path is refused afterwards it is pauseGrows times as long, up to pauseMost: nobody knows whether the vendor meant all
	// requests of the credential, or those for an endpoint that one client asks for.
	pauseBegins = 10 * time.Second
	pauseGrows  = 4
	pauseMost   = 5 * time.Minute

	// pauseTrial is for how many seconds requests for other paths go out between two pauses for all, whatever is refused
	// meanwhile: a client that asks for one path after the other must not keep out those whose requests would be answered.
	pauseTrial = 3

	// pauseLocal is for how many seconds refusals count for their own paths alone, after a request for another path was
	// answered during a pause.
	pauseLocal = 600

	// maxPaused bounds the paths that are remembered, maxPausedPath what is remembered of each.
	maxPaused     = 256
	maxPausedPath = 256
)

// pauses are what a vendor asked for by Retry-After, for a credential at its hosts.
type pauses struct {
	last atomic.Int64 // the unix second in which the last of them ends

	mu    sync.Mutex
	paths map[string]int64 // when the pause of a path ends
	from  int64            // when that of all other paths begins
	all   int64            // and when it ends
	step  time.Duration    // how long the next one for all will be
	round int64            // how many for all there were, since there was none at all
	local int64            // until then there is none for all
}

// pausePath is what of a target a pause is for: the path, whatever its spelling, without the query.
func pausePath(target string) string {
	path, _, _ := strings.Cut(target, "?")
	path = plainPath(path)
	if len(path) > maxPausedPath {
		path = path[:maxPausedPath]
	}
	return path
}

// pauseFor is for how many seconds the vendor wants no requests for target. It notes in signed after which pause the request
// goes out, so that its answer tells something of it.
func pauseFor(p *pauses, target string, now time.Time, signed *Outcome) (left int64) {
	second := now.Unix()
	if !pending(p.last.Load(), second, maxPause) {
		return 0
	}
	path := pausePath(target)
	p.mu.Lock()
	defer p.mu.Unlock()
	signed.round = p.round
	if second >= p.from && pending(p.all, second, maxPause) {
		left = p.all - second
	}
	if until := p.paths[path]; pending(until, second, maxPause) && until-second > left {
		left = until - second
	}
	return left
}

// pause keeps to the Retry-After of an answer. A status of 0 is one that the gateway could not see.
func pause(g *Gate, c *credential, a Answer, now time.Time) {
	asks := a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable
	if !asks && (a.Status != 0 || len(a.Header["Retry-After"]) == 0) {
		if a.Signed.round > 0 {
			pauseIsLocal(&c.account.pauses, now)
		}
		return
	}
	wait := retryAfter(a.Header, now)
	if wait <= 0 || !c.patient {
		return
	}
	if wait > maxRetryAfter {
		wait = maxRetryAfter
	}
	if a.Status == 0 && wait > maxGuess {
		wait = maxGuess
	}
	target := a.Target
	if target == "" {
		target = a.Signed.Target
	}
	news := beginPause(&c.account.pauses, pausePath(target), a.Signed.round, wait, now)
	invalidate(g)
	if news != "" {
		tell(g, news)
	}
}

// beginPause holds requests for path back, and those for all other paths if that is due. Round is after which pause for all
// the refused request went out.
func beginPause(p *pauses, path string, round int64, wait time.Duration, now time.Time) (news string) {
	second, until := now.Unix(), now.Add(wait+time.Second-1).Unix()
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.last.Load()
	if !pending(last, second, maxPause) {
		p.paths = make(map[string]int64)
		p.all = 0
		p.step = pauseBegins
		p.round = 0
		round, last = 0, 0
		news = "the vendor asks for a pause of " + wait.Round(time.Second).String() + "; until then requests for the path that it refused are answered 429 here"
	}
	known := pending(p.paths[path], second, maxPause)
	if !known || until > p.paths[path] {
		rememberPause(p, path, until, second)
	}
	if !known && round == p.round && !pending(p.all, second, maxPause) && !pending(p.local, second, pauseLocal) {
		if p.step > wait {
			p.step = wait
		}
		if news == "" {
			news = "the vendor asks for a pause on another path too; requests for that are answered 429 here"
		}
		news += ", and all others for " + p.step.Round(time.Second).String()
		p.from = second
		if trial := p.all + pauseTrial; p.round > 0 && pending(trial, second, pauseTrial) {
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
	}
	return news
}

// rememberPause keeps to a bound: a client chooses its paths.
func rememberPause(p *pauses, path string, until, second int64) {
	if p.paths[path] == 0 && len(p.paths) >= maxPaused {
		soonest := ""
		for known, ends := range p.paths {
			if !pending(ends, second, maxPause) {
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

// pauseIsLocal takes it that a request was answered which went out after a pause for all paths had begun.
func pauseIsLocal(p *pauses, now time.Time) {
	second := now.Unix()
	if !pending(p.last.Load(), second, maxPause) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = 0
	p.local = second + pauseLocal
	p.step = pauseBegins
	p.round = 0
}

// pauseEnds is when the last of the pauses is over.
func pauseEnds(p *pauses, now time.Time) time.Time {
	if until := p.last.Load(); pending(until, now.Unix(), maxPause) {
		return time.Unix(until, 0)
	}
	return time.Time{}
}
