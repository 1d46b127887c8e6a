package main

import "time"

// plan says how long everything is measured. Rounds are at least nine, but for the starts of a quick run; what that saves
// else is their length.
type plan struct {
	rounds int // of micro and load

	microSpan time.Duration // of one round of one subject

	sittings    int           // how often the gateways are started afresh for throughput: two processes of one kind are not equally fast
	perSitting  int           // rounds: many and short ones, since a machine's mood changes from second to second
	warmUp      time.Duration // of each gateway
	loadSpan    time.Duration // of one round of one gateway with the usual 16 connections
	othersSpan  time.Duration // with other numbers of connections
	growthSpan  time.Duration
	startRounds int // of starting gateways with many routes: each takes seconds

	soak time.Duration
}

var (
	fullPlan = plan{
		rounds: 15, microSpan: 40 * time.Millisecond,
		sittings: 10, perSitting: 8, warmUp: 2 * time.Second, loadSpan: 400 * time.Millisecond, othersSpan: 200 * time.Millisecond, growthSpan: time.Second, startRounds: 9,
		soak: 10 * time.Minute,
	}
	quickPlan = plan{
		rounds: 9, microSpan: 5 * time.Millisecond,
		sittings: 4, perSitting: 6, warmUp: 500 * time.Millisecond, loadSpan: 200 * time.Millisecond, othersSpan: 100 * time.Millisecond, growthSpan: 250 * time.Millisecond, startRounds: 3,
		soak: 20 * time.Second,
	}
)
