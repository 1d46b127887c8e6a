package diagnose

import (
	"encoding/base64"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// piece is a part of the signed text: a constant, or a value with the ways in which clients get it
// wrong. The slots of all pieces in a row are the text.
type piece struct {
	slot *slot
	fill func(*slot) // nil: it is constant
}

// lineOf is the line of one thing that is covered, without its end, in pieces:
//
//	"@target-uri": https://api.example/a?b=1   ->   name, scheme, ://, host, path, query
//
// Each value has its own slot, so that a mistake with it is named for what it is.
func (s *signedMessage) lineOf(name string) []piece {
	begin, bare := name+": ", name
	if !s.draft {
		id, params, _ := strings.Cut(name, ";")
		if params != "" {
			params = ";" + params
		}
		bare = strings.Trim(id, `"`)
		begin = `"` + bare + `"` + params + ": "
	}
	value, ok := s.valueOf(name, begin)
	if !ok {
		s.absent(name, bare)
		return append([]piece{{slot: newSlot(bare, begin)}}, s.missing(bare))
	}
	constant := func(text string) piece { return piece{slot: newSlot(bare, text)} }
	of := func(label, text string, fill func(*slot)) piece { return piece{newSlot(label, text), fill} }
	path, query, asked := strings.Cut(value, "?")
	if asked {
		query = "?" + query
	}
	all := []piece{constant(begin)}
	switch bare {
	case "@method":
		return append(all, of("method", value, s.d.fillMethods))
	case "@authority", "host":
		return append(all, of("host", value, s.fillAuthority))
	case "@path":
		return append(all, of("path", value, s.fillPathOnly))
	case "@query":
		return append(all, of("query", value, s.fillQueryOnly))
	case "@request-target":
		return append(all, of("path", path, s.fillTarget), of("query", query, s.d.fillQuery))
	case "@query-param":
		return append(all, of("query", value, func(to *slot) { s.fillParam(to, name) }))
	case "(request-target)":
		method, target, _ := strings.Cut(path, " ")
		return append(all, of("method", method, s.fillLowerMethod), constant(" "), of("path", target, s.d.fillPath),
			of("query", query, s.d.fillQuery))
	case "@target-uri":
		scheme, rest, _ := strings.Cut(path, "://")
		host, target, found := strings.Cut(rest, "/")
		if found {
			target = "/" + target
		}
		return append(all, of("scheme", scheme, fillScheme), constant("://"), of("host", host, s.fillAuthority), of("path", target, s.d.fillPath),
			of("query", query, s.d.fillQuery))
	case "@scheme":
		return append(all, of("scheme", value, fillScheme))
	case "date", "x-date":
		return append(all, of("date", value, s.d.fillDates))
	case "(created)", "(expires)":
		return append(all, of(bare, value, fillSeconds))
	case "content-digest", "digest", "x-content-sha256":
		return append(all, of(bare, value, s.fillDigest))
	}
	return append(all, of("header "+bare, value, func(to *slot) { s.fillField(to, bare) }))
}

// missing is what may have been signed of something that was not sent. All of its texts have the cause
// that it was not sent, whatever else would explain them.
func (s *signedMessage) missing(name string) piece {
	d := s.d
	cause := "header_not_sent"
	return piece{newSlot(name, ""), func(to *slot) {
		guess := newSlot("", "\x00")
		switch name {
		case "date", "x-date":
			cause = "date_not_sent"
			d.fillDates(guess)
		case "content-digest", "digest", "x-content-sha256":
			s.fillDigest(guess)
		default:
			fillHeader(guess, textproto.CanonicalMIMEHeaderKey(name))
			guess.wrong("", usual, strconv.Itoa(len(d.Request.Body)))
		}
		for _, o := range guess.options[1:] {
			to.wrong(cause, o.tier, o.text)
		}
	}}
}

// valueOf is the value of one thing that is covered, as the scheme's own signer reads it; false: the
// request does not have it. begin is what its line begins with. Values that the signer would make itself,
// such as Date and Content-Length, are read as they were sent.
func (s *signedMessage) valueOf(name, begin string) (string, bool) {
	vendor, option := "httpsig", "components"
	if s.draft {
		vendor, option = "cavage", "headers"
	}
	at := signers.Moment{Time: time.Unix(0, 0)}
	m := s.d.Request
	if m.Host == "" { // a log without it
		m.Host = s.d.signedHost()
	}
	switch name {
	case "(created)", "(expires)":
		return s.param(strings.Trim(name, "()"))
	case "content-length": // as it was sent, which is not the length of what arrived if the body was changed
		if values := m.Header.Values("Content-Length"); len(values) > 0 {
			return strings.TrimSpace(values[0]), true
		}
		if strings.EqualFold(strings.TrimSpace(m.Header.Get("Transfer-Encoding")), "chunked") {
			return "", false
		}
		if s.d.Printed && len(m.Body) > 0 {
			s.d.noLength = true
			return "", false
		}
	case "date":
		at.Date = strings.TrimSpace(m.Header.Get("Date"))
		if at.Date == "" {
			return "", false
		}
	}
	if signer, err := lineSigner(vendor, option, name); err == nil {
		parts, err := signer.Canonical(&m, &at)
		if err != nil || len(parts) == 0 {
			return "", false
		}
		return strings.TrimSuffix(strings.TrimPrefix(parts[0].Text, begin), "\n"), true
	}
	bare, params, _ := strings.Cut(name, ";") // one that the signer refuses to cover
	values := slices.Clone(m.Header.Values(strings.Trim(bare, `"`)))
	for i, v := range values {
		if values[i] = strings.TrimSpace(v); params == "bs" { // RFC 9421, 2.1.3
			values[i] = ":" + base64.StdEncoding.EncodeToString([]byte(values[i])) + ":"
		}
	}
	return strings.Join(values, ", "), len(values) > 0
}

// absent records that something was not sent although it is covered. A verifier must refuse that (RFC
// 9421, 2.5).
func (s *signedMessage) absent(name, bare string) {
	d := s.d
	switch {
	case d.answer.kind == accepted:
	case bare == "date":
		d.fact("date_not_sent", "the header Date is covered by the signature, and was not sent")
	case strings.HasPrefix(bare, "@query-param"):
		d.fact("query_signed_not_sent", "the parameter of "+plain(name)+" is covered by the signature, and does not come once in the query")
	case bare == "(created)", bare == "(expires)":
		d.fact("signature_parameter", plain(bare)+" is covered by the signature, and its parameter was not sent")
	case strings.HasPrefix(bare, "@"), strings.HasPrefix(bare, "("):
		d.fact("signature_input", plain(bare)+" is covered by the signature, and is no part of a request")
	case d.noLength && bare == "content-length":
		d.fact("header_not_sent", "the header Content-Length is covered by the signature, and is not in the text of the request")
		d.fixes["header_not_sent"] = "Send Content-Length with the length that was signed. If it was sent, and only the text lacks it, " +
			"add it there."
	default:
		d.fact("header_not_sent", "the header ", plain(textproto.CanonicalMIMEHeaderKey(bare)), " is covered by the signature, and was not sent")
	}
}
