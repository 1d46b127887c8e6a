package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// input is a request as a hostile or an odd but honest client writes it.
type input struct {
	id    string
	route int
	raw   string
	// What must be accepted: valid HTTP that asks for nothing forbidden. The others may be.
	valid bool
	// Of a valid one.
	method string
	body   string
}

// generator makes inputs; the same seed makes the same.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 20260101))} }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) text(alphabet string, most int) string {
	var b strings.Builder
	for range g.IntN(most + 1) {
		b.WriteByte(alphabet[g.IntN(len(alphabet))])
	}
	return b.String()
}

const (
	unreserved = "abcXYZ019-._~"
	pathBytes  = unreserved + "!$&'()*+,;=:@"
	queryBytes = pathBytes + "/?"
	visible    = pathBytes + "/?\"#%<>[\\]^`{|} "
)

func (g generator) escape() string {
	return g.one("%2F", "%2f", "%20", "%7E", "%7e", "%41", "%2B", "%2b", "%25", "%3B", "%3d", "%26", "%E2%82%AC", "%c3%a9", "%FF", "%00", "%0a", "%2e", "%2E%2e", "%23", "%3F")
}

// target is valid by RFC 9112 and RFC 3986.
func (g generator) target() string {
	var b strings.Builder
	for range 1 + g.IntN(5) {
		b.WriteString("/")
		for range g.IntN(3) {
			switch g.IntN(6) {
			case 0:
				b.WriteString(g.escape())
			case 1:
				b.WriteString(g.one(".", "..", ";x=y", "api", "v3", ""))
			default:
				b.WriteString(g.text(pathBytes, 6))
			}
		}
	}
	if g.chance(60) {
		b.WriteString("?")
		for i := range g.IntN(7) {
			if i > 0 {
				b.WriteString(g.one("&", "&", "&", "&", "&&", ";"))
			}
			b.WriteString(g.one("a", "b", "A", "%61", "limit", "", g.text(queryBytes, 4), g.escape()))
			if g.chance(80) {
				b.WriteString("=")
			}
			b.WriteString(g.one("1", "0", "", "+", g.text(queryBytes, 8), g.escape(), g.escape()+g.escape()))
		}
	}
	return b.String()
}

// withParams adds a client's own values of the parameters that the vendor takes its key from.
func (g generator) withParams(m mode, target string) string {
	if len(m.params) == 0 {
		return target
	}
	for range g.IntN(3) {
		name := g.one(m.params...)
		i := g.IntN(len(name))
		name = g.one(name, strings.ToUpper(name), fmt.Sprintf("%s%%%02x%s", name[:i], name[i], name[i+1:]), fmt.Sprintf("%s%%%02X%s", name[:i], strings.ToUpper(name)[i], name[i+1:]))
		pair := name + g.one("=attacker-3", "=attacker%2D4", "")
		path, query, found := strings.Cut(target, "?")
		switch {
		case !found:
			target = path + "?" + pair
		case g.chance(50):
			target = path + "?" + pair + g.one("&", "&", ";") + query
		default:
			target += g.one("&", "&", ";", "&&") + pair
		}
	}
	return target
}

// withRefused adds a client's own signature in the query, as far as the mode has one.
func (g generator) withRefused(m mode, target string) string {
	if len(m.refused) == 0 {
		return target
	}
	m.params = m.refused
	return g.withParams(m, target)
}

// headers are valid, and ask for nothing that is refused.
func (g generator) headers(m mode) []string {
	credentials := append([]string{"Authorization", "Proxy-Authorization", "X-Auth-Token", "X-Api-Key"}, m.owned...)
	var lines []string
	for range g.IntN(6) {
		name := g.one(credentials...)
		all := spellings(name)
		spelt := g.one(all...)
		if len(m.sends) > 0 && strings.Contains(lettersAndDigits(name), "authorization") { // the client's own is what says how to sign
			continue
		}
		switch g.IntN(7) {
		case 0, 1:
			lines = append(lines, spelt+":"+g.one("", " ", "\t ")+g.one("attacker-1", "Basic attacker-2", "attacker, attacker")+g.one("", " "))
		case 2:
			lines = append(lines, g.one("Connection", "connection", "CONNECTION")+": "+g.one("keep-alive, ", "", ",,")+spelt+g.one("", ", te", ", x-gone"))
		case 3:
			lines = append(lines, g.one("X-Forwarded-For", "Forwarded", "Via", "Cookie", "X-Real-Ip", "Remote-User", "X_Forwarded_For")+": "+g.text(pathBytes, 10))
		case 4:
			lines = append(lines, "X-Custom-"+g.text("abcdef", 5)+"Z: "+strings.TrimSpace(g.text(visible, 40)))
		case 5:
			lines = append(lines, g.one("Accept: */*", "Accept-Encoding: gzip, br", "Accept-Encoding: identity", "User-Agent: "+g.text(pathBytes, 5), "Range: bytes=0-5",
				"If-None-Match: *", "TE: trailers", "Keep-Alive: timeout=5", "Cache-Control: no-cache", "Priority: u=1", "Max-Forwards: 3", "Via: 1.1 other", "X-Http-Method-Override: DELETE",
				"Sec-Fetch-Mode: cors", "Upgrade-Insecure-Requests: 1"))
		case 6:
			if m.signer == "duo" {
				lines = append(lines, g.one("X-Duo-", "x-duo-", "X_Duo-", "X-DUO_")+g.one("Foo", "date", "A-B")+": attacker")
			}
		}
	}
	return lines
}

var contentTypes = []string{
	"application/json", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8", "APPLICATION/X-WWW-FORM-URLENCODED",
	"application/octet-stream", "text/plain; charset=utf-8", "multipart/form-data; boundary=x", "application/xml", "",
}

func (g generator) content() (contentType, body string) {
	contentType = g.one(contentTypes...)
	if strings.Contains(strings.ToLower(contentType), "urlencoded") {
		var pairs []string
		for range g.IntN(5) {
			pairs = append(pairs, g.one("a", "b", "%61", g.text(unreserved, 5))+g.one("=", "=", "")+g.one("1", "+", g.escape(), g.text(unreserved+"*!'()", 8)))
		}
		return contentType, strings.Join(pairs, "&")
	}
	return contentType, g.one("", `{"a":1}`, "a=1&b=2", g.text(visible+"\r\n\x00\xff", 200), strings.Repeat("x", g.IntN(20000)))
}

// honest makes a valid request.
func (g generator) honest(m mode, route int, host, id string) input {
	in := input{id: id, route: route, valid: true, method: g.one("GET", "GET", "GET", "HEAD", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
	lines := slices.Concat(g.headers(m), m.sends)
	var sent string
	if in.method != "GET" && in.method != "HEAD" && in.method != "OPTIONS" || g.chance(3) {
		var contentType string
		contentType, in.body = g.content()
		if contentType != "" {
			lines = append(lines, g.one("Content-Type", "content-type", "CONTENT-TYPE")+": "+contentType)
		}
		chunked := g.IntN(3) == 0
		if m.options["payload"] == "auto" && len(in.body) > 1024 { // only what announces its length may be beyond max_body
			chunked = false
		}
		switch {
		case chunked:
			lines = append(lines, g.one("Transfer-Encoding", "transfer-encoding")+": "+g.one("chunked", "Chunked"))
			for rest := in.body; rest != ""; {
				n := 1 + g.IntN(min(len(rest), 5000))
				sent += fmt.Sprintf("%x%s\r\n%s\r\n", n, g.one("", "", ";ext=1"), rest[:n])
				rest = rest[n:]
			}
			sent += "0\r\n" + g.one("", "", "X-Trailer: 1\r\n") + "\r\n"
		default:
			sent = in.body
			lines = append(lines, fmt.Sprintf("Content-Length: %d", len(sent)))
		}
		if g.chance(10) {
			lines = append(lines, "Expect: 100-continue")
		}
	}
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	lines = append([]string{g.one("Host", "host", "HOST") + ": " + host, fuzzID + ": " + id}, append(lines, "Connection: close")...)
	target := g.withParams(m, g.target())
	in.valid = m.signer != "httpsig" || !notASCII.MatchString(target)
	in.raw = in.method + " " + target + " HTTP/1.1\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n" + sent
	return in
}

// fuzzID is the header that tells which input arrived.
const fuzzID = "X-Fuzz-Id"

// evil are lines that some server somewhere takes for more than they are.
var evil = []string{
	"Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding : chunked", "Content-Length: 5", "Content-Length: 0", "Content-Length: 99999",
	"Host: evil.example", "Host:", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin", "Referer: https://evil.example/", "Connection: Host, Content-Length, Transfer-Encoding, X-Fuzz-Id", "Connection: Upgrade", "Upgrade: h2c",
	"Connection: Upgrade\r\nUpgrade: foo", "Connection: upgrade\r\nUpgrade: websocket", "Early-Data: 1", "Trailer: a b", "X-Large: " + strings.Repeat("x", 20000), "User-Agent: " + strings.Repeat("x", 15500),
	"Trailer: Authorization, Date, Host", "Expect: 200-ok", "Authorization\t: attacker", " Authorization: attacker", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "X-Http-Method: DELETE",
	"X-Original-Url: /admin", "X-Rewrite-Url: /admin", "X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: /evil", "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json",
	"Content-Encoding: gzip", "Authorization: attacker\r\n folded: attacker", "Authorization: \xff\xfe", "X-Duo-Date", ": empty", "Cdn-Loop: vendorsign", "Proxy-Connection: keep-alive", "Http2-Settings: x",
}

// awsEvil are lines that AWS, or what resembles it, reads as part of a signature.
var awsEvil = []string{
	placeholderFor("attacker-key", "us-east-1", "iam"), placeholderFor("attacker-key", "eu-west-1", "s3"), placeholderFor("attacker-2", "eu-west-1", "guardduty"),
	"X-Amz-Date: 20200101T000000Z", "X-Amz-Security-Token: attacker-token", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD",
	"X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
	"X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "X-Amz-Copy-Source: /other/object",
	"x-amz-meta-a:  a   b ", "X-Amz-Meta-A: 1\r\nX-Amz-Meta-A: 2", "X-Amz-Target: A.B", "X-Amz-Region-Set: *", "x_amz_date: 20200101T000000Z",
}

// hostile breaks an honest request.
func (g generator) hostile(m mode, route int, host, id string) input {
	in := g.honest(m, route, host, id)
	in.valid = false
	raw := in.raw
	for range 1 + g.IntN(4) {
		switch g.IntN(10) {
		case 0: // a byte more
			i := g.IntN(len(raw) + 1)
			raw = raw[:i] + g.one("\x00", "\r", "\n", "\r\n", "\t", " ", "%", "#", "\\", "\x7f", "\xff", "\xc3\xa9", ":", ";", ",", "/", "?", "..") + raw[i:]
		case 1: // a byte less or another
			i := g.IntN(len(raw))
			raw = raw[:i] + g.one("", "", "\x00", "\n", string(rune(g.IntN(128)))) + raw[i+1:]
		case 2: // a piece twice, or gone
			i := g.IntN(len(raw))
			j := i + g.IntN(min(len(raw)-i, 200)+1)
			raw = raw[:j] + g.one("", raw[i:j]) + raw[j:]
		case 3: // an evil line
			i := strings.Index(raw, "\r\n") + 2
			if i >= 2 {
				raw = raw[:i] + g.one(evil...) + "\r\n" + raw[i:]
			}
		case 4: // another target
			words := strings.SplitN(raw, " ", 3)
			if len(words) == 3 {
				words[1] = g.one(targets[g.IntN(len(targets))].sent, "http://"+host+words[1], "http://evil.example"+words[1], words[1]+"%zz", words[1]+"?%", "/%2e%2e"+words[1], "//evil.example"+words[1], "\\"+words[1])
				raw = strings.Join(words, " ")
			}
		case 5: // another method or version
			words := strings.SplitN(raw, " ", 2)
			raw = g.one("CONNECT", "get", "", "PRI", "TRACE", "POST\t", "G\xc3\x89T", "HEAD", "GET") + " " + words[len(words)-1]
		case 6:
			raw = strings.Replace(raw, " HTTP/1.1\r\n", g.one(" HTTP/1.0\r\n", " HTTP/0.9\r\n", " HTTP/2.0\r\n", " HTTP/1.1 \r\n", "  HTTP/1.1\r\n", " HTTP/1.1\n", "\r\n", " http/1.1\r\n"), 1)
		case 7: // lines that end otherwise
			raw = strings.Replace(raw, "\r\n", g.one("\n", "\r", "\n\r", "\r\r\n"), 1+g.IntN(3))
		case 8: // more than one request
			raw += g.honest(m, route, host, id).raw
		case 9: // a second signature, or another scope
			words := strings.SplitN(raw, " ", 3)
			if len(words) == 3 {
				words[1] = g.withRefused(m, words[1])
				raw = strings.Join(words, " ")
			}
			i := strings.Index(raw, "\r\n") + 2
			if m.signer == "aws" && i >= 2 && g.chance(50) {
				raw = raw[:i] + g.one(awsEvil...) + "\r\n" + raw[i:]
			}
		}
	}
	in.raw = raw
	return in
}
