//go:build go1.21

// Package limits decides when a request may be sent: the operator's rates, the pauses that a vendor asks for, and the vendor's
// clock.
//
// It knows neither requests nor credentials. Package outbound keeps Windows and Pauses for each credential, which survive a reload of
// the configuration, and turns the results into waits and problems. Data flows like this:
//
//	option rate -> ParseRates -> Counting(path) -> CanReserve -> Reserve -> wait -> send, or Cancel    rate.go, window.go
//	Retry-After -> MayAskPause, PauseAsked -> BeginPause -> Pausing, PauseFor for the next requests    retryafter.go, pause.go
//	Date        -> Learn, if SampleDue -> Offset for the next signatures                               clock.go
//
// All functions take the local time from the caller, and discard times that make no sense after the clock was set back (clockjump.go).
// All types except Rate are safe for concurrent use. They have functions rather than methods: interpreted, a method call costs several
// times as much.
//
// A new kind of limit is a file here; the problem that a client gets for it, and the wait itself, belong in outbound/turn.go.
package limits
