package corpus

import (
	"net/http"
	"strings"
	"time"
)

// inbox is an activity as servers of the fediverse send it.
func inbox() *sigMessage {
	m := draftPost()
	m.host, m.target = "mastodon.example", "/users/bob/inbox"
	m.params[0][1], m.config["key_id"] = `"https://social.example/users/ann#main-key"`, "https://social.example/users/ann#main-key"
	m.body = `{"@context":"https://www.w3.org/ns/activitystreams","type":"Follow","actor":"https://social.example/users/ann"}`
	m.headers[1][1] = draftDigest(m.body)
	return m
}

// fediverseCases are headers and parameters of the draft that servers do not take.
func fediverseCases() []*Case {
	dated := func(text string) *sigMessage {
		m := inbox()
		m.headers[0][1], m.answer = text, refused()
		return m
	}
	signature := func(m *sigMessage, change func(string) string) *sigMessage {
		return m.sending(func(c *Case) { c.header("Signature", change) })
	}
	names := func(m *sigMessage, names string) *sigMessage {
		m.names, m.answer = strings.Fields(names), refused()
		return m
	}
	created := func(algorithm, value string) *sigMessage {
		m := draft().with(func(m *sigMessage) { hs2019(m, algorithm) })
		m.params[2][1], m.answer = value, refused()
		return m
	}
	old := inbox().answered(401, `{"error":"Mastodon requires the Digest header or (request-target) to be signed"}`)
	return []*Case{
		names(inbox(), "(request-target) host date").build("no digest covered", "D", "header_not_signed").unproved(),
		names(inbox(), "(request-target) date digest").build("no host covered", "D", "header_not_signed").unproved(),
		names(inbox(), "date").build("the date alone covered", "D", "header_not_signed").unproved(),
		names(old, "host date").build("neither target nor digest covered", "D", "header_not_signed").unproved(),
		inbox().with(func(m *sigMessage) { m.headers, m.names = m.headers[:1:1], m.names[:3] }).answered(401,
			`{"error":"Mastodon requires the Digest header to be signed when doing a POST request"}`).
			build("no digest at all", "D", "header_not_sent").also("header_not_signed").unproved(),
		dated(now.Format("Mon, 02 Jan 2006 15:04:05 -0700")).build("+0000 for GMT", "E", "date_format"),
		dated("2026-03-04T15:06:07Z").build("a date in ISO 8601", "E", "date_format"),
		dated("Wed, 4 Mar 2026 15:06:07 GMT").build("a day of one digit", "E", "date_format"),
		dated(unix(now)).build("seconds for the date", "E", "date_format"),
		dated(now.Add(time.Hour).Format("Mon, 02 Jan 2006 15:04:05")+" GMT").build("local time named GMT", "E", "local_time").
			also("clock_off"),
		inbox().with(func(m *sigMessage) { m.now = now.Add(13 * time.Hour); m.answer = refused() }).
			build("thirteen hours old", "E", "clock_off"),
		inbox().with(func(m *sigMessage) { m.now = now.Add(13 * time.Hour); m.answer = refused() }).
			build("thirteen hours old", "E", "clock_off").keyless(),
		signature(inbox(), func(s string) string { return "Signature " + s }).
			build("the word Signature in the header of that name", "F", "prefix_wrong"),
		inbox().sending(func(c *Case) {
			c.Headers[len(c.Headers)-1] = [2]string{"Authorization", "Signature " + valueOf(c, "Signature")}
		}).build("in Authorization", "F", "wrong_header"),
		signature(inbox(), swap(`keyId="https://social.example/users/ann#main-key",`, "")).
			build("no keyId", "F", "signature_parameter").also("wrong_id"),
		signature(inbox(), swap("keyId", "keyid")).build("keyid in small letters", "F", "signature_parameter").also("wrong_id"),
		signature(inbox(), swap(`headers="(request-target) host date digest",`, "")).
			build("no list of headers", "F", "signature_parameter").also("header_not_signed", "signature_input"),
		signature(inbox(), func(s string) string {
			return strings.NewReplacer("+", "-", "/", "_").Replace(s[strings.Index(s, "signature="):])
		}).
			build("the signature alone", "F", "signature_parameter").also("signature_encoding", "signature_input", "wrong_id").
			unproved(),
		signature(inbox(), func(s string) string { return strings.Replace(s, `signature="`, `signature="=`, 1) }).
			build("a damaged signature", "F", "signature_encoding"),
		signature(inbox(), func(s string) string { i := strings.Index(s, `signature="`) + 70; return s[:i] + " " + s[i:] }).
			build("openssl's lines", "F", "signature_encoding"),
		inbox().refusedFor(func(b *sigBase) { b.encode = func(x []byte) string { return b64([]byte(b64(x))) } }).
			build("the draft's signature in base64 twice", "F", "signature_encoding"),
		created("hs2019-rsa", `"`+unix(now)+`"`).signing("(created)", to(unix(now))).
			build("created as a text", "F", "signature_parameter").also("signature_input"),
		created("hs2019-ed25519", unix(now)+".089").build("created with a fraction in the draft", "F", "signature_parameter").
			also("date_format", "milliseconds_for_seconds"),
		created("hs2019-ecdsa", unix(now)+"089").build("created in milliseconds", "E", "milliseconds_for_seconds"),
		created("hs2019-rsa", unix(now.Add(-2*time.Hour))).build("created two hours ago", "E", "clock_off").also("local_time"),
		created("hs2019-rsa", unix(now)).with(func(m *sigMessage) {
			m.sent = func(c *Case) { c.header("Signature", swap(",created="+unix(now), "")) }
		}).build("created covered and not sent", "F", "signature_parameter").also("date_not_sent", "header_not_sent"),
		created("rsa-v1_5-sha256", unix(now)).build("GoToSocial's hs2019", "F", "wrong_algorithm").also("wrong_digest"),
		created("rsa-v1_5-sha512", unix(now)).build("hs2019 with PKCS #1", "F", "wrong_algorithm"),
		draft().with(func(m *sigMessage) {
			m.headers, m.names, m.answer = nil, []string{"(request-target)", "(created)", "host"}, refused()
			m.params = append(m.params, [2]string{"created", unix(now)})
		}).build("created with rsa-sha256", "F", "signature_parameter").
			also("wrong_algorithm", "header_not_signed", "date_not_sent", "header_not_sent"),
		inbox().with(func(m *sigMessage) {
			m.names, m.headers = append(m.names, "content-length"), append(m.headers, [2]string{"Content-Length", itoa(len(m.body))})
		}).sending(func(c *Case) {
			c.header("Content-Length", to(""))
			c.Headers = append(c.Headers, [2]string{"Transfer-Encoding", "chunked"})
		}).build("a length that fetch removes", "D", "header_not_sent").unproved(),
		inbox().withBody(inbox().body,
			"{ \"@context\": \"https://www.w3.org/ns/activitystreams\", \"type\": \"Follow\", \"actor\": \"https://social.example/users/ann\" }").
			build("JSON written again", "B", "body_reserialised"),
		inbox().withBody(inbox().body, inbox().body+"\n").build("a line end after the activity", "B", "body_line_end").keyless(),
		inbox().withBody(inbox().body, gzipped(inbox().body)).having("Content-Encoding", "gzip").
			build("an activity compressed", "B", "body_compressed"),
		inbox().sending(func(c *Case) { c.header("Date", to(now.Add(5*time.Second).Format(http.TimeFormat))) }).
			build("another date sent", "D", "date_changed"),
	}
}

// fediverseTextCases sign another text than the draft's.
func fediverseTextCases() []*Case {
	paged := draft().to("mastodon.example", "/users/bob/outbox?page=true&min_id=0")
	page := func(value string) *sigMessage { m := *paged; return (&m).signing("(request-target)", to(value)) }
	target := func(value string) *sigMessage { return inbox().signing("(request-target)", to(value)) }
	host := func(value string) *sigMessage { return inbox().signing("host", to(value)) }
	text := func(change func(*sigBase)) *sigMessage { return inbox().refusedFor(change) }
	return []*Case{
		page("get /users/bob/outbox").build("Misskey's target without its query", "H", "query_sent_not_signed"),
		page("get /users/bob/outbox?min_id=0&page=true").build("the query in another order", "C", "params_order_changed"),
		page("get /users/bob/outbox?").build("an empty query", "H", "query_sent_not_signed"),
		target("post /inbox").build("the shared inbox", "H", "path_prefix_not_signed"),
		target("post /users/bob/inbox/").build("a slash more", "A", "path_slash"),
		target("post mastodon.example/users/bob/inbox").build("the host before the path", "H", "url_for_path").
			also("path_prefix_not_sent"),
		target("/users/bob/inbox").build("no method", "A", "text_layout").also("method_case"),
		target("Post /users/bob/inbox").build("a capital in the method", "A", "method_case"),
		target("post: /users/bob/inbox").build("a colon after the method", "A", "text_layout").unproved(),
		host("social.example").build("the sender's own host", "G", "host_differs").unproved(),
		host("https://mastodon.example").build("a URL for the host", "G", "host_with_scheme"),
		inbox().sending(func(c *Case) {
			c.URL = "https://backend:3000/users/bob/inbox"
			c.Headers = append(c.Headers, [2]string{"X-Forwarded-Host", "mastodon.example"})
		}).build("a proxy that changes the host", "G", "host_differs"),
		inbox().sending(func(c *Case) { c.URL = strings.Replace(c.URL, "/users", "/activitypub/users", 1) }).
			build("a proxy that puts a prefix before the path", "H", "path_prefix_not_signed"),
		text(func(b *sigBase) { b.join = "\r\n" }).build("CRLF in the draft", "A", "text_layout"),
		text(func(b *sigBase) { b.join = ", " }).build("commas for line ends", "A", "text_layout").unproved(),
		text(func(b *sigBase) {
			for i := range b.lines {
				b.lines[i][0] = ""
			}
			b.colon = ""
		}).build("values without names", "A", "text_layout"),
		text(func(b *sigBase) { b.lines[0], b.lines[1] = b.lines[1], b.lines[0] }).build("lines in another order", "A", "text_layout"),
		text(func(b *sigBase) { b.drop("digest") }).build("the digest listed and not signed", "A", "text_layout").
			also("header_not_signed"),
		text(func(b *sigBase) { b.lines = append(b.lines, [2]string{"content-type", "application/activity+json"}) }).
			build("a line more than the list", "A", "text_layout").also("signature_input", "header_not_signed"),
		text(func(b *sigBase) { b.line("digest", swap("SHA-256=", "")) }).
			build("the digest signed without its name", "D", "header_signed_otherwise").also("digest_form"),
		text(func(b *sigBase) { b.line("date", to("2026-03-04T15:06:07Z")) }).
			build("the date signed in ISO 8601", "D", "date_changed").also("date_format"),
		text(func(b *sigBase) { b.whole = func(s string) string { return sum("sha256", s) } }).
			build("the digits of the text's hash", "F", "wrong_construction"),
	}
}
