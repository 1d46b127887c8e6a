package vendorsim

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// messageVector is a line of tests/testdata/breadth/{httpsig,web-bot-auth,cavage-oci}.json: what a signer gets, and what it sets.
type messageVector struct {
	presetVector
	Date   string
	Expect struct {
		Headers   map[string]string
		Canonical string
		Verify    struct {
			PublicKey string         `json:"public_key"`
			PublicJWK map[string]any `json:"public_jwk"`
		}
	}
}

// readMessages reads the vectors that have a signature.
func readMessages(t testing.TB) (all []messageVector) {
	t.Helper()
	for _, file := range []string{"httpsig", "web-bot-auth", "cavage-oci"} {
		data, err := os.ReadFile("../tests/testdata/breadth/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var vectors []messageVector
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			if v.Config["digest_only"] == nil {
				all = append(all, v)
			}
		}
	}
	return all
}

func messageOf(t testing.TB, id string) messageVector {
	t.Helper()
	for _, v := range readMessages(t) {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("no vector %s", id)
	return messageVector{}
}

// signed is the request as it leaves the signer.
func (v messageVector) signed(t testing.TB) *Request {
	r := v.request(t)
	r.Scheme, _, _ = strings.Cut(v.Request.URL, "://")
	for name, value := range v.Expect.Headers {
		r.Header.Set(name, value)
	}
	return r
}

// judge is the simulator that has the public half of the vector's key, at its time.
func (v messageVector) judge(t testing.TB, change map[string]string, late time.Duration) *Simulator {
	t.Helper()
	credential := map[string]string{}
	for name, value := range v.Config {
		if list, ok := value.([]any); ok && len(list) == 0 {
			value = "none"
		}
		if object, ok := value.(map[string]any); ok {
			data, _ := json.Marshal(object)
			value = string(data)
		}
		credential[name] = optionText(value)
	}
	if public := v.public(); public != "" {
		delete(credential, "private_key")
		delete(credential, "private_jwk")
		credential["public_key"] = public
	}
	maps.Copy(credential, change)
	at, err := http.ParseTime(v.Date)
	if v.Date == "" {
		at, err = time.Parse(time.RFC3339, v.Time)
	}
	if err != nil {
		t.Fatal(err)
	}
	return simulator(t, v.Signer, Config{Credential: credential}, at.Add(late))
}

func (v messageVector) public() string {
	if v.Expect.Verify.PublicJWK != nil {
		data, _ := json.Marshal(v.Expect.Verify.PublicJWK)
		return string(data)
	}
	return v.Expect.Verify.PublicKey
}

// canonical is what the judge reads as signed.
func (v messageVector) canonical(r *Request) (string, string) {
	if value := header(r.Header, "Authorization") + header(r.Header, "Signature"); v.Signer == "cavage" || v.Signer == "oci" {
		c, reason := readCavage(strings.TrimPrefix(value, "Signature "), "date")
		if reason != "" {
			return "", reason
		}
		return c.signingString(r)
	}
	c, reason := readMessageClaim(r, "")
	if reason != "" {
		return "", reason
	}
	return signatureBase(c.input, r)
}

func TestThePublishedMessageSignaturesAreAccepted(t *testing.T) {
	vectors := readMessages(t)
	if len(vectors) < 17 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			r := v.signed(t)
			if a := v.judge(t, nil, 0).Check(r); !a.Accepted || len(a.Leaks) > 0 {
				t.Errorf("reason %q, leaks %q", a.Reason, a.Leaks)
			}
			if got, reason := v.canonical(r); v.Expect.Canonical != "" && got != v.Expect.Canonical {
				t.Errorf("%s: signed is\n%s\nwant\n%s", reason, got, v.Expect.Canonical)
			}
		})
	}
}

// rfcRequest is the request of RFC 9421, appendix B.2, with a signature.
func rfcRequest(input, signature string) *Request {
	return &Request{Method: "POST", Host: "example.com", Target: "/foo?param=Value&Pet=dog", Body: []byte(`{"hello": "world"}`), Header: http.Header{
		"Date": {"Tue, 20 Apr 2021 02:07:55 GMT"}, "Content-Type": {"application/json"}, "Content-Length": {"18"},
		"Content-Digest":  {"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"},
		"Signature-Input": {input}, "Signature": {signature},
	}}
}

// Appendix B.2.5 of RFC 9421, with the shared secret of appendix B.1.5.
func TestTheSharedSecretOfRFC9421Verifies(t *testing.T) {
	at := time.Unix(1618884473, 0)
	s := simulator(t, "httpsig", Config{Credential: map[string]string{"key_id": "test-shared-secret", "components": "date,@authority,content-type",
		"parameters":    "created,keyid",
		"shared_secret": "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="}}, at)
	r := rfcRequest(`sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"`,
		"sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:")
	if a := s.Check(r); !a.Accepted {
		t.Error(a.Reason)
	}
}

// Appendix B.2.4 of RFC 9421 has a signature of a response; its key is verified with the text that the RFC prints.
func TestTheECDSAOfRFC9421Verifies(t *testing.T) {
	public := publicHalf("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\n" +
		"w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n-----END PUBLIC KEY-----")
	base := "\"@status\": 200\n\"content-type\": application/json\n\"content-digest\": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5" +
		"oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:\n\"content-length\": 23\n\"@signature-params\": (\"@status\" \"content-type\" \"content-digest\" " +
		"\"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\""
	signature, err := base64.StdEncoding.DecodeString("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==")
	if err != nil || !(verifyKey{public: public}).verifies(verifyECDSA, base, signature) {
		t.Error("the signature of appendix B.2.4 does not verify")
	}
	if (verifyKey{public: public}).verifies(verifyECDSA, base+" ", signature) {
		t.Error("another text verifies too")
	}
}

// Appendix C.1 of draft-cavage-http-signatures-12 prints its signature without the parameter headers.
func TestWithoutHeadersADateIsSigned(t *testing.T) {
	v := messageOf(t, "cavage12/C.1-default")
	r := v.signed(t)
	r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), `headers="date",`, "", 1))
	if a := v.judge(t, nil, 0).Check(r); !a.Accepted {
		t.Error(a.Reason)
	}
}

// RFC 9421, 2.1 and 2.2: the values that its examples have.
func TestComponentsAreReadAsRFC9421Says(t *testing.T) {
	r := func(target string) *Request {
		return &Request{Method: "GET", Host: "WWW.Example.com:443", Target: target, Header: http.Header{
			"X-Ows-Header": {"   Leading and trailing whitespace.   "}, "Cache-Control": {"max-age=60", "   must-revalidate"},
			"Example-Dict": {"  a=1,    b=2;x=1;y=2,   c=(a   b   c), d"}, "X-Empty-Header": {""},
			"Example-List": {`( foo   bar );q=1.50 ,  01 , :aGVsbG8:, "a \" b";c=?1, -0, @0012, ?0`, "x"},
			"Set-Header":   {"value, with, lots", "of, commas"},
		}}
	}
	const form = "/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&e=~*&twice&twice"
	for _, c := range []struct{ component, target, want string }{
		{"@method", "/", "GET"},
		{"@authority", "/", "www.example.com"},
		{"@scheme", "/", "https"},
		{"@target-uri", "/path?param=value", "https://www.example.com/path?param=value"},
		{"@request-target", "/path?param=value", "/path?param=value"},
		{"@path", "/a%2Fb/%7e?x", "/a%2Fb/%7e"},
		{"@query", "/path?queryString", "?queryString"},
		{"@query", "/path?", "?"},
		{"@query", "/path", "?"},
		{`@query-param;name="var"`, form, "this%20is%20a%20big%0Amultiline%20value"},
		{`@query-param;name="bar"`, form, "with%20plus%20whitespace"},
		{`@query-param;name="fa%C3%A7ade%22%3A%20"`, form, "something"},
		{`@query-param;name=e`, form, "%7E*"},
		{`@query-param;name="twice"`, form, "refused"},
		{`@query-param;name="none"`, form, "refused"},
		{`@query-param`, form, "refused"},
		{`@method;req`, "/", "refused"},
		{`@status`, "/", "refused"},
		{`x-ows-header`, "/", "Leading and trailing whitespace."},
		{`cache-control`, "/", "max-age=60, must-revalidate"},
		{`x-empty-header`, "/", ""},
		{`host`, "/", "WWW.Example.com:443"},
		{`example-dict`, "/", "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"},
		{`example-dict;sf`, "/", "a=1, b=2;x=1;y=2, c=(a b c), d"},
		{`example-dict;key="b"`, "/", "2;x=1;y=2"},
		{`example-dict;key="c"`, "/", "(a b c)"},
		{`example-dict;key="d"`, "/", "?1"},
		{`example-dict;key="e"`, "/", "refused"},
		{`example-list;sf`, "/", `(foo bar);q=1.5, 1, :aGVsbG8=:, "a \" b";c, 0, @12, ?0, x`},
		{`set-header;bs`, "/", ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"},
		{`set-header;tr`, "/", "refused"},
		{`x-missing`, "/", "refused"},
	} {
		component, ok := readComponent(c.component)
		if !ok {
			t.Errorf("%s cannot be read", c.component)
			continue
		}
		got, reason := componentValue(component.value.(string), component, r(c.target))
		if reason != "" {
			got = "refused"
		}
		if got != c.want {
			t.Errorf("%s of %s is %q, %s; want %q", c.component, c.target, got, reason, c.want)
		}
	}
}

// RFC 9651, section 4.2: what must fail to parse, does.
func TestBrokenStructuredFieldsAreRefused(t *testing.T) {
	for _, text := range []string{"", "a=", "a=1,", "a=1,,b", "A=1", "a=1;", "a=1;B", "a=(1", "a=(1,2)", `a=("x""y")`, "a=1 b=2", `a="x`, `a="\x"`, "a=\"\x7f\"",
		"a=1234567890123456", "a=1.2345", "a=1234567890123.1", "a=1.", "a=-", "a=:YQ", "a=:Y!==:", "a=?2", "a=@1.5", `a=%"%C3"`, `a=%"ä"`, "a=1;=2", "a=1\n"} {
		if all, ok := sfMembers(text, true); ok {
			t.Errorf("%q is read as %v", text, all)
		}
	}
	many := strings.Repeat("a;b,", maxMembers) + "a"
	if _, ok := sfMembers(many, false); ok {
		t.Error("a list without bounds is read")
	}
}
