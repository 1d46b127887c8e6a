package e2e

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// off replaces the vendor's clock by one that is off, and has its answers go through change.
func (v *vendor) off(t testing.TB, m mode, by time.Duration, change func(http.Header)) {
	t.Helper()
	simulator, err := vendorsim.New(v.name, vendorsim.Config{
		Credential: m.credential(),
		Now:        func() time.Time { return time.Now().Add(by) },
		OnAnswer: func(_ *vendorsim.Request, a *vendorsim.Answer) {
			if change != nil {
				change(a.Header)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.judge(simulator.Check)
}

// Ten minutes off is twice what Duo accepts. The gateway believes a verified vendor after three answers over ten
// seconds, and nobody else; the transport has the vendor's time in the refusal itself and tries once more.
func TestAVendorsTimeIsBelievedSlowlyAndWithinBounds(t *testing.T) {
	ca := newAuthority(t)
	m := find("duo")
	const name = "api-1.duosecurity.example"
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // each waits for the same ten seconds
		vendorAt := func(title string, by time.Duration, set options, change func(http.Header)) *route {
			r := &route{
				name: title, signer: "duo", options: m.options.with(options{"host": name}).with(set),
				vendor: newVendor(t, "duo", m.credential(), ca.leaf(t, name)),
				scheme: "https", ca: ca.file, serverName: name, headerUp: "Host " + name,
			}
			r.vendor.off(t, m, by, change)
			return r
		}
		ahead := vendorAt("ahead", 10*time.Minute, nil, nil)
		behind := vendorAt("behind", -10*time.Minute, nil, nil)
		cached := vendorAt("cached", 10*time.Minute, nil, func(h http.Header) { h.Set("Age", "600") })
		far := vendorAt("far", 2*time.Hour, nil, nil)
		bounded := vendorAt("bounded", 10*time.Minute, options{"max_clock_skew": "5m"}, nil)
		local := vendorAt("local", 10*time.Minute, options{"clock": "local"}, nil)
		var answers atomic.Int64
		erratic := vendorAt("erratic", 10*time.Minute, nil, func(h http.Header) { // no two answers agree
			h.Set("Date", time.Now().Add(time.Duration(7*answers.Add(1))*time.Second).UTC().Format(http.TimeFormat))
		})
		dateless := vendorAt("dateless", 10*time.Minute, nil, func(h http.Header) { h.Del("Date") })
		garbled := vendorAt("garbled", 10*time.Minute, nil, func(h http.Header) { h.Set("Date", "yesterday\x00") })
		plain := m.route(t, f) // not verified
		plain.name = "plain"
		plain.vendor.off(t, m, 10*time.Minute, nil)
		trusted := m.route(t, f) // not verified, and asked for
		trusted.name, trusted.options = "trusted", trusted.options.with(options{"clock": "vendor"})
		trusted.vendor.off(t, m, 10*time.Minute, nil)
		corrected := []*route{ahead, behind, trusted}
		refused := []*route{cached, far, bounded, local, erratic, dateless, garbled, plain}
		g := start(t, f, append(corrected, refused...)...)
		r := request{method: "GET", target: "/admin/v1/users"}
		repeated := f != traefik

		begin := time.Now()
		for _, route := range corrected {
			got := g.send(t, route, r)
			if want := map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[repeated]; got.status != want {
				t.Errorf("%s: the first request is answered %d, want %d", route.name, got.status, want)
			}
			if n := route.vendor.count(); n != map[bool]int{true: 2, false: 1}[repeated] {
				t.Errorf("%s: %d attempts arrived", route.name, n)
			}
		}
		// With a body that was read to be signed, too.
		post := request{method: "POST", target: "/admin/v1/users", header: []string{asForm}, body: []byte("a=1")}
		if got := g.send(t, ahead, post); repeated && got.status != http.StatusOK {
			t.Errorf("with a body: %d", got.status)
		}

		pending := map[*route]bool{ahead: true, behind: true, trusted: true}
		const corrects = "requests are signed with the vendor's time"
		beyond := "more than " + map[bool]string{true: "maxClockSkew", false: "max_clock_skew"}[f == traefik]
		told := func(text string) int { return strings.Count(g.log.String(), text) }
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for len(pending) > 0 || time.Since(begin) < 15*time.Second || told(corrects) < 3 || told(beyond) < 2 {
			if time.Since(begin) > 2*patience {
				for route := range pending {
					t.Errorf("%s: its time is still not used", route.name)
				}
				t.Errorf("the log tells of %d corrected clocks, want 3, and of %d vendors' times beyond max_clock_skew, want 2", told(corrects), told(beyond))
				return
			}
			<-tick.C
			for route := range pending {
				before := route.vendor.count()
				got := g.send(t, route, r)
				if got.status == http.StatusOK && route.vendor.count() == before+1 { // at once, not by a repetition
					if after := time.Since(begin); after < 9*time.Second {
						t.Errorf("%s was believed after %v", route.name, after)
					}
					delete(pending, route)
				}
			}
			for _, route := range refused {
				before := route.vendor.count()
				got := g.send(t, route, r)
				again := repeated && route == erratic // its Date may seem worth a try
				if got.status == http.StatusOK && !again {
					t.Fatalf("%s: the vendor's time was used after %v", route.name, time.Since(begin))
				}
				if n := route.vendor.count() - before; n > 2 || n > 1 && !again {
					t.Fatalf("%s: one request became %d", route.name, n)
				}
			}
		}
		for _, route := range corrected {
			g.accepted(t, route, r)
			g.accepted(t, route, post)
		}
		g.stop()
		if told(corrects) != 3 || told(beyond) != 2 {
			t.Errorf("the log tells of %d corrected clocks, want 3, and of %d vendors' times beyond max_clock_skew, want 2", told(corrects), told(beyond))
		}
	})
}
