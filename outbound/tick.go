//go:build go1.21

package outbound

import (
	"net/http"
	"regexp"
	"time"
)

// tick is what the requests of one second share: made once, it spares each of them the vendor's date and a look at
// the clock, the files and the vendor's opinion of the credential.
type tick struct {
	second     int64
	credential *credential
	offset     time.Duration
	date       string // empty: made for each request
	due        bool   // a sample of the vendor's time is wanted
	first      bool   // the vendor has not said anything of the credential yet
	settle     bool   // it is time to see whether the vendor takes the newer credential
	waits      bool   // requests may have to
	gathers    bool   // gather has something to do for every request

	// For Quick.
	quickly  int64 // second, or never: it must leave everything to Sign
	quick    func(r *http.Request, date string) bool
	host     string
	clients  *regexp.Regexp
	covers   bool            // a body, if there is one
	usual    map[string]bool // headers
	removes  bool            // headers about the client
	insecure bool
	suspect  *regexp.Regexp
	signed   *Signed
}

// never is before every second: the next request looks again.
const never = -1 << 62

func newTick(g *Gate, now time.Time) *tick {
	if g.source != nil {
		refresh(g, now)
	}
	main := g.main.Load().(*pair)
	t := &tick{second: now.Unix()}
	t.credential, t.settle = choose(main, now)
	c := t.credential
	if c.clock != nil {
		t.offset = time.Duration(c.clock.offset.Load())
		t.due = (!c.insecure || c.clockTrusted) && !pending(c.clock.due.Load(), t.second, clockEach)
	}
	pausing := pending(c.account.pauses.last.Load(), t.second, maxPause)
	t.due = t.due || pausing // what is answered meanwhile tells whom the pause is for
	t.first = c.account.first.Load() < maxFirst
	t.date = c.date(now.Add(t.offset))
	t.waits = c.waits || pausing
	t.gathers = t.waits || c.needs.Nonce
	quickTick(g, t)
	g.tick.Store(t)
	warnExpiry(g, main.newer, now)
	return t
}

// lookAgain makes the next request look again at what ticks hold.
func lookAgain(g *Gate) {
	g.tick.Store(&tick{second: never, quickly: never, credential: g.main.Load().(*pair).newer})
}
