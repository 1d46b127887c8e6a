package modules

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// exposed is what Prometheus reads after requests that were signed, refused here, refused by the vendor, and signed with a token.
func exposed(t *testing.T) string {
	t.Helper()
	isolate(t)
	service := new(tokenService)
	upstream := serve(t, service)
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	wrong := serve(t, darktrace(t))
	load(t, c, head+"\thandle /token* {\n\t\tcarbonblack_sign "+oauth(t, "{vendor}")+"\t\treverse_proxy {vendor}\n\t}\n\thandle {\n\t\tdarktrace_sign "+
		strings.NewReplacer("{vendor}", wrong.Listener.Addr().String(), "insecure_upstream", "insecure_upstream\n\t\texpires 2200-12-31").Replace(options("other-5b1f"))+"\t\treverse_proxy "+wrong.Listener.Addr().String()+"\n\t}\n}\n", upstream)
	t.Cleanup(func() { caddy.Stop() })
	if status, body := fetch(t, "http://"+c.site+"/token"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	fetch(t, "http://"+c.site+"/devices")
	fetch(t, "http://"+c.site+"/devices", "Origin", "https://evil.example")
	for _, s := range liveSigners() {
		newMetrics().news.WithLabelValues(s.vendor, s.host()).Inc()
	}
	_, text := fetch(t, "http://"+c.admin+"/metrics")
	return text
}

func TestTheMetricsAreNamedInPrometheusStyle(t *testing.T) {
	var ours []string
	for _, line := range strings.SplitAfter(exposed(t), "\n") {
		if strings.Contains(line, "caddy_vendorsign_") {
			ours = append(ours, line)
		}
	}
	problems, err := promlint.New(strings.NewReader(strings.Join(ours, ""))).Lint()
	if err != nil || len(ours) < 20 {
		t.Fatalf("%v, of %d lines", err, len(ours))
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Each expression of the dashboard asks for metrics and labels that a scrape has, and each metric is asked for.
func TestTheDashboardAsksForLabelsThatExist(t *testing.T) {
	labels := make(map[string][]string) // of each metric
	for _, line := range regexp.MustCompile(`(?m)^(caddy_vendorsign_\w+)(\{\S*\})? `).FindAllStringSubmatch(exposed(t), -1) {
		labels[line[1]] = []string{"none", "instance"} // which Prometheus adds
		for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(line[2], -1) {
			labels[line[1]] = append(labels[line[1]], label[1])
		}
	}
	data, err := os.ReadFile("../../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Templating struct{ List []struct{ Name string } }
		Panels     []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(data, &dashboard); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			metric := regexp.MustCompile(`caddy_vendorsign_\w+`).FindString(target.Expr)
			known := labels[metric]
			if known == nil {
				t.Errorf("panel %q asks for %q, which a scrape does not have", p.Title, metric)
			}
			var used []string
			if by := regexp.MustCompile(`by \(([^)]*)\)`).FindStringSubmatch(target.Expr); by != nil {
				used = strings.Split(by[1], ", ")
				known = slices.DeleteFunc(slices.Clone(known), func(l string) bool { return !slices.Contains(used, l) })
			}
			for _, l := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				used = append(used, l[1])
			}
			for _, v := range dashboard.Templating.List {
				if l := v.Name; slices.Contains(labels[metric], l) && !strings.Contains(target.Expr, l+`=~"$`+l+`"`) {
					t.Errorf("panel %q shows every %s, whichever is chosen", p.Title, l)
				}
			}
			if !strings.Contains(target.Expr, "sum by") && !strings.Contains(target.LegendFormat, "{{instance}}") {
				t.Errorf("panel %q does not tell the gateways of a fleet apart", p.Title)
			}
			for _, l := range used {
				asked++
				if !slices.Contains(known, l) {
					t.Errorf("panel %q uses the label %s, and what it shows has %v", p.Title, l, known)
				}
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d labels were found", asked)
	}
}
