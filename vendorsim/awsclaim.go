package vendorsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// awsDate is the one form of a date that is signed, and awsDay its first part, which the scope repeats.
const (
	awsAlgorithm = "AWS4-HMAC-SHA256"
	awsDate      = "20060102T150405Z"
	awsDay       = "20060102"
	awsLongest   = 604800 // seconds that a presigned request may be valid
)

// awsClaim is what a request says of its own signature, by Authorization or by the query. Nothing in it is verified yet.
type awsClaim struct {
	presigned            bool
	id                   string
	day, region, service string
	signed               []string
	signature            string
	date                 string    // as it is signed
	at                   time.Time // the same
	expires              time.Duration
	token                string
	hasToken             bool
	query                []pair // of the target, decoded
}

// scope is the credential scope as the string to sign has it: day/region/service/aws4_request.
func (c *awsClaim) scope() string {
	return strings.Join([]string{c.day, c.region, c.service, "aws4_request"}, "/")
}

// awsParameters are those of a presigned request.
var awsParameters = []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
	"X-Amz-Signature", "X-Amz-Security-Token"}

// claim reads the Authorization header, or the parameters of a presigned request. The claim is never nil: as far as it was read
// it tells the service, whose form the refusal has.
func (v *aws) claim(r *Request) (*awsClaim, awsRefusal) {
	_, query, _ := splitTarget(r.Target)
	c := &awsClaim{query: formPairs(query)}
	if len(v.services) == 1 {
		c.service = v.services[0]
	}
	parameters := map[string]string{}
	for _, p := range c.query {
		// A second X-Amz-Signature, or one in other letters, may be read by another part of AWS than the one that
		// verifies. See the comment of aws.
		i := slices.IndexFunc(awsParameters, func(name string) bool { return strings.EqualFold(name, p.key) })
		if i < 0 {
			continue
		}
		if _, again := parameters[p.key]; again || p.key != awsParameters[i] {
			return c, incomplete(awsParameters[i] + " arrived twice in the query, or in another spelling")
		}
		parameters[p.key] = p.value
	}
	authorization := header(r.Header, "Authorization")
	switch {
	// Neither form: at S3 a request of nobody, which is refused as one without access.
	case authorization == "" && len(parameters) == 0:
		return c, awsRefusal{kind: awsMissing, reason: "neither the header Authorization nor a presigned query arrived"}
	case authorization == "":
		c.presigned = true
		return c, c.readQuery(parameters)
	case len(parameters) > 0:
		return c, awsRefusal{kind: awsTwo, reason: "parameters of a presigned request arrived next to Authorization"}
	}
	return c, c.readHeader(authorization, r.Header)
}

// incomplete is a refusal of something that cannot be taken apart, in AWS's words as far as they are known.
func incomplete(reason string) awsRefusal {
	return awsRefusal{kind: awsIncomplete, text: reason, reason: reason}
}

// readHeader reads "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...", in any order and with or without
// blanks. X-Amz-Date wins over Date, as AWS documents it. Each part must occur once: two Credentials could name two keys.
func (c *awsClaim) readHeader(authorization string, h http.Header) awsRefusal {
	scheme, rest, _ := strings.Cut(authorization, " ")
	if scheme != awsAlgorithm {
		return incomplete("Authorization does not begin with " + awsAlgorithm)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.Trim(part, " "), "=")
		if _, again := parts[name]; again {
			return incomplete("a part of Authorization arrived twice")
		}
		parts[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			return incomplete("Authorization header requires '" + name + "' parameter.")
		}
	}
	// An unknown part could be one that AWS reads and this package does not.
	if len(parts) != 3 {
		return incomplete("Authorization has more parts than Credential, SignedHeaders and Signature")
	}
	date := header(h, "X-Amz-Date")
	// Date counts only where X-Amz-Date is missing. All of AWS's own clients send the latter.
	if date == "" {
		date = header(h, "Date")
		if at, err := http.ParseTime(date); err == nil { // signed in the ISO form even if the header has HTTP's
			date = at.UTC().Format(awsDate)
		}
	}
	c.token, c.hasToken = header(h, "X-Amz-Security-Token"), hasHeader(h, "X-Amz-Security-Token")
	return c.read(parts["Credential"], parts["SignedHeaders"], parts["Signature"], date)
}

// readQuery reads the parameters of a presigned request. All but the token are required.
func (c *awsClaim) readQuery(parameters map[string]string) awsRefusal {
	for _, name := range awsParameters[:6] {
		if parameters[name] == "" {
			return incomplete("AWS query-string parameters must include '" + name + "'.")
		}
	}
	if parameters["X-Amz-Algorithm"] != awsAlgorithm {
		return incomplete("X-Amz-Algorithm only supports \"" + awsAlgorithm + "\"")
	}
	seconds, ok := digits(parameters["X-Amz-Expires"])
	// A link without an end, or of more than a week, is one that AWS refuses ("Authenticating Requests: Using Query
	// Parameters").
	if !ok || seconds < 1 || seconds > awsLongest {
		return incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800, a week")
	}
	c.expires = time.Duration(seconds) * time.Second
	c.token, c.hasToken = parameters["X-Amz-Security-Token"]
	return c.read(parameters["X-Amz-Credential"], parameters["X-Amz-SignedHeaders"], parameters["X-Amz-Signature"], parameters["X-Amz-Date"])
}

// read takes the parts that both placements have. The order of the checks is the credential, the headers' names, then
// the date.
func (c *awsClaim) read(credential, signed, signature, date string) awsRefusal {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || slices.Contains(parts, "") || parts[4] != "aws4_request" {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request")
	}
	c.id, c.day, c.region, c.service = parts[0], parts[1], parts[2], parts[3]
	c.signed, c.signature, c.date = strings.Split(signed, ";"), signature, date
	// One spelling alone: the list itself is signed, so that a second one would be a second signature of the same request.
	if strings.ToLower(signed) != signed || !slices.IsSorted(c.signed) || slices.Contains(c.signed, "") ||
		len(slices.Compact(slices.Clone(c.signed))) != len(c.signed) {
		return incomplete("SignedHeaders must be names in lower case, sorted, each once, separated by semicolons")
	}
	var ok bool
	switch c.at, ok = parseExact(awsDate, date); {
	case date == "":
		return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	case !ok:
		return incomplete("Date must be in ISO-8601 'basic format', YYYYMMDD'T'HHMMSS'Z'.")
	}
	return awsRefusal{}
}
