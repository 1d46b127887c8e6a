//go:build go1.21

package apps

import (
	"strconv"
	"sync"
	"time"
)

// maxRemembered is how many signatures are remembered at once, of all apps: some 20 MB.
const maxRemembered = 100000

// Memory remembers signatures that were used, in two maps: what is in the older one was used at least a period ago, and is forgotten
// when the maps turn. No signature is valid for longer than a period, so none is forgotten too early.
type Memory struct {
	mu           sync.Mutex
	period       time.Duration
	turned       time.Time
	began        time.Time // zero: long ago
	newer, older *used
	most         int // maxRemembered, but for tests
}

// used are signatures, and how many of them each app has.
type used struct {
	proofs map[string]bool
	counts map[string]int // by key ID
}

func newUsed() *used { return &used{proofs: make(map[string]bool), counts: make(map[string]int)} }

func newMemory(period time.Duration) *Memory {
	return &Memory{period: period, newer: newUsed(), older: newUsed(), most: maxRemembered}
}

// SharedMemory is the memory of all verifiers in this process that verify a vendor's scheme and keep signatures for this long. So
// signatures that were used before a reload are not forgotten by it.
func SharedMemory(vendor string, period time.Duration) *Memory {
	memoriesMu.Lock()
	defer memoriesMu.Unlock()
	key := vendor + " " + strconv.FormatInt(int64(period), 10)
	if memories[key] == nil {
		memories[key] = newMemory(period)
		memories[key].began = time.Now()
	}
	return memories[key]
}

var (
	memoriesMu sync.Mutex
	memories   = make(map[string]*Memory)
)

// turn forgets what is no longer valid. The caller holds the lock.
func turn(m *Memory, now time.Time) {
	if m.turned.IsZero() {
		m.turned = now
		return
	}
	age := now.Sub(m.turned)
	if age < -m.period { // the clock was set back: what is there stays for another period
		m.turned = now
	}
	if age < m.period {
		return
	}
	m.older = m.newer
	if age >= 2*m.period {
		m.older = newUsed()
	}
	m.newer = newUsed()
	m.turned = now
}

// wasUsed reports whether a signature is remembered.
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
	proofs[proof] = true
	newer.counts[key] = used + 1
	return ""
}

// forget takes a signature out again that the app with the key was the first to use.
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
