package e2e

import (
	"math/bits"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestASessionOfAWSServesACrowdAndIsReplacedOnceWhenItIsEndedEarly(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		h := newHome(t)
		clouds := awsClouds(t, f, h, time.Hour)
		g := startIn(t, h, f, routesOf(clouds)...)
		for r, c := range clouds {
			t.Run(r.name, func(t *testing.T) {
				wantAll(t, "the first requests", g.many(t, r))
				c.wantFetches(t, "the first requests", 1)
				wantAll(t, "more requests", g.many(t, r))
				c.wantFetches(t, "more requests", 1)

				c.end(t)
				wantAll(t, "after AWS ended the session", g.many(t, r)) // each is repeated with the new session
				wantAll(t, "with the second session", g.many(t, r))
				c.wantFetches(t, "with the second session", 2)

				c.end(t) // within the same minute
				before := c.calls.Load()
				statuses := g.many(t, r)
				if statuses[http.StatusForbidden]+statuses[http.StatusBadRequest] != crowd {
					t.Errorf("with an ended session: answered %v", statuses)
				}
				if n := c.calls.Load() - before; n != crowd {
					t.Errorf("%d requests were sent %d times", crowd, n)
				}
				c.wantFetches(t, "within a minute", 2)
			})
		}
		g.stop()
		for _, c := range clouds {
			hidesAll(t, c, g)
		}
	})
}

func hidesAll(t testing.TB, c *awsCloud, g *gateway) {
	t.Helper()
	for _, secret := range c.secrets() {
		if strings.Contains(g.log.String(), secret) {
			t.Errorf("the log shows %s", secret)
		}
	}
}

// AWS refuses a session from the second on that it ends. What is sent until then must arrive with one that lives.
func TestSessionsOfAWSAreRenewedBeforeTheyEnd(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		const life = 10 * time.Second
		h := newHome(t)
		clouds := awsClouds(t, f, h, life)
		for _, c := range clouds {
			c.slow = 200 * time.Millisecond
		}
		g := startIn(t, h, f, routesOf(clouds)...)
		for r, c := range clouds {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				if status, _, body := g.get(t, r); status != http.StatusOK {
					t.Fatalf("answered %d %s", status, body)
				}
				begin := time.Now()
				asked := func() (status int) {
					status, header, body := g.get(t, r)
					for _, secret := range append(c.secrets(), c.URL) {
						if strings.Contains(body, secret) {
							t.Errorf("an answer shows a secret or an address: %s", body)
						}
					}
					if status == http.StatusServiceUnavailable && (header.Get("Retry-After") == "" || !strings.Contains(body, "#credential-unavailable")) {
						t.Errorf("instead of a problem: %v %s", header, body)
					}
					return status
				}
				var crowds sync.WaitGroup
				for range 4 {
					crowds.Go(func() {
						for c.fetches.Load() < 3 && time.Since(begin) < patience {
							if status := asked(); status != http.StatusOK {
								t.Errorf("around a renewal: answered %d after %v", status, time.Since(begin))
								return
							}
							time.Sleep(20 * time.Millisecond)
						}
					})
				}
				crowds.Wait()
				if took := time.Since(begin); took < life {
					t.Errorf("%d sessions of %v were asked for in %v", c.fetches.Load(), life, took)
				}
				if most := c.most.Load(); most != 1 {
					t.Errorf("%d sessions were asked for at once", most)
				}

				// The service of identities is down: a session serves until it ends, and not longer.
				until(t, "the renewal", func() bool { return c.under.Load() == 0 })
				c.down.Store(true)
				failed, good := c.fetches.Load(), 0
				until(t, "the end of the session", func() bool {
					status := asked()
					if status == http.StatusOK && c.fetches.Load() > failed {
						good++
					}
					issued := c.issuedNow()
					left := time.Until(issued[len(issued)-1].expires)
					switch {
					case status == http.StatusServiceUnavailable && left > 2*time.Second:
						t.Errorf("answered %d while the session lives for another %v", status, left)
					case status != http.StatusOK && status != http.StatusServiceUnavailable && left > 0: // one that ends on the way
						t.Errorf("answered %d while the session lives for another %v", status, left)
					}
					return status == http.StatusServiceUnavailable
				})
				if good == 0 {
					t.Error("no request went out with the session after its renewal had failed")
				}
				c.down.Store(false)
				until(t, "the service is back", func() bool { return asked() == http.StatusOK })
			})
		}
	})
}

func TestARefusedIdentityOfAWSBacksOffUntilItsFileChanges(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		h := newHome(t)
		h.env = append(h.env, "VENDORSIGN_AWS_CREDENTIALS=web_identity,container")
		clouds, files := map[*route]*awsCloud{}, map[*route]string{}
		for kind, service := range map[string]string{"web_identity": "s3", "container": "guardduty"} {
			c := newAWSCloud(t, kind, service, time.Hour)
			r, file := c.route(t, f, h, strings.ReplaceAll(kind, "_", "-"))
			clouds[r], files[r] = c, file
			c.identity += "-another" // than the file holds
		}
		g := startIn(t, h, f, routesOf(clouds)...)
		for r, c := range clouds {
			t.Run(r.name, func(t *testing.T) {
				begin := time.Now()
				for range 3 {
					if statuses := g.many(t, r); statuses[http.StatusServiceUnavailable] != crowd {
						t.Fatalf("with a refused identity: answered %v", statuses)
					}
				}
				n, passed := int(c.fetches.Load()), time.Since(begin)
				if most := bits.Len(uint(passed/time.Second) + 1); n < 1 || n > most { // after 1, 3, 7, 15 seconds once more
					t.Errorf("%d requests cost %d requests to a service that refuses the identity in %v, at most %d wanted", 3*crowd, n, passed, most)
				}
				if n := c.calls.Load(); n != 0 {
					t.Errorf("%d requests went out unsigned", n)
				}
				for _, identity := range []string{c.identity, c.identity + "-third"} { // as the kubelet replaces it
					before := len(c.issuedNow())
					c.set(func() { c.identity = identity })
					replace(t, files[r], identity+"\n")
					until(t, "a session for the new identity", func() bool {
						status, _, _ := g.get(t, r)
						return status == http.StatusOK && len(c.issuedNow()) == before+1
					})
					wantAll(t, "with the new identity", g.many(t, r))
				}
			})
		}
		g.stop()
		for _, c := range clouds {
			hidesAll(t, c, g)
		}
	})
}

// Whoever writes a label must not sign with the identity of the gateway, unless its operator says so (T18).
func TestTraefikRefusesSourcesOfAWSThatTheOperatorDoesNotPermit(t *testing.T) {
	t.Parallel()
	for permitted, want := range map[string]map[string]int{
		"":             {"web-identity": 0, "container": 0},
		"web_identity": {"web-identity": http.StatusOK, "container": 0},
		"container":    {"web-identity": 0, "container": http.StatusOK},
	} {
		h := newHome(t)
		clouds := awsClouds(t, traefik, h, time.Hour)
		h.env = h.env[:len(h.env)-1]
		if permitted != "" {
			h.env = append(h.env, "VENDORSIGN_AWS_CREDENTIALS="+permitted)
		}
		g := startIn(t, h, traefik, routesOf(clouds)...)
		for r, c := range clouds {
			status, _, body := g.get(t, r)
			switch {
			case want[r.name] == http.StatusOK:
				if status != http.StatusOK {
					t.Errorf("%q permits %s: answered %d %s", permitted, r.name, status, body)
				}
			case status < 400 || c.fetches.Load()+c.calls.Load() > 0:
				t.Errorf("%q does not permit %s: answered %d, %d sessions", permitted, r.name, status, c.fetches.Load())
			}
		}
		refused := map[bool]int{true: 2, false: 1}[permitted == ""]
		g.says(t, "can permit it in VENDORSIGN_AWS_CREDENTIALS", refused)
	}
}

// A helper beside the gateway, as aws configure export-credentials in a loop, replaces the file of the three values before a session
// ends. Requests run meanwhile: none is refused, none has values of two sessions, and none has one that is over.
func TestSessionsOfAWSInAFileAreRotatedByAHelperUnderLoad(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		h := newHome(t)
		clouds, files := map[*route]*awsCloud{}, map[*route]string{}
		text := func(c *awsCloud) options {
			s := c.issue(t, awsIdentity)
			h.referred = append(h.referred, s.secret, s.token)
			return options{"access_key_id": s.id, "secret_access_key": s.secret, "session_token": s.token}
		}
		for _, service := range []string{"s3", "guardduty"} {
			c := newAWSCloud(t, "static", service, 30*time.Second)
			first := text(c)
			r := keyRoute(t, f, "aws", "helper-"+service, c.check, options{"region": "eu-west-1", "service": service,
				"credentials_file": h.put(t, service+".json", first)})
			clouds[r], files[r] = c, filepath.Join(h.secrets, service+".json")
		}
		g := startIn(t, h, f, routesOf(clouds)...)
		for r, c := range clouds {
			stop, _ := press(t, g, r)
			for n := range 3 {
				before := c.issuedNow()[n]
				next := text(c)
				if n == 1 { // a helper that writes in place, slowly
					whole := jsonText(t, next)
					g.still(t, func() { overwrite(t, files[r], whole[:len(whole)/2]) })
					time.Sleep(300 * time.Millisecond)
					g.still(t, func() { appendTo(t, files[r], whole[len(whole)/2:]) })
				} else {
					replace(t, files[r], jsonText(t, next))
				}
				taken(t, r, next, 20)
				if left := time.Until(before.expires); left < 0 {
					t.Errorf("%s was in use %v after it ended", before.id, -left)
				}
				c.set(func() { before.judge = c.stranger })
				taken(t, r, next, 5)
				if t.Failed() {
					break
				}
			}
			t.Logf("%s: %d requests", r.name, stop())
			for _, a := range r.vendor.since(0) {
				if a.fault != nil || !a.answer.Accepted {
					t.Fatalf("%s is refused: %v, %+v", a.target, a.fault, a.answer)
				}
			}
		}
	})
}
