package diagnose

import (
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// fillAuthority adds other hosts, with and without a port.
func (s *signedMessage) fillAuthority(to *slot) {
	bare := wire.WithoutPort(to.right())
	if bare != to.right() {
		to.wrong("host_with_port", frequent, bare)
	}
	to.wrong("host_with_port", frequent, bare+":443", bare+":80", bare+":8443", bare+":8080")
	to.wrong("host_case", usual, s.d.Request.Host, capital(to.right(), strings.Clone))
	for _, h := range s.d.Hosts {
		to.wrong("host_differs", frequent, h)
	}
	s.d.fillHost(to)
}

// fillPathOnly adds other paths, and those with the query.
func (s *signedMessage) fillPathOnly(to *slot) {
	_, query, asked := strings.Cut(s.d.Request.Target, "?")
	if asked {
		to.wrong("text_layout", frequent, to.right()+"?"+query)
	}
	s.d.fillPath(to)
}

// fillQueryOnly adds other queries. The question mark belongs to it, also where there is nothing behind it (RFC 9421, 2.2.7).
func (s *signedMessage) fillQueryOnly(to *slot) {
	to.wrong("question_mark", frequent, strings.TrimPrefix(to.right(), "?"), "")
	s.d.fillQuery(to)
}

func (s *signedMessage) fillLowerMethod(to *slot) {
	to.wrong("method_case", frequent, strings.ToUpper(to.right()), capital(to.right(), strings.Clone))
	to.wrong("method_changed", frequent, "get", "post")
	to.wrong("method_changed", usual, "put", "delete", "patch", "head", "")
}

func fillScheme(to *slot) {
	to.wrong("scheme_differs", frequent, "http", "https")
}

// fillSeconds adds other seconds.
func fillSeconds(to *slot) {
	n, err := strconv.ParseInt(to.right(), 10, 64)
	if err != nil {
		return
	}
	around(1, 60, func(off int64) { to.wrong("date_changed", usual, strconv.FormatInt(n+off, 10)) })
	to.wrong("date_changed", usual, strconv.FormatInt(n*1000, 10), to.right()+".0", "")
}

// fillField adds other values of a header.
func (s *signedMessage) fillField(to *slot, name string) {
	d := s.d
	values := sentValues(d.Request.Header, name)
	if len(values) > 1 {
		to.wrong("header_signed_otherwise", frequent, strings.Join(values, ","), values[0], values[len(values)-1], strings.Join(values, "; "))
	}
	if name == "content-length" {
		to.wrong("header_signed_otherwise", frequent, "0", "", strconv.Itoa(len(d.Request.Body)))
	}
	if name == "signature-agent" {
		found := memberForm.FindString(to.right())
		bare := strings.TrimPrefix(to.right(), found)
		to.wrong("header_signed_otherwise", frequent, strings.Trim(bare, `"`), bare, s.label+"="+bare)
	}
	fillHeader(to, textproto.CanonicalMIMEHeaderKey(name))
}

// fillInput adds other forms of the last line of RFC 9421.
func (s *signedMessage) fillInput(to *slot) {
	list, rest, _ := strings.Cut(to.right(), ")")
	params := strings.Split(strings.TrimPrefix(rest, ";"), ";")
	join := func(all []string) string { return list + ");" + strings.Join(all, ";") }
	to.wrong("signature_input", frequent, s.label+"="+to.right(), list+")", strings.ReplaceAll(to.right(), `"`, ""),
		strings.ReplaceAll(list, `"`, "")+")"+rest, join(slices.Sorted(slices.Values(params))))
	for i := range params {
		to.wrong("signature_input", frequent, join(slices.Delete(slices.Clone(params), i, i+1)))
		for j := range params {
			moved := slices.Delete(slices.Clone(params), i, i+1)
			to.wrong("signature_input", usual, join(slices.Insert(moved, min(j, len(moved)), params[i])))
		}
	}
	to.wrong("signature_input", usual, strings.ReplaceAll(to.right(), ";", "; "), strings.ReplaceAll(to.right(), `" "`, `", "`))
	for _, name := range []string{"created", "expires"} {
		text, ok := s.param(name)
		n, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil {
			continue
		}
		other := func(value string) string {
			return strings.Replace(to.right(), ";"+name+"="+text, ";"+name+"="+value, 1)
		}
		to.wrong("signature_input", frequent, other(`"`+text+`"`))
		around(1, 10, func(off int64) { to.wrong("date_changed", usual, other(strconv.FormatInt(n+off, 10))) })
		to.wrong("date_changed", usual, other(strconv.FormatInt(n*1000, 10)), other(text+".0"))
	}
}
