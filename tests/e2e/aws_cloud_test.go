package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

const (
	awsRole      = "arn:aws:iam::123456789012:role/gateway"
	awsIdentity  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJnYXRld2F5In0.canary-identity"
	awsAgentPath = "/v1/credentials"
	awsAgentText = "eyJhbGciOiJSUzI1NiJ9.canary-agent"
)

// awsCloud is STS, the agent of a container, and a service of AWS that takes the sessions of these two. STS is as the page of
// AssumeRoleWithWebIdentity in its API Reference has it, the agent as the page "Container credential provider" of the AWS SDKs and
// Tools Reference Guide.
type awsCloud struct {
	*httptest.Server
	kind, service  string
	fetches, under atomic.Int64
	calls          atomic.Int64
	most           atomic.Int64 // fetches at once
	down           atomic.Bool
	stranger       judge // of requests with a key that nobody has

	mu       sync.Mutex
	identity string        // the token that STS takes
	life     time.Duration // of new sessions
	slow     time.Duration // how long STS thinks
	sessions map[string]*awsSession
	issued   []*awsSession
}

type awsSession struct {
	id, secret, token string
	expires           time.Time
	judge             judge
}

func newAWSCloud(t testing.TB, kind, service string, life time.Duration) *awsCloud {
	t.Helper()
	c := &awsCloud{kind: kind, service: service, identity: awsIdentity, life: life, sessions: make(map[string]*awsSession)}
	if kind == "container" {
		c.identity = awsAgentText
	}
	c.stranger = simulate(t, "aws", c.credential("ASIANOBODY", "nobody"))
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.fetches.Add(1)
		if n := c.under.Add(1); n > c.most.Load() {
			c.most.Store(n)
		}
		defer c.under.Add(-1)
		c.mu.Lock()
		slow := c.slow
		c.mu.Unlock()
		time.Sleep(slow)
		if c.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if kind == "container" {
			c.agent(t, w, r)
			return
		}
		c.sts(t, w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *awsCloud) credential(id, secret string, more ...string) map[string]string {
	credential := map[string]string{"access_key_id": id, "secret_access_key": secret, "region": "eu-west-1", "service": c.service}
	for i := 0; i+1 < len(more); i += 2 {
		credential[more[i]] = more[i+1]
	}
	return credential
}

func (c *awsCloud) sts(t testing.TB, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != "POST" || r.RequestURI != "/" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("STS got %s %s %s, %v", r.Method, r.RequestURI, r.Header.Get("Content-Type"), err)
	}
	for name := range r.Header {
		if name == "Authorization" || strings.HasPrefix(name, "X-Amz-") {
			t.Errorf("STS got %s: the request is to be unsigned", name)
		}
	}
	w.Header().Set("Content-Type", "text/xml")
	if form.Get("Action") != "AssumeRoleWithWebIdentity" || form.Get("Version") != "2011-06-15" || form.Get("RoleArn") != awsRole ||
		form.Get("RoleSessionName") != "e2e" {
		t.Errorf("STS got %s", strings.ReplaceAll(string(body), form.Get("WebIdentityToken"), "..."))
	}
	s := c.issue(t, form.Get("WebIdentityToken"))
	if s == nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredTokenException`+
			`</Code><Message>Token expired: current date must be before the expiration date</Message></Error><RequestId>x</RequestId></ErrorResponse>`)
		return
	}
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>system:serviceaccount:default:gateway</SubjectFromWebIdentityToken>
    <Audience>sts.amazonaws.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/gateway/e2e</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:e2e</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>%s</SessionToken>
      <SecretAccessKey>%s</SecretAccessKey>
      <Expiration>%s</Expiration>
      <AccessKeyId>%s</AccessKeyId>
    </Credentials>
    <SourceIdentity>SourceIdentityValue</SourceIdentity>
    <Provider>www.amazon.com</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata>
    <RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId>
  </ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
`, s.token, s.secret, s.expires.UTC().Format(time.RFC3339), s.id)
}

func (c *awsCloud) agent(t testing.TB, w http.ResponseWriter, r *http.Request) {
	if r.Method != "GET" || r.RequestURI != awsAgentPath {
		t.Errorf("the agent got %s %s", r.Method, r.RequestURI)
	}
	s := c.issue(t, r.Header.Get("Authorization"))
	if s == nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":"InvalidIdInRequest","message":"the token has expired"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"RoleArn": awsRole, "AccessKeyId": s.id, "SecretAccessKey": s.secret, "Token": s.token,
		"Expiration": s.expires.UTC().Format(time.RFC3339), "Type": "AWS-HMAC"})
}

// issue makes a session for the identity that is right, and returns nil for all others.
func (c *awsCloud) issue(t testing.TB, identity string) *awsSession {
	c.mu.Lock()
	defer c.mu.Unlock()
	if identity != c.identity {
		return nil
	}
	n := len(c.issued) + 1
	s := &awsSession{
		id: fmt.Sprintf("ASIACLOUD%d", n), secret: fmt.Sprintf("canary/secret+%s/%d", c.kind, n),
		token: fmt.Sprintf("canary/session+%s/%d==", c.kind, n), expires: time.Now().Add(c.life).Truncate(time.Second),
	}
	s.judge = simulate(t, "aws", c.credential(s.id, s.secret, "session_token", s.token, "token_expires", strconv.FormatInt(s.expires.Unix(), 10)))
	c.sessions[s.id] = s
	c.issued = append(c.issued, s)
	return s
}

// check is the service's judgement.
func (c *awsCloud) check(r *vendorsim.Request) *vendorsim.Answer {
	c.calls.Add(1)
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	id, _, _ := strings.Cut(rest, "/")
	c.mu.Lock()
	judge := c.stranger
	if s := c.sessions[id]; s != nil {
		judge = s.judge
	}
	c.mu.Unlock()
	return judge(r)
}

// end ends all sessions before their time, as an administrator can.
func (c *awsCloud) end(t testing.TB) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		s.judge = simulate(t, "aws", c.credential(s.id, s.secret, "session_token", s.token, "token_expires", "1"))
	}
}

// set changes what the cloud does from now on.
func (c *awsCloud) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// secrets are all that must show nowhere.
func (c *awsCloud) secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []string{c.identity, awsIdentity, awsAgentText}
	for _, s := range c.issued {
		all = append(all, s.secret, s.token)
	}
	return all
}

func (c *awsCloud) wantFetches(t testing.TB, what string, n int64) {
	t.Helper()
	if got := c.fetches.Load(); got != n {
		t.Errorf("%s: %d sessions were asked for, want %d", what, got, n)
	}
	if most := c.most.Load(); most > 1 {
		t.Errorf("%s: %d sessions were asked for at once", what, most)
	}
}

// route leads to the service. The identity is in a file, which it returns.
func (c *awsCloud) route(t testing.TB, f form, h *home, name string) (r *route, file string) {
	t.Helper()
	file = filepath.Join(h.secrets, name+".identity")
	overwrite(t, file, c.identity+"\n")
	host := "aws.example"
	if f == caddyTransport {
		host = "127.0.0.1"
	}
	v := newVendor(t, "aws", c.credential("ASIANOBODY", "nobody"), nil)
	v.judge(c.check)
	o := options{"host": host, "insecure_upstream": true, "region": "eu-west-1", "service": c.service, "credentials": c.kind}
	if c.kind == "container" {
		o = o.with(options{"container_url": c.URL + awsAgentPath, "container_token": "{file." + file + "}"})
	} else {
		o = o.with(options{"role_arn": awsRole, "role_session_name": "e2e", "web_identity_token": "{file." + file + "}", "sts_host": c.URL})
	}
	if f == traefik {
		o["observe"] = "on"
	}
	h.referred = append(h.referred, c.identity)
	return &route{name: name, signer: "aws", options: o, literal: true, vendor: v}, file
}

// awsClouds are one of each kind of identity, with the two forms that errors of services have.
func awsClouds(t testing.TB, f form, h *home, life time.Duration) map[*route]*awsCloud {
	t.Helper()
	h.env = append(h.env, "VENDORSIGN_AWS_CREDENTIALS=web_identity,container")
	clouds := map[*route]*awsCloud{}
	for kind, service := range map[string]string{"web_identity": "guardduty", "container": "s3"} {
		c := newAWSCloud(t, kind, service, life)
		r, _ := c.route(t, f, h, strings.ReplaceAll(kind, "_", "-"))
		clouds[r] = c
	}
	return clouds
}

func routesOf[V any](all map[*route]V) (routes []*route) {
	for r := range all {
		routes = append(routes, r)
	}
	return routes
}

// issuedNow are the sessions that were issued until now.
func (c *awsCloud) issuedNow() []*awsSession {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*awsSession(nil), c.issued...)
}
