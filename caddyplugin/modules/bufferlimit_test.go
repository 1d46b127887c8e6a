package modules

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Caddy drops the error of a body that it buffers without a limit, and would send what came before the error as the whole body.
func TestABodyThatBreaksOffIsNotSentAsAWholeOneBecauseItIsBuffered(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := wholeBodies(arrived)
	streams, signed := streamingSigner, bodySigner
	for _, retries := range []string{"", "lb_retries 1\n"} {
		proxy := "reverse_proxy {vendor} {\nrequest_buffers unlimited\n" + retries
		for name, form := range map[string]string{
			"a transport, not signed": proxy + "transport " + streams + "}\n", "a transport, signed": proxy + "transport " + signed + "}\n",
			"a handler, not signed": streams + proxy + "}\n", "a handler, signed": signed + proxy + "}\n",
		} {
			c := run(t, head+"request_body {\nmax_size 9\n}\n"+form+"}\n", vendor)
			for _, tt := range []struct{ name, body, status, want string }{
				{"whole", "3\r\na=1\r\n0\r\n\r\n", "200", "a=1"}, {"no chunk after the first", "3\r\na=1\r\nxyz\r\n", "400", "nothing"},
				{"longer than the site permits", "c\r\na=1&b=2&c=3d\r\n0\r\n\r\n", "413", "nothing"},
			} {
				answer := sendRaw(t, c.site, "POST /a HTTP/1.1\r\nHost: "+c.site+"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"+tt.body)
				got := "nothing"
				select {
				case got = <-arrived:
				default:
				}
				if got != tt.want || !strings.HasPrefix(answer, "HTTP/1.1 "+tt.status) {
					t.Errorf("%s, %s, %q: %q arrived, want %q; answered %s", name, tt.name, retries, got, tt.want, answer)
				}
			}
		}
	}
}

// An answer that breaks off is not passed on as a whole one either.
func TestAnAnswerThatBreaksOffIsNotPassedOnAsAWholeOneBecauseItIsBuffered(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	signer := "duo_sign {\nintegration_key DI1\nsecret_key x\nhost {vendor}\ninsecure_upstream\n}\n"
	c := run(t, head+"reverse_proxy {vendor} {\nresponse_buffers unlimited\ntransport "+signer+"}\n}\n", vendor)
	response, err := http.Get("http://" + c.site + "/a")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%q came as a whole answer: %v", body, response)
	}
}

// Signers of a scheme that streams bodies, and of one that signs them.
const (
	streamingSigner = "carbonblack_sign {\napi_id ID1\napi_secret_key x\nhost {vendor}\ninsecure_upstream\n}\n"
	bodySigner      = "duo_sign {\nintegration_key DI1\nsecret_key x\nhost {vendor}\ninsecure_upstream\n}\n"
)

// wholeBodies is a vendor that tells of each body which came to its end.
func wholeBodies(arrived chan<- string) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			arrived <- string(body)
		}
	}
}
