// Bench measures what signing costs, from a signature to a gateway with a thousand routes, and holds it against the
// project's budgets. Run it by tests/bench.sh.
//
// Absolute numbers are the machine's. What counts are ratios of things that were measured in turn, in one run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vendorsign/vendorsign/tests/traefikbin"
)

// parts can be measured alone, by --only.
var parts = []string{"micro", "interpreted", "caddy", "traefik", "growth", "soak", "bodies"}

func main() {
	if len(os.Args) == 2 && os.Args[1] == upstreamCommand {
		fmt.Fprintln(os.Stderr, serveUpstream())
		os.Exit(1)
	}
	quick := flag.Bool("quick", false, "less than five minutes, with shorter rounds")
	file := flag.String("json", "", "write everything to this `file` too")
	strict := flag.Bool("strict", false, "exit with 1 if a budget is missed")
	only := flag.String("only", strings.Join(parts, ","), "the `parts` to measure")
	root := flag.String("root", "", "the checkout, with a built Caddy in it or in CADDY_BIN")
	flag.Parse()
	chosen := strings.Split(*only, ",")
	for _, part := range chosen {
		if !slices.Contains(parts, part) {
			fail(fmt.Sprintf("--only %s: known are %s", part, strings.Join(parts, ", ")))
		}
	}
	if flag.NArg() > 0 || *root == "" {
		fail("run it by tests/bench.sh")
	}
	r := &results{Quick: *quick}
	if err := run(r, chosen, *root); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	r.print(os.Stdout)
	if *file != "" {
		if err := writeJSON(*file, r); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
	if *strict && r.missed() > 0 {
		os.Exit(1)
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, "bench:", text)
	os.Exit(2)
}

// longest is the time after which something hangs.
const longest = 2 * time.Hour

func run(r *results, chosen []string, root string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()

	start := time.Now()
	b, err := newBench(r, root)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.say = func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, args...))
	}
	r.Machine = newMachine()
	r.Machine.Caddy, r.Machine.Traefik = version(b.caddy, "version"), version(b.traefik, "version")
	measureErr := b.measureAll(ctx, r, chosen, root)
	if b.vendor != nil {
		b.vendor.stop()
	}
	if ctx.Err() != nil { // whatever else went wrong, went wrong by that
		return ctx.Err()
	}
	if measureErr != nil {
		return measureErr
	}
	r.Machine.finish()
	r.Seconds = time.Since(start).Seconds()
	r.summarize()
	return nil
}

// newBench finds the gateways and makes the folder of everything.
func newBench(r *results, root string) (*bench, error) {
	b := &bench{plan: fullPlan, caddy: os.Getenv("CADDY_BIN")}
	if r.Quick {
		b.plan = quickPlan
	}
	if b.caddy == "" {
		b.caddy = filepath.Join(root, "caddy")
	}
	if _, err := os.Stat(b.caddy); err != nil {
		return nil, err
	}
	var err error
	if b.traefik, err = traefikbin.Path(os.Stderr); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "vendorsign-bench-"); err != nil {
		return nil, err
	}
	if err := errors.Join(b.copyPlugins(root), b.buildFloor(root)); err != nil {
		os.RemoveAll(b.dir)
		return nil, err
	}
	return b, nil
}

// buildFloor builds the Caddy whose handler does less than any signer.
func (b *bench) buildFloor(root string) error {
	build := exec.Command("go", "build", "-o", filepath.Join(b.dir, "caddyfloor"), "tests/bench/caddyfloor/main.go")
	build.Dir, build.Env, build.Stderr = root, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	return build.Run()
}

func (b *bench) measureAll(ctx context.Context, r *results, chosen []string, root string) (err error) {
	if b.vendor, err = startUpstream(ctx, b.dir); err != nil {
		return err
	}
	for _, part := range chosen {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.say("%s", part)
		switch part {
		case "micro":
			if r.MicroModes, err = measureMicro(b.plan); err == nil {
				r.MicroAWS, err = measureAWS(b.plan)
			}
			if err == nil {
				r.MicroHTTPSig, err = measureHTTPSig(b.plan)
			}
			if err == nil {
				r.MicroVerify, err = measureVerify(b.plan)
			}
		case "interpreted":
			if r.Interpreted, err = measureInterpreted(b.plan, root); err == nil {
				r.VerifyPlugin, err = measureVerifyPlugin(b.plan)
			}
			if err == nil {
				r.PresetRoutes1000S, err = measurePresetRoutes()
			}
		case "caddy":
			var costs []loadCost
			costs, err = b.measureLoad(ctx, []variant{caddyPlain, caddyHandler, caddyTransport, caddyAgain, caddyHeaders, caddyFloor}, 0, 3)
			r.EndToEnd = append(r.EndToEnd, costs...)
		case "traefik":
			var costs []loadCost
			costs, err = b.measureLoad(ctx, []variant{traefikPlain, traefikNoop, traefikSigner, traefikFloor}, 1)
			r.EndToEnd = append(r.EndToEnd, costs...)
		case "growth":
			var caddy, traefik []growthCost
			if caddy, err = b.measureGrowth(ctx, caddyHandler, caddyPlain); err == nil {
				traefik, err = b.measureGrowth(ctx, traefikSigner, traefikNoop)
			}
			r.Growth = append(caddy, traefik...)
		case "soak":
			r.Soak, err = b.measureSoak(ctx, caddyHandler, caddyTransport, traefikSigner)
		case "bodies":
			r.Bodies, err = b.measureBodies(ctx, caddyHandler, caddyTransport, traefikSigner)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// version is the first line that says which version a program is.
func version(program string, args ...string) string {
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "Version:"))
}
