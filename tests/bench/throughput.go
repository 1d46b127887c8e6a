package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// loadCost is what one variant did under one load.
type loadCost struct {
	Gateway     string  `json:"gateway"`
	Variant     string  `json:"variant"`
	Connections int     `json:"connections"`
	PerSecond   spread  `json:"requests_per_second"`
	P50         float64 `json:"p50_us"`
	P99         float64 `json:"p99_us"`
	CPU         float64 `json:"cpu_us_per_request"`           // of the gateway's process
	Allocs      float64 `json:"allocs_per_request,omitempty"` // where the gateway tells
	Bytes       float64 `json:"bytes_per_request,omitempty"`
	Peak        float64 `json:"peak_mib"` // since its start
	Baseline    string  `json:"baseline,omitempty"`
	Ratio       *spread `json:"ratio,omitempty"` // requests per second over those of the baselines in the same round
}

// connections are the loads. Budgets are for the usual one.
var connections = []int{1, usualConnections, 128}

const usualConnections = 16

// measureLoad compares the variants of one gateway with its baselines, of which there is one at least.
func (b *bench) measureLoad(ctx context.Context, variants []variant, baselines ...int) ([]loadCost, error) {
	rounds := b.sittings * b.perSitting
	type series struct{ perSecond, p50, p99, cpu, allocs, bytes [][]float64 }
	all := make([]series, len(connections))
	for i := range all {
		n := len(variants)
		all[i] = series{table(n, rounds), table(n, rounds), table(n, rounds), table(n, rounds), table(n, rounds), table(n, rounds)}
	}
	peaks := table(len(connections), len(variants))
	for sitting := range b.sittings {
		fleet, err := b.startFleet(ctx, variants)
		if err != nil {
			return nil, err
		}
		for c, n := range connections {
			b.say("%s: %d connections, sitting %d of %d", variants[0].gateway, n, sitting+1, b.sittings)
			l := load{connections: n, span: b.othersSpan}
			if n == usualConnections {
				l.span = b.loadSpan
			}
			err = interleave(b.perSitting, len(fleet), func(round, v int) error {
				before := fleet[v].allocated(ctx)
				result, cpu, err := fleet[v].take(ctx, l)
				if err != nil {
					return err
				}
				after := fleet[v].allocated(ctx)
				at, s, sent := sitting*b.perSitting+round, all[c], float64(result.requests)
				s.perSecond[v][at], s.cpu[v][at] = result.perSecond, cpu*1e6/sent
				s.allocs[v][at], s.bytes[v][at] = (after.Mallocs-before.Mallocs)/sent, (after.TotalAlloc-before.TotalAlloc)/sent
				s.p50[v][at], s.p99[v][at] = micros(result.p50), micros(result.p99)
				peaks[c][v] = max(peaks[c][v], fleet[v].peak())
				return nil
			})
			if err != nil {
				break
			}
		}
		for _, g := range fleet {
			g.stop()
		}
		if err != nil {
			return nil, err
		}
	}
	var costs []loadCost
	for c, n := range connections {
		s := all[c]
		for v, variant := range variants {
			cost := loadCost{Gateway: variant.gateway, Variant: variant.name, Connections: n, Peak: peaks[c][v],
				PerSecond: spreadOf(s.perSecond[v]), P50: median(s.p50[v]), P99: median(s.p99[v]), CPU: median(s.cpu[v]),
				Allocs: median(s.allocs[v]), Bytes: median(s.bytes[v])}
			base := baselines
			if slices.Contains(baselines, v) {
				base = baselines[:1] // what differs from the first is chance
			}
			if v != baselines[0] {
				r := pairs(s.perSecond[v], means(s.perSecond, base), ratio)
				cost.Baseline, cost.Ratio = variants[baselines[0]].name, &r
			}
			costs = append(costs, cost)
		}
	}
	return costs, nil
}

// startFleet starts one gateway of each variant with one route, and warms it up.
func (b *bench) startFleet(ctx context.Context, variants []variant) ([]*gateway, error) {
	var fleet []*gateway
	for _, v := range variants {
		g, err := b.start(ctx, v, darktraceRoutes(1))
		if err == nil {
			fleet = append(fleet, g)
			_, _, err = g.take(ctx, load{connections: usualConnections, span: b.warmUp})
		}
		if err != nil {
			for _, g := range fleet {
				g.stop()
			}
			return nil, err
		}
	}
	return fleet, nil
}

// take puts load on the gateway and returns the CPU seconds that it used meanwhile.
func (g *gateway) take(ctx context.Context, l load) (loadResult, float64, error) {
	l.addr, l.requests = g.addr, g.requests()
	before := g.cpu()
	result, err := l.run(ctx)
	if err != nil {
		return result, 0, fmt.Errorf("%s: %w\n%s", g.variant, err, g.log)
	}
	return result, g.cpu() - before, nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
