package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Gateway is one that verifies the apps of a client. Its configuration has the keys of App to Ended, the real credential of
// Real, and as its vendor a server that answers 200 and keeps what arrives.
type Gateway struct {
	// Address is where it listens for plain HTTP.
	Address string
	// Arrived returns what the vendor has got since the last call.
	Arrived func() []*Parsed
	// Started says that the gateway does not know what came before it was started, an hour's signatures of bloodhound among them:
	// it refuses writes that may be from before.
	Started bool
	// Drops says that its server drops headers with an underscore or a dot in their names, before the gateway's own code runs: a
	// request with one may pass without it.
	Drops bool
}

// Send sends bytes on a connection of their own, and returns the status of the answer; 0: there is none. Where the bytes are
// no whole request, it says that no more follow (it closes its half of the connection), so that the gateway does not wait. An
// error means that the gateway is not there, or does not answer within a minute.
func (g *Gateway) Send(raw string) (int, error) {
	conn, err := net.Dial("tcp", g.Address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	// A gateway may answer, and close the connection, before it has read everything.
	if _, err := io.WriteString(conn, raw); err != nil {
		return 0, nil // the gateway has heard enough
	}
	if p, err := Parse(raw); err != nil || p.Cut {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			return 0, nil
		}
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err, late := err.(net.Error); late && err.Timeout() {
		return 0, err
	}
	if err != nil {
		return 0, nil
	}
	return answer.StatusCode, nil
}

// Attack sends the requests of all attacks to a gateway, and returns what is wrong; nil: nothing. Its answers to what passes
// are 200.
func (g *Gateway) Attack(c *Client, now time.Time) []string {
	f := &Forge{Client: c, Now: now, Ahead: 20 * time.Second}
	var wrong []string
	for _, a := range Attacks(c) {
		want, _, ok := a.Wanted(c)
		if !ok {
			continue
		}
		requests := a.Make(f)
		for i, r := range requests {
			// Those before the last one are what an attacker has seen pass.
			is := Pass
			if i == len(requests)-1 {
				is = want
			}
			if g.Started && c.Scheme.Coarse != "" && is == Pass && r.Method != "GET" && r.Method != "HEAD" {
				is = Replay
				// In a new hour, nothing is from before the start.
				if now.Add(time.Minute).Truncate(time.Hour).After(began) {
					is = Either
				}
			}
			if p, err := Parse(r.Raw()); g.Drops && err == nil && is == Unproved && len(droppedOf(p.Header)) > 0 {
				is = Either
			}
			if fault := g.one(c, a, r, is); fault != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s: %s\n%s", c.Name, a.Name, fault, r.Raw()))
			}
		}
	}
	return wrong
}

// began is before the start of every gateway of this process.
var began = time.Now()

// statuses are the gateways' answers: 401 as long as nothing is proved, 403 afterwards, and 400 for what is no request or
// cannot be signed.
var statuses = map[string]int{Unproved: 401, Unsent: 400, Malformed: 400, Clock: 403, Revoked: 403, Replay: 403}

// one sends one request, and says what is wrong: the status, the number of requests that left, or what was in them. An attack
// that is Raw may have any status, since servers differ in how they refuse it.
func (g *Gateway) one(c *Client, a Attack, r Request, want string) string {
	status, err := g.Send(r.Raw())
	if err != nil {
		return err.Error()
	}
	arrived := g.Arrived()
	// If it left, it must have left as the app signed it.
	if want == Either {
		want = Pass
		if len(arrived) == 0 {
			return ""
		}
	}
	if want != Pass {
		if len(arrived) > 0 {
			return fmt.Sprintf("%d, and it left; want %s", status, want)
		}
		// The status tells at which step it was refused: a wrong signature must not be refused as a replay.
		if statuses[want] != status && !a.Raw {
			return fmt.Sprintf("%d, want %s", status, want)
		}
		return ""
	}
	if status != http.StatusOK || len(arrived) != 1 {
		return fmt.Sprintf("%d, and %d left; want it to pass", status, len(arrived))
	}
	got, err := Parse(r.Raw())
	if err != nil {
		return err.Error()
	}
	if g.Drops {
		for _, name := range droppedOf(got.Header) {
			delete(got.Header, name)
			if arrived[0].Header[name] != nil {
				return name + " arrived, which the server drops"
			}
		}
	}
	return c.leaks(got, arrived[0])
}

// droppedOf are the names that a server drops: see Gateway.Drops.
func droppedOf(h http.Header) []string {
	var names []string
	for name := range h {
		if strings.ContainsAny(name, "_.") {
			names = append(names, name)
		}
	}
	return names
}

// leaks says what of the app's, or of a stranger's, has reached the vendor in addition to what the gateway got.
func (c *Client) leaks(got, arrived *Parsed) string {
	if !c.Faithful(got, arrived) {
		return fmt.Sprintf("%s %s %q %q arrived, which is another request", arrived.Method, arrived.RequestURI, arrived.Header, arrived.Body)
	}
	for name, values := range arrived.Header {
		plain := strings.ReplaceAll(strings.ToLower(name), "_", "-")
		if c.Owned != "" && strings.Contains(name, "_") && strings.HasPrefix(plain, strings.ToLower(c.Owned)) {
			return "a look-alike arrived: " + name
		}
		for n := App; n < Real; n++ {
			if k := c.KeyOf(n); strings.Contains(strings.Join(values, ","), k.ID) {
				return "the key of an app arrived in " + name
			}
		}
	}
	return ""
}
