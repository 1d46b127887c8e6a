//go:build go1.21

package apps

import "sync"

// maxWarm is how many keys of a verifier have signers at once. Anybody can have them made, since an unknown key costs the signer
// of some app (standIn). Interpreted, one takes up to 70 KiB, so 140 MiB at most.
const maxWarm = 2048

// warmKeys are the keys that signers were made of since they were last dropped.
type warmKeys struct {
	mu   sync.Mutex
	keys []*localKey
}

// noteWarm notes that a signer of k is kept. Beyond maxWarm the signers of all keys are dropped, and made again when they are needed:
// those of apps in use as well as those that unknown keys have used, so that the time of an answer tells nothing. A key may be noted
// several times, once for each try.
func noteWarm(w *warmKeys, k *localKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.keys) >= maxWarm {
		for _, cold := range w.keys {
			cold.made.Store(&madeSigners{by: make(map[string]*prover)})
		}
		w.keys = nil
	}
	w.keys = append(w.keys, k)
}
