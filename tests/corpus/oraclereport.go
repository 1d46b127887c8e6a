package corpus

import (
	"strings"
	"time"
)

// oracleReportCases are what people report of NotAuthenticated.
func oracleReportCases() []*Case {
	refuse := func(m *sigMessage) *sigMessage {
		return m.
			answered(401,
				`{"code": "NotAuthenticated", "message": "The required information to complete authentication was not provided or was incorrect."}`)
	}
	target := func(sent, signed string) *sigMessage {
		return refuse(oracle().to("iaas.eu-frankfurt-1.oraclecloud.com", sent).signing("(request-target)", to(signed)))
	}
	host := func(value string) *sigMessage { return refuse(oracle().signing("host", to(value))) }
	names := func(m *sigMessage, names string) *sigMessage { m.names = strings.Fields(names); return refuse(m) }
	param := func(i int, value string) *sigMessage { m := oracle(); m.params[i][1] = value; return refuse(m) }
	post := func(change func(*sigMessage)) *sigMessage { return refuse(oraclePost().with(change)) }
	objects := "/n/space/b/bucket/o/"
	skew := "Date 'Wed, 04 Mar 2026 15:06:07 GMT' is not within allowed clock skew. Current 'Wed, 04 Mar 2026 15:20:07 UTC', " +
		"valid datetime range: ['Wed, 04 Mar 2026 15:15:07 UTC', 'Wed, 04 Mar 2026 15:25:08 UTC']"
	return []*Case{
		target("/20160918/vcns?displayName=my%20vcn", "get /20160918/vcns?displayName=my vcn").
			build("a blank in the query", "A", "query_decoded").
			also("query_encoding", "space_encoding"),
		target("/20160918/vcns?displayName=my%20vcn", "get /20160918/vcns?displayName=my+vcn").
			build("a plus sign for a blank", "A", "space_encoding"),
		target("/20160918/jobs?from=2026-03-04T15%3A06%3A07Z", "get /20160918/jobs?from=2026-03-04T15:06:07Z").
			build("colons of a time", "A", "query_decoded").
			also("query_encoding", "reserved_encoding"),
		target(objects+"a%20-%20(Copy).txt", "get "+objects+"a%20-%20%28Copy%29.txt").
			build("brackets in an object's name", "A", "reserved_encoding").also("path_encoding"),
		target(objects+"a%20b.txt", "get "+objects+"a b.txt").build("a blank in an object's name", "A", "path_decoded").
			also("path_encoding", "space_encoding"),
		target(objects+"dir%2Ffile.txt", "get "+objects+"dir/file.txt").build("a slash in an object's name", "A", "path_decoded").
			also("path_encoding", "reserved_encoding"),
		target("/20160918/instances?limit=5", "get /instances?limit=5").build("the version left out", "H", "path_prefix_not_signed"),
		target("/20160918/instances?limit=5", "GET /20160918/instances?limit=5").build("the method in capitals", "A", "method_case"),
		host("https://iaas.eu-frankfurt-1.oraclecloud.com").build("the URL for the host", "G", "host_with_scheme"),
		host("iaas.us-ashburn-1.oraclecloud.com").build("another region's host", "G", "host_differs"),
		host("").build("no host", "G", "host_missing"),
		names(oracle(), "date (request-target)").build("no host covered", "D", "header_not_signed").unproved(),
		names(oraclePost(), "date (request-target) host content-length x-content-sha256").
			build("no content type covered", "D", "header_not_signed").unproved(),
		names(oracle(), "(request-target) host").build("no date covered", "D", "header_not_signed").unproved(),
		post(func(m *sigMessage) {
			m.body = `{"displayName": "Büro"}`
			m.headers[1][1], m.headers[3][1] = "23", strings.TrimPrefix(draftDigest(m.body), "SHA-256=")
		}).build("characters for bytes in the length", "B", "body_length"),
		post(func(m *sigMessage) { m.headers[3][1] = strings.TrimPrefix(draftDigest(""), "SHA-256=") }).
			build("the hash of no body", "B", "body_not_signed"),
		post(func(m *sigMessage) { m.headers[3][1] = draftDigest(m.body) }).build("the hash with its name", "B", "digest_form"),
		post(func(m *sigMessage) { m.sent = func(c *Case) { c.Body = append(c.Body, '\n') } }).
			build("a line end after the body", "B", "body_line_end", "body_length"),
		post(func(m *sigMessage) { m.sent = func(c *Case) { c.header("X-Content-Sha256", to("")) } }).
			build("the hash not sent", "D", "header_not_sent"),
		post(func(m *sigMessage) {
			m.method = "PUT"
			m.signed = func(b *sigBase) { b.line("(request-target)", swap("put", "post")) }
		}).
			build("post signed for PUT", "D", "method_changed"),
		param(1, `"`+oracleTenancy+"/"+oracleUser+`"`).build("no fingerprint", "F", "wrong_id"),
		param(1, `"`+oracleTenancy+"/"+oracleUser+"/"+strings.ToUpper(oraclePrint)+`"`).
			build("the fingerprint in capitals", "F", "wrong_id"),
		param(1, `"`+oracleTenancy+"/"+oracleUser+"/SHA256:2Dm4b0xw"+`"`).build("the fingerprint of SSH", "F", "wrong_id"),
		param(1, `"`+oracleTenancy+"/"+oracleUser+"/ "+oraclePrint+`"`).build("a blank in the keyId", "F", "wrong_id").
			also("id_whitespace"),
		param(2, `"rsa-sha512"`).build("another algorithm named", "F", "wrong_algorithm"),
		param(0, `"2"`).build("another version", "F", "signature_parameter"),
		refuse(oracle().sending(func(c *Case) { c.header("Authorization", swap("Signature ", "")) })).
			build("no word before it", "F", "prefix_missing"),
		refuse(oracle().sending(func(c *Case) { c.header("Authorization", swap("Signature ", "Bearer ")) })).
			build("Bearer before it", "F", "prefix_wrong").
			also("prefix_missing", "wrong_scheme"),
		refuse(oracle().sending(func(c *Case) { c.Headers[len(c.Headers)-1][0] = "Signature" })).
			build("in the header Signature", "F", "wrong_header"),
		refuse(oracle().refusedFor(func(b *sigBase) { b.algo = "rsa-pss-sha512" })).build("PSS", "F", "wrong_algorithm"),
		refuse(oracle().refusedFor(func(b *sigBase) { b.algo = "rsa-v1_5-sha1" })).build("SHA-1 at Oracle", "F", "wrong_digest").
			also("wrong_algorithm"),
		oracle().with(func(m *sigMessage) { m.sent = func(c *Case) { c.Now = time.Time{} } }).
			answered(401, `{"code": "NotAuthenticated", "message": "`+skew+`"}`).
			build("the clock, by Oracle's words", "E", "clock_off").unproved(),
		refuse(oracle().
			with(func(m *sigMessage) { m.params[1][1] = `"` + oracleUser + "/" + oracleTenancy + "/" + oraclePrint + `"` })).
			build("user before tenancy", "F", "wrong_id").keyless(),
	}
}
