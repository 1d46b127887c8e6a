package corpus

import (
	"encoding/hex"
	"strings"
	"time"
)

func awsPayloadCases() []*Case {
	body := func(signed string) *sigv4 {
		s := putFindings()
		s.signed, s.answer = func(t *signing) { t.payload = sum("sha256", signed) }, awsMismatchJSON()
		return s
	}
	word := func(payload string) *sigv4 {
		s := putFindings()
		s.signed, s.answer = func(t *signing) { t.payload = payload }, awsMismatchJSON()
		return s
	}
	sent := putFindings().body
	upload := s3("/key")
	upload.method, upload.body, upload.hashed = "PUT", "content of a file", false
	upload.headers = [][2]string{{"X-Amz-Content-Sha256", sum("sha256", "")}}
	upload.signed = func(t *signing) { t.payload = sum("sha256", "") }
	upload.answer = &Response{400, nil, awsXML("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.").Body}
	lines := s3("/key")
	lines.method, lines.body, lines.hashed = "PUT", "a\nb\n", false
	lines.headers = [][2]string{{"X-Amz-Content-Sha256", sum("sha256", "a\nb")}}
	lines.signed = func(t *signing) { t.payload = sum("sha256", "a\nb") }
	unhashed := s3("/key")
	unhashed.hashed = false
	unhashed.answer = &Response{400, nil, awsXML("InvalidRequest", "Missing required header for this request: x-amz-content-sha256").Body}
	streaming := s3("/key")
	streaming.method, streaming.body, streaming.hashed = "PUT", "content", false
	streaming.headers = [][2]string{{"X-Amz-Content-Sha256", "STREAMING-HMAC-SHA256-PAYLOAD"}}
	streaming.signed = func(t *signing) { t.payload = "STREAMING-HMAC-SHA256-PAYLOAD" }
	streaming.answer = &Response{400, nil, awsXML("InvalidArgument",
		"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.").Body}
	unsigned := putFindings()
	unsigned.headers = append(unsigned.headers, [2]string{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"})
	unsigned.signed, unsigned.answer = func(t *signing) { t.payload = "UNSIGNED-PAYLOAD" }, awsMismatchJSON()
	return []*Case{
		body("").build("the hash of an empty body", "B", "body_not_signed"),
		body(sent+"\n").build("a line end at the end of the body signed", "B", "body_line_end"),
		body(strings.ReplaceAll(strings.ReplaceAll(sent, ": ", ":"), ", ", ",")).build("JSON written anew after signing", "B", "body_reserialised"),
		body(sent).with(func(s *sigv4) {
			s.body = `{"sortCriteria":{"orderBy":"DESC","attributeName":"severity"},"maxResults":50}`
		}).build("JSON in another order", "B", "body_reserialised"),
		word("UNSIGNED-PAYLOAD").build("UNSIGNED-PAYLOAD in the signature alone", "B", "payload_unsigned"),
		unsigned.build("UNSIGNED-PAYLOAD for a service that wants a hash", "B", "payload_unsigned"),
		word(strings.ToUpper(sum("sha256", sent))).build("the hash in capitals", "B", "payload_form"),
		word("").build("no hash of the payload", "B", "payload_form"),
		word(sum("md5", sent)).build("MD5 of the payload", "F", "wrong_digest"),
		upload.build("an upload with the hash of nothing", "B", "body_not_signed").also("body_signed_not_sent"),
		lines.build("a file whose last line end the hash does not have", "B", "body_line_end"),
		unhashed.build("S3 without the hash", "D", "header_not_sent"),
		streaming.build("a form of payload that does not exist", "B", "payload_form"),
		guardduty().with(func(s *sigv4) {
			s.signed, s.answer = func(t *signing) { t.payload = sum("sha256", "{}") }, awsMismatchJSON()
		}).build("{} signed, and nothing sent", "B", "body_signed_not_sent"),
	}
}

func awsDateCases() []*Case {
	at := func(s *sigv4, off time.Duration, answer *Response) *sigv4 {
		s.now, s.answer = s.at.Add(-off), answer
		return s
	}
	signed := func(change func(*signing)) *sigv4 {
		s := guardduty()
		s.signed, s.answer = change, awsMismatchJSON()
		return s
	}
	expired := awsJSON("InvalidSignatureException", "Signature expired: 20260304T150607Z is now earlier than 20260304T155607Z (20260304T160107Z - 5 min.)")
	early := awsJSON("InvalidSignatureException", "Signature not yet current: 20260304T150607Z is still later than 20260304T141107Z (20260304T140607Z + 5 min.)")
	day := guardduty()
	day.at = time.Date(2026, 3, 5, 0, 30, 0, 0, time.UTC)
	day.sent = func(c *Case) {
		c.header("Authorization", func(v string) string { return strings.Replace(v, "/20260305/", "/20260304/", 1) })
	}
	day.signed = func(t *signing) { t.day = "20260304" }
	day.answer = awsJSON("InvalidSignatureException",
		"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260304' != '20260305', from '20260305T003000Z'.")
	extended := guardduty()
	extended.signed = func(t *signing) { t.date, t.values["x-amz-date"] = "2026-03-04T15:06:07Z", "2026-03-04T15:06:07Z" }
	extended.sent = func(c *Case) { c.header("X-Amz-Date", func(string) string { return "2026-03-04T15:06:07Z" }) }
	extended.answer = awsJSON("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '2026-03-04T15:06:07Z'.")
	none := guardduty()
	none.sent = func(c *Case) { c.header("X-Amz-Date", func(string) string { return "" }) }
	none.answer = awsJSON("IncompleteSignatureException", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	long := presigned(s3("/key"))
	long.expires = "1209600"
	return []*Case{
		at(guardduty(), -55*time.Minute, expired).build("a clock that is behind", "E", "clock_off"),
		at(guardduty(), 55*time.Minute, early).build("a clock that is ahead", "E", "clock_off"),
		at(guardduty(), -6*time.Minute, nil).build("six minutes late", "E", "clock_off"),
		at(guardduty(), 2*time.Hour, early).build("local time for UTC", "E", "local_time"),
		at(s3("/key"), -20*time.Minute, awsXML("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")).build(
			"S3, twenty minutes late", "E", "clock_off"),
		at(presigned(s3("/key")), -16*time.Minute, awsXML("AccessDenied", "Request has expired")).build("a presigned URL that is over", "E", "clock_off"),
		at(guardduty(), -55*time.Minute, expired).build("a clock that is behind", "E", "clock_off").withoutSecret(),
		long.build("a presigned URL for two weeks", "E", "expiry_out_of_range"),
		day.build("yesterday's day in the scope", "E", "scope_date"),
		day.build("yesterday's day in the scope", "E", "scope_date").withoutSecret(),
		signed(func(t *signing) { t.day = "20260305" }).build("a key for tomorrow", "E", "scope_date"),
		extended.build("the date in the extended form", "E", "date_format"),
		none.build("no date", "D", "date_not_sent"),
		signed(func(t *signing) { t.date = "20260304T150605Z" }).build("the date made twice, two seconds apart", "D", "date_changed"),
		signed(func(t *signing) { t.date, t.values["x-amz-date"] = "20260304T150608Z", "20260304T150608Z" }).build("a date that was changed", "D", "date_changed"),
	}
}

func awsKeyCases() []*Case {
	key := func(secret string) *sigv4 {
		s := guardduty()
		s.signed, s.answer = func(t *signing) { t.secret = secret }, awsMismatchJSON()
		return s
	}
	signed := func(change func(*signing)) *sigv4 {
		s := guardduty()
		s.signed, s.answer = change, awsMismatchJSON()
		return s
	}
	tokenless := temporary(guardduty())
	tokenless.token, tokenless.config = "", map[string]any{"session_token": awsToken}
	tokenless.answer = awsJSON("UnrecognizedClientException", "The security token included in the request is invalid.")
	link := presigned(temporary(s3("/key")))
	link.token, link.config = "", map[string]any{"session_token": awsToken}
	link.answer = awsXML("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	stripped := temporary(guardduty())
	stripped.sent = func(c *Case) { c.header("X-Amz-Security-Token", func(string) string { return "" }) }
	stale := temporary(guardduty())
	stale.token, stale.config = "IQoJANOTHERTOKENOFANOTHERSESSIONEXAMPLE==", map[string]any{"session_token": awsToken}
	stale.answer = awsJSON("UnrecognizedClientException", "The security token included in the request is invalid.")
	left := guardduty()
	left.token, left.config = awsToken, map[string]any{"session_token": ""}
	over := temporary(guardduty())
	over.answer = awsJSON("ExpiredTokenException", "The security token included in the request is expired")
	appended := presigned(temporary(s3("/key")))
	appended.signed = func(t *signing) { t.query = strings.Replace(t.query, "&X-Amz-Security-Token="+rfc(awsToken), "", 1) }
	appended.answer = awsMismatchXML()
	swapped := guardduty()
	swapped.id, swapped.secret = awsSecret, awsID
	swapped.config = map[string]any{"access_key_id": awsID}
	other := guardduty()
	other.id, other.config = "AKIAI44QH8DHBEXAMPLE", map[string]any{"access_key_id": awsID}
	other.answer = awsJSON("UnrecognizedClientException", "The security token included in the request is invalid.")
	form := func(change func(string) string) *sigv4 {
		s := guardduty()
		s.sent = func(c *Case) { c.header("Authorization", change) }
		s.answer = awsJSON("IncompleteSignatureException", "Authorization header requires 'Signature' parameter.")
		return s
	}
	rights := guardduty()
	rights.answer = awsJSON("AccessDeniedException", "User: arn:aws:iam::111122223333:user/x is not authorized to perform: guardduty:ListDetectors")
	return []*Case{
		key(awsSecret+"\n").build("a line end after the secret", "F", "secret_whitespace"),
		key(`"`+awsSecret+`"`).build("quotes around the secret", "F", "secret_quoted"),
		key(awsID).build("the ID as the secret", "F", "ids_swapped"),
		key(awsToken).with(func(s *sigv4) { *s = *temporary(s) }).build("the session token as the secret", "F", "ids_swapped"),
		key("").build("no secret", "F", "secret_empty"),
		key(awsSecret[:39]).build("a secret without its last character", "F", "secret_cut"),
		key(strings.ReplaceAll(awsSecret, "+", " ")).build("a + of the secret made a blank", "F", "secret_altered"),
		key("je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY").build("another secret", "J", "unexplained").unproved(),
		signed(func(t *signing) { t.prefix = "" }).build("no AWS4 before the secret", "F", "wrong_construction"),
		signed(func(t *signing) { t.terminal = "aws4" }).build("another end of the derivation", "F", "wrong_construction").also("unexplained"),
		signed(func(t *signing) { t.digest = "sha1" }).build("SHA-1", "F", "wrong_digest"),
		signed(func(t *signing) {
			t.toSign = func(c string) string {
				return "AWS4-HMAC-SHA256\n" + t.date + "\n" + t.day + "/eu-west-1/guardduty/aws4_request\n" + c
			}
		}).build("the canonical request not hashed", "F", "wrong_construction"),
		signed(func(t *signing) { t.final = strings.ToUpper }).build("the signature in capitals", "F", "upper_hex"),
		signed(func(t *signing) { t.final = func(v string) string { return b64(must(hex.DecodeString(v))) } }).build("the signature in Base64", "F", "base64_for_hex"),
		tokenless.build("no session token", "F", "session_token_missing"),
		tokenless.build("no session token", "F", "session_token_missing").withoutSecret(),
		link.build("a presigned URL without its session token", "F", "session_token_missing"),
		stripped.build("a session token that was taken out on the way", "D", "header_not_sent").also("session_token_missing"),
		stale.build("the session token of another session", "F", "session_token_wrong"),
		left.build("a session token with a long-lived key", "F", "session_token_wrong"),
		over.build("a session token that has expired", "K", "key_expired").unproved(),
		appended.build("a session token appended to a presigned URL", "H", "query_sent_not_signed"),
		swapped.build("ID and secret exchanged", "F", "ids_swapped"),
		other.build("the ID of another key", "F", "wrong_id"),
		form(func(v string) string { return strings.TrimPrefix(v, "AWS4-HMAC-SHA256 ") }).build("no AWS4-HMAC-SHA256", "F", "prefix_missing"),
		form(func(v string) string { return strings.ReplaceAll(v, ", ", " ") }).build("no commas", "F", "token_separator"),
		form(func(v string) string { return v[:strings.Index(v, ", Signature")] }).build("no signature", "F", "signature_parameter"),
		form(func(v string) string { return strings.Replace(v, "/aws4_request", "", 1) }).build("a scope without its end", "F", "token_separator"),
		form(func(string) string { return "AWS " + awsID + ":frJIUN8DYpKDtOLCwo//yllqDzg=" }).build("version 2", "F", "wrong_scheme"),
		form(func(string) string { return "Bearer abc" }).build("a bearer token", "F", "wrong_scheme"),
		form(func(string) string { return "" }).with(func(s *sigv4) {
			s.answer = awsJSON("MissingAuthenticationTokenException", "Missing Authentication Token")
		}).build("no Authorization", "D", "header_not_sent"),
		rights.build("no right", "K", "not_permitted").unproved(),
	}
}

func awsHeaderCases() []*Case {
	header := func(s *sigv4, name, value string) *sigv4 {
		s.signed, s.answer = func(t *signing) { t.values[name] = value }, awsMismatchJSON()
		return s
	}
	added := func(name, value string) *sigv4 {
		s := guardduty()
		s.sent = func(c *Case) { c.Headers = append(c.Headers, [2]string{name, value}) }
		return s
	}
	copied := s3("/key")
	copied.sent = func(c *Case) { c.Headers = append(c.Headers, [2]string{"X-Amz-Meta-Gateway", "1"}) }
	copied.answer = awsXML("AccessDenied", "There were headers present in the request which were not signed", "HeadersNotSigned", "x-amz-meta-gateway")
	agent := guardduty()
	agent.headers = [][2]string{{"User-Agent", "aws-sdk-cpp/1.0"}}
	agent.sent = func(c *Case) { c.header("User-Agent", func(v string) string { return v + " proxy/1" }) }
	seen := func(canonical string) *sigv4 { s := guardduty(); s.answer = awsQuoted(canonical); return s }
	right := func(host, path, more string) string {
		return "GET\n" + path + "\n\nhost:" + host + "\n" + more + "x-amz-date:20260304T150607Z\n\nhost;x-amz-date\n" + sum("sha256", "")
	}
	both := guardduty()
	both.query = "X-Amz-Signature=00&X-Amz-Algorithm=AWS4-HMAC-SHA256"
	both.answer = awsJSON("IncompleteSignatureException", "Only one auth mechanism allowed")
	dropped := putFindings()
	dropped.sent = func(c *Case) { c.header("Content-Type", func(string) string { return "" }) }
	dropped.answer = awsMismatchJSON()
	hostless := guardduty()
	hostless.signed = func(t *signing) { delete(t.values, "host"); t.announced = "x-amz-date" }
	return []*Case{
		added("X-Amz-Meta-Trace", "1").build("an x-amz- header added after signing", "D", "header_not_signed"),
		added("X-Amz-Meta-Trace", "1").build("an x-amz- header added after signing", "D", "header_not_signed").withoutSecret(),
		copied.build("an x-amz- header added, and S3 names it", "D", "header_not_signed"),
		header(putFindings(), "content-type", "application/json; charset=utf-8").build("another Content-Type signed", "D", "header_signed_otherwise"),
		header(guardduty().with(func(s *sigv4) { s.headers = [][2]string{{"X-Amz-Meta-Note", "a   b"}} }), "x-amz-meta-note", "a   b").build(
			"blanks in a value not made one", "D", "header_signed_otherwise"),
		header(guardduty().with(func(s *sigv4) { s.headers = [][2]string{{"X-Amz-Target", "Service.Op"}} }), "x-amz-target", "").build(
			"a signed header that was empty", "D", "header_not_signed", "header_signed_otherwise").also("unexplained"),
		header(putFindings().with(func(s *sigv4) { s.headers = append(s.headers, [2]string{"Content-Length", "84"}) }), "content-length", "0").build(
			"another Content-Length signed", "D", "header_signed_otherwise"),
		agent.with(func(s *sigv4) {
			s.answer = awsQuoted("GET\n/detector\n\nhost:" + s.host + "\nuser-agent:aws-sdk-cpp/1.0 proxy/1\nx-amz-date:20260304T150607Z\n\n" +
				"host;user-agent;x-amz-date\n" + sum("sha256", ""))
		}).build("a User-Agent that a proxy changed", "J", "unexplained").unproved().also("header_signed_otherwise"),
		seen(right("internal.example", "/detector", "")).build("AWS received another host", "G", "host_differs"),
		seen(right("internal.example", "/detector", "")).build("AWS received another host", "G", "host_differs").withoutSecret(),
		seen(right("guardduty.eu-west-1.amazonaws.com", "/v1/detector", "")).build("AWS received another path", "A", "path_encoding"),
		seen(right("guardduty.eu-west-1.amazonaws.com", "/detector", "")).with(func(s *sigv4) {
			s.signed = func(t *signing) { t.path = "/prod/detector" }
		}).build("a path that was cut, and AWS shows what it received", "H", "path_prefix_not_sent"),
		both.build("a signature in the header and one in the query", "I", "header_twice"),
		dropped.build("a signed Content-Type that was taken out", "D", "header_not_sent"),
		hostless.build("the host not signed", "G", "host_missing"),
	}
}
