package attack

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Scheme is what a signature covers, and what spellings of it are the same to the vendor. It is a second description of each
// scheme, by rules in place of a formula: whoever changes a scheme's verification has to make both agree.
type Scheme struct {
	// Method says that the method is covered, and AnyCase that it is so in capital letters.
	Method, AnyCase bool
	// Host is covered "exact", in any "case", or by its "name" in any case without the port; empty: not at all.
	Host string
	// Target is covered "exact", as path and "form", with the names of the path "decoded", or with the path "normalised"; empty: not
	// at all.
	Target string
	// Body is covered, "all" of it, as a "form", with method "post" alone, or as "darktrace" has it, in place of the query;
	// empty: not at all.
	Body string
	// Prefix begins the names of headers that are covered, and Blanks says that several blanks are one there.
	Prefix string
	Blanks bool
	// Coarse is a header of a date whose first 13 characters are covered.
	Coarse string
	// Link says that the signature is in the query.
	Link bool
}

// Own reports whether what a server understood of a request is what the app signed: all that the scheme covers means the
// same. The rest is anybody's. It compares with the app's request and computes no signature, so that it cannot repeat an
// error of a verifier.
//
//	signed GET /a?b=1, Scheme{Method: true, Target: "exact"}:  GET /a?b=1 with any Host -> own        HEAD /a?b=1 -> not
func (c *Client) Own(signed Request, got *Parsed) bool {
	was, err := Parse(signed.Raw())
	if err != nil {
		return false
	}
	for _, name := range c.Headers {
		name = http.CanonicalHeaderKey(name)
		// Duo reads the date from one of two headers; see duoDates.
		if c.Vendor == "duo" && name != "Authorization" {
			continue
		}
		before, now := was.Header[name], got.Header[name]
		// Twice, a header of the signature could be read as either.
		if len(now) != 1 || c.meaning(name, before[0]) != c.meaning(name, now[0]) {
			return false
		}
	}
	if date := duoDates(got); c.Vendor == "duo" && (len(date) != 1 || date[0] != duoDates(was)[0]) {
		return false
	}
	s := &c.Scheme
	// A body that breaks off is not the one that was signed.
	if got.Cut && s.Body != "" && (s.Body != "post" || strings.EqualFold(got.Method, "POST")) {
		return false
	}
	if s.Method && was.Method != got.Method && !(s.AnyCase && strings.EqualFold(was.Method, got.Method)) {
		return false
	}
	return c.host(was.Host) == c.host(got.Host) && c.sameTarget(was, got) && c.sameBody(was, got) &&
		slices.Equal(c.covered(was), c.covered(got))
}

// duoDates are those that Duo reads: X-Duo-Date wherever it comes, and Date.
func duoDates(p *Parsed) []string {
	if dates := p.Header["X-Duo-Date"]; len(dates) > 0 {
		return dates
	}
	return p.Header["Date"]
}

// separators are what AWS permits between the parts of Authorization.
var separators = regexp.MustCompile(`[ ,]+`)

// meaning is what a header of the signature says, where two spellings say the same to the vendor.
func (c *Client) meaning(name, value string) string {
	switch {
	case name == http.CanonicalHeaderKey(c.Scheme.Coarse) && len(value) > 13:
		return value[:13]
	case c.Vendor == "duo" && name == "Authorization":
		scheme, text, _ := strings.Cut(value, " ")
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err == nil && strings.EqualFold(scheme, "basic") {
			return string(decoded)
		}
	case c.Vendor == "veracode": // of a vendor's clients some write hex in capital letters
		return strings.ToLower(value)
	// AWS permits blanks and commas between the parts.
	case c.Vendor == "aws" && name == "Authorization":
		return separators.ReplaceAllString(value, " ")
	}
	return value
}

// host is what a scheme sees of a host; the same text for all hosts if it does not cover it.
//
//	exact: Acme.internal:8443 as it is        case: acme.internal:8443        name: acme.internal
func (c *Client) host(host string) string {
	switch c.Scheme.Host {
	case "exact":
		return host
	case "case":
		return strings.ToLower(host)
	case "name":
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		return strings.ToLower(host)
	}
	return ""
}

// sameTarget compares path and query as far as the scheme covers them. "exact" compares bytes; the others compare the path by
// Client.path, and the parameters decoded and without their order.
func (c *Client) sameTarget(was, got *Parsed) bool {
	switch c.Scheme.Target {
	case "":
		return true
	case "exact":
		if c.Scheme.Body == "darktrace" {
			return darktraceText(was) == darktraceText(got)
		}
		return was.RequestURI == got.RequestURI
	}
	path, query, _ := strings.Cut(was.RequestURI, "?")
	now, asked, _ := strings.Cut(got.RequestURI, "?")
	return c.path(path) == c.path(now) && slices.Equal(pairs(query), pairs(asked))
}

// darktraceText is what is signed of a target and a body. A query next to a body would not be signed, and is no app's own.
func darktraceText(p *Parsed) string {
	if p.Body == "" {
		return p.RequestURI
	}
	if strings.Contains(p.RequestURI, "?") {
		return "uncovered"
	}
	return p.RequestURI + "?" + p.Body
}

// path is what a scheme sees of a path: normalised, without empty names and dots; decoded, name by name, so that an escaped
// slash stays apart from a slash.
//
//	normalised: /a//b/../c -> a/c        decoded: /a%20b/c%2Fd -> /a b/c%2Fd
func (c *Client) path(path string) string {
	switch c.Scheme.Target {
	case "normalised":
		var kept []string
		for _, name := range strings.Split(path, "/") {
			switch {
			case name == ".." && len(kept) > 0:
				kept = kept[:len(kept)-1]
			case name == "" || name == "." || name == "..":
			default:
				kept = append(kept, name)
			}
		}
		return strings.Join(kept, "/")
	case "decoded":
		names := strings.Split(path, "/")
		for i, name := range names {
			if decoded, err := url.PathUnescape(name); err == nil {
				names[i] = strings.ReplaceAll(decoded, "/", "%2F")
			}
		}
		return strings.Join(names, "/")
	}
	return path
}

// pairs are the decoded parameters of a query or a form, in one order: a=1&b=%20 -> "a", 0x01, "1" and "b", 0x01, " ". What
// cannot be decoded is marked, so that it equals nothing but itself.
func pairs(query string) []string {
	var all []string
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		for _, text := range []string{name, value} {
			decoded, err := url.QueryUnescape(text)
			if err != nil {
				// No decoded text begins so, except one with an escaped NUL.
				decoded = "\x00" + text
			}
			all = append(all, decoded)
		}
		// Name and value become one text, so that sorting does not part them.
		n := len(all)
		all = append(all[:n-2], all[n-2]+"\x01"+all[n-1])
	}
	slices.Sort(all)
	return all
}

// sameBody compares bodies as far as the scheme covers them. "darktrace" is compared with the target: see sameTarget.
func (c *Client) sameBody(was, got *Parsed) bool {
	switch c.Scheme.Body {
	case "all":
		return was.Body == got.Body
	case "post":
		return !strings.EqualFold(was.Method, "POST") || was.Body == got.Body
	// The order of parameters does not count there.
	case "form":
		return slices.Equal(pairs(was.Body), pairs(got.Body))
	}
	return true
}

// covered are the headers that the signature covers, without those of the signature, as name and values, sorted. Only schemes
// with a Prefix cover any.
func (c *Client) covered(p *Parsed) []string {
	if c.Scheme.Prefix == "" {
		return nil
	}
	var all []string
	for name, values := range p.Header {
		signature := slices.ContainsFunc(c.Headers, func(h string) bool { return strings.EqualFold(h, name) })
		if signature || name == "X-Duo-Date" || !strings.HasPrefix(name, c.Scheme.Prefix) {
			continue
		}
		value := strings.Join(values, ",")
		if c.Scheme.Blanks {
			value = strings.ReplaceAll(strings.Join(strings.Fields(value), " "), ", ", ",")
		}
		all = append(all, name+": "+value)
	}
	slices.Sort(all)
	return all
}

// Faithful reports whether what the vendor got is what the gateway got, but for the signature: method, body, the target if
// the app's signature covered it, and the headers that it covered and that the gateway does not set itself. Another target
// may be written otherwise: a # as %23, and in Traefik a semicolon as an ampersand. Own is about the app and the gateway,
// Faithful about the gateway and the vendor.
func (c *Client) Faithful(got, arrived *Parsed) bool {
	if got.Method != arrived.Method || got.Body != arrived.Body && !got.Cut {
		return false
	}
	path, query, _ := strings.Cut(got.RequestURI, "?")
	now, asked, _ := strings.Cut(arrived.RequestURI, "?")
	if c.Scheme.Target != "" && (path != now || !slices.Equal(unsigned(query), unsigned(asked))) {
		return false
	}
	return c.Vendor != "aws" || slices.Equal(meant(c.covered(got)), meant(c.covered(arrived)))
}

// unsigned are the parameters of a query without those of a signature, which a gateway takes out.
func unsigned(query string) []string {
	return slices.DeleteFunc(pairs(query), func(pair string) bool { return strings.HasPrefix(pair, "X-Amz-") })
}

// meant are covered headers that no gateway sets.
func meant(covered []string) []string {
	return slices.DeleteFunc(covered, func(line string) bool {
		return strings.HasPrefix(line, "X-Amz-Date:") || strings.HasPrefix(line, "X-Amz-Content-Sha256:")
	})
}
