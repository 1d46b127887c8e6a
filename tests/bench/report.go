package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// print writes everything for people.
func (r *results) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	row := func(format string, cells ...any) { fmt.Fprintf(w, format+"\n", cells...) }
	r.printMachine(row)
	r.printMicro(row)
	r.printAWS(row)
	r.printHTTPSig(row)
	r.printVerify(row)
	r.printInterpreted(row)
	r.printLoad(row)
	r.printGrowth(row)
	r.printBudgets(row)
	if warning := r.Machine.warning(); warning != "" {
		row("\n%s", warning)
	}
}

type rows func(format string, cells ...any)

func (r *results) printMachine(row rows) {
	m := r.Machine
	row("%d cores\t%s", m.Cores, m.CPU)
	row("Linux\t%s", m.Kernel)
	row("Go\t%s", m.Go)
	row("Caddy\t%s", m.Caddy)
	row("Traefik\t%s", m.Traefik)
	row("load average\t%.2f %.2f %.2f before, %.2f %.2f %.2f after", m.LoadBefore[0], m.LoadBefore[1], m.LoadBefore[2], m.LoadAfter[0], m.LoadAfter[1], m.LoadAfter[2])
	row("others' CPU\t%.0f %% before, %.0f %% meanwhile", 100*m.BusyBefore, 100*m.OthersShare)
	row("\nSpreads in brackets: first and third quartile; lowest and highest of the rounds. Ratios are medians of those of single rounds.")
}

func (r *results) printMicro(row rows) {
	if len(r.MicroModes) == 0 {
		return
	}
	row("\nSign, compiled\tns\tx hash alone\tx hash and form\tx vendor's own\tallocs\tbytes\t")
	for _, m := range modes {
		for _, size := range sizes {
			c, ok := r.MicroModes[m.name][size.name]
			if !ok {
				continue
			}
			mark := ""
			if !c.within(m.bars()) {
				mark = "MISSED"
			}
			row("%s %s\t%.0f\t%s\t%s\t%s\t%.0f\t%.0f\t%s", m.name, size.name, c.NS, bracket(c.FloorRatio, 2), bracket(c.FormFloorRatio, 2), bracket(c.VendorRatio, 2), c.Allocs, c.Bytes, mark)
		}
	}
}

func (r *results) printAWS(row rows) {
	if len(r.MicroAWS) == 0 {
		return
	}
	row("\nSign for AWS, compiled, small GET\tns\tAWS' own signer, ns\tx that\tallocs\tits allocs\tbytes")
	for _, m := range awsModes {
		c := r.MicroAWS[m.name]
		row("%s\t%.0f\t%.0f\t%s\t%.0f\t%.0f\t%.0f", m.name, c.NS, c.VendorNS, bracket(&c.Ratio, 2), c.Allocs, c.VendorAllocs, c.Bytes)
	}
}

func (r *results) printInterpreted(row rows) {
	if len(r.Interpreted) == 0 {
		return
	}
	row("\nPlugin, interpreted, small GET\tµs over a no-op plugin\tallocs\tbytes")
	for _, name := range append(modeNames(), insecureName) {
		if c, ok := r.Interpreted[name]; ok {
			row("%s\t%s\t%.0f\t%.0f", name, bracket(&c.Spread, 1), c.Allocs, c.Bytes)
		}
	}
}

func modeNames() (names []string) {
	for _, m := range modes {
		names = append(names, m.name)
	}
	for _, m := range awsModes {
		names = append(names, m.name)
	}
	for _, m := range httpsigModes {
		names = append(names, m.name)
	}
	return names
}

func (r *results) printHTTPSig(row rows) {
	if len(r.MicroHTTPSig) == 0 {
		return
	}
	row("\nHTTP message signature, compiled, small GET\tns\tbare signature or hash, ns\tx that\tallocs\tbytes")
	for _, m := range httpsigModes {
		c := r.MicroHTTPSig[m.name]
		row("%s\t%.0f\t%.0f\t%s\t%.0f\t%.0f", m.name, c.NS, c.FloorNS, bracket(&c.FloorRatio, 2), c.Allocs, c.Bytes)
	}
}

// printVerify writes what the verification of apps costs, compiled and interpreted.
func (r *results) printVerify(row rows) {
	if len(r.MicroVerify) > 0 {
		row("\nVerification of one of %d apps, compiled, small GET\tns\tSign, ns\tx Sign\tallocs\tbytes", manyApps)
		for _, m := range appModes {
			c := r.MicroVerify[m.name]
			row("%s\t%.0f\t%.0f\t%s\t%.0f\t%.0f", m.name, c.NS, c.SignNS, bracket(&c.Ratio, 2), c.Allocs, c.Bytes)
		}
	}
	if len(r.VerifyPlugin) > 0 {
		row("\nVerification of one of %d apps, interpreted\tµs over the same without apps\tallocs\tbytes\tµs over an unsigned one\tallocs", manyApps)
		for _, m := range appModes {
			c := r.VerifyPlugin[m.name]
			row("%s\t%s\t%.0f\t%.0f\t%s\t%.0f", m.name, bracket(&c.Spread, 1), c.Allocs, c.Bytes, bracket(&c.OverUnsigned, 1), c.MoreAllocs)
		}
	}
}

func (r *results) printLoad(row rows) {
	if len(r.EndToEnd) == 0 {
		return
	}
	row("\nEnd to end, Darktrace GET /devices\tconnections\trequests/s\tratio\tp50 µs\tp99 µs\tCPU µs/request\tpeak MiB\tallocs\tbytes")
	for _, c := range r.EndToEnd {
		row("%s %s\t%d\t%.0f\t%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.1f\t%.0f", c.Gateway, c.Variant, c.Connections, c.PerSecond.Median, bracket(c.Ratio, 3), c.P50, c.P99, c.CPU, c.Peak, c.Allocs, c.Bytes)
	}
}

func (r *results) printGrowth(row rows) {
	if len(r.Growth) > 0 {
		row("\nRoutes\tn\tload s\treload s\tRSS MiB\tKiB/route\trequests/s\tof unsigned")
	}
	for _, c := range r.Growth {
		row("%s %s\t%d\t%s\t%s\t%.0f\t%.0f\t%.0f\t%s", c.Gateway, c.Variant, c.Routes, bracket(&c.Load, 2), bracket(&c.Reload, 2), c.RSS, c.PerRoute, c.PerSecond.Median, bracket(c.Ratio, 3))
	}
	if len(r.Soak) > 0 {
		row("\nSteady load\ts\trequests/s\tRSS MiB early\tlate\tdescriptors early\tlate")
	}
	for _, c := range r.Soak {
		row("%s %s\t%.0f\t%.0f\t%.1f\t%.1f\t%.0f\t%.0f", c.Gateway, c.Variant, c.Seconds, c.PerSecond, c.EarlyRSS, c.LateRSS, c.EarlyFiles, c.LateFiles)
	}
	if len(r.Bodies) > 0 {
		row("\n%d bodies of %d MiB at once\tidle MiB\tpeak MiB\tabove idle\ts", bodiesAtOnce, bodySize>>20)
	}
	for _, c := range r.Bodies {
		row("%s %s, %s\t%.0f\t%.0f\t%.0f\t%.1f", c.Gateway, c.Variant, c.Vendor, c.Idle, c.Peak, c.Above, c.Seconds)
	}
}

func (r *results) printBudgets(row rows) {
	row("\nBudget\tmeasured\tbar\t")
	for _, b := range r.Budgets {
		sign, mark := "<=", "met"
		if b.AtLeast {
			sign = ">="
		}
		if !b.Met {
			mark = "MISSED"
		}
		row("%s\t%.4g\t%s %.4g\t%s", b.Name, b.Value, sign, b.Bar, mark)
		if b.Note != "" {
			row("  (%s)", b.Note)
		}
	}
	row("%d of %d budgets met in %.0f s", len(r.Budgets)-r.missed(), len(r.Budgets), r.Seconds)
}

// bracket is a median with its spread, or a dash where there is none.
func bracket(s *spread, digits int) string {
	if s == nil {
		return "-"
	}
	number := func(v float64) string { return fmt.Sprintf("%.*f", digits, v) }
	return strings.Join([]string{number(s.Median), " [", number(s.Q1), " ", number(s.Q3), "; ", number(s.Min), " ", number(s.Max), "]"}, "")
}
