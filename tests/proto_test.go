package tests

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
)

const (
	badMethod      = "Bad Request bad-method"
	upgradeRefused = "Forbidden upgrade"
	earlyRefused   = "Too Early early-data"
	headTooLarge   = "Request Header Fields Too Large head-too-large"
)

func TestAMethodThatIsNoTokenIsRefusedBeforeItCounts(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, config := range credentials {
			gate, err := d.Gate(vendor, []byte(config), []byte(`{"host":"vendor.example","rate":["1/1h"]}`), atNoon)
			if err != nil {
				t.Fatal(err)
			}
			refused := []string{"GET /apikeys HTTP/1.1\r\nX: ", "GET ", " GET", "GET\t", "GET\r\n", "G\x00T", "G\xc3\x89T", "GET/", "GET:", "(GET)", "GET,POST", "GET\x7f", "{", "\"GET\"", "G@T", "[GET]", "GET;", "G=T", "G\\T", "G?"}
			for _, method := range refused {
				if o := tryGate(t, d, gate, attempt{method: method}); o.verdict() != badMethod {
					t.Errorf("%s %q: %s, want %s", vendor, method, o.verdict(), badMethod)
				}
			}
			if o := tryGate(t, d, gate, attempt{change: func(r *http.Request) { r.Method = "" }}); o.verdict() != badMethod {
				t.Errorf("no method: %s", o.verdict())
			}
			if o := tryGate(t, d, gate, attempt{method: "X-!#$%&'*+-.^_`|~09azAZ"}); o.verdict() != signedVerdict {
				t.Errorf("%s: a token of every character: %s, after methods that must not count in the rate", vendor, o.verdict())
			}
		}
	})
}

func TestUpgradesAreRefusedButForWebSocketsWhereTheOptionIsSet(t *testing.T) {
	const websocket = `{"host":"vendor.example","upgrade":"websocket"}`
	tests := []struct {
		name                string
		connection, upgrade []string
		without, with       string // the verdicts
		sent                bool   // the upgrade goes out, with the option
		method              string
		body                string
	}{
		{name: "a WebSocket", connection: []string{"Upgrade"}, upgrade: []string{"websocket"}, without: upgradeRefused, with: signedVerdict, sent: true},
		{name: "in other letters", connection: []string{"keep-alive, UPGRADE"}, upgrade: []string{"WebSocket"}, without: upgradeRefused, with: signedVerdict, sent: true},
		{name: "nominated on a second line", connection: []string{"keep-alive", "upgrade"}, upgrade: []string{" websocket "}, without: upgradeRefused, with: signedVerdict, sent: true},
		{name: "h2c", connection: []string{"Upgrade, HTTP2-Settings"}, upgrade: []string{"h2c"}, without: upgradeRefused, with: upgradeRefused},
		{name: "foo", connection: []string{"Upgrade"}, upgrade: []string{"foo"}, without: upgradeRefused, with: upgradeRefused},
		{name: "a list", connection: []string{"Upgrade"}, upgrade: []string{"websocket, h2c"}, without: upgradeRefused, with: upgradeRefused},
		{name: "a list of lines", connection: []string{"Upgrade"}, upgrade: []string{"websocket", "h2c"}, without: upgradeRefused, with: upgradeRefused},
		{name: "a version", connection: []string{"Upgrade"}, upgrade: []string{"websocket/13"}, without: upgradeRefused, with: upgradeRefused},
		{name: "twice the same", connection: []string{"Upgrade"}, upgrade: []string{"websocket", "websocket"}, without: upgradeRefused, with: upgradeRefused},
		{name: "by POST", method: "POST", connection: []string{"Upgrade"}, upgrade: []string{"websocket"}, without: upgradeRefused, with: upgradeRefused},
		{name: "with a body", connection: []string{"Upgrade"}, upgrade: []string{"websocket"}, without: upgradeRefused, with: upgradeRefused, body: "a"},
		{name: "a protocol that is not nominated", upgrade: []string{"foo"}, without: signedVerdict, with: signedVerdict},
		{name: "a WebSocket that is not nominated", connection: []string{"keep-alive"}, upgrade: []string{"websocket"}, without: signedVerdict, with: signedVerdict},
		{name: "nominated without a protocol", connection: []string{"Upgrade"}, without: signedVerdict, with: signedVerdict},
		{name: "nominated with an empty one", connection: []string{"Upgrade"}, upgrade: []string{""}, without: signedVerdict, with: signedVerdict},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			for policy, want := range map[string]string{"": test.without, websocket: test.with} {
				h := http.Header{}
				if test.connection != nil {
					h["Connection"] = append([]string(nil), test.connection...)
				}
				if test.upgrade != nil {
					h["Upgrade"] = append([]string(nil), test.upgrade...)
				}
				a := attempt{vendor: "duo", policy: policy, method: test.method, header: h}
				if test.body != "" {
					a.body, a.length = text(test.body), int64(len(test.body))
				}
				o := try(t, d, a)
				if o.verdict() != want {
					t.Errorf("%s, policy %q: %s, want %s", test.name, policy, o.verdict(), want)
				}
				if o.verdict() == upgradeRefused && !strings.Contains(o.detail, "upgrade websocket") && test.name != "by POST" && test.name != "with a body" {
					t.Errorf("%s: the detail does not name the option: %s", test.name, o.detail)
				}
				if o.verdict() != signedVerdict {
					continue
				}
				goes := strings.Join(o.r.Header["Connection"], "|") + " " + strings.Join(o.r.Header["Upgrade"], "|")
				if sent := test.sent && policy != ""; sent && goes != "Upgrade websocket" || !sent && goes != " " {
					t.Errorf("%s, policy %q: goes out with %q", test.name, policy, goes)
				}
			}
		}
		for _, policy := range []string{"", websocket} {
			for _, method := range []string{"CONNECT", "GET"} { // RFC 8441, as Go's server has it
				if o := try(t, d, attempt{policy: policy, method: method, header: http.Header{":protocol": {"websocket"}}}); o.verdict() != upgradeRefused {
					t.Errorf("%s with :protocol: %s", method, o.verdict())
				}
			}
			o := try(t, d, attempt{policy: policy, method: "CONNECT", change: func(r *http.Request) { r.Proto = "websocket" }}) // RFC 9220, as quic-go's
			if o.verdict() != upgradeRefused {
				t.Errorf("CONNECT by websocket: %s", o.verdict())
			}
		}
	})
}

func TestEarlyDataIsRefusedUnlessItIsAllowed(t *testing.T) {
	const allow = `{"host":"vendor.example","early_data":"allow"}`
	tests := []struct {
		name   string
		header []string
		state  *tls.ConnectionState
		early  bool
	}{
		{"plain", nil, nil, false},
		{"TLS", nil, &tls.ConnectionState{HandshakeComplete: true}, false},
		{"0-RTT", nil, &tls.ConnectionState{}, true},
		{"a gateway in front says so", []string{"1"}, nil, true},
		{"it says so oddly", []string{"0"}, nil, true},
		{"it says so twice", []string{"1", "1"}, &tls.ConnectionState{HandshakeComplete: true}, true},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			for policy, want := range map[string]string{"": earlyRefused, allow: signedVerdict} {
				if !test.early {
					want = signedVerdict
				}
				h := http.Header{"Connection": {"Early-Data"}} // which cannot be taken away so
				if test.header != nil {
					h["Early-Data"] = append([]string(nil), test.header...)
				}
				o := try(t, d, attempt{policy: policy, header: h, change: func(r *http.Request) { r.TLS = test.state }})
				if o.verdict() != want {
					t.Errorf("%s, policy %q: %s, want %s", test.name, policy, o.verdict(), want)
				}
				marked := strings.Join(o.r.Header["Early-Data"], "|")
				if o.verdict() == signedVerdict && (marked == "1") != test.early {
					t.Errorf("%s, policy %q: goes out with Early-Data %q", test.name, policy, marked)
				}
			}
		}
	})
}

// The size is that of what goes out: name, value and 32 for each field and pseudo-header, and 512 for what is added.
func TestHeadsAbove16KiBAreRefusedWhereTheTransportIsNotOurs(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		const room = 16<<10 - 512 - len(":method:path:scheme:authority") - len("https") - 4*32 - len("GET") - len("vendor.example")
		many := func(name string, count int) http.Header {
			h := http.Header{}
			for range count {
				h[name] = append(h[name], "")
			}
			return h
		}
		for _, test := range []struct {
			name string
			attempt
			want string
		}{
			{"a target that just fits", attempt{target: "/" + strings.Repeat("a", room-1)}, signedVerdict},
			{"a target of a byte more", attempt{target: "/" + strings.Repeat("a", room)}, headTooLarge},
			{"a query", attempt{target: "/?" + strings.Repeat("a", 20000)}, headTooLarge},
			{"a header that just fits", attempt{target: "/", header: http.Header{"X-Big": {strings.Repeat("a", room-1-37)}}}, signedVerdict},
			{"a header of a byte more", attempt{target: "/", header: http.Header{"X-Big": {strings.Repeat("a", room-37)}}}, headTooLarge},
			{"a usual header", attempt{header: http.Header{"User-Agent": {strings.Repeat("a", 20000)}}}, headTooLarge},
			{"many small ones", attempt{header: many("A", 480)}, headTooLarge},
			{"a few hundred small ones", attempt{header: many("A", 400)}, signedVerdict},
			{"a method", attempt{method: strings.Repeat("M", 20000)}, headTooLarge},
			{"a cookie, which does not go out", attempt{header: http.Header{"Cookie": {strings.Repeat("a", 20000)}}}, signedVerdict},
		} {
			if o := try(t, d, test.attempt); o.verdict() != test.want {
				t.Errorf("%s: %s, want %s", test.name, o.verdict(), test.want)
			}
		}
	})
}

// Names of trailers can be such that Go's client refuses to send the request.
func TestTrailersOfAClientDoNotGoOut(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		o := try(t, d, attempt{change: func(r *http.Request) { r.Trailer = http.Header{"A b": nil, "Content-Length": nil} }})
		if o.verdict() != signedVerdict || o.r.Trailer != nil {
			t.Errorf("%s with trailers %v", o.verdict(), o.r.Trailer)
		}
	})
}
