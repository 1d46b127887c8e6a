//go:build unix

package config

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The time of the processor that a file takes grows with its length, and no faster: eight times as many signers take as long as
// eight files. What walks or copies the file again for each key would take up to eight times as long.
func TestTheWorkGrowsWithTheFile(t *testing.T) {
	const times = 8
	kinds := map[string]func(n int) string{"t.json": routersInJSON, "t.yaml": routersInYAML, "t.toml": routersInTOML, "compose.yaml": routersInLabels}
	for kind, make := range kinds {
		few := 200
		if kind == "t.json" { // which is read faster
			few = 1500
		}
		t.Run(kind, func(t *testing.T) {
			small, large := []byte(make(few)), []byte(make(few*times))
			many, one := time.Hour, time.Hour
			for range 3 {
				many = min(many, processorTime(func() {
					for range times {
						readAll(t, kind, small, few)
					}
				}))
				one = min(one, processorTime(func() { readAll(t, kind, large, few*times) }))
				if one < 2*many {
					return
				}
			}
			t.Errorf("a file takes %v, and %d files with an equal part of it take %v", one, times, many)
		})
	}
}

func processorTime(work func()) time.Duration {
	used := func() time.Duration {
		var r syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := used()
	work()
	return used() - before
}

func readAll(t *testing.T, name string, data []byte, want int) {
	f := NewFile(name, data)
	if err := f.Parse(); err != nil {
		t.Fatal(err)
	}
	blocks, faults := Discover(f.Documents[0], "vendorsign")
	if len(blocks) != want || len(faults) > 0 {
		t.Fatalf("%d signers, %v", len(blocks), faults)
	}
	traefik := ReadTraefik([]*File{f}, "vendorsign")
	signed := 0
	for _, r := range traefik.Routers {
		for _, chain := range traefik.Chains(r) {
			for _, l := range chain {
				if l.Middleware != nil && l.Signer != nil && len(l.Signer.Hosts) == 1 {
					signed++
				}
			}
		}
	}
	if signed != want {
		t.Fatalf("%d of %d routers have their signer", signed, want)
	}
}

func routersInJSON(n int) string {
	return "{\"http\":{\n\"routers\":{" + each(n, ",\n", `"r%d":{"rule":"Host(`+"`a`"+`)",`+"\n"+`"middlewares":["m%[1]d"]}`) +
		"},\n\"middlewares\":{" + each(n, ",\n", `"m%d":{"plugin":{"vendorsign":{`+"\n"+`"duo":{"host":["a%[1]d.example"]}}}}`) + "}}}"
}

func routersInYAML(n int) string {
	return "http:\n  routers:\n" + each(n, "\n", "    r%d:\n      middlewares: [m%[1]d]") +
		"\n  middlewares:\n" + each(n, "\n", "    m%d:\n      plugin:\n        vendorsign:\n          duo: {host: a%[1]d.example}")
}

func routersInTOML(n int) string {
	return each(n, "\n", "[http.routers.r%d]\nmiddlewares = [\"m%[1]d\"]\n"+
		"[http.middlewares.m%[1]d.plugin.vendorsign.duo]\nhost = \"a%[1]d.example\"")
}

func routersInLabels(n int) string {
	return "services:\n" + each(n, "\n", "  s%d:\n    labels:\n      traefik.http.routers.r%[1]d.middlewares: m%[1]d\n"+
		"      traefik.http.middlewares.m%[1]d.plugin.vendorsign.duo.host: a%[1]d.example")
}

func each(n int, between, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(all, between)
}
