package main

import (
	"context"
	"time"
)

// growthCost is a gateway with many routes, each with a credential of its own.
type growthCost struct {
	Gateway  string  `json:"gateway"`
	Variant  string  `json:"variant"`
	Signs    bool    `json:"signs"`
	Routes   int     `json:"routes"`
	Load     spread  `json:"load_s"`   // from the start of the process to the answer of the last route
	Reload   spread  `json:"reload_s"` // of the whole configuration
	RSS      float64 `json:"rss_mib"`  // when loaded
	PerRoute float64 `json:"rss_kib_per_route,omitempty"`

	PerSecond spread  `json:"requests_per_second"` // over all routes in turn, 16 connections
	Ratio     *spread `json:"ratio,omitempty"`     // over the gateway that signs nothing and has as many routes
}

var routeCounts = []int{1, 100, 1000}

// member is a gateway in a comparison.
type member struct {
	variant
	routes int
}

// measureGrowth compares a gateway that signs with one that does not, with few and many routes.
func (b *bench) measureGrowth(ctx context.Context, signing, plain variant) ([]growthCost, error) {
	var members []member
	for _, n := range routeCounts {
		members = append(members, member{plain, n}, member{signing, n})
	}
	costs, err := b.growthStarts(ctx, members)
	if err != nil {
		return nil, err
	}
	perSecond, err := b.growthLoad(ctx, members)
	if err != nil {
		return nil, err
	}
	for i, m := range members {
		costs[i].PerSecond = spreadOf(perSecond[i])
		if m.signs { // the one before does not
			r := pairs(perSecond[i], perSecond[i-1], ratio)
			costs[i].Ratio = &r
		}
	}
	return costs, nil
}

// growthStarts starts and reloads each member.
func (b *bench) growthStarts(ctx context.Context, members []member) ([]growthCost, error) {
	n := len(members)
	loads, reloads, rss := table(n, b.startRounds), table(n, b.startRounds), table(n, b.startRounds)
	b.say("%s: starting with up to %d routes", members[0].gateway, members[n-1].routes)
	err := interleave(b.startRounds, n, func(round, i int) error {
		g, err := b.start(ctx, members[i].variant, darktraceRoutes(members[i].routes))
		if err != nil {
			return err
		}
		defer g.stop()
		loads[i][round], rss[i][round] = g.loaded.Seconds(), g.rss()
		before := time.Now()
		if err := b.reload(ctx, g); err != nil {
			return err
		}
		reloads[i][round] = time.Since(before).Seconds()
		return nil
	})
	if err != nil {
		return nil, err
	}
	costs := make([]growthCost, n)
	for i, m := range members {
		costs[i] = growthCost{Gateway: m.gateway, Variant: m.name, Signs: m.signs, Routes: m.routes,
			Load: spreadOf(loads[i]), Reload: spreadOf(reloads[i]), RSS: median(rss[i])}
		if m.routes > 1 {
			costs[i].PerRoute = (costs[i].RSS - costs[i%2].RSS) * 1024 / float64(m.routes-1)
		}
	}
	return costs, nil
}

// growthLoad puts the same load on all members.
func (b *bench) growthLoad(ctx context.Context, members []member) ([][]float64, error) {
	b.say("%s: load on up to %d routes", members[0].gateway, members[len(members)-1].routes)
	var fleet []*gateway
	defer func() {
		for _, g := range fleet {
			g.stop()
		}
	}()
	for _, m := range members {
		g, err := b.start(ctx, m.variant, darktraceRoutes(m.routes))
		if err != nil {
			return nil, err
		}
		fleet = append(fleet, g)
		if _, _, err := g.take(ctx, load{connections: usualConnections, span: b.warmUp}); err != nil {
			return nil, err
		}
	}
	perSecond := table(len(fleet), b.rounds)
	err := interleave(b.rounds, len(fleet), func(round, i int) error {
		result, _, err := fleet[i].take(ctx, load{connections: usualConnections, span: b.growthSpan})
		perSecond[i][round] = result.perSecond
		return err
	})
	return perSecond, err
}

func (b *bench) reload(ctx context.Context, g *gateway) error {
	if g.gateway == "caddy" {
		return b.reloadCaddy(g)
	}
	return b.reloadTraefik(ctx, g)
}
