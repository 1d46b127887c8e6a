package corpus

import (
	"strings"
	"time"
)

// duo is a request to Duo: what is sent, and what is signed where that differs.
type duo struct {
	method, host, path, query string
	pairs                     [][2]string // of the query, or of the form with version 2
	body, contentType         string
	version, digest           string // as configured
	date                      string
	extra                     [][2]string

	// What the client did, where it is not right. nil: right.
	signVersion, signDigest                           string
	signDate, signMethod, signHost, signPath          *string
	signParams, signBody, signXDuo, signText, signKey *string
	user, password, prefix                            *string
	noDate, noAuthorization                           bool
	dateHeader                                        string
	finish                                            func(string) string // changes the signature
	response                                          *Response
	now                                               time.Time
}

const (
	duoID     = "DIXYZV6YM8IFYVWBINCX"
	duoSecret = "yWHSMhWucAcp7qvuH3HWTaSaKABs8Gaddiv1NIRx"
	duoHost   = "api-3f2c91aa.duosecurity.com"
)

func duoError(code int, message string) *Response {
	status := code / 100
	return &Response{Status: status, Headers: map[string]string{"Content-Type": "application/json"},
		Body: `{"code": ` + itoa(code) + `, "message": "` + message + `", "stat": "FAIL"}`}
}

var duo40103 = duoError(40103, "Invalid signature in request credentials")

func or(s *string, otherwise string) string {
	if s != nil {
		return *s
	}
	return otherwise
}

// text is the canonical text that the client signs.
func (d *duo) text() string {
	version := d.version
	if d.signVersion != "" {
		version = d.signVersion
	}
	right := params(d.pairs, true, rfc)
	form := d.method == "POST" || d.method == "PUT" || d.method == "PATCH"
	if form && version != "2" && d.version != "2" {
		right = ""
	}
	lines := []string{or(d.signDate, d.date), or(d.signMethod, strings.ToUpper(d.method)), or(d.signHost, d.host), or(d.signPath, d.path), or(d.signParams, right)}
	if version == "1" {
		lines = lines[1:]
	}
	if version == "4" || version == "5" {
		lines = append(lines, sum("sha512", or(d.signBody, d.body)))
	}
	if version == "5" {
		lines = append(lines, sum("sha512", or(d.signXDuo, "")))
	}
	return strings.Join(lines, "\n")
}

func (d *duo) build(name, class string, causes ...string) *Case {
	if d.digest == "" {
		d.digest = "sha512"
	}
	digest := d.digest
	if d.signDigest != "" {
		digest = d.signDigest
	}
	signature := hexMAC(digest, or(d.signKey, duoSecret), or(d.signText, d.text()))
	if d.finish != nil {
		signature = d.finish(signature)
	}
	c := &Case{Name: "duo: " + name, Signer: "duo", Class: class, Causes: causes, Proved: true, Method: d.method, Body: []byte(d.body), Response: d.response, Now: d.now}
	if c.Now.IsZero() {
		c.Now = now
	}
	c.Config = map[string]any{"integration_key": duoID, "secret_key": duoSecret}
	if d.version != "5" {
		c.Config["signature_version"] = int(d.version[0] - '0')
	}
	if d.digest != "sha512" {
		c.Config["digest"] = d.digest
	}
	query := d.query
	c.URL = "https://" + d.host + d.path
	if query != "" {
		c.URL += "?" + query
	}
	if !d.noDate {
		header := "Date"
		if d.dateHeader != "" {
			header = d.dateHeader
		}
		c.Headers = append(c.Headers, [2]string{header, d.date})
	}
	if !d.noAuthorization {
		c.Headers = append(c.Headers, [2]string{"Authorization", or(d.prefix, "Basic ") + b64([]byte(or(d.user, duoID)+":"+or(d.password, signature)))})
	}
	if d.contentType != "" {
		c.Headers = append(c.Headers, [2]string{"Content-Type", d.contentType})
	}
	c.Headers = append(c.Headers, d.extra...)
	if c.Response == nil && class != "none" {
		c.Response = duo40103
	}
	return c
}

func duoDate(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05") + " -0000" }

// get is a right GET with version 5.
func get() *duo {
	pairs := [][2]string{{"username", "bob smith+tag@example.com"}, {"limit", "10"}, {"note", "a~b*c(d)"}}
	return &duo{method: "GET", host: duoHost, path: "/admin/v1/users", pairs: pairs, query: params(pairs, false, rfc), version: "5", date: duoDate(now)}
}

// list is a right GET with one key several times.
func list() *duo {
	pairs := [][2]string{{"users", "DUZ"}, {"users", "DUA"}, {"limit", "5"}, {"mintime", "1772500000000"}, {"maxtime", "1772600000000"}}
	return &duo{method: "GET", host: duoHost, path: "/admin/v2/logs/authentication", pairs: pairs, query: params(pairs, false, rfc), version: "5", date: duoDate(now)}
}

func duoCases() []*Case {
	var all []*Case
	add := func(name, class, cause string, base func() *duo, change func(d *duo)) {
		d := base()
		change(d)
		all = append(all, d.build(name, class, cause))
	}
	versionTwo := func() *duo { d := get(); d.version = "2"; return d }
	for _, base := range []func() *duo{get} {
		for _, e := range []struct {
			name, cause string
			write       func(string) string
		}{
			{"signs + for a blank", "space_encoding", plus}, {"signs lower-case escapes", "escape_case", lower}, {"signs with JavaScript's encoder", "asterisk_encoding", javascript},
			{"signs %7E", "tilde_encoding", tilde}, {"signs the decoded query", "query_decoded", bare}, {"signs the query encoded twice", "query_double_encoded", twice},
			{"signs with Java's encoder", "space_encoding", java},
		} {
			add(e.name, "A", e.cause, base, func(d *duo) { d.signParams = text(params(d.pairs, true, e.write)) })
			add(e.name+", version 2", "A", e.cause, versionTwo, func(d *duo) { d.signParams = text(params(d.pairs, true, e.write)) })
		}
	}
	slashed := func() *duo {
		d := get()
		d.pairs = [][2]string{{"group", "ops/eu"}, {"name", "x"}}
		d.query = params(d.pairs, false, rfc)
		return d
	}
	add("leaves / bare", "A", "reserved_encoding", slashed, func(d *duo) { d.signParams = text(params(d.pairs, true, slash)) })
	escaped := func() *duo { d := get(); d.path = "/admin/v1/users/DU%2FAB%20C/groups"; return d }
	add("signs the decoded path", "A", "path_decoded", escaped, func(d *duo) { d.signPath = text("/admin/v1/users/DU/AB C/groups") })
	add("signs the path encoded twice", "A", "path_double_encoded", escaped, func(d *duo) { d.signPath = text("/admin/v1/users/DU%252FAB%2520C/groups") })
	add("signs the path with lower-case escapes", "A", "escape_case", escaped, func(d *duo) { d.signPath = text("/admin/v1/users/DU%2fAB%20C/groups") })
	add("signs a slash at the end", "A", "path_slash", get, func(d *duo) { d.signPath = text("/admin/v1/users/") })
	add("signs the path without its first slash", "A", "path_slash", get, func(d *duo) { d.signPath = text("admin/v1/users") })
	add("signs the method in lower case", "A", "method_case", get, func(d *duo) { d.signMethod = text("get") })
	add("signs a line end after the last line", "A", "text_layout", get, func(d *duo) { d.signText = text(d.text() + "\n") })
	add("joins the lines with CR LF", "A", "text_layout", get, func(d *duo) { d.signText = text(strings.ReplaceAll(d.text(), "\n", "\r\n")) })

	for _, base := range []func() *duo{get, list, versionTwo} {
		add("does not sort", "C", "params_unsorted", base, func(d *duo) { d.signParams = text(params(d.pairs, false, rfc)) })
	}
	add("sorts keys only", "C", "params_sorted_wrongly", list, func(d *duo) {
		d.signParams = text("limit=5&maxtime=1772600000000&mintime=1772500000000&users=DUZ&users=DUA")
	})
	joined := func() *duo {
		d := get()
		d.pairs = [][2]string{{"a", "1"}, {"a1", "2"}, {"a-b", "3"}}
		d.query = params(d.pairs, false, rfc)
		return d
	}
	add("sorts whole pairs", "C", "params_sorted_wrongly", joined, func(d *duo) { d.signParams = text("a-b=3&a1=2&a=1") })
	add("merges repeated parameters", "C", "repeated_params", list, func(d *duo) {
		d.signParams = text("limit=5&maxtime=1772600000000&mintime=1772500000000&users=DUZ")
	})

	add("sends another Date by seconds", "D", "date_changed", get, func(d *duo) { d.signDate = text(duoDate(now.Add(-2 * time.Second))) })
	add("sends another Date by minutes", "D", "date_changed", get, func(d *duo) { d.signDate = text(duoDate(now.Add(-97 * time.Second))) })
	add("a proxy writes Date again with GMT", "D", "date_changed", get, func(d *duo) {
		d.signDate = text(d.date)
		d.date = now.Add(time.Second).Format("Mon, 02 Jan 2006 15:04:05 GMT")
	})
	add("signs +0000 and sends GMT", "D", "date_changed", get, func(d *duo) {
		d.signDate = text(now.Format("Mon, 02 Jan 2006 15:04:05 +0000"))
		d.date = now.Format("Mon, 02 Jan 2006 15:04:05 GMT")
	})
	add("sends no Date", "D", "date_not_sent", get, func(d *duo) {
		d.noDate, d.response = true, duoError(40104, "Missing request timestamp")
	})
	add("sends no Authorization", "D", "header_not_sent", get, func(d *duo) {
		d.noAuthorization, d.response = true, duoError(40101, "Missing request credentials")
	})
	add("leaves a foreign X-Duo-Date in", "D", "date_overridden", get, func(d *duo) {
		d.version = "2"
		d.extra = [][2]string{{"X-Duo-Date", duoDate(now.Add(-40 * time.Second))}}
	})
	add("an X-Duo header is added on the way", "D", "header_not_signed", get, func(d *duo) { d.extra = [][2]string{{"X-Duo-Trace", "abc123"}} })
	add("X-Duo headers are joined otherwise", "D", "header_signed_otherwise", get, func(d *duo) {
		d.extra = [][2]string{{"X-Duo-Trace", "abc123"}, {"X-Duo-App", "ops"}}
		d.signXDuo = text("x-duo-app:ops\nx-duo-trace:abc123")
	})
	add("a redirect made POST a GET", "D", "method_changed", get, func(d *duo) { d.signMethod = text("POST") })

	late := duoError(40105, "Bad request timestamp")
	for _, e := range []struct {
		name, cause string
		off         time.Duration
	}{
		{"the clock is behind", "clock_off", -11 * time.Minute}, {"the clock is ahead", "clock_off", 43 * time.Minute},
		{"the local time of Berlin", "local_time", 2 * time.Hour}, {"the local time of New York", "local_time", -5 * time.Hour}, {"the local time of Delhi", "local_time", 330 * time.Minute},
		{"the clock has lost its date", "clock_off", -5 * 365 * 24 * time.Hour},
	} {
		add(e.name, "E", e.cause, get, func(d *duo) { d.date, d.response = duoDate(now.Add(e.off)), late })
	}
	add("a stale date answered with 40103", "E", "clock_off", get, func(d *duo) { d.date = duoDate(now.Add(-17 * time.Minute)) })
	add("the vendor's Date tells the clock", "E", "clock_off", get, func(d *duo) {
		d.response = &Response{401, map[string]string{"Date": now.Add(9 * time.Minute).Format("Mon, 02 Jan 2006 15:04:05 GMT")}, late.Body}
	})
	for _, date := range []string{"Mi, 04 Mär 2026 15:06:07 GMT", now.Format(time.RFC3339), now.Format("Mon, 02 Jan 2006 15:04:05") + " UTC", "Thu, 04 Mar 2026 15:06:07 -0000", "1772636767", "Wed Mar  4 15:06:07 2026"} {
		add("the date is written "+date, "E", "date_format", get, func(d *duo) {
			d.date, d.response = date, duoError(40104, "Missing request timestamp")
		})
	}
	add("signs the local time and sends UTC", "E", "local_time", get, func(d *duo) { d.signDate = text(duoDate(now.Add(time.Hour))) })

	for name, key := range inOrder(map[string][2]string{
		"a line end after the secret": {duoSecret + "\n", "secret_whitespace"}, "a blank before the secret": {" " + duoSecret, "secret_whitespace"}, "CR LF after the secret": {duoSecret + "\r\n", "secret_whitespace"},
		"quotes around the secret": {`"` + duoSecret + `"`, "secret_quoted"}, "the secret in lower case": {strings.ToLower(duoSecret), "secret_case"}, "an empty secret": {"", "secret_empty"},
		"a placeholder for the secret": {"{env.DUO_SKEY}", "secret_placeholder"}, "the secret without its last letter": {duoSecret[:39], "secret_cut"}, "the secret in Base64": {b64([]byte(duoSecret)), "secret_base64"},
		"the integration key as the secret": {duoID, "ids_swapped"},
	}) {
		add(name, "F", key[1], get, func(d *duo) { d.signKey = text(key[0]) })
	}
	decoded := string(must(decode64(duoSecret)))
	add("the secret decoded from Base64", "F", "secret_base64", get, func(d *duo) { d.signKey = &decoded })
	add("integration key and secret swapped", "F", "ids_swapped", get, func(d *duo) {
		d.user, d.signKey, d.response = text(duoSecret), text(duoID), duoError(40102, "Invalid integration key in request credentials")
	})
	add("another integration key", "F", "wrong_id", get, func(d *duo) {
		d.user, d.response = text("DIAAAAAAAAAAAAAAAAAA"), duoError(40102, "Invalid integration key in request credentials")
	})
	add("the secret as the password", "F", "secret_sent", get, func(d *duo) { d.password = text(duoSecret) })
	add("sha1 for sha512", "F", "wrong_digest", versionTwo, func(d *duo) { d.signDigest = "sha1" })
	add("sha512 for sha1", "F", "wrong_digest", versionTwo, func(d *duo) { d.digest, d.signDigest = "sha1", "sha512" })
	add("sha1 with version 5", "F", "wrong_digest", get, func(d *duo) { d.signDigest = "sha1" })
	add("sha256 with version 5", "F", "wrong_digest", get, func(d *duo) { d.signDigest = "sha256" })
	add("version 2 for 5", "F", "wrong_signature_version", get, func(d *duo) { d.signVersion = "2" })
	add("version 2 with sha1 for 5", "F", "wrong_signature_version", get, func(d *duo) { d.signVersion, d.signDigest = "2", "sha1" })
	add("version 4 for 5", "F", "wrong_signature_version", get, func(d *duo) { d.signVersion = "4" })
	add("version 5 for 2", "F", "wrong_signature_version", versionTwo, func(d *duo) { d.signVersion = "5" })
	add("version 1 for 2", "F", "wrong_signature_version", versionTwo, func(d *duo) { d.signVersion, d.signDigest = "1", "sha1" })
	add("upper-case hexadecimal", "F", "upper_hex", get, func(d *duo) { d.finish = strings.ToUpper })
	add("Base64 for hexadecimal", "F", "base64_for_hex", get, func(d *duo) { d.finish = func(s string) string { return b64(must(unhex(s))) } })
	add("no prefix", "F", "prefix_missing", get, func(d *duo) { d.prefix, d.response = text(""), duoError(40101, "Missing request credentials") })
	add("Bearer", "F", "prefix_wrong", get, func(d *duo) { d.prefix, d.response = text("Bearer "), duoError(40101, "Missing request credentials") })

	add("signs no host", "G", "host_missing", get, func(d *duo) { d.signHost = text("") })
	add("leaves the line of the host out", "G", "host_missing", get, func(d *duo) {
		l := strings.Split(d.text(), "\n")
		d.signText = text(strings.Join(append(l[:2:2], l[3:]...), "\n"))
	})
	add("signs the port", "G", "host_with_port", get, func(d *duo) { d.signHost = text(duoHost + ":443") })
	add("sends and signs a port", "G", "host_with_port", get, func(d *duo) {
		d.host, d.signHost = duoHost+":8443", text(duoHost+":8443")
	})
	add("signs the host in upper case", "G", "host_case", get, func(d *duo) { d.signHost = text(strings.ToUpper(duoHost)) })
	add("sends and signs a host with capitals", "G", "host_case", get, func(d *duo) {
		d.host = "API-3F2C91AA.DuoSecurity.com"
		d.signHost = &d.host
	})
	add("signs the URL of the host", "G", "host_with_scheme", get, func(d *duo) { d.signHost = text("https://" + duoHost) })
	add("signs the proxy's name", "G", "host_differs", get, func(d *duo) {
		d.signHost = text("duo-gw.corp.example")
		d.extra = [][2]string{{"X-Forwarded-Host", "duo-gw.corp.example"}}
	})

	add("signs no parameters", "H", "query_sent_not_signed", get, func(d *duo) { d.signParams = text("") })
	add("a parameter was added after signing", "H", "query_sent_not_signed", get, func(d *duo) { d.signParams = text(params(d.pairs[:2], true, rfc)) })
	add("offset was signed and not sent", "H", "query_signed_not_sent", get, func(d *duo) {
		d.signParams = text(params(append(d.pairs, [2]string{"offset", "0"}), true, rfc))
	})
	add("parameters of a GET went into the body", "H", "query_signed_not_sent", get, func(d *duo) {
		d.body, d.query, d.signBody = d.query, "", text("")
		d.contentType = "application/x-www-form-urlencoded"
	})
	add("a base path was not signed", "H", "path_prefix_not_signed", get, func(d *duo) {
		d.path, d.signPath = "/duo/admin/v1/users", text("/admin/v1/users")
	})
	add("a base path was signed that the proxy strips", "H", "path_prefix_not_sent", get, func(d *duo) { d.signPath = text("/duo/admin/v1/users") })
	add("the whole URL was signed", "H", "url_for_path", get, func(d *duo) { d.signPath = text("https://" + duoHost + "/admin/v1/users") })

	add("two Authorization headers", "I", "header_twice", get, func(d *duo) {
		d.extra = [][2]string{{"Authorization", "Basic " + b64([]byte(duoID+":"+strings.Repeat("0a", 64)))}}
	})
	add("the signature of the first page", "I", "signature_reused", func() *duo {
		d := get()
		d.pairs = [][2]string{{"limit", "100"}, {"offset", "300"}}
		d.query = params(d.pairs, false, rfc)
		return d
	}, func(d *duo) { d.signParams = text("limit=100&offset=0") })

	for _, k := range []struct {
		name, cause string
		response    *Response
	}{
		{"wrong type of integration", "wrong_key_type", &Response{403, nil, `{"code": 40301, "message": "Access forbidden", "message_detail": "Wrong integration type for this API.", "stat": "FAIL"}`}}, {"too many calls", "rate_limited", duoError(42901, "Too Many Requests")},
		{"the address is not allowed", "address_not_allowed", &Response{403, nil, `{"code": 40399, "message": "IP address not in allow list", "stat": "FAIL"}`}},
		{"the endpoint does not exist", "endpoint_unknown", duoError(40401, "Resource not found")}, {"the vendor is down", "vendor_failure", &Response{503, nil, "<html>upstream"}},
	} {
		add(k.name, "K", k.cause, get, func(d *duo) { d.response = k.response })
	}
	likely := func(name, cause string, response *Response) {
		add(name, "K", cause, get, func(d *duo) { d.response = response })
		all[len(all)-1].Proved = false // the code means several things
	}
	likely("a permission is missing", "not_permitted", duoError(40301, "Access forbidden"))
	likely("an application of another type", "wrong_key_type", duoError(40102, "Invalid integration key in request credentials"))
	add("right, and not answered", "none", "", get, func(d *duo) {})
	add("right, version 2", "none", "", versionTwo, func(d *duo) {})
	add("right and accepted", "none", "", list, func(d *duo) { d.response = &Response{200, nil, `{"stat":"OK","response":[]}`} })
	return all
}
