package modules

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
)

// With request_buffers Caddy keeps bodies in buffers of a pool. The first attempt has given the buffer back when it has read the body to
// sign it, and another client's body may be in it while the second attempt is made.
func TestASecondAttemptHasTheBodyOfItsOwnClient(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the pool gives each processor its own buffers
	var c running
	var once sync.Once
	bodies := make(chan string, 10)
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id, _, _ := r.BasicAuth()
		if r.Method == "POST" {
			bodies <- id + " " + string(body)
		}
		if id == "OLD" {
			return
		}
		// Another client is sending a body, which Caddy has begun to buffer.
		once.Do(func() {
			conn, err := net.Dial("tcp", c.site)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { conn.Close() })
			io.WriteString(conn, "POST /other HTTP/1.1\r\nHost: "+c.site+"\r\nContent-Length: 100\r\n\r\nBBBB")
			time.Sleep(100 * time.Millisecond)
		})
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"stat":"FAIL","code":40102}`)
	})
	for name, site := range map[string]string{
		"handler":   "\tduo_sign {\n\tOPTIONS\t}\n\treverse_proxy {vendor} {\n\t\trequest_buffers 64KiB\n\t}\n}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\trequest_buffers 64KiB\n\t\ttransport duo_sign {\n\tOPTIONS\t}\n\t}\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			once = sync.Once{}
			c = run(t, head+strings.Replace(site, "OPTIONS", "\t\tintegration_key NEW\n\t\tsecret_key x\n\t\thost {vendor}\n\t\tinsecure_upstream\n"+
				"\t\t\tprevious {\n\t\t\t\tintegration_key OLD\n\t\t\t\tsecret_key y\n\t\t\t}\n", 1), vendor)
			answer := sendRaw(t, c.site, "POST /a HTTP/1.1\r\nHost: "+c.site+"\r\nContent-Length: 4\r\nConnection: close\r\n\r\nAAAA")
			t.Log(answer)
			if first, second := <-bodies, <-bodies; first != "NEW AAAA" || second != "OLD AAAA" {
				t.Errorf("sent were %q and %q", first, second)
			}
		})
	}
}

// Of a body of which the signature covers the start alone, the rest is gone.
func TestARefusedBodyThatWasNotKeptLeavesTheVendorsAnswer(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if strings.Contains(r.Header.Get("Authorization"), "client_token=akab-new") {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, "Inactive client token")
		}
	})
	key := "client_token akab-NAME\n\t\tclient_secret NAME\n\t\taccess_token akab-NAME\n"
	options := "{\n\t\t" + strings.ReplaceAll(key, "NAME", "new") + "\t\tmax_body_hashed 2\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t\tprevious {\n\t\t" +
		strings.ReplaceAll(key, "NAME", "old") + "\t\t}\n\t}\n"
	for name, site := range map[string]string{
		"handler":   "\tvendorsign akamai " + options + "\treverse_proxy {vendor}\n}\n",
		"transport": "\treverse_proxy {vendor} {\n\t\ttransport vendorsign akamai " + options + "\t}\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, head+site, vendor)
			answer := sendRaw(t, c.site, "POST /a HTTP/1.1\r\nHost: "+c.site+"\r\nContent-Length: 4\r\nConnection: close\r\n\r\nAAAA")
			if !strings.HasPrefix(answer, "HTTP/1.1 401 ") || !strings.HasSuffix(answer, "Inactive client token") {
				t.Errorf("answered %s", answer)
			}
		})
	}
}

// The memory for bodies is that of all signers: a vendor that is down must not take it away from others.
func TestTheBodyOfARequestCountsOnceHoweverOftenItIsTried(t *testing.T) {
	for name, site := range map[string]string{
		"handler":   "\tduo_sign {\n\tOPTIONS\t}\n\treverse_proxy DOWN {\n\t\tlb_try_duration 1s\n\t\tlb_try_interval 5ms\n\t}\n}\n",
		"transport": "\treverse_proxy DOWN {\n\t\tlb_try_duration 1s\n\t\tlb_try_interval 5ms\n\t\ttransport duo_sign {\n\tOPTIONS\t}\n\t}\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := run(t, head+strings.NewReplacer("DOWN", freeTCP(t), "OPTIONS",
				"\t\tintegration_key DI1\n\t\tsecret_key x\n\t\thost 127.0.0.1\n\t\tinsecure_upstream\n").Replace(site), nil)
			answered := make(chan string)
			before := outbound.Buffered()
			go func() {
				answer, err := trySendRaw(c.site, "POST /a HTTP/1.1\r\nHost: "+c.site+"\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n"+strings.Repeat("x", 1000000))
				answered <- fmt.Sprint(answer, err)
			}()
			var most int64
			for {
				select {
				case answer := <-answered:
					if !strings.HasPrefix(answer, "HTTP/1.1 502 ") || most < 1e6 || most > 3e6 {
						t.Errorf("%d bytes were held, answered %.30s", most, answer)
					}
					for deadline := time.Now().Add(patience); outbound.Buffered() != before; time.Sleep(time.Millisecond) {
						if time.Now().After(deadline) {
							t.Fatalf("%d bytes are held for ever", outbound.Buffered()-before)
						}
					}
					return
				case <-time.After(time.Millisecond):
					most = max(most, outbound.Buffered()-before)
				}
			}
		})
	}
}
