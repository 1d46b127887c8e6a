package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/vendorsim"
)

func TestEveryVendorCanBeSimulated(t *testing.T) {
	// Presets are simulated from their files, which have tests of their own; the schemes for any vendor are no vendors.
	schemes := []string{"api_key", "custom", "login", "jwt", "oauth2"}
	native := slices.DeleteFunc(signers.Natives(), func(name string) bool { return slices.Contains(schemes, name) })
	if got := vendorsim.Vendors(); !slices.Equal(got, native) {
		t.Errorf("simulated are %v, signed for are %v", got, native)
	}
	if got, want := slices.Sorted(slices.Values(vendorsim.ByPort())), native; !slices.Equal(got, want) {
		t.Errorf("ports have %v, want %v", got, want)
	}
}

// running is a `simulate` that runs.
type running struct {
	t      *testing.T
	lines  chan string     // buffered: a request is answered after its line is written
	seen   strings.Builder // all lines so far
	stderr bytes.Buffer
	end    context.CancelFunc
	done   chan int
}

func simulate(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	r := &running{t: t, lines: make(chan string, 100), end: cancel, done: make(chan int, 1)}
	go func() {
		status := Run(ctx, append([]string{"simulate"}, args...), strings.NewReader(""), in, &r.stderr)
		in.Close()
		r.done <- status
	}()
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			r.lines <- scanner.Text()
		}
		close(r.lines)
	}()
	t.Cleanup(cancel)
	return r
}

// line returns the next line of output.
func (r *running) line() string {
	r.t.Helper()
	line, ok := <-r.lines
	if !ok {
		r.t.Fatalf("no further line; stderr %s", r.stderr.String())
	}
	r.seen.WriteString(line + "\n")
	return line
}

// url returns the address in the line that says where a vendor listens.
func (r *running) url(vendor string) string {
	r.t.Helper()
	line := r.line()
	for strings.HasPrefix(line, "  ") { // the credential
		line = r.line()
	}
	url, ok := strings.CutPrefix(line, vendor+" listens on ")
	if !ok {
		r.t.Fatalf("output\n%s", r.seen.String())
	}
	return url
}

// stop ends it as Ctrl-C does, and returns the exit status.
func (r *running) stop() int {
	r.end()
	return <-r.done
}

// ask sends a request with these headers and returns the status.
func ask(t *testing.T, client *http.Client, method, url, body string, headers map[string]string) int {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// signWith has `sign` make the headers for a request.
func signWith(t *testing.T, vendor string, credential map[string]string, method, url, body string) map[string]string {
	t.Helper()
	line, err := json.Marshal(map[string]any{"signer": vendor, "config": credential,
		"request": map[string]any{"method": method, "url": url, "body": body}})
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, _ := runCLI(string(line), "sign")
	var got struct{ Headers map[string]string }
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 {
		t.Fatalf("%s: %s, %v", vendor, stdout, err)
	}
	return got.Headers
}

func TestWhatSignSignsIsAcceptedAndWhatNobodySignedIsRefused(t *testing.T) {
	r := simulate(t, "all", "--listen", "127.0.0.1:0")
	urls := make(map[string]string)
	for _, vendor := range vendorsim.ByPort() {
		if line := r.line(); !strings.HasPrefix(line, vendor+" accepts the made-up credential") {
			t.Fatalf("line %q", line)
		}
		urls[vendor] = r.url(vendor)
	}
	for _, vendor := range vendorsim.Vendors() {
		url := urls[vendor] + "/integrationServices/v3/device?canary=1"
		headers := signWith(t, vendor, vendorsim.DemoCredential(vendor, ""), "POST", url, `{"canary":1}`)
		if status := ask(t, http.DefaultClient, "POST", url, `{"canary":1}`, headers); status != 200 {
			t.Errorf("%s: a signed request is answered with %d", vendor, status)
		}
		if got, want := r.line(), vendor+" accepted POST /integrationServices/v3/device?... 200"; got != want {
			t.Errorf("line %q, want %q", got, want)
		}
		if status := ask(t, http.DefaultClient, "POST", url, `{"canary":1}`, nil); status < 400 {
			t.Errorf("%s: a request that is not signed is answered with %d", vendor, status)
		}
		if got, want := r.line(), vendor+" refused POST /integrationServices/v3/device?... 4"; !strings.HasPrefix(got, want) || !strings.Contains(got, ": ") {
			t.Errorf("line %q, want %q", got, want)
		}
	}
	if status := r.stop(); status != 0 {
		t.Errorf("status %d, stderr %s", status, r.stderr.String())
	}
	if strings.Contains(r.seen.String(), "canary") {
		t.Errorf("a value is shown:\n%s", r.seen.String())
	}
}

func TestSimulateTakesACredentialByReferenceAndNeverShowsIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("canary-of-a-secret-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CANARY_KEY", "canary-of-a-secret-key")
	for _, reference := range []string{"env:CANARY_KEY", "{env.CANARY_KEY}", "file:" + file, "{file." + file + "}"} {
		r := simulate(t, "duo", "--listen", "0", "--integration-key", "DI1", "--secret-key", reference, "--signature-version", "5")
		url := r.url("duo") + "/admin/v1/users"
		credential := map[string]string{"integration_key": "DI1", "secret_key": "canary-of-a-secret-key"}
		if status := ask(t, http.DefaultClient, "GET", url, "", signWith(t, "duo", credential, "GET", url, "")); status != 200 {
			t.Errorf("%s: answered with %d", reference, status)
		}
		r.line()
		if status := r.stop(); status != 0 || strings.Contains(r.seen.String()+r.stderr.String(), "canary") {
			t.Errorf("%s: status %d, output\n%s%s", reference, status, r.seen.String(), r.stderr.String())
		}
	}
}

func TestSimulateRefusesWrongUse(t *testing.T) {
	t.Setenv("EMPTY", "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name, args string
		status     int
		want       string
	}{
		{"an unknown vendor", "dou", 2, `unknown vendor "dou"; did you mean duo?`},
		{"a literal secret", "duo --secret-key canary", 2, "--secret-key takes a reference, {env.NAME} or env:NAME, {file./path} or file:/path, and not the secret itself"},
		{"a variable that is empty", "duo --secret-key env:EMPTY", 2, `--secret-key: environment variable "EMPTY" is empty`},
		{"a file that is missing", "duo --secret-key file:/no/such", 2, "--secret-key: secret file cannot be read: open /no/such: no such file or directory"},
		{"half a credential", "duo --integration-key DI1", 2, "duo: secret_key is required"},
		{"a number that is none", "duo --signature-version five", 2, "--signature-version: signature_version must be a whole number"},
		{"a word that is none of the choices", "cortex --key-type simple", 2, "cortex: key_type must be one of"},
		{"the vendor's own word", "duo --skey env:A", 2, "unknown flag: --skey; did you mean --secret-key?"},
		{"a made-up credential beside another", "duo --demo 2 --integration-key DI1", 2, "--demo takes a made-up credential, and the other flags give one"},
		{"a made-up credential that is none", "duo --demo 3", 2, "--demo must be one of 2, 4, 5"},
		{"a rate without calls", "duo --rate 5m", 2, "--rate must be calls and a time, as in 25/5m"},
		{"a rate of a vendor that has none", "darktrace --rate 25/5m", 2, "unknown flag: --rate"},
		{"an address without a port", "duo --listen localhost", 2, "--listen must be an address and a port, as in 127.0.0.1:9105, or a port"},
		{"no room for all ports", "all --listen 65533", 2, "--listen leaves no room for 10 ports"},
		{"a certificate without its key", "duo --tls-cert a", 2, "--tls-cert and --tls-key must be given together"},
		{"a certificate that is missing", "duo --listen 0 --tls-cert /no/such --tls-key /no/such", 2, "loading --tls-cert and --tls-key: open /no/such: no such file or directory"},
		{"an argument too many", "duo now", 2, `vendorsign simulate duo: 1 argument too many; write vendorsign simulate duo [flags]`},
		{"a port that is taken", "duo --listen " + taken.Addr().String(), 1, "address already in use"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := runCLI("", append([]string{"simulate"}, strings.Fields(tt.args)...)...)
			if status != tt.status || !strings.Contains(stderr, tt.want) || stdout != "" || strings.Contains(stderr, "canary") {
				t.Errorf("status %d, stdout %q, stderr\n%swant %d and\n%s", status, stdout, stderr, tt.status, tt.want)
			}
		})
	}
}

// Clients dial for a second request and then find the first one's connection free.
func TestSimulateEndsWellThoughAConnectionWasNeverUsed(t *testing.T) {
	r := simulate(t, "carbonblack", "--listen", "0")
	r.line()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url("carbonblack"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if status := ask(t, http.DefaultClient, "GET", "http://"+conn.RemoteAddr().String()+"/", "", nil); status != 401 { // so that conn was accepted before
		t.Errorf("answered %d", status)
	}
	if status := r.stop(); status != 0 {
		t.Errorf("status %d, stderr %s", status, r.stderr.String())
	}
}

func TestSimulateLimitsTheRateAndKeepsQuiet(t *testing.T) {
	r := simulate(t, "carbonblack", "--listen", "0", "--rate", "2/1h", "--quiet", "--demo", "siem")
	r.line()
	url := r.url("carbonblack") + "/integrationServices/v3/notification"
	if got := r.seen.String(); !strings.Contains(got, "\n  key_type=siem\n") {
		t.Errorf("printed %q", got)
	}
	credential := vendorsim.DemoCredential("carbonblack", "siem")
	delete(credential, "key_type")
	headers := signWith(t, "carbonblack", credential, "GET", url, "")
	for _, want := range []int{200, 200, 429} {
		if got := ask(t, http.DefaultClient, "GET", url, "", headers); got != want {
			t.Errorf("status %d, want %d", got, want)
		}
	}
	r.end()
	for line := range r.lines {
		t.Errorf("printed %s", line)
	}
}

func TestSimulateServesTLS(t *testing.T) {
	cert, key, pool := selfSigned(t)
	r := simulate(t, "duo", "--listen", "0", "--tls-cert", cert, "--tls-key", key, "--host", "api-1.duosecurity.com")
	r.line()
	url := r.url("duo") + "/admin/v1/users"
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	// The signature is over the vendor's name, whatever the name of the machine that simulates it.
	headers := signWith(t, "duo", vendorsim.DemoCredential("duo", ""), "GET", "https://api-1.duosecurity.com/admin/v1/users", "")
	if status := ask(t, client, "GET", url, "", headers); status != 200 || !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Errorf("%s is answered with %d: %s", url, status, r.line())
	}
	if got, want := r.line(), "duo accepted GET /admin/v1/users 200"; got != want {
		t.Errorf("line %q", got)
	}
	if status := r.stop(); status != 0 {
		t.Errorf("status %d, stderr %s", status, r.stderr.String())
	}
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(certFile, certPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

func TestARequestsLineShowsNoSecretAndSteersNoTerminal(t *testing.T) {
	tests := []struct {
		name   string
		r      vendorsim.Request
		a      vendorsim.Answer
		expect string
	}{
		{"a query can hold a token", vendorsim.Request{Method: "GET", Target: "/api/appAuth?expiredToken=canary"}, vendorsim.Answer{Status: 200, Accepted: true},
			"duo accepted GET /api/appAuth?... 200"},
		{"an absolute target can hold a password", vendorsim.Request{Method: "GET", Target: "http://a:canary@h/x?y"}, vendorsim.Answer{Status: 400, Reason: "no"},
			"duo refused GET (no path)?... 400: no"},
		{"bytes that steer a terminal", vendorsim.Request{Method: "GET", Target: "/\x1b[2J\u009b\xff"}, vendorsim.Answer{Status: 200, Accepted: true},
			`duo accepted GET /\x1b[2J\u009b\xff 200`},
		{"a credential of the client", vendorsim.Request{Method: "GET", Target: "/"}, vendorsim.Answer{Status: 200, Accepted: true, Leaks: []string{"X-Api-Key"}},
			"duo accepted GET / 200; a credential of the client came through in X-Api-Key"},
	}
	for _, tt := range tests {
		if got := requestLine("duo", &tt.r, &tt.a); got != tt.expect {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.expect)
		}
	}
}

func TestPortsFollowTheListenAddress(t *testing.T) {
	tests := []struct{ flag, want string }{
		{"", "127.0.0.1:9101 127.0.0.1:9102"},
		{"9200", "127.0.0.1:9200 127.0.0.1:9201"},
		{"0", "127.0.0.1:0 127.0.0.1:0"},
		{"[::1]:80", "[::1]:80 [::1]:81"},
		{":80", ":80 :81"},
		{"localhost:65534", "localhost:65534 localhost:65535"},
	}
	for _, tt := range tests {
		got, err := parseListen(tt.flag, 9101, 2)
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%q: %v, %v", tt.flag, got, err)
		}
	}
}
