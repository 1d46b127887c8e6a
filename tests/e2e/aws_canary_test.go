package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// awsDerived is the key that AWS' documentation derives for a day, region and service.
func awsDerived(secret, day, region, service string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, service, "aws4_request"} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return string(key)
}

// newAWSAviary has a route for each source of credentials and each placement, and of some one more whose upstream, STS or agent is not
// there, or refuses.
func newAWSAviary(t *testing.T, f form) (a *aviary, clouds []*awsCloud) {
	t.Helper()
	a = &aviary{home: newHome(t), secrets: map[string]string{}}
	a.home.env = append(a.home.env, "VENDORSIGN_AWS_CREDENTIALS=web_identity,container")
	gone := &vendor{addr: "127.0.0.1:1"}
	withGone := func(r *route) {
		lost := *r
		lost.name, lost.vendor = r.name+"-gone", gone
		a.routes = append(a.routes, r, &lost)
	}
	static := options{"access_key_id": "ASIACANARY", "region": "us-east-1", "service": "s3"}
	known := static.with(options{"secret_access_key": a.secret("secret access key"), "session_token": a.secret("session token")})
	static["secret_access_key"], static["session_token"] = a.file(t, "aws-secret", "secret access key"), a.env(f, "SESSION", "session token")
	if f == traefik {
		static["observe"] = "on"
	}
	judge := known.of(t, "aws")
	refusing := func(r *vendorsim.Request) *vendorsim.Answer {
		if strings.Contains(r.Target, "refused=1") {
			return known.with(options{"secret_access_key": "another"}).of(t, "aws")(r)
		}
		return judge(r)
	}
	for name, more := range map[string]options{"c-header": {}, "c-query": {"placement": "query"}, "c-after": {"placement": "query", "sign_session_token": "false"}} {
		r := keyRoute(t, f, "aws", name, refusing, static.with(more))
		if name == "c-after" {
			r.vendor.judge(known.with(more).with(options{"placement": nil}).of(t, "aws"))
		}
		r.literal = true
		withGone(r)
	}
	for kind, service := range map[string]string{"web_identity": "s3", "container": "guardduty"} {
		name := "c-" + strings.ReplaceAll(kind, "_", "-")
		c := newAWSCloud(t, kind, service, time.Hour)
		r, _ := c.route(t, f, a.home, name)
		withGone(r)
		clouds = append(clouds, c)

		refused := newAWSCloud(t, kind, service, time.Hour)
		r, file := refused.route(t, f, a.home, name+"-refused")
		overwrite(t, file, a.secret("refused "+kind)+"\n")
		a.routes, clouds = append(a.routes, r), append(clouds, refused)

		lost := newAWSCloud(t, kind, service, time.Hour)
		r, _ = lost.route(t, f, a.home, name+"-lost")
		lost.Close()
		a.routes, clouds = append(a.routes, r), append(clouds, lost)
	}
	if f != traefik {
		file := filepath.Join(a.home.secrets, "profiles")
		profile(t, file, options{"access_key_id": known["access_key_id"], "secret_access_key": a.secret("of a profile")})
		a.home.env = append(a.home.env, "AWS_SHARED_CREDENTIALS_FILE="+file, "AWS_EC2_METADATA_DISABLED=true")
		byProfile := options{"access_key_id": known["access_key_id"], "secret_access_key": a.secrets["of a profile"], "region": "us-east-1", "service": "s3"}
		chain := options{"credentials": "chain", "profile": "gateway", "region": "us-east-1", "service": "s3"}
		a.routes = append(a.routes, keyRoute(t, f, "aws", "c-chain", byProfile.of(t, "aws"), chain),
			keyRoute(t, f, "aws", "c-chain-lost", byProfile.of(t, "aws"), chain.with(options{"profile": "nobody"})))
	}
	return a, clouds
}

// ofVendor marks the answers that are not the gateway's own.
const ofVendor = "X-Of-Vendor"

// T7: no secret of AWS, whether it was given or fetched or derived, shows on a surface of the gateway.
func TestNoSecretOfAWSShowsAnywhere(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		a, clouds := newAWSAviary(t, f)
		for _, r := range a.routes {
			if r.vendor.listener == nil {
				continue
			}
			judge := *r.vendor.judging.Load()
			r.vendor.judge(func(in *vendorsim.Request) *vendorsim.Answer {
				answer := judge(in)
				answer.Header.Set(ofVendor, "1")
				return answer
			})
		}
		g := a.start(t, f, "\tdebug\n")
		var pages strings.Builder
		ask := func() {
			for _, r := range a.routes {
				for _, in := range []request{
					{method: "GET", target: "/api?b=1&a=2"}, {method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")},
					{method: "GET", target: "/api", header: []string{"Origin: https://evil.example"}}, {method: "GET", target: "/api?a=%zz"},
					{method: "GET", target: "/api?refused=1"}, {method: "GET", target: "/api?X-Amz-Security-Token=mine"},
					{method: "GET", target: "/api", header: []string{"X-Amz-Security-Token: mine", "X-Large: " + strings.Repeat("x", 20000)}},
				} {
					got := g.send(t, r, in)
					body := string(got.body)
					if got.header.Get(ofVendor) != "" { // S3 quotes the request that it has made the signature of, with the session token
						body = ""
					}
					fmt.Fprintln(&pages, r.name, got.status, got.header, body)
				}
				if r.vendor.listener != nil { // an answer that ends early
					raw, _ := exchange(g.addr, string(request{method: "GET", target: "/api", header: []string{behave + ": " + behaveShort, "Connection: close"}}.head(r.name+".test")))
					pages.WriteString(raw)
				}
			}
		}
		ask()
		for _, c := range clouds {
			c.end(t)
		}
		ask()
		sings := []string{"c-header 200", "c-header 403", "c-query 200", "c-after 200", "c-web-identity 200", "c-container 200", "c-header-gone 502", "c-query-gone 502",
			"c-web-identity-refused 503", "c-container-lost 503"}
		if f != traefik {
			sings = append(sings, "c-chain 200", "c-chain-lost 503")
		}
		for _, text := range sings {
			if !strings.Contains(pages.String(), text) {
				t.Errorf("%s is not among the answers: the canary does not sing", text)
			}
		}
		secrets := map[string]string{}
		for what, secret := range a.secrets {
			secrets[what] = secret
		}
		for i, c := range clouds {
			for n, secret := range c.secrets() {
				secrets[fmt.Sprintf("%s %d of cloud %d", c.kind, n, i)] = secret
			}
			for _, s := range c.issuedNow() {
				secrets["the derived key of "+s.id+" of cloud "+c.URL] = awsDerived(s.secret, time.Now().UTC().Format("20060102"), "eu-west-1", c.service)
			}
		}
		for _, name := range []string{"secret access key", "of a profile"} {
			secrets["the derived key of "+name] = awsDerived(a.secrets[name], time.Now().UTC().Format("20060102"), "us-east-1", "s3")
		}
		config := map[bool]string{true: "dynamic.yml", false: "Caddyfile"}[f == traefik]
		places := a.places(t, g)
		places["what clients get"] = pages.String()
		places["check"] = a.run(t, "vendorsign", "check", config)
		g.stop()
		places["log"] = g.log.String()
		for where, text := range places {
			for what, secret := range secrets {
				if shows(text, secret) {
					at := max(strings.Index(text, secret), 0)
					t.Errorf("%s shows %s: %s", where, what, text[max(0, at-200):min(len(text), at+len(secret)+100)])
				}
			}
		}

		if !strings.Contains(places["explain c-header --json=false"], "AWS4-HMAC-SHA256") {
			t.Errorf("explain explains nothing: %s", places["explain c-header --json=false"])
		}
		t.Logf("%d secrets, %d places", len(secrets), len(places))
	})
}
