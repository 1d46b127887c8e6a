package vendors_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/vendors"
)

// config is a vendor with the values of its options.
type config struct {
	vendor string
	values signers.Values
}

// conf is the config of option names, each with its value behind it.
func conf(vendor string, options ...string) config {
	v := make(signers.Values)
	for i := 0; i < len(options); i += 2 {
		v[options[i]] = options[i+1 : i+2]
	}
	return config{vendor, v}
}

// newSigner makes a signer that is known to have a good configuration.
func newSigner(t testing.TB, c config) signers.Signer {
	t.Helper()
	scheme, err := signers.Lookup(c.vendor)
	if err != nil {
		t.Fatal(err)
	}
	s, faults := scheme.Signer(c.values)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

// canonical is the hashed text, with the parts that are secret.
func canonical(t testing.TB, s signers.Signer, m *signers.Message, at *signers.Moment) (string, error) {
	t.Helper()
	parts, err := s.Canonical(m, at)
	text := ""
	for _, p := range parts {
		text += p.Text
	}
	return text, err
}

// hexDigit is the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	if i := strings.IndexByte("0123456789ABCDEF", c); i >= 0 {
		return i
	}
	return strings.IndexByte("0123456789abcdef", c)
}

// formDecode decodes one key or value, byte by byte; ok is false for a stray %.
func formDecode(text string) (decoded []byte, ok bool) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			decoded = append(decoded, ' ')
		case c != '%':
			decoded = append(decoded, c)
		case i+2 < len(text) && hexDigit(text[i+1]) >= 0 && hexDigit(text[i+2]) >= 0:
			decoded = append(decoded, byte(hexDigit(text[i+1])<<4|hexDigit(text[i+2])))
			i += 2
		default:
			return nil, false
		}
	}
	return decoded, true
}

func percentEncode(data []byte) string {
	const bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	const digits = "0123456789ABCDEF"
	var out []byte
	for _, c := range data {
		if strings.IndexByte(bare, c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}

// duoParams is Duo's canonical form of parameters, written from the documentation alone.
func duoParams(query string) (text string, ok bool) {
	type pair struct{ key, value string }
	var pairs []pair
	for _, p := range strings.Split(query, "&") {
		if p == "" {
			continue
		}
		k, v, _ := strings.Cut(p, "=")
		key, ok1 := formDecode(k)
		value, ok2 := formDecode(v)
		if !ok1 || !ok2 {
			return "", false
		}
		pairs = append(pairs, pair{percentEncode(key), percentEncode(value)})
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i].key != pairs[j].key {
			return pairs[i].key < pairs[j].key
		}
		return pairs[i].value < pairs[j].value
	})
	for i, p := range pairs {
		if i > 0 {
			text += "&"
		}
		text += p.key + "=" + p.value
	}
	return text, true
}

func FuzzDuoParams(f *testing.F) {
	for _, seed := range []string{
		"", "&", "=", "a", "a=", "=a", "a=b=c", "a=1&a=1", "b=2&a=1", "a=2&a=1", "foo=1&foo-bar=2&foo.x=3", "a1=x&a=y",
		"realname=First+Last&username=%72oot", "x=%e9%2F&y=~*'()", "q=%", "q=%4", "q=%zz", "q=%00", "a;b=c", "\xff=\x00", "a=%26&b=%3D", "caf\u00e9=z",
	} {
		f.Add(seed)
	}
	five := newSigner(f, conf("duo", "integration_key", "DIX", "secret_key", "key"))
	two := newSigner(f, conf("duo", "integration_key", "DIX", "secret_key", "key", "signature_version", "2"))
	at := &signers.Moment{Time: time.Unix(0, 0)}
	f.Fuzz(func(t *testing.T, query string) {
		want, ok := duoParams(query)
		check := func(s signers.Signer, m *signers.Message) {
			parts, err := s.Canonical(m, at)
			if (err == nil) != ok {
				t.Fatalf("%s %q: the error is %v, and the query can be read: %v", m.Method, query, err, ok)
			}
			if ok && strings.TrimSuffix(parts[4].Text, "\n") != want {
				t.Errorf("%s %q: the parameters are\n%q, want\n%q", m.Method, query, parts[4].Text, want)
			}
		}
		check(five, &signers.Message{Method: "GET", Host: "h", Target: "/p?" + query})
		check(two, &signers.Message{Method: "GET", Host: "h", Target: "/p?" + query})
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
		check(two, &signers.Message{Method: "POST", Host: "h", Target: "/p", Header: form, Body: []byte(query)})
	})
}

func FuzzDarktraceQueryOrder(f *testing.F) {
	for _, seed := range []string{
		"", "&", "b&a", "b=1&a=2&b=0&a=1", "a=1&a=1&b=1", "%62=1&a=2&b=3", "z&&y&", "b=%zz&%zz=b&a", "a+b=1&a%20b=0&a=2", "=1&a=0&=0",
		"Z=1&a=2", "a=b?c=d&A", "\xff=1&\xc3\xa9=2", "a;b=1&a;a=2",
	} {
		f.Add(seed)
	}
	s := newSigner(f, conf("darktrace", "public_token", "pub", "private_token", "key"))
	at := &signers.Moment{Time: time.Unix(0, 0)}
	f.Fuzz(func(t *testing.T, query string) {
		m := &signers.Message{Method: "GET", Target: "/p?" + query, Header: make(http.Header)}
		if err := s.Sign(m, at); err != nil {
			t.Fatal(err)
		}
		target := m.Target
		path, sorted, asked := strings.Cut(target, "?")
		if path != "/p" || !asked {
			t.Fatalf("%q became the target %q", query, target)
		}
		before, after := strings.Split(query, "&"), strings.Split(sorted, "&")
		key := func(pair string) string {
			k, _, _ := strings.Cut(pair, "=")
			if decoded, ok := formDecode(k); ok {
				return string(decoded)
			}
			return k
		}
		for i := 1; i < len(after); i++ {
			if key(after[i-1]) > key(after[i]) {
				t.Errorf("%q became %q, where %q is before %q", query, sorted, after[i-1], after[i])
			}
		}
		// Of each key the same pairs must stand in the same order: a stable permutation.
		of := func(pairs []string, k string) string {
			var same []string
			for _, p := range pairs {
				if key(p) == k {
					same = append(same, p)
				}
			}
			return strings.Join(same, "&")
		}
		if len(before) != len(after) {
			t.Fatalf("%q became %q", query, sorted)
		}
		for _, p := range before {
			if of(before, key(p)) != of(after, key(p)) {
				t.Errorf("%q became %q, where the pairs of %q differ", query, sorted, key(p))
			}
		}
		if err := s.Sign(m, at); err != nil || m.Target != target {
			t.Errorf("%q, sorted once more, became %q, %v", target, m.Target, err)
		}
	})
}

func FuzzSignAgreesWithCanonical(f *testing.F) {
	f.Add("GET", "api.example.com", "/p?b=2&a=1", []byte(""), "", "nonce", int64(1345570158000), "v")
	f.Add("POST", "API.example.com:443", "/p?q=%zz", []byte(`{"a":1}`), "Tue, 21 Aug 2012 17:29:18 GMT", "n", int64(-1), "")
	f.Add("put", "[::1]:8443", "/%2F//../;?", []byte("a=1&b=%zz\xff\x00"), "", "", int64(951782399999), "\x00")
	f.Add("", "", "", []byte(nil), "\n\n\n\n\n\n\n\n", "\n", int64(0), "\xff")
	f.Fuzz(func(t *testing.T, method, host, target string, body []byte, date, nonce string, milli int64, extra string) {
		m := func() *signers.Message {
			return &signers.Message{Method: method, Host: host, Target: target, Body: append([]byte(nil), body...),
				Header: http.Header{"X-Duo-Extra": {extra}, "Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"*/*"}}}
		}
		at := &signers.Moment{Time: time.UnixMilli(milli), Date: date, Nonce: nonce}
		for _, c := range []struct {
			name   string
			config config
			prove  func(text string, out http.Header) (got, want string)
		}{
			{"duo 5", conf("duo", "integration_key", "DIX", "secret_key", "s\u00e9cret"), duoProof(true)},
			{"duo 5 with x-duo-date", conf("duo", "integration_key", "DIX", "secret_key", "s\u00e9cret", "date_header", "x-duo-date"), duoProof(true)},
			{"duo 4", conf("duo", "integration_key", "DIX", "secret_key", "s\u00e9cret", "signature_version", "4"), duoProof(true)},
			{"duo 2", conf("duo", "integration_key", "DIX", "secret_key", "s\u00e9cret", "signature_version", "2"), duoProof(true)},
			{"duo 2 with sha1", conf("duo", "integration_key", "DIX", "secret_key", "s\u00e9cret", "signature_version", "2", "digest", "sha1"), duoProof(false)},
			{"darktrace", conf("darktrace", "public_token", "pub", "private_token", "s\u00e9cret"), darktraceProof},
			{"darktrace as sent", conf("darktrace", "public_token", "pub", "private_token", "s\u00e9cret", "query_order", "as_sent", "date_format", "iso"), darktraceProof},
			{"darktrace decoded", conf("darktrace", "public_token", "pub", "private_token", "s\u00e9cret", "sign_query", "decoded", "date_format", "spaced"), darktraceProof},
			{"threatconnect", conf("threatconnect", "access_id", "42", "secret_key", "s\u00e9cret"), func(text string, out http.Header) (string, string) {
				mac := hmac.New(sha256.New, []byte("s\u00e9cret"))
				mac.Write([]byte(text))
				return out["Authorization"][0], "TC 42:" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
			}},
			{"cortex", conf("cortex", "api_key_id", "7", "api_key", "s\u00e9cret"), func(text string, out http.Header) (string, string) {
				sum := sha256.Sum256([]byte(text))
				return out["Authorization"][0], hex.EncodeToString(sum[:])
			}},
		} {
			s := newSigner(t, c.config)
			if date == "" {
				at.Date = s.Date(at.Time)
			}
			message := m()
			text, textErr := canonical(t, s, message, at)
			err := s.Sign(message, at)
			out := message.Header
			if err != nil && (len(out) != 3 || message.Target != target) {
				t.Errorf("%s: Sign fails with %v and leaves %v", c.name, err, message)
			}
			if (err == nil) != (textErr == nil) && c.name != "cortex" { // which needs no nonce to show one
				t.Errorf("%s: Sign says %v, Canonical %v", c.name, err, textErr)
			}
			if err == nil {
				if got, want := c.prove(text, out); got != want {
					t.Errorf("%s: the header is %q, and the canonical text %q gives %q", c.name, got, text, want)
				}
			}
			// Sign is pure: message and result are the same the second time, also from the reused memory.
			again := m()
			s.Sign(again, at)
			for name, values := range out {
				if strings.Join(again.Header[name], "\n") != strings.Join(values, "\n") {
					t.Errorf("%s: %s is %q, and %q the second time", c.name, name, values, again.Header[name])
				}
			}
			if again.Target != message.Target || !bytes.Equal(message.Body, body) || strings.Join(out["X-Duo-Extra"], "") != extra {
				t.Errorf("%s: Sign changes the message", c.name)
			}
		}
	})
}

func duoProof(long bool) func(string, http.Header) (string, string) {
	return func(text string, out http.Header) (string, string) {
		hash := sha1.New
		if long {
			hash = sha512.New
		}
		mac := hmac.New(hash, []byte("s\u00e9cret"))
		mac.Write([]byte(text))
		return out["Authorization"][0], "Basic " + base64.StdEncoding.EncodeToString([]byte("DIX:"+hex.EncodeToString(mac.Sum(nil))))
	}
}

func darktraceProof(text string, out http.Header) (string, string) {
	mac := hmac.New(sha1.New, []byte("s\u00e9cret"))
	mac.Write([]byte(text))
	return out["Dtapi-Signature"][0], hex.EncodeToString(mac.Sum(nil))
}
