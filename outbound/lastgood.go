//go:build go1.21

package outbound

import (
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Bounds of what is remembered. A day is long enough for any replacement of a file, and an old secret is not used for ever.
const (
	maxKept = 4096           // configurations whose options are remembered
	keptFor = 24 * time.Hour // since they were read
)

// lastGood are the options that a configuration had when its files were last usable. A gateway that rebuilds its gates for
// every change of its configuration (Traefik does) must not lose a credential because its file is being replaced. They are
// only texts: interpreted, a credential would keep alive the frames that it was made in. They hold secrets, and never leave
// the process.
type lastGood struct {
	key      string
	values   signers.Values
	previous signers.Values // of the previous credential; nil: there is none
	read     time.Time

	uses, older []credentials.Use // the secrets that they came from
	named       bool
	insecure    bool
}

// By configSource.key, a hash of the configuration as it was given: two routes with the same options share an entry.
var (
	keptMu  sync.Mutex
	keptAll = make(map[string]*lastGood)
)

// keepLastGood remembers what was just read under the key of the configuration, in place of the oldest if there are too many.
// r must have been read without a fault.
func keepLastGood(key string, r *loaded, now time.Time) {
	k := &lastGood{key: r.key, values: r.values, previous: r.previous, read: now}
	k.uses = r.uses
	k.older = r.older
	k.named = r.named
	k.insecure = r.insecure
	keptMu.Lock()
	defer keptMu.Unlock()
	// The one that was read longest ago goes; its configuration is probably gone, too.
	if keptAll[key] == nil && len(keptAll) >= maxKept {
		oldest := ""
		for name, other := range keptAll {
			if oldest == "" || other.read.Before(keptAll[oldest].read) {
				oldest = name
			}
		}
		delete(keptAll, oldest)
	}
	keptAll[key] = k
}

// lastGoodOf is what was remembered under the key less than keptFor ago; nil: nothing.
func lastGoodOf(key string, now time.Time) *lastGood {
	keptMu.Lock()
	defer keptMu.Unlock()
	if k := keptAll[key]; k != nil && now.Sub(k.read) < keptFor {
		return k
	}
	return nil
}

// restore makes a loaded from remembered options, with the operator's permissions as they are now: what they deny today is a
// fault even if it was good before. Its stamps match no file, so that the files are read as soon as they are complete.
func (s *configSource) restore(k *lastGood, stamps []credentials.FileState, now time.Time) (*loaded, []signers.Fault) {
	r := &loaded{key: k.key, values: k.values, previous: k.previous, uses: k.uses, older: k.older, named: k.named, insecure: k.insecure}
	c, faults := buildCredential(s, k.values, k.values, k.uses, now)
	if len(faults) > 0 {
		return nil, faults
	}
	c.bound = k.named && !k.insecure
	r.rotation = rotate(c, nil)
	if k.previous != nil {
		p, faults := buildCredential(s, k.previous, k.values, k.older, now)
		if len(faults) > 0 {
			return nil, faults
		}
		p.bound = c.bound
		r.rotation = rotate(c, p)
	}
	// Without Info, which no file's state is equal to.
	for _, known := range stamps {
		r.stamps = append(r.stamps, credentials.FileState{Option: known.Option, Path: known.Path})
	}
	return r, nil
}
