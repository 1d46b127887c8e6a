//go:build go1.21

// Package apps verifies what applications sign with local keys: keys that the gateway issued, and that are worth nothing at
// the vendor. An app keeps its vendor's SDK, the gateway verifies its signature in the vendor's own scheme, and the signer
// then replaces it by one with the real credential.
//
//	request -> [ReadClaim]: what its head claims -> the body, as far as the signature covers it -> [Verify] -> [Verdict]
//
// To verify is to sign again: the signer of the scheme (signers.Claims.Prove) makes the proof with the app's key, at the
// moment that the request claims, and both are compared in constant time. There is no second formula that could differ from
// the first.
//
//	Authorization: Basic base64(AKBILLING00000000000:5c3f...), Date: Tue, 14 Nov 2023 22:13:20 -0000
//	  -> Claim{Key: "AKBILLING00000000000", At: that date, Proof: "5c3f...", Tries: versions of the signature}
//	  -> the app billing has the key; its signer makes "5c3f..." of the request: it is billing's
//	  -> within the window, not revoked, not used before, permitted by allow and rate: Verified
//
// # What is promised
//
// Whoever has proved nothing learns nothing: up to the proof every refusal is the same 401, and takes the same work for a key
// that exists and for one that does not (standIn, newDummy, why). Whoever has proved to be an app gets the reason. Nothing
// that a client names without a proof makes the gateway keep more than a bound (claimedSigners, LogDue).
//
// # Where a change belongs
//
//	check.go     Check: the whole verification, for a gateway    claimed.go    signers with options that clients name
//	verify.go    Verify: who made the request (proof.go)         judge.go      after the proof: time, replay, rights, rate
//	memory.go    signatures that were used                       spent.go      what is given back if a request is not sent
//	attempts.go  requests that something in front sends again
//	table.go     the apps, by their keys (rates.go)              key.go        the signers of a key
//	config.go    options of apps and verifiers                   source.go     apps that change while the gateway runs
//	file.go      an apps_file (fileentry.go, filecheck.go)       filestate.go  the file, as it is followed (fileload.go)
//	filesource.go  the file, as one verifier sees it              revoked.go    who is told of revoked keys
//	keys.go      how secrets are derived (hkdf.go)               why.go        mistakes behind a wrong signature
//	warm.go      how many signers of keys are kept               schemefile.go  schemes that are files of the operator's
//
// How a scheme's signature is read and made belongs to its signers.Claims. A new reason goes into reason.go, the blames of
// why.go and outbound.AppProblem.
//
// Like package outbound it also runs interpreted by yaegi: standard library only, no goroutines.
package apps

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Options are those of a verifier, except for its apps.
type Options struct {
	// Vendor is whose scheme the apps sign in.
	Vendor string
	// File has the options of the kind File, with the contents, of a vendor whose scheme is that of a file: see ReadScheme.
	File signers.Values
	// Window is how far the date of a signature may be from the gateway's clock, from 1 second to 24 hours; 0: the default, 5
	// minutes, or 1 where the scheme has no nonce.
	Window time.Duration
	// Replay is how a signature is treated that was used before: unsafe refuses it unless the method is GET, HEAD or OPTIONS,
	// refuse and allow treat all methods alike; empty: the default of the scheme.
	Replay string
	// Explain says to every client why it is refused, and not only to one that proved to be an app.
	Explain bool
	// Clear says that plain http from clients counts as https, since something else protects it; see Downstream.
	Clear bool
	// LongTargets says that the signer may take targets of any length, as in Caddy's transport. Otherwise those that it refuses
	// are not verified either.
	LongTargets bool
}

// The windows that are used if none is configured. A scheme without a nonce has the same signature for two equal requests in one
// second, so that a captured read can be repeated within the window: it is short there.
const (
	shortWindow = time.Minute
	usualWindow = 5 * time.Minute
	maxWindow   = 24 * time.Hour
)

// The values of Options.Replay.
const (
	replayUnsafe = "unsafe"
	replayRefuse = "refuse"
	replayAllow  = "allow"
)

// Verifier verifies the requests of a set of apps. It is safe for concurrent use, once setSource, OnRevoked and StartAt have
// been called. Fields of claims that every request needs are copied out of it: interpreted, each selector costs.
type Verifier struct {
	scheme  signers.Scheme
	vendor  string // as it is configured
	own     string // the scheme's name, if it is that of a file: see signers.RegisterFiles
	claims  *signers.Claims
	read    func(m *signers.Message) (*signers.Claim, error) // of claims
	traits  signers.Traits                                   // of the scheme's signers
	window  time.Duration
	replay  string
	start   time.Time // of the memory; zero: long ago. What is dated before it may have been used: see early
	memory  *Memory   // of signatures that were used; Share has others use it, too
	dummy   *localKey
	claimed *claimedSigners
	warm    *warmKeys
	seed    maphash.Seed // see standIn

	explains bool
	clear    bool               // plain http counts as https: see Downstream
	harmless map[string]bool    // methods whose signatures may come twice and need not be remembered; nil: none
	once     bool               // no signature may be used twice, and each has its whole date: see judgeOnce
	schemes  bool               // the signature covers the scheme of the URL: see Claims
	long     bool               // targets may be longer than those that a handler signs
	shared   bool               // rates are counted with other verifiers of the process: see windowsOf
	portless bool               // its clients sign the host without its port: see Claims
	logged   *outbound.Throttle // by reason and proved app: few
	asked    atomic.Int64       // the unix nanosecond of the last search for a mistake: see why

	mu    sync.Mutex   // for changes of table
	table atomic.Value // of *table

	// Of a source: see setSource.
	configured []App
	source     Source
	forbidden  func(print string) bool
	say        func(news string)
	looked     atomic.Int64 // the unix second of the last look
	refreshing sync.Mutex
	file       *FileSource       // that of source; nil: it is none, or of something else
	revoked    func(name string) // nil: nobody wants to know
	listener   string            // of revoked
	refused    time.Time         // when the source's apps could not be used first; zero: they can

	ended map[string]bool    // names of apps: see End
	heirs func() []*Verifier // nil: the verifier itself; see SetHeirs
}

// New makes a verifier without apps, which refuses every request; see SetApps and AddFile. The vendor must be one whose
// scheme has Claims. Faults name the options of Options as in a configuration.
func New(o Options) (*Verifier, []signers.Fault) {
	scheme, err := signers.Lookup(o.Vendor)
	if err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	file := ""
	if signers.HasFiles(o.Vendor) {
		own, faults := signers.FileScheme(o.Vendor, o.File)
		if len(faults) > 0 {
			return nil, faults
		}
		scheme = own
		file = own.Name
	}
	if scheme.Claims == nil {
		return nil, []signers.Fault{{Text: "requests of apps in the scheme of " + o.Vendor + " cannot be verified"}}
	}
	v := &Verifier{scheme: scheme, vendor: o.Vendor, own: file, claims: scheme.Claims, read: scheme.Claims.Read, schemes: scheme.Claims.Scheme,
		portless: scheme.Claims.Portless, window: o.Window, replay: o.Replay, explains: o.Explain,
		clear: o.Clear, long: o.LongTargets}
	if v.window == 0 {
		v.window = shortWindow
		if v.claims.Nonce {
			v.window = usualWindow
		}
	}
	if v.window < time.Second || v.window > maxWindow {
		return nil, []signers.Fault{{Option: "window", Text: "window must be a time such as 5m, from 1 second to 24 hours"}}
	}
	if fault := chooseReplay(v); fault != nil {
		return nil, []signers.Fault{*fault}
	}
	// With a coarse date, early has to be asked for each request, which judgeOnce does not.
	v.once = v.replay == replayRefuse && v.claims.Coarse == 0
	v.memory = newMemory(v.period(), v.claims.Coarse)
	dummy, err := newDummy(scheme)
	if err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	v.dummy = dummy
	v.claimed = &claimedSigners{by: make(map[string]*prover)}
	v.warm = new(warmKeys)
	v.logged = new(outbound.Throttle)
	v.seed = maphash.MakeSeed()
	traits, faults := traitsOf(v)
	if len(faults) > 0 {
		return nil, faults
	}
	v.traits = traits
	v.table.Store(&table{byKey: make(map[string]*entry)})
	return v, nil
}

// chooseReplay checks the option replay, or takes the scheme's default.
func chooseReplay(v *Verifier) *signers.Fault {
	if v.replay == "" {
		v.replay = replayUnsafe
		if v.claims.Nonce || v.claims.Nothing {
			v.replay = replayRefuse
		}
	}
	switch v.replay {
	case replayRefuse, replayAllow:
	case replayUnsafe:
		if v.claims.Nothing {
			return &signers.Fault{Option: "replay", Text: "replay unsafe has no meaning here: the scheme's signature does not cover " +
				"what is asked for; use refuse"}
		}
		if v.claims.Method {
			v.harmless = safeMethods
		}
	default:
		return &signers.Fault{Option: "replay", Text: "replay must be unsafe, refuse or allow"}
	}
	return nil
}

// period is how long a signature is valid at most: from a window before its date to a window after it, and longer where the
// date can be changed. With a window of 5m that is 10m; for a signature that has the hour alone, 10m and an hour.
func (v *Verifier) period() time.Duration { return 2*v.window + v.claims.Coarse }

// traitsOf are those of a signer that verifies: how much of the body the signature covers. The dummy's signer has the same as
// any app's.
func traitsOf(v *Verifier) (signers.Traits, []signers.Fault) {
	values := valuesOf(v.scheme, v.dummy.id, v.dummy.secret)
	for _, o := range v.scheme.Options {
		if o.Required && !values.Has(o.Name) {
			values[o.Name] = []string{o.Example()}
		}
	}
	s, faults := v.scheme.Signer(values)
	if len(faults) > 0 {
		return signers.Traits{}, faults
	}
	return s.Traits(), nil
}

// SetApps replaces the apps, unless something is wrong with one of them: then all from before stay, and the faults say what.
// Requests that are being verified finish with the table that they began with.
func SetApps(v *Verifier, list []App) []signers.Fault {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.table.Load().(*table)
	t, faults := newTable(v, list, before)
	faults = append(faults, refuseSecrets(v, t)...)
	if len(faults) > 0 {
		return faults
	}
	v.table.Store(t)
	tellRevoked(v, before, t)
	return nil
}
