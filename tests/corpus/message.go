package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func messageCases() []*Case {
	all := append(messagesGood(), messageTextCases()...)
	all = append(all, messageFormCases()...)
	all = append(all, messageSentCases()...)
	all = append(all, messageKeyCases()...)
	all = append(all, messageTimeCases()...)
	all = append(all, draftCases()...)
	all = append(all, oracleCases()...)
	return append(all, botCases()...)
}

// httpsig is a GET with the usual components, signed with Ed25519.
func httpsig() *sigMessage {
	return &sigMessage{signer: "httpsig", method: "GET", host: "api.example.com", target: "/v1/alerts?limit=10&order=desc", at: now,
		names:  []string{"@method", "@authority", "@path", "@query"},
		params: [][2]string{{"created", unix(now)}, {"keyid", `"key-1"`}, {"alg", `"ed25519"`}}, algorithm: "ed25519",
		config: map[string]any{"key_id": "key-1"}}
}

// signedBy is the same with another algorithm.
func (m *sigMessage) signedBy(algorithm string) *sigMessage {
	m.algorithm = algorithm
	for i, p := range m.params {
		if p[0] == "alg" {
			m.params[i][1] = strconv.Quote(algorithm)
		}
	}
	m.config["algorithm"] = algorithm
	return m
}

// httpsigPost has a body whose digest is covered.
func httpsigPost() *sigMessage {
	m := httpsig()
	m.method, m.target = "POST", "/v1/alerts"
	m.names = []string{"@method", "@authority", "@path", "content-type", "content-digest"}
	m.body = `{"name": "alert", "severity": 5}`
	m.headers = [][2]string{{"Content-Type", "application/json"}, {"Content-Digest", contentDigest(m.body)}}
	return m
}

func messagesGood() []*Case {
	ok := func(m *sigMessage, name string) *Case { return m.build("right, "+name, "none") }
	accepted := &Response{Status: 200, Body: "{}"}
	return []*Case{
		ok(httpsig(), "ed25519"),
		ok(httpsig().signedBy("hmac-sha256"), "hmac-sha256"),
		ok(httpsig().signedBy("ecdsa-p256-sha256"), "ecdsa"),
		ok(httpsig().signedBy("rsa-pss-sha512"), "rsa-pss"),
		ok(httpsig().signedBy("rsa-v1_5-sha256"), "rsa 1.5"),
		ok(httpsigPost(), "with a body"),
		ok(httpsigPost().with(func(m *sigMessage) {
			m.names = append(m.names, "content-length")
			m.headers = append(m.headers, [2]string{"Content-Length", "32"})
		}),
			"with the length of the body"),
		ok(httpsig().with(func(m *sigMessage) {
			m.names = []string{"@target-uri"}
			m.config["components"] = []string{"@target-uri"}
		}), "the whole URL"),
		ok(httpsig().with(func(m *sigMessage) { m.names = []string{"@method", "@scheme", "@authority", "@request-target"} }), "request target and scheme"),
		ok(httpsig().with(func(m *sigMessage) {
			m.target = "/v1/alerts?id=5&x=y"
			m.names = []string{"@method", "@authority", "@path", `@query-param";name="id`}
		}),
			"a parameter of the query"),
		ok(httpsig().with(func(m *sigMessage) { m.target = "/a%20b/c" }), "escapes, and no query"),
		ok(httpsig().with(func(m *sigMessage) {
			m.names, m.headers = append(m.names, "x-list"), [][2]string{{"X-List", "a"}, {"X-List", "b"}}
		}), "two lines of a field"),
		ok(httpsig().with(func(m *sigMessage) {
			m.params = append(m.params, [2]string{"nonce", `"n-1"`}, [2]string{"tag", `"app"`})
			m.config["tag"] = "app"
		}), "nonce and tag"),
		ok(httpsig().with(func(m *sigMessage) {
			m.params = append(m.params, [2]string{"expires", unix(now.Add(time.Hour))})
			m.now = now.Add(30 * time.Minute)
		}),
			"half an hour later, within its time"),
		ok(httpsig().with(func(m *sigMessage) { m.host = "api.example.com:443" }), "the port of https left out"),
		ok(httpsig().with(func(m *sigMessage) { m.host, m.answer = "api.example.com:8443", accepted }), "another port, and accepted"),
		ok(httpsig().with(func(m *sigMessage) { m.now = now.Add(4 * time.Minute) }), "four minutes later"),
		ok(bot(), "web bot auth"), ok(draft(), "the draft"), ok(draftPost(), "the draft with a body"),
		ok(draft().with(func(m *sigMessage) { hs2019(m, "hs2019-ed25519") }), "hs2019 with Ed25519"),
		ok(draft().with(func(m *sigMessage) { hs2019(m, "hs2019-rsa") }), "hs2019 with RSA"),
		ok(draft().with(func(m *sigMessage) { hs2019(m, "hs2019-ecdsa") }), "hs2019 with ECDSA"),
		ok(oracle(), "oci"), ok(oraclePost(), "oci with a body"),
		ok(oracle().with(func(m *sigMessage) { m.method, m.target, m.body = "PUT", "/n/space/b/bucket/o/object", "content" }).with(func(m *sigMessage) {
			m.host = "objectstorage.eu-frankfurt-1.oraclecloud.com"
		}), "oci, an upload, whose body is not signed"),
	}
}

func messageTextCases() []*Case {
	text := func(m *sigMessage, change func(*sigBase)) *sigMessage {
		m.signed, m.answer = change, refused()
		return m
	}
	line := func(name string, change func(string) string) *sigMessage {
		return text(httpsig(), func(b *sigBase) { b.line(name, change) })
	}
	to := func(s string) func(string) string { return func(string) string { return s } }
	uri := func(change func(string) string) *sigMessage {
		return text(httpsig().with(func(m *sigMessage) {
			m.names = []string{"@method", "@target-uri"}
			m.config["components"] = []string{"@method", "@target-uri"}
		}),
			func(b *sigBase) { b.line("@target-uri", change) })
	}
	return []*Case{
		line("@method", strings.ToLower).build("the method in small letters", "A", "method_case"),
		line("@method", to("POST")).build("another method", "D", "method_changed"),
		line("@authority", to("api.example.com:443")).build("the host with its port", "G", "host_with_port"),
		line("@authority", to("gateway.internal")).with(func(m *sigMessage) { m.headers = [][2]string{{"X-Forwarded-Host", "gateway.internal"}} }).
			build("the name of a proxy", "G", "host_differs"),
		line("@authority", to("localhost")).build("the name of a tunnel", "G", "host_differs"),
		line("@authority", to("API.EXAMPLE.COM")).build("the host in capitals", "G", "host_case").also("host_differs"),
		line("@authority", to("https://api.example.com")).build("the URL for the host", "G", "host_with_scheme"),
		line("@path", to("/v1/alerts?limit=10&order=desc")).build("the path with its query", "A", "text_layout"),
		line("@path", to("/alerts")).build("a path that a proxy puts a prefix before", "H", "path_prefix_not_signed"),
		line("@path", to("/api/v1/alerts")).build("a path that a proxy takes a prefix from", "H", "path_prefix_not_sent"),
		line("@path", to("/v1/alerts/")).build("another slash", "A", "path_slash"),
		line("@query", to("limit=10&order=desc")).build("the query without its question mark", "A", "question_mark"),
		line("@query", to("?order=desc&limit=10")).build("the query in another order", "C", "params_order_changed"),
		line("@query", to("?limit=10")).build("a parameter that was added after signing", "H", "query_sent_not_signed"),
		line("@query", to("?")).build("no query", "H", "query_sent_not_signed"),
		text(httpsig().with(func(m *sigMessage) { m.target = "/v1/alerts" }), func(b *sigBase) { b.line("@query", to("")) }).
			build("no question mark where there is no query", "A", "question_mark"),
		text(httpsig().with(func(m *sigMessage) { m.target = "/a%20b/c?q=x%20y" }), func(b *sigBase) { b.line("@path", to("/a b/c")) }).
			build("the path decoded", "A", "path_decoded").also("path_encoding", "space_encoding"),
		text(httpsig().with(func(m *sigMessage) { m.target = "/v1?q=x%20y" }), func(b *sigBase) { b.line("@query", to("?q=x+y")) }).
			build("a blank as a plus sign", "A", "space_encoding"),
		uri(func(s string) string { return strings.Replace(s, "https", "http", 1) }).build("the URL with http", "G", "scheme_differs"),
		uri(func(s string) string { s, _, _ = strings.Cut(s, "?"); return s }).build("the URL without its query", "H", "query_sent_not_signed"),
		uri(func(s string) string { return strings.Replace(s, "api.example.com", "localhost:8080", 1) }).build("the URL of a proxy", "G", "host_differs").unproved(),
		text(httpsig(), func(b *sigBase) { b.whole = func(s string) string { return s + "\n" } }).build("a line end at the end", "A", "text_layout"),
		text(httpsig(), func(b *sigBase) { b.join = "\r\n" }).build("CRLF", "A", "text_layout"),
		text(httpsig(), func(b *sigBase) { b.colon = ":" }).build("no blank after the colons", "A", "text_layout"),
		text(httpsig(), func(b *sigBase) { b.drop("@signature-params") }).build("no line @signature-params", "A", "text_layout"),
		text(httpsig(), func(b *sigBase) {
			for i := range b.lines {
				b.lines[i][0] = strings.Trim(b.lines[i][0], `"`)
			}
		}).build("names without quotes", "A", "text_layout"),
		text(httpsig(), func(b *sigBase) { b.lines[0], b.lines[1] = b.lines[1], b.lines[0] }).build("another order of the lines", "A", "text_layout"),
		text(httpsig(), func(b *sigBase) { b.drop("@query") }).build("a line left out", "A", "text_layout"),
		text(httpsigPost(), func(b *sigBase) { b.line("content-type", to("application/json; charset=utf-8")) }).
			build("a content type that a library extends", "D", "header_signed_otherwise"),
	}
}

func refused() *Response {
	return &Response{401, map[string]string{"Content-Type": "application/json"}, `{"error":"invalid_signature","message":"signature verification failed"}`}
}

func messageFormCases() []*Case {
	claims := func(change func(string) string) *sigMessage {
		m := httpsig()
		m.signed = func(b *sigBase) { b.line("@signature-params", change) }
		m.answer = refused()
		return m
	}
	header := func(m *sigMessage, name string, change func(string) string) *sigMessage {
		m.sent = func(c *Case) { c.header(name, change) }
		m.answer = refused()
		return m
	}
	without := func(text string) func(string) string {
		return func(s string) string { return strings.Replace(s, text, "", 1) }
	}
	encoded := func(encode func([]byte) string) *sigMessage {
		m := httpsig()
		m.signed, m.answer = func(b *sigBase) { b.encode = encode }, refused()
		return m
	}
	created := ";created=" + unix(now)
	return []*Case{
		claims(without(`;alg="ed25519"`)).build("alg sent and not signed", "D", "signature_input"),
		claims(func(s string) string { return "sig1=" + s }).build("the label signed", "D", "signature_input"),
		claims(func(s string) string { return strings.ReplaceAll(s, `" "`, `", "`) }).build("components with commas signed", "D", "signature_input"),
		claims(func(s string) string { return strings.Replace(s, created, ";created="+unix(now.Add(time.Second)), 1) }).
			build("created made twice", "D", "date_changed"),
		claims(func(s string) string { return strings.Replace(s, created, "", 1) + created }).build("another order of the parameters", "D", "signature_input"),
		header(httpsig(), "Signature", func(s string) string { return strings.Replace(s, "sig1", "sig", 1) }).build("another label", "F", "signature_label"),
		header(httpsig(), "Signature", func(string) string { return "" }).build("no Signature", "D", "header_not_sent"),
		header(httpsig(), "Signature-Input", func(string) string { return "" }).build("no Signature-Input", "D", "header_not_sent"),
		header(httpsig(), "Signature", func(s string) string { return strings.ReplaceAll(s, ":", "") }).build("no colons", "F", "signature_encoding"),
		header(httpsig(), "Signature", func(s string) string { return strings.ReplaceAll(s, ":", `"`) }).build("quotes for colons", "F", "signature_encoding"),
		encoded(hex.EncodeToString).build("hexadecimal digits", "F", "hex_for_base64"),
		encoded(func(b []byte) string {
			return strings.NewReplacer("+", "-", "/", "_").Replace(base64.StdEncoding.EncodeToString(append(b[:63:63], 0xff|b[63])))
		}).build("another alphabet, and damaged", "F", "signature_encoding").unproved(),
		httpsig().with(func(m *sigMessage) { m.params[0][1] = `"` + unix(now) + `"`; m.answer = refused() }).build("created in quotes", "F", "signature_parameter"),
		httpsig().with(func(m *sigMessage) {
			m.params = m.params[:1]
			m.config["parameters"] = []string{"created", "keyid"}
			m.answer = refused()
		}).
			build("no keyid", "F", "signature_parameter"),
		httpsig().with(func(m *sigMessage) {
			m.config["parameters"] = []string{"created", "keyid", "nonce"}
			m.answer = refused()
		}).
			build("no nonce", "F", "signature_parameter"),
		httpsig().with(func(m *sigMessage) {
			m.params = append(m.params, [2]string{"tag", `"other"`})
			m.config["tag"] = "app"
			m.answer = refused()
		}).
			build("another tag", "F", "signature_parameter"),
		httpsig().with(func(m *sigMessage) {
			m.names = m.names[:2]
			m.config["components"] = []string{"@method", "@authority", "@path"}
			m.answer = refused()
		}).
			build("a component that is not covered", "D", "header_not_signed"),
		header(draft().with(func(m *sigMessage) { m.signer = "httpsig"; m.config = map[string]any{"key_id": "key-1"} }), "X", without("")).
			build("a signature of the draft", "F", "wrong_scheme").unproved(),
	}
}

func messageSentCases() []*Case {
	post := func(change func(*Case)) *sigMessage {
		m := httpsigPost()
		m.sent, m.answer = change, refused()
		return m
	}
	digest := func(value string) *sigMessage {
		m := httpsigPost()
		m.headers[1][1], m.answer = value, refused()
		return m
	}
	body := httpsigPost().body
	return []*Case{
		post(func(c *Case) { c.Body = []byte(`{"name":"alert","severity":5}`) }).build("the body written again", "B", "body_reserialised"),
		post(func(c *Case) { c.Body = []byte(`{"name": "other"}`) }).build("another body", "B", "body_signed_not_sent"),
		post(func(c *Case) { c.Body = append(c.Body, '\n') }).build("a line end more", "B", "body_line_end"),
		digest(contentDigest("")).build("the digest of nothing", "B", "body_not_signed"),
		digest("sha-256="+contentDigest(body)[9:len(contentDigest(body))-1]).build("a digest without colons", "B", "digest_form"),
		digest("sha-256=:"+base64.StdEncoding.EncodeToString([]byte(sum("sha256", body)))+":").build("the base64 of digits", "B", "digest_form"),
		digest("md5=:"+base64.StdEncoding.EncodeToString(must(unhex(sum("md5", body))))+":").build("MD5", "F", "wrong_digest"),
		digest("sha-512="+contentDigest(body)[8:]).build("a hash under another name", "F", "wrong_digest"),
		post(func(c *Case) { c.header("Content-Digest", func(string) string { return "" }) }).build("the digest taken out", "D", "header_not_sent"),
		post(func(c *Case) { c.header("Content-Type", func(string) string { return "text/plain" }) }).build("a header changed on the way", "D", "header_signed_otherwise").
			also("header_not_signed").unproved(),
		httpsigPost().with(func(m *sigMessage) { m.names = m.names[:4]; m.answer = refused() }).build("a body that nothing covers", "D", "header_not_signed").unproved(),
		httpsigPost().with(func(m *sigMessage) { m.config["content_digest"] = "sha-512"; m.answer = refused() }).build("sha-256 where sha-512 belongs", "F", "wrong_digest"),
		httpsig().with(func(m *sigMessage) { m.sent = func(c *Case) { c.URL += "&utm=1" } }).build("a parameter added on the way", "H", "query_sent_not_signed"),
		httpsig().with(func(m *sigMessage) { m.names = append(m.names, "x-trace"); m.answer = refused() }).build("a header that was never sent", "D", "header_not_sent"),
		httpsig().with(func(m *sigMessage) {
			m.names, m.headers = append(m.names, "date"), [][2]string{{"Date", now.Format(http.TimeFormat)}}
			m.sent = func(c *Case) { c.header("Date", func(string) string { return "" }) }
		}).build("the date taken out", "D", "date_not_sent"),
		httpsig().with(func(m *sigMessage) {
			m.names, m.headers = append(m.names, "x-list"), [][2]string{{"X-List", "a"}, {"X-List", "b"}}
			m.signed = func(b *sigBase) { b.line("x-list", func(string) string { return "a,b" }) }
		}).build("two lines joined without a blank", "D", "header_signed_otherwise"),
	}
}

func messageKeyCases() []*Case {
	signed := func(m *sigMessage, change func(*sigBase)) *sigMessage {
		m.signed, m.answer = change, refused()
		return m
	}
	other := func(kind string) func(*sigBase) { return func(b *sigBase) { b.key = sigKeys()["other "+kind] } }
	secret := sigKeys()["hmac"].([]byte)
	by := func(algorithm, other string) *sigMessage {
		return signed(httpsig().signedBy(algorithm), func(b *sigBase) { b.algo = other })
	}
	return []*Case{
		signed(httpsig(), other("ed25519")).build("another key", "J", "unexplained").unproved(),
		signed(httpsig().signedBy("rsa-pss-sha512"), other("rsa")).build("another RSA key", "J", "unexplained").unproved(),
		signed(httpsig().signedBy("hmac-sha256"), func(b *sigBase) { b.key = []byte(base64.StdEncoding.EncodeToString(secret)) }).
			build("the base64 text as the key", "F", "secret_base64"),
		signed(httpsig().signedBy("hmac-sha256"), func(b *sigBase) { b.key = append(slices.Clone(secret), '\n') }).
			build("a line end after the key", "F", "secret_whitespace").unproved(),
		signed(httpsig().signedBy("hmac-sha256"), func(b *sigBase) { b.algo = "hmac-sha512" }).build("another hash", "F", "wrong_digest"),
		by("rsa-pss-sha512", "rsa-v1_5-sha256").build("PKCS #1 v1.5 for PSS", "F", "wrong_algorithm"),
		by("rsa-v1_5-sha256", "rsa-pss-sha512").build("PSS for PKCS #1 v1.5", "F", "wrong_algorithm"),
		by("rsa-pss-sha512", "rsa-pss-short").build("a short salt", "F", "wrong_algorithm"),
		by("rsa-v1_5-sha256", "rsa-v1_5-sha512").build("SHA-512 for SHA-256", "F", "wrong_digest"),
		by("ecdsa-p256-sha256", "ecdsa-asn1").build("DER", "F", "signature_encoding"),
		signed(httpsig(), func(b *sigBase) { b.whole = func(s string) string { return string(must(unhex(sum("sha256", s)))) } }).
			build("a text hashed before it is signed", "F", "wrong_construction"),
		httpsig().with(func(m *sigMessage) { m.config["key_id"] = "key-2"; m.answer = refused() }).build("another keyid", "F", "wrong_id"),
		httpsig().with(func(m *sigMessage) { m.params[2][1] = `"hmac-sha256"`; m.answer = refused() }).build("another name of the algorithm", "F", "wrong_algorithm"),
	}
}

func messageTimeCases() []*Case {
	created := func(text string) *sigMessage { m := httpsig(); m.params[0][1] = text; return m }
	return []*Case{
		httpsig().with(func(m *sigMessage) { m.now = now.Add(time.Hour + 7*time.Minute); m.answer = refused() }).build("an old signature", "E", "clock_off"),
		httpsig().with(func(m *sigMessage) { m.now = now.Add(-20 * time.Minute); m.answer = refused() }).build("a clock that is ahead", "E", "clock_off"),
		created(strconv.FormatInt(now.UnixMilli(), 10)).build("milliseconds", "E", "milliseconds_for_seconds"),
		httpsig().with(func(m *sigMessage) {
			m.params = append(m.params, [2]string{"expires", unix(now.Add(time.Minute))})
			m.now = now.Add(2 * time.Minute)
		}).
			build("expired", "E", "clock_off"),
		httpsig().with(func(m *sigMessage) { m.params = append(m.params, [2]string{"expires", unix(now.Add(-time.Minute))}) }).
			build("expires before created", "E", "expiry_out_of_range").also("clock_off"),
		created(unix(now.Add(2*time.Hour))).build("local time", "E", "local_time").also("clock_off"),
	}
}
