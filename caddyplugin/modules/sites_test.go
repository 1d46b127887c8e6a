package modules

import (
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// The work to load a site must not depend on how many others there are. Time would depend on the machine; allocations do not.
func TestEightTimesTheSitesAreEightTimesTheWorkToLoad(t *testing.T) {
	const options = " {\nintegration_key x\nsecret_key {env.PATH}\nhost h{n}.example\n"
	for name, site := range map[string]string{
		"a handler":                "duo_sign" + options + "}\nreverse_proxy https://h{n}.example",
		"a transport":              "reverse_proxy https://h{n}.example {\ntransport duo_sign" + options + "tls\n}\n}",
		"a handler and its errors": "duo_sign" + options + "}\nreverse_proxy https://h{n}.example\nhandle_errors {\nrespond no\n}",
	} {
		t.Run(name, func(t *testing.T) {
			few, many := loadSites(t, 100, site), loadSites(t, 800, site)
			if ratio := float64(many) / float64(few); ratio > 9 {
				t.Errorf("100 sites took %d allocations and 800 %d, which is %.1f times as many", few, many, ratio)
			}
		})
	}
}

// loadSites returns the allocations that it takes to load n sites.
func loadSites(t *testing.T, n int, site string) uint64 {
	t.Helper()
	var text strings.Builder
	text.WriteString("{\nadmin off\npersist_config off\nauto_https off\nlog {\noutput discard\n}\n}\n")
	for i := range n {
		text.WriteString(strings.ReplaceAll("http://site{n}.example:0 {\n"+site+"\n}\n", "{n}", strconv.Itoa(i)))
	}
	config, err := adapt(text.String())
	if err != nil {
		t.Fatal(err)
	}
	parsed := mustParse(t, config)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := caddy.Validate(parsed); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}
