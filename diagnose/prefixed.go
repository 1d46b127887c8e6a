package diagnose

import (
	"regexp"
	"strconv"
	"strings"
)

// digitSegment is an ID in a path, which collections of Postman write as a variable.
var digitSegment = regexp.MustCompile(`/[0-9]+(/|\?|$)`)

// readPrefixed reads "SCHEME id:signature" with the timestamp in a header of its own, or "SCHEME-Token
// token", whichever is configured, for the scheme TC:
//
//	Timestamp: 1767323045
//	Authorization: TC 12345678901234567890:base64(HMAC-SHA256(key, "/api/v3/a?b=c:GET:1767323045"))
func (d *diagnosis) readPrefixed() {
	p := d.profile
	tokenMode := d.Options["token"] != "" || d.configuredID() == "" && d.Options[p.Secret] == "" &&
		strings.HasPrefix(d.Request.Header.Get(p.ProofHeader), p.Scheme+"-Token")
	d.hostIn()
	values, timestamp := d.headers(p.ProofHeader), d.header(p.DateHeader)
	if tokenMode {
		d.takeSecret("token")
		d.token = d.secret != ""
	} else {
		d.takeSecret(p.Secret)
		d.dateSent(p.DateHeader, timestamp)
	}
	if d.unproved(values[0]) {
		return
	}
	if tokenMode {
		d.prefixedToken(values)
		return
	}
	if timestamp == "" {
		d.fact("date_not_sent")
	}
	for _, v := range values {
		d.prefixedPair(v)
	}
	d.lookForUnsent()
	if d.Request.Header.Get("Postman-Token") != "" || strings.Contains(d.Request.Header.Get("User-Agent"), "Postman") ||
		digitSegment.MatchString(d.Request.Target) {
		d.unsigned = "a script in Postman signs {{variables}} of the URL as they are written, unless it resolves them"
	}
	if d.secret == "" {
		d.lengths(p.Digest)
		return
	}
	f := d.hashed(d.text(d.Request, nil, map[string]string{"timestamp": timestamp}), mac{sum: digestNamed(p.Digest).hmac(d.trueSecret())})
	d.search(f, func() []mac { return d.keyed(p.Digest) })
}

// prefixedPair reads "SCHEME id:signature". What is around it becomes a cause of its readings; a token
// in its place is another scheme, and ends the search.
func (d *diagnosis) prefixedPair(value string) {
	var prefix []string
	rest := value
	switch name, after := scheme(value); {
	case name == d.profile.Scheme:
		rest = after
	case name == d.profile.Scheme+"-Token" && d.idBefore(after): // no token: the signature is there, under the other scheme's name
		rest, prefix = after, []string{"prefix_wrong"}
	case name == d.profile.Scheme+"-Token":
		d.fact("wrong_scheme", "a token was sent, and the configuration has an access ID and a secret key")
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
			d.secretSent(rest)
			return
		}
		d.factsOf(prefix)
		d.fact("wrong_scheme", "the Authorization header does not hold access ID and signature joined by a colon")
		d.wants = append(d.wants, base64Wants(rest)...)
		return
	}
	if d.signature == "" {
		d.signature = signature
	}
	wants := base64Wants(signature)
	if !d.secretSent(signature) && d.idSent(id, signature) {
		wants = base64Wants(id)
	}
	d.wants = append(d.wants, withCause(wants, prefix...)...)
	if len(wants) == 0 && !d.stuck {
		d.fact("signature_encoding")
	}
}

// idBefore reports whether a text begins with the configured ID and a colon, as a signature does.
func (d *diagnosis) idBefore(text string) bool {
	id, _, found := strings.Cut(text, ":")
	return found && id != "" && id == d.configuredID()
}

// prefixedToken compares the token that was sent with the configured one. The option token_expires
// tells whether it has expired, which the token itself does not.
func (d *diagnosis) prefixedToken(values []string) {
	prefix, value := d.profile.Scheme+"-Token", values[0]
	rest, ok := strings.CutPrefix(value, prefix+" ")
	name, after := scheme(value)
	var causes []string
	switch {
	case ok:
		rest = strings.TrimSpace(rest)
	case name == d.profile.Scheme && strings.Contains(after, ":") && (d.secret == "" || strings.TrimSpace(after) != d.trueSecret()):
		d.fact("wrong_scheme", "an access ID with a signature was sent, and the configuration has a token")
		d.stuck = true
		return
	case name == "":
		rest, causes = value, []string{"prefix_missing"}
		for _, p := range []string{prefix, d.profile.Scheme + "-token ", strings.ToLower(prefix) + " "} {
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
	values[0] = rest
	for i, v := range values[1:] {
		values[1+i] = strings.TrimPrefix(v, prefix+" ")
	}
	d.plainToken(values, causes)
}
