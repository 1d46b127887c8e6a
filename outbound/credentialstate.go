//go:build go1.21

package outbound

import (
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// credentialState is what is known about a credential at run time: its token, the pauses that the vendor wants and whether it accepts
// the key. It is shared by all blocks and routes with the same credential, and outlives a reload of the configuration. Its
// parts are safe for concurrent use.
//
// A credential has two: one by its fields alone, for tokens and rates, and one by its fields and hosts, for pauses and
// verdicts (share).
type credentialState struct {
	tokens  *tokens.Keeper // nil: no token is fetched
	windows limits.Windows // of the rates
	since   time.Time      // when it was first read

	// By host too: one vendor's pauses do not apply to another.
	pauses limits.Pauses
	trust  trust
	first  atomic.Int64 // answers without a verdict on the credential; maxFirst once there was one
}

// maxFirst is how many answers to a new credential are examined for a verdict on it. A gateway that sees no answers otherwise
// has to look at each of them until then.
const maxFirst = 20

// maxStates bounds the credentials whose state is remembered. The one that was used by the oldest configuration is forgotten
// first, and starts afresh if it comes back. A gate in use keeps its state nevertheless, but no longer shares it with new
// ones.
const maxStates = 4096

var (
	// Both maps are by a hash of what identifies the credential: its state, and when a configuration last asked for it.
	statesMu   sync.Mutex
	statesKept = make(map[string]*credentialState)
	statesUsed = make(map[string]time.Time)
)

// credentialFields is every option that is set, as one text; a number that is not set is 0. The name and key of what gateways
// share are derived from it, so its format must not change: a fleet of two versions would fetch two tokens, and a new version
// would not find the old one's.
//
//	acme
//	key_id="AK1"
//	secret="s3cr3t"
func credentialFields(vendor string, options []signers.Option, v signers.Values) string {
	var fields []string
	for i := range options { // by index: interpreted, copying each takes longer than using it
		values, kind := v[options[i].Name], options[i].Kind
		if len(values) == 1 && kind != signers.Block && kind != signers.Number && kind != signers.Flag {
			fields = append(fields, options[i].Name+"="+strconv.Quote(values[0]))
		} else if len(values) > 0 || kind == signers.Block || kind == signers.Number {
			fields = append(fields, fieldsOf(options[i], v)...)
		}
	}
	sort.Strings(fields)
	return vendor + "\n" + strings.Join(fields, "\n")
}

// fieldsOf are the fields of an option that is not one text. A number is a field even if it is not set.
func fieldsOf(o signers.Option, v signers.Values) []string {
	switch o.Kind {
	case signers.Block:
		var fields []string
		for name, value := range v.Sub(o.Name) {
			fields = append(fields, o.Name+"."+name+"="+strconv.Quote(value))
		}
		return fields
	case signers.Number:
		if v.Text(o.Name) == "0" {
			return []string{o.Name + "=zero"} // a preset's 0 differs from its default
		}
		return []string{o.Name + "=" + strconv.FormatInt(v.Number(o.Name), 10)}
	case signers.Flag:
		return []string{o.Name + "=true"}
	}
	entries := make([]string, 0, len(v[o.Name]))
	for _, entry := range v[o.Name] {
		entries = append(entries, strconv.Quote(entry))
	}
	return []string{o.Name + "=" + strings.Join(entries, ",")}
}

// credentialKey identifies a credential by all of its options. It is a hash, not the secret.
func credentialKey(vendor string, options []signers.Option, v signers.Values) string {
	return wire.HexHash(credentialFields(vendor, options, v))
}

// sharedState returns the state of a credential, with tokens made by create if there are none yet; create may be nil. The
// time is that of the configuration that asks, for forgetOldest.
func sharedState(key string, now time.Time, create func() *tokens.Keeper) *credentialState {
	statesMu.Lock()
	defer statesMu.Unlock()
	statesUsed[key] = now
	s := statesKept[key]
	if s == nil {
		if len(statesKept) >= maxStates {
			forgetOldest()
		}
		s = new(credentialState)
		s.since = now
		statesKept[key] = s
	}
	if s.tokens == nil && create != nil {
		s.tokens = create()
	}
	return s
}

// forgetOldest makes room for one more state. The caller has statesMu. It looks at all of them, which happens once for each
// credential above maxStates.
func forgetOldest() {
	oldest := Oldest(statesUsed)
	delete(statesKept, oldest)
	delete(statesUsed, oldest)
}

// Oldest is the key that was used first of all, for a list that has no room for another one; empty: there is none.
func Oldest(used map[string]time.Time) string {
	oldest := ""
	for k, at := range used {
		if oldest == "" || at.Before(used[oldest]) {
			oldest = k
		}
	}
	return oldest
}
