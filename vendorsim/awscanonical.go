package vendorsim

import (
	"strconv"
	"strings"
)

// canonical is the canonical request: method, path, query, headers, their names and the payload's hash, a line each. The
// headers end with a line end of their own, so that an empty line is between them and their names, as in AWS's examples. For
// GET /detector?b=2&a=x+y:
//
//	GET
//	/detector
//	a=x%20y&b=2
//	host:guardduty.us-east-1.amazonaws.com
//	x-amz-date:20231114T221320Z
//
//	host;x-amz-date
//	e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855   SHA-256 of no body
func (v *aws) canonical(c *awsClaim, r *Request, payload string) string {
	path, _, _ := splitTarget(r.Target)
	normalize, once := !isS3(c.service), isS3(c.service)
	if v.plainPath != "" {
		normalize = v.plainPath == "true"
	}
	if v.once != "" {
		once = v.once == "once"
	}
	if normalize {
		path = awsNormalize(path)
	}
	return strings.Join([]string{r.Method, awsPath(path, once), v.canonicalQuery(c), awsHeaders(c.signed, r),
		strings.Join(c.signed, ";"), payload}, "\n")
}

// awsNormalize removes dot segments (RFC 3986, 5.2.4) and empty ones. Only a slash at the end keeps one there, as in AWS's
// own clients (botocore/utils.py remove_dot_segments): /a/b/.. is /a, where the RFC says /a/.
//
//	/a//b/./c/../d -> /a/b/d        /a/../.. -> /
func awsNormalize(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	normal := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		normal += "/"
	}
	return normal
}

// awsPath encodes the names between slashes. Twice means once more than it arrived. Once means that it arrived encoded
// already: it is brought into the one form that AWS's UriEncode has, since S3 signs the key and not its spelling.
//
//	twice: /c%20d -> /c%2520d        once: /c%20d/%7e+ -> /c%20d/~%2B
func awsPath(path string, once bool) string {
	if once {
		return canonPath(path)
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = percentEncode(segment)
	}
	return strings.Join(segments, "/")
}

// canonicalQuery is the query without its signature, decoded and encoded again, sorted after encoding by name and value. A
// literal '+' is a blank: so AWS's signer for Go reads it (aws-sdk-go-v2 signer/v4, which signs url.Query()), and it sends
// %20 for it.
func (v *aws) canonicalQuery(c *awsClaim) string {
	var pairs []pair
	for _, p := range c.query {
		if p.key == "X-Amz-Signature" || p.key == "X-Amz-Security-Token" && v.tokenUnsigned {
			continue
		}
		pairs = append(pairs, p)
	}
	return canonPairs(pairs)
}

// awsHeaders are the signed headers, a line each: the name in lower case, the values trimmed, runs of white space in them one
// blank, and those of a header that arrived several times joined by commas.
func awsHeaders(signed []string, r *Request) string {
	var b strings.Builder
	for _, name := range signed {
		values := allValues(r.Header, name)
		switch {
		case name == "host":
			values = []string{r.Host}
		case name == "content-length" && len(values) == 0: // net/http takes it out of the headers of HTTP/2
			values = []string{strconv.Itoa(len(r.Body))}
		}
		for i, value := range values {
			values[i] = awsTrim(value)
		}
		b.WriteString(name + ":" + strings.Join(values, ",") + "\n")
	}
	return b.String()
}

// awsTrim takes the blanks around a value away and makes one space of several, and of a fold. A tab within a value stays: AWS's documents
// speak of spaces, and its SDKs keep tabs.
func awsTrim(value string) string {
	isSpaceOrFold := func(c rune) bool { return c == ' ' || c == '\r' || c == '\n' }
	return strings.Join(strings.FieldsFunc(strings.Trim(value, " \t\r\n"), isSpaceOrFold), " ")
}
