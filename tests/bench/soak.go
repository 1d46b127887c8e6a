package main

import (
	"context"
	"fmt"
	"time"
)

// soakCost is what a gateway holds early and late in a long, steady load.
type soakCost struct {
	Gateway    string  `json:"gateway"`
	Variant    string  `json:"variant"`
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"requests_per_second"`
	EarlyRSS   float64 `json:"early_rss_mib"` // medians of the second and the last fifth of the time
	LateRSS    float64 `json:"late_rss_mib"`
	EarlyFiles float64 `json:"early_descriptors"`
	LateFiles  float64 `json:"late_descriptors"`
	MemoryFlat bool    `json:"memory_flat"`
	FilesFlat  bool    `json:"descriptors_flat"`
	Samples    int     `json:"samples"`
}

// What is flat: a collector's heap breathes, and what leaks grows with every one of a million requests.
const (
	soakGrowth = 1.1 // of the memory, late over early,
	soakMiB    = 4   // and so much more
	soakFiles  = 8   // more descriptors
)

// measureSoak puts load on several gateways at the same time: it is not their speed that counts here.
func (b *bench) measureSoak(ctx context.Context, variants ...variant) ([]soakCost, error) {
	b.say("steady load for %v on %v", b.soak, variants)
	costs, errs := make([]soakCost, len(variants)), make(chan error, len(variants))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i, v := range variants {
		go func() {
			var err error
			if costs[i], err = b.soakOne(ctx, v); err != nil {
				cancel()
			}
			errs <- err
		}()
	}
	var first error
	for range variants {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return costs, first
}

func (b *bench) soakOne(ctx context.Context, v variant) (soakCost, error) {
	// One route: each has connections of its own, whose number would rise until every route has met the busiest moment.
	g, err := b.start(ctx, v, darktraceRoutes(1))
	if err != nil {
		return soakCost{}, err
	}
	defer g.stop()
	type outcome struct {
		loadResult
		error
	}
	ended := make(chan outcome, 1)
	go func() {
		result, _, err := g.take(ctx, load{connections: usualConnections, span: b.soak})
		ended <- outcome{result, err}
	}()
	var rss, files []float64
	tick := time.NewTicker(max(b.soak/200, 100*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			rss, files = append(rss, g.rss()), append(files, float64(g.descriptors()))
			continue
		case o := <-ended:
			if o.error != nil {
				return soakCost{}, o.error
			}
			if len(rss) < 10 {
				return soakCost{}, fmt.Errorf("%s: too few samples", v)
			}
			fifth := len(rss) / 5
			c := soakCost{Gateway: v.gateway, Variant: v.name, Seconds: b.soak.Seconds(), PerSecond: o.perSecond, Samples: len(rss),
				EarlyRSS: median(rss[fifth : 2*fifth]), LateRSS: median(rss[4*fifth:]),
				EarlyFiles: median(files[fifth : 2*fifth]), LateFiles: median(files[4*fifth:])}
			c.MemoryFlat = c.LateRSS <= c.EarlyRSS*soakGrowth+soakMiB
			c.FilesFlat = c.LateFiles <= c.EarlyFiles+soakFiles
			return c, nil
		}
	}
}
