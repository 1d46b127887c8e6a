package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// bodiesCost is the memory for many large bodies at once.
type bodiesCost struct {
	Gateway string  `json:"gateway"`
	Variant string  `json:"variant"`
	Vendor  string  `json:"signer"`
	Idle    float64 `json:"idle_mib"`
	Peak    float64 `json:"peak_mib"`
	Above   float64 `json:"above_idle_mib"`
	Seconds float64 `json:"seconds"`
}

const (
	bodiesAtOnce = 64
	bodySize     = 8 << 20
)

// measureBodies sends bodies at once to gateways that have done nothing before. The upstream reads none before all
// have come, so that all are held at the same time.
func (b *bench) measureBodies(ctx context.Context, variants ...variant) ([]bodiesCost, error) {
	body := jsonBody(bodySize)
	var costs []bodiesCost
	for _, v := range variants {
		for _, routes := range [][]route{darktraceRoutes(1), duoRoutes()} {
			b.say("%s: %d bodies of %d MiB, %s", v, bodiesAtOnce, bodySize>>20, routes[0].vendor)
			g, err := b.start(ctx, v, routes)
			if err != nil {
				return nil, err
			}
			time.Sleep(200 * time.Millisecond)
			idle, before := g.rss(), time.Now()
			err = g.post(ctx, request("POST", routes[0].host, "/tags", body, holdHeader, strconv.Itoa(bodiesAtOnce)))
			cost := bodiesCost{Gateway: v.gateway, Variant: v.name, Vendor: routes[0].vendor, Idle: idle, Peak: g.peak(), Seconds: time.Since(before).Seconds()}
			cost.Above = cost.Peak - idle
			g.stop()
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", v, routes[0].vendor, err)
			}
			costs = append(costs, cost)
		}
	}
	return costs, nil
}

// post sends one request on each of as many connections, at the same time.
func (g *gateway) post(ctx context.Context, raw []byte) error {
	errs := make([]error, bodiesAtOnce)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = postOne(ctx, g.addr, raw) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func postOne(ctx context.Context, addr string, raw []byte) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(raw); err != nil {
		return err
	}
	return readAnswer(bufio.NewReader(conn))
}
