package corpus

import (
	"strings"
	"time"
)

// realCases are what people reported in public.
func realCases() []*Case {
	var all []*Case
	// The script signed mintime and maxtime and never sent them; the answer was 40103 for days.
	script := func(path, values string) *duo {
		d := get()
		d.path, d.query, d.pairs = path, "", nil
		d.signParams = text(values)
		return d
	}
	for _, s := range []struct{ name, path, values string }{
		{"mintime and maxtime of any day signed, never sent", "/admin/v2/logs/authentication", "maxtime=1771459200123&mintime=1771372800123"},
		{"mintime of any day signed, never sent", "/admin/v1/logs/administrator", "mintime=1771372801"},
		{"limits and times signed, never sent", "/admin/v2/logs/telephony", "limit=997&maxtime=1771459200123&mintime=1771372800123"},
	} {
		c := script(s.path, s.values).build(s.name, "H", "query_signed_not_sent")
		c.Proved = false // what was not sent can only be guessed
		all = append(all, c)
	}
	day := script("/admin/v2/logs/authentication", "maxtime="+seconds(now)+"000&mintime="+seconds(now.Add(-24*time.Hour))+"000")
	all = append(all, day.build("the logs of the last day signed, never sent", "H", "query_signed_not_sent"))
	precise := script("/admin/v2/logs/authentication", "maxtime="+millis(now)+"&mintime="+millis(now.Add(-24*time.Hour)))
	all = append(all, precise.build("the logs of the last day, to the millisecond", "H", "query_signed_not_sent"))

	// PHP's client encodes UTF-8 twice.
	php := get()
	php.pairs = [][2]string{{"realname", "José"}}
	php.query, php.signParams = "realname=Jos%C3%A9", text("realname=Jos%C3%83%C2%A9")
	all = append(all, php.build("UTF-8 encoded twice", "A", "query_charset"))
	// Java's client with version 5 signs list.toString.
	java := list()
	java.pairs = [][2]string{{"users", "A"}, {"users", "B"}}
	java.query, java.signParams = "users=A&users=B", text("users=%5BA%2C%20B%5D")
	all = append(all, java.build("a list as Java prints it", "A", "list_as_text"))
	// Go's SignedCall signs the parameters of a DELETE and does not send them.
	gone := get()
	gone.method, gone.version, gone.query, gone.path = "DELETE", "2", "", "/admin/v1/users/DUABC"
	gone.pairs = nil
	gone.signParams = text("force=true")
	all = append(all, gone.build("parameters of DELETE signed, not sent", "H", "query_signed_not_sent"))
	// A retry after 429 with the old date.
	retry := get()
	retry.date, retry.response = duoDate(now.Add(-6*time.Minute)), duoError(40105, "Bad request timestamp")
	all = append(all, retry.build("a late retry with its first date", "E", "clock_off"))
	// ruby hashes X-Duo headers that it never sends.
	ruby := get()
	ruby.signXDuo = text("x-duo-date\x00" + ruby.date)
	all = append(all, ruby.build("an X-Duo header hashed and not sent", "D", "header_signed_otherwise"))

	// Demisto's integration signs the suffix without parameters.
	demisto := tcGet()
	demisto.signTarget = text("/api/v3/indicators")
	all = append(all, demisto.build("the suffix without parameters", "H", "query_sent_not_signed"))
	// It also rounds the time.
	round := tcGet()
	round.signTime = text(seconds(now.Add(time.Second)))
	all = append(all, round.build("a rounded time", "D", "date_changed"))
	// Line ends of a shell script in the header's signature.
	shell := dtGet()
	shell.signText = text(shell.target + "\n" + dtPublic + "\n" + shell.date + "\n")
	all = append(all, shell.build("echo without -n before openssl", "A", "text_layout"))
	// IBM quotes with , = and & bare.
	ibm := dtForm()
	ibm.body, ibm.signTarget = "uuid=a%2Cb%2Cc", text("/tags/entities?uuid=a,b,c")
	all = append(all, ibm.build("a form quoted with , bare", "B", "body_form_encoding"))
	// The retries of the Darktrace SDK keep the date.
	sdk := dtGet()
	sdk.date, sdk.response = now.Add(-35*time.Minute).Format("20060102T150405"), &Response{401, nil, `{"message":"API DATE ERROR"}`}
	all = append(all, sdk.build("a saved request sent again", "E", "clock_off"))
	// A gateway with a compressed body.
	zip := post()
	zip.signBody = text(zip.body)
	zip.body = gzipped(zip.body)
	zip.extra = [][2]string{{"Content-Encoding", "gzip"}}
	all = append(all, zip.build("the body was compressed after signing", "B", "body_compressed"))
	// The body was cut, and Content-Length tells.
	cut := post()
	cut.signBody = text(cut.body)
	cut.extra = [][2]string{{"Content-Length", itoa(len(cut.body))}}
	cut.body = cut.body[:20]
	c := cut.build("the body was cut on the way", "B", "body_length")
	c.Also, c.Proved = []string{"body_signed_not_sent"}, false // the stream may know the whole body
	return append(all, c)
}

// unexplainedCases cannot be explained.
func unexplainedCases() []*Case {
	var all []*Case
	add := func(c *Case) {
		c.Class, c.Causes, c.Proved = "J", []string{"unexplained"}, false
		all = append(all, c)
	}
	other := get()
	other.signKey = text("this is another secret altogether, of nobody")
	add(other.build("an unknown secret", "J"))
	random := list()
	random.finish = func(string) string { return strings.Repeat("0123456789abcdef", 8) }
	add(random.build("a signature from nowhere", "J"))
	body := post()
	body.signKey = text("another one")
	body.signBody = text(`{"something":"else"}`)
	add(body.build("an unknown secret and another body", "J"))
	refused := get()
	add(refused.build("right, and refused all the same", "J"))
	silent := get()
	silent.signKey = text("this is another secret altogether, of nobody")
	c := silent.build("an unknown secret, not answered", "J")
	c.Response = nil
	add(c)
	dark := dtPost()
	dark.signKey = text("this is another secret altogether, of nobody")
	add(dark.build("an unknown secret", "J", ""))
	threat := tcGet()
	threat.signKey = text("this is another secret altogether, of nobody")
	add(threat.build("an unknown secret", "J", ""))
	right := tcPath()
	add(right.build("right, and refused all the same", "J", ""))
	cortex := advanced()
	cortex.signKey = text("this is another secret altogether, of nobody")
	add(cortex.build("an unknown key", "J", ""))
	return all
}

// secretlessCases come without the secret: only what can be seen counts.
func secretlessCases() []*Case {
	var all []*Case
	add := func(c *Case) {
		for _, s := range []string{"secret_key", "private_token", "api_secret_key", "api_key", "token"} {
			delete(c.Config, s)
		}
		c.Name, c.Proved = c.Name+", without the secret", false
		all = append(all, c)
	}
	for _, pick := range []string{
		"duo: sends no Date", "duo: sends no Authorization", "duo: the clock is behind", "duo: the local time of Berlin", "duo: the date is written 1772636767", "duo: another integration key", "duo: sha1 with version 5",
		"duo: upper-case hexadecimal", "duo: no prefix", "duo: Bearer", "duo: two Authorization headers", "duo: wrong type of integration", "duo: too many calls", "duo: right, and not answered",
		"darktrace: sends no DTAPI-Token", "darktrace: the clock is behind", "darktrace: an HTTP date", "darktrace: upper-case hexadecimal", "darktrace: sha256 for sha1", "darktrace: redirected to the login page", "darktrace: Base64 for hexadecimal",
		"threatconnect: no prefix", "threatconnect: milliseconds", "threatconnect: hexadecimal for Base64", "threatconnect: sha1 for sha256", "threatconnect: sends no timestamp", "threatconnect: the clock is ahead",
		"cortex: the key itself, as a standard one", "cortex: seconds for milliseconds", "cortex: sends no x-xdr-nonce", "cortex: sha512 for sha256", "cortex: upper-case hexadecimal",
		"carbonblack: the ID first", "carbonblack: quotes", "carbonblack: a colon", "carbonblack: not sent", "carbonblack: in Authorization", "carbonblack: too many calls",
	} {
		for _, make := range []func() []*Case{duoCases, darktraceCases, threatConnectCases, carbonBlackCases, cortexCases} {
			for _, c := range make() {
				if c.Name == pick {
					add(c)
				}
			}
		}
	}
	silent := get().build("nothing to see", "J", "unexplained")
	silent.Class = "J"
	add(silent)
	return all
}

// pairCases have two mistakes at once.
func pairCases() []*Case {
	var all []*Case
	add := func(c *Case, causes ...string) {
		c.Causes = causes
		c.Class = ""
		all = append(all, c)
	}
	d := get()
	d.signKey, d.signParams = text(duoSecret+"\n"), text(params(d.pairs, false, rfc))
	add(d.build("two: unsorted, and a line end after the secret", ""), "params_unsorted", "secret_whitespace")
	d = get()
	d.signParams, d.signHost = text(params(d.pairs, true, plus)), text(duoHost+":443")
	add(d.build("two: + and a port", ""), "space_encoding", "host_with_port")
	d = get()
	d.signParams = text(params(d.pairs, false, plus))
	add(d.build("two: unsorted, and +", ""), "params_unsorted", "space_encoding")
	d = get()
	d.signParams, d.finish = text(""), strings.ToUpper
	add(d.build("two: no parameters, and capitals", ""), "query_sent_not_signed", "upper_hex")
	d = get()
	d.signVersion, d.signHost = "2", text(strings.ToUpper(duoHost))
	add(d.build("two: version 2, and the host in capitals", ""), "wrong_signature_version", "host_case")
	d = get()
	d.signParams, d.signDate = text(params(d.pairs, false, rfc)), text(duoDate(now.Add(-3*time.Second)))
	add(d.build("two: unsorted, and another date", ""), "params_unsorted", "date_changed")
	d = get()
	d.date, d.prefix, d.response = duoDate(now.Add(-10*time.Minute)), text(""), duoError(40101, "Missing request credentials")
	add(d.build("two: no prefix, and the clock", ""), "prefix_missing", "clock_off")
	d = post()
	d.signBody, d.signPath = text(`{"apply_to_apps": ["DIAAAA", "DIBBBB"], "policy_name": "Strict \u00e9", "sections": {"browsers": {"max": 3}}}`), text("/admin/v2/policies/")
	add(d.build("two: JSON written again, and a slash", ""), "body_reserialised", "path_slash")
	d = get()
	d.path, d.signPath, d.signMethod = "/admin/v1/users/DU%2FA", text("/admin/v1/users/DU/A"), text("get")
	add(d.build("two: decoded path, and method in lower case", ""), "path_decoded", "method_case")
	t := tcGet()
	t.signTarget, t.signKey = text("/v3/indicators"), text(tcSecret)
	add(t.build("two: without /api and without the query", "", ""), "path_prefix_not_signed", "query_sent_not_signed")
	t = tcGet()
	t.signTarget, t.digest = text("/api/v3/indicators"), "sha1"
	add(t.build("two: without the query, and sha1", "", ""), "query_sent_not_signed", "wrong_digest")
	t = tcGet()
	t.timestamp, t.signKey, t.response = seconds(now.Add(time.Hour)), text(tcSecret+"\n"), tcError(401, "timestamp out of acceptable time range")
	add(t.build("two: local time, and a line end after the secret", "", ""), "local_time", "secret_whitespace")
	k := dtGet()
	k.signTarget, k.signKey = text(`/devicesearch?query=tag:"Active Threat"&count=50&order=asc`), text(dtPrivate+"\n")
	add(k.build("two: decoded, and a line end after the secret", "", ""), "query_decoded", "secret_whitespace")
	k = dtGet()
	k.signTarget = text(`/devicesearch?count=50&order=asc&query=tag:"Active Threat"`)
	add(k.build("two: sorted and decoded", "", ""), "params_order_changed", "query_decoded")
	k = dtPost()
	k.signTarget, k.finish = text(k.target), strings.ToUpper
	add(k.build("two: body not signed, and capitals", "", ""), "body_not_signed", "upper_hex")
	x := advanced()
	x.signKey, x.timestamp = text(xdrKey+"\n"), seconds(now)
	add(x.build("two: seconds, and a line end after the key", "", ""), "seconds_for_milliseconds", "secret_whitespace")
	x = advanced()
	x.digest, x.finish = "sha512", strings.ToUpper
	add(x.build("two: sha512 in capitals", "", ""), "wrong_digest", "upper_hex")
	return all
}
