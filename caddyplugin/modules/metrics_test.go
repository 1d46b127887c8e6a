package modules

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// tokenService issues tokens and takes them, unless it is broken.
type tokenService struct {
	issued atomic.Int64
	broken atomic.Bool
	refuse atomic.Bool // the tokens
}

func (s *tokenService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/csp/") {
		if s.refuse.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	if s.broken.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"canary-token-%d","token_type":"bearer","expires_in":3600,"scope":""}`, s.issued.Add(1))
}

// oauth is the block of a Carbon Black signer that fetches tokens; each has another credential.
func oauth(t *testing.T, hosts string) string {
	return "{\n\t\toauth_app_id " + t.Name() + "\n\t\toauth_app_secret canary\n\t\thost " + hosts + "\n\t\tcsp_url http://{vendor}\n\t\tinsecure_upstream\n\t}\n"
}

func TestRenewalsOfTokensAreCountedAndOutliveAReload(t *testing.T) {
	isolate(t)
	service := new(tokenService)
	upstream := serve(t, service)
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	// Of two hosts and two blocks with one credential, the token is the same.
	caddyfile := anyHost + "\thandle /other* {\n\t\tcarbonblack_sign " + oauth(t, "other.example") + "\t}\n\tcarbonblack_sign " + oauth(t, "{vendor} second.example") +
		"\treverse_proxy {vendor} {\n\t\theader_up Host {http.request.header.Host}\n\t}\n}\n"
	load(t, c, caddyfile, upstream)
	t.Cleanup(func() { caddy.Stop() })
	send := func(want int) {
		t.Helper()
		r, _ := http.NewRequest("GET", "http://"+c.site+"/api", nil)
		r.Host = "second.example"
		response, _ := ask(t, r)
		if response.StatusCode != want {
			t.Fatalf("answered %d, want %d", response.StatusCode, want)
		}
	}
	counts := func(renewed, failed float64) {
		t.Helper()
		got := scrape(t, c)["caddy_vendorsign_token_renewals_total"]
		if sum(got, "outcome=renewed") != renewed || sum(got, "outcome=failed") != failed || sum(got, "outcome=shared") != 0 || len(got) != 3 {
			t.Errorf("counted are %v, want %v renewed and %v failed", got, renewed, failed)
		}
	}
	outages := func(want int) {
		t.Helper()
		for _, s := range statusOf(t, c) {
			if (s.TokenOutage != nil) != (want > 0) || want > 0 && (s.TokenOutage.Failures != want || !strings.Contains(s.TokenOutage.Reason, "500")) {
				t.Errorf("the status of %v has the outage %+v, want %d failures", s.Hosts, s.TokenOutage, want)
			}
		}
	}
	send(http.StatusOK)
	counts(1, 0)
	outages(0)
	service.refuse.Store(true)
	service.broken.Store(true)
	send(http.StatusUnauthorized) // and the token is given up
	send(http.StatusUnauthorized)
	counts(1, 1)
	outages(1)
	load(t, c, caddyfile, upstream)
	counts(1, 1)
	outages(1)
}

func TestACredentialThatIsNotThereHasNoAge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	c := run(t, head+"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file."+file+"}\n\t\thost absent.example\n\t}\n\treverse_proxy {vendor}\n}\n",
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if ages := scrape(t, c)["caddy_vendorsign_credential_age_seconds"]; sum(ages, "host=absent.example") != 0 {
		t.Errorf("the ages are %v", ages)
	}
	var all []signerStatus
	_, body := fetch(t, "http://"+c.admin+"/vendorsign/")
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].AgeSeconds != 0 {
		t.Errorf("the status is %s", body)
	}
}

func TestACredentialThatIsNotThereHasItsHost(t *testing.T) {
	host := "named-" + freeTCP(t) // counters outlive a test
	t.Setenv("METRICS_TEST_HOST", strings.ToUpper(host))
	absent := filepath.Join(t.TempDir(), "secret")
	c := run(t, head+"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key {file."+absent+"}\n\t\thost {env.METRICS_TEST_HOST}\n\t}\n\treverse_proxy {vendor}\n}\n", http.NotFoundHandler())
	fetch(t, "http://"+c.site+"/api")
	if got := sum(scrape(t, c)["caddy_vendorsign_requests_total"], "host="+host+",outcome=credential-unavailable"); got != 1 {
		t.Errorf("%v refusals are counted for the host", got)
	}
	if all := statusOf(t, c); len(all) != 1 || strings.Join(all[0].Hosts, " ") != host {
		t.Errorf("the status is %v", all)
	}
}

func TestWhatIsConfiguredNoMoreHasNoGauges(t *testing.T) {
	upstream := serve(t, http.NotFoundHandler())
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	t.Cleanup(func() { caddy.Stop() })
	for _, host := range []string{"gone.example", "here.example"} {
		load(t, c, head+"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost "+host+"\n\t}\n\treverse_proxy {vendor}\n}\n", upstream)
	}
	waitLive(t, 1)
	values := scrape(t, c)
	for _, gauge := range []string{"caddy_vendorsign_credential_age_seconds", "caddy_vendorsign_clock_offset_seconds"} {
		for labels := range values[gauge] {
			if !strings.Contains(labels, "host=here.example") {
				t.Errorf("%s has %s", gauge, labels)
			}
		}
	}
	if len(values["caddy_vendorsign_credential_age_seconds"]) != 1 || sum(values["caddy_vendorsign_credential_loads_total"], "host=gone.example") == 0 {
		t.Errorf("the ages are %v, the loads %v", values["caddy_vendorsign_credential_age_seconds"], values["caddy_vendorsign_credential_loads_total"])
	}
}

// An alert can be made of it, also while the previous credential serves: it is the configured one that must be renewed.
func TestTheEndOfACredentialIsAGauge(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, _, _ := r.BasicAuth(); id != "OLD" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"stat":"FAIL","code":40102}`)
		}
	})
	const block = "duo_sign {\n\t\tintegration_key NEW\n\t\tsecret_key x\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t\tprevious {\n\t\t\tintegration_key OLD\n\t\t\tsecret_key y\n\t\t}\n\t\texpires 2200-12-31\n\t}\n"
	c := run(t, head+"\thandle /one {\n\t\t"+block+"\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {vendor} {\n\t\ttransport "+block+"\t}\n}\n", vendor)
	configured := statusOf(t, c)[0].Credential
	fetch(t, "http://"+c.site+"/api")
	ends := scrape(t, c)["caddy_vendorsign_credential_expiry_timestamp_seconds"]
	if !slices.ContainsFunc(statusOf(t, c), func(s signerStatus) bool { return s.Previous }) {
		t.Error("the previous credential does not serve")
	}
	if want := float64(time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC).Unix()); len(ends) != 1 || sum(ends, "credential="+configured+",") != want {
		t.Errorf("the ends are %v, want %v of %s", ends, want, configured)
	}
}

func TestACredentialsRotationsAddNoSeries(t *testing.T) {
	vendor := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	upstream := serve(t, vendor)
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	t.Cleanup(func() { caddy.Stop() })
	series := func(secret int) int {
		load(t, c, head+fmt.Sprintf("\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key canary-%d\n\t\thost rotated.example\n\t}\n\treverse_proxy {vendor}\n}\n", secret), upstream)
		waitLive(t, 1)
		n := 0
		for name, values := range scrape(t, c) {
			if strings.HasPrefix(name, "caddy_vendorsign_") {
				n += len(values)
			}
		}
		return n
	}
	first := series(0)
	for i := range 3 {
		if n := series(i + 1); n != first {
			t.Errorf("%d series after %d rotations, %d before", n, i+1, first)
		}
	}
}

func TestTheMetricsNeedNoGlobalOption(t *testing.T) {
	c := run(t, strings.Replace(head, "\tmetrics\n", "", 1)+"\tdarktrace_sign "+options(rightSecret)+"\treverse_proxy {vendor}\n}\n", darktrace(t))
	if fetch(t, "http://"+c.site+"/devices"); sum(scrape(t, c)["caddy_vendorsign_answers_total"], "class=2xx") == 0 {
		t.Error("nothing is counted")
	}
}

func TestTheClockOffsetIsShownEverywhere(t *testing.T) {
	now := time.Now()
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now.Add(2*time.Minute).UTC().Format(http.TimeFormat))
	})
	caddyfile, file := logging(t, "\tlog\n\tlog_append offset {vendorsign.clock_offset}\n\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t\tclock vendor\n\t}\n\treverse_proxy {vendor}\n")
	c := run(t, caddyfile, vendor)
	liveSigners()[0].gate.Now = func() time.Time { return now }
	for range 4 { // the offset is believed after three answers
		fetch(t, "http://"+c.site+"/api")
		now = now.Add(6 * time.Second)
	}
	if got := sum(scrape(t, c)["caddy_vendorsign_clock_offset_seconds"], "signer=carbonblack"); got < 119 || got > 121 {
		t.Errorf("the metric is %v", got)
	}
	if got := statusOf(t, c)[0].ClockOffsetSeconds; got < 119 || got > 121 {
		t.Errorf("the status has %v", got)
	}
	if got := sum(scrape(t, c)["caddy_vendorsign_news_total"], "host="+liveSigners()[0].host()); got != 1 {
		t.Errorf("%v warnings are counted", got)
	}
	var last map[string]any
	for _, line := range logged(t, file, "") {
		if line["msg"] == "handled request" {
			last = line
		}
	}
	if got, _ := last["offset"].(float64); got < 119 || got > 121 {
		t.Errorf("the access log has %v", last["offset"])
	}
}

// Each block learns for itself, but the metric is the credential's: one that has had no requests must not hide what another
// corrects.
func TestTheClockOffsetOfACredentialIsThatOfTheBlockThatCorrectsIt(t *testing.T) {
	now := time.Now()
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now.Add(2*time.Minute).UTC().Format(http.TimeFormat))
	})
	const block = "carbonblack_sign {\n\t\t\tapi_id ID1\n\t\t\tapi_secret_key x\n\t\t\thost {vendor}\n\t\t\tinsecure_upstream\n\t\t\tclock vendor\n\t\t}\n"
	caddyfile := head + "\thandle /one {\n\t\t" + block + "\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {vendor} {\n\t\ttransport " + block + "\t}\n}\n"
	upstream := serve(t, vendor)
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	load(t, c, caddyfile, upstream)
	t.Cleanup(func() { caddy.Stop() })
	for _, path := range []string{"/one", "/two"} { // whichever is listed first
		for _, s := range liveSigners() {
			s.gate.Now = func() time.Time { return now }
		}
		for range 4 {
			fetch(t, "http://"+c.site+path)
			now = now.Add(6 * time.Second)
		}
		if got := scrape(t, c)["caddy_vendorsign_clock_offset_seconds"]; len(got) != 1 || sum(got, "signer=carbonblack") < 119 || sum(got, "signer=carbonblack") > 121 {
			t.Errorf("after answers to %s the metric is %v", path, got)
		}
		load(t, c, caddyfile, upstream)
		waitLive(t, 2)
	}
}

func TestBodiesAreCountedWhileTheyAreHeld(t *testing.T) {
	for form, site := range map[string]string{
		"handler":   "\tduo_sign BLOCK\treverse_proxy {vendor}\n}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport duo_sign BLOCK\t}\n}\n",
	} {
		t.Run(form, func(t *testing.T) {
			arrived, leave := make(chan bool), make(chan bool)
			vendor := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				arrived <- true
				<-leave
			})
			c := run(t, head+strings.Replace(site, "BLOCK", "{\n\t\tintegration_key ID1\n\t\tsecret_key x\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t}\n", 1), vendor)
			buffered := func() float64 { return scrape(t, c)["caddy_vendorsign_buffered_bytes"][""] }
			before := buffered()
			done := make(chan error)
			go func() {
				response, err := http.Post("http://"+c.site+"/api", "application/json", strings.NewReader(`{"a":"`+strings.Repeat("x", 1<<20)+`"}`))
				if err == nil {
					err = response.Body.Close()
				}
				done <- err
			}()
			<-arrived
			if got := buffered() - before; got < 1<<20 || got > 1<<20+8<<10 {
				t.Errorf("a body of a mebibyte counts as %v bytes", got)
			}
			close(leave)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			deadline := time.Now().Add(patience) // the server ends the request after the client has its answer
			for buffered() != before && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond)
			}
			if got := buffered(); got != before {
				t.Errorf("%v bytes are left", got-before)
			}
		})
	}
}

// What is only looked at, or refused, leaves no signer behind.
func TestAConfigurationThatDoesNotServeIsNotShown(t *testing.T) {
	upstream := serve(t, darktrace(t))
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	good := head + "\tdarktrace_sign " + options(rightSecret) + "\treverse_proxy {vendor}\n}\n"
	load(t, c, good, upstream)
	t.Cleanup(func() { caddy.Stop() })
	config, err := adapt(strings.NewReplacer("{site}", c.site, "{admin}", c.admin, "{vendor}", upstream.Listener.Addr().String()).Replace(good))
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(config, `"handler": "reverse_proxy"`, `"handler": "reverse_proxy", "no_such_option": 1`, 1)
	if broken == config || caddy.Load([]byte(broken), true) == nil {
		t.Fatal("a broken configuration was loaded")
	}
	var parsed caddy.Config
	if err := json.Unmarshal([]byte(config), &parsed); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&parsed); err != nil {
		t.Fatal(err)
	}
	waitLive(t, 1)
	if n := len(statusOf(t, c)); n != 1 {
		t.Errorf("the status has %d signers", n)
	}
	if status, body := fetch(t, "http://"+c.site+"/devices"); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

// increase() sees nothing of a counter that begins with 1: the first warning and the first refusal would be on no panel.
func TestRareCountersAreThereBeforeTheyCount(t *testing.T) {
	host := "rare-" + freeTCP(t) // counters outlive a test
	c := run(t, head+"\tcarbonblack_sign {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost "+host+" second."+host+"\n\t}\n\treverse_proxy {vendor}\n}\n", http.NotFoundHandler())
	all := scrape(t, c)
	for _, want := range []string{"clock", "date", "signature", "key", "rights", "rate", "unclear"} {
		for _, host := range []string{host, "second." + host} {
			if n, ok := all["caddy_vendorsign_refusals_total"]["cause="+want+",host="+host+",signer=carbonblack"]; !ok || n != 0 {
				t.Errorf("refusals of %s by %s: %v, there: %v", host, want, n, ok)
			}
		}
	}
	for _, want := range []string{"signed", "unanswered", "upstream", "not-repeated", "loop", "busy", "credential-unavailable"} {
		if n, ok := all["caddy_vendorsign_requests_total"]["host="+host+",outcome="+want+",signer=carbonblack"]; !ok || n != 0 {
			t.Errorf("requests that are %s: %v, there: %v", want, n, ok)
		}
	}
	if n, ok := all["caddy_vendorsign_news_total"]["host="+host+",signer=carbonblack"]; !ok || n != 0 {
		t.Errorf("warnings: %v, there: %v", n, ok)
	}
}
