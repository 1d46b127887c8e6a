//go:build go1.21

package outbound

// rotation is a credential with the previous one, which is used while the vendor does not accept the current one. It
// is not a field of the credential itself: yaegi mishandles structs that refer to their own type.
type rotation struct {
	current  *credential
	previous *credential // nil: none
}

// rotate makes previous, under the policy of current, its fallback: limits, pauses and the clock are those of current, so
// that a change between the two gives no client its limit twice. previous may be nil; it is changed.
func rotate(current, previous *credential) *rotation {
	if previous != nil {
		previous.old, previous.account, previous.windows = true, current.account, current.windows
		previous.rates, previous.clock, previous.clockTrusted = current.rates, current.clock, current.clockTrusted
	}
	return &rotation{current: current, previous: previous}
}
