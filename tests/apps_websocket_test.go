package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// echoing is a vendor of WebSockets that sends back what it gets.
func echoing(t *testing.T) string {
	t.Helper()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { echo(t, w) }))
	t.Cleanup(vendor.Close)
	return strings.TrimPrefix(vendor.URL, "http://")
}

// echo opens a WebSocket and sends back what comes, until it is closed.
func echo(t *testing.T, w http.ResponseWriter) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	rw.Flush()
	_, _ = io.Copy(conn, rw)
}

// socket opens a WebSocket that an app has signed.
func (c duoClient) socket(t *testing.T, gateway string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", gateway)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	r := c.request("GET", "/admin/v1/users/1", "", ahead)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, r)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("answered %v, %v", response, err)
	}
	return conn, reader
}

// echoes says something, and waits for it.
func echoes(conn net.Conn, reader *bufio.Reader, text string) error {
	if _, err := io.WriteString(conn, text+"\n"); err != nil {
		return err
	}
	got, err := reader.ReadString('\n')
	if err == nil && got != text+"\n" {
		return fmt.Errorf("%q came back", got)
	}
	return err
}

// Whoever has opened a WebSocket with a stolen key loses it when the key is revoked; those of other apps stay.
func TestThePluginClosesTheWebSocketOfARevokedApp(t *testing.T) {
	t.Setenv("VENDORSIGN_SECRETS_DIR", os.TempDir())
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		const soarEntry = `{"name": "soar", "key_id": "DISOAR00000000000001", "generation": 3}`
		f := newAppsFile(t, billingEntry+", "+soarEntry)
		vendor := echoing(t)
		proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", vendor
		}}
		handler, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
			"insecureUpstream": "true", "upgrade": "websocket", "insecureDownstream": "true",
			"appsFile": f.path("apps.json"), "appMaster": "file:" + f.path("master")}}, proxy)
		if err != nil {
			t.Fatal(err)
		}
		gateway := httptest.NewServer(handler)
		t.Cleanup(gateway.Close)
		address := strings.TrimPrefix(gateway.URL, "http://")
		billing, fromBilling := duoClient{"DIBILLING00000000001", billingFirst}.socket(t, address)
		soar, fromSoar := duoClient{"DISOAR00000000000001", soarThird}.socket(t, address)
		if err := echoes(billing, fromBilling, "first"); err != nil {
			t.Fatal(err)
		}
		f.write("apps.json", inFile(strings.Replace(billingEntry, "}", `, "revoked": true}`, 1)+", "+soarEntry))
		if text, err := fromBilling.ReadString('\n'); err != io.EOF || text != "" {
			t.Errorf("after its revocation the app reads %q, %v", text, err)
		}
		if err := echoes(soar, fromSoar, "still open"); err != nil {
			t.Errorf("the other app: %v", err)
		}
	})
}
