package modules

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A body that one proxy has streamed is gone. A second one, in handle_response, would send what is left of it as a complete, signed
// request: Caddy wraps the body anew for each proxy that retries or buffers.
func TestASecondProxyDoesNotSendTheRestOfABody(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		closeAfterCheck(w, r)
		if r.URL.Path != "/second" {
			io.ReadFull(r.Body, make([]byte, 4))
			w.WriteHeader(http.StatusNotFound)
		} else if body, err := io.ReadAll(r.Body); err == nil {
			arrived <- string(body)
		}
	})
	other := serve(t, vendor).Listener.Addr().String()
	const signer = "transport carbonblack_sign {\napi_id ID1\napi_secret_key x\nhost {vendor}\ninsecure_upstream\n}\n"
	const none, set, bounded = "", "request_body {\nset c=3\n}\n", "request_body {\nset c=3\nmax_size 1MB\n}\n"
	early := "reverse_proxy " + other + " {\nhealth_uri /h\nhealth_status 404\nhealth_interval 1h\n" // its checks run before there is a signer
	kinds := []string{"", "lb_retries 1\n", "request_buffers 1MB\n", "lb_retries 1\nrequest_buffers 1MB\n"}
	for _, first := range kinds {
		for _, second := range kinds {
			for _, way := range []struct{ proxy, body string }{
				{"reverse_proxy {vendor} {\n" + signer, none}, {"reverse_proxy {vendor} {\n" + signer, set},
				{"reverse_proxy {vendor} {\n" + signer, bounded}, {early, none}, {early, set},
				{"reverse_proxy " + other + " {\n", none}, {"reverse_proxy " + other + " {\n", set},
			} {
				// What request_body has set, and Caddy has copied then, cannot be told from a rest.
				if way.body != none && strings.Contains(second, "request_buffers") {
					continue
				}
				t.Run(fmt.Sprintf("%.16q %q, then %.12q %q", way.proxy, first, way.body, second), func(t *testing.T) {
					c := run(t, head+way.proxy+first+"@e status 404\nhandle_response @e {\nrewrite /second\n"+way.body+
						"reverse_proxy {vendor} {\n"+second+signer+"}\n}\n}\n}\n", vendor)
					sent := strings.Repeat("x", 100000)
					answer := sendRaw(t, c.site, fmt.Sprintf("POST /first HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
						c.site, len(sent), sent))
					got, want := "nothing", "nothing"
					select {
					case got = <-arrived:
					default:
					}
					if way.body != none {
						want = "c=3"
					}
					// The body that an early proxy has buffered is closed.
					refused := strings.Contains(answer, "#not-repeated") || way.proxy == early && strings.Contains(answer, " 502 ")
					if got != want || way.body == none && !refused {
						t.Errorf("%.20q arrived, want %s; answered %s", got, want, answer)
					}
				})
			}
		}
	}
	// An empty body is not gone.
	c := run(t, head+"reverse_proxy "+other+" {\nlb_retries 1\n@e status 404\nhandle_response @e {\nrewrite /second\nreverse_proxy {vendor} {\n"+signer+"}\n}\n}\n}\n", vendor)
	answer := sendRaw(t, c.site, "POST /first HTTP/1.1\r\nHost: "+c.site+"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n")
	select {
	case got := <-arrived:
		if got != "" {
			t.Errorf("%q arrived in place of nothing", got)
		}
	default:
		t.Errorf("a body that is empty was taken for one that is gone: %s", answer)
	}
}

// closeAfterCheck closes the connection of a health check. Otherwise a request that is about to open one may take it, and leaves behind a
// goroutine of Caddy's that still opens its own, and reads the request's variables while the second proxy sets some.
func closeAfterCheck(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/h" {
		w.Header().Set("Connection", "close")
	}
}

// One that was read to sign it was kept, and the second proxy sends all of it.
func TestASecondProxySendsABodyThatWasKept(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if arrived <- r.URL.Path + " " + string(body); r.URL.Path != "/second" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	const signer = "transport duo_sign {\nintegration_key DI1\nsecret_key x\nhost {vendor}\ninsecure_upstream\n}\n"
	kinds := []string{"", "lb_retries 1\n", "request_buffers 1MB\n", "lb_retries 1\nrequest_buffers 1MB\n"}
	for _, first := range kinds {
		for _, second := range append(kinds, "method GET\n") {
			t.Run(fmt.Sprintf("%q, then %q", first, second), func(t *testing.T) {
				c := run(t, head+"reverse_proxy {vendor} {\n"+first+signer+"@e status 404\nhandle_response @e {\nrewrite /second\nreverse_proxy {vendor} {\n"+
					second+signer+"}\n}\n}\n}\n", vendor)
				answer := sendRaw(t, c.site, "POST /first HTTP/1.1\r\nHost: "+c.site+"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\na=1\r\n0\r\n\r\n")
				want := "/second a=1"
				if second == "method GET\n" {
					want = "/second "
				}
				if got := <-arrived; got != "/first a=1" {
					t.Errorf("%q arrived at first", got)
				}
				select {
				case got := <-arrived:
					if got != want {
						t.Errorf("%q arrived, want %q", got, want)
					}
				default:
					t.Errorf("no second request arrived: %s", answer)
				}
			})
		}
	}
}

// The first proxy may have sent the body to an upstream that failed, and the next one then finds nothing of it.
func TestASecondProxyDoesNotSendTheRestOfABodyAfterARetry(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- string(body)
	})
	tries := 0
	other := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		closeAfterCheck(w, r)
		if io.Copy(io.Discard, r.Body); r.URL.Path == "/h" {
			return
		}
		if tries++; tries%2 == 1 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusNotFound)
	})).Listener.Addr().String()
	for _, early := range []string{"", "health_uri /h\nhealth_interval 1h\n"} {
		c := run(t, head+"reverse_proxy "+other+" {\nlb_retries 1\nlb_retry_match {\nmethod POST\n}\n@e status 404\nhandle_response @e {\n"+
			"reverse_proxy {vendor} {\nlb_retries 1\ntransport duo_sign {\nintegration_key DI1\nsecret_key x\nhost {vendor}\ninsecure_upstream\n}\n}\n}\n"+
			early+"}\n}\n", vendor)
		answer := sendRaw(t, c.site, "POST /first HTTP/1.1\r\nHost: "+c.site+"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\na=1\r\n0\r\n\r\n")
		select {
		case got := <-arrived:
			t.Errorf("%q: %q arrived; answered %s", early, got, answer)
		default:
			if !strings.Contains(answer, "#not-repeated") {
				t.Errorf("%q: answered %s", early, answer)
			}
		}
	}
}

// A transport behind a handler answers for itself: what it refuses may have another answer, by the handler's own credential.
func TestASecondProxyAnswersForATransportThatHasRefused(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "signed for "+r.Header.Get("X-Auth-Token"))
	})
	const transport = "carbonblack_sign {\napi_id ID1\napi_secret_key x\nhost {vendor}\nallow \"GET /b\"\ninsecure_upstream\n}\n"
	const handler = "carbonblack_sign {\napi_id ID2\napi_secret_key x\nhost {vendor}\ninsecure_upstream\n}\n"
	c := run(t, head+"route {\n"+handler+"reverse_proxy {vendor} {\ntransport "+transport+
		"@e status 403\nhandle_response @e {\nreverse_proxy {vendor}\n}\n}\n}\n}\n", vendor)
	if status, body := fetch(t, "http://"+c.site+"/b"); body != "signed for x/ID1" {
		t.Errorf("by the transport: %d %s", status, body)
	}
	if status, body := fetch(t, "http://"+c.site+"/a"); status != http.StatusOK || body != "signed for x/ID2" {
		t.Errorf("by the handler: %d %s", status, body)
	}
}
