package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// verifyCost is what it costs to verify the request of an app, compiled, over its signature in the same run.
type verifyCost struct {
	NS     float64 `json:"ns"`
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"`
	SignNS float64 `json:"sign_ns"`
	Ratio  spread  `json:"sign_ratio"`
}

// appMode is a small GET that an app signed with a local key.
type appMode struct {
	name, key, secret, target string
	more                      signers.Values
}

var appModes = []appMode{
	{name: "duo", key: "integration_key", secret: "secret_key", target: duoTarget},
	{name: "aws", key: "access_key_id", secret: "secret_access_key", target: awsModes[0].target,
		more: signers.Values{"region": {awsRegion}, "service": {awsModes[0].service}}},
	{name: "veracode", key: "api_id", secret: "api_key", target: "/appsec/v1/applications"},
	{name: "darktrace", key: "public_token", secret: "private_token", target: "/devices"},
	{name: "threatconnect", key: "access_id", secret: "secret_key", target: "/api/v3/indicators"},
	{name: "cortex", key: "api_key_id", secret: "api_key", target: "/public_api/v1/healthcheck"},
}

const (
	manyApps = 200
	// betweenApps is the time from one signature to the next. More of them in a window than the verifier remembers would be refused.
	betweenApps = 20 * time.Millisecond
)

func appKeyID(n int) string  { return fmt.Sprintf("ABCDEFGHIJKLMNOP%04d", n) }
func appSecret(n int) string { return fmt.Sprintf("%040d", n) }

// values are those of a signer with this key.
func (m appMode) values(id, secret string) signers.Values {
	v := m.more.Copy()
	v[m.key], v[m.secret] = []string{id}, []string{secret}
	return v
}

// appSigner signs the same message anew again and again, each time a little later and with another nonce.
type appSigner struct {
	signer  signers.Signer
	traits  signers.Traits
	at      *signers.Moment
	message *signers.Message
	signed  uint64
}

func (m appMode) newSigner() (*appSigner, error) {
	s, err := signerOf(m.name, m.values(appKeyID(117), appSecret(117)))
	if err != nil {
		return nil, err
	}
	a := &appSigner{signer: s, traits: s.Traits(), at: moment(s, 0)}
	a.at.Token = ""
	a.message = &signers.Message{Method: "GET", Host: vendorHost, Target: m.target, Header: usualHeaders()}
	return a, nil
}

// prepare makes the moment of the next signature, and takes the last one away.
func (a *appSigner) prepare(now time.Time) {
	a.signed++
	if !a.traits.Second || now.Unix() != a.at.Time.Unix() {
		a.at.Date = a.signer.Date(now)
	}
	a.at.Time = now
	if a.traits.Nonce != "" {
		a.at.Nonce = fmt.Sprintf("%032x", a.signed)
	}
	for _, name := range a.traits.Owns {
		delete(a.message.Header, name)
	}
}

func measureVerify(p plan) (map[string]verifyCost, error) {
	all := make(map[string]verifyCost)
	for _, m := range appModes {
		cost, err := m.measure(p)
		if err != nil {
			return nil, fmt.Errorf("verify %s: %w", m.name, err)
		}
		all[m.name] = cost
	}
	return all, nil
}

// arrived keeps a request, so that it is made in any case.
var arrived *http.Request

// subjects are three: one prepares, one signs too, and one verifies too. What each costs is what it takes over the one before.
func (m appMode) subjects() ([]subject, error) {
	v, faults := apps.New(apps.Options{Vendor: m.name})
	list := make([]apps.App, manyApps)
	for i := range list {
		list[i] = apps.App{Name: fmt.Sprint("app", i), KeyID: appKeyID(i), Secret: appSecret(i)}
	}
	if len(faults) == 0 {
		faults = apps.SetApps(v, list)
	}
	if len(faults) > 0 {
		return nil, signers.FaultsError(m.name, faults)
	}
	a, err := m.newSigner()
	if err != nil {
		return nil, err
	}
	now := a.at.Time
	upTo := func(signs, verifies bool) subject {
		return func(n int) error {
			for range n {
				now = now.Add(betweenApps)
				a.prepare(now)
				r := &http.Request{Method: "GET", Host: vendorHost, Header: a.message.Header, Body: http.NoBody} // the server has made it
				if !signs {
					arrived = r
					continue
				}
				if err := a.signer.Sign(a.message, a.at); err != nil {
					return err
				}
				if !verifies {
					arrived = r
					continue
				}
				seen := &signers.Message{Method: "GET", Host: vendorHost, Target: m.target}
				if c := apps.Check(v, r, seen, 1<<20, now); c.Problem != nil {
					return fmt.Errorf("refused: %s: %s", c.Verdict.Reason, c.Verdict.Detail)
				}
			}
			return nil
		}
	}
	return []subject{upTo(false, false), upTo(true, false), upTo(true, true)}, nil
}

func (m appMode) measure(p plan) (verifyCost, error) {
	subjects, err := m.subjects()
	if err != nil {
		return verifyCost{}, err
	}
	times, err := measure(p, subjects)
	if err != nil {
		return verifyCost{}, err
	}
	signs := pairs(times[1], times[0], difference)
	cost := verifyCost{NS: pairs(times[2], times[1], difference).Median, SignNS: signs.Median}
	ratios := make([]float64, p.rounds)
	for i := range ratios {
		ratios[i] = (times[2][i] - times[1][i]) / (times[1][i] - times[0][i])
	}
	cost.Ratio = spreadOf(ratios)
	for i, sign := range []float64{-1, 1} {
		bytes, allocs, err := memory(subjects[i+1])
		if err != nil {
			return cost, err
		}
		cost.Bytes, cost.Allocs = cost.Bytes+sign*bytes, cost.Allocs+sign*allocs
	}
	return cost, nil
}

func difference(a, b float64) float64 { return a - b }
