package main

import (
	"fmt"
	"strings"
)

// budget is a promise of the project and what was measured.
type budget struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Bar     float64 `json:"bar"`
	AtLeast bool    `json:"at_least,omitempty"` // the bar is a minimum
	Met     bool    `json:"met"`
	Note    string  `json:"note,omitempty"`
}

const (
	signRatioBar  = 3.5 // times the hash alone, and of a form times the hash and its order
	signAllocsBar = 6
	signNSBar     = 300 // where nothing is hashed
	awsRatioBar   = 0.7 // times AWS' own signer
	awsAllocsBar  = 14
	verifyBar     = 2  // times Sign
	verifyUSBar   = 60 // interpreted
)

func atMost(name string, value, bar float64) budget {
	return budget{Name: name, Value: value, Bar: bar, Met: value <= bar}
}

func atLeast(name string, value, bar float64) budget {
	return budget{Name: name, Value: value, Bar: bar, AtLeast: true, Met: value >= bar}
}

// within reports whether a signature keeps its budget.
func (c signCost) within(b signBars) bool {
	if c.Allocs > b.allocs {
		return false
	}
	if c.FormFloorRatio != nil {
		return c.FormFloorRatio.Median <= b.ratio
	}
	if c.FloorRatio != nil {
		return c.FloorRatio.Median <= b.ratio
	}
	return c.NS <= b.ns
}

// signBars are the bars of a mode's Sign.
type signBars struct{ ratio, ns, allocs float64 }

// bars are those of presets for the modes that are: their programs allocate for each operation.
func (m mode) bars() signBars {
	if operations := map[string]float64{"tenable": 1, "logicmonitor": 4, "veracode": 8}[m.name]; operations > 0 {
		return signBars{ratio: 4, ns: 400, allocs: 8 + 2*operations}
	}
	return signBars{ratio: signRatioBar, ns: signNSBar, allocs: signAllocsBar}
}

// judge holds what was measured against the budgets.
func (r *results) judge() []budget {
	var all []budget
	var beyond, forms []string
	count := 0
	for _, m := range modes {
		for _, size := range sizes {
			cost, ok := r.MicroModes[m.name][size.name]
			if !ok {
				continue
			}
			count++
			if !cost.within(m.bars()) {
				beyond = append(beyond, m.name+" "+size.name)
			}
			if cost.FormFloorRatio != nil && cost.FloorRatio.Median > m.bars().ratio {
				forms = append(forms, fmt.Sprintf("%s %s %.1f", m.name, size.name, cost.FloorRatio.Median))
			}
			if !m.byDefault() || size.bytes > 0 {
				continue
			}
			if cost.FloorRatio != nil {
				all = append(all, atMost("Sign, "+m.name+": times the bare hash", cost.FloorRatio.Median, m.bars().ratio))
			} else {
				all = append(all, atMost("Sign, "+m.name+": ns without a hash", cost.NS, m.bars().ns))
			}
			all = append(all, atMost("Sign, "+m.name+": allocations", cost.Allocs, m.bars().allocs))
		}
	}
	if count > 0 {
		b := atMost(fmt.Sprintf("Sign, %d modes and sizes: beyond their budget", count), float64(len(beyond)), 0)
		b.Note = strings.Join(beyond, ", ")
		if len(forms) > 0 {
			b.Note = strings.TrimPrefix(b.Note+"; beyond it against the hash alone, which leaves out the order of a form: "+strings.Join(forms, ", "), "; ")
		}
		all = append(all, b)
	}
	for _, m := range awsModes {
		if cost, ok := r.MicroAWS[m.name]; ok {
			all = append(all, atMost("Sign, "+m.name+": times AWS' own signer", cost.Ratio.Median, awsRatioBar))
			if !m.reSign { // which reads the client's signature, too
				all = append(all, atMost("Sign, "+m.name+": allocations", cost.Allocs, awsAllocsBar))
			}
		}
	}
	for _, v := range []struct {
		name  string
		value *float64
		judge func(string, float64, float64) budget
		bar   float64
		note  string
	}{
		{"traefik_sign_us", r.TraefikSignUS, atMost, 45, ""},
		{"traefik_aws_us", r.TraefikAWSUS, atMost, 95, ""},
		{"traefik_aws_s3_us", r.TraefikAWSS3US, atMost, 110, ""},
		{"traefik_aws_resign_us", r.TraefikAWSResignUS, atMost, 110, ""},
		{"aws_sign_ratio", r.AWSSignRatio, atMost, awsRatioBar, ""},
		{"verify_duo_ratio", r.VerifyDuoRatio, atMost, verifyBar, ""},
		{"verify_aws_ratio", r.VerifyAWSRatio, atMost, verifyBar, ""},
		{"verify_veracode_ratio", r.VerifyVeracodeRatio, atMost, verifyBar, ""},
		{"traefik_verify_duo_us", r.TraefikVerifyDuoUS, atMost, verifyUSBar, ""},
		{"traefik_verify_aws_us", r.TraefikVerifyAWSUS, atMost, verifyUSBar, ""},
		{"traefik_verify_veracode_us", r.TraefikVerifyVeraUS, atMost, verifyUSBar, ""},
		{"caddy_handler_ratio", r.CaddyHandlerRatio, atLeast, 0.97, r.caddyFloors()},
		{"caddy_transport_ratio", r.CaddyTransportRatio, atLeast, 0.97, r.caddyFloors()},
		{"traefik_ratio", r.TraefikRatio, atLeast, 0.70, ""},
		{"routes_1000_load_s", r.Routes1000LoadS, atMost, 2, ""},
		{"preset_routes_1000_s", r.PresetRoutes1000S, atMost, 2, ""},
		{"rss_64x8mib_mib", r.RSS64x8MiB, atMost, 640, ""},
	} {
		if v.value == nil {
			continue
		}
		b := v.judge(v.name, *v.value, v.bar)
		if !b.Met {
			b.Note = v.note
		}
		all = append(all, b)
	}
	for _, c := range r.Soak {
		memory := atMost("steady load, "+c.Gateway+" "+c.Variant+": memory, late over early", c.LateRSS/c.EarlyRSS, soakGrowth+soakMiB/c.EarlyRSS)
		memory.Met = c.MemoryFlat
		files := atMost("steady load, "+c.Gateway+" "+c.Variant+": descriptors, late", c.LateFiles, c.EarlyFiles+soakFiles)
		files.Met = c.FilesFlat
		all = append(all, memory, files)
	}
	return all
}

// caddyFloors says what limits a signer.
func (r *results) caddyFloors() string {
	if r.CaddyHeadersRatio == nil || r.CaddyFloorRatio == nil {
		return ""
	}
	return fmt.Sprintf("three constant headers alone have %.3f in this run; with one hash, and all headers of a signed request, %.3f",
		*r.CaddyHeadersRatio, *r.CaddyFloorRatio)
}

// missed counts the budgets that are not kept.
func (r *results) missed() int {
	n := 0
	for _, b := range r.Budgets {
		if !b.Met {
			n++
		}
	}
	return n
}
