package corpus

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// crawlerCases are what authors of bots report of Web Bot Auth.
func crawlerCases() []*Case {
	with := func(change func(*sigMessage)) *sigMessage { m := bot(); m.answer = refused(); change(m); return m }
	agent := func(value string) *sigMessage {
		return with(func(m *sigMessage) {
			m.headers, m.names = [][2]string{{"Signature-Agent", value}}, []string{"@authority", "signature-agent"}
		})
	}
	id := func(value string) *sigMessage {
		return with(func(m *sigMessage) { m.params[1][1] = `"` + value + `"` })
	}
	without := func(i int) *sigMessage {
		return with(func(m *sigMessage) { m.params = append(m.params[:i:i], m.params[i+1:]...) })
	}
	public := sigKeys()["ed25519"].(ed25519.PrivateKey).Public().(ed25519.PublicKey)
	x := base64.RawURLEncoding.EncodeToString(public)
	raw, unsorted := sha256.Sum256(public), sha256.Sum256([]byte(`{"kty":"OKP","crv":"Ed25519","x":"`+x+`"}`))
	url := base64.RawURLEncoding.EncodeToString
	return []*Case{
		agent("https://bot.example").build("an address without quotes", "D", "header_signed_otherwise").
			also("signature_parameter", "digest_form"),
		agent("bot.example").build("a name without quotes", "D", "header_signed_otherwise").also("signature_parameter", "wrong_id"),
		agent(`sig1="https://bot.example"`).build("a dictionary covered without its key", "D", "header_not_signed").
			also("header_signed_otherwise", "signature_input").unproved(),
		with(func(m *sigMessage) { m.headers[0][1] = `sig1="https://other.example"` }).
			build("another site", "D", "header_signed_otherwise").also("wrong_id"),
		with(func(m *sigMessage) {
			m.names[1] = `signature-agent";key="agent`
			m.signed = func(b *sigBase) { b.lines[1][1] = `"https://bot.example"` }
		}).build("another key of the dictionary", "D", "header_not_sent").
			also("header_signed_otherwise", "signature_input", "header_not_signed", "signature_label"),
		with(func(m *sigMessage) { m.sent = func(c *Case) { c.header("Signature-Agent", to("")) } }).
			build("no Signature-Agent", "D", "header_not_sent"),
		with(func(m *sigMessage) { m.names = m.names[1:] }).build("no authority covered", "D", "header_not_signed").unproved(),
		without(0).build("no created", "F", "signature_parameter"),
		without(1).build("no keyid", "F", "signature_parameter").also("wrong_id"),
		without(3).build("no expires", "F", "signature_parameter"),
		with(func(m *sigMessage) { m.params[5][1] = `"web_bot_auth"` }).build("the tag with underscores", "F", "signature_parameter"),
		with(func(m *sigMessage) { m.params[5][1] = `"web-bot-auth"`; m.params[5][0] = "Tag" }).
			build("Tag in capitals", "F", "signature_parameter").also("signature_input"),
		with(func(m *sigMessage) { m.params[5][1] = `"http-message-signatures-directory"` }).
			build("the directory's tag", "F", "signature_parameter").keyless(),
		id(thumbprint("ed25519")+"=").build("a padded thumbprint", "F", "wrong_id"),
		id(url(raw[:])).build("the hash of the raw key", "F", "wrong_id"),
		id(url(unsorted[:])).build("the thumbprint of unsorted members", "F", "wrong_id"),
		id(x).build("the key for its thumbprint", "F", "wrong_id"),
		id(thumbprint("other ed25519")).build("the thumbprint of another key", "F", "wrong_id"),
		with(func(m *sigMessage) {
			m.params[1][1] = `"` + thumbprint("other ed25519") + `"`
			m.signed = func(b *sigBase) { b.key = sigKeys()["other ed25519"] }
		}).build("the key before its rotation", "F", "wrong_id").also("wrong_secret"),
		with(func(m *sigMessage) { m.signed = func(b *sigBase) { b.key = sigKeys()["other ed25519"] } }).
			build("another bot's key", "J", "unexplained").unproved(),
		with(func(m *sigMessage) { m.signing("@authority", to("www.example.com:443")) }).
			build("the host with its port", "G", "host_with_port"),
		with(func(m *sigMessage) { m.signing("@authority", to("https://www.example.com")) }).
			build("the address for the host", "G", "host_with_scheme"),
		with(func(m *sigMessage) { m.signing("@authority", to("www.example.com/page")) }).
			build("the host with the path", "G", "host_with_scheme").
			also("host_differs", "text_layout"),
		with(func(m *sigMessage) { m.signing(`signature-agent";key="sig1`, to("https://bot.example")) }).
			build("the address signed without quotes", "D", "header_signed_otherwise"),
		with(func(m *sigMessage) { m.signing(`signature-agent";key="sig1`, to(`sig1="https://bot.example"`)) }).
			build("the whole dictionary signed", "D", "header_signed_otherwise"),
		with(func(m *sigMessage) { m.sent = func(c *Case) { c.URL = "https://example.org/page" } }).
			build("followed to another host", "J", "unexplained").unproved(),
		with(func(m *sigMessage) {
			m.params[0][1] = unix(now.Add(10 * time.Minute))
			m.params[3][1] = unix(now.Add(11 * time.Minute))
		}).
			build("a clock that is ahead", "E", "clock_off"),
		with(func(m *sigMessage) { m.now = now.Add(time.Hour) }).build("made at the start of a crawl", "E", "clock_off").keyless(),
		with(func(m *sigMessage) {
			m.params[0][1], m.params[3][1] = unix(now)+"089", unix(now.Add(time.Minute))+"089"
		}).build("milliseconds of JavaScript", "E", "milliseconds_for_seconds"),
		bot().answered(429, "").build("right, and too fast", "K", "rate_limited"),
		bot().answered(401, `{"error":"unknown key"}`).build("right, and the directory is not known", "F", "wrong_id").
			also("unexplained", "key_expired").unproved(),
	}
}
