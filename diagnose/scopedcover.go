package diagnose

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// readDate judges the date, and the time that a presigned URL lasts. A presigned URL may be as old as
// X-Amz-Expires says, so its window has no end in the past; S3 allows 15 minutes where other services
// allow 5.
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
		d.fact("scope_date", "the day in the credential's scope is "+s.day+", and the day of "+d.profile.DateHeader+" is "+
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
		d.fixes["clock_off"] = "Sign the URL again, or for longer with X-Amz-Expires; a session token may end it earlier."
	}
}

// readToken compares the session token with what the access key needs. Keys that begin with ASIA are
// temporary and need one, keys with AKIA are long-lived and have none (IAM identifiers,
// docs.aws.amazon.com).
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

// readCover compares the list of signed headers with the headers that were sent, in both directions.
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

// unsignedBodies are the services other than S3 that take UNSIGNED-PAYLOAD for some of their operations
// (auth type v4-unsigned-body of botocore's models).
var unsignedBodies = []string{"vpc-lattice-svcs", "mediastore", "lex", "omics", "glacier", "kinesisvideo", "transcribe",
	"healthlake", "medical-imaging"}

// readPayload is what the last line of the canonical request must be: the hash of the body, or what
// X-Amz-Content-Sha256 claims in its place where the service permits that.
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

// canonicalPath is a path as the service reads it; false: it cannot be read. It asks the signer, which
// knows how often a service escapes and whether it resolves dots.
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

// hexOf256 is the SHA-256 of a text in lower-case hexadecimal.
func hexOf256(text string) string {
	return hex.EncodeToString(sumOf(digestNamed("sha256").new(), text))
}
