//go:build go1.21

package outbound

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// maxStates bounds the credentials whose state is remembered. The one that was used by the oldest configuration is
// forgotten first, and starts anew if it comes back.
const maxStates = 4096

// statesKept has the tokens of a process by credential, so that blocks and routes with the same credential share one
// token, and a reload of the configuration does not fetch another.
var (
	statesMu   sync.Mutex
	statesKept = make(map[string]*tokens)
	statesUsed = make(map[string]time.Time)
)

// credentialKey tells credentials apart by every option of the signer. It is a hash, not the secret.
func credentialKey(vendor string, settings []signers.Setting) string {
	var fields []string
	for _, s := range settings {
		switch {
		case s.Text != nil:
			fields = append(fields, s.Name+"="+strconv.Quote(*s.Text))
		case s.Number != nil:
			fields = append(fields, s.Name+"="+strconv.Itoa(*s.Number))
		}
	}
	sort.Strings(fields)
	sum := sha256.Sum256([]byte(vendor + "\n" + strings.Join(fields, "\n")))
	return hex.EncodeToString(sum[:])
}

// sharedTokens returns the tokens of a credential, made by create if there are none yet.
func sharedTokens(key string, now time.Time, create func() *tokens) *tokens {
	statesMu.Lock()
	defer statesMu.Unlock()
	statesUsed[key] = now
	if t := statesKept[key]; t != nil {
		return t
	}
	if len(statesKept) >= maxStates {
		oldest := ""
		for k, used := range statesUsed {
			if oldest == "" || used.Before(statesUsed[oldest]) {
				oldest = k
			}
		}
		delete(statesKept, oldest)
		delete(statesUsed, oldest)
	}
	t := create()
	statesKept[key] = t
	return t
}
