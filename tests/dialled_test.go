package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// nameServer answers questions for IPv4 addresses with those of a host in turn, the last one for ever, and is what this
// process resolves names with until the test ends.
func nameServer(t *testing.T, addresses ...string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		turn := 0
		for query := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(query[12:n], 0) + 5 // of the question: name, type, class
			answer := append([]byte{}, query[:end]...)
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			if query[end-3] == 1 { // A
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				answer = append(answer, net.ParseIP(addresses[turn]).To4()...)
				turn = min(turn+1, len(addresses)-1)
			}
			conn.WriteTo(answer, from)
		}
	}()
	system := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = system
		conn.Close()
	})
}

// A name may lead anywhere when the token is fetched, and elsewhere a moment later.
func TestATokenServiceWhoseNameLeadsInsideGetsNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	received := make(chan int, 100) // how much came on each connection
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			n, _ := conn.Read(make([]byte, 1<<10))
			conn.Close()
			received <- n
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	tests := []struct {
		name, csp, policy string
		addresses         []string
		connections       int
	}{
		{"the service", "https://rebound.example:" + port, `{"host":"api.example"}`, []string{"127.0.0.1"}, 0},
		{"a proxy", "https://csp.example", `{"host":"api.example","token_proxy":"http://rebound.example:` + port + `"}`, []string{"127.0.0.1"}, 0},
		{"the second time", "https://rebound.example:" + port, `{"host":"api.example"}`, []string{"192.0.2.1", "127.0.0.1"}, 1},
		{"a proxy the second time", "https://csp.example", `{"host":"api.example","token_proxy":"http://rebound.example:` + port + `"}`, []string{"192.0.2.1", "127.0.0.1"}, 1},
		{"an address of a cloud's metadata", "https://rebound.example:" + port, `{"host":"api.example"}`, []string{"169.254.169.254"}, 0},
	}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				nameServer(t, test.addresses...)
				config, err := json.Marshal(map[string]string{"csp_api_token": another("canary"), "csp_url": test.csp})
				if err != nil {
					t.Fatal(err)
				}
				var news []string
				_, sign, err := confine("carbonblack", config, []byte(test.policy), nil, func(said string) { news = append(news, said) })
				if err != nil {
					t.Fatal(err)
				}
				if problem := sign(httptest.NewRequest("GET", "/", nil)); problem == nil || problem.StatusCode != 503 {
					t.Errorf("answered %+v", problem)
				}
				if said := strings.Join(news, "\n"); !strings.Contains(said, "its name leads to a loopback, link-local or private address") {
					t.Errorf("told %q", said)
				}
				for n := 0; n < test.connections; n++ {
					if got := <-received; got != 0 {
						t.Errorf("%d bytes were sent", got)
					}
				}
				if len(received) != 0 {
					t.Error("a connection came that should not")
				}
			})
		}
		// The operator may permit the name, wherever it leads.
		nameServer(t, "127.0.0.1")
		config := []byte(`{"csp_api_token":"` + another("canary") + `","csp_url":"https://rebound.example:` + port + `"}`)
		_, sign, err := confine("carbonblack", config, []byte(`{"host":"api.example"}`), map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "api.example,*.example"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		sign(httptest.NewRequest("GET", "/", nil))
		if n := <-received; n == 0 {
			t.Error("nothing was sent to a service that is permitted")
		}
	})
}

// What is about to be dialled decides, whatever name the credential has: a router's author chooses the server.
func TestAPlainUpstreamIsOneThatTheOperatorPermits(t *testing.T) {
	const key = `{"api_key_id":"1","api_key":"canary","key_type":"standard"}`
	const insecure = `{"host":"vendor.example","insecure_upstream":true}`
	const bucket = `{"access_key_id":"AKIDEXAMPLE","secret_access_key":"canary","region":["eu-west-1"],"service":["s3"]}`
	const family = `{"host":"*.s3.eu-west-1.amazonaws.com","insecure_upstream":true}`
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"bindings": `{}`, "acme.json": `{"integration_key":"DIX","secret_key":"canary","host":"vendor.example"}`})
	// Secrets are bound, and no list names a host: the credential's own hosts decide.
	bound := map[string]string{"VENDORSIGN_BINDINGS": dir + "/bindings"}
	filed := `{"credentials_file":"` + dir + `/acme.json","insecure_upstream":true}`
	folder := map[string]string{"VENDORSIGN_SECRETS_DIR": dir}
	tests := []struct {
		name, vendor, config, policy string
		env                          map[string]string
		dialled                      string
		closed                       bool
	}{
		{"its own host", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example"}, "vendor.example:80", false},
		{"this machine", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example"}, "127.0.0.1:9105", false},
		{"this machine, where its port is listed", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example,127.0.0.1:9105"}, "127.0.0.1:9105", false},
		{"this machine, where another port is", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example,127.0.0.1:9106"}, "127.0.0.1:9105", true},
		{"a listed address", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example,10.0.0.7:8080"}, "10.0.0.7:8080", false},
		{"another port of it", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example,10.0.0.7:8080"}, "10.0.0.7:80", true},
		{"the author's server", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example"}, "mine.example:80", true},
		{"a signature to the author's server", "duo", duoKeys, insecure, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example"}, "mine.example:80", true},
		{"a signature to a listed server", "duo", duoKeys, insecure, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example,lab.example"}, "lab.example:80", false},
		{"a signature where nothing is listed", "duo", duoKeys, insecure, nil, "mine.example:80", false},
		{"a proxy on this machine", "duo", duoKeys, insecure, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example", "HTTP_PROXY": "http://127.0.0.1:3128"}, "127.0.0.1:3128", true},
		{"a proxy without a scheme", "cortex", key, insecure, map[string]string{"VENDORSIGN_INSECURE_UPSTREAM": "vendor.example", "https_proxy": "LOCALHOST:3128"}, "localhost:3128", true},
		{"a proxy that is listed for tokens", "duo", duoKeys, insecure, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example,proxy.example:80", "HTTPS_PROXY": "http://proxy.example"}, "proxy.example:80", true},
		{"beside a proxy", "duo", duoKeys, insecure, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example", "HTTP_PROXY": "http://127.0.0.1:3128"}, "vendor.example:80", false},
		{"its own host, where secrets are bound", "duo", duoKeys, insecure, bound, "vendor.example:8080", false},
		{"the author's server, where secrets are bound", "duo", duoKeys, insecure, bound, "mine.example:80", true},
		{"its own port", "duo", duoKeys, `{"host":"vendor.example:8080","insecure_upstream":true}`, bound, "vendor.example:8080", false},
		{"another port of its own host", "duo", duoKeys, `{"host":"vendor.example:8080","insecure_upstream":true}`, bound, "vendor.example:80", true},
		{"a member of its family", "aws", bucket, family, bound, "reports.s3.eu-west-1.amazonaws.com:80", false},
		{"a member of another family", "aws", bucket, family, bound, "reports.s3.eu-west-2.amazonaws.com:80", true},
		{"the host of a file, where nothing is listed", "duo", `{}`, filed, folder, "vendor.example:80", false},
		{"not the host of the file, where nothing is listed", "duo", `{}`, filed, folder, "mine.example:80", true},
		{"a host and its port", "duo", duoKeys, `{"host":"vendor.example:8080","insecure_upstream":true}`, map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example:8080"}, "vendor.example:80", true},
	}
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		for _, test := range tests {
			watch, _, err := confine(test.vendor, []byte(test.config), []byte(test.policy), test.env, nil)
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			var reached atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
			transport := &http.Transport{DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
				return net.Dial("tcp", server.Listener.Addr().String())
			}}
			for n := 0; n < 2; n++ { // the second on a connection that is there
				r, err := http.NewRequest("GET", "http://"+test.dialled, nil)
				if err != nil {
					t.Fatal(err)
				}
				response, err := transport.RoundTrip(watch(r))
				if err == nil {
					response.Body.Close()
				}
				if (err != nil) != test.closed || (reached.Load() == 0) != test.closed {
					t.Errorf("%s: the error is %v, and %d requests came", test.name, err, reached.Load())
				}
			}
			transport.CloseIdleConnections()
			server.Close()
		}
	})
}

// A mirror of Traefik's has the trace of the request that it mirrors, and its own mirrors are asked at the same time: which connection is
// for which address cannot be told, so that the author's server gets nothing of any.
func TestAMirrorAtTheSameTimeBorrowsNoPermission(t *testing.T) {
	bothConfined(t, func(t *testing.T, confine confineFunc, allows allowsFunc) {
		watch, _, err := confine("duo", []byte(duoKeys), []byte(`{"host":"vendor.example","insecure_upstream":true}`),
			map[string]string{"VENDORSIGN_ALLOWED_HOSTS": "vendor.example"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var mine atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Host == "mine.example" {
				mine.Add(1)
			}
		}))
		defer server.Close()
		dialling, resume := make(chan bool), make(chan bool)
		transport := &http.Transport{DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			if address == "mine.example:80" {
				close(dialling)
				<-resume
			}
			return net.Dial("tcp", server.Listener.Addr().String())
		}}
		r, err := http.NewRequest("GET", "http://vendor.example", nil)
		if err != nil {
			t.Fatal(err)
		}
		r = watch(r)
		send := func(url string) error {
			sent, err := http.NewRequestWithContext(r.Context(), "GET", url, nil)
			if err != nil {
				return err
			}
			response, err := transport.RoundTrip(sent)
			if err == nil {
				response.Body.Close()
			}
			return err
		}
		mirrored := make(chan error)
		go func() { mirrored <- send("http://mine.example") }()
		<-dialling
		send("http://vendor.example") // whether this one is sent does not matter
		close(resume)
		if err := <-mirrored; err == nil || mine.Load() != 0 {
			t.Errorf("the author's server got %d requests, and the error is %v", mine.Load(), err)
		}
	})
}
