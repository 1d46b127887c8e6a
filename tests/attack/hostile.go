package attack

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Judgement counts what became of hostile requests: how many were sent, how many left the gateway, and how many were the
// app's own by Client.Own. Wrong has a text for each that should have gone the other way.
type Judgement struct {
	Sent, Left, Own int
	Wrong           []string
}

// Judge says whether a request that was let through, or was not, should have been. arrived is what the vendor got; nil: it is
// not known. strict says that an unchanged request must pass. A request that is the app's own after a change need not: a
// gateway may refuse what it finds odd.
func (j *Judgement) Judge(c *Client, h Hostile, left bool, arrived *Parsed, strict bool) {
	j.Sent++
	got, err := Parse(h.Raw)
	own := err == nil && h.Valid && c.Own(h.Signed, got)
	if own {
		j.Own++
	}
	if left {
		j.Left++
	}
	switch {
	// What must never happen.
	case left && !own:
		j.Wrong = append(j.Wrong, fmt.Sprintf("%s: this leaves, and is not what an app signed:\n%s\nsigned was:\n%s", c.Name, h.Raw,
			h.Signed.Raw()))
	case left && arrived != nil:
		// Own and let through: it must be what the vendor got, with nothing of the app's key.
		if fault := c.leaks(got, arrived); fault != "" {
			j.Wrong = append(j.Wrong, fmt.Sprintf("%s: %s:\n%s", c.Name, fault, h.Raw))
		}
	// What must not happen either: a gateway that refuses everything would pass the first test.
	case !left && strict && h.Valid && h.Changes == 0:
		j.Wrong = append(j.Wrong, fmt.Sprintf("%s: an app's own request is refused:\n%s", c.Name, h.Raw))
	}
}

// Hostile sends n hostile requests of a client to a gateway. With the same random it sends the same again, but for dates and
// nonces.
func (g *Gateway) Hostile(c *Client, now time.Time, n int, random *rand.Rand) (j Judgement) {
	f := &Forge{Client: c, Now: now, Ahead: 20 * time.Second}
	for range n {
		h := f.Hostile(random)
		// A gateway that streams a body cannot know yet that it ends early.
		if p, err := Parse(h.Raw); err == nil && p.Cut && h.Valid && c.Own(h.Signed, p) {
			continue // what of it has come leaves, some time
		}
		status, err := g.Send(h.Raw)
		if err != nil {
			j.Wrong = append(j.Wrong, fmt.Sprintf("%s: %v:\n%q", c.Name, err, h.Raw))
			continue
		}
		arrived := g.Arrived()
		// A signature that has the hour alone may have been used before the start.
		strict := !(g.Started && c.Scheme.Coarse != "" && h.Signed.Method != "GET")
		switch len(arrived) {
		case 0:
			j.Judge(c, h, false, nil, strict)
		case 1:
			j.Judge(c, h, true, arrived[0], strict)
		default:
			j.Wrong = append(j.Wrong, fmt.Sprintf("%s: %d left for one (%d):\n%q", c.Name, len(arrived), status, h.Raw))
		}
	}
	return j
}
