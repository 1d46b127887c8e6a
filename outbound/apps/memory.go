//go:build go1.21

package apps

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxRemembered is how many signatures are remembered at once, of all apps: some 20 MB. An attacker without a key cannot fill
// it, since only proved requests are remembered.
const maxRemembered = 100000

// Memory remembers signatures that were used, in two maps: what is in the older one was used at least a period ago, and is
// forgotten when the maps turn. No signature is valid for longer than a period, so none is forgotten too early. It is safe
// for concurrent use.
//
//	period 2m:  12:00 newer {a}       older {}
//	            12:02 newer {b}       older {a}      turned: "a" is still refused
//	            12:04 newer {}        older {b}      "a" is forgotten; its date is outside the window since 12:02 at the latest
//
// Two maps forget in one step what a list by age would forget one by one.
//
// A clock that is set back makes signatures valid again that are forgotten. So the memory knows up to which date those were (lost), and
// what is dated before is refused. Without such a clock, all of that is outside the window.
type Memory struct {
	mu sync.Mutex
	// period is the time between two turns: how long a signature is valid at most (Verifier.period). coarse is how much of their
	// dates signatures leave out (signers.Claims).
	period, coarse time.Duration
	lost           atomic.Int64 // in unix seconds; 0: nothing was forgotten
	// unsure is the later of lost and the start, in unix seconds: what is dated before has to be looked at closely (judgeOnce).
	unsure *atomic.Int64
	turned time.Time
	began  time.Time // zero: long ago
	// newer takes what is used now, and older has what was used in the period before.
	newer, older *used
	most         int // maxRemembered, but for tests
}

// used are signatures, and how many of them each app has.
type used struct {
	proofs map[string]bool
	counts map[string]int // by key ID
	latest int64          // when the last of them was used at most, in unix seconds; known when the map is no longer the newer one
}

func newUsed() *used { return &used{proofs: make(map[string]bool), counts: make(map[string]int)} }

// newMemory makes an empty memory without a beginning, so that no signature counts as one from before it.
func newMemory(period, coarse time.Duration) *Memory {
	return &Memory{period: period, coarse: coarse, newer: newUsed(), older: newUsed(), most: maxRemembered, unsure: new(atomic.Int64)}
}

// sharedMemory is the memory of all verifiers in this process that verify a vendor's scheme and keep signatures for this
// long. So signatures that were used before a reload are not forgotten by it, and one that was used at a site is refused at
// another. Sites with different windows do not share: period is part of the name, since turn depends on it.
func sharedMemory(vendor string, period, coarse time.Duration) *Memory {
	memoriesMu.Lock()
	defer memoriesMu.Unlock()
	key := vendor + " " + strconv.FormatInt(int64(period), 10)
	if memories[key] == nil {
		memories[key] = newMemory(period, coarse)
		memories[key].began = time.Now()
	}
	return memories[key]
}

// memories are never dropped: there is one for each vendor and window that was ever configured, and an old one holds few
// signatures.
var (
	memoriesMu sync.Mutex
	memories   = make(map[string]*Memory)
)

// turn forgets what is no longer valid. The caller holds the lock. After a pause of two periods both maps are over.
func turn(m *Memory, now time.Time) {
	now = now.Round(0) // without the monotonic clock, since it is the other one that signatures are dated by
	if m.turned.IsZero() {
		m.turned = now
		return
	}
	age := now.Sub(m.turned)
	if age.Abs() < m.period {
		return
	}
	// No signature was used later: see remember.
	if latest := m.turned.Add(m.period).Unix(); latest > m.newer.latest {
		m.newer.latest = latest
	}
	if age < 0 { // the clock was set back: what is there stays for another period
		m.turned = now
		return
	}
	lose(m, m.older)
	m.older = m.newer
	if age >= 2*m.period {
		lose(m, m.older)
		m.older = newUsed()
	}
	m.newer = newUsed()
	m.turned = now
}

// lose notes up to which date signatures may be that are forgotten. They were valid when they were used, and so dated a window later
// than the clock at most; of a coarse date it is the end of what it leaves open. The caller holds the lock.
func lose(m *Memory, u *used) {
	if len(u.proofs) == 0 {
		return
	}
	last := time.Unix(u.latest, 0).Add((m.period - m.coarse) / 2)
	if m.coarse > 0 {
		last = last.Truncate(m.coarse).Add(m.coarse)
	}
	if last.Unix() > m.lost.Load() {
		m.lost.Store(last.Unix())
	}
	if last.Unix() > m.unsure.Load() {
		m.unsure.Store(last.Unix())
	}
}

// wasUsed reports whether a signature is remembered. It does not remember it: see repeated.
func wasUsed(m *Memory, proof string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	turn(m, now)
	return m.newer.proofs[proof] || m.older.proofs[proof]
}

// remember adds a signature of the app with the key, unless it is there already. It returns why it could not: Replay, or Full. An
// app may have as many signatures as there is room left: one that uses the gateway a lot takes half of the room, two of them two
// thirds, and an app that has none always finds some.
func remember(m *Memory, key, proof string, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	// turn is called only when it has something to do: interpreted, a call costs more than the comparison.
	if now.Sub(m.turned).Abs() >= m.period {
		turn(m, now)
	}
	newer := m.newer
	older := m.older
	proofs := newer.proofs
	before := older.proofs
	if before[proof] {
		return Replay
	}
	if proofs[proof] {
		return Replay
	}
	used := newer.counts[key]
	if used+older.counts[key]+len(proofs)+len(before) >= m.most {
		return Full
	}
	// Only newer grows: the counts of older are those of what it has.
	proofs[proof] = true
	newer.counts[key] = used + 1
	return ""
}

// forget takes a signature out again that the app with the key was the first to use: its request was never sent. It does
// nothing if the signature is in neither map, as after a long wait.
func forget(m *Memory, key, proof string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.newer
	if !u.proofs[proof] {
		u = m.older
	}
	if !u.proofs[proof] {
		return
	}
	delete(u.proofs, proof)
	u.counts[key]--
	if u.counts[key] <= 0 {
		delete(u.counts, key)
	}
}

// Share has the verifier use the memory that others in this process use for the same vendor and window, and count the rates of
// an app together with them: both outlive a reload. It is called before the verifier gets its apps.
func Share(v *Verifier) {
	v.shared = true
	v.memory = sharedMemory(v.scheme.Name, v.period(), v.claims.Coarse)
	StartAt(v, v.memory.began)
}

// Remember marks signatures as used, for tests and the command line ("seen"). They belong to no key, so that they take no
// app's room.
func Remember(v *Verifier, proofs []string, now time.Time) {
	for _, proof := range proofs {
		if v.claims.Hex {
			proof = strings.ToLower(proof)
		}
		remember(v.memory, "", proof, now)
	}
}

// StartAt says when the verifier began to remember signatures. It is called before the first request.
func StartAt(v *Verifier, start time.Time) {
	v.start = start
	if second := start.Unix() + 1; !start.IsZero() && second > v.memory.unsure.Load() {
		v.memory.unsure.Store(second)
	}
}
