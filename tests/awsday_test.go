package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

const awsLongSecret = "canary/MDENG+bPxRfiCYEXAMPLEKEY/abcdefgh"

// awsSays reads the day of a signature's scope and the date that it is for.
func awsSays(t testing.TB, h http.Header) (day, date string) {
	t.Helper()
	_, scope, _ := strings.Cut(h.Get("Authorization"), "Credential=")
	parts := strings.Split(scope, "/")
	if len(parts) < 2 {
		t.Fatalf("Authorization is %q", h.Get("Authorization"))
	}
	return parts[1], h.Get("X-Amz-Date")
}

// A key is derived for a day of UTC. The gate's clock goes over midnight, by itself, with the vendor's clock ahead of it or behind,
// and back; no request is refused, and none has a scope of another day than its date.
func TestTheKeyForAWSFollowsTheDay(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, ahead := range []time.Duration{0, 2 * time.Minute, -2 * time.Minute} { // of the vendor's clock; AWS takes 5 minutes
			config := map[string]string{"access_key_id": another("AKID"), "secret_access_key": awsLongSecret, "region": "eu-west-1", "service": "guardduty"}
			text, _ := json.Marshal(config)
			l := live(t, d, "aws", string(text), "", nil)
			simulator, err := vendorsim.New("aws", vendorsim.Config{Credential: config, Now: func() time.Time { return l.now().Add(ahead) }})
			if err != nil {
				t.Fatal(err)
			}
			l.vendor = served(simulator)
			midnight := l.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
			last := ""
			sends := func() {
				t.Helper()
				if got := l.get(); got != "200" {
					t.Fatalf("%v ahead, at %v: answered %s", ahead, l.now().UTC(), got)
				}
				for _, r := range l.reached() {
					day, date := awsSays(t, r.Header)
					at, err := time.Parse("20060102T150405Z", date)
					if err != nil || day != date[:8] {
						t.Fatalf("%v ahead: the scope is of %s, the date %s, %v", ahead, day, date, err)
					}
					if off := at.Sub(l.now()); off > 3*time.Minute || off < -3*time.Minute {
						t.Errorf("%v ahead: the date is off by %v", ahead, off)
					}
					last = day
				}
			}
			l.pass(midnight.Add(-ahead - 75*time.Second).Sub(l.now())) // three samples within a minute show the offset
			for range 70 {
				sends()
				l.pass(time.Second)
			}
			wantDay := func(when string, day time.Time) {
				t.Helper()
				if want := day.Format("20060102"); last != want {
					t.Errorf("%v ahead, %s: signed for %s, want %s", ahead, when, last, want)
				}
			}
			wantDay("before midnight of the vendor", midnight.Add(-time.Second))
			for range 10 { // the vendor's date changes within these
				sends()
				l.pass(time.Second)
			}
			wantDay("after midnight of the vendor", midnight)
			l.pass(-15 * time.Second) // the local clock is set back over midnight
			sends()
			l.pass(15 * time.Second)
			sends()
			wantDay("after midnight again", midnight)
			l.pass(24 * time.Hour)
			sends()
			wantDay("a day later", midnight.Add(24*time.Hour))
		}
	})
}

// A signer of mode re_sign keeps a few keys, of more scopes than that.
func TestManyScopesOfAWSAreEachSignedWithTheirKey(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		var regions []string
		for n := range 20 {
			regions = append(regions, fmt.Sprintf("eu-test-%d", n))
		}
		services := []string{"s3", "guardduty"}
		config, _ := json.Marshal(map[string]any{"access_key_id": "AKID", "secret_access_key": awsLongSecret, "mode": "re_sign", "region": regions, "service": services})
		sign, err := d.Signer("aws", config)
		if err != nil {
			t.Fatal(err)
		}
		at := atNoon()
		judge := awsJudge(t, at, "AKID", awsLongSecret, strings.Join(regions, ","), strings.Join(services, ","))
		for round := range 3 {
			for i := range regions {
				for _, service := range services {
					region := regions[(i*7+round)%len(regions)]
					h := http.Header{"Authorization": {"AWS4-HMAC-SHA256 Credential=any/20260102/" + region + "/" + service + "/aws4_request, SignedHeaders=host, Signature=0"}}
					out, sent, _, _, err := sign("GET", "vendor.example", "/a?b=1", h, nil, at, "", "", "")
					if err != nil {
						t.Fatal(err)
					}
					if a := judge(out, sent); !a.Accepted || !strings.Contains(string(a.Body), service+" in "+region) {
						t.Fatalf("%s in %s: %s %s", service, region, a.Reason, a.Body)
					}
				}
			}
		}
	})
}

// awsJudge verifies GET requests to vendor.example at a time.
func awsJudge(t testing.TB, at time.Time, id, secret, regions, services string) func(h http.Header, target string) *vendorsim.Answer {
	t.Helper()
	s, err := vendorsim.New("aws", vendorsim.Config{Now: func() time.Time { return at },
		Credential: map[string]string{"access_key_id": id, "secret_access_key": secret, "region": regions, "service": services}})
	if err != nil {
		t.Fatal(err)
	}
	return func(h http.Header, target string) *vendorsim.Answer {
		return s.Check(&vendorsim.Request{Method: "GET", Host: "vendor.example", Target: target, Header: h})
	}
}

// Pools of keyed hashes must not meet: interpreted, functions that are made in a loop share its variables.
func TestTwoHundredKeysOfAWSEachSignTheirOwn(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		const routes = 200
		at := atNoon()
		signs, judges := make([]signFunc, routes), make([]func(http.Header, string) *vendorsim.Answer, routes)
		for n := range routes {
			id, secret := fmt.Sprintf("AKID%d", n), fmt.Sprintf("%s%d", awsLongSecret, n)
			config, _ := json.Marshal(map[string]any{"access_key_id": id, "secret_access_key": secret, "region": "eu-west-1", "service": "s3"})
			sign, err := d.Signer("aws", config)
			if err != nil {
				t.Fatal(err)
			}
			signs[n], judges[n] = sign, awsJudge(t, at, id, secret, "eu-west-1", "s3")
		}
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() {
				for n := range 3 * routes {
					n = (n*(worker+3) + worker) % routes
					out, sent, _, _, err := signs[n]("GET", "vendor.example", "/a", http.Header{}, nil, at, "", "", "")
					if err != nil {
						t.Error(err)
						return
					}
					if a := judges[n](out, sent); !a.Accepted {
						t.Errorf("route %d: %s", n, a.Reason)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

// What a client sends of a body is signed, in both runtimes and for both families of services.
func TestABodyAndItsTypeAreSignedForAWS(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, service := range []string{"s3", "guardduty"} {
			for _, token := range []string{"", "session+token/=="} {
				for _, more := range []http.Header{{}, {"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, {"X-Amz-Target": {"A.B"}}} {
					config := map[string]string{"access_key_id": "AKID", "secret_access_key": awsLongSecret, "region": "eu-west-1", "service": service}
					if token != "" {
						config["session_token"] = token
					}
					text, _ := json.Marshal(config)
					sign, err := d.Signer("aws", text)
					if err != nil {
						t.Fatal(err)
					}
					s, err := vendorsim.New("aws", vendorsim.Config{Now: atNoon, Credential: config})
					if err != nil {
						t.Fatal(err)
					}
					out, sent, _, _, err := sign("POST", "vendor.example", "/a?b=1", more, []byte("a=1"), atNoon(), "", "", "")
					if err != nil {
						t.Fatal(err)
					}
					header := more.Clone()
					for name, values := range out {
						header[name] = values
					}
					if a := s.Check(&vendorsim.Request{Method: "POST", Host: "vendor.example", Target: sent, Header: header, Body: []byte("a=1")}); !a.Accepted {
						t.Errorf("%s, token %q, %v: %s", service, token, more, a.Reason)
					}
				}
			}
		}
	})
}
