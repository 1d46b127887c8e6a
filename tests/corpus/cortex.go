package corpus

import (
	"strconv"
	"strings"
	"time"
)

const (
	xdrID  = "7"
	xdrKey = "Z9kQm2abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF4242"
	nonce  = "KBJHFhMpKYolVviUsb6QL4PC6TMF3cAAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIII"
)

// xdr is a request to Cortex with an advanced key.
type xdr struct {
	timestamp, nonce             string
	signKey, signNonce, signTime *string
	authorization, id            *string
	digest                       string
	without                      string
	keyType                      string
	finish                       func(string) string
	response                     *Response
	extra                        [][2]string
}

var xdrRefused = &Response{401, nil, `{"reply":{"err_code":401,"err_msg":"Public API request unauthorized","err_extra":null}}`}

func (d *xdr) build(name, class, cause string) *Case {
	if d.digest == "" {
		d.digest = "sha256"
	}
	hash := sum(d.digest, or(d.signKey, xdrKey)+or(d.signNonce, d.nonce)+or(d.signTime, d.timestamp))
	if d.finish != nil {
		hash = d.finish(hash)
	}
	c := &Case{Name: "cortex: " + name, Signer: "cortex", Class: class, Causes: []string{cause}, Proved: true, Config: map[string]any{"api_key_id": xdrID, "api_key": xdrKey}, Method: "POST",
		URL: "https://api-tenant1.xdr.us.paloaltonetworks.com/public_api/v1/incidents/get_incidents", Body: []byte(`{"request_data":{}}`), Now: now, Response: d.response}
	if d.keyType != "" {
		c.Config["key_type"] = d.keyType
	}
	for _, h := range [][2]string{{"Authorization", or(d.authorization, hash)}, {"x-xdr-auth-id", or(d.id, xdrID)}, {"x-xdr-nonce", d.nonce}, {"x-xdr-timestamp", d.timestamp}} {
		if !strings.Contains(d.without, h[0]) {
			c.Headers = append(c.Headers, h)
		}
	}
	c.Headers = append(c.Headers, d.extra...)
	if c.Response == nil && class != "none" {
		c.Response = xdrRefused
	}
	return c
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

var xdrNonces int

// advanced is a right request; each has a nonce of its own.
func advanced() *xdr {
	xdrNonces++
	return &xdr{timestamp: millis(now), nonce: nonce[:60] + strconv.Itoa(1000+xdrNonces)}
}

func cortexCases() []*Case {
	var all []*Case
	add := func(name, class, cause string, change func(d *xdr)) *Case {
		d := advanced()
		change(d)
		c := d.build(name, class, cause)
		all = append(all, c)
		return c
	}
	add("the clock is behind", "E", "clock_off", func(d *xdr) { d.timestamp = millis(now.Add(-19 * time.Minute)) })
	add("the local time of Sydney", "E", "local_time", func(d *xdr) { d.timestamp = millis(now.Add(10 * time.Hour)) })
	add("seconds for milliseconds", "E", "seconds_for_milliseconds", func(d *xdr) { d.timestamp = seconds(now) })
	add("seconds hashed, milliseconds sent", "E", "seconds_for_milliseconds", func(d *xdr) { d.signTime = text(seconds(now)) })
	add("a date for the timestamp", "E", "date_format", func(d *xdr) { d.timestamp = now.Format(time.RFC3339) })
	add("another timestamp was hashed", "D", "date_changed", func(d *xdr) { d.signTime = text(millis(now.Add(-3 * time.Millisecond))) })
	add("whole seconds were hashed", "D", "date_changed", func(d *xdr) { d.signTime = text(seconds(now) + "000") })
	add("sends no x-xdr-timestamp", "D", "date_not_sent", func(d *xdr) { d.without = "x-xdr-timestamp" })
	for _, h := range []string{"x-xdr-nonce", "x-xdr-auth-id", "Authorization"} {
		add("sends no "+h, "D", "header_not_sent", func(d *xdr) { d.without = h })
	}
	add("the key itself, as a standard one", "F", "standard_for_advanced", func(d *xdr) {
		d.authorization, d.without = text(xdrKey), "x-xdr-nonce x-xdr-timestamp"
	})
	add("an advanced hash for a standard key", "F", "advanced_for_standard", func(d *xdr) { d.keyType = "standard" })
	for name, key := range inOrder(map[string][2]string{"a line end after the key": {xdrKey + "\n", "secret_whitespace"}, "the ID for the key": {xdrID, "ids_swapped"}, "an empty key": {"", "secret_empty"}, "the key in quotes": {`"` + xdrKey + `"`, "secret_quoted"}}) {
		add(name, "F", key[1], func(d *xdr) { d.signKey = text(key[0]) })
	}
	add("ID and key swapped", "F", "ids_swapped", func(d *xdr) { d.id, d.signKey = text(xdrKey), text(xdrID) })
	add("another ID", "F", "wrong_id", func(d *xdr) { d.id = text("8") })
	add("sha512 for sha256", "F", "wrong_digest", func(d *xdr) { d.digest = "sha512" })
	add("sha1 for sha256", "F", "wrong_digest", func(d *xdr) { d.digest = "sha1" })
	add("HMAC for a plain hash", "F", "wrong_construction", func(d *xdr) { d.authorization = text(hexMAC("sha256", xdrKey, d.nonce+d.timestamp)) })
	add("timestamp before nonce", "F", "wrong_construction", func(d *xdr) { d.authorization = text(sum("sha256", xdrKey+d.timestamp+d.nonce)) })
	add("upper-case hexadecimal", "F", "upper_hex", func(d *xdr) { d.finish = strings.ToUpper })
	add("Base64 for hexadecimal", "F", "base64_for_hex", func(d *xdr) { d.finish = func(s string) string { return b64(must(unhex(s))) } })
	add("Bearer before the hash", "F", "prefix_wrong", func(d *xdr) { d.authorization = text("Bearer " + sum("sha256", xdrKey+d.nonce+d.timestamp)) })
	add("Bearer before a standard key", "F", "prefix_wrong", func(d *xdr) {
		d.keyType, d.authorization, d.without = "standard", text("Bearer "+xdrKey), "x-xdr-nonce x-xdr-timestamp"
	})
	add("another standard key", "F", "wrong_secret", func(d *xdr) {
		d.keyType, d.authorization, d.without = "standard", text("somethingelse"), "x-xdr-nonce x-xdr-timestamp"
	})
	add("the nonce comes again, and the vendor says so", "I", "replayed_nonce", func(d *xdr) {
		d.response = &Response{401, nil, `{"reply":{"err_code":401,"err_msg":"Public API request unauthorized","err_extra":"nonce was already used"}}`}
	}).Proved = false
	first := add("right and accepted", "none", "", func(d *xdr) { d.response = &Response{200, nil, `{"reply":{}}`} })
	again := *first
	again.Name, again.Class, again.Causes, again.Response = "cortex: the same nonce again", "I", []string{"replayed_nonce"}, xdrRefused
	again.Proved = false
	all = append(all, &again)
	add("two nonces", "I", "header_twice", func(d *xdr) { d.extra = [][2]string{{"x-xdr-nonce", "old"}} }).Also = []string{"header_twice"}
	add("an expired key", "K", "key_expired", func(d *xdr) {}).Proved = false // by what is left over
	add("the role lacks the right", "K", "not_permitted", func(d *xdr) { d.response = &Response{403, nil, `{"reply":{"err_code":403,"err_msg":"Forbidden"}}`} })
	add("no licence", "K", "key_expired", func(d *xdr) { d.response = &Response{402, nil, `{"reply":{"err_code":402,"err_msg":"license"}}`} })
	host := add("without api- before the host", "G", "host_without_api", func(d *xdr) {
		d.response = &Response{200, map[string]string{"Content-Type": "text/html"}, "<!DOCTYPE html><title>Login</title>"}
	})
	host.URL = strings.Replace(host.URL, "api-tenant1", "tenant1", 1)
	add("right", "none", "", func(d *xdr) {})
	add("right standard key", "none", "", func(d *xdr) {
		d.keyType, d.authorization, d.without = "standard", text(xdrKey), "x-xdr-nonce x-xdr-timestamp"
	})
	return all
}

func encodeHex(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}
