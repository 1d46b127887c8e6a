package e2e

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// brokenAnswer is what a vendor may answer a refusal with.
type brokenAnswer struct {
	name, encoding string
	body           []byte
	length         int  // 0: in chunks
	endless        bool // the body is repeated for as long as somebody reads
}

func brokenAnswers(t testing.TB) []brokenAnswer {
	t.Helper()
	text := []byte(`{"code":40103,"message":"` + strings.Repeat("Invalid signature in request credentials. ", 20) + `","stat":"FAIL"}`)
	var zip, deflated, bomb bytes.Buffer
	z := gzip.NewWriter(&zip)
	z.Write(text)
	z.Close()
	f, err := flate.NewWriter(&deflated, 9)
	if err != nil {
		t.Fatal(err)
	}
	f.Write(text)
	f.Close()
	b := gzip.NewWriter(&bomb)
	for range 10 {
		b.Write(make([]byte, 1<<20))
	}
	b.Close()
	whole := zip.Bytes()
	wrong := bytes.Clone(whole)
	wrong[len(wrong)-6] ^= 1
	return []brokenAnswer{
		{name: "text", body: text},
		{name: "gzip", encoding: "gzip", body: whole},
		{name: "no gzip", encoding: "gzip", body: text},
		{name: "no gzip, with its length", encoding: "gzip", body: text, length: len(text)},
		{name: "an empty body", encoding: "gzip"},
		{name: "one byte of gzip", encoding: "gzip", body: whole[:1], length: 1},
		{name: "the header of gzip", encoding: "gzip", body: whole[:10]},
		{name: "half of gzip", encoding: "gzip", body: whole[:len(whole)/2]},
		{name: "half of what is announced", encoding: "gzip", body: whole[:len(whole)/2], length: len(whole)},
		{name: "half of what is announced, as text", body: text[:20], length: len(text)},
		{name: "a wrong sum", encoding: "gzip", body: wrong},
		{name: "rubbish behind gzip", encoding: "gzip", body: append(bytes.Clone(whole), text...)},
		{name: "gzip in upper case", encoding: "GZIP", body: whole[:len(whole)/2]},
		{name: "gzip twice", encoding: "gzip, gzip", body: whole},
		{name: "deflate", encoding: "deflate", body: deflated.Bytes()},
		{name: "half of deflate", encoding: "deflate", body: deflated.Bytes()[:20]},
		{name: "no deflate", encoding: "deflate", body: text},
		{name: "no brotli", encoding: "br", body: text},
		{name: "an unknown encoding", encoding: "x-none", body: text},
		{name: "a bomb", encoding: "gzip", body: bomb.Bytes()},
		{name: "half of a bomb", encoding: "gzip", body: bomb.Bytes()[:bomb.Len()/2]},
		{name: "endless text", body: text, endless: true},
		{name: "endless gzip", encoding: "gzip", body: whole, endless: true},
		{name: "endless rubbish", encoding: "gzip", body: text, endless: true},
	}
}

// A refusal is looked at to explain it, and passes all the same as it would without a signer.
func TestRefusalsThatCannotBeReadPassUnchanged(t *testing.T) {
	answers := brokenAnswers(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var number, status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d", &status, &number); err != nil {
			return
		}
		a := answers[number]
		if a.encoding != "" {
			w.Header().Set("Content-Encoding", a.encoding)
		}
		if a.length > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(a.length))
		}
		w.WriteHeader(status)
		w.Write(a.body)
		for a.endless {
			if _, err := w.Write(a.body); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	eachForm(t, func(t *testing.T, f form) {
		signed := find("duo").route(t, f)
		signed.vendor = &vendor{addr: server.Listener.Addr().String()}
		if f == traefik {
			signed.options["observe"] = "on"
		}
		plain := &route{name: "plain", vendor: signed.vendor, noSigner: true}
		g := start(t, f, signed, plain)
		for _, status := range []int{401, 403} {
			for _, accept := range []string{"", "Accept-Encoding: gzip, deflate, br\r\n", "Accept-Encoding: identity\r\n"} {
				for number, a := range answers {
					ask := func(route *route) string {
						conn := dial(t, g.addr)
						defer conn.Close()
						fmt.Fprintf(conn, "GET /%d/%d HTTP/1.1\r\nHost: %s.test\r\n%sConnection: close\r\n\r\n", status, number, route.name, accept)
						response, err := http.ReadResponse(bufio.NewReader(conn), nil) //nolint:bodyclose // that would read an endless one
						if err != nil {
							return "no answer"
						}
						const enough = 64 << 10
						body, err := io.ReadAll(io.LimitReader(response.Body, enough))
						if err != nil && len(body) == 0 && response.StatusCode == status {
							return "no answer" // whether its head has gone out when the connection is closed is a matter of luck
						}
						return fmt.Sprintf("%d %q %d bytes %.60q, ends early %v", response.StatusCode, response.Header["Content-Encoding"], len(body), body, err != nil)
					}
					if got, want := ask(signed), ask(plain); got != want {
						t.Errorf("%d, %s, %q: answered\n%s, and without a signer\n%s", status, a.name, accept, got, want)
					}
				}
			}
		}
	})
}
