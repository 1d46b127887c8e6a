package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// signCost is what a signature costs, compiled.
type signCost struct {
	NS     float64 `json:"ns"`
	Bytes  float64 `json:"bytes"`
	Allocs float64 `json:"allocs"`

	FloorNS    *float64 `json:"floor_ns"` // the hash alone; null where nothing is hashed
	FloorRatio *spread  `json:"floor_ratio"`

	FormFloorNS    *float64 `json:"form_floor_ns,omitempty"` // the hash, and the least that puts a form into Duo's order
	FormFloorRatio *spread  `json:"form_floor_ratio,omitempty"`

	VendorNS     *float64 `json:"vendor_ns,omitempty"` // the vendor's own Go code
	VendorRatio  *spread  `json:"vendor_ratio,omitempty"`
	VendorAllocs *float64 `json:"vendor_allocs,omitempty"`

	Spread spread `json:"spread_ns"`
}

// subject runs what is measured n times.
type subject func(n int) error

// measureMicro measures every mode at every body size.
func measureMicro(p plan) (map[string]map[string]signCost, error) {
	all := make(map[string]map[string]signCost)
	for _, m := range modes {
		all[m.name] = make(map[string]signCost)
		for _, size := range sizes {
			cost, err := measureSign(p, m, size.bytes)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", m.name, size.name, err)
			}
			all[m.name][size.name] = cost
		}
	}
	return all, nil
}

func measureSign(p plan, m mode, size int) (signCost, error) {
	signer, err := signerOf(m.vendor(), m.config)
	if err != nil {
		return signCost{}, err
	}
	message := m.message(size)
	if signer.Traits().Body == signers.NoBody {
		message.Body = nil // it streams past the signer
	}
	floor, err := floorOf(m, signer, message)
	if err != nil {
		return signCost{}, err
	}
	subjects := []subject{signing(signer, message)}
	formFloor, err := formFloor(m, signer, message, floor)
	if err != nil {
		return signCost{}, err
	}
	floorAt, formAt, vendorAt := -1, -1, -1
	if floor != nil {
		floorAt, subjects = len(subjects), append(subjects, floor)
	}
	if formFloor != nil {
		formAt, subjects = len(subjects), append(subjects, formFloor)
	}
	if vendor := vendorSign(m, message); vendor != nil {
		vendorAt, subjects = len(subjects), append(subjects, vendor)
	}
	times, err := measure(p, subjects)
	if err != nil {
		return signCost{}, err
	}
	cost := signCost{NS: median(times[0]), Spread: spreadOf(times[0])}
	if cost.Bytes, cost.Allocs, err = memory(subjects[0]); err != nil {
		return cost, err
	}
	if floorAt > 0 {
		ns, r := median(times[floorAt]), pairs(times[0], times[floorAt], ratio)
		cost.FloorNS, cost.FloorRatio = &ns, &r
	}
	if formAt > 0 {
		ns, r := median(times[formAt]), pairs(times[0], times[formAt], ratio)
		cost.FormFloorNS, cost.FormFloorRatio = &ns, &r
	}
	if vendorAt > 0 {
		ns, r := median(times[vendorAt]), pairs(times[0], times[vendorAt], ratio)
		_, allocs, err := memory(subjects[vendorAt])
		if err != nil {
			return cost, err
		}
		cost.VendorNS, cost.VendorRatio, cost.VendorAllocs = &ns, &r, &allocs
	}
	return cost, nil
}

func signing(s signers.Signer, message *signers.Message) subject {
	at, second := moment(s, 0), s.Traits().Second
	return func(n int) error {
		for range n {
			at.Time = at.Time.Add(time.Millisecond)
			if !second {
				at.Date = s.Date(at.Time)
			}
			if err := s.Sign(message, at); err != nil {
				return err
			}
		}
		return nil
	}
}

// measure returns the nanoseconds that each subject took for one run in each round.
func measure(p plan, subjects []subject) ([][]float64, error) {
	runs := make([]int, len(subjects))
	for i, run := range subjects {
		n, err := calibrate(run, p.microSpan)
		if err != nil {
			return nil, err
		}
		runs[i] = n
	}
	times := table(len(subjects), p.rounds)
	err := interleave(p.rounds, len(subjects), func(round, i int) error {
		start := time.Now()
		err := subjects[i](runs[i])
		times[i][round] = float64(time.Since(start).Nanoseconds()) / float64(runs[i])
		return err
	})
	return times, err
}

// calibrate finds how many runs take about span.
func calibrate(run subject, span time.Duration) (int, error) {
	for n := 1; ; n *= 4 {
		start := time.Now()
		if err := run(n); err != nil {
			return 0, err
		}
		if took := time.Since(start); took > span/8 {
			return max(1, int(float64(n)*float64(span)/float64(took))), nil
		}
	}
}

// memory returns what one run allocates, which does not depend on how busy the machine is.
func memory(run subject) (bytes, allocs float64, err error) {
	n := 100
	start := time.Now()
	if err := run(1); err != nil {
		return 0, 0, err
	}
	if time.Since(start) > time.Millisecond {
		n = 3
	}
	// Other goroutines allocate too, and a collection empties pools: the best of three has neither.
	for attempt := range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := run(n); err != nil {
			return 0, 0, err
		}
		runtime.ReadMemStats(&after)
		a := float64((after.Mallocs - before.Mallocs) / uint64(n)) // whole ones, as testing.AllocsPerRun counts
		if attempt == 0 || a < allocs {
			bytes, allocs = float64((after.TotalAlloc-before.TotalAlloc)/uint64(n)), a
		}
	}
	return bytes, allocs, nil
}
