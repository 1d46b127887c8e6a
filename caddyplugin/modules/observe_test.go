package modules

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// options is the block of a Darktrace signer for the simulated vendor; the secret is wrong if asked.
func options(secret string) string {
	return "{\n\t\tpublic_token demo-public-token\n\t\tprivate_token " + secret + "\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t}\n"
}

const rightSecret = "demo-private-token-not-a-secret"

const head = "{\n\tadmin {admin}\n\tpersist_config off\n\tmetrics\n\tlog {\n\t\toutput discard\n\t}\n}\nhttp://{site} {\n"

func darktrace(t *testing.T) *vendorsim.Simulator {
	t.Helper()
	s, err := vendorsim.New("darktrace", vendorsim.Config{Credential: vendorsim.DemoCredential("darktrace", "")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scrape reads Caddy's metrics as Prometheus does.
func scrape(t *testing.T, c running) map[string]map[string]float64 {
	t.Helper()
	_, text := fetch(t, "http://"+c.admin+"/metrics")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]map[string]float64)
	for name, family := range families {
		values[name] = make(map[string]float64)
		for _, m := range family.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			key := strings.Join(labels, ",")
			values[name][key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// sum adds up what a metric says for the labels that contain part.
func sum(values map[string]float64, part string) (total float64) {
	for labels, v := range values {
		if strings.Contains(labels, part) {
			total += v
		}
	}
	return total
}

func TestMetricsCountRequestsAnswersAndRefusalsInBothForms(t *testing.T) {
	forms := map[string]string{
		"handler":   head + "\tdarktrace_sign " + options("%s") + "\treverse_proxy {vendor}\n}\n",
		"transport": head + "\treverse_proxy {vendor} {\n\ttransport darktrace_sign " + options("%s") + "\t}\n}\n",
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			c := run(t, fmt.Sprintf(form, rightSecret), darktrace(t))
			before := scrape(t, c)
			for range 3 {
				if status, body := fetch(t, "http://"+c.site+"/devices"); status != 200 {
					t.Fatalf("%d %s", status, body)
				}
			}
			fetch(t, "http://"+c.site+"/secret/path?token=canary", "Origin", "https://evil.example")
			after := scrape(t, c)
			for _, want := range []struct {
				metric, labels string
				more           float64
			}{
				{"caddy_vendorsign_requests_total", "outcome=signed", 3},
				{"caddy_vendorsign_requests_total", "outcome=browser", 1},
				{"caddy_vendorsign_answers_total", "class=2xx", 3},
				{"caddy_vendorsign_sign_duration_seconds", "signer=darktrace", 3},
				{"caddy_vendorsign_refusals_total", "", 0},
			} {
				if got := sum(after[want.metric], want.labels) - sum(before[want.metric], want.labels); got != want.more {
					t.Errorf("%s{%s} grew by %v, want %v", want.metric, want.labels, got, want.more)
				}
			}
			if _, text := fetch(t, "http://"+c.admin+"/metrics"); strings.Contains(text, "canary") || strings.Contains(text, "/secret/path") {
				t.Error("a label holds a client's text")
			}
		})
		t.Run(name+" with a wrong secret", func(t *testing.T) {
			c := run(t, fmt.Sprintf(form, "other-5b1f"), darktrace(t))
			before := scrape(t, c)
			fetch(t, "http://"+c.site+"/devices")
			after := scrape(t, c)
			if got := sum(after["caddy_vendorsign_refusals_total"], "cause=signature") - sum(before["caddy_vendorsign_refusals_total"], "cause=signature"); got != 1 {
				t.Errorf("refusals for the signature grew by %v", got)
			}
			var status []signerStatus
			_, body := fetch(t, "http://"+c.admin+"/vendorsign/")
			if err := json.Unmarshal([]byte(body), &status); err != nil {
				t.Fatal(err)
			}
			if len(status) != 1 || status[0].LastRefusal == nil || status[0].LastRefusal.Cause != "signature" || status[0].Signer != "darktrace" {
				t.Errorf("status is %s", body)
			}
			if strings.Contains(body, "other-5b1f") {
				t.Error("status shows the secret")
			}
		})
	}
}

func TestMetricsSurviveReloads(t *testing.T) {
	caddyfile := head + "\tdarktrace_sign " + options(rightSecret) + "\treverse_proxy {vendor}\n}\n"
	upstream := serve(t, darktrace(t))
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	load(t, c, caddyfile, upstream)
	t.Cleanup(func() { caddy.Stop() })
	fetch(t, "http://"+c.site+"/devices")
	before := sum(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome=signed")
	for range 20 {
		load(t, c, caddyfile, upstream)
	}
	fetch(t, "http://"+c.site+"/devices")
	if after := sum(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome=signed"); after != before+1 {
		t.Errorf("%v signed requests after 20 reloads and one request, %v before", after, before)
	}
	waitLive(t, 1)
}

// waitLive waits until the configurations before are cleaned up, which is done in the background.
func waitLive(t *testing.T, want int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for len(liveSigners()) != want && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if n := len(liveSigners()); n != want {
		t.Errorf("%d signers are live, want %d", n, want)
	}
}

func TestTheDashboardShowsMetricsThatExist(t *testing.T) {
	block := strings.Replace(options("other-5b1f"), "insecure_upstream", "insecure_upstream\n\t\texpires 2200-12-31", 1)
	c := run(t, head+"\tdarktrace_sign "+block+"\treverse_proxy {vendor}\n}\n", darktrace(t))
	fetch(t, "http://"+c.site+"/devices")
	known := scrape(t, c)
	data, err := os.ReadFile("../../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &dashboard); err != nil {
		t.Fatal(err)
	}
	shown := make(map[string]bool)
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`caddy_vendorsign_[a-z_]+`).FindAllString(target.Expr, -1) {
				name = strings.TrimSuffix(name, "_bucket")
				shown[name] = true
				// Tokens and warnings appear when there are any.
				if _, ok := known[name]; !ok && !strings.HasPrefix(name, "caddy_vendorsign_token_") && name != "caddy_vendorsign_news_total" {
					t.Errorf("panel %q asks for %s, which does not exist", p.Title, name)
				}
			}
		}
	}
	for name := range known {
		if strings.HasPrefix(name, "caddy_vendorsign_") && !shown[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}
