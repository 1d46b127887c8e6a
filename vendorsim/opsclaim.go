package vendorsim

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// claim is the moment and the nonce that a signed request shows. A vendor computes the signature again with these two; here
// they are found by laying the operations over what arrived: text between the literals of `header X-Date = [[now|iso]]` is a
// date, a base64url text is decoded and matched against the template that was encoded, and what only a hash could prove is
// skipped.
//
//	header X-Auth = id=[[opt.id]];ts=[[now|unix]];n=[[nonce]];sig=[[text|hmac_sha256:opt.secret|hex]]
//	X-Auth: id=AK1;ts=1700000000;n=9f3c...;sig=abba...
//	  -> moments 2023-11-14 22:13:20 to the second, nonces 9f3c...; sig= is compared at the end
type claim struct {
	moments []claimedMoment
	nonces  []string
	proofs  []string // texts in the place of randomised signatures, decoded

	held map[string][]string // texts in the place of values that only a session or a key tells, by name

	unreadable bool // a text in place of a date is not one
}

// reader lays templates over received texts, for one request. It is not safe for concurrent use.
type reader struct {
	run           *run
	lets          map[string]template
	moved         map[string]bool // headers set by operations that depend on the moment or the nonce, in lower case
	query         bool            // so was a parameter
	known, secret map[string]bool // what depends and hides said of lets
	held          map[string]bool // the values token and jwt, where they are looked for
	claim         claim
}

// newReader prepares a reader. held names the values, such as token, whose texts it looks for.
func newReader(u *run, held []string) *reader {
	r := &reader{run: u, lets: map[string]template{}, moved: map[string]bool{}, known: map[string]bool{}, secret: map[string]bool{},
		held: map[string]bool{}, claim: claim{held: map[string][]string{}}}
	for _, name := range held {
		r.held[name] = true
	}
	return r
}

// readTemplate matches t against s. It reports whether the literal parts fit.
func (r *reader) readTemplate(t template, s string, depth int) bool {
	// First with nonces and dates in their usual length, which tells parts that touch from each other, then with any.
	for _, typical := range []bool{true, false} {
		pattern := "(?s)^"
		var takers []func(string)
		for _, p := range r.inline(t) {
			expr, take := r.pattern(p, typical, depth)
			pattern += expr
			if take != nil {
				takers = append(takers, take)
			}
		}
		re, err := regexp.Compile(pattern + "$")
		if err != nil {
			return false
		}
		found := re.FindStringSubmatch(s)
		if found == nil {
			continue
		}
		for i, take := range takers {
			take(found[i+1])
		}
		return true
	}
	return false
}

// inline replaces lets that are used alone by their templates.
func (r *reader) inline(t template) template {
	for {
		var all template
		found := false
		for _, p := range t {
			if p.expr != nil && len(p.expr.filters) == 0 && !p.expr.value.quoted {
				if inner, ok := r.lets[p.expr.value.name]; ok {
					all, found = append(all, inner...), true
					continue
				}
			}
			all = append(all, p)
		}
		if !found || len(all) > maxPieces {
			return t
		}
		t = all
	}
}

// maxPieces bounds a template with the lets in their place: lets that join lets could double it with each line.
const maxPieces = 512

// nonceForms are the characters of nonces by their kind.
var nonceForms = map[string]string{"uuid": `[0-9a-fA-F-]{36}`, "alnum": `[A-Za-z0-9]`, "hex": `[0-9a-f]`,
	"base64": `[A-Za-z0-9+/=]`, "digits": `[0-9]`}

// pattern is the regular expression of one piece, and what takes the text that it found. typical looks for the nonce in the
// form that the file declares, which tells adjoining parts from each other; a client may use others. What does not depend on
// the moment is known by now, and matched literally, unless it is secret.
func (r *reader) pattern(p piece, typical bool, depth int) (string, func(string)) {
	if p.expr == nil {
		return regexp.QuoteMeta(p.literal), nil
	}
	if !r.depends(p.expr) {
		if d, err := r.run.expression(p.expr); err == nil && !r.hides(p.expr) {
			return regexp.QuoteMeta(d.s), nil
		}
		return ".*?", nil
	}
	form := "(.*?)"
	v := p.expr.value.name
	switch {
	case v == "now" && !p.expr.value.quoted:
		if d, err := r.run.expression(p.expr); err == nil && typical && d.kind == text && d.s != "" {
			form = "(.{" + strconv.Itoa(len(d.s)) + "})"
		}
	case v == "nonce" && len(p.expr.filters) == 0 && typical:
		kind, size, _ := strings.Cut(r.run.p.file.Nonce, ":")
		if f, ok := nonceForms[kind]; ok && size != "" {
			form = "(" + f + "{" + size + "})"
		} else if ok {
			form = "(" + f + ")"
		}
	}
	return form, func(s string) { r.take(p.expr, s, depth) }
}

// take goes back from the text that an expression made to the value that it began with, undoing its filters from the
// last to the first as far as they have a way back. Encodings are decoded, filters that pass text on are skipped, and
// at a hash or a MAC it gives up: what went in cannot be seen. A filter that spells a time ends the way at a moment.
func (r *reader) take(e *expression, s string, depth int) {
	if s == "" { // a condition took it away
		return
	}
	// So that a let such as ts = [[now|unix]], used as [[ts|hex]], is undone in one go.
	e = r.flat(e)
	for i := len(e.filters) - 1; i >= 0; i-- {
		f := e.filters[i]
		var b []byte
		var err error
		switch f.name {
		// These leave the text as it is, or have taken away only what does not matter to a nonce or a date.
		case "reveal", "trim", "if", "if_method", "when", "or", "collapse":
			continue
		case "end_with": // whether the text had that end before is not known
			return
		case "hex":
			b, err = hex.DecodeString(s)
		case "base64":
			b, err = base64.StdEncoding.DecodeString(s)
		case "base64url":
			b, err = base64.RawURLEncoding.DecodeString(s)
		case "urlencode":
			b = []byte(percentDecode(s))
		case "json":
			var inner string
			err, b = json.Unmarshal([]byte(s), &inner), []byte(inner)
		case "rsa_pss_sha512", "ecdsa_p256_sha256":
			r.claim.proofs = append(r.claim.proofs, s)
			return
		default:
			r.takeMoment(e.filters[:i+1], s)
			return
		}
		if err != nil {
			return
		}
		s = string(b)
	}
	if e.value.quoted {
		return
	}
	if r.holds(e.value.name) {
		r.claim.held[e.value.name] = append(r.claim.held[e.value.name], s)
		return
	}
	if e.value.name == "nonce" {
		r.claim.nonces = append(r.claim.nonces, s)
	} else if t, ok := r.lets[e.value.name]; ok && depth < maxOperations {
		r.readTemplate(t, s, depth+1)
	}
}

// holds tells whether a value is looked for. What came with a token is where the token is.
func (r *reader) holds(name string) bool {
	return r.held[name] || r.held["token"] && strings.HasPrefix(name, "token.")
}

// flat puts the value and the filters of lets that are one expression before the filters of e: with let ts = [[now|unix]],
// [[ts|hex]] becomes [[now|unix|hex]].
func (r *reader) flat(e *expression) *expression {
	for range maxOperations {
		t, ok := r.lets[e.value.name]
		if !ok || e.value.quoted || len(t) != 1 || t[0].expr == nil {
			break
		}
		e = &expression{t[0].expr.value, slices.Concat(t[0].expr.filters, e.filters)}
	}
	return e
}
