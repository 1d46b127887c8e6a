package corpus

import (
	"strconv"
	"strings"
	"time"
)

const (
	tcID     = "18581640813874172000"
	tcSecret = "HzYwcJ7vmPAkEPxeBrHCQRjHBtBDMBjb"
	tcURL    = "https://sandbox.threatconnect.com"
)

// tc is a request to ThreatConnect with HMAC.
type tc struct {
	method, target, body, timestamp string

	signTarget, signMethod, signTime, signKey, signText *string
	id, prefix                                          *string
	digest                                              string
	noTime, noAuthorization                             bool
	finish                                              func(string) string
	response                                            *Response
	extra                                               [][2]string
}

func tcError(status int, message string) *Response {
	return &Response{status, map[string]string{"Content-Type": "application/json"}, `{"status":"Failure","message":"` + message + `"}`}
}

func (d *tc) build(name, class, cause string) *Case {
	if d.digest == "" {
		d.digest = "sha256"
	}
	canonical := or(d.signText, or(d.signTarget, d.target)+":"+or(d.signMethod, d.method)+":"+or(d.signTime, d.timestamp))
	signature := b64(mac(d.digest, or(d.signKey, tcSecret), canonical))
	if d.finish != nil {
		signature = d.finish(signature)
	}
	c := &Case{Name: "threatconnect: " + name, Signer: "threatconnect", Class: class, Causes: []string{cause}, Proved: true, Method: d.method, URL: tcURL + d.target, Body: []byte(d.body), Response: d.response, Now: now}
	c.Config = map[string]any{"access_id": tcID, "secret_key": tcSecret}
	if !d.noTime {
		c.Headers = append(c.Headers, [2]string{"Timestamp", d.timestamp})
	}
	if !d.noAuthorization {
		c.Headers = append(c.Headers, [2]string{"Authorization", or(d.prefix, "TC ") + or(d.id, tcID) + ":" + signature})
	}
	c.Headers = append(c.Headers, d.extra...)
	if c.Response == nil && class != "none" {
		c.Response = tcError(401, "signature data did not match expected result")
	}
	return c
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func tcGet() *tc {
	return &tc{method: "GET", target: "/api/v3/indicators?tql=typeName+in+%28%22Address%22%29&resultLimit=100&fields=tags", timestamp: seconds(now)}
}

func tcPath() *tc {
	return &tc{method: "GET", target: "/api/v2/indicators/urls/http%3A%2F%2Fexample.com%2Fa?owner=Acme", timestamp: seconds(now)}
}

func threatConnectCases() []*Case {
	var all []*Case
	add := func(name, class, cause string, base func() *tc, change func(d *tc)) {
		d := base()
		change(d)
		all = append(all, d.build(name, class, cause))
	}
	late := tcError(401, "timestamp out of acceptable time range")
	add("signs the decoded query", "A", "query_decoded", tcGet, func(d *tc) {
		d.signTarget = text(`/api/v3/indicators?tql=typeName in ("Address")&resultLimit=100&fields=tags`)
	})
	add("signs %20 and sends +", "A", "space_encoding", tcGet, func(d *tc) { d.signTarget = text(strings.ReplaceAll(d.target, "+", "%20")) })
	add("signs bare brackets", "A", "reserved_encoding", tcGet, func(d *tc) {
		d.signTarget = text(strings.NewReplacer("%28", "(", "%29", ")").Replace(d.target))
	})
	add("signs lower-case escapes", "A", "escape_case", tcPath, func(d *tc) { d.signTarget = text(strings.NewReplacer("%3A", "%3a", "%2F", "%2f").Replace(d.target)) })
	add("signs the decoded path", "A", "path_decoded", tcPath, func(d *tc) { d.signTarget = text("/api/v2/indicators/urls/http://example.com/a?owner=Acme") })
	add("sends the path encoded twice", "A", "path_double_encoded", tcPath, func(d *tc) {
		d.signTarget, d.target = text(d.target), strings.ReplaceAll(d.target, "%", "%25")
	})
	add("signs the method in lower case", "A", "method_case", tcGet, func(d *tc) { d.signMethod = text("get") })
	add("signs a slash at the end", "A", "path_slash", tcGet, func(d *tc) { d.target, d.signTarget = "/api/v2/owners", text("/api/v2/owners/") })
	add("joins with line ends", "A", "text_layout", tcGet, func(d *tc) { d.signText = text(d.target + "\n" + d.method + "\n" + d.timestamp) })
	add("sorts the query for signing", "C", "params_order_changed", tcGet, func(d *tc) {
		d.signTarget = text("/api/v3/indicators?fields=tags&resultLimit=100&tql=typeName+in+%28%22Address%22%29")
	})
	add("appends a parameter in front", "C", "params_order_changed", tcGet, func(d *tc) {
		d.signTarget = text("/api/v3/indicators?resultLimit=100&tql=typeName+in+%28%22Address%22%29&fields=tags")
	})
	add("sends another timestamp", "D", "date_changed", tcGet, func(d *tc) { d.signTime = text(seconds(now.Add(-time.Second))) })
	add("sends a much later timestamp", "D", "date_changed", tcGet, func(d *tc) { d.signTime = text(seconds(now.Add(-127 * time.Second))) })
	add("sends no timestamp", "D", "date_not_sent", tcGet, func(d *tc) { d.noTime, d.response = true, late })
	add("sends no Authorization", "D", "header_not_sent", tcGet, func(d *tc) { d.noAuthorization, d.response = true, tcError(401, "unauthorized") })
	add("signs POST and sends PUT", "D", "method_changed", tcGet, func(d *tc) { d.method, d.signMethod = "PUT", text("POST") })
	add("the clock is ahead", "E", "clock_off", tcGet, func(d *tc) { d.timestamp, d.response = seconds(now.Add(7*time.Minute)), late })
	add("the local time of Los Angeles", "E", "local_time", tcGet, func(d *tc) { d.timestamp, d.response = seconds(now.Add(-8*time.Hour)), late })
	add("milliseconds", "E", "milliseconds_for_seconds", tcGet, func(d *tc) { d.timestamp, d.response = strconv.FormatInt(now.UnixMilli(), 10), late })
	add("milliseconds signed, seconds sent", "E", "milliseconds_for_seconds", tcGet, func(d *tc) { d.signTime = text(strconv.FormatInt(now.Unix()*1000, 10)) })
	add("a date for the timestamp", "E", "date_format", tcGet, func(d *tc) { d.timestamp, d.response = now.Format(time.RFC3339), late })
	add("a timestamp with a fraction", "E", "date_format", tcGet, func(d *tc) { d.timestamp, d.response = seconds(now)+".089", late })
	for name, key := range inOrder(map[string][2]string{
		"a line end after the secret": {tcSecret + "\n", "secret_whitespace"}, "the secret decoded from Base64": {string(must(decode64(tcSecret))), "secret_base64"}, "quotes around the secret": {"'" + tcSecret + "'", "secret_quoted"}, "the access ID as the secret": {tcID, "ids_swapped"},
	}) {
		add(name, "F", key[1], tcGet, func(d *tc) { d.signKey = text(key[0]) })
	}
	add("ID and secret swapped", "F", "ids_swapped", tcGet, func(d *tc) { d.id, d.signKey, d.response = text(tcSecret), text(tcID), tcError(401, "access denied") })
	add("another access ID", "F", "wrong_id", tcGet, func(d *tc) { d.id, d.response = text("11111111111111111111"), tcError(401, "access denied") })
	add("sha1 for sha256", "F", "wrong_digest", tcGet, func(d *tc) { d.digest = "sha1" })
	add("hexadecimal for Base64", "F", "hex_for_base64", tcGet, func(d *tc) { d.finish = func(s string) string { return encodeHex(must(decode64(s))) } })
	add("Base64 without padding", "F", "signature_encoding", tcGet, func(d *tc) { d.finish = func(s string) string { return strings.TrimRight(s, "=") } })
	add("no prefix", "F", "prefix_missing", tcGet, func(d *tc) { d.prefix, d.response = text(""), tcError(401, "unauthorized") })
	add("Basic for TC", "F", "prefix_wrong", tcGet, func(d *tc) { d.prefix, d.response = text("Basic "), tcError(401, "unauthorized") })
	add("signs the path alone", "H", "query_sent_not_signed", tcGet, func(d *tc) { d.signTarget = text("/api/v3/indicators") })
	add("a page was asked for after signing", "H", "query_sent_not_signed", tcGet, func(d *tc) { d.signTarget, d.target = text(d.target), d.target+"&resultStart=100" })
	add("signs without /api", "H", "path_prefix_not_signed", tcGet, func(d *tc) { d.signTarget = text(strings.TrimPrefix(d.target, "/api")) })
	add("sends without /api", "H", "path_prefix_not_sent", tcGet, func(d *tc) { d.signTarget, d.target = text(d.target), strings.TrimPrefix(d.target, "/api") })
	add("signs the whole URL", "H", "url_for_path", tcGet, func(d *tc) { d.signTarget = text(tcURL + d.target) })
	add("signs the ?null of the Java helpers", "H", "query_signed_not_sent", tcGet, func(d *tc) {
		d.target, d.signTarget = "/api/v2/groups/documents/9/upload", text("/api/v2/groups/documents/9/upload?null")
	})
	add("signs a limit that is not sent", "H", "query_signed_not_sent", tcGet, func(d *tc) { d.target, d.signTarget = "/api/v3/groups", text("/api/v3/groups?resultLimit=1000") })
	add("the signature of the page before", "I", "signature_reused", tcGet, func(d *tc) {
		d.target, d.signTarget = "/api/v3/groups?resultStart=200&resultLimit=100", text("/api/v3/groups?resultStart=100&resultLimit=100")
	})
	add("the owner is not allowed", "K", "not_permitted", tcGet, func(d *tc) { d.response = tcError(403, "access denied") })
	all[len(all)-1].Proved = false // the message means an unknown ID too
	add("the vendor is down", "K", "vendor_failure", tcGet, func(d *tc) { d.response = &Response{502, nil, "bad gateway"} })
	add("right", "none", "", tcGet, func(d *tc) {})
	add("right with escapes", "none", "", tcPath, func(d *tc) { d.response = &Response{200, nil, `{"status":"Success"}`} })
	return all
}

const tcToken = "APIV2:2:AbCdEf:1774000000000:x+y/z=="

// tokenCases send a ThreatConnect token.
func tokenCases() []*Case {
	var all []*Case
	add := func(name, class, cause, authorization string, response *Response) {
		c := &Case{Name: "threatconnect token: " + name, Signer: "threatconnect", Class: class, Causes: []string{cause}, Proved: true, Config: map[string]any{"token": tcToken}, Method: "GET", URL: tcURL + "/api/v3/groups", Now: now, Response: response}
		if authorization != "" {
			c.Headers = [][2]string{{"Authorization", authorization}, {"Timestamp", seconds(now)}}
		}
		all = append(all, c)
	}
	refused := tcError(401, "unauthorized")
	add("no prefix", "F", "prefix_missing", tcToken, refused)
	add("Bearer", "F", "prefix_wrong", "Bearer "+tcToken, refused)
	add("TC for TC-Token", "F", "prefix_wrong", "TC "+tcToken, refused)
	add("another token", "F", "wrong_secret", "TC-Token APIV2:2:other:1774000000000:q", refused)
	add("quotes around the token", "F", "secret_quoted", `TC-Token "`+tcToken+`"`, refused)
	add("the token cut at its +", "F", "secret_altered", "TC-Token "+strings.ReplaceAll(tcToken, "+", " "), refused)
	add("HMAC in place of the token", "F", "wrong_scheme", "TC "+tcID+":"+b64(mac("sha256", tcSecret, "x")), refused)
	add("not sent", "D", "header_not_sent", "", refused)
	add("expired", "K", "key_expired", "TC-Token "+tcToken, tcError(401, "Token has expired"))
	add("regenerated", "K", "key_expired", "TC-Token "+tcToken, refused)
	all[len(all)-1].Proved = false // by what is left over
	add("right", "none", "", "TC-Token "+tcToken, nil)
	return all
}
