package corpus

import (
	"slices"
	"strings"
)

// componentCases sign another value of a component than the vendor reads.
func componentCases() []*Case {
	api := "api.example.com"
	target := func(text string) *sigMessage { return by("ecdsa-p256-sha256").to(api, text) }
	uri := func(m *sigMessage, from, with string) *sigMessage {
		return m.covering("@method", "@target-uri").signing("@target-uri", swap(from, with))
	}
	header := func(m *sigMessage, name, sent, signed string) *sigMessage {
		return m.having(name, sent).covering("@method", "@authority", "@path", strings.ToLower(name)).
			signing(strings.ToLower(name), to(signed))
	}
	return []*Case{
		by("hmac-sha256").to("localhost:56800", "/x?y=1").signing("@authority", to("localhost:56800:56800")).
			build("the port twice", "G", "host_with_port").also("host_differs"),
		httpsig().to("api.example.com:8443", "/x?y=1").signing("@authority", to(api)).
			build("a port left out", "G", "host_without_port"),
		by("rsa-pss-sha512").to("[2001:db8::1]:8443", "/x?y=1").signing("@authority", to("2001:db8::1:8443")).
			build("IPv6 without brackets", "G", "host_differs"),
		httpsig().to("[2001:db8::1]:8443", "/x?y=1").signing("@authority", to("[2001:db8::1]")).
			build("IPv6 without its port", "G", "host_without_port"),
		uri(by("hmac-sha256").to("api.example.com:8443", "/x?y=1"), ":8443", "").
			build("a URL without its port", "G", "host_without_port"),
		uri(httpsig(), api, api+":443").build("a URL with the port of https", "G", "host_with_port"),
		uri(by("ecdsa-p256-sha256").having("X-Forwarded-Proto", "http"), "https", "http").
			build("http behind a load balancer", "G", "scheme_differs"),
		uri(httpsig(), "?limit=10&order=desc", "?order=desc&limit=10").
			build("a URL with its query in another order", "C", "params_order_changed"),
		uri(by("hmac-sha256"), "https://api.example.com", "").build("path and query for the URL", "G", "host_missing").
			also("text_layout", "path_prefix_not_sent", "path_encoding"),
		by("hmac-sha256").covering("@method", "@scheme", "@authority", "@path").signing("@scheme", to("http")).
			build("the scheme http", "G", "scheme_differs"),
		by("ecdsa-p256-sha256").covering("@method", "@authority", "@request-target").
			signing("@request-target", to("get /v1/alerts?limit=10&order=desc")).
			build("the draft's request target", "A", "text_layout").also("method_case"),
		httpsig().covering("@method", "@authority", "@request-target").signing("@request-target", to("/v1/alerts")).
			build("a request target without its query", "H", "query_sent_not_signed"),
		target("/find?filter=name%20eq%20%22x%22").signing("@query", to(`?filter=name eq "x"`)).
			build("the query decoded", "A", "query_decoded").also("query_encoding"),
		target("/find?id=a%3Ab").signing("@query", to(`?id=a:b`)).build("a colon decoded", "A", "query_decoded").
			also("query_encoding", "reserved_encoding"),
		target("/find?id=a%20b").signing("@query", to(`?id=a%2520b`)).build("the query encoded twice", "A", "query_double_encoded").
			also("query_encoding"),
		target("/files/a%20b?x=1").signing("@path", to("/files/a%2520b")).
			build("the path encoded twice", "A", "path_double_encoded").also("path_encoding"),
		target("/files/a%2Fb?x=1").signing("@path", to("/files/a%2fb")).build("escapes in small letters", "A", "escape_case"),
		target("/files/(1)?x=1").signing("@path", to("/files/%281%29")).build("brackets encoded", "A", "reserved_encoding").
			also("path_encoding"),
		target("/v1//alerts?x=1").signing("@path", to("/v1/alerts")).build("two slashes made one", "A", "path_slash"),
		target("/v1/x/../alerts?x=1").signing("@path", to("/v1/alerts")).build("dots resolved", "A", "path_dots"),
		target("/?x=1").signing("@path", to("")).build("an empty path", "A", "path_slash"),
		target("/V1/Alerts?x=1").signing("@path", to("/v1/alerts")).build("the path in small letters", "A", "path_case"),
		target("/v1/alerts?q=%E4").signing("@query", to("?q=%C3%A4")).build("Latin-1 in the query", "A", "query_charset").
			also("query_encoding"),
		target("/find?name=a+b").covering("@method", `@query-param";name="name`).refusedFor(func(b *sigBase) { b.lines[1][1] = "a+b" }).
			build("a plus sign in a parameter", "A", "space_encoding").also("query_encoding"),
		target("/find?name=a%20b").covering("@method", `@query-param";name="name`).
			refusedFor(func(b *sigBase) { b.lines[1][1] = "a b" }).
			build("a parameter decoded", "A", "query_decoded").also("query_encoding", "space_encoding"),
		target("/v1/alerts?x=1").to("example.com", "/v1/alerts?x=1").
			sending(func(c *Case) { c.URL = "https://www.example.com/v1/alerts?x=1" }).
			build("redirected to www", "G", "host_differs"),
		httpsigPost().sending(func(c *Case) { c.Method, c.Body = "GET", nil }).
			build("redirected as GET, without the body", "D", "method_changed").also("body_signed_not_sent"),
		header(by("hmac-sha256"), "X-Request", "  padded  ", "  padded  ").build("blanks not trimmed", "D", "header_signed_otherwise"),
		header(httpsig(), "X-Request", "a  b", "a b").build("blanks folded", "D", "header_signed_otherwise"),
		header(by("rsa-v1_5-sha256"), "Accept", "application/activity+json,application/ld+json",
			"application/activity+json, application/ld+json").
			build("Accept rewritten by a CDN", "D", "header_signed_otherwise"),
		header(httpsig(), "X-Tenant", "Acme", "acme").build("a value in small letters", "D", "header_signed_otherwise"),
		header(by("hmac-sha256"), "User-Agent", "client/2.1 via-proxy", "curl/8.4").build("User-Agent rewritten", "J", "unexplained").
			also("header_signed_otherwise").unproved(),
		header(httpsig(), "Accept-Encoding", "gzip", "gzip, deflate, br").build("Accept-Encoding rewritten", "J", "unexplained").
			also("header_signed_otherwise").unproved(),
		header(by("ecdsa-p256-sha256").having("X-List", "one"), "X-List", "two", "two").
			build("the last of two lines", "D", "header_signed_otherwise"),
		by("hmac-sha256").having("X-Dict", "a=1,b=2").with(func(m *sigMessage) {
			m.names = []string{"@method", "@authority", `x-dict";sf`}
		}).refusedFor(func(b *sigBase) {
			b.lines[2] = [2]string{`"x-dict";sf`, "a=1,b=2"}
			inside(b, `"x-dict";sf"`, `"x-dict";sf`)
		}).
			with(func(m *sigMessage) {
				m.sent = func(c *Case) { c.header("Signature-Input", swap(`"x-dict";sf"`, `"x-dict";sf`)) }
			}).build("a structured field that was not made strict", "D", "header_signed_otherwise"),
		httpsigPost().with(func(m *sigMessage) {
			m.names = append(m.names, "content-length")
			m.headers = append(m.headers, [2]string{"Content-Length", "32"})
		}).sending(func(c *Case) {
			c.header("Content-Length", to(""))
			c.Headers = append(c.Headers, [2]string{"Transfer-Encoding", "chunked"})
		}).build("chunked, and the length signed", "D", "header_not_sent").unproved(),
		by("hmac-sha256").refusedFor(func(b *sigBase) {
			params := b.lines[len(b.lines)-1]
			slices.SortFunc(b.lines, func(x, y [2]string) int { return strings.Compare(x[0], y[0]) })
			b.lines = append(slices.DeleteFunc(b.lines, func(l [2]string) bool { return l == params }), params)
			b.lines[0], b.lines[2] = b.lines[2], b.lines[0]
		}).build("lines in another order", "A", "text_layout"),
		by("hmac-sha256").refusedFor(func(b *sigBase) {
			b.drop("@signature-params")
			b.lines = append(b.lines, [2]string{"created", unix(now)})
		}).build("created for the parameters", "A", "text_layout").unproved(),
		httpsig().refusedFor(func(b *sigBase) { b.join = `\n` }).build("a backslash and an n", "A", "text_layout"),
		by("rsa-pss-sha512").refusedFor(func(b *sigBase) {
			for i := range b.lines[:len(b.lines)-1] {
				b.lines[i][0] = strings.ToUpper(b.lines[i][0])
			}
		}).build("names in capitals", "A", "text_layout"),
		httpsigPost().signedBy("hmac-sha256").
			refusedFor(func(b *sigBase) { b.lines[3][0], b.lines[4][0] = `"Content-Type"`, `"Content-Digest"` }).
			build("fields with capitals", "A", "text_layout"),
	}
}

// inside changes the line of the parameters.
func inside(b *sigBase, from, to string) { b.line("@signature-params", swap(from, to)) }
