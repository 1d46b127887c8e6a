package diagnose

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// read finds the signature and what it says of itself; false: there is nothing to compare. A signature
// in the header counts before one in the query.
func (s *scoped) read() (signature string, ok bool) {
	d := s.d
	if doubledURL.MatchString(d.Request.Target) {
		d.fact("query_double_encoded", "the presigned URL was encoded once more after it was signed")
		d.Request.Target = strings.ReplaceAll(d.Request.Target, "%25", "%")
	}
	if escapedURL.MatchString(d.Request.Target) {
		d.fact("query_encoding", "the presigned URL has &amp; where it had &, as in the source of a page")
		d.Request.Target = strings.ReplaceAll(d.Request.Target, "&amp;", "&")
	}
	in := s.parameters()
	value := d.header("Authorization")
	switch {
	case value == "" && len(in) > 0:
		return s.readQuery(in)
	case value == "" && d.signedInQuery("AWSAccessKeyId"):
		d.fact("wrong_scheme", "the query has a signature of version 2, which AWS accepts no longer in most places")
		return "", false
	case value == "":
		d.missing("Authorization")
		return "", false
	case in["x-amz-signature"] != "":
		d.fact("header_twice", "a signature was sent in the header Authorization and another in the query, and AWS takes one")
	}
	return s.readHeader(value)
}

// doubledURL is a presigned URL whose escapes were encoded once more, as by a page's link or a redirect: Credential shows it.
var doubledURL = regexp.MustCompile(`(?i)[?&]X-Amz-Credential=[^&/]+%252F[^&/]+%252Faws4_request(?:&|$)`)

// escapedURL is a presigned URL as it is in HTML or XML.
var escapedURL = regexp.MustCompile(`&amp;X-Amz-[A-Za-z0-9-]+=`)

// parameters are those of a presigned URL, by their names in lower case, decoded once. A plus sign
// stays one.
func (s *scoped) parameters() map[string]string {
	all := make(map[string]string)
	_, query, _ := strings.Cut(s.d.Request.Target, "?")
	for _, p := range splitParams(query) {
		name := strings.ToLower(p.key)
		switch name {
		case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
			"x-amz-security-token":
			if _, again := all[name]; again {
				s.d.fact("header_twice", "the parameter ", plain(p.key), " was sent twice: one is left over")
			}
			_, raw, _ := strings.Cut(p.raw, "=")
			all[name] = unescape(raw, false)
		}
	}
	return all
}

// readHeader reads Authorization. Signatures of other versions are named, since none of their parts can
// be compared. The date may also be in the header Date, which AWS accepts if X-Amz-Date was not sent.
func (s *scoped) readHeader(value string) (signature string, ok bool) {
	d := s.d
	name, _ := scheme(value)
	parts := make(map[string]string)
	whole := spacedID.ReplaceAllString(value, "$1$2$3$4/")
	for _, found := range scopedPart.FindAllStringSubmatch(whole, -1) {
		parts[strings.ToLower(found[1])] = found[2]
	}
	switch {
	case len(parts) == 0 && name == "AWS":
		d.fact("wrong_scheme", "the signature is one of version 2, which AWS accepts no longer in most places")
		return "", false
	case len(parts) == 0 && d.trueSecret() != "" && holds(value, d.trueSecret()):
		d.fact("secret_sent")
		return "", false
	case strings.HasPrefix(name, "AWS4-ECDSA"):
		d.fact("wrong_scheme", "the signature is one of version 4A, which cannot be checked here")
		return "", false
	case len(parts) == 0:
		d.fact("wrong_scheme", "Authorization does not hold a signature of AWS")
		return "", false
	case name == scopedAlgorithm:
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "credential"):
		d.fact("prefix_missing", "Authorization does not begin with AWS4-HMAC-SHA256")
	default:
		d.fact("prefix_wrong", "Authorization does not begin with AWS4-HMAC-SHA256 and a blank")
	}
	for _, part := range []string{"Credential", "SignedHeaders", "Signature"} {
		if parts[strings.ToLower(part)] == "" {
			d.fact("signature_parameter", "Authorization has no "+part)
			return "", false
		}
	}
	switch {
	case name != scopedAlgorithm || scopedForm.MatchString(value):
	case scopedForm.MatchString(whole):
		d.fact("id_whitespace", "white space or quotes surround the access key ID in Authorization")
	default:
		d.fact("token_separator", "the parts of Authorization are not joined as AWS wants them")
	}
	s.token = d.Request.Header.Get("X-Amz-Security-Token")
	d.profile.DateHeader = "X-Amz-Date"
	if s.date = d.header("X-Amz-Date"); s.date == "" {
		if date := d.header("Date"); date != "" {
			d.profile.DateHeader, s.date = "Date", date
			d.profile.Dates = append([]string{http.TimeFormat, time.RFC1123Z, time.RFC3339}, d.profile.Dates...)
		}
	}
	return parts["signature"], s.readCredential(parts["credential"], parts["signedheaders"])
}

// readQuery reads the parameters of a presigned URL, and takes the signature out of the target: the
// rest of the query is signed.
func (s *scoped) readQuery(in map[string]string) (signature string, ok bool) {
	d := s.d
	s.presigned = true
	d.profile.ProofHeader, d.profile.DateHeader = "X-Amz-Signature", "X-Amz-Date"
	for _, name := range []string{"X-Amz-Signature", "X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires",
		"X-Amz-Algorithm"} {
		if in[strings.ToLower(name)] == "" {
			d.fact("header_not_sent", "the parameter ", name, " was not sent")
			if name != "X-Amz-Expires" && name != "X-Amz-Algorithm" {
				return "", false
			}
		}
	}
	if algorithm := in["x-amz-algorithm"]; algorithm != "" && algorithm != scopedAlgorithm {
		d.fact("wrong_scheme", "X-Amz-Algorithm is not AWS4-HMAC-SHA256")
	}
	if text := in["x-amz-expires"]; text != "" {
		n, err := strconv.Atoi(text)
		if s.lasts = time.Duration(n) * time.Second; err != nil || n < 1 || n > 604800 {
			d.fact("expiry_out_of_range", "X-Amz-Expires is not a number of seconds from 1 to 604800, a week")
			s.lasts = 0
		}
	}
	s.date = in["x-amz-date"]
	s.token = in["x-amz-security-token"]
	signature = d.takeParameter("X-Amz-Signature")
	return signature, s.readCredential(in["x-amz-credential"], in["x-amz-signedheaders"])
}

// readCredential reads ID/DAY/REGION/SERVICE/aws4_request. An ID of another vendor's may hold slashes,
// so the last four parts are counted from the end.
func (s *scoped) readCredential(credential, names string) bool {
	parts := strings.Split(credential, "/")
	n := len(parts)
	switch {
	case n < 5:
		s.d.fact("token_separator", "Credential is not of the form ID/DAY/REGION/SERVICE/aws4_request")
		return false
	case parts[n-1] != "aws4_request":
		s.d.fact("signature_parameter", "the last part of Credential is not aws4_request")
		s.d.fixes["signature_parameter"] = "Write Credential as ID/DAY/REGION/SERVICE/aws4_request, and derive the key with aws4_request."
		return false
	}
	s.id, s.day, s.region, s.service = strings.Join(parts[:n-4], "/"), parts[n-4], parts[n-3], parts[n-2]
	s.names = strings.Split(names, ";")
	if lower := strings.ToLower(names); lower != names || !slices.IsSorted(s.names) {
		s.d.fact("header_signed_otherwise", "SignedHeaders must be names in lower case and in alphabetical order")
	}
	return true
}
