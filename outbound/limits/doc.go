//go:build go1.21

// Package limits knows when a request may be sent: the operator's rates, the pauses that a vendor asks for, and the vendor's clock.
//
// It has values and functions over them, no requests and no credentials. Package outbound keeps Windows and Pauses for each credential,
// which outlive a reload of the configuration, and turns what it gets from here into waits and problems. Data flows like this:
//
//	option rate -> ParseRates -> Counting(path) -> CanReserve -> Reserve -> wait -> send, or Cancel    rate.go, window.go
//	Retry-After -> MayAskPause, PauseAsked -> BeginPause -> Pausing, PauseFor for the next requests    retryafter.go, pause.go
//	Date        -> Learn, if SampleDue -> Offset for the next signatures                               clock.go
//
// All of it takes the local time from its caller, and gives up what a clock that was set back makes senseless (clockjump.go). All types
// but Rate are safe for concurrent use. The functions are no methods: interpreted, a call of a method costs several times as much.
//
// A new kind of limit is a file here; the problem that a client gets for it, and the wait itself, belong into outbound/turn.go.
package limits
