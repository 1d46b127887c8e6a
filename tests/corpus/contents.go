package corpus

import (
	"strings"
)

// withBody is a POST whose digest is that of one body, while another is sent.
func (m *sigMessage) withBody(signed, sent string) *sigMessage {
	m.body = signed
	for i, h := range m.headers {
		switch h[0] {
		case "Content-Digest":
			m.headers[i][1] = contentDigest(signed)
		case "Digest":
			m.headers[i][1] = draftDigest(signed)
		case "X-Content-Sha256":
			m.headers[i][1] = strings.TrimPrefix(draftDigest(signed), "SHA-256=")
		}
	}
	return m.sending(func(c *Case) { c.Body = []byte(sent) })
}

// contentCases send another body than the one whose digest is signed.
func contentCases() []*Case {
	post := func(algorithm, signed, sent string) *sigMessage {
		return httpsigPost().signedBy(algorithm).withBody(signed, sent)
	}
	form := func(m *sigMessage) *sigMessage {
		m.headers[0][1] = "application/x-www-form-urlencoded"
		return m
	}
	plain := `{"name":"alert","severity":5}`
	long := strings.Repeat(plain, 20)
	return []*Case{
		post("hmac-sha256", plain, gzipped(plain)).having("Content-Encoding", "gzip").
			build("compressed after it was hashed", "B", "body_compressed"),
		post("ed25519", gzipped(long), long).build("decompressed on the way", "B", "body_compressed").also("body_signed_not_sent").
			unproved(),
		post("ed25519", "{\n  \"a\": 1\n}\n", "{\r\n  \"a\": 1\r\n}\r\n").build("CRLF", "B", "body_line_end"),
		post("rsa-pss-sha512", plain, "\ufeff"+plain).build("a byte order mark", "B", "body_line_end"),
		post("ecdsa-p256-sha256", plain+"\n", plain).build("curl -d drops the line end", "B", "body_line_end"),
		post("hmac-sha256", plain, `{"name": "alert", "severity": 5}`).build("Python's blanks", "B", "body_reserialised"),
		post("hmac-sha256", plain, "{\n  \"name\": \"alert\",\n  \"severity\": 5\n}").build("indented", "B", "body_reserialised"),
		post("rsa-v1_5-sha256", plain, `{"severity":5,"name":"alert"}`).build("keys in another order", "B", "body_reserialised"),
		post("ed25519", `{"name":"é"}`, `{"name":"\u00e9"}`).build("escapes for letters", "B", "body_reserialised").
			also("body_charset"),
		post("ed25519", `{"url":"a/b"}`, `{"url":"a\/b"}`).build("PHP's slashes", "B", "body_reserialised"),
		post("ed25519", `{"html":"<b>&"}`, `{"html":"\u003cb\u003e\u0026"}`).build("Go's escapes for HTML", "B", "body_reserialised"),
		post("hmac-sha256", plain, `"{\"name\":\"alert\",\"severity\":5}"`).
			build("a text of JSON as JSON", "B", "body_reserialised").also("body_signed_not_sent"),
		post("ed25519", "name=é", "name=\xe9").build("Latin-1", "B", "body_charset"),
		post("ecdsa-p256-sha256", plain, "").build("a body dropped", "B", "body_signed_not_sent"),
		post("ed25519", "", plain).build("the digest of no body", "B", "body_not_signed").keyless(),
		post("ed25519", "null", plain).build("the digest of null", "B", "body_signed_not_sent").also("body_not_signed"),
		post("hmac-sha256", plain, plain[:20]).having("Content-Length", "29").build("cut off on the way", "B", "body_length").
			also("body_signed_not_sent"),
		form(post("ed25519", "name=a+b&x=1", "name=a%20b&x=1")).build("a form with %20", "B", "body_form_encoding"),
		form(post("ed25519", "x=1&name=a", "name=a&x=1")).build("a form in another order", "B", "body_form_encoding"),
		form(post("hmac-sha256", `{"name":"a","x":"1"}`, "name=a&x=1")).build("JSON signed and a form sent", "B", "body_form_for_json"),
		post("hmac-sha256", "name=a&x=1", `{"name":"a","x":"1"}`).build("a form signed and JSON sent", "B", "body_json_for_form"),
		post("ecdsa-p256-sha256", plain, `{"name":"alert", "severity":5}`).
			build("another blank, and the body indented by hand", "B", "body_reserialised").keyless(),
		post("rsa-pss-sha512", plain, `<xml/>`).build("another body altogether", "B", "body_signed_not_sent"),
	}
}

// digestCases have a digest that is not written as its standard says, or is not covered.
func digestCases() []*Case {
	body := httpsigPost().body
	bytes := must(unhex(sum("sha256", body)))
	digest := func(algorithm, value string) *sigMessage {
		m := httpsigPost().signedBy(algorithm)
		m.headers[1][1], m.answer = value, refused()
		return m
	}
	draft := func(value string) *sigMessage {
		m := draftPost()
		m.headers[1][1], m.answer = value, refused()
		return m
	}
	name := func(m *sigMessage, header, value string) *sigMessage {
		m.headers[1] = [2]string{header, value}
		m.names[len(m.names)-1] = strings.ToLower(header)
		m.answer = refused()
		return m
	}
	activity := sum("sha256", draftPost().body)
	return []*Case{
		digest("ed25519", "sha-256=:"+sum("sha256", body)+":").build("digits between the colons", "B", "digest_form"),
		digest("hmac-sha256", "sha-256="+sum("sha256", body)).build("digits without colons", "B", "digest_form"),
		digest("ed25519", "SHA-256=:"+b64(bytes)+":").build("the name of the hash in capitals", "B", "digest_form"),
		digest("ed25519", `sha-256="`+b64(bytes)+`"`).build("the digest in quotes", "B", "digest_form"),
		digest("hmac-sha256", "sha-256=:"+strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(b64(bytes))+":").
			build("the digest in base64url", "B", "digest_form"),
		digest("ed25519", b64(bytes)).build("no name of the hash", "B", "digest_form"),
		digest("rsa-pss-sha512", "SHA-256="+b64(bytes)).build("the old form of NSign", "B", "digest_form").keyless(),
		digest("ed25519", "sha-512=:"+b64(must(unhex(sum("sha512", "other"))))+":, "+contentDigest("more")).
			build("two digests, both of other bodies", "B", "body_signed_not_sent"),
		name(httpsigPost(), "Digest", draftDigest(body)).build("Digest for Content-Digest", "D", "header_not_signed").
			also("header_not_sent", "digest_form"),
		httpsigPost().signing("content-digest", func(s string) string { return strings.Trim(strings.TrimPrefix(s, "sha-256="), ":") }).
			build("the digest signed without its name", "D", "header_signed_otherwise").also("digest_form"),
		httpsigPost().signedBy("hmac-sha256").signing("content-digest", to(contentDigest(""))).
			build("the digest of nothing signed, another sent", "D", "header_signed_otherwise").
			also("body_not_signed"),
		draft("SHA-256="+activity).build("the draft's digest in digits", "B", "digest_form"),
		draft(b64(must(unhex(activity)))).build("the draft's digest without its name", "B", "digest_form"),
		draft("SHA-256=:"+b64(must(unhex(activity)))+":").build("the draft's digest in colons", "B", "digest_form"),
		draft("SHA256="+b64(must(unhex(activity)))).build("the draft's digest named SHA256", "B", "digest_form"),
		draft("SHA-256="+b64([]byte(activity))).build("the draft's digest, the base64 of digits", "B", "digest_form"),
		draft("SHA-512="+b64(must(unhex(activity)))).build("SHA-256 named SHA-512", "F", "wrong_digest").also("digest_form"),
		name(draftPost(), "Content-Digest", contentDigest(draftPost().body)).
			build("Content-Digest for Digest", "D", "header_not_signed").also("header_not_sent", "digest_form"),
	}
}
