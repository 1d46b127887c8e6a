package corpus

import (
	"strings"
	"time"
)

const (
	dtPublic  = "af0f4bb1c3a3dd36c1e2f5c1c7a0dd0ec0ffee01"
	dtPrivate = "0123456789abcdef0123456789abcdef01234567"
	dtURL     = "https://euw1-1234-01.cloud.darktrace.com"
)

// dt is a request to Darktrace.
type dt struct {
	method, target, body, contentType, date string

	signTarget, signDate, signKey, signToken, signText *string
	token, date2                                       *string // what is sent where it is not right
	digest                                             string
	without                                            string
	finish                                             func(string) string
	response                                           *Response
	extra                                              [][2]string
	config                                             map[string]any
}

var dtRefused = &Response{400, map[string]string{"Content-Type": "application/json"}, `{"error":"API SIGNATURE ERROR"}`}

func (d *dt) build(name, class, cause string) *Case {
	target := d.target
	if d.body != "" {
		path, _, _ := strings.Cut(target, "?")
		target = path + "?" + d.body
	}
	if d.digest == "" {
		d.digest = "sha1"
	}
	canonical := or(d.signText, or(d.signTarget, target)+"\n"+or(d.signToken, dtPublic)+"\n"+or(d.signDate, d.date))
	signature := hexMAC(d.digest, or(d.signKey, dtPrivate), canonical)
	if d.finish != nil {
		signature = d.finish(signature)
	}
	c := &Case{Name: "darktrace: " + name, Signer: "darktrace", Class: class, Causes: []string{cause}, Proved: true, Method: d.method, URL: dtURL + d.target, Body: []byte(d.body), Response: d.response, Now: now}
	c.Config = map[string]any{"public_token": dtPublic, "private_token": dtPrivate}
	for k, v := range d.config {
		c.Config[k] = v
	}
	for _, h := range [][2]string{{"DTAPI-Token", or(d.token, dtPublic)}, {"DTAPI-Date", or(d.date2, d.date)}, {"DTAPI-Signature", signature}, {"Content-Type", d.contentType}} {
		if h[0] != d.without && h[1] != "" {
			c.Headers = append(c.Headers, h)
		}
	}
	c.Headers = append(c.Headers, d.extra...)
	if c.Response == nil && class != "none" {
		c.Response = dtRefused
	}
	return c
}

func dtGet() *dt {
	return &dt{method: "GET", target: "/devicesearch?query=tag%3A%22Active%20Threat%22&count=50&order=asc", date: now.Format("20060102T150405")}
}

func dtPost() *dt {
	return &dt{method: "POST", target: "/modelbreaches/101/comments", body: `{"message":"Test Comment","priority":"high"}`, contentType: "application/json", date: now.Format("2006-01-02 15:04:05")}
}

func dtForm() *dt {
	return &dt{method: "POST", target: "/tags/entities", body: "did=1&tag=Active+Threat%2C%20new", contentType: "application/x-www-form-urlencoded", date: now.Format("20060102T150405")}
}

func darktraceCases() []*Case {
	var all []*Case
	add := func(name, class, cause string, base func() *dt, change func(d *dt)) {
		d := base()
		change(d)
		all = append(all, d.build(name, class, cause))
	}
	dateRefused := &Response{400, nil, `{"error":"API DATE ERROR"}`}
	add("signs the decoded query", "A", "query_decoded", dtGet, func(d *dt) { d.signTarget = text(`/devicesearch?query=tag:"Active Threat"&count=50&order=asc`) })
	add("signs + and sends %20", "A", "space_encoding", dtGet, func(d *dt) { d.signTarget = text(strings.ReplaceAll(d.target, "%20", "+")) })
	add("signs lower-case escapes", "A", "escape_case", dtGet, func(d *dt) { d.signTarget = text("/devicesearch?query=tag%3a%22Active%20Threat%22&count=50&order=asc") })
	add("signs the query encoded twice", "A", "query_double_encoded", dtGet, func(d *dt) { d.signTarget = text(strings.ReplaceAll(d.target, "%", "%25")) })
	base64Path := func() *dt { d := dtGet(); d.target = "/advancedsearch/api/search/eyJhIjoxfQ%3D%3D"; return d }
	add("signs the decoded path", "A", "path_decoded", base64Path, func(d *dt) { d.signTarget = text("/advancedsearch/api/search/eyJhIjoxfQ==") })
	add("sends the path encoded twice", "A", "path_double_encoded", base64Path, func(d *dt) {
		d.signTarget, d.target = text(d.target), strings.ReplaceAll(d.target, "%", "%25")
	})
	add("sorts for signing only", "C", "params_order_changed", dtGet, func(d *dt) { d.signTarget = text("/devicesearch?count=50&order=asc&query=tag%3A%22Active%20Threat%22") })
	add("signs in the order of its source", "C", "params_order_changed", dtGet, func(d *dt) { d.signTarget = text("/devicesearch?order=asc&query=tag%3A%22Active%20Threat%22&count=50") })
	add("is refused for an unsorted query", "C", "params_not_alphabetical", dtGet, func(d *dt) {})
	all[len(all)-1].Proved = false // by what is left over
	add("is refused for an encoded query", "A", "wants_decoded_query", func() *dt { d := dtGet(); d.target = "/tags?tag=Active%20Threat"; return d }, func(d *dt) {})
	all[len(all)-1].Proved = false
	add("the body was not signed", "B", "body_not_signed", dtPost, func(d *dt) { d.signTarget = &d.target })
	add("the body was signed with blanks", "B", "body_reserialised", dtPost, func(d *dt) { d.signTarget = text(d.target + `?{"message": "Test Comment", "priority": "high"}`) })
	add("the body was signed sorted", "B", "body_reserialised", func() *dt { d := dtPost(); d.body = `{"z":1,"a":[1.5,null]}`; return d }, func(d *dt) { d.signTarget = text(d.target + `?{"a":[1.5,null],"z":1}`) })
	add("the form was signed decoded", "B", "body_form_encoding", dtForm, func(d *dt) { d.signTarget = text("/tags/entities?did=1&tag=Active Threat, new") })
	add("JSON was signed and a form sent", "B", "body_form_for_json", dtForm, func(d *dt) { d.signTarget = text(`/tags/entities?{"did": 1, "tag": "Active Threat, new"}`) })
	add("the body lost its line end", "B", "body_line_end", dtPost, func(d *dt) { d.signTarget = text(d.target + "?" + d.body + "\n") })
	add("query and body were signed", "H", "query_signed_beside_body", dtPost, func(d *dt) {
		d.target = "/tags?responsedata=name"
		d.signTarget = text(d.target + "&" + d.body)
	})
	add("signs the path alone", "H", "query_sent_not_signed", dtGet, func(d *dt) { d.signTarget = text("/devicesearch") })
	add("signs the query of None values", "H", "query_signed_not_sent", dtGet, func(d *dt) { d.target = "/devices?did=1"; d.signTarget = text("/devices?did=1&ip=None") })
	add("signs without the appliance's base path", "H", "path_prefix_not_signed", dtGet, func(d *dt) { d.target = "/dt/devices"; d.signTarget = text("/devices") })
	add("signs the whole URL", "H", "url_for_path", dtGet, func(d *dt) { d.target = "/devices"; d.signTarget = text(dtURL + "/devices") })
	add("sends another date", "D", "date_changed", dtGet, func(d *dt) { d.signDate = text(now.Add(-time.Second).Format("20060102T150405")) })
	add("signs another form of the date", "D", "date_changed", dtGet, func(d *dt) { d.signDate = text(now.Format("2006-01-02 15:04:05")) })
	for _, h := range []string{"DTAPI-Token", "DTAPI-Signature"} {
		add("sends no "+h, "D", "header_not_sent", dtGet, func(d *dt) { d.without = h })
	}
	add("a server folded the header's name", "D", "header_renamed", dtGet, func(d *dt) { d.without = "DTAPI-Token"; d.extra = [][2]string{{"DTAPI_TOKEN", dtPublic}} })
	add("the clock is behind", "E", "clock_off", dtGet, func(d *dt) {
		d.date, d.response = now.Add(-41*time.Minute).Format("20060102T150405"), dateRefused
	})
	add("the local time of Tokyo", "E", "local_time", dtGet, func(d *dt) {
		d.date, d.response = now.Add(9*time.Hour).Format("20060102T150405"), dateRefused
	})
	add("the local time, with its offset", "E", "local_time", dtGet, func(d *dt) {
		d.date, d.response = now.In(time.FixedZone("", 7200)).Format("2006-01-02T15:04:05-07:00"), dateRefused
	})
	add("an HTTP date", "E", "date_format", dtGet, func(d *dt) {
		d.date, d.response = now.Format("Mon, 02 Jan 2006 15:04:05 GMT"), dateRefused
	})
	add("a Unix time", "E", "date_format", dtGet, func(d *dt) { d.date, d.response = "1772636767", dateRefused })
	for name, key := range inOrder(map[string][2]string{
		"a line end after the secret": {dtPrivate + "\n", "secret_whitespace"}, "the secret as hexadecimal": {string(must(unhex(dtPrivate))), "secret_hex"}, "the secret in capitals": {strings.ToUpper(dtPrivate), "secret_case"}, "the public token as the secret": {dtPublic, "ids_swapped"},
	}) {
		add(name, "F", key[1], dtGet, func(d *dt) { d.signKey = text(key[0]) })
	}
	add("the tokens swapped", "F", "ids_swapped", dtGet, func(d *dt) { d.token, d.signToken, d.signKey = text(dtPrivate), text(dtPrivate), text(dtPublic) })
	add("sha256 for sha1", "F", "wrong_digest", dtGet, func(d *dt) { d.digest = "sha256" })
	add("upper-case hexadecimal", "F", "upper_hex", dtGet, func(d *dt) { d.finish = strings.ToUpper })
	add("Base64 for hexadecimal", "F", "base64_for_hex", dtPost, func(d *dt) { d.finish = func(s string) string { return b64(must(unhex(s))) } })
	add("the private token as the signature", "F", "secret_sent", dtGet, func(d *dt) { d.finish = func(string) string { return dtPrivate } })
	add("another public token", "F", "wrong_id", dtGet, func(d *dt) { d.token = text("0000000000000000000000000000000000000000"); d.signToken = d.token })
	add("a left-over signature beside the right one", "I", "header_twice", dtGet, func(d *dt) { d.extra = [][2]string{{"DTAPI-Signature", strings.Repeat("ab", 20)}} })
	add("redirected to the login page", "K", "login_redirect", dtGet, func(d *dt) { d.response = &Response{302, map[string]string{"Location": "/login"}, ""} })
	add("redirected to /403", "K", "login_redirect", dtPost, func(d *dt) { d.response = &Response{302, map[string]string{"Location": "/403"}, ""} })
	add("not permitted", "K", "not_permitted", dtGet, func(d *dt) { d.response = &Response{403, nil, `{"error":"Permission denied"}`} })
	add("too many calls", "K", "rate_limited", dtGet, func(d *dt) { d.response = &Response{429, nil, ``} })
	add("right GET", "none", "", dtGet, func(d *dt) {})
	add("right GET signed decoded, accepted by appliances", "none", "", dtGet, func(d *dt) { d.signTarget = text(`/devicesearch?query=tag:"Active Threat"&count=50&order=asc`) })
	add("right POST", "none", "", dtPost, func(d *dt) { d.response = &Response{200, nil, "{}"} })
	add("right form", "none", "", dtForm, func(d *dt) {})
	return all
}
