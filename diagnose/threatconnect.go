package diagnose

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

func init() { readers["threatconnect"] = (*diagnosis).readThreatConnect }

// digitSegment is an ID in a path.
var digitSegment = regexp.MustCompile(`/[0-9]+(/|\?|$)`)

var digitsOnly = regexp.MustCompile(`^[0-9]+$`)

// readThreatConnect reads the HMAC scheme or a token, whichever is configured.
func (d *diagnosis) readThreatConnect() {
	tokenMode := d.Options["token"] != "" || d.Options["access_id"] == "" && d.Options["secret_key"] == "" && strings.HasPrefix(d.Request.Header.Get("Authorization"), "TC-Token")
	d.hostIn()
	value, others, sent := d.header("Authorization")
	value = strings.TrimSpace(value)
	timestamp, _, timed := d.header("Timestamp")
	timestamp = strings.TrimSpace(timestamp)
	if tokenMode {
		d.takeSecret("token")
	} else {
		d.takeSecret("secret_key")
		d.threatConnectDate(timestamp)
	}
	if !sent || value == "" {
		d.missing("Authorization")
		d.stuck = true
		return
	}
	if tokenMode {
		d.readTCToken(value, others)
		return
	}
	if !timed || timestamp == "" {
		d.fact("date_not_sent")
	}
	for _, v := range append([]string{value}, others...) {
		d.threatConnectAuthorization(strings.TrimSpace(v))
	}
	if !d.contentLength() {
		d.suspicion = "body_length"
	}
	if d.Request.Header.Get("Postman-Token") != "" || strings.Contains(d.Request.Header.Get("User-Agent"), "Postman") || digitSegment.MatchString(d.Request.Target) {
		d.unsigned = "a script in Postman signs {{variables}} of the URL as they are written, unless it resolves them"
	}
	if d.secret == "" {
		d.lengths("base64", 32)
		return
	}
	d.threatConnectFrames(timestamp)
}

func (d *diagnosis) threatConnectDate(text string) {
	d.stamp = stamp{header: "Timestamp", text: text, window: 5 * time.Minute}
	if text == "" {
		return
	}
	d.stamp.at = parseLoosely(text)
	switch {
	case !digitsOnly.MatchString(text), len(text) > 14:
		d.stamp.cause = "date_format"
	case len(text) >= 12:
		d.stamp.cause = "milliseconds_for_seconds"
	}
}

// threatConnectAuthorization reads "TC id:signature".
func (d *diagnosis) threatConnectAuthorization(value string) {
	var prefix []string
	rest := value
	switch name, after := scheme(value); {
	case name == "TC":
		rest = after
	case name == "TC-Token":
		d.fact("wrong_scheme", "a token was sent, and the configuration holds an access ID and a secret key")
		d.stuck = true
		return
	case name == "":
		prefix = []string{"prefix_missing"}
	default:
		rest, prefix = after, []string{"prefix_wrong"}
	}
	if len(prefix) > 0 && !strings.Contains(rest, ":") { // as Basic authentication
		if b, ok := anyBase64(rest); ok && strings.Contains(string(b), ":") {
			rest = string(b)
		}
	}
	id, signature, ok := strings.Cut(rest, ":")
	if !ok {
		if rest == d.trueSecret() && rest != "" {
			d.fact("secret_sent")
			d.stuck = true
			return
		}
		for _, c := range prefix {
			d.fact(c)
		}
		d.fact("wrong_scheme", "the Authorization header does not hold access ID and signature joined by a colon")
		d.wants = append(d.wants, base64Wants(rest)...)
		return
	}
	if d.signature == "" {
		d.signature = signature
	}
	wants := base64Wants(signature)
	configured, secret := d.option("access_id", ""), d.trueSecret()
	switch {
	case secret != "" && strings.TrimSpace(signature) == secret:
		d.fact("secret_sent")
		d.stuck = true
	case secret != "" && id == secret:
		d.fact("ids_swapped")
	case strings.TrimSpace(id) == "":
		d.fact("wrong_id", "the access ID in the Authorization header is empty")
	case configured == "" || id == configured:
		d.idKnown = configured != ""
	case bareID(id) == strings.TrimSpace(configured):
		d.wrappedID(id)
	case strings.TrimSpace(signature) == configured:
		d.fact("ids_swapped", "access ID and signature are swapped in the Authorization header")
		wants = base64Wants(id)
	default:
		d.fact("wrong_id", "the access ID in the Authorization header is not the configured one")
	}
	d.wants = append(d.wants, withCause(wants, prefix...)...)
	if len(wants) == 0 && !d.stuck {
		d.fact("signature_encoding")
	}
}

func (d *diagnosis) threatConnectFrames(timestamp string) {
	path, query, asked := strings.Cut(d.Request.Target, "?")
	where, tail := newSlot("path", path), newSlot("query", "")
	if asked {
		tail = newSlot("query", "?"+query)
	}
	method, date := newSlot("method", d.Request.Method), newSlot("timestamp", timestamp)
	join := func(separator string) func([]string, func(int, string)) {
		return func(t []string, w func(int, string)) {
			w(0, t[0])
			w(1, t[1])
			w(-1, separator)
			w(2, t[2])
			w(-1, separator)
			w(3, t[3])
		}
	}
	f := &frame{slots: []*slot{where, tail, method, date}, layouts: []layout{{join: join(":")}}}
	f.macs = []mac{{sum: hmacOf(digestNamed("sha256"), d.trueSecret())}}
	d.frames = []*frame{f}
	d.later = func() {
		f.macs = d.keyed("sha256", d.option("access_id", ""))
		d.fillPath(where)
		for _, o := range d.querySlot(query, asked).options {
			tail.add(o)
		}
		d.guessQueries(tail, query)
		if len(d.Request.Body) > 0 && len(d.Request.Body) < 4096 {
			tail.wrong("params_misplaced", usual, "?"+string(d.Request.Body))
		}
		d.fillMethods(method)
		method.wrong("method_case", usual, d.Request.Method)
		d.fillTimestamps(date, false)
		for _, separator := range []string{"\n", "", " ", "|", "\\n", ",", "&", ";", "::", ": ", "/"} {
			f.layouts = append(f.layouts, layout{join(separator), "text_layout", usual})
		}
		f.layouts = append(f.layouts, layout{func(t []string, w func(int, string)) { join(":")(t, w); w(-1, "\n") }, "text_layout", frequent},
			layout{func(t []string, w func(int, string)) { join(":")(t, w); w(-1, ":") }, "text_layout", usual})
		for _, order := range [][]int{{0, 3, 2}, {2, 0, 3}, {2, 3, 0}, {3, 0, 2}, {3, 2, 0}, {0, 2}, {0, 3}, {2, 3}} {
			f.layouts = append(f.layouts, layout{func(t []string, w func(int, string)) {
				for i, at := range order {
					if i > 0 {
						w(-1, ":")
					}
					if w(at, t[at]); at == 0 {
						w(1, t[1])
					}
				}
			}, "text_layout", usual})
		}
		if len(d.Request.Body) > 0 && len(d.Request.Body) <= someWays {
			body := string(d.Request.Body)
			f.layouts = append(f.layouts, layout{func(t []string, w func(int, string)) { join(":")(t, w); w(-1, ":"+body) }, "text_layout", usual},
				layout{func(t []string, w func(int, string)) { join(":")(t, w); w(-1, body) }, "text_layout", usual})
		}
	}
}

// readTCToken compares the token that was sent with the configured one.
func (d *diagnosis) readTCToken(value string, others []string) {
	rest, ok := strings.CutPrefix(value, "TC-Token ")
	name, after := scheme(value)
	var causes []string
	switch {
	case ok:
		rest = strings.TrimSpace(rest)
	case name == "TC" && strings.Contains(after, ":") && (d.secret == "" || strings.TrimSpace(after) != d.trueSecret()):
		d.fact("wrong_scheme", "an access ID with a signature was sent, and the configuration holds a token")
		d.stuck = true
		return
	case name == "":
		rest, causes = value, []string{"prefix_missing"}
		for _, p := range []string{"TC-Token", "TC-token ", "tc-token "} {
			if after, ok := strings.CutPrefix(value, p); ok {
				rest, causes = strings.TrimSpace(after), []string{"prefix_wrong"}
			}
		}
	default:
		rest, causes = after, []string{"prefix_wrong"}
	}
	if expires := d.Options["token_expires"]; digitsOnly.MatchString(expires) && !d.clock.now.IsZero() {
		if n, err := strconv.ParseInt(expires, 10, 64); err == nil && d.clock.now.Unix() > n {
			d.expired = true
		}
	}
	values := []string{rest}
	for _, o := range others {
		values = append(values, strings.TrimPrefix(o, "TC-Token "))
	}
	d.plainToken(values, causes, "")
}
