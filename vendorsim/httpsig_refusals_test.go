package vendorsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// messageChange is what is done to a signed request, and a part of the reason for which it is then refused.
type messageChange struct {
	name, vector, reason string
	change               func(*Request)
	server               map[string]string
	late                 time.Duration
}

func set(name, value string) func(*Request) { return func(r *Request) { r.Header.Set(name, value) } }

func del(names ...string) func(*Request) {
	return func(r *Request) {
		for _, name := range names {
			r.Header.Del(name)
		}
	}
}

// swap replaces a text in all headers of a signature.
func swap(old, new string) func(*Request) {
	return func(r *Request) {
		for _, name := range []string{"Signature-Input", "Signature", "Authorization", "Signature-Agent"} {
			if value := r.Header.Get(name); value != "" {
				r.Header.Set(name, strings.ReplaceAll(value, old, new))
			}
		}
	}
}

func TestAMessageSignatureIsRefusedAfterEachChange(t *testing.T) {
	const (
		full  = "rfc9421/sig-b23" // covers almost all
		some  = "rfc9421/sig-b22" // a parameter of the query, and a tag
		plain = "rfc9421/sig-b26" // Ed25519
		life  = "httpsig/own-4"   // expires, a list, HMAC
		bot   = "webbotauth/own-2"
		old   = "webbotauth/web_bot_auth_architecture_v1/3"
		all   = "cavage12/C.3-all"
		get   = "oci/get"
		post  = "oci/post"
		fits  = "does not fit"
	)
	body := func(text string) func(*Request) { return func(r *Request) { r.Body = []byte(text) } }
	target := func(text string) func(*Request) { return func(r *Request) { r.Target = text } }
	host := func(text string) func(*Request) { return func(r *Request) { r.Host = text } }
	method := func(text string) func(*Request) { return func(r *Request) { r.Method = text } }
	type server = map[string]string
	for _, c := range []messageChange{
		{"another method", full, fits, method("PUT"), nil, 0},
		{"a method in lower case", full, fits, method("post"), nil, 0},
		{"another path", full, fits, target("/fooo?param=Value&Pet=dog"), nil, 0},
		{"an escape that was not there", full, fits, target("/%66oo?param=Value&Pet=dog"), nil, 0},
		{"the query in another order", full, fits, target("/foo?Pet=dog&param=Value"), nil, 0},
		{"no query", full, fits, target("/foo"), nil, 0},
		{"another host", full, fits, host("example.org"), nil, 0},
		{"the host with a port", full, fits, host("example.com:8443"), nil, 0},
		{"another date", full, fits, set("Date", "Tue, 20 Apr 2021 02:07:56 GMT"), nil, 0},
		{"another content type", full, fits, set("Content-Type", "application/json; charset=utf-8"), nil, 0},
		{"another body", full, "Content-Digest does not match the body", body(`{"hello": "World"}`), nil, 0},
		{"a body with a line end", full, "Content-Digest does not match the body", body("{\"hello\": \"world\"}\n"), nil, 0},
		{"the digest of another body", full, fits,
			set("Content-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"), nil, 0},
		{"a digest in base64url", some, fits, set("Content-Digest", "sha-512=:WZDPaVn_7XgHaAy8pmojAkGWoRx2UFChF41A2svX-TaPm-AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"), nil, 0},
		{"no signed header", full, "the covered header content-type did not arrive", del("Content-Type"), nil, 0},
		{"a covered header twice", full, fits, func(r *Request) { r.Header.Add("Content-Type", "application/json") }, nil, 0},
		{"no signature", full, "there is no signature", del("Signature", "Signature-Input"), nil, 0},
		{"the signature alone", full, "belong together", del("Signature-Input"), nil, 0},
		{"the input alone", full, "belong together", del("Signature"), nil, 0},
		{"the signature twice", full, "arrived more than once", func(r *Request) { r.Header.Add("Signature", "x=:eA==:") }, nil, 0},
		{"another signature next to it", full, "several signatures",
			func(r *Request) { r.Header.Set("Signature", r.Header.Get("Signature")+", x=:eA==:") }, nil, 0},
		{"a look-alike", full, "look-alike", func(r *Request) { r.Header["Signature_input"] = []string{"x=()"} }, nil, 0},
		{"two labels", full, "different labels", func(r *Request) { r.Header.Set("Signature", "x"+r.Header.Get("Signature")) }, nil, 0},
		{"another label", full, "another label", nil, server{"label": "sig1"}, 0},
		{"a signature in quotes", full, "not written as :base64:", set("Signature", `sig-b23="abcd"`), nil, 0},
		{"a signature in base64url", full, "Signature is not a dictionary", set("Signature", "sig-b23=:bbN8oA_-:"), nil, 0},
		{"an input that is no list", full, "not a list of components", set("Signature-Input", `sig-b23="@method";created=1618884473`), nil, 0},
		{"an input that is broken", full, "not a dictionary", set("Signature-Input", `sig-b23=("@method"`), nil, 0},
		{"a cut signature", full, fits, func(r *Request) { r.Header.Set("Signature", "sig-b23=:"+r.Header.Get("Signature")[13:]) }, nil, 0},
		{"one component less", full, "does not cover content-length", swap(` "content-length"`, ""), nil, 0},
		{"one component more", plain, fits, swap(`"content-length"`, `"content-length" "@query"`), nil, 0},
		{"components in another order", plain, fits, swap(`"@method" "@path"`, `"@path" "@method"`), nil, 0},
		{"a component twice", plain, "covered twice", swap(`"@method"`, `"@method" "@method"`), nil, 0},
		{"a component in capitals", plain, "in lower case", swap(`"@method" "@path"`, `"@method" "@path" "X-A"`), nil, 0},
		{"a component without quotes", plain, "in quotes", swap(`"@method" "@path"`, `"@method" "@path" date`), nil, 0},
		{"a component of a response", plain, "not one of a request", swap(`"content-length"`, `"content-length" "@status"`), nil, 0},
		{"a component with ;req", plain, "parameters that it cannot have", swap(`"content-length"`, `"content-length" "@method";req`), nil, 0},
		{"parameters in another order", plain, fits,
			swap(`created=1618884473;keyid="test-key-ed25519"`, `keyid="test-key-ed25519";created=1618884473`), nil, 0},
		{"one parameter more", plain, fits, swap(`;keyid`, `;x=1;keyid`), nil, 0},
		{"a parameter less", plain, "does not have the parameter keyid", swap(`;keyid="test-key-ed25519"`, ""), nil, 0},
		{"another key id", plain, "keyid names another key", swap("test-key-ed25519", "test-key-rsa"), nil, 0},
		{"a key id without quotes", plain, "keyid is not a text in quotes", swap(`"test-key-ed25519"`, "test-key-ed25519"), nil, 0},
		{"another algorithm", plain, "alg is not", swap(`;keyid`, `;alg="hmac-sha256";keyid`), nil, 0},
		{"created later", plain, fits, swap("1618884473", "1618884474"), nil, 0},
		{"created in milliseconds", plain, "milliseconds", swap("1618884473", "1618884473000"), nil, 0},
		{"created in quotes", plain, "not a whole number", swap("created=1618884473", `created="1618884473"`), nil, 0},
		{"created as a decimal", plain, "not a whole number", swap("1618884473", "1618884473.0"), nil, 0},
		{"created before 1970", plain, "before 1970", swap("1618884473", "-1618884473"), nil, 0},
		{"six minutes late", plain, "more than 5m0s ago", nil, nil, 6 * time.Minute},
		{"six minutes early", plain, "more than 5m0s ahead", nil, nil, -6 * time.Minute},
		{"another key", plain, fits, nil, server{"private_key": "", "public_key": `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`}, 0},
		{"another secret", life, fits, nil, server{"shared_secret": "MTEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}, 0},
		{"a demand that is not covered", plain, "does not cover @query", nil, server{"components": "@method,@query"}, 0},
		{"a demanded parameter", plain, "does not have the parameter nonce", nil, server{"parameters": "created,nonce"}, 0},
		{"a digest of another kind", some, "has no sha-256", nil, server{"content_digest": "sha-256"}, 0},
		{"an unsigned digest", plain, "does not cover content-digest", nil, server{"components": "@path,content-digest", "skip_absent": "true"}, 0},
		{"an unsigned body", plain, "does not cover content-digest", del("Content-Digest"), server{"components": "content-digest", "skip_absent": "true"}, 0},
		{"another value of the signed parameter", some, fits, target("/foo?param=Value&Pet=cat"), nil, 0},
		{"the signed parameter twice", some, "does not occur once", target("/foo?param=Value&Pet=dog&Pet=dog"), nil, 0},
		{"no such parameter", some, "does not occur once", target("/foo?param=Value"), nil, 0},
		{"another tag", some, "tag is wrong", nil, server{"tag": "x"}, 0},
		{"a tag that was changed", some, "tag is wrong", swap("header-example", "x"), nil, 0},
		{"expired", life, "expired", nil, nil, 300 * time.Second},
		{"a longer life", life, fits, swap("1795854915", "1795854916"), nil, 0},
		{"an end before the begin", life, fits, swap("1795854915", "1795854914"), nil, 0},
		{"a shorter list", life, fits, func(r *Request) { r.Header["X-List"] = r.Header["X-List"][:2] }, nil, 0},
		{"a value that is not ASCII", life, "not printable ASCII", func(r *Request) { r.Header["X-List"][1] = "ä" }, nil, 0},
		{"a line end in a value", life, "not printable ASCII", func(r *Request) { r.Header["X-List"][1] = "a\n\"@method\": x" }, nil, 0},
		{"over plain http", "httpsig/own-3", fits, func(r *Request) { r.Scheme = "https" }, nil, 0},

		{"a bot at another site", bot, fits, host("www.example.org"), nil, 0},
		{"a bot's other tag", bot, "tag is not web-bot-auth", swap("web-bot-auth", "web-bot"), nil, 0},
		{"a bot's other key", bot, "not the thumbprint", swap("6QTO0TvC", "6QTO0Tvc"), nil, 0},
		{"a bot of another directory", bot, "Signature-Agent is wrong", swap("bot.example", "evil.example"), nil, 0},
		{"a bot without its directory", bot, "did not arrive", del("Signature-Agent"), nil, 0},
		{"a directory of a bot that has none", "webbotauth/web_bot_auth_architecture_v1/2", "this bot has none",
			set("Signature-Agent", `sig1="https://evil.example"`), nil, 0},
		{"a directory as text", bot, "not a dictionary", set("Signature-Agent", `"https://bot.example"`), nil, 0},
		{"a directory under another key", bot, "does not have the one member", set("Signature-Agent", `sig1="https://bot.example"`), nil, 0},
		{"a directory as token", bot, "not a text in quotes", set("Signature-Agent", `sig2=https://bot.example`), nil, 0},
		{"two directories", bot, "does not have the one member", set("Signature-Agent", `sig2="https://bot.example", sig1="https://evil.example"`), nil, 0},
		{"a directory that is not covered", bot, "does not cover signature-agent", swap(` "signature-agent";key="sig2"`, ""), nil, 0},
		{"a directory that is covered whole", bot, "does not cover signature-agent", swap(`;key="sig2"`, ""), nil, 0},
		{"a dictionary for an old verifier", bot, "not one text in quotes", nil, server{"signature_agent_form": "string", "signature_agent_key": ""}, 0},
		{"an old bot at a new verifier", old, "not a dictionary", nil, server{"signature_agent_form": "dictionary"}, 0},
		{"a bot without an end", bot, "both created and expires", swap(";expires=1795854675", ""), nil, 0},
		{"a bot that covers no site", bot, "neither @authority nor @target-uri", swap(`"@authority" `, ""), nil, 0},
		{"a bot a minute later", bot, "expired", nil, nil, time.Minute},
		{"a bot's other nonce", bot, fits, swap("c29tZS1ub25jZQ==", "c29tZS1ub25jZg=="), nil, 0},

		{"cavage: another method", all, fits, method("GET"), nil, 0},
		{"cavage: another target", all, fits, target("/foo?param=value&pet=cat"), nil, 0},
		{"cavage: an escape", all, fits, target("/f%6fo?param=value&pet=dog"), nil, 0},
		{"cavage: another host", all, fits, host("example.org"), nil, 0},
		{"cavage: a port", all, fits, host("example.com:443"), nil, 0},
		{"cavage: another date", all, fits, set("Date", "Sun, 05 Jan 2014 21:31:41 GMT"), nil, 0},
		{"cavage: another body", all, "Digest does not match the body", body(`{"hello": "World"}`), nil, 0},
		{"cavage: a longer body", all, "Content-Length does not match the body", body(`{"hello": "worlds"}`), nil, 0},
		{"cavage: another digest", all, fits, set("Digest", "SHA-256=Y48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="), nil, 0},
		{"cavage: no digest", all, "digest did not arrive", del("Digest"), nil, 0},
		{"cavage: a demand that is not signed", "cavage12/C.2-basic", "does not cover digest", nil, server{"headers": "(request-target),digest"}, 0},
		{"cavage: the default demands", "cavage12/C.1-default", "does not cover (request-target)", nil, server{"headers": ""}, 0},
		{"cavage: another key id", all, "keyId names another key", swap(`"Test"`, `"test"`), nil, 0},
		{"cavage: another algorithm", all, "algorithm does not fit this key", swap("rsa-sha256", "hs2019"), nil, 0},
		{"cavage: headers in another order", all, fits, swap("host date", "date host"), nil, 0},
		{"cavage: headers in capitals", all, "names in lower case", swap("host date", "Host date"), nil, 0},
		{"cavage: a header twice", all, "a name twice", swap("host date", "host date date"), nil, 0},
		{"cavage: two blanks", all, "one blank", swap("host date", "host  date"), nil, 0},
		{"cavage: created with an old algorithm", all, "must not be signed", swap("host date", "host date (created)"), nil, 0},
		{"cavage: a parameter twice", all, "occurs twice", swap(`keyId="Test"`, `keyId="Test",keyId="Test"`), nil, 0},
		{"cavage: no key id", all, "does not have the parameter keyId", swap(`keyId="Test",`, ""), nil, 0},
		{"cavage: no quotes", all, "not in quotes", swap(`keyId="Test"`, "keyId=Test"), nil, 0},
		{"cavage: open quotes", all, "names in lower case", swap(`",signature="`, `,signature=`), nil, 0},
		{"cavage: no commas", all, "no comma", swap(`",algorithm`, `" algorithm`), nil, 0},
		{"cavage: base64url", all, "not base64", swap("+", "-"), nil, 0},
		{"cavage: in Authorization", all, "should be in the header Signature", func(r *Request) {
			r.Header.Set("Authorization", "Signature "+r.Header.Get("Signature"))
			r.Header.Del("Signature")
		}, nil, 0},
		{"cavage: twice", all, "second signature", set("Authorization", "Signature x"), nil, 0},
		{"cavage: six minutes late", all, "more than 5 minutes off", nil, nil, 6 * time.Minute},
		{"cavage: six minutes early", all, "more than 5 minutes off", nil, nil, -6 * time.Minute},

		{"oci: another target", get, fits, target("/20160918/instances"), nil, 0},
		{"oci: another host", get, fits, host("iaas.us-ashburn-1.oraclecloud.com"), nil, 0},
		{"oci: a GET as POST", get, "does not cover content-length", method("POST"), nil, 0},
		{"oci: another method", get, fits, method("DELETE"), nil, 0},
		{"oci: six minutes late", get, "more than 5 minutes off", nil, nil, 6 * time.Minute},
		{"oci: six minutes early", get, "more than 5 minutes off", nil, nil, -6 * time.Minute},
		{"oci: no date", get, "not one of HTTP", del("Date"), nil, 0},
		{"oci: a date that is not signed", get, "X-Date arrived", set("X-Date", "Thu, 05 Jan 2014 21:31:40 GMT"), nil, 0},
		{"oci: another date", get, fits, set("Date", "Sun, 05 Jan 2014 21:31:41 GMT"), nil, 0},
		{"oci: no signature", get, "does not begin with Signature", del("Authorization"), nil, 0},
		{"oci: another version", get, "version is not 1", swap(`version="1"`, `version="2"`), nil, 0},
		{"oci: another algorithm", get, "not rsa-sha256", swap("rsa-sha256", "hs2019"), nil, 0},
		{"oci: another key", get, "keyId is not", swap("20:3b", "20:3c"), nil, 0},
		{"oci: another user", get, "keyId is not", nil, server{"user": "ocid1.user.oc1..x"}, 0},
		{"oci: a session where there is none", get, "keyId is not", nil, server{"session_token": "x"}, 0},
		{"oci: another body", post, "X-Content-Sha256 is not", func(r *Request) { r.Body[0] = ' ' }, nil, 0},
		{"oci: another hash", post, fits, set("X-Content-Sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), nil, 0},
		{"oci: another content type", post, fits, set("Content-Type", "text/plain"), nil, 0},
		{"oci: a body that is not signed", post, "does not cover x-content-sha256", swap(" x-content-sha256", ""), nil, 0},
		{"oci: a host that is not signed", post, "does not cover host", swap(" host", ""), nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := messageOf(t, c.vector)
			r := v.signed(t)
			before, _ := json.Marshal(r)
			if c.change != nil {
				c.change(r)
			}
			if after, _ := json.Marshal(r); c.change != nil && string(after) == string(before) {
				t.Fatal("nothing was changed")
			}
			a := v.judge(t, c.server, c.late).Check(r)
			if a.Accepted || a.Status != 401 || !strings.Contains(a.Reason, c.reason) {
				t.Errorf("got %d, reason %q, want %q\n%s", a.Status, a.Reason, c.reason, a.Body)
			}
			var answer struct{ Message string }
			if err := json.Unmarshal(a.Body, &answer); err != nil || answer.Message == "" {
				t.Errorf("%v: %s", err, a.Body)
			}
		})
	}
}

// Whatever one character of a signature becomes, it does not fit any more. The last one of base64 before its padding is passed over,
// and so are the names of draft-cavage's parameters: those that are optional may be missing, and unknown ones count for nothing.
func TestOneChangedCharacterOfAMessageSignatureIsRefused(t *testing.T) {
	for _, v := range readMessages(t) {
		for _, name := range slices.Sorted(maps.Keys(v.Expect.Headers)) {
			value := v.Expect.Headers[name]
			for i := 0; i < len(value); i += 1 + len(value)/60 {
				r := v.signed(t)
				to := "x"
				if value[i] == 'x' {
					to = "y"
				}
				if (v.Signer == "cavage" || v.Signer == "oci") && strings.Count(value[:i], `"`)%2 == 0 {
					continue
				}
				changed := value[:i] + to + value[i+1:]
				r.Header.Set(name, changed)
				if a := v.judge(t, nil, 0).Check(r); a.Accepted && !strings.HasPrefix(value[i+1:], "=") {
					t.Errorf("%s: %s is accepted as %s", v.ID, name, changed)
				}
			}
		}
	}
}

func TestANonceOfAMessageSignatureIsGoodOnce(t *testing.T) {
	for _, id := range []string{"rfc9421/sig-b21", "webbotauth/own-2", "webbotauth/web_bot_auth_architecture_v2/1"} {
		v := messageOf(t, id)
		s := v.judge(t, nil, 0)
		if a := s.Check(v.signed(t)); !a.Accepted {
			t.Errorf("%s: %s", id, a.Reason)
		}
		if a := s.Check(v.signed(t)); a.Accepted || a.Reason != "the nonce was used before" {
			t.Errorf("%s again: accepted %v, %s", id, a.Accepted, a.Reason)
		}
	}
}

// A signature that is refused does not use its nonce up: otherwise anybody could spend it.
func TestARefusedSignatureDoesNotUseItsNonceUp(t *testing.T) {
	v := messageOf(t, "webbotauth/own-2")
	s := v.judge(t, nil, 0)
	r := v.signed(t)
	r.Host = "www.example.org"
	if s.Check(r).Accepted || !s.Check(v.signed(t)).Accepted {
		t.Error("the nonce is used up")
	}
}

func TestWhatMayDifferInAMessageSignatureIsAccepted(t *testing.T) {
	for _, c := range []messageChange{
		{"the host in capitals", "rfc9421/sig-b23", "", func(r *Request) { r.Host = "EXAMPLE.com" }, nil, 0},
		{"the port of the scheme", "rfc9421/sig-b23", "", func(r *Request) { r.Host = "example.com:443" }, nil, 0},
		{"a header that is not covered", "rfc9421/sig-b23", "", set("X-More", "1"), nil, 0},
		{"blanks around a value", "rfc9421/sig-b23", "", set("Content-Type", " application/json "), nil, 0},
		{"blanks between covered components", "rfc9421/sig-b23", "", swap(`"@method" "@path"`, `"@method"   "@path"`), nil, 0},
		{"fewer demands", "rfc9421/sig-b23", "", nil, map[string]string{"components": "@method"}, 0},
		{"any label", "rfc9421/sig-b23", "", func(r *Request) { swap("sig-b23", "x")(r) }, map[string]string{"label": ""}, 0},
		{"four minutes late", "rfc9421/sig-b23", "", nil, nil, 4 * time.Minute},
		{"four minutes early", "rfc9421/sig-b23", "", nil, nil, -4 * time.Minute},
		{"the last second of a life", "httpsig/own-4", "", nil, nil, 299 * time.Second},
		{"a list on one line", "httpsig/own-4", "", func(r *Request) { r.Header["X-List"] = []string{"a, b, c"} }, nil, 0},
		{"one more digest", "cavage12/C.2-basic", "", set("Digest", "MD5=Sd/dVLAcvNLSq16eXua5uQ==, sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="), nil, 0},
		{"parameters of cavage in another order", "cavage12/C.2-basic", "", swap(`keyId="Test",algorithm="rsa-sha256"`, `algorithm="rsa-sha256", keyId="Test"`), nil, 0},
		{"a bot that shows no directory", "webbotauth/web_bot_auth_architecture_v2/2", "", nil, nil, 24 * time.Hour},
	} {
		v := messageOf(t, c.vector)
		r := v.signed(t)
		if c.change != nil {
			c.change(r)
		}
		if a := v.judge(t, c.server, c.late).Check(r); !a.Accepted {
			t.Errorf("%s: %s", c.name, a.Reason)
		}
	}
}

// Oracle tells who is late what its time is.
func TestOracleTellsItsTime(t *testing.T) {
	v := messageOf(t, "oci/get")
	a := v.judge(t, nil, 6*time.Minute).Check(v.signed(t))
	if text := string(a.Body); !strings.Contains(text, `{"code":"NotAuthenticated","message":"Date 'Sun, 05 Jan 2014 21:31:40 GMT' is not within allowed clock skew. `) ||
		!strings.Contains(text, "Current 'Sun, 05 Jan 2014 21:37:40 GMT'") {
		t.Error(text)
	}
	v = messageOf(t, "cavage12/C.2-basic")
	a = v.judge(t, map[string]string{"key_id": "other"}, 0).Check(v.signed(t))
	if got := a.Header.Get("Www-Authenticate"); got != `Signature realm="simulated",headers="(request-target) host date"` {
		t.Error(got)
	}
}

// FuzzMessages looks for requests that make a judge panic, or that it accepts although they have no signature of a vector.
func FuzzMessages(f *testing.F) {
	vectors := readMessages(f)
	for i, v := range vectors {
		r := v.signed(f)
		var lines []string
		for name, values := range r.Header {
			lines = append(lines, name+": "+values[0])
		}
		f.Add(i, r.Method, r.Host, r.Target, strings.Join(lines, "\n"), r.Body)
	}
	f.Add(0, "GET", "h", "/?%&a=%zz&=", "Signature-Input: a=(\"x\";key=\"y\" \"@query-param\";name=\"a\";bs);created=-0;x=%\"%c3\"\nSignature: a=:eA==:\nX: y=(a;b=1.5 @0)", []byte{})
	f.Add(14, "GET", "h", "/", "Signature: keyId=\"\",created=1,signature=\"=\",headers=\"(created) x\"", []byte("x"))
	f.Fuzz(func(t *testing.T, i int, method, host, target, headers string, body []byte) {
		if i < 0 {
			t.Skip()
		}
		v := vectors[i%len(vectors)]
		h := http.Header{}
		for line := range strings.SplitSeq(headers, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			h[name] = append(h[name], value)
		}
		a := v.judge(t, nil, 0).Check(&Request{Method: method, Scheme: strings.SplitN(v.Request.URL, ":", 2)[0], Host: host, Target: target, Header: h, Body: body})
		if a.Status != 200 && a.Status != 400 && a.Status != 401 || !json.Valid(a.Body) || a.Accepted != (a.Reason == "") || a.Accepted != (a.Status == 200) {
			t.Fatalf("got status %d, accepted %v, reason %q, %q", a.Status, a.Accepted, a.Reason, a.Body)
		}
		if !a.Accepted {
			return
		}
		for _, known := range vectors {
			if known.Signer == v.Signer && signatureBytes(known.signed(t).Header) == signatureBytes(h) {
				return
			}
		}
		t.Fatalf("accepted without a vector's signature: %s %s %q", method, target, headers)
	})
}

// signatureBytes is the signature itself, however it is written.
func signatureBytes(h http.Header) string {
	if c, reason := readMessageClaim(&Request{Header: h}, ""); reason == "" {
		return string(c.signature)
	}
	value := header(h, "Authorization")
	if value == "" {
		value = header(h, "Signature")
	}
	if c, reason := readCavage(strings.TrimPrefix(value, "Signature "), "date"); reason == "" {
		return string(c.signature)
	}
	return ""
}
