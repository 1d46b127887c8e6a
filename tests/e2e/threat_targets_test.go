package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exchangeRaw writes a whole request that asks for the connection to be closed, and returns the answers' statuses.
// Whether a gateway answers what is no request with 400 or closes is its own choice; hanging is not.
func exchangeRaw(t testing.TB, addr, raw string) (statuses []int) {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil && !isClosed(err) {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	method, _, _ := strings.Cut(raw, " ")
	for {
		response, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatalf("the gateway hangs after %q", raw)
			}
			return statuses
		}
		if response.StatusCode >= 200 {
			statuses = append(statuses, response.StatusCode)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return statuses
		}
	}
}

func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "reset by peer") || strings.Contains(err.Error(), "broken pipe") || strings.Contains(err.Error(), "not connected")
}

// signedOrNothing checks what arrived after the first n: nothing, or requests that the judge accepts.
func (v *vendor) signedOrNothing(t testing.TB, n int, raw string) []*arrival {
	t.Helper()
	got := v.since(n)
	for _, a := range got {
		switch {
		case a.fault != nil:
			t.Errorf("%q arrived broken: %v\n%q", raw, a.fault, a.raw)
		case !a.answer.Accepted:
			t.Errorf("%q arrived and is refused: %s\n%q", raw, a.answer.Reason, a.raw)
		case len(a.answer.Leaks) > 0:
			t.Errorf("%q arrived with foreign credentials %s", raw, a.answer.Leaks)
		}
	}
	return got
}

// What each gateway makes of a target: as it arrives at the vendor, or "" where nothing does.
var targets = []struct{ sent, caddy, traefik string }{
	{"/api/a%2Fb%2fc", "=", "/api/a%2Fb%2Fc"},
	{"/api/%7Euser/%41%2d%2E%5f", "=", "/api/~user/A-._"},
	{"/api/a%20b+c%2Bd", "=", "/api/a%20b+c%2Bd"},
	{"//api//a///b", "=", "/api/a/b"},
	{"/api/./a/.", "=", "/api/a"},
	{"/api/../a/..", "=", "/"},
	{"/api/%2e%2e/a", "=", "/a"},
	{"/api/a%2F..%2fb", "=", "/api/a%2F..%2Fb"},
	{"/api/a;b=c/d;e", "=", "="},
	{"/api?a;b=c;d", "=", "/api?a&b=c&d"},
	{"/api;x?a;b", "=", "/api;x?a&b"},
	{"/api?a=%3b%3B;c", "=", "/api?a=%3b%3B&c"},
	{"/api/\xc3\xa9?q=\xc3\xa9", "/api/%C3%A9?q=\xc3\xa9", "/api/%C3%A9?q=\xc3\xa9"},
	{"/api/\xff\xfe?q=\xff", "/api/%FF%FE?q=\xff", "/api/%FF%FE?q=\xff"},
	{"/api/%ff%00%0d%0a?q=%ff%00%0d%0aX-Evil:%201", "=", "/api/%FF%00%0D%0A?q=%ff%00%0d%0aX-Evil:%201"},
	{"/api/%zz", "", ""},
	{"/api/%", "", ""},
	{"/api/a%2", "", ""},
	{"/api?", "=", "/api"},
	{"/api??a=?", "=", "="},
	{"/api?&&a&&=&=b&", "=", "="},
	{"/api?a=1&a=0&%61=2&A=3", "=", "="},
	{"/api?a[]=1&b{}=2&c|d=^`\"<>\\", "=", "="},
	{"/api/[a]{b}|c^`\"<>\\d", "/api/%5Ba%5D%7Bb%7D%7Cc%5E%60%22%3C%3E%5Cd", "/api/%5Ba%5D%7Bb%7D%7Cc%5E%60%22%3C%3E%5Cd"},
	{"/api/!$&'()*+,;=:@-._~", "=", "="},
	{"/api/" + strings.Repeat("long/", 1000) + "?q=" + strings.Repeat("x", 8000), "=", "="},
	{"/api#fragment", "/api%23fragment", ""},
	{"/api?a=1#fragment", "", ""},
	{"/api/%23?q=%23", "=", "="},
	{"*", "", ""},
	{"api/b", "", ""},
	{"", "", ""},
	{"?a=1", "", ""},
	{"http:/api", "/api", "/api"},
	{"/api\t/a", "", ""},
	{"/api\x00a", "", ""},
	{"/api\x7fa", "", ""},
	{"/api/a b", "", ""},
	{"/", "=", "="},
}

// The judge reads the request line as it arrived. Whatever a gateway does to the target must have happened before it
// was signed.
func TestEveryTargetIsSignedAsItIsSentOrNotSent(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for _, name := range []string{"darktrace-iso", "threatconnect", "duo"} {
			routes = append(routes, find(name).route(t, f))
		}
		g := start(t, f, routes...)
		for _, route := range routes {
			for _, target := range targets {
				want := target.caddy
				if f == traefik {
					want = target.traefik
				}
				if want == "=" {
					want = target.sent
				}
				host := route.name + ".test"
				raw := "GET " + target.sent + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"
				before := route.vendor.count()
				statuses := exchangeRaw(t, g.addr, raw)
				got := route.vendor.signedOrNothing(t, before, target.sent)
				var arrived string
				if len(got) == 1 {
					arrived = got[0].target
				}
				if arrived != want || len(got) > 1 {
					t.Errorf("%s: %.80q arrived as %.80q (%d requests), want %.80q; the client got %d", route.name, target.sent, arrived, len(got), want, statuses)
				}
				if want == "" && len(statuses) == 1 && statuses[0] < 400 {
					t.Errorf("%s: %.80q never arrived, and the client got %d", route.name, target.sent, statuses)
				}
			}
		}
	})
}

// An absolute target names the host, too, and overrides the Host header (RFC 9112, 3.2.2). It must not choose where
// the credential goes.
func TestAnAbsoluteTargetDoesNotChooseTheHost(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		g := start(t, f, route)
		for _, raw := range []string{
			"GET http://" + route.name + ".test/api?a=%2f HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n",
			"GET http://user:pass@" + route.name + ".test/api?a=%2f HTTP/1.1\r\nHost: " + route.name + ".test\r\nConnection: close\r\n\r\n",
		} {
			before := route.vendor.count()
			exchangeRaw(t, g.addr, raw)
			for _, a := range route.vendor.signedOrNothing(t, before, raw) {
				if a.host != route.options["host"] || a.target != "/api?a=%2f" || bytes.Contains(a.raw, []byte("pass")) {
					t.Errorf("%q arrived as %q", raw, a.raw)
				}
			}
		}
		before := route.vendor.count()
		exchangeRaw(t, g.addr, "GET http://elsewhere.example/api HTTP/1.1\r\nHost: "+route.name+".test\r\nConnection: close\r\n\r\n")
		if n := route.vendor.count() - before; n != 0 {
			t.Errorf("%d requests for elsewhere.example arrived", n)
		}
	})
}
