package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

func TestAServerOfThisProgramAnswersToFewNames(t *testing.T) {
	tests := []struct {
		listen string
		names  string
		host   string
		ok     bool
	}{
		{"127.0.0.1:8085", "", "127.0.0.1:8085", true},
		{"127.0.0.1:8085", "", "127.0.0.1", true},
		{"127.0.0.1:8085", "", "192.0.2.7:80", true},
		{"127.0.0.1:8085", "", "localhost", true},
		{"127.0.0.1:8085", "", "LocalHost:8085", true},
		{"127.0.0.1:8085", "", "localhost.", true},
		{"127.0.0.1:8085", "", "localhost.:9", true},
		{"127.0.0.1:8085", "", "localhost:", true},
		{"127.0.0.1:8085", "", "[::1]", true},
		{"127.0.0.1:8085", "", "[::1]:8085", true},
		{"127.0.0.1:8085", "", "[::ffff:127.0.0.1]:8085", true},
		{"127.0.0.1:8085", "", "[2001:DB8::1]:8085", true},
		{"127.0.0.1:8085", "", "", false},
		{"127.0.0.1:8085", "", ":8085", false},
		{"127.0.0.1:8085", "", "evil.example", false},
		{"127.0.0.1:8085", "", "evil.example:8085", false},
		{"127.0.0.1:8085", "", "localhost.evil.example", false},
		{"127.0.0.1:8085", "", "evil.localhost", false},
		{"127.0.0.1:8085", "", "localhost..", false},
		{"127.0.0.1:8085", "", "localhost:http", false},
		{"127.0.0.1:8085", "", "localhost:80:80", false},
		{"127.0.0.1:8085", "", "user@localhost", false},
		{"127.0.0.1:8085", "", "127.0.0.1.evil.example", false},
		{"127.0.0.1:8085", "", "127.0.0.1.nip.example:8085", false},
		{"127.0.0.1:8085", "", "127.0.0.1.", false},
		{"127.0.0.1:8085", "", "127.1", false},
		{"127.0.0.1:8085", "", "2130706433", false},
		{"127.0.0.1:8085", "", "0x7f000001", false},
		{"127.0.0.1:8085", "", "::1", false},
		{"127.0.0.1:8085", "", "[::1", false},
		{"127.0.0.1:8085", "", "[::1].evil.example", false},
		{"127.0.0.1:8085", "", "[127.0.0.1]", false},
		{"127.0.0.1:8085", "", "[evil.example]", false},
		{"127.0.0.1:8085", "", "loca\u017fhost", false}, // a letter whose capital is S
		{"127.0.0.1:8085", "duo.internal", "duo.internal:8085", true},
		{"127.0.0.1:8085", "duo.internal", "Duo.Internal.", true},
		{"127.0.0.1:8085", "duo.internal", "a.duo.internal", false},
		{"127.0.0.1:8085", "duo.internal:8085", "duo.internal:9", false},
		{"127.0.0.1:8085", "*.internal", "duo.internal", true},
		{"127.0.0.1:8085", "duo.internal other.internal", "other.internal", true},
		{"0.0.0.0:8085", "", "proxy.internal:8085", false},
		{":8085", "", "localhost:8085", true},
		{":8085", "", ":8085", false},
		{"proxy.internal:8085", "", "proxy.internal:8085", true},
		{"Proxy.internal:8085", "", "proxy.INTERNAL", true},
		{"proxy.internal:8085", "", "other.internal", false},
	}
	for _, test := range tests {
		hosts, err := newClientHosts(test.listen, strings.Fields(test.names))
		if err != nil {
			t.Fatal(err)
		}
		if ok := hosts.allow(test.host); ok != test.ok {
			t.Errorf("--listen %s, --allow-host %q: Host %q is %v, want %v", test.listen, test.names, test.host, ok, test.ok)
		}
	}
	for _, name := range []string{"", "*", "http://duo.internal", "duo.internal/", "a b"} {
		if _, err := newClientHosts("127.0.0.1:8085", []string{name}); err == nil || !strings.Contains(err.Error(), "--allow-host") {
			t.Errorf("--allow-host %q: %v", name, err)
		}
	}
}

// startProxy runs a proxy until the test ends and returns its address.
func startProxy(t *testing.T, errors io.Writer, vendor string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Run(ctx, append([]string{"proxy", vendor}, args...), strings.NewReader(""), writer, errors)
		writer.Close()
	}()
	in := bufio.NewReader(reader)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatalf("the proxy does not start: %d", <-done)
	}
	go io.Copy(io.Discard, in)
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("the proxy ended with status %d", status)
		}
	})
	_, address, _ := strings.Cut(strings.TrimSpace(line), " on http://")
	return address
}

func TestTheProxySignsForTheMemberOfAFamilyThatTheClientNames(t *testing.T) {
	arrived := make(chan string, 9)
	flags := simulator(t, "aws", vendorsim.Config{OnAnswer: func(r *vendorsim.Request, a *vendorsim.Answer) {
		arrived <- fmt.Sprint(r.Host, " ", a.Accepted)
	}})
	const bucket = "reports.s3.eu-west-1.amazonaws.com"
	address := startProxy(t, io.Discard, "aws", append(flags, "--host", "*.s3.eu-west-1.amazonaws.com", "--listen", "127.0.0.1:0",
		"--allow-host", bucket)...)
	for host, want := range map[string]string{bucket: bucket + " true", "127.0.0.1": "127.0.0.1 true"} {
		r, err := http.NewRequest(http.MethodGet, "http://"+address+"/key", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		select {
		case got := <-arrived:
			if !strings.HasPrefix(got, want) {
				t.Errorf("for %s arrived %s, want %s", host, got, want)
			}
		default:
			t.Errorf("for %s nothing arrived, answered %d", host, response.StatusCode)
		}
	}
}

func TestTheProxySignsUnderItsOwnNamesOnly(t *testing.T) {
	var arrived atomic.Int32
	flags := simulator(t, "duo", vendorsim.Config{OnAnswer: func(*vendorsim.Request, *vendorsim.Answer) { arrived.Add(1) }})
	address := startProxy(t, io.Discard, "duo", append(flags, "--listen", "127.0.0.1:0", "--allow-host", "duo.internal")...)
	for _, test := range []struct {
		request string
		status  int
	}{
		{"GET /admin/v1/users HTTP/1.1\r\nHost: 127.0.0.1\r\n", 200},
		{"GET /admin/v1/users HTTP/1.1\r\nHost: duo.internal:8085\r\n", 200},
		{"GET http://localhost/admin/v1/users HTTP/1.1\r\nHost: evil.example\r\n", 200}, // RFC 9112, 3.2.2: the target counts
		{"GET /admin/v1/users HTTP/1.1\r\nHost: localhost\r\nReferer: http://localhost/page\r\n", 200},
		{"GET /admin/v1/users HTTP/1.1\r\nHost: evil.example\r\n", 421},
		{"GET /admin/v1/users HTTP/1.1\r\nHost: evil.example:8085\r\nX-Forwarded-Host: localhost\r\n", 421},
		{"GET http://evil.example/admin/v1/users HTTP/1.1\r\nHost: localhost\r\n", 421},
		{"POST /admin/v1/users HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n", 421},
		{"OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n", 421},
		{"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n", 421},
		{"GET /admin/v1/users HTTP/1.0\r\n", 421},
		{"GET /admin/v1/users HTTP/1.1\r\nHost: localhost\r\nReferer: http://localhost:3000/page\r\n", 403},
		{"GET /admin/v1/users HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n", 403},
		{"GET /admin/v1/users HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site\r\n", 403},
	} {
		before := arrived.Load()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%sConnection: close\r\n\r\n", test.request)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", test.request, err)
		}
		body, _ := io.ReadAll(response.Body)
		conn.Close()
		problem := response.Header.Get("Content-Type") == "application/problem+json"
		if response.StatusCode != test.status || problem != (test.status != 200) || arrived.Load()-before != map[bool]int32{true: 1}[test.status == 200] {
			t.Errorf("%q: %d %s, %d arrived; want %d", test.request, response.StatusCode, body, arrived.Load()-before, test.status)
		}
		if test.status == 421 && !bytes.Contains(body, []byte("problems.md#client-host")) {
			t.Errorf("%q: %s", test.request, body)
		}
	}
}

// The gateway's client_hosts are those of its own clients.
func TestTheProxyDoesNotTakeOverClientHosts(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0"} {
		if l, err := net.Listen("tcp", listen); err != nil {
			continue // without IPv6
		} else {
			l.Close()
		}
		file := t.TempDir() + "/duo.json"
		if err := os.WriteFile(file, []byte(`{"handler":"duo_sign","client_hosts":["duo.internal"]}`), 0o600); err != nil {
			t.Fatal(err)
		}
		var errors bytes.Buffer
		address := startProxy(t, &errors, "duo", append(simulator(t, "duo", vendorsim.Config{}), "--listen", listen, "--config", file)...)
		response, err := http.Get("http://" + address + "/admin/v1/users")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 || errors.Len() != 0 {
			t.Errorf("%s: %d, warned %q", listen, response.StatusCode, errors.String())
		}
	}
}

func TestTheProxyListensOnAPortAlone(t *testing.T) {
	if address := startProxy(t, io.Discard, "duo", append(simulator(t, "duo", vendorsim.Config{}), "--listen", "0")...); !strings.HasPrefix(address, "127.0.0.1:") {
		t.Errorf("it listens on %s", address)
	}
}

func TestProxyAndProbeNameTheOptionOfAWrongAddress(t *testing.T) {
	t.Setenv("PROXY_SECRET", "a-secret-of-some-length")
	const notAlone = "--upstream must be a scheme and a host alone, as in https://api.example.com: path and query are the request's"
	for _, tt := range []struct{ command, flag, value, want string }{
		{"proxy", "--listen", "nowhere", "--listen must be an address and a port, as in 127.0.0.1:9105, or a port"},
		{"proxy", "--listen", "99999", "--listen must be an address and a port, as in 127.0.0.1:9105, or a port"},
		{"proxy", "--upstream", "https://h/admin", notAlone},
		{"proxy", "--upstream", "https://user:c4n4ry@h", notAlone},
		{"probe", "--upstream", "https://h/?c4n4ry", notAlone},
		{"probe", "--upstream", "h", "--upstream must be a URL such as https://api.example.com"},
	} {
		status, stdout, stderr := runCLI("", tt.command, "duo", "--integration-key", "DI", "--secret-key", "env:PROXY_SECRET", "--host", "h", tt.flag, tt.value)
		if status != 2 || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "c4n4ry") {
			t.Errorf("%s %s %s: %d, %s%s", tt.command, tt.flag, tt.value, status, stdout, stderr)
		}
	}
}

func TestAProxyThatOthersReachWarns(t *testing.T) {
	loopback, all := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, []net.Addr{&net.TCPAddr{IP: net.IPv4zero}, &net.TCPAddr{IP: net.IPv6unspecified}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}}
	if everywhere(listenerAt{addr: loopback}) || everywhere(listenerAt{addr: &net.TCPAddr{IP: net.IPv6loopback}}) {
		t.Error("loopback is called everywhere")
	}
	for _, address := range all {
		if !everywhere(listenerAt{addr: address}) {
			t.Errorf("%s is called loopback", address)
		}
	}
}

type listenerAt struct {
	net.Listener
	addr net.Addr
}

func (l listenerAt) Addr() net.Addr { return l.addr }
