package corpus

import "strings"

// inputCases have a Signature-Input or a Signature that the standard does not know so.
func inputCases() []*Case {
	param := func(m *sigMessage, i int, name, value string) *sigMessage {
		m.params[i] = [2]string{name, value}
		m.answer = refused()
		return m
	}
	all := func(from, with string) func(string) string {
		return func(s string) string { return strings.ReplaceAll(s, from, with) }
	}
	signature := func(m *sigMessage, change func(string) string) *sigMessage {
		return m.sending(func(c *Case) { c.header("Signature", change) })
	}
	cut := func(s string) string { return strings.TrimRight(strings.TrimSuffix(s, ":"), "=") + ":" }
	ms := unix(now) + "089"
	return []*Case{
		param(httpsig(), 0, "created", unix(now)+".089").build("created with a fraction", "F", "signature_parameter").
			also("date_format", "milliseconds_for_seconds"),
		param(httpsig(), 0, "created", `"2026-03-04T15:06:07Z"`).build("created as a date", "F", "signature_parameter").
			also("date_format"),
		param(by("hmac-sha256"), 0, "created", ms).build("milliseconds", "E", "milliseconds_for_seconds").keyless(),
		httpsig().with(func(m *sigMessage) { m.params = append(m.params, [2]string{"expires", ms}); m.answer = refused() }).
			build("expires in milliseconds", "E", "milliseconds_for_seconds").also("expiry_out_of_range"),
		param(httpsig(), 1, "keyid", "key-1").build("a keyid without quotes", "F", "signature_parameter").also("wrong_id"),
		param(httpsig(), 1, "keyid", `"'key-1'"`).build("a keyid in quotes of its own", "F", "id_whitespace").also("wrong_id"),
		param(by("hmac-sha256"), 1, "keyId", `"key-1"`).build("keyId", "F", "signature_parameter").also("signature_input"),
		param(by("ecdsa-p256-sha256"), 2, "alg", `"ES256"`).build("the name of JOSE", "F", "wrong_algorithm"),
		param(httpsig(), 2, "alg", `"Ed25519"`).build("the algorithm in capitals", "F", "wrong_algorithm"),
		param(by("rsa-v1_5-sha256"), 2, "alg", `"rsa-sha256"`).build("the draft's name of the algorithm", "F", "wrong_algorithm"),
		by("hmac-sha256").alike(all(`" "`, `", "`)).build("commas between components", "D", "signature_input").
			also("signature_parameter"),
		httpsig().alike(func(s string) string { return strings.NewReplacer(`("`, "(", `" "`, " ", `")`, ")").Replace(s) }).
			build("components without quotes", "D", "signature_input").also("signature_parameter"),
		by("hmac-sha256").alike(all(`" "`, ` `)).build("components in one pair of quotes", "D", "signature_input").
			also("signature_parameter", "header_not_signed", "header_not_sent"),
		httpsig().alike(all(`;`, `; `)).build("blanks after the semicolons, signed too", "D", "signature_input").also("text_layout"),
		by("ecdsa-p256-sha256").signing("@signature-params", func(s string) string {
			return strings.Replace(s, ";created="+unix(now)+`;keyid="key-1"`, `;keyid="key-1";created=`+unix(now), 1)
		}).build("parameters in another order", "D", "signature_input"),
		by("hmac-sha256").signing("@signature-params", all(`"`, "'")).build("other quotes signed", "D", "signature_input"),
		by("rsa-pss-sha512").signing("@signature-params", swap(`"key-1"`, "key-1")).
			build("a keyid signed without quotes", "D", "signature_input"),
		httpsigPost().alike(all("content-type", "Content-Type")).with(func(m *sigMessage) {
			old := m.signed
			m.signed = func(b *sigBase) { old(b); b.lines[3][0] = `"Content-Type"` }
		}).build("the name of a field in capitals", "D", "signature_input").
			also("header_signed_otherwise", "header_not_signed", "header_not_sent"),
		by("hmac-sha256").with(func(m *sigMessage) { m.names = append(m.names, "@method"); m.answer = refused() }).
			build("a component twice", "D", "signature_input").also("signature_parameter"),
		httpsig().sending(func(c *Case) {
			c.header("Signature-Input", swap("("+`"@method" `, "("))
		}).build("a component missing in Signature-Input", "D", "signature_input").also("header_not_signed"),
		signature(by("ecdsa-p256-sha256"), cut).build("no padding", "F", "signature_encoding"),
		signature(by("rsa-v1_5-sha256"), strings.NewReplacer("+", "-", "/", "_").Replace).build("base64url", "F", "signature_encoding"),
		signature(by("rsa-v1_5-sha256"), func(s string) string { return s[:80] + " " + s[80:160] + " " + s[160:] }).
			build("base64 on several lines", "F", "signature_encoding"),
		signature(httpsig(), func(s string) string { return strings.TrimPrefix(s, "sig1=") }).
			build("no label", "F", "signature_label").also("signature_encoding"),
		signature(httpsig(), func(s string) string { return s[:60] + ":" }).build("cut off", "F", "signature_length").
			also("signature_encoding"),
		signature(by("hmac-sha256"), func(s string) string { return strings.Replace(s, "sig1", "sig2", 1) }).
			build("another label", "F", "signature_label").keyless(),
		httpsig().refusedFor(func(b *sigBase) { b.encode = func(x []byte) string { return b64([]byte(b64(x))) } }).
			build("base64 twice", "F", "signature_encoding"),
		by("hmac-sha256").refusedFor(func(b *sigBase) { b.encode = func(x []byte) string { return b64([]byte(encodeHex(x))) } }).
			build("the base64 of digits", "F", "hex_for_base64").also("signature_encoding"),
		httpsig().sending(func(c *Case) {
			c.Headers = append(c.Headers, [2]string{"Signature-Input", strings.Replace(valueOf(c, "Signature-Input"), unix(now),
				unix(now.Add(-90e9)), 1)},
				[2]string{"Signature", "sig1=:" + b64(make([]byte, 64)) + ":"})
		}).build("the headers of an earlier attempt", "I", "header_twice"),
		httpsig().sending(func(c *Case) { c.header("Signature-Input", swap(unix(now), unix(now.Add(30e9)))) }).
			build("a signature kept with a new created", "D", "date_changed").also("signature_reused", "signature_input").unproved(),
		by("hmac-sha256").sending(func(c *Case) { c.header("Signature-Input", swap(`;alg=`, `;alg==`)) }).
			build("a damaged Signature-Input", "D", "signature_input").
			also("signature_parameter").unproved(),
		by("rsa-pss-sha512").sending(func(c *Case) { c.header("Signature", to("")) }).build("no Signature", "D", "header_not_sent").
			keyless(),
	}
}

func valueOf(c *Case, name string) string {
	for _, h := range c.Headers {
		if h[0] == name {
			return h[1]
		}
	}
	panic("no " + name)
}
