package diagnose

import (
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// scoped is a request whose signature says what its key is derived for: AWS Signature Version 4, in the header Authorization or in
// the query of a presigned URL. What was sent is read here, compared with the endpoint in scopedhost.go and with the vendor's own
// canonical request in scopedanswer.go, and signed with other inputs in scopedsearch.go.
type scoped struct {
	d         *diagnosis
	presigned bool
	objects   bool // S3's rules

	id, day, region, service string // as they were sent
	names                    []string
	date                     string // as it was sent
	lasts                    time.Duration
	token                    string
	tokenSent                bool

	payload string          // that is signed
	headers map[string]bool // sent, in lower case

	quoted string // the canonical request in the vendor's answer

	keys  map[string][]byte
	right texts
	last  texts // what was signed last: if the search ended well, what led to the given signature
}

// texts are the two that are hashed.
type texts struct{ canonical, toSign string }

const scopedAlgorithm = "AWS4-HMAC-SHA256"

// scopedForm is the header as AWS documents it. The parts come in any order, and blanks after the commas may be left out.
var (
	scopedForm = regexp.MustCompile(`^AWS4-HMAC-SHA256 +(?:(?:Credential|SignedHeaders|Signature)=[^\s,=]+(?:, *|$)){3}$`)
	scopedPart = regexp.MustCompile(`(?i)(Credential|SignedHeaders|Signature)\s*[=:]\s*"?([^\s,;"]+(?:;[^\s,;"]+)*)`)
)

// readScoped reads the signature, notes what can be seen, and sets up the search.
func (d *diagnosis) readScoped() {
	own := *d.Case              // its target loses the signature
	if own.Request.Host == "" { // of a capture without one
		own.Request.Host = own.Address
		for _, h := range own.Hosts {
			if own.Request.Host == "" && !strings.Contains(h, "*") {
				own.Request.Host = h
			}
		}
	}
	d.Case = &own
	p := *d.profile // its dates and window depend on the request
	d.profile = &p
	s := &scoped{d: d, headers: make(map[string]bool), keys: make(map[string][]byte)}
	d.scoped = s
	d.wordScoped()
	d.hostIn()
	d.takeSecret(p.Secret)
	for name, values := range d.Request.Header {
		if len(values) > 0 {
			s.headers[strings.ToLower(name)] = true
		}
	}
	s.quoted = s.canonicalOf(d.Response)
	if d.answer.kind == badSignature && d.answer.cause != "" {
		d.fact(d.answer.cause)
	}
	signature, ok := s.read()
	if !ok {
		d.stuck = true
		return
	}
	d.signature = signature
	s.objects = storesObjects(s.service)
	s.readDate()
	s.compareScope()
	swapped := d.idSent(s.id, signature)
	s.readToken()
	s.readCover()
	s.readPayload()
	d.lookForUnsent()
	if swapped || d.secretSent(signature) {
		d.stuck = true
		return
	}
	d.wants = hexWants(signature)
	if len(d.wants) == 0 {
		d.fact("signature_encoding")
		return
	}
	s.search()
	s.compareQuoted()
	if d.secret == "" {
		d.lengths(p.Digest)
	}
}

// wordScoped words causes whose general sentences speak of other vendors.
func (d *diagnosis) wordScoped() {
	form := "Write the header as `Authorization: AWS4-HMAC-SHA256 Credential=ID/DAY/REGION/SERVICE/aws4_request, " +
		"SignedHeaders=host;x-amz-date, Signature=HEX`."
	for _, cause := range []string{"prefix_wrong", "prefix_missing", "token_separator", "wrong_scheme"} {
		d.fixes[cause] = form
	}
	encode := "Escape everything but A-Z a-z 0-9 - . _ ~ once, with upper-case digits; %20 is a blank, %2B a plus sign (RFC 3986)."
	for _, cause := range []string{"escape_case", "space_encoding", "tilde_encoding", "asterisk_encoding", "reserved_encoding",
		"bare_parameter", "query_encoding", "query_decoded"} {
		d.fixes[cause] = encode
	}
	twice := "Escape the path once for S3, and once more for every other service."
	d.fixes["path_double_encoded"], d.fixes["path_encoding"], d.fixes["path_decoded"] = twice, twice, twice
	d.fixes["wrong_digest"] = "Use SHA-256 throughout: see `vendorsign explain aws`."
	d.fixes["host_with_port"] = "Sign the value of Host as it is sent: with the port where it is sent with one, and without where not."
	d.details["host_with_port"] = "the host was signed with a port and sent without one, or the other way round"
	d.details["header_signed_otherwise"] = "a signed header was signed with another value than it was sent with"
	d.fixes["header_signed_otherwise"] = "Sign what is sent: trim values, make runs of blanks one, and sign no header that " +
		"something on the way changes."
	d.fixes["header_not_signed"] = "Sign every x-amz- header that is sent, or remove on the way what is added after signing."
	d.fixes["date_changed"] = "Make the date once, sign that text, and send that text in X-Amz-Date."
	d.fixes["date_not_sent"] = "Send the signed date in X-Amz-Date."
	d.fixes["date_format"] = "Write X-Amz-Date as in 20260102T030405Z, in UTC."
	d.fixes["ids_swapped"] = "Exchange access key ID and secret access key."
	d.fixes["params_unsorted"] = "Sort the encoded parameters by name, then by value, where the query is signed."
}

// read finds the signature and what it says of itself; false: there is nothing to compare.
func (s *scoped) read() (signature string, ok bool) {
	d := s.d
	in := s.parameters()
	value := d.header("Authorization")
	switch {
	case value == "" && len(in) > 0:
		return s.readQuery(in)
	case value == "":
		d.missing("Authorization")
		return "", false
	case in["x-amz-signature"] != "":
		d.fact("header_twice", "a signature was sent in the header Authorization and another one in the query, and AWS takes one")
	}
	return s.readHeader(value)
}

// parameters are those of a presigned URL, by their names in lower case.
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

func (s *scoped) readHeader(value string) (signature string, ok bool) {
	d := s.d
	name, _ := scheme(value)
	parts := make(map[string]string)
	for _, found := range scopedPart.FindAllStringSubmatch(value, -1) {
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
			d.fact("token_separator", "Authorization has no "+part)
			return "", false
		}
	}
	if name == scopedAlgorithm && !scopedForm.MatchString(value) {
		d.fact("token_separator", "the parts of Authorization are not joined as AWS wants them")
	}
	s.token, s.tokenSent = d.Request.Header.Get("X-Amz-Security-Token"), s.headers["x-amz-security-token"]
	d.profile.DateHeader = "X-Amz-Date"
	if s.date = d.header("X-Amz-Date"); s.date == "" {
		if date := d.header("Date"); date != "" {
			d.profile.DateHeader, s.date = "Date", date
			d.profile.Dates = append([]string{http.TimeFormat, time.RFC1123Z, time.RFC3339}, d.profile.Dates...)
		}
	}
	return parts["signature"], s.readCredential(parts["credential"], parts["signedheaders"])
}

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
	s.token, s.tokenSent = in["x-amz-security-token"], in["x-amz-security-token"] != ""
	signature = d.takeParameter("X-Amz-Signature")
	return signature, s.readCredential(in["x-amz-credential"], in["x-amz-signedheaders"])
}

// readCredential reads ID/DAY/REGION/SERVICE/aws4_request. An ID of another vendor's may hold slashes.
func (s *scoped) readCredential(credential, names string) bool {
	parts := strings.Split(credential, "/")
	n := len(parts)
	if n < 5 || parts[n-1] != "aws4_request" {
		s.d.fact("token_separator", "Credential is not of the form ID/DAY/REGION/SERVICE/aws4_request")
		return false
	}
	s.id, s.day, s.region, s.service = strings.Join(parts[:n-4], "/"), parts[n-4], parts[n-3], parts[n-2]
	s.names = strings.Split(names, ";")
	if lower := strings.ToLower(names); lower != names || !slices.IsSorted(s.names) {
		s.d.fact("header_signed_otherwise", "SignedHeaders must be names in lower case and in alphabetical order")
	}
	return true
}

// readDate judges the date, and the time that a presigned URL lasts.
func (s *scoped) readDate() {
	d := s.d
	if s.date == "" {
		d.fact("date_not_sent", "neither X-Amz-Date nor Date was sent")
		return
	}
	if s.objects {
		d.profile.Minutes = 15
	}
	d.dateSent(d.profile.DateHeader, s.date)
	if at := d.stamp.at; !at.IsZero() && digitsOnly.MatchString(s.day) && s.day != at.UTC().Format("20060102") {
		d.fact("scope_date", "the day in the credential's scope is "+s.day+", and that of "+d.profile.DateHeader+" is "+
			at.UTC().Format("20060102"))
	} else if s.day != "" && !digitsOnly.MatchString(s.day) {
		d.fact("scope_date", "the day in the credential's scope is not written as in 20260102")
	}
	if !s.presigned || d.stamp.at.IsZero() || d.clock.now.IsZero() || d.stamp.at.After(d.clock.now.Add(d.stamp.window)) {
		return
	}
	if d.clock.weak && s.lasts > 0 {
		d.stamp.window = s.lasts
		return
	}
	d.stamp.window = 1 << 62
	if end := d.stamp.at.Add(s.lasts); s.lasts > 0 && !d.clock.weak && end.Before(d.clock.now) {
		d.fact("clock_off", "the presigned URL was good until ", roughly(d.clock.now.Sub(end)), " before the request")
		d.fixes["clock_off"] = "Sign the URL anew, or for longer with X-Amz-Expires; a session token may end it earlier."
	}
}

// readToken compares the session token with what the access key needs.
func (s *scoped) readToken() {
	d := s.d
	configured := strings.TrimSpace(d.Options["session_token"])
	switch sent := strings.TrimSpace(s.token); {
	case d.answer.kind == accepted, sent == "" && slices.Contains(s.names, "x-amz-security-token"): // it was taken out after signing
	case sent == "" && configured != "" && (d.idKnown || d.configuredID() == ""):
		d.fact("session_token_missing")
	case sent == "" && strings.HasPrefix(s.id, "ASIA") && configured == "":
		d.fact("session_token_missing", "the access key ID begins with ASIA, so the credential is a temporary one, and no session token was sent")
	case sent != "" && configured != "" && sent != configured && d.idKnown:
		d.fact("session_token_wrong")
	case sent != "" && configured == "" && strings.HasPrefix(s.id, "AKIA"):
		d.fact("session_token_wrong", "the access key ID begins with AKIA, so the credential is a long-lived one, and a session token was sent")
	}
}

// mustCover reports whether AWS requires a header to be signed if it arrives.
func (s *scoped) mustCover(name string) bool {
	switch {
	case name == "x-amz-content-sha256": // S3 accepts it unsigned
		return false
	case name == "x-amz-security-token":
		return s.d.option("sign_session_token", "true") != "false"
	}
	return strings.HasPrefix(name, "x-amz-")
}

// readCover compares the list of signed headers with the headers that were sent.
func (s *scoped) readCover() {
	d := s.d
	if !slices.Contains(s.names, "host") && !slices.Contains(s.names, "Host") {
		d.fact("host_missing", "Host is not among SignedHeaders, and AWS requires it there")
	}
	for _, name := range s.names {
		if name = strings.ToLower(name); name != "host" && name != "content-length" && name != "" && !s.headers[name] {
			d.fact("header_not_sent", "the header ", plain(name), " is among SignedHeaders, and was not sent")
			if name == "x-amz-security-token" {
				d.details["header_not_sent"] += ": something on the way took it out"
			}
		}
	}
	var unsigned []string
	for name := range s.headers {
		if s.mustCover(name) && !slices.ContainsFunc(s.names, func(n string) bool { return strings.EqualFold(n, name) }) {
			unsigned = append(unsigned, plain(name))
		}
	}
	slices.Sort(unsigned)
	if len(unsigned) > 0 && d.answer.kind != accepted {
		d.fact("header_not_signed", "the header "+strings.Join(unsigned, ", ")+" was sent and is not among SignedHeaders: it was added "+
			"after signing, and AWS requires every x-amz- header to be signed")
	}
	if s.headers["content-type"] && !slices.Contains(s.names, "content-type") {
		d.hint = "Content-Type was not signed, which some services require"
	}
}

// unsignedBodies are the services other than S3 that take UNSIGNED-PAYLOAD for some of their operations (auth type v4-unsigned-body of
// botocore's models).
var unsignedBodies = []string{"vpc-lattice-svcs", "mediastore", "lex", "omics", "glacier", "kinesisvideo", "transcribe",
	"healthlake", "medical-imaging"}

// readPayload is what the last line of the canonical request must be.
func (s *scoped) readPayload() {
	d := s.d
	body := string(d.Request.Body)
	own := hexOf256(body)
	claimed := strings.TrimSpace(d.Request.Header.Get("X-Amz-Content-Sha256"))
	if claimed == "" {
		_, query, _ := strings.Cut(d.Request.Target, "?")
		for _, p := range splitParams(query) {
			if strings.EqualFold(p.key, "X-Amz-Content-Sha256") {
				claimed = p.value
			}
		}
	}
	s.payload = own
	unsigned := claimed == "UNSIGNED-PAYLOAD" || claimed == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	switch {
	case claimed == "" && s.objects && s.presigned:
		s.payload = "UNSIGNED-PAYLOAD"
		return
	case claimed == "" && s.objects && d.answer.kind != accepted:
		d.fact("header_not_sent", "the header X-Amz-Content-Sha256 was not sent, and S3 requires it")
		return
	case claimed == "", claimed == own:
		return
	case unsigned && (s.objects || slices.Contains(unsignedBodies, s.service)), strings.HasPrefix(claimed, "STREAMING-AWS4-"):
		s.payload = claimed
		return
	case unsigned:
		s.payload = claimed
		if d.answer.kind != accepted {
			d.fact("payload_unsigned")
		}
		return
	case !hexSum.MatchString(claimed) || len(claimed) != 64 || strings.ToLower(claimed) != claimed:
		s.payload = claimed
		d.fact("payload_form")
		return
	}
	s.payload = claimed // S3 signs what is claimed, and compares it with the body then
	if body == "" && !d.contentLength() {
		return // the body is not in what was given
	}
	cause := "body_signed_not_sent"
	for _, b := range s.bodies() {
		if hexOf256(b.text) == claimed && b.weight == 1 {
			cause = b.causes[0]
			break
		}
	}
	if cause == "body_signed_not_sent" {
		d.fact(cause, "X-Amz-Content-Sha256 is not the hash of the body that was sent: the body was changed after it was hashed")
		return
	}
	d.fact(cause)
}

// canonicalPath is a path as the service reads it; false: it cannot be read.
func (s *scoped) canonicalPath(path string) (string, bool) {
	options := map[string]string{"access_key_id": "id", "secret_access_key": "secret", "region": "us-east-1", "service": s.service}
	for _, name := range []string{"path_encoding", "normalize_path"} {
		options[name] = s.d.Options[name]
	}
	signer, err := standIn(s.d.Signer, options)
	if err != nil {
		signer = s.d.signer
	}
	m := signers.Message{Method: "GET", Host: "host", Target: path, Header: make(http.Header)}
	parts, err := signer.Canonical(&m, &signers.Moment{Date: "20060102T150405Z"})
	if err != nil {
		return path, false
	}
	for _, p := range parts {
		if p.Label == "path" {
			return strings.TrimSuffix(p.Text, "\n"), true
		}
	}
	return path, false
}

func hexOf256(text string) string {
	return hex.EncodeToString(sumOf(digestNamed("sha256").new(), text))
}
