package modules

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A session that the vendor opens for the credential reaches no client, wherever the vendor's answer has it: what is compared are
// the bytes that the client gets.
func TestNothingOfAHiddenHeaderReachesTheClient(t *testing.T) {
	file := filepath.Join(t.TempDir(), "acme_api.json")
	if err := os.WriteFile(file, []byte(`{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"key","secret":true}],
		"operations":["header X-Acme = [[target|hmac_sha256:opt.key|hex]]"],"hides":["Set-Cookie","X-Acme-Session"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	answers := map[string]string{
		"header":    "HTTP/1.1 200 OK\r\nset-cookie: s=hidden\r\nX-ACME-SESSION: hidden\r\nX-Kept: kept\r\nContent-Length: 0\r\n\r\n",
		"hints":     "HTTP/1.1 103 Early Hints\r\nSet-Cookie: s=hidden\r\nX-Kept: kept\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"announced": chunked + "Trailer: X-Acme-Session, X-Kept\r\n\r\n1\r\nx\r\n0\r\nX-Acme-Session: hidden\r\nX-Kept: kept\r\n\r\n",
		"alone":     chunked + "Trailer: x-acme-session\r\nX-Kept: kept\r\n\r\n1\r\nx\r\n0\r\nx-acme-session: hidden\r\n\r\n",
		"sudden":    chunked + "\r\n1\r\nx\r\n0\r\nSet-Cookie: s=hidden\r\nX-Kept: kept\r\n\r\n",
		"one more":  chunked + "Trailer: X-Kept\r\n\r\n1\r\nx\r\n0\r\nX-Kept: kept\r\nX-Acme-Session: hidden\r\n\r\n",
		"refusal":   "HTTP/1.1 401 Unauthorized\r\nSet-Cookie: s=hidden\r\nX-Kept: kept\r\nContent-Length: 0\r\n\r\n",
	}
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, answers[strings.ReplaceAll(r.URL.Path[1:], "-", " ")])
	})
	block := " custom {\npreset_file " + file + "\nsecret key canary\nhost {vendor}\ninsecure_upstream\n}\n"
	for form, site := range map[string]string{
		"transport": "reverse_proxy {vendor} {\ntransport vendorsign" + block + "}",
		"handler":   "vendorsign" + block + "reverse_proxy {vendor}",
	} {
		c := run(t, "{\nadmin {admin}\npersist_config off\n}\nhttp://{site} {\n"+site+"\n}\n", vendor)
		for name := range answers {
			conn, err := net.Dial("tcp", c.site)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\nTE: trailers\r\nConnection: close\r\n\r\n", strings.ReplaceAll(name, " ", "-"), c.site)
			got, err := io.ReadAll(bufio.NewReader(conn))
			conn.Close()
			text := strings.ToLower(string(got))
			if err != nil || strings.Contains(text, "hidden") || strings.Contains(text, "x-acme-session: ") || !strings.Contains(text, "x-kept: kept") {
				t.Errorf("%s, %s: %v, the client gets\n%s", form, name, err, got)
			}
		}
	}
}
