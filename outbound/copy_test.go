package outbound

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestACopyIsCleansedAndLeavesTheOriginalAsItIs(t *testing.T) {
	for _, forwarded := range []bool{false, true} {
		c := cleanserFor([]string{"Dtapi-Token", "X-Signed-*"}, forwarded, nil)
		h := http.Header{
			"Accept": {"a", "b"}, "Dtapi-Token": {"client's"}, "Dtapi_token": {"client's"}, "X-Signed-Date": {"x"}, "Authorization": {"x"},
			"Via": {"1.1 Caddy"}, "X-Forwarded-For": {"10.0.0.1"}, "Upgrade": {"websocket"},
		}
		before, want := h.Clone(), h.Clone()
		cleanse(c, want)
		maps.DeleteFunc(want, func(_ string, values []string) bool { return values == nil }) // for proxies behind
		if got := cleansed(c, h); !reflect.DeepEqual(got, want) {
			t.Errorf("forwarded %v: got %v, want %v", forwarded, got, want)
		}
		if !reflect.DeepEqual(h, before) {
			t.Errorf("forwarded %v: the original became %v", forwarded, h)
		}
	}
}

func TestWhatIsSignedAsACopyLeavesTheHeadersOfTheRequest(t *testing.T) {
	signer, err := (&signers.Darktrace{PublicToken: "public", PrivateToken: "private"}).Signer()
	if err != nil {
		t.Fatal(err)
	}
	gate, err := New("darktrace", signer, Policy{Host: []string{"vendor.test"}, InsecureUpstream: true})
	if err != nil {
		t.Fatal(err)
	}
	shared := http.Header{"Accept": {"a"}, "Connection": {"X-Hop"}, "X-Hop": {"x"}, "Via": {"1.1 Caddy"}}
	before := shared.Clone()
	page := &http.Request{Method: "GET", Header: http.Header{"Origin": {"https://evil.example"}, "Connection": {"Origin"}}}
	if _, p := gate.SignCopy(page, "/devices"); p == nil || p.Kind != "browser" {
		t.Errorf("a page that nominates its Origin is answered %v", p)
	}
	for range 2 { // a retry starts from the same headers, and is no loop
		r, err := http.NewRequest("GET", "https://vendor.test/devices", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = shared
		if _, p := gate.SignCopy(r, "/devices"); p != nil {
			t.Fatal(p.Detail)
		}
		if len(r.Header["Dtapi-Signature"]) != 1 || len(r.Header[loopHeader]) != 1 || r.Header["X-Hop"] != nil || r.Header["Via"] != nil {
			t.Errorf("signed with %v", r.Header)
		}
		if !reflect.DeepEqual(shared, before) {
			t.Fatalf("the headers became %v", shared)
		}
	}
}

// A gateway that owns its transport takes targets of any length. What it takes to put their parameters in order counts like a
// body, and is given back at once.
func TestALongQueryCountsInTheBudget(t *testing.T) {
	long := "/p?" + strings.Repeat("b=%2f&a=+&", 30000)
	many := "/p?" + strings.Repeat("&", 100000)
	for vendor, config := range map[string]signers.Config{
		"darktrace": &signers.Darktrace{PublicToken: "public", PrivateToken: "private"}, "duo": &signers.Duo{IntegrationKey: "DIX", SecretKey: "key"},
	} {
		signer, err := config.Signer()
		if err != nil {
			t.Fatal(err)
		}
		gate, err := New(vendor, signer, Policy{Host: []string{"vendor.test"}})
		if err != nil {
			t.Fatal(err)
		}
		sign := func(target string) *Problem {
			signed, p := gate.SignCopy(&http.Request{Method: "GET", Header: make(http.Header)}, target)
			Release(signed.Held)
			return p
		}
		const left = 200000
		buffered.Add(bodyBudget - left)
		p := sign(long)
		buffered.Add(left - bodyBudget)
		if p == nil || p.Status != http.StatusServiceUnavailable || p.RetryAfter != 1 {
			t.Errorf("%s: without the memory to sign it the query is answered %v", vendor, p)
		}
		if p := sign(long); p != nil {
			t.Errorf("%s: %s", vendor, p.Detail)
		}
		if p := sign(many); p == nil || p.Detail != vendor+": the query has more than 100000 parameters, too many to be put in order" {
			t.Errorf("%s: a query of too many parameters is answered %v", vendor, p)
		}
		if held := Buffered(); held != 0 {
			t.Errorf("%s: %d bytes are held afterwards", vendor, held)
		}
	}
}
