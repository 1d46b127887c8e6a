package diagnose

// The classes beside A to I and K of the mistakes.
const (
	None        = "none" // the request is right
	Unexplained = "J"    // it was refused or is wrong, and nothing that is known explains it
)

// Classes says what each class of causes is about, in the order of their letters.
var Classes = []struct{ Letter, Title string }{
	{"A", "encoding or normalisation of path, query or signed text"},
	{"B", "the body differs from what was signed"},
	{"C", "order of the parameters"},
	{"D", "a signed header was changed on the way, or never sent"},
	{"E", "clock or date format"},
	{"F", "wrong secret, key type, scheme, white space or prefix"},
	{"G", "wrong host"},
	{"H", "query or path prefix left out or added"},
	{"I", "stale or left-over signature"},
	{"J", "refused or wrong, and not explained"},
	{"K", "rights, network or expiry: the signature is right"},
}

// Cause is a mistake that is known. ID and Class are stable: programs may branch on them. Says is a clause without
// capital and full stop; Fix a sentence.
type Cause struct{ ID, Class, Says, Fix string }

// Causes is the table of all causes. docs/causes.md is made from it.
var Causes = []Cause{
	// A
	{"escape_case", "A", "the hexadecimal digits of the percent escapes were signed in another letter case than the vendor reads", "Write escapes with upper-case digits (%2F) when signing for Duo; for the other vendors sign the target exactly as it is sent."},
	{"space_encoding", "A", "a blank was signed in another form (+ or %20) than the vendor reads", "Use %20 for Duo's signed parameters (quote and not quote_plus); for the other vendors sign the form that is sent."},
	{"tilde_encoding", "A", "a tilde was signed in another form (~ or %7E) than the vendor reads", "Leave ~ bare when encoding for Duo (RFC 3986); for the other vendors sign the form that is sent."},
	{"asterisk_encoding", "A", "an asterisk was signed in another form (* or %2A) than the vendor reads", "Encode * as %2A for Duo (RFC 3986); for the other vendors sign the form that is sent."},
	{"reserved_encoding", "A", "reserved characters such as / : , @ ! ' ( ) were signed in another form than the vendor reads", "Escape everything but A-Z a-z 0-9 - . _ ~ for Duo; for the other vendors sign the form that is sent."},
	{"bare_parameter", "A", "a parameter without a value was signed in another form (k or k=) than the vendor reads", "Sign k= for a parameter without a value at Duo; for the other vendors sign the form that is sent."},
	{"query_decoded", "A", "the query was signed decoded but sent encoded", "Sign the encoded text of the query, as it stands in the request line."},
	{"query_double_encoded", "A", "the query was encoded twice, once more on one side than on the other", "Encode each parameter once, and sign and send that same text."},
	{"query_encoding", "A", "the query was signed in another encoding than it was sent in", "Build the query once, as text, and use that one text for signing and for sending."},
	{"query_charset", "A", "non-ASCII characters of the path or the query were signed in another character set than UTF-8", "Encode text as UTF-8, once, before percent-encoding it."},
	{"list_as_text", "A", "a list of values was signed as the text of the list and sent as repeated parameters", "Sign repeated parameters one by one, each as key=value."},
	{"wants_decoded_query", "A", "the query was signed as it is sent, and this version of the vendor's software wants it decoded", "Set sign_query to decoded."},
	{"path_decoded", "A", "the path was signed decoded but sent with escapes", "Sign the escaped path, as it stands in the request line (Go: URL.EscapedPath)."},
	{"path_double_encoded", "A", "the path was encoded twice, once more on one side than on the other", "Escape each path segment once, and make the library send that text as it is."},
	{"path_encoding", "A", "the path was signed in another encoding than it was sent in", "Sign the path byte for byte as it stands in the request line."},
	{"path_slash", "A", "the path was signed with other slashes (first, last or doubled) than it was sent with", "Sign the path with exactly the slashes that are sent."},
	{"path_dots", "A", "dot segments of the path were resolved on one side only", "Resolve . and .. before signing, and send that path."},
	{"path_case", "A", "the path was signed in another letter case than it was sent in", "Sign the path in the letter case that is sent."},
	{"question_mark", "A", "a question mark without a query was on one side only", "Leave the question mark out where there is no query."},
	{"method_case", "A", "the method was signed in another letter case than the vendor reads", "Sign the method in upper case, and send it so."},
	{"text_layout", "A", "the parts of the signed text were joined differently than the vendor joins them", "Join the parts as `vendorsign explain` shows them: same order, same separators, nothing after the last."},
	{"text_charset", "A", "the signed text was turned into bytes in another character set than UTF-8", "Turn text into bytes as UTF-8 ([Text.Encoding]::UTF8 in .NET and PowerShell, where Unicode is UTF-16)."},

	// B
	{"body_not_signed", "B", "the body was sent but not signed", "Sign the bytes of the body that are sent."},
	{"body_signed_not_sent", "B", "a body was signed but not sent, or another one was sent", "Send the very bytes that were signed; check redirects and libraries that drop bodies."},
	{"body_reserialised", "B", "the JSON body was written again between signing and sending, in another form", "Serialise once, sign those bytes and send those bytes (data=, not json=)."},
	{"body_form_for_json", "B", "the body was signed as JSON but sent as a form", "Send the JSON text that was signed, with Content-Type: application/json."},
	{"body_json_for_form", "B", "the body was signed as a form but sent as JSON", "Send the form that was signed, with Content-Type: application/x-www-form-urlencoded, or sign the JSON."},
	{"body_form_encoding", "B", "the form in the body was signed in another encoding or order than it was sent in", "Encode the form once, and use that one text for signing and as the body."},
	{"form_params_changed", "B", "parameters of the form in the body were left out of the signature, or the other way round", "Sign every parameter of the form that is sent, and add none after signing."},
	{"body_line_end", "B", "the body was signed with other line ends, blanks or a byte order mark than it was sent with", "Sign the bytes that are sent: curl --data drops line ends (--data-binary keeps them), editors add one."},
	{"body_charset", "B", "the body was signed in another character set or escaping than it was sent in", "Encode the body once, and sign the bytes."},
	{"body_compressed", "B", "the body was compressed after it was signed", "Switch compression of requests off, or sign the compressed bytes."},
	{"body_length", "B", "the body that arrived is not as long as its Content-Length says", "Look for what changes the body on the way, and sign what is sent."},
	{"params_misplaced", "B", "the parameters were signed in one place and sent in another: query and body were mixed up", "Put the parameters of GET and DELETE into the query, those of POST, PUT and PATCH into the body, and sign them there."},
	{"content_type", "B", "the form was sent under another Content-Type, and the vendor reads the parameters of a form only", "Send a form with Content-Type: application/x-www-form-urlencoded."},

	// C
	{"params_unsorted", "C", "the parameters were signed in the order in which they were sent, but the vendor sorts them", "Sort the encoded parameters by key, then by value, before signing."},
	{"params_sorted_wrongly", "C", "the parameters were sorted by another rule than the vendor's", "Sort by encoded key, then by encoded value, byte by byte; not as whole k=v texts, not decoded, not ignoring case."},
	{"params_order_changed", "C", "the parameters were signed in one order and sent in another", "Sign the query in the order in which it is sent."},
	{"params_not_alphabetical", "C", "the parameters are signed as they are sent, but are not in alphabetical order", "Put the query in the order of its keys before signing and sending (query_order sorted)."},
	{"repeated_params", "C", "parameters with the same key were merged on one side only", "Keep every repeated parameter, in the signed text and in the query."},

	// D
	{"date_changed", "D", "the date that was signed is not the one that was sent", "Make the date once, sign that text and send that text; where something on the way rewrites Date, use X-Duo-Date."},
	{"date_not_sent", "D", "no date was sent although one is signed", "Send the signed date in the vendor's header."},
	{"date_overridden", "D", "two date headers were sent, and the one that was signed is not the one that counts", "Send one date; X-Duo-Date wins over Date."},
	{"header_not_sent", "D", "a header that the vendor needs to check the signature was not sent", "Send all of the vendor's headers, and check that nothing on the way drops them."},
	{"header_renamed", "D", "a header arrived under a look-alike name, with _ in place of -", "Send the header under its own name; some servers drop or fold names with underscores."},
	{"header_not_signed", "D", "headers named X-Duo were sent but not signed, or added after signing", "Include every X-Duo header in the signature, or remove it on the way."},
	{"header_signed_otherwise", "D", "the X-Duo headers were signed in another form, or other ones were signed than sent", "Lower-case the names, sort by them, join names and values with NUL, and send what was signed."},
	{"method_changed", "D", "the method that was signed is not the one that was sent", "Sign the method of the final request; follow no redirect with a signed request."},

	// E
	{"clock_off", "E", "the date of the request is outside the vendor's window around its own clock", "Set the clock (NTP), and sign each attempt afresh."},
	{"local_time", "E", "the local time was written where UTC belongs", "Use UTC for the date (time.gmtime, time.Now().UTC(), toISOString)."},
	{"seconds_for_milliseconds", "E", "the timestamp is in seconds, and the vendor wants milliseconds", "Multiply by 1000, for the header and for what is hashed."},
	{"milliseconds_for_seconds", "E", "the timestamp is in milliseconds, and the vendor wants seconds", "Divide by 1000 and drop the fraction, for the header and for what is signed."},
	{"date_format", "E", "the date is not written in a form that the vendor reads", "Write it as `vendorsign explain` does: English names, two digits, UTC."},

	// F
	{"secret_whitespace", "F", "white space, such as a line end, belongs to the secret on one side", "Remove line ends and blanks around the secret (printf and not echo when writing the file)."},
	{"secret_quoted", "F", "quotes or brackets around the secret were taken for a part of it", "Remove the quotes from the value (env files and labels keep them), and the brackets of a page's placeholder."},
	{"secret_hex", "F", "the secret was converted to or from hexadecimal before it was used", "Use the text of the secret as it is shown in the console, as bytes."},
	{"secret_base64", "F", "the secret was converted to or from Base64 before it was used", "Use the text of the secret as it is shown in the console, as bytes."},
	{"secret_case", "F", "the secret was used in another letter case", "Use the secret exactly as it is shown in the console."},
	{"secret_cut", "F", "only a part of the secret was used", "Quote the secret where a shell, a URL or a file format would end it or expand a $ in it."},
	{"secret_empty", "F", "the signature was made with an empty secret", "Check that the variable or file with the secret is set where the client runs."},
	{"secret_placeholder", "F", "a placeholder was used in place of the secret", "Check that the reference is resolved where the client runs."},
	{"secret_altered", "F", "the secret was escaped, doubled, hashed or joined with something before it was used", "Use the text of the secret as it is shown in the console, as bytes."},
	{"secret_sent", "F", "the secret itself was sent where the signature belongs", "Send the signature, and replace the secret: it has been on the wire."},
	{"variable_unexpanded", "F", "a variable or a command was not replaced by its value", "Check that the variable has a value where the client signs and sends; to diagnose, paste what was sent (curl -v) or the line with its values."},
	{"wrong_secret", "F", "the credential that was sent is another one than the configured one", "Compare both with the vendor's console."},
	{"ids_swapped", "F", "the public and the secret part of the credential are swapped", "Exchange the two values."},
	{"wrong_id", "F", "the public part of the credential is not the configured one, or unknown to the vendor", "Use the ID that belongs to the secret, for the right tenant."},
	{"id_whitespace", "F", "white space or quotes surround the public part of the credential", "Remove them."},
	{"wrong_digest", "F", "the signature was made with another hash function than the vendor expects", "Use the digest of the signature version: see `vendorsign explain`."},
	{"wrong_signature_version", "F", "the signature is one of another signature version", "Use the version that is configured (5 for JSON bodies)."},
	{"wrong_construction", "F", "the hash was built differently: HMAC and plain hash, key and text, or the order of the hashed parts were mixed up", "Build it as `vendorsign explain` shows."},
	{"wrong_scheme", "F", "another way to authenticate was used than the configured one", "Use the scheme that the credential was made for."},
	{"standard_for_advanced", "F", "the key was sent as a standard key, but it is an advanced one", "Send the hash of key, nonce and timestamp, or make a standard key."},
	{"advanced_for_standard", "F", "the hash of an advanced key was sent, but the key is a standard one", "Send the key itself in Authorization (key_type standard)."},
	{"prefix_missing", "F", "the prefix of the header's value is missing", "Put the scheme and a blank before the value: `Basic `, `TC `, `TC-Token `, `Bearer `."},
	{"prefix_wrong", "F", "the header's value begins with a prefix that does not belong there", "Use the vendor's own prefix: `Basic ` for Duo, `TC ` or `TC-Token ` for ThreatConnect, none for Cortex and X-Auth-Token."},
	{"wrong_header", "F", "the credential was sent in another header than the vendor reads", "Use the vendor's own header."},
	{"basic_encoding", "F", "the user and password of the Authorization header are not in standard Base64", "Encode key:signature in standard Base64 with padding, on one line."},
	{"base64_for_hex", "F", "the signature was written in Base64, and the vendor wants hexadecimal", "Write the digest in lower-case hexadecimal."},
	{"hex_for_base64", "F", "the signature was written in hexadecimal, and the vendor wants Base64", "Write the raw digest in Base64 with padding."},
	{"upper_hex", "F", "the signature was written in upper-case hexadecimal", "Write it in lower case."},
	{"signature_encoding", "F", "the signature was written in another form than the vendor reads", "Write the raw digest in the vendor's form: lower-case hexadecimal, or Base64 with padding for ThreatConnect."},
	{"signature_length", "F", "the signature is not as long as one of this scheme", "Check digest and encoding, and that nothing cut it."},
	{"token_separator", "F", "secret and ID are not joined by a single slash", "Send secret/ID, the secret first."},

	// G
	{"host_missing", "G", "the host was signed empty or left out", "Sign the host name of the API, in lower case and without port."},
	{"host_with_port", "G", "the host was signed with its port", "Sign the host name without port."},
	{"host_case", "G", "the host was signed in another letter case", "Sign the host name in lower case."},
	{"host_with_scheme", "G", "the host was signed with a scheme, a slash or a final dot", "Sign the bare host name."},
	{"host_differs", "G", "another host was signed or addressed than the vendor's", "Sign and send the vendor's own host name, also behind a proxy."},
	{"host_without_api", "G", "the address lacks the api- that the vendor puts before the host name of its API", "Use the API's address, as the console shows it beside the key (api-...)."},

	// H
	{"query_signed_not_sent", "H", "parameters were signed but not sent", "Send the query that was signed: build the URL once and sign what is in it."},
	{"query_sent_not_signed", "H", "parameters were sent but not signed", "Sign the whole query that is sent; add no parameter after signing."},
	{"query_signed_beside_body", "H", "the query was signed although this request's body is signed in its place", "Sign the path and the body only, or send the parameters in one place."},
	{"path_prefix_not_signed", "H", "the path was sent with a prefix or ending that was not signed", "Sign the path that reaches the vendor, with its base path."},
	{"path_prefix_not_sent", "H", "the path was signed with a prefix or ending that was not sent", "Sign the path that reaches the vendor, without what the proxy strips."},
	{"url_for_path", "H", "the whole URL was signed in place of the path", "Sign the path alone."},

	// I
	{"replayed_nonce", "I", "the nonce was used before", "Make a fresh nonce and timestamp for every attempt, retries included."},
	{"signature_reused", "I", "the signature is one of an earlier request", "Sign every request and every retry afresh."},
	{"header_twice", "I", "a header of the signature was sent twice: one is left over", "Remove the client's own copy before signing."},

	// J
	{"unexplained", "J", "nothing that is known explains it", "Check that the secret is the vendor's current one for this ID; then compare the canonical text of `vendorsign explain` with the client's own."},

	// K
	{"wrong_key_type", "K", "the signature is right, but the key is of a type that may not make this call", "Make a key of the type that this API asks for."},
	{"not_permitted", "K", "the signature is right, but the key lacks the right for this call", "Give the key's role or owner the right, in the vendor's console."},
	{"address_not_allowed", "K", "the signature is right, but the caller's address is not allowed", "Add the address to the allow-list in the vendor's console."},
	{"rate_limited", "K", "the signature is right, but there were too many calls", "Wait, and call more rarely; respect Retry-After."},
	{"key_expired", "K", "the signature is right, but the key or token is expired, revoked or of another kind", "Look the key up in the vendor's console, and renew it."},
	{"login_redirect", "K", "the vendor answered with its login page: the endpoint or the right for it is missing", "Check the path of the API and the rights of the key; follow no redirect."},
	{"endpoint_unknown", "K", "the signature is right, but the vendor does not know this endpoint or method", "Check path and method against the vendor's documentation."},
	{"request_rejected", "K", "the signature is right, but the vendor rejects what is asked for", "Read the vendor's message: parameters or body are not what the endpoint wants."},
	{"vendor_failure", "K", "the vendor or something before it failed", "Try again later; nothing about the signature needs a change."},
}

var causeByID = func() map[string]*Cause {
	m := make(map[string]*Cause, len(Causes))
	for i := range Causes {
		m[Causes[i].ID] = &Causes[i]
	}
	return m
}()

// ClassOf returns the class of a cause.
func ClassOf(id string) string {
	if c := causeByID[id]; c != nil {
		return c.Class
	}
	return Unexplained
}
