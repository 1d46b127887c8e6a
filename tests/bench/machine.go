package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is where the numbers come from.
type machine struct {
	Cores       int        `json:"cores"`
	CPU         string     `json:"cpu"`
	Kernel      string     `json:"kernel"`
	Go          string     `json:"go"`
	Caddy       string     `json:"caddy"`
	Traefik     string     `json:"traefik"`
	LoadBefore  [3]float64 `json:"load_before"`
	LoadAfter   [3]float64 `json:"load_after"`
	BusyBefore  float64    `json:"busy_before"`  // share of the CPU time that was used while nothing ran here
	OthersShare float64    `json:"others_share"` // share of the CPU time that others used (or the host took) meanwhile
	Quiet       bool       `json:"quiet"`

	since usage
}

// noise is the share of CPU time in other hands from which on a machine is not called quiet.
const noise = 0.05

func newMachine() *machine {
	m := &machine{Cores: runtime.NumCPU(), Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, LoadBefore: loadAverage()}
	m.CPU = procField("/proc/cpuinfo", "model name")
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(kernel))
	}
	before := usageNow()
	time.Sleep(2 * time.Second)
	m.BusyBefore = usageNow().others(before)
	m.since = usageNow()
	return m
}

// finish looks back on the whole run.
func (m *machine) finish() {
	m.LoadAfter = loadAverage()
	m.OthersShare = usageNow().others(m.since)
	m.Quiet = m.BusyBefore < noise && m.OthersShare < noise
}

func (m *machine) warning() string {
	if m.Quiet {
		return ""
	}
	return fmt.Sprintf("WARNING: the machine is not quiet (before: %.0f %% of the CPU time in use; during the run: %.0f %% used by others). Ratios still hold roughly; take no decision on less than their spread.",
		100*m.BusyBefore, 100*m.OthersShare)
}

// usage is CPU time since the machine started, in seconds.
type usage struct{ total, idle, own float64 }

// usageNow counts as own what this process and those of its children that have ended used.
func usageNow() usage {
	var u usage
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return u
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	for i, field := range strings.Fields(line) {
		ticks, _ := strconv.ParseFloat(field, 64)
		if i > 8 { // guest time is part of user time
			break
		}
		u.total += ticks / clockTicks
		if i == 4 || i == 5 { // idle, iowait
			u.idle += ticks / clockTicks
		}
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if syscall.Getrusage(who, &r) == nil {
			u.own += float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
		}
	}
	return u
}

// others is the share of the time since before that was neither idle nor ours.
func (u usage) others(before usage) float64 {
	total := u.total - before.total
	if total <= 0 {
		return 0
	}
	return max(0, (total-(u.idle-before.idle)-(u.own-before.own))/total)
}

func loadAverage() (load [3]float64) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return load
	}
	fmt.Sscan(string(text), &load[0], &load[1], &load[2])
	return load
}

// procField is the first value of a "name: value" line.
func procField(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for _, line := range strings.Split(string(text), "\n") {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
