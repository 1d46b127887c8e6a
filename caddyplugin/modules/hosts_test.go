package modules

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// anyHost is head for requests with any Host.
var anyHost = strings.Replace(head, "http://{site} {", "http://:{port} {\n\tbind 127.0.0.1", 1)

func TestRefusalsAreCountedForTheHostThatTheyConcern(t *testing.T) {
	forms := map[string]string{
		"handler":   "\tcarbonblack_sign BLOCK\treverse_proxy {vendor}\n}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport carbonblack_sign BLOCK\t}\n}\n",
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
			block := "{\n\t\tapi_id ID1\n\t\tapi_secret_key canary\n\t\thost 127.0.0.1 two-" + name + ".example\n\t\tinsecure_upstream\n\t}\n"
			c := run(t, anyHost+strings.Replace(form, "BLOCK", block, 1), vendor)
			send := func(host, method, origin string) {
				r, _ := http.NewRequest(method, "http://"+c.site+"/api", nil)
				r.Host = host
				if origin != "" {
					r.Header.Set("Origin", origin)
				}
				ask(t, r)
			}
			before := scrape(t, c)
			send("TWO-"+name+".example", "GET", "")
			send("two-"+name+".example", "GET", "https://evil.example")
			for i := range 20 {
				send(fmt.Sprintf("canary-%d.example", i), fmt.Sprintf("CANARY%d", i), "")
			}
			after := scrape(t, c)
			for _, want := range []struct {
				metric, labels string
				more           float64
			}{
				{"caddy_vendorsign_requests_total", "host=two-" + name + ".example,outcome=signed", 1},
				{"caddy_vendorsign_requests_total", "host=two-" + name + ".example,outcome=browser", 1},
				{"caddy_vendorsign_requests_total", "host=other,outcome=wrong-host", 20},
				{"caddy_vendorsign_requests_total", "host=127.0.0.1", 0},
				{"caddy_vendorsign_answers_total", "class=4xx,host=two-" + name + ".example", 1},
				{"caddy_vendorsign_refusals_total", "cause=unclear,host=two-" + name + ".example", 1},
				{"caddy_vendorsign_refusals_total", "host=127.0.0.1", 0},
			} {
				if got := sum(after[want.metric], want.labels) - sum(before[want.metric], want.labels); got != want.more {
					t.Errorf("%s{%s} grew by %v, want %v", want.metric, want.labels, got, want.more)
				}
			}
			if _, text := fetch(t, "http://"+c.admin+"/metrics"); strings.Contains(strings.ToLower(fmt.Sprint(regexp.MustCompile(`(?m)^caddy_vendorsign_.*$`).FindAllString(text, -1))), "canary") {
				t.Error("a label holds a client's text")
			}
		})
	}
}
