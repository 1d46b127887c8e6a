package outbound

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all"
)

func newTestGate(t *testing.T, vendor string, v signers.Values) *Gate {
	t.Helper()
	gate, faults := Build(vendor, v, credentials.References{}, Sharing{}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return gate
}

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
	gate := newTestGate(t, "darktrace", signers.Values{"public_token": {"public"}, "private_token": {"private"}, "host": {"vendor.test"},
		"insecure_upstream": {"true"}})
	shared := http.Header{"Accept": {"a"}, "Connection": {"X-Hop"}, "X-Hop": {"x"}, "Via": {"1.1 Caddy"}}
	before := shared.Clone()
	page := &http.Request{Method: "GET", Header: http.Header{"Origin": {"https://evil.example"}, "Connection": {"Origin"}}}
	if p := gate.Begin(gate.Now()).SignCopy(page, "/devices").Problem; p == nil || p.Kind != "browser" {
		t.Errorf("a page that nominates its Origin is answered %v", p)
	}
	for range 2 { // a retry starts from the same headers, and is no loop
		r, err := http.NewRequest("GET", "https://vendor.test/devices", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = shared
		if p := gate.Begin(gate.Now()).SignCopy(r, "/devices").Problem; p != nil {
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
	for vendor, v := range map[string]signers.Values{
		"darktrace": {"public_token": {"public"}, "private_token": {"private"}, "host": {"vendor.test"}},
		"duo":       {"integration_key": {"DIX"}, "secret_key": {"key"}, "host": {"vendor.test"}},
	} {
		gate := newTestGate(t, vendor, v)
		sign := func(target string) *Problem {
			signed := gate.Begin(gate.Now()).SignCopy(&http.Request{Method: "GET", Header: make(http.Header)}, target)
			Release(signed.Held)
			return signed.Problem
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
