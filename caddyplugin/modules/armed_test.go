package modules

import (
	"net/http"
	"strings"
	"testing"
)

// Handlers between a signer and its proxy may complete an answer of which nothing was written.
func TestARefusalIsTheAnswerWhateverIsBetweenSignerAndProxy(t *testing.T) {
	for _, between := range []string{"", "templates", "intercept {\n\t\t\thandle_response {\n\t\t\t\theader A b\n\t\t\t}\n\t\t}", "encode gzip", "tracing", "push /x",
		"header >A b", "request_body {\n\t\t\tmax_size 1MB\n\t\t}"} {
		name, _, _ := strings.Cut(between, " ")
		t.Run(name, func(t *testing.T) {
			c := run(t, head+"\troute {\n\t\tvendorsign duo {\n\t\t\tintegration_key DI1\n\t\t\tsecret_key x\n\t\t\thost {vendor}\n\t\t\tinsecure_upstream\n\t\t\tallow GET /a\n\t\t}\n"+
				"\t\t"+between+"\n\t\treverse_proxy {vendor}\n\t}\n}\n", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
			for _, method := range []string{"GET", "HEAD"} {
				answer := sendRaw(t, c.site, method+" /b HTTP/1.1\r\nHost: "+c.site+"\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
				if !strings.HasPrefix(answer, "HTTP/1.1 403 ") || method == "GET" && !strings.Contains(answer, "not-allowed") {
					t.Errorf("%s: answered %s", method, answer)
				}
			}
		})
	}
}

// intercept drops an answer of the vendor that has begun, and a second proxy then gets a refusal.
func TestARefusalIsNotDescribedAsTheAnswerThatWasDropped(t *testing.T) {
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Etag", `"x"`)
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte("zzzz"))
	})
	c := run(t, head+"route {\nduo_sign {\nintegration_key DI1\nsecret_key x\nhost {vendor}\ninsecure_upstream\nallow \"GET /x\"\n}\n"+
		"intercept {\n@e status 404\nhandle_response @e {\nrewrite /y\nreverse_proxy {vendor}\n}\n}\nreverse_proxy {vendor}\n}\n}\n", vendor)
	r, err := http.NewRequest("GET", "http://"+c.site+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	response, body := ask(t, r)
	if response.StatusCode != http.StatusForbidden || !strings.Contains(body, "#not-allowed") ||
		response.Header.Get("Content-Encoding") != "" || response.Header.Get("Etag") != "" {
		t.Errorf("answered %v %s", response, body)
	}
}
