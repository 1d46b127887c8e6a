package corpus

import (
	"strings"
	"time"
	"unicode/utf16"
)

// furtherCases are more reports, which were collected after the diagnosis had been mended by the others.
func furtherCases() []*Case {
	return append(furtherGood(), append(furtherTexts(), furtherForms()...)...)
}

func furtherGood() []*Case {
	ok := func(name string, m *sigMessage) *Case { return m.build("right, further, "+name, "none") }
	params := func(m *sigMessage, input string, line ...[2]string) *sigMessage { // with identifiers that build does not write
		list, _, _ := strings.Cut(input, ")")
		m.signed = func(b *sigBase) {
			_, rest, _ := strings.Cut(b.lines[len(b.lines)-1][1], ")")
			b.lines = append(line, [2]string{`"@signature-params"`, list + ")" + rest})
		}
		m.sent = func(c *Case) {
			c.header("Signature-Input", func(s string) string { _, rest, _ := strings.Cut(s, ")"); return "sig1=" + list + ")" + rest })
		}
		return m
	}
	return []*Case{
		ok("an empty header", by("hmac-sha256").having("X-Empty", "").covering("@method", "@authority", "x-empty")),
		ok("an empty header in the draft", draft().having("X-Empty", "").
			with(func(m *sigMessage) { m.names = append(m.names, "x-empty") })),
		ok("a header named algorithm", draft().having("Algorithm", "rsa-sha256").
			with(func(m *sigMessage) { m.names = append(m.names, "algorithm") })),
		ok("a member of a dictionary", params(httpsig().having("X-Dict", `a=1, b=2;x=1, c=(a b)`), `("@method" "x-dict";key="b")`,
			[2]string{`"@method"`, "GET"}, [2]string{`"x-dict";key="b"`, "2;x=1"})),
		ok("a field as bytes", params(by("ecdsa-p256-sha256").having("X-Bin", "value, with, commas"), `("@method" "x-bin";bs)`,
			[2]string{`"@method"`, "GET"}, [2]string{`"x-bin";bs`, ":" + b64([]byte("value, with, commas")) + ":"})),
		ok("a question mark and no query", by("rsa-pss-sha512").to("api.example.com", "/v1/alerts?")),
		ok("all parameters in another order", httpsig().with(func(m *sigMessage) {
			m.params = [][2]string{{"tag", `"app"`}, {"nonce", `"n"`}, {"alg", `"ed25519"`}, {"expires", unix(now.Add(time.Minute))},
				{"keyid", `"key-1"`}, {"created", unix(now)}}
		})),
		ok("oci, PATCH", oraclePost().with(func(m *sigMessage) { m.method = "PATCH" })),
	}
}

func furtherTexts() []*Case {
	api := "api.example.com"
	whole := func(m *sigMessage, change func(string) string) *sigMessage {
		return m.refusedFor(func(b *sigBase) { b.whole = change })
	}
	wide := func(s string) string {
		var all []byte
		for _, u := range utf16.Encode([]rune(s)) {
			all = append(all, byte(u), byte(u>>8))
		}
		return string(all)
	}
	query := func(sent, signed string) *sigMessage {
		return by("hmac-sha256").to(api, "/v1/alerts"+sent).signing("@query", to(signed))
	}
	return []*Case{
		httpsig().covering("@method", "@target-uri").signing("@target-uri", func(s string) string { return s + "#top" }).
			build("a fragment signed, which nothing shows", "J", "unexplained").unproved(),
		by("rsa-pss-sha512").to(api, "/hook/?x=1").signing("@path", to("/hook")).build("a final slash dropped", "A", "path_slash"),
		httpsig().signing("@authority", to("user@api.example.com")).build("a user before the host, which nothing shows", "J", "unexplained").unproved(),
		httpsigPost().having("X-HTTP-Method-Override", "PATCH").signing("@method", to("PATCH")).
			build("the method that a header overrides", "D", "method_changed"),
		whole(by("hmac-sha256"), wide).build("UTF-16", "A", "text_charset"),
		whole(httpsig(), func(s string) string { return b64([]byte(s)) }).
			build("the base64 of the text", "F", "wrong_construction").also("text_layout"),
		whole(draft(), func(s string) string { return "\n" + s }).build("an empty line first", "A", "text_layout"),
		whole(by("ecdsa-p256-sha256"), func(s string) string { return strings.ReplaceAll(s, "\n", " \n") }).
			build("blanks at the ends", "A", "text_layout"),
		whole(draft(), strings.ToLower).build("the whole text in small letters", "A", "text_layout").
			also("date_changed", "header_signed_otherwise"),
		query("?filter%5Bname%5D=x", "?filter[name]=x").build("brackets in the query", "A", "query_decoded").
			also("reserved_encoding", "query_encoding"),
		query("?a=1&a=2", "?a=2").build("the last of two parameters", "C", "repeated_params").also("query_sent_not_signed"),
		query("?flag&b=1", "?flag=&b=1").build("a parameter without a value", "A", "bare_parameter"),
		query("?q=a+b", "?q=a%20b").build("%20 signed for a plus sign", "A", "space_encoding"),
		httpsig().covering("@method", "@target-uri").
			sending(func(c *Case) { c.URL = strings.Replace(c.URL, ".com/", ".com/gateway/", 1) }).
			build("a prefix added to the URL", "H", "path_prefix_not_signed"),
		draft().to(api, "/api/v2/alerts?x=1").sending(func(c *Case) { c.URL = strings.Replace(c.URL, ".com/api", ".com", 1) }).
			build("a prefix stripped in the draft", "H", "path_prefix_not_sent"),
		draft().having("Content-Type", "application/json").with(func(m *sigMessage) { m.names = append(m.names, "content-type") }).
			signing("content-type", to("application/json; charset=utf-8")).
			build("a character set added", "D", "header_signed_otherwise"),
		draft().sending(func(c *Case) {
			c.Headers = append(c.Headers, [2]string{"Date", now.Add(2 * time.Second).Format("Mon, 02 Jan 2006 15:04:05 GMT")})
		}).build("two dates", "D", "header_signed_otherwise").also("date_overridden", "date_changed", "header_twice"),
		httpsigPost().signedBy("hmac-sha256").withBody("--x1\r\na\r\n--x1--", "--x2\r\na\r\n--x2--").
			build("another boundary", "B", "body_signed_not_sent").
			also("body_reserialised"),
		httpsigPost().withBody(wide(`{"a":1}`), `{"a":1}`).build("the hash of UTF-16", "B", "body_charset").
			also("body_signed_not_sent"),
		by("rsa-v1_5-sha256").having("Accept", "*/*").covering("@method", "accept").
			signing("accept", to("application/vnd.example+json")).
			build("Accept replaced", "J", "unexplained").also("header_signed_otherwise").unproved(),
	}
}

func furtherForms() []*Case {
	header := func(m *sigMessage, name string, change func(string) string) *sigMessage {
		return m.sending(func(c *Case) { c.header(name, change) })
	}
	names := func(m *sigMessage, names ...string) *sigMessage { m.names, m.answer = names, refused(); return m }
	dated := func(text string) *sigMessage { m := inbox(); m.headers[0][1], m.answer = text, refused(); return m }
	unknown := func(m *sigMessage) *sigMessage { m.sent = func(c *Case) { c.Now = time.Time{} }; return m }
	secret := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(b64(sigKeys()["hmac"].([]byte)))
	return []*Case{
		dated("04 Mar 2026 15:06:07 UTC").with(func(m *sigMessage) { m.headers[1][1] = sum("sha256", m.body) }).
			build("a date without its weekday, and a digest in digits", "E", "date_format").also("digest_form"),
		dated("mer., 04 mars 2026 15:06:07 GMT").build("French names", "E", "date_format"),
		header(draft(), "Signature", swap(`headers="(request-target) host date"`, `headers=""`)).
			build("an empty list", "D", "header_not_signed").
			also("signature_parameter", "signature_input"),
		names(by("hmac-sha256"), "@method", `@query-param";name="page`).
			build("a parameter that the query lacks", "H", "query_signed_not_sent").
			also("signature_input", "header_not_sent"),
		names(by("hmac-sha256").to("api.example.com", "/v1?id=1&id=2"), "@method", `@query-param";name="id`).
			build("a parameter that appears twice", "H", "query_signed_not_sent").also("repeated_params", "signature_input"),
		names(httpsig(), "(request-target)", "@authority").build("the draft's name of the target", "D", "signature_input").
			also("header_not_sent", "signature_parameter"),
		names(draft(), "@request-target", "host", "date").build("RFC 9421's name of the target", "D", "signature_input").
			also("header_not_sent", "header_not_signed", "signature_parameter"),
		names(draft(), "(request-target)", "host", "x-date").build("X-Date covered and not sent", "D", "date_not_sent").
			also("header_not_sent"),
		header(httpsig(), "Signature", swap("sig1", "Sig1")).build("a label with a capital", "F", "signature_label"),
		header(by("hmac-sha256"), "Signature", func(s string) string { return s + ";" }).
			build("a semicolon at the end", "F", "signature_encoding"),
		header(httpsig(), "Signature-Input", func(s string) string { return `"` + s + `"` }).
			build("Signature-Input in quotes", "D", "signature_input"),
		header(httpsig(), "Signature-Input", func(s string) string { return strings.TrimPrefix(s, "sig1=") }).
			build("no label in Signature-Input", "D", "signature_input").also("signature_label"),
		header(by("rsa-pss-sha512"), "Signature", func(s string) string { return strings.TrimSuffix(s, ":") }).
			build("one colon", "F", "signature_encoding"),
		by("hmac-sha256").refusedFor(func(b *sigBase) { b.key = []byte(secret) }).
			build("the base64url of the key", "F", "secret_base64").also("secret_altered"),
		httpsig().with(func(m *sigMessage) {
			m.params = append(m.params, [2]string{"expires", unix(now)})
			m.answer = refused()
		}).
			build("expires at once", "E", "expiry_out_of_range").also("clock_off"),
		httpsig().with(func(m *sigMessage) { m.params[0][1] = "-5"; m.answer = refused() }).
			build("created before the epoch", "E", "clock_off").
			also("date_format", "signature_parameter"),
		unknown(by("hmac-sha256").answered(401, `{"error":"signature expired"}`)).
			build("expired, by the vendor's words", "E", "clock_off").unproved(),
		unknown(httpsig().answered(401, `{"error":"invalid_request","message":"signature timestamp is too old"}`)).
			build("too old, by the vendor's words", "E", "clock_off").unproved(),
		httpsig().answered(401, `{"error":"unknown_key","message":"No key found for keyid"}`).
			build("a key that is not registered", "F", "wrong_id").
			also("unexplained", "key_expired").unproved(),
		bot().with(func(m *sigMessage) {
			m.headers, m.names, m.answer = [][2]string{{"Signature-Agent", "https://bot.example"}}, []string{"@authority",
				"signature-agent"}, refused()
		}).build("an address without quotes", "D", "header_signed_otherwise").keyless(),
		draft().refusedFor(func(b *sigBase) { b.encode = encodeHex }).build("digits", "F", "hex_for_base64").keyless(),
		draftPost().with(func(m *sigMessage) { m.headers[1][1] = sum("sha256", m.body); m.answer = refused() }).
			build("a digest in digits", "B", "digest_form").keyless(),
		names(oracle(), "(request-target)", "host").build("no date", "D", "header_not_signed").keyless(),
		httpsig().sending(func(c *Case) { c.Headers = [][2]string{{"Authorization", "Bearer abc"}} }).
			build("a bearer token", "D", "header_not_sent").
			also("wrong_scheme"),
		draft().sending(func(c *Case) {
			c.Headers = append(c.Headers[:1:1], [2]string{"Authorization", "Basic YTpi"})
		}).build("Basic", "D", "header_not_sent").also("wrong_scheme", "prefix_wrong"),
		header(inbox(), "Signature", func(s string) string { return strings.ReplaceAll(s, `"`, "'") }).
			build("apostrophes", "F", "signature_parameter").
			also("signature_encoding", "signature_input"),
		header(oracle(), "Authorization", swap("Signature ", "signature ")).with(func(m *sigMessage) { m.answer = nil }).
			build("right, the scheme in small letters", "none"),
	}
}
