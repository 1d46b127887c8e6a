package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

func TestAResponsePassesThroughAsTheVendorSendsIt(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		g := start(t, f, route)
		t.Run("a redirect is the client's to follow", func(t *testing.T) {
			_, got := g.accepted(t, route, request{method: "GET", target: "/x", header: []string{behave + ": " + behaveRedirect}})
			if got.status != http.StatusFound || got.header.Get("Location") != "https://elsewhere.example/x?y=1" {
				t.Errorf("got %d to %q", got.status, got.header.Get("Location"))
			}
		})
		t.Run("a large body is whole", func(t *testing.T) {
			_, got := g.accepted(t, route, request{method: "GET", target: "/x", header: []string{behave + ": " + behaveLarge}})
			if !bytes.Equal(got.body, large) {
				t.Errorf("got %d bytes of %d", len(got.body), len(large))
			}
		})
		for _, r := range []request{
			{method: "GET", target: "/x", header: []string{behave + ": " + behaveStream}},
			{method: "POST", target: "/x", header: []string{asForm, behave + ": " + behaveStream}, body: []byte("a=1")},
		} {
			t.Run("an event stream arrives as it is sent after a "+r.method, func(t *testing.T) {
				g.streams(t, route, r)
			})
		}
	})
}

func (g *gateway) streams(t *testing.T, route *route, r request) {
	t.Helper()
	conn := dial(t, g.addr)
	if _, err := conn.Write(append(r.head(route.name+".test"), r.body...)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, len("data: first\n\n"))
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "data: first\n\n" {
		t.Fatalf("first %q, %v", first, err)
	}
	route.vendor.release <- struct{}{} // only now the vendor sends the rest
	if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "data: last\n\n" {
		t.Fatalf("rest %q, %v", rest, err)
	}
}

func TestTheVendorsRefusalReachesTheClient(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		route.options["secret_key"] = "another key than the vendor has"
		g := start(t, f, route)
		got := g.send(t, route, request{method: "GET", target: "/api"})
		if got.status != http.StatusUnauthorized || !bytes.Contains(got.body, []byte("40103")) {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
}
