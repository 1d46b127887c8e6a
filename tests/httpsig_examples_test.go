package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// Keys of RFC 9421, appendix B.1, and one of this test alone.
const (
	edKey     = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\\n-----END PRIVATE KEY-----"
	ecKey     = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIFKbhfNZfpDsW43+0+JjUr9K+bTeuxopu653+hBaXGA7oAoGCCqGSM49\\nAwEHoUQDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM\\n4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\\n-----END EC PRIVATE KEY-----"
	ecPublic  = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\nw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n-----END PUBLIC KEY-----"
	sharedKey = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
	edSigner  = `"key_id":"test-key-ed25519","private_key":"` + edKey + `"`
)

// httpsigBase is the text that httpsig signs with these options, and its headers.
func httpsigBase(t *testing.T, d drive, options, method, target string, header http.Header, body string) (string, http.Header, error) {
	t.Helper()
	sign, err := d.Signer("httpsig", []byte("{"+options+"}"))
	if err != nil {
		t.Fatal(options, err)
	}
	signed, _, canonical, _, err := sign(method, "www.example.com", target, header, []byte(body), atNoon(), "", "nonce-of-the-test", "")
	return canonical, signed, err
}

func quotedText(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

// The components are those of RFC 9421, section 2, with its values.
func TestComponentsHaveTheValuesOfRFC9421(t *testing.T) {
	header := func() http.Header {
		return http.Header{
			"X-Ows-Header": {"   Leading and trailing whitespace.   "}, "Cache-Control": {"max-age=60", "   must-revalidate"},
			"Example-Dict": {"  a=1,    b=2;x=1;y=2,   c=(a   b   c), d"}, "X-Empty-Header": {""}, "Date": {"Tue, 20 Apr 2021 02:07:56 GMT"},
			"Example-List": {"  ( foo   bar );q=1.50 ,  01 , :aGVsbG8:, \"a \\\" b\";c=?1, -0, @0012, ?0", "x"},
			"Example-Item": {" token;b;a=1 "}, "Example-Twice": {"a=1, b=2, a=3"},
		}
	}
	const form = "/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&e=~*&&f"
	tests := []struct{ component, method, target, want string }{
		{`@method`, "POST", "/path?param=value", `"@method": POST`},
		{`@target-uri`, "POST", "/path?param=value", `"@target-uri": https://www.example.com/path?param=value`},
		{`@authority`, "POST", "/path?param=value", `"@authority": www.example.com`},
		{`@scheme`, "POST", "/path?param=value", `"@scheme": https`},
		{`@request-target`, "POST", "/path?param=value", `"@request-target": /path?param=value`},
		{`@path`, "GET", "/path?param=value", `"@path": /path`},
		{`@path`, "GET", "/a%2Fb/%7e", `"@path": /a%2Fb/%7e`},
		{`@query`, "GET", "/path?param=value&foo=bar&baz=bat%2Dman", `"@query": ?param=value&foo=bar&baz=bat%2Dman`},
		{`@query`, "POST", "/path?queryString", `"@query": ?queryString`},
		{`@query`, "POST", "/path", `"@query": ?`},
		{`@query`, "POST", "/path?", `"@query": ?`},
		{`@query-param;name="baz"`, "GET", "/path?param=value&foo=bar&baz=batman&qux=", `"@query-param";name="baz": batman`},
		{`@query-param;name="qux"`, "GET", "/path?param=value&foo=bar&baz=batman&qux=", `"@query-param";name="qux": `},
		{`@query-param;name=param`, "GET", "/path?param=value&foo=bar&baz=batman&qux=", `"@query-param";name="param": value`},
		{`@query-param;name="var"`, "GET", form, `"@query-param";name="var": this%20is%20a%20big%0Amultiline%20value`},
		{`@query-param;name="bar"`, "GET", form, `"@query-param";name="bar": with%20plus%20whitespace`},
		{`@query-param;name="fa%C3%A7ade%22%3A%20"`, "GET", form, `"@query-param";name="fa%C3%A7ade%22%3A%20": something`},
		{`@query-param;name="e"`, "GET", form, `"@query-param";name="e": %7E*`},
		{`@query-param;name="f"`, "GET", form, `"@query-param";name="f": `},
		{`x-ows-header`, "GET", "/", `"x-ows-header": Leading and trailing whitespace.`},
		{`Cache-Control`, "GET", "/", `"cache-control": max-age=60, must-revalidate`},
		{`x-empty-header`, "GET", "/", `"x-empty-header": `},
		{`example-dict`, "GET", "/", `"example-dict": a=1,    b=2;x=1;y=2,   c=(a   b   c), d`},
		{`example-dict;sf`, "GET", "/", `"example-dict";sf: a=1, b=2;x=1;y=2, c=(a b c), d`},
		{`example-dict;key="a"`, "GET", "/", `"example-dict";key="a": 1`},
		{`example-dict;key="d"`, "GET", "/", `"example-dict";key="d": ?1`},
		{`example-dict;key="b"`, "GET", "/", `"example-dict";key="b": 2;x=1;y=2`},
		{`example-dict;key=c`, "GET", "/", `"example-dict";key="c": (a b c)`},
		{`example-list;sf`, "GET", "/", `"example-list";sf: (foo bar);q=1.5, 1, :aGVsbG8=:, "a \" b";c, 0, @12, ?0, x`},
		{`example-item;sf`, "GET", "/", `"example-item";sf: token;b;a=1`},
		{`example-twice;sf`, "GET", "/", `"example-twice";sf: a=3, b=2`},
		{`example-twice;key="a"`, "GET", "/", `"example-twice";key="a": 3`},
		{`host`, "GET", "/", `"host": www.example.com`},
		{`content-length`, "POST", "/", `"content-length": 0`},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			canonical, _, err := httpsigBase(t, d, edSigner+`,"components":[`+quotedText(tt.component)+`]`, tt.method, tt.target, header(), "")
			if got, _, _ := strings.Cut(canonical, "\n"); got != tt.want || err != nil {
				t.Errorf("%s of %s %s is %q, %v; want %q", tt.component, tt.method, tt.target, got, err, tt.want)
			}
		}
	})
}

// What the signature cannot cover is refused, and never left out.
func TestARequestThatCannotBeCoveredIsNotSigned(t *testing.T) {
	tests := []struct {
		name, components, target string
		header                   http.Header
		want                     string
	}{
		{"a header is missing", `"x-a"`, "/", nil, `no "x-a"`},
		{"a member of a dictionary is missing", `"x-a;key=\"b\""`, "/", http.Header{"X-A": {"a=1"}}, `no "x-a";key="b"`},
		{"a header is no dictionary", `"x-a;key=\"b\""`, "/", http.Header{"X-A": {"A=1"}}, "is not a structured field"},
		{"a header is no structured field", `"x-a;sf"`, "/", http.Header{"X-A": {"a=1,"}}, "is not a structured field"},
		{"a list has no commas", `"x-a;sf"`, "/", http.Header{"X-A": {"1 2"}}, "is not a structured field"},
		{"a number is too long", `"x-a;sf"`, "/", http.Header{"X-A": {"1234567890123456"}}, "is not a structured field"},
		{"an inner list does not close", `"x-a;sf"`, "/", http.Header{"X-A": {"(a b"}}, "is not a structured field"},
		{"a list has too many members", `"x-a;sf"`, "/", http.Header{"X-A": {strings.Repeat("a, ", 1024) + "a"}}, "at most 1024 members"},
		{"a dictionary has too many", `"x-a;key=\"a\""`, "/", http.Header{"X-A": {strings.Repeat("a=1, ", 1024) + "a=2"}}, "at most 1024 members"},
		{"an inner list has too many", `"x-a;sf"`, "/", http.Header{"X-A": {"(" + strings.Repeat("a ", 1024) + "a)"}}, "at most 1024 members"},
		{"an item has too many parameters", `"x-a;sf"`, "/", http.Header{"X-A": {"a" + strings.Repeat(";b", 1025)}}, "at most 1024 members"},
		{"a header is folded", `"x-a"`, "/", http.Header{"X-A": {"a\r\n b"}}, "control character"},
		{"a header holds a line end", `"x-a"`, "/", http.Header{"X-A": {"a\n\"@method\": DELETE"}}, "control character"},
		{"a header holds a tab", `"x-a"`, "/", http.Header{"X-A": {"a\tb"}}, "control character"},
		{"a header is not ASCII", `"x-a"`, "/", http.Header{"X-A": {"ä"}}, "not ASCII"},
		{"a header is not UTF-8", `"x-a"`, "/", http.Header{"X-A": {"\xff"}}, "not ASCII"},
		{"a parameter is missing", `"@query-param;name=\"a\""`, "/?b", nil, "must come once"},
		{"a parameter appears twice", `"@query-param;name=\"a\""`, "/?a=1&%61=2", nil, "must come once"},
		{"an escape is broken", `"@query-param;name=\"a\""`, "/?a=%zz", nil, "broken escape"},
		{"a parameter is not UTF-8", `"@query-param;name=\"a\""`, "/?a=%ff", nil, "not UTF-8"},
		{"there is no length", `"content-length"`, "/", nil, `no "content-length"`},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			header := tt.header
			if header == nil {
				header = make(http.Header)
			}
			canonical, signed, err := httpsigBase(t, d, edSigner+`,"components":[`+tt.components+`]`, "GET", tt.target, header, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "cannot be signed") || len(signed) > 0 {
				t.Errorf("%s: %q, %v, %v; want %q", tt.name, canonical, signed, err, tt.want)
			}
		}
	})
}

// A parser must support 1024 members of a list or a dictionary (RFC 9651, 3.1 and 3.2).
func TestAsManyMembersAsTheRFCAsksForAreSigned(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for component, text := range map[string]string{
			`x-a;sf`:         strings.Repeat("a, ", 1023) + "a",
			`x-a;key=\"b\"`:  strings.Repeat("a=1, ", 1023) + "b=2",
			`x-inner;sf`:     "(" + strings.Repeat("a ", 1023) + "a)",
			`x-parameter;sf`: "a" + strings.Repeat(";b=1", 1024),
		} {
			name, _, _ := strings.Cut(component, ";")
			_, _, err := httpsigBase(t, d, edSigner+`,"components":["`+component+`"]`, "GET", "/", http.Header{http.CanonicalHeaderKey(name): {text}}, "")
			if err != nil {
				t.Errorf("%s: %v", component, err)
			}
		}
	})
}

// pemOfRFC is the key test-key-rsa-pss of RFC 9421, which is for RSASSA-PSS alone, from its vectors.
func pemOfRFC(t *testing.T) (string, *publicKey) {
	t.Helper()
	data, err := os.ReadFile("testdata/breadth/httpsig.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Config struct {
			PrivateKey string `json:"private_key"`
		}
		Expect struct{ Verify *publicKey }
	}
	if err := json.Unmarshal(data, &all); err != nil || all[0].Expect.Verify == nil {
		t.Fatal(err)
	}
	return all[0].Config.PrivateKey, all[0].Expect.Verify
}

// Each algorithm signs exactly the canonical text: the standard library verifies it with the public key.
func TestEveryAlgorithmSignsTheCanonicalText(t *testing.T) {
	rsaKey, rsaPublic := pemOfRFC(t)
	rsa := `"key_id":"k","private_key":` + quotedText(rsaKey)
	tests := []struct {
		name, options string
		verify        publicKey
	}{
		{"ed25519", edSigner, publicKey{Algorithm: "ed25519", PublicJWK: map[string]string{"x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}}},
		{"hmac-sha256", `"key_id":"k","shared_secret":"` + sharedKey + `"`, publicKey{Algorithm: "hmac-sha256", PublicJWK: map[string]string{"k": sharedKey}}},
		{"ecdsa-p256-sha256", `"key_id":"k","private_key":"` + ecKey + `"`, publicKey{Algorithm: "ecdsa-p256-sha256", PublicKey: ecPublic}},
		{"rsa-pss-sha512", rsa, publicKey{Algorithm: "rsa-pss-sha512", PublicKey: rsaPublic.PublicKey}},
		{"rsa-v1_5-sha256", rsa + `,"algorithm":"rsa-v1_5-sha256"`, publicKey{Algorithm: "rsa-v1_5-sha256", PublicKey: rsaPublic.PublicKey}},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			header := http.Header{"Content-Type": {"application/json"}}
			canonical, signed, err := httpsigBase(t, d, tt.options, "POST", "/foo?a", header, `{"hello": "world"}`)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if err := tt.verify.verify(canonical, signed.Get("Signature")); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			input := strings.TrimPrefix(signed.Get("Signature-Input"), "sig1=")
			if !strings.HasSuffix(canonical, "\n\"@signature-params\": "+input) || !strings.HasSuffix(input, `;alg="`+tt.name+`"`) {
				t.Errorf("%s: Signature-Input is %q, of\n%s", tt.name, input, canonical)
			}
			if got := signed.Get("Content-Digest"); got != "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:" {
				t.Errorf("%s: Content-Digest is %q", tt.name, got)
			}
		}
	})
}
