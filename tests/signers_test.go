package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/vectors"
)

func loadVectors(t testing.TB) []*vectors.Vector {
	t.Helper()
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// signed is what came out of one Sign.
type signed struct {
	header                 http.Header
	sent, canonical, shown string
}

// sign makes a new signer and signs c.
func sign(d drive, c *vectors.Case) (signed, error) {
	config, err := json.Marshal(c.Config)
	if err != nil {
		return signed{}, err
	}
	f, err := d.Signer(c.Vendor, config)
	if err != nil {
		return signed{}, err
	}
	var s signed
	s.header, s.sent, s.canonical, s.shown, err = f(c.Method, c.Host, c.Target, c.Header, c.Body, c.Time, c.Date, c.Nonce, "")
	return s, err
}

func TestEveryVectorIsReproducedByteForByte(t *testing.T) {
	all := loadVectors(t)
	both(t, func(t *testing.T, d drive) {
		ran, ownDate, fetched := 0, 0, 0
		for _, v := range all {
			ran++
			if v.TokenSource() {
				fetched++
				reproduceToken(t, d, v)
				continue
			}
			c, err := v.Case()
			if err != nil {
				t.Errorf("%s: %v", v.ID(), err)
				continue
			}
			if c.Date == "" {
				ownDate++
			}
			got, err := sign(d, c)
			if err != nil {
				t.Errorf("%s: %v", v.ID(), err)
				continue
			}
			if got.canonical != c.WantCanonical {
				t.Errorf("%s: the canonical text is\n%q, want\n%q", v.ID(), got.canonical, c.WantCanonical)
			}
			if got.sent != c.Target {
				t.Errorf("%s: the target is %q, want %q", v.ID(), got.sent, c.Target)
			}
			if !c.CanonicalOnly {
				diffHeader(t, v.ID(), got.header, c.WantHeader)
			}
		}
		if ran != 405 || fetched != 10 {
			t.Errorf("%d vectors ran and %d of them fetch a token, want 405 and 10", ran, fetched)
		}
		t.Logf("%d vectors reproduced, %d of them with the date that the signer itself writes, %d with a token that is fetched", ran, ownDate, fetched)
	})
}

// diffHeader compares two headers exactly. Names of both are canonical; one without a value is not sent.
func diffHeader(t testing.TB, id string, got, want http.Header) {
	t.Helper()
	for name, values := range want {
		if fmt.Sprintf("%q", got[name]) != fmt.Sprintf("%q", values) {
			t.Errorf("%s: %s is %q, want %q", id, name, got[name], values)
		}
	}
	for name, values := range got {
		if _, ok := want[name]; !ok && len(values) > 0 {
			t.Errorf("%s: %s is set and should not be", id, name)
		}
	}
}

func TestDarktraceQueriesThatAreSortedAlreadyAreSignedTheSameByDefault(t *testing.T) {
	all := loadVectors(t)
	both(t, func(t *testing.T, d drive) {
		same, sorted := 0, 0
		for _, v := range all {
			if v.Vendor != "darktrace" {
				continue
			}
			c, err := v.Case()
			if err != nil {
				t.Fatal(err)
			}
			delete(c.Config, "query_order")
			got, err := sign(d, c)
			if err != nil {
				t.Errorf("%s: %v", v.ID(), err)
				continue
			}
			if got.sent != c.Target {
				sorted++
				if len(got.sent) != len(c.Target) {
					t.Errorf("%s: the target %q became %q", v.ID(), c.Target, got.sent)
				}
				// What goes out in another order must be signed in that order.
				c.Target, c.Config["query_order"] = got.sent, "as_sent"
				again, err := sign(d, c)
				if err != nil {
					t.Errorf("%s: %v", v.ID(), err)
				}
				diffHeader(t, v.ID(), got.header, again.header)
				continue
			}
			same++
			diffHeader(t, v.ID(), got.header, c.WantHeader)
		}
		if same < 80 || sorted < 10 {
			t.Errorf("%d vectors were in order and %d were not, want at least 80 and 10", same, sorted)
		}
	})
}

// What the vendors' documents say and no client was seen to do.
func TestCanonicalTextsThatNoVectorHas(t *testing.T) {
	duo2 := map[string]any{"integration_key": "DIX", "secret_key": "canary", "signature_version": 2}
	duo5 := map[string]any{"integration_key": "DIX", "secret_key": "canary"}
	darktrace := map[string]any{"public_token": "pub", "private_token": "canary"}
	const empty = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
	tests := []struct {
		name string
		c    vectors.Case
		want string
	}{
		{"a port is no part of Duo's host",
			vectors.Case{Vendor: "duo", Config: duo2, Method: "GET", Host: "API.example.com:8443", Target: "/p", Date: "D"},
			"D\nGET\napi.example.com\n/p\n"},
		{"an address keeps its brackets",
			vectors.Case{Vendor: "duo", Config: duo2, Method: "GET", Host: "[2001:DB8::1]:443", Target: "/p", Date: "D"},
			"D\nGET\n[2001:db8::1]\n/p\n"},
		{"an address without port loses nothing",
			vectors.Case{Vendor: "duo", Config: duo2, Method: "GET", Host: "[2001:db8::1]", Target: "/p", Date: "D"},
			"D\nGET\n[2001:db8::1]\n/p\n"},
		{"a key stands before longer ones",
			vectors.Case{Vendor: "duo", Config: duo2, Method: "GET", Host: "h", Target: "/p?foo-bar=2&foo=3&foo.x=1&foo=1", Date: "D"},
			"D\nGET\nh\n/p\nfoo=1&foo=3&foo-bar=2&foo.x=1"},
		{"pairs without a name or a value stay",
			vectors.Case{Vendor: "duo", Config: duo2, Method: "get", Host: "h", Target: "/p?b&&=1&a=&", Date: "D"},
			"D\nGET\nh\n/p\n=1&a=&b="},
		{"a form in a charset is a form",
			vectors.Case{Vendor: "duo", Config: duo2, Method: "POST", Host: "h", Target: "/p", Date: "D", Body: []byte("b=%2f&a=+"),
				Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}}},
			"D\nPOST\nh\n/p\na=%20&b=%2F"},
		{"a query beside a body is signed too",
			vectors.Case{Vendor: "duo", Config: duo5, Method: "DELETE", Host: "h", Target: "/p?a=1", Date: "D", Header: http.Header{"X-Other": {"1"}}},
			"D\nDELETE\nh\n/p\na=1\n" + empty + "\n" + empty},
		{"more pairs than are sorted by insertion stay in order",
			vectors.Case{Vendor: "darktrace", Config: darktrace, Method: "GET", Target: "/p?b=1&a=1&b=2&a=2&b=3&a=3&b=4&a=4&b=5&a=5&b=6&a=6&b=7&a=7&b=8&a=8", Date: "D"},
			"/p?a=1&a=2&a=3&a=4&a=5&a=6&a=7&a=8&b=1&b=2&b=3&b=4&b=5&b=6&b=7&b=8\npub\nD"},
		{"many keys are compared byte by byte, the lowest bytes too",
			vectors.Case{Vendor: "darktrace", Config: darktrace, Method: "GET", Target: "/p?a%02=1&a%01%00=2&a%00%01=3&a%01=4&a%00=5&a=6&a&%01=7&%00=8&a%00%00=9&a+=10&=11&a%01=12&%61%00=13&%=14&a%zz=15&%C3%A9=16&~=17&a%00=18&&a%01%01=19", Date: "D"},
			"/p?=11&&%00=8&%01=7&%=14&a=6&a&a%00=5&%61%00=13&a%00=18&a%00%00=9&a%00%01=3&a%01=4&a%01=12&a%01%00=2&a%01%01=19&a%02=1&a+=10&a%zz=15&~=17&%C3%A9=16\npub\nD"},
		{"keys are compared as they are meant",
			vectors.Case{Vendor: "darktrace", Config: darktrace, Method: "GET", Target: "/p?b=1&%61=2&A=3", Date: "D"},
			"/p?A=3&%61=2&b=1\npub\nD"},
		{"the query of a request with a body is not signed, whatever its method",
			vectors.Case{Vendor: "darktrace", Config: darktrace, Method: "DELETE", Target: "/p?b=1&a=2", Body: []byte("x=1"), Date: "D"},
			"/p?x=1\npub\nD"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			got, err := sign(d, &test.c)
			if err != nil || got.canonical != test.want {
				t.Errorf("%s: the canonical text is\n%q, %v, want\n%q", test.name, got.canonical, err, test.want)
			}
		}
	})
}

func TestTheSameSecondGivesTheSameDateAndAnotherOneAnother(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f, err := d.Signer("darktrace", []byte(credentials["darktrace"]))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			nanos int64
			date  string
		}{{0, "19700101T000000"}, {999999999, "19700101T000000"}, {1e9, "19700101T000001"}, {0, "19700101T000000"}, {-1, "19691231T235959"}} {
			// The zone of the gateway plays no part.
			at := time.Unix(0, test.nanos).In(time.FixedZone("far", 14*3600))
			out, _, _, _, err := f("GET", "", "/", nil, nil, at, "", "", "")
			if err != nil || out.Get("Dtapi-Date") != test.date {
				t.Errorf("at %d the date is %q, %v, want %q", test.nanos, out.Get("Dtapi-Date"), err, test.date)
			}
		}
	})
}

func TestAnXSOAR6ServerGetsTheKeyAlone(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		got, err := sign(d, &vectors.Case{
			Vendor: "cortex", Config: map[string]any{"api_key": "0123ABCD", "key_type": "standard"},
			Method: "GET", Host: "xsoar.example.com", Target: "/settings", Time: time.Unix(0, 0),
		})
		if err != nil {
			t.Fatal(err)
		}
		diffHeader(t, "XSOAR 6", got.header, http.Header{"Authorization": {"0123ABCD"}})
		if got.canonical != "" {
			t.Errorf("the canonical text is %q, want none", got.canonical)
		}
	})
}

func TestACortexKeyIsNeverShownInTheCanonicalText(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		got, err := sign(d, &vectors.Case{
			Vendor: "cortex", Config: map[string]any{"api_key": "canary", "api_key_id": "7"},
			Method: "GET", Host: "api-x.xdr.eu.paloaltonetworks.com", Target: "/", Time: time.UnixMilli(1584983036945), Nonce: "n0",
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.shown != "{api_key}n01584983036945" {
			t.Errorf("shown is %q", got.shown)
		}
	})
}

// One byte of whatever is covered must change what proves the request, and nothing else but that.
func TestOneOtherByteMakesAnotherSignature(t *testing.T) {
	secrets := map[string]string{"duo": "secret_key", "darktrace": "private_token", "threatconnect": "secret_key", "cortex": "api_key", "carbonblack": "api_secret_key"}
	proofs := map[string]string{"duo": "Authorization", "darktrace": "Dtapi-Signature", "threatconnect": "Authorization", "cortex": "Authorization", "carbonblack": "X-Auth-Token"}
	all := loadVectors(t)
	both(t, func(t *testing.T, d drive) {
		flips := make(map[string]int)
		for _, v := range all {
			if v.TokenSource() {
				continue
			}
			proof := func(change string, flip func(*vectors.Case)) string {
				c, err := v.Case()
				if err != nil {
					t.Fatal(err)
				}
				flip(c)
				got, err := sign(d, c)
				if err != nil {
					t.Fatalf("%s with another %s: %v", v.ID(), change, err)
				}
				return got.header.Get(proofs[c.Vendor])
			}
			before := proof("nothing", func(*vectors.Case) {})
			differ := func(change string, flip func(*vectors.Case)) {
				flips[change]++
				if proof(change, flip) == before {
					t.Errorf("%s: another %s leaves %q as it is", v.ID(), change, before)
				}
			}
			differ("secret", func(c *vectors.Case) {
				key := secrets[c.Vendor]
				if _, ok := c.Config["token"]; ok {
					key = "token"
				}
				c.Config[key] = flipped(c.Config[key].(string))
			})
			hashed := v.Expect.Canonical != ""
			if hashed && v.Vendor != "cortex-xsoar" {
				differ("target", func(c *vectors.Case) {
					path, query, asked := strings.Cut(c.Target, "?")
					c.Target = "/" + flipped("a"+path[1:])
					if asked {
						c.Target += "?" + query
					}
				})
			}
			if hashed {
				differ("date", func(c *vectors.Case) {
					if c.Date != "" {
						c.Date = flipped(c.Date)
					}
					c.Time = c.Time.Add(time.Second)
				})
			}
			if v.Nonce != "" {
				differ("nonce", func(c *vectors.Case) { c.Nonce = flipped(c.Nonce) })
			}
			if v.Vendor == "darktrace" && len(v.Request.Body) > 0 || v.Variant.SigVersion >= 4 {
				differ("body", func(c *vectors.Case) { c.Body = append([]byte{'x'}, c.Body...) })
			}
		}
		t.Logf("flips: %v", flips)
	})
}

// flipped is text with its first letter or digit replaced by another.
func flipped(text string) string {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			other := byte('x')
			if c == other {
				other = 'y'
			}
			return text[:i] + string(other) + text[i+1:]
		}
	}
	panic("no letter in " + text)
}

func TestManyGoroutinesShareOneSigner(t *testing.T) {
	all := loadVectors(t)
	both(t, func(t *testing.T, d drive) {
		var group sync.WaitGroup
		seen := make(map[string]bool)
		for _, v := range all {
			if v.TokenSource() || v.CanonicalOnly || seen[v.File] {
				continue
			}
			seen[v.File] = true
			c, err := v.Case()
			if err != nil {
				t.Fatal(err)
			}
			config, _ := json.Marshal(c.Config)
			f, err := d.Signer(c.Vendor, config)
			if err != nil {
				t.Fatal(err)
			}
			for worker := 0; worker < 4; worker++ {
				group.Add(1)
				go func() {
					defer group.Done()
					for n := 0; n < 20; n++ {
						// Every other signature is of another second: the remembered date must not leak into this one.
						f(c.Method, c.Host, c.Target, c.Header, c.Body, c.Time.Add(time.Duration(n)*time.Second), c.Date, c.Nonce, "")
						out, _, _, _, err := f(c.Method, c.Host, c.Target, c.Header, c.Body, c.Time, c.Date, c.Nonce, "")
						if err != nil {
							t.Errorf("%s: %v", v.ID(), err)
							return
						}
						diffHeader(t, v.ID(), out, c.WantHeader)
					}
				}()
			}
		}
		group.Wait()
	})
}
