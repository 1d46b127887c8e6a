package diagnose

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// header returns the first value of a header of the signature, or an empty text. What is odd about it
// is recorded, as by headers.
func (d *diagnosis) header(name string) string {
	return strings.Join(d.headers(name)[:1], "")
}

// headers returns the values of a header of the signature, without white space around them; for one
// that was not sent, a single empty value, so that callers may take the first. Anything odd, such as
// that it appears twice or under a look-alike name, is recorded, and so are variables and placeholders in
// it.
//
// Values that come twice are sorted: maps have no order, and the answer must not depend on it. White
// space that was sent is kept in untrimmed, since a client may have signed it.
func (d *diagnosis) headers(name string) []string {
	var values []string
	alike := ""
	for k, v := range d.Request.Header {
		switch {
		case strings.EqualFold(k, name):
			values = append(values, v...)
		// Some servers turn _ into -, others drop such names; the vendor's is not known.
		case strings.EqualFold(strings.ReplaceAll(k, "_", "-"), name) && len(v) > 0:
			alike = k
		}
	}
	if len(values) == 0 && alike != "" {
		d.fact("header_renamed", "the header ", name, " arrived under the look-alike name ", plain(alike), ", with _ in place of -")
		return []string{strings.TrimSpace(d.Request.Header[alike][0])}
	}
	slices.Sort(values)
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
		if values[i] != v {
			d.padded = name
			d.untrimmed = append(d.untrimmed, v)
		}
		d.see(v, true)
		d.placeholderIn(v)
		if rest, ok := withoutName(v, name); ok {
			values[i] = rest
			d.fact("prefix_wrong", "the value of ", name, " begins with the name of a header, which belongs before its colon only")
		}
	}
	switch len(values) {
	case 0:
		return []string{""}
	case 1:
	case 2:
		d.fact("header_twice", "the header ", name, " was sent twice: one is left over")
	default:
		d.fact("header_twice", "the header ", name, " was sent several times: one is left over")
	}
	return values
}

// paddedCause is what white space around a header's value is, and words it. It is a mistake with the
// secret only where the value has that in it as it is. Servers trim values (RFC 9110, 5.5), so it is a
// cause only if nothing else explains the refusal.
func (d *diagnosis) paddedCause() string {
	cause := "header_whitespace"
	if d.carriesSecret(d.padded) {
		cause = "secret_whitespace"
	}
	d.details[cause] = "white space surrounds the value of " + d.padded
	return cause
}

// signUntrimmed adds values of headers with the white space around them: clients sign it, and a vendor
// never sees it.
func (d *diagnosis) signUntrimmed() {
	for _, value := range d.untrimmed {
		for _, f := range d.frames {
			for _, s := range f.slots {
				if s.right() == strings.TrimSpace(value) {
					s.wrong("header_whitespace", frequent, value)
				}
			}
		}
	}
}

// sent reports whether a header was sent, even if empty or under a look-alike name.
func (d *diagnosis) sent(name string) bool {
	for k := range d.Request.Header {
		if strings.EqualFold(strings.ReplaceAll(k, "_", "-"), name) {
			return true
		}
	}
	return false
}

// unproved reports whether the header that carries the proof is empty or was not sent: then there is
// nothing to look for, and the reader returns.
func (d *diagnosis) unproved(proof string) bool {
	if proof == "" {
		d.missing(d.profile.ProofHeader)
		d.stuck = true
	}
	return proof == ""
}

// withoutName cuts the name of a header off the beginning of its value, which a script leaves that
// gives the whole line as the value. ok is false if there is none.
//
//	"Authorization: Basic x"  ->  "Basic x"
func withoutName(value, name string) (string, bool) {
	text := strings.TrimLeft(value, " \t\"'")
	for _, n := range []string{name, "Authorization"} {
		if len(text) <= len(n) || !strings.EqualFold(text[:len(n)], n) {
			continue
		}
		rest := strings.TrimLeft(text[len(n):], " \t\"'")
		if strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "=") && n != "Date" && !strings.HasPrefix(text, `signature="`) {
			rest = strings.TrimSpace(rest[1:])
			if rest != "" && (text != value || strings.HasSuffix(rest, "\"")) {
				rest = strings.Trim(rest, "\"'")
			}
			return rest, true
		}
	}
	return value, false
}

// plain keeps a name from elsewhere readable, whatever it holds: at most 64 bytes, and ? for what is
// not printable ASCII.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, name[:min(len(name), 64)])
}

// missing records a header that was not sent. If another header has nearly its name, that is what the
// answer says.
func (d *diagnosis) missing(name string) {
	if d.Sanitised {
		d.fact("header_not_sent", "the header ", name,
			" is not in the log, from which the browser may have left it out: export it with sensitive data")
		return
	}
	d.notSent = append(d.notSent, name)
	for sent := range d.Request.Header {
		if !d.own(sent) && misspelt(sent, name) {
			d.fact("header_not_sent", "the header ", name, " was not sent, but ", plain(sent), ", whose name is misspelt")
			d.fixes["header_not_sent"] = "Write the name of the header as " + name + "."
			return
		}
	}
	d.fact("header_not_sent", "the header ", name, " was not sent")
}

// misspelt reports whether the name of a header is probably that of another one. The usual names for
// credentials do not count: X-Auth-Token is not a misprint of X-Api-Token.
func misspelt(sent, name string) bool {
	known := func(k string) bool { return strings.EqualFold(k, sent) }
	return !slices.ContainsFunc(credentialHeaders, known) && nearly(strings.ToLower(sent), strings.ToLower(name))
}

// nearly reports whether two names differ by a letter or two, or by two that are exchanged: all but up
// to three letters in a row are the same, and at least five are.
//
//	x-auth-tokne, x-auth-token   true
//	dtapi-data, dtapi-date       true
//	data, date                   false: too short to tell
func nearly(a, b string) bool {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return a != b && start+end >= 5 && max(len(a), len(b))-start-end <= 3
}

// scheme cuts the name of an authentication scheme off a header's value. The name is empty if the value
// does not begin with one. A colon behind it, which belongs to names of headers, stays with the name,
// so that callers can tell:
//
//	"Basic abc"                     "Basic", "abc"
//	"Bearer: abc"                   "Bearer:", "abc"
//	"TC: id:sig"                    "TC:", "id:sig"
//	"id:sig x"                      "", "id:sig x"
//	"AWS4-HMAC-SHA256 Credential=x" "AWS4-HMAC-SHA256", "Credential=x"
func scheme(value string) (name, rest string) {
	if found := schemeColon.FindStringSubmatch(value); found != nil {
		return found[1] + found[2] + ":", strings.TrimSpace(value[len(found[0]):])
	}
	name, rest, ok := strings.Cut(value, " ")
	if !ok || strings.ContainsAny(name, ":=/") {
		return "", value
	}
	return name, strings.TrimSpace(rest)
}

// schemeColon is a scheme that is written like a header's name. Only known schemes: an ID before a
// colon looks the same.
var schemeColon = regexp.MustCompile(`(?i)^(?:(basic|bearer|tc-token|token|apikey|api-key|key)\s*:|(tc):)\s*`)

// contentLength reports whether Content-Length agrees with the body. A header that is missing or no
// number says nothing, and agrees.
func (d *diagnosis) contentLength() bool {
	text := strings.TrimSpace(d.Request.Header.Get("Content-Length"))
	n, err := strconv.Atoi(text)
	return err != nil || !digitsOnly.MatchString(text) || len(text) > 12 || n == len(d.Request.Body)
}

// announced reports whether the headers announce a body that may not be there.
func (d *diagnosis) announced() bool {
	h := d.Request.Header
	return h.Get("Content-Type") != "" || !d.contentLength()
}

// hostIn finds what is wrong with where the request was sent. It asks only if hosts are configured. The
// port does not count, and *.name is any host below name.
func (d *diagnosis) hostIn() {
	d.see(unescape(d.Request.Target, false), false)
	d.see(d.Request.Host, true)
	if len(d.Hosts) == 0 || d.Request.Host == "" || d.answer.kind == accepted {
		return
	}
	address := wire.WithoutPort(d.Request.Host)
	switch is := func(host string) bool {
		return slices.ContainsFunc(d.Hosts, func(h string) bool {
			below, any := strings.CutPrefix(h, "*")
			return strings.EqualFold(wire.WithoutPort(h), host) || any && strings.HasSuffix(strings.ToLower(host), below)
		})
	}; {
	case is(address):
	case is("api-" + address):
		d.fact("host_without_api")
	default:
		d.fact("host_differs", "the request was addressed to another host than the configured one of the vendor")
	}
}

// isForm reports whether the Content-Type is that of a form, whatever its parameters.
func isForm(h http.Header) bool {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded")
}
