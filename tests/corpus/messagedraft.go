package corpus

import (
	"net/http"
	"strings"
	"time"
)

// draft is a request with a signature of draft-cavage-http-signatures, by RSA.
func draft() *sigMessage {
	return &sigMessage{signer: "cavage", draft: true, method: "GET", host: "api.example.com", target: "/v1/alerts?limit=10", at: now,
		headers: [][2]string{{"Date", now.Format(http.TimeFormat)}}, names: []string{"(request-target)", "host", "date"},
		params: [][2]string{{"keyId", `"key-1"`}, {"algorithm", `"rsa-sha256"`}}, algorithm: "rsa-v1_5-sha256", config: map[string]any{"key_id": "key-1"}}
}

func draftPost() *sigMessage {
	m := draft()
	m.method, m.target, m.body = "POST", "/inbox", `{"type": "Create"}`
	m.headers = append(m.headers, [2]string{"Digest", draftDigest(m.body)}, [2]string{"Content-Type", "application/activity+json"})
	m.names = append(m.names, "digest")
	return m
}

// hs2019 signs a request of the draft so.
func hs2019(m *sigMessage, algorithm string) {
	m.algorithm, m.headers, m.names = algorithm, nil, []string{"(request-target)", "host", "(created)"}
	m.params = [][2]string{{"keyId", `"key-1"`}, {"algorithm", `"hs2019"`}, {"created", unix(now)}}
	m.config["algorithm"] = "hs2019"
}

func draftCases() []*Case {
	text := func(m *sigMessage, change func(*sigBase)) *sigMessage {
		m.signed, m.answer = change, refused()
		return m
	}
	target := func(value string) *sigMessage {
		return text(draft(), func(b *sigBase) { b.line("(request-target)", func(string) string { return value }) })
	}
	sent := func(m *sigMessage, name string, change func(string) string) *sigMessage {
		m.sent, m.answer = func(c *Case) { c.header(name, change) }, refused()
		return m
	}
	none := func(string) string { return "" }
	return []*Case{
		target("GET /v1/alerts?limit=10").build("the method in capitals", "A", "method_case"),
		target("get /v1/alerts").build("the target without its query", "H", "query_sent_not_signed"),
		target("get https://api.example.com/v1/alerts?limit=10").build("the URL for the target", "H", "url_for_path"),
		target("post /v1/alerts?limit=10").build("another method", "D", "method_changed"),
		text(draft(), func(b *sigBase) { b.line("host", func(string) string { return "api.example.com:443" }) }).build("the host with its port", "G", "host_with_port"),
		text(draft(), func(b *sigBase) { b.line("host", func(string) string { return "localhost" }) }).build("the host of a proxy", "G", "host_differs"),
		text(draft(), func(b *sigBase) {
			b.line("date", func(string) string { return now.Add(-time.Second).Format(http.TimeFormat) })
		}).
			build("a date made twice", "D", "date_changed"),
		text(draft(), func(b *sigBase) { b.whole = func(s string) string { return s + "\n" } }).build("a line end at the end", "A", "text_layout"),
		text(draft(), func(b *sigBase) { b.colon = ":" }).build("no blank after the colons", "A", "text_layout"),
		text(draft(), func(b *sigBase) { b.lines[0], b.lines[2] = b.lines[2], b.lines[0] }).build("another order of the lines", "A", "text_layout"),
		text(draft(), func(b *sigBase) { b.lines[1][0], b.lines[2][0] = "Host", "Date" }).build("names with capitals", "A", "text_layout"),
		text(draft(), func(b *sigBase) { b.algo = "rsa-pss-sha512" }).build("PSS", "F", "wrong_algorithm"),
		sent(draft(), "Date", none).build("the date taken out", "D", "date_not_sent"),
		sent(draft(), "Signature", none).build("no signature", "D", "header_not_sent"),
		sent(draftPost(), "Digest", none).build("the digest taken out", "D", "header_not_sent"),
		draftPost().with(func(m *sigMessage) { m.sent = func(c *Case) { c.Body = []byte(`{"type":"Create"}`) } }).build("the body written again", "B", "body_reserialised"),
		draftPost().with(func(m *sigMessage) { m.names, m.answer = m.names[:3], refused() }).build("a digest that is not covered", "D", "header_not_signed").unproved(),
		draft().with(func(m *sigMessage) { m.config["header"] = "Authorization" }).build("the other header", "F", "wrong_header"),
		draft().with(func(m *sigMessage) {
			m.config["header"] = "Authorization"
			m.sent = func(c *Case) { c.Headers[len(c.Headers)-1][0] = "Authorization" }
		}).build("no word before the signature", "F", "prefix_missing"),
		draft().with(func(m *sigMessage) { m.now, m.answer = now.Add(45*time.Minute), refused() }).build("an old signature", "E", "clock_off"),
		draft().with(func(m *sigMessage) { m.config["key_id"], m.answer = "key-2", refused() }).build("another keyId", "F", "wrong_id"),
		draft().with(func(m *sigMessage) {
			m.names, m.answer = m.names[1:], refused()
			m.config["headers"] = []string{"(request-target)", "host", "date"}
		}).
			build("no request target", "D", "header_not_signed"),
		draft().with(func(m *sigMessage) { m.params[1][1], m.answer = `"hs2019"`, refused() }).build("another name of the algorithm", "F", "wrong_algorithm"),
		sent(draft(), "Date", func(string) string { return now.Format("2006-01-02T15:04:05Z") }).build("the date written anew on the way", "D", "date_changed"),
	}
}

const oracleTenancy, oracleUser, oraclePrint = "ocid1.tenancy.oc1..aaaa", "ocid1.user.oc1..bbbb", "20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34"

func oracle() *sigMessage {
	return &sigMessage{signer: "oci", draft: true, method: "GET", host: "iaas.eu-frankfurt-1.oraclecloud.com", target: "/20160918/instances?limit=5", at: now,
		headers: [][2]string{{"Date", now.Format(http.TimeFormat)}}, names: []string{"date", "(request-target)", "host"},
		params:    [][2]string{{"version", `"1"`}, {"keyId", `"` + oracleTenancy + "/" + oracleUser + "/" + oraclePrint + `"`}, {"algorithm", `"rsa-sha256"`}},
		algorithm: "rsa-v1_5-sha256", config: map[string]any{"tenancy": oracleTenancy, "user": oracleUser, "fingerprint": oraclePrint}}
}

func oraclePost() *sigMessage {
	m := oracle()
	m.method, m.target, m.body = "POST", "/20160918/instances", `{"shape": "VM.Standard"}`
	m.headers = append(m.headers, [2]string{"Content-Length", "24"}, [2]string{"Content-Type", "application/json"},
		[2]string{"X-Content-Sha256", strings.TrimPrefix(draftDigest(m.body), "SHA-256=")})
	m.names = append(m.names, "content-length", "content-type", "x-content-sha256")
	return m
}

func oracleCases() []*Case {
	refusal := &Response{401, map[string]string{"Content-Type": "application/json"},
		`{"code": "NotAuthenticated", "message": "The required information to complete authentication was not provided or was incorrect."}`}
	with := func(m *sigMessage, change func(*sigMessage)) *sigMessage { m.answer = refusal; change(m); return m }
	id := func(tenancy, user, print string) *sigMessage {
		return with(oracle(), func(m *sigMessage) { m.params[1][1] = `"` + tenancy + "/" + user + "/" + print + `"` })
	}
	return []*Case{
		id(oracleTenancy, "ocid1.user.oc1..cccc", oraclePrint).build("another user", "F", "wrong_id"),
		id(oracleUser, oracleTenancy, oraclePrint).build("tenancy and user exchanged", "F", "wrong_id"),
		id(oracleTenancy, oracleUser, strings.ReplaceAll(oraclePrint, ":", "")).build("the fingerprint without colons", "F", "wrong_id"),
		with(oraclePost(), func(m *sigMessage) { m.names = m.names[:3] }).build("a body that nothing covers", "D", "header_not_signed"),
		with(oraclePost(), func(m *sigMessage) { m.sent = func(c *Case) { c.Body = []byte(`{"shape":"VM.Standard"}`) } }).
			build("the body written again", "B", "body_reserialised", "body_length"),
		with(oraclePost(), func(m *sigMessage) { m.headers[3][1] = sum("sha256", m.body) }).build("the hash in hexadecimal digits", "B", "digest_form"),
		with(oracle(), func(m *sigMessage) { m.params = m.params[1:] }).build("no version", "F", "signature_parameter"),
		with(oracle(), func(m *sigMessage) { m.now = now.Add(6 * time.Minute) }).build("six minutes later", "E", "clock_off"),
		with(oracle(), func(m *sigMessage) { m.signed = func(b *sigBase) { b.key = sigKeys()["other rsa"] } }).build("another key", "J", "unexplained").unproved(),
		with(oracle(), func(m *sigMessage) {
			m.signed = func(b *sigBase) { b.line("(request-target)", func(string) string { return "get /20160918/instances" }) }
		}).build("the target without its query", "H", "query_sent_not_signed"),
	}
}

// bot is a request with Web Bot Auth, whose keyid is the thumbprint of the key.
func bot() *sigMessage {
	return &sigMessage{signer: "web_bot_auth", method: "GET", host: "www.example.com", target: "/page", at: now,
		headers: [][2]string{{"Signature-Agent", `sig1="https://bot.example"`}}, names: []string{"@authority", `signature-agent";key="sig1`},
		params: [][2]string{{"created", unix(now)}, {"keyid", `"` + thumbprint("ed25519") + `"`}, {"alg", `"ed25519"`},
			{"expires", unix(now.Add(time.Minute))}, {"nonce", `"bm9uY2U="`}, {"tag", `"web-bot-auth"`}},
		algorithm: "ed25519", config: map[string]any{"signature_agent": "https://bot.example"}}
}

func botCases() []*Case {
	with := func(change func(*sigMessage)) *sigMessage { m := bot(); m.answer = refused(); change(m); return m }
	return []*Case{
		with(func(m *sigMessage) { m.params[5][1] = `"bot"` }).build("another tag", "F", "signature_parameter"),
		with(func(m *sigMessage) { m.params = m.params[:5] }).build("no tag", "F", "signature_parameter"),
		with(func(m *sigMessage) { m.params[1][1] = `"my-bot"` }).build("a name in place of the thumbprint", "F", "wrong_id"),
		with(func(m *sigMessage) {
			m.headers, m.names = [][2]string{{"Signature-Agent", `"https://bot.example"`}}, []string{"@authority", "signature-agent"}
		}).build("Signature-Agent in the form of the first drafts", "D", "header_signed_otherwise"),
		with(func(m *sigMessage) { m.names = m.names[:1] }).build("Signature-Agent not covered", "D", "header_not_signed"),
		with(func(m *sigMessage) { m.params[3][1] = unix(now.Add(48 * time.Hour)) }).build("good for two days", "E", "expiry_out_of_range").unproved(),
		with(func(m *sigMessage) { m.now = now.Add(3 * time.Minute) }).build("expired", "E", "clock_off"),
		with(func(m *sigMessage) {
			m.signed = func(b *sigBase) { b.line("@authority", func(string) string { return "example.com" }) }
		}).build("the domain without www", "G", "host_differs"),
	}
}
