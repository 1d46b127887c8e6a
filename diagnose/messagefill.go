package diagnose

import (
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// fillAuthority adds other hosts, with and without a port. @authority leaves out the port that is the
// scheme's own (RFC 9421, 2.2.3), which many clients do not.
func (s *signedMessage) fillAuthority(to *slot) {
	bare, other := wire.WithoutPort(to.right()), "host_with_port"
	if port := to.right()[len(bare):]; port != "" {
		to.wrong("host_without_port", frequent, bare)
		to.wrong(other, frequent, to.right()+port)
		other = "host_differs"
	}
	to.wrong(other, frequent, bare+":443", bare+":80", bare+":8443", bare+":8080")
	if strings.HasPrefix(bare, "[") { // an address of IPv6
		to.wrong("host_differs", usual, strings.NewReplacer("[", "", "]", "").Replace(to.right()), strings.Trim(bare, "[]"))
	}
	path, _, _ := strings.Cut(s.d.Request.Target, "?")
	to.wrong("host_with_scheme", usual, to.right()+path, to.right()+s.d.Request.Target)
	for _, h := range s.ownHosts() {
		to.wrong("host_differs", usual, h, wire.WithoutPort(h))
	}
	to.wrong("host_case", usual, s.d.Request.Host, capital(to.right(), strings.Clone))
	for _, h := range s.d.Hosts {
		to.wrong("host_differs", frequent, h)
	}
	s.d.fillHost(to)
}

// ownHosts are the hosts of the signer's own addresses, which some sign in place of the host that they
// send to: in ActivityPub keyId is an address at the sender's server.
func (s *signedMessage) ownHosts() (all []string) {
	id, _ := s.param("keyid")
	if s.draft {
		id, _ = s.param("keyId")
	}
	for _, text := range []string{id, s.d.Request.Header.Get("Signature-Agent"), s.d.Request.Header.Get("Origin"),
		s.d.Request.Header.Get("Referer")} {
		if _, rest, ok := strings.Cut(text, "://"); ok {
			host, _, _ := strings.Cut(rest, "/")
			all = append(all, strings.ToLower(strings.Trim(host, `"#`)))
		}
	}
	return all
}

// fillTarget adds other targets, also with the method before the path, as draft-cavage has it in
// (request-target).
func (s *signedMessage) fillTarget(to *slot) {
	method := s.d.Request.Method
	to.wrong("text_layout", frequent, strings.ToLower(method)+" "+to.right(), method+" "+to.right())
	s.d.fillPath(to)
}

// fillParam adds other forms of one parameter of the query. The right one is decoded and encoded again
// (RFC 9421, 2.2.8), so a client that signs it as it is in the query is wrong wherever the two
// differ:
//
//	q=a+b   signed a%20b, by mistake a+b or a b
func (s *signedMessage) fillParam(to *slot, name string) {
	_, query, _ := strings.Cut(s.d.Request.Target, "?")
	_, key, _ := strings.Cut(name, `;name="`)
	key, _, _ = strings.Cut(key, `"`)
	for _, p := range splitParams(query) {
		raw, value, _ := strings.Cut(p.raw, "=")
		if unescape(raw, true) != unescape(key, true) {
			continue
		}
		plus := strings.ReplaceAll(to.right(), "%20", "+")
		to.wrong("space_encoding", frequent, plus)
		if strings.ReplaceAll(value, "+", "%20") == to.right() {
			to.wrong("space_encoding", frequent, value)
		}
		to.wrong("query_encoding", frequent, value)
		to.wrong("query_decoded", frequent, unescape(value, true), unescape(value, false))
		to.wrong("escape_case", usual, escapesIn(to.right(), strings.ToLower))
		to.wrong("query_double_encoded", usual, strings.ReplaceAll(to.right(), "%", "%25"))
		to.wrong("text_layout", usual, p.raw, key+"="+to.right())
	}
}

// fillPathOnly adds other paths, and those with the query, which @path does not have.
func (s *signedMessage) fillPathOnly(to *slot) {
	_, query, asked := strings.Cut(s.d.Request.Target, "?")
	if asked {
		to.wrong("text_layout", frequent, to.right()+"?"+query)
	}
	s.d.fillPath(to)
}

// fillQueryOnly adds other queries. The question mark belongs to it, also where there is nothing behind
// it (RFC 9421, 2.2.7).
func (s *signedMessage) fillQueryOnly(to *slot) {
	to.wrong("question_mark", frequent, strings.TrimPrefix(to.right(), "?"), "")
	s.d.fillQuery(to)
}

// fillLowerMethod adds other methods to the one in (request-target), which the draft writes in lower
// case.
func (s *signedMessage) fillLowerMethod(to *slot) {
	to.wrong("method_case", frequent, strings.ToUpper(to.right()), capital(to.right(), strings.Clone))
	to.wrong("method_changed", frequent, "get", "post")
	to.wrong("method_changed", usual, "put", "delete", "patch", "head", "")
}

// fillScheme adds http and https: a client in front of a gateway without TLS signs http, and the vendor
// reads https.
func fillScheme(to *slot) {
	to.wrong("scheme_differs", frequent, "http", "https")
}

// fillSeconds adds other seconds to (created) and (expires): up to a minute off, in milliseconds, with
// a fraction, or none.
func fillSeconds(to *slot) {
	n, err := strconv.ParseInt(to.right(), 10, 64)
	if err != nil {
		return
	}
	around(1, 60, func(off int64) { to.wrong("date_changed", usual, strconv.FormatInt(n+off, 10)) })
	to.wrong("date_changed", usual, strconv.FormatInt(n*1000, 10), to.right()+".0", "")
}

// fillField adds other values of a header: of several lines joined another way, the first or the last
// alone, and other blanks.
func (s *signedMessage) fillField(to *slot, name string) {
	d := s.d
	values := sentValues(d.Request.Header, name)
	if len(values) > 1 {
		to.wrong("header_signed_otherwise", frequent, strings.Join(values, ","), values[0], values[len(values)-1],
			strings.Join(values, "; "))
	}
	s.fillSpacing(to, values)
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

// whiteSpace is a run of blanks, which some libraries write as one.
var whiteSpace = regexp.MustCompile(`\s+`)

// fillSpacing adds the value with its blanks as they were sent, or as proxies and libraries write them
// them.
func (s *signedMessage) fillSpacing(to *slot, values []string) {
	cause := "header_signed_otherwise"
	to.wrong(cause, frequent, strings.Join(values, ", "), strings.Join(values, ","))
	right := to.right()
	to.wrong(cause, usual, whiteSpace.ReplaceAllString(right, " "), strings.ReplaceAll(right, " ", ""))
	for _, mark := range []string{",", ";"} {
		close := regexp.MustCompile(`\s*`+mark+`\s*`).ReplaceAllString(right, mark)
		to.wrong(cause, usual, close, strings.ReplaceAll(close, mark, mark+" "))
	}
}

// fillInput adds other forms of the last line of RFC 9421: with the label before it, without quotes,
// without one of the parameters or with them in another order, and with other times.
//
//	"@signature-params": ("@method" "@path");created=1700000000;keyid="1"
//
// The line must be Signature-Input letter for letter, but many clients write the two in different
// places of their code.
func (s *signedMessage) fillInput(to *slot) {
	if s.inputSent != "" {
		to.wrong("signature_input", frequent, s.inputSent)
	}
	list, rest, _ := strings.Cut(to.right(), ")")
	params := strings.Split(strings.TrimPrefix(rest, ";"), ";")
	// Each pair of places is tried, so many parameters would use up the budget of verifications.
	params = params[:min(len(params), 12)]
	join := func(all []string) string { return list + ");" + strings.Join(all, ";") }
	to.wrong("signature_input", frequent, s.label+"="+to.right(), list+")", strings.ReplaceAll(to.right(), `"`, ""),
		strings.ReplaceAll(list, `"`, "")+")"+rest, join(slices.Sorted(slices.Values(params))))
	for i := range params {
		to.wrong("signature_input", frequent, join(slices.Delete(slices.Clone(params), i, i+1)))
		if bare := strings.ReplaceAll(params[i], `"`, ""); bare != params[i] {
			changed := slices.Clone(params)
			changed[i] = bare
			to.wrong("signature_input", usual, join(changed))
		}
		for j := range params {
			moved := slices.Delete(slices.Clone(params), i, i+1)
			to.wrong("signature_input", usual, join(slices.Insert(moved, min(j, len(moved)), params[i])))
		}
	}
	to.wrong("signature_input", usual, strings.ReplaceAll(to.right(), ";", "; "), strings.ReplaceAll(to.right(), `" "`, `", "`),
		strings.ReplaceAll(to.right(), `"`, "'"), strings.ReplaceAll(to.right(), `"`, `\"`))
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
		around(1, 90, func(off int64) { to.wrong("date_changed", usual, other(strconv.FormatInt(n+off, 10))) })
		to.wrong("date_changed", usual, other(strconv.FormatInt(n*1000, 10)), other(text+".0"))
	}
}
