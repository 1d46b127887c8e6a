package diagnose

import (
	"crypto/hmac"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
)

func init() { readers["cortex"] = (*diagnosis).readCortex }

// readCortex reads a key that is sent as it is, or the hash of an advanced key.
func (d *diagnosis) readCortex() {
	d.takeSecret("api_key")
	d.hostIn()
	d.cortexHost()
	value, others, sent := d.header("Authorization")
	id, _, hasID := d.header("x-xdr-auth-id")
	nonce, _, hasNonce := d.header("x-xdr-nonce")
	timestamp, _, hasTime := d.header("x-xdr-timestamp")
	value, nonce, timestamp = strings.TrimSpace(value), strings.TrimSpace(nonce), strings.TrimSpace(timestamp)
	standard := d.option("key_type", "advanced") == "standard"
	if !standard {
		d.cortexDate(timestamp)
	}
	if !sent || value == "" {
		d.missing("Authorization")
		d.stuck = true
	}
	configured := d.option("api_key_id", "")
	hashed := hexSum.MatchString(value) && len(value) == 64
	if !hasID || strings.TrimSpace(id) == "" {
		if configured != "" || !standard {
			d.missing("x-xdr-auth-id")
		}
	} else {
		d.cortexID(strings.TrimSpace(id), configured, standard)
	}
	if d.stuck {
		return
	}
	if key, ok := userKey(value); ok && !standard && d.secret != "" && key == d.trueSecret() {
		d.fact("standard_for_advanced")
		d.fact("prefix_wrong", basicNote)
		d.stuck = true
		return
	}
	if d.secret != "" && value == d.trueSecret() && !standard {
		d.fact("standard_for_advanced")
		d.stuck = true
		return
	}
	if !standard && (!hasNonce || nonce == "" || !hasTime || timestamp == "") {
		if d.secret == "" && !hasNonce && !hasTime && !hashed {
			d.fact("standard_for_advanced")
			d.stuck = true
			return
		}
		if !hasNonce || nonce == "" {
			d.missing("x-xdr-nonce")
		}
		if !hasTime || timestamp == "" {
			d.fact("date_not_sent", "the header x-xdr-timestamp was not sent")
		}
	}
	d.signature = value
	values := append([]string{value}, others...)
	if standard {
		d.cortexStandard(values, nonce, timestamp, hashed && hasNonce)
		return
	}
	d.identity = strings.TrimSpace(id) + " " + nonce
	for _, v := range values {
		var causes []string
		_, note := unwrapped(v)
		if name, rest := scheme(v); name != "" && note == "" {
			v, causes = rest, []string{"prefix_wrong"}
		}
		d.wants = append(d.wants, withCause(hexWants(v), causes...)...)
		if d.secret != "" {
			d.wants = append(d.wants, want{raw: []byte(v), causes: causes, exact: true})
		}
	}
	if d.secret == "" {
		_, rest := scheme(value)
		if inner, note := unwrapped(value); note != "" {
			rest = inner
		}
		if plain := strings.NewReplacer("-", "", ":", "").Replace(rest); !hexSum.MatchString(plain) && len(rest) != 44 && len(rest) != 43 {
			d.fact("standard_for_advanced")
			return
		}
		d.lengths("hex", 32)
		return
	}
	d.cortexFrames(nonce, timestamp)
}

// cloudHost is a tenant's address in the vendor's cloud. That of its API has api- before it.
var cloudHost = regexp.MustCompile(`(?i)^[a-z0-9-]+\.(xdr|crtx)\.[a-z0-9-]+\.paloaltonetworks\.com$`)

func (d *diagnosis) cortexHost() {
	host := withoutPort(d.Request.Host)
	working := d.answer.kind == accepted || d.answer.kind == replayed || d.answer.kind == rights && d.answer.cause == "rate_limited"
	if cloudHost.MatchString(host) && !strings.HasPrefix(strings.ToLower(host), "api-") && !working {
		d.fact("host_without_api")
	}
}

func (d *diagnosis) cortexID(id, want string, standard bool) {
	switch secret := d.trueSecret(); {
	case secret != "" && id == secret:
		d.fact("ids_swapped")
	case want == "" && standard && d.Options["api_key"] != "" && d.answer.refusing():
		d.fact("wrong_id", "an ID was sent, and the configured key has none")
	case want == "" || id == want:
		d.idKnown = want != ""
	case bareID(id) == strings.TrimSpace(want):
		d.wrappedID(id)
	default:
		d.fact("wrong_id", "x-xdr-auth-id is not the configured ID")
	}
}

func (d *diagnosis) cortexDate(text string) {
	d.stamp = stamp{header: "x-xdr-timestamp", text: text, window: 5 * time.Minute}
	if text == "" {
		return
	}
	d.stamp.at = parseLoosely(text)
	switch {
	case !digitsOnly.MatchString(text):
		d.stamp.cause = "date_format"
	case len(text) < 12:
		d.stamp.cause = "seconds_for_milliseconds"
	case len(text) > 14:
		d.stamp.cause = "date_format"
	}
}

// cortexStandard compares the key that was sent with the configured one.
func (d *diagnosis) cortexStandard(values []string, nonce, timestamp string, hashed bool) {
	if d.secret == "" {
		if hashed {
			d.fact("advanced_for_standard")
		}
	} else if f := d.cortexFrame(d.trueSecret(), nonce, timestamp); hashed {
		if m := search([]*frame{f}, 0, hexWants(values[0]), d.budget); m != nil {
			d.fact("advanced_for_standard")
			d.stuck, d.sure = true, true
			return
		}
		d.suspicion = "advanced_for_standard"
	}
	var causes []string
	for i, v := range values {
		name, rest := scheme(v)
		if !keyScheme.MatchString(name) || d.secret != "" && v == d.trueSecret() {
			continue
		}
		values[i] = rest
		causes = []string{"prefix_wrong"}
		if key, ok := userKey(v); ok {
			values[i] = key
			d.details["prefix_wrong"] = basicNote
		}
	}
	d.plainToken(values, causes, d.option("api_key_id", ""))
}

const basicNote = "ID and key were sent as Basic authentication (curl -u), and the vendor reads the key alone"

// userKey is the key in Basic authentication, which curl -u id:key makes.
func userKey(value string) (string, bool) {
	name, rest := scheme(value)
	b, ok := anyBase64(rest)
	if !ok || !strings.EqualFold(strings.TrimSuffix(name, ":"), "basic") {
		return "", false
	}
	_, key, ok := strings.Cut(string(b), ":")
	return key, ok
}

// keyScheme are the schemes that people put before a key.
var keyScheme = regexp.MustCompile(`(?i)^(bearer|basic|token|apikey|api-key|key):?$`)

func (d *diagnosis) cortexFrame(key, nonce, timestamp string) *frame {
	f := &frame{slots: []*slot{newSlot("api_key", key), newSlot("nonce", nonce), newSlot("timestamp", timestamp)}, layouts: []layout{{join: lines("")}}}
	f.slots[0].secret = true
	f.macs = []mac{{sum: plainSum("sha256")}}
	return f
}

func plainSum(name string) func(func(func(string))) []byte {
	n := digestNamed(name)()
	return func(write func(func(string))) []byte {
		n.Reset()
		write(func(s string) { n.Write([]byte(s)) })
		return n.Sum(nil)
	}
}

func (d *diagnosis) cortexFrames(nonce, timestamp string) {
	f := d.cortexFrame(d.trueSecret(), nonce, timestamp)
	d.frames = []*frame{f}
	id := strings.TrimSpace(d.option("api_key_id", ""))
	d.later = func() {
		for _, a := range alterations(d.trueSecret(), id, d.Signer, nil) {
			f.slots[0].wrong(a.cause, a.tier, a.secret)
		}
		d.fillNonces(f.slots[1])
		d.fillTimestamps(f.slots[2], true)
		for _, name := range []string{"sha1", "sha512", "md5", "sha384", "sha224"} {
			f.macs = append(f.macs, mac{sum: plainSum(name), cause: []string{"wrong_digest"}, tier: frequent})
		}
		for _, c := range charsets {
			says := map[string]string{"text_charset": "the hashed text was turned into bytes as " + c.name + ", and the vendor reads UTF-8"}
			f.macs = append(f.macs, mac{sum: c.sum(plainSum("sha256")), cause: []string{"text_charset"}, tier: usual, says: says})
		}
		for _, h := range digests[:3] {
			for _, text := range []string{nonce + timestamp, timestamp + nonce, nonce + "\n" + timestamp, nonce + ":" + timestamp, timestamp, nonce} {
				f.macs = append(f.macs, mac{sum: func(func(func(string))) []byte {
					n := hmac.New(h.new, []byte(d.trueSecret()))
					n.Write([]byte(text))
					return n.Sum(nil)
				}, cause: []string{"wrong_construction"}, tier: usual})
			}
		}
		inner := plainSum("sha256")
		f.macs = append(f.macs, mac{sum: func(write func(func(string))) []byte { // hashed twice, through hexadecimal
			n := digestNamed("sha256")()
			n.Write([]byte(hex.EncodeToString(inner(write))))
			return n.Sum(nil)
		}, cause: []string{"wrong_construction"}, tier: usual}, mac{sum: identity.sum, cause: []string{"secret_sent"}, tier: alone})
		for _, order := range [][]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {0, 1}, {0, 2}, {1, 2}, {0}} {
			cause := "wrong_construction"
			if len(order) == 1 {
				cause = "standard_for_advanced"
			}
			f.layouts = append(f.layouts, layout{func(t []string, w func(int, string)) {
				for _, at := range order {
					w(at, t[at])
				}
			}, cause, frequent})
		}
		for _, separator := range []string{"\n", ":", " ", ",", "|", "&", "-", "_", ".", "+", "\\n", "/", ";"} {
			f.layouts = append(f.layouts, layout{lines(separator), "text_layout", usual})
		}
		f.layouts = append(f.layouts, layout{func(t []string, w func(int, string)) { lines("")(t, w); w(-1, "\n") }, "text_layout", frequent},
			layout{func(t []string, w func(int, string)) { // with the ID before it
				w(-1, id)
				lines("")(t, w)
			}, "wrong_construction", usual},
			layout{func(t []string, w func(int, string)) { lines("")(t, w); w(-1, string(d.Request.Body)) }, "wrong_construction", usual})
	}
}

// fillNonces adds what may have been hashed in place of the nonce.
func (d *diagnosis) fillNonces(s *slot) {
	right := s.right()
	s.wrong("header_signed_otherwise", usual, "", strings.ToLower(right), strings.ToUpper(right), right+"\n", " "+right, right+" ", strings.ReplaceAll(right, "-", ""), `"`+right+`"`, unescape(right, false), unescape(right, true))
	if b, ok := anyBase64(right); ok {
		s.wrong("header_signed_otherwise", usual, string(b))
	}
	if b, err := hex.DecodeString(right); err == nil {
		s.wrong("header_signed_otherwise", usual, string(b))
	}
	for _, n := range []int{16, 20, 32, 64} {
		if len(right) > n {
			s.wrong("header_signed_otherwise", usual, right[:n])
		}
	}
}
