package diagnose

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// readAlgorithm compares the algorithm that the signature says with the configured one. A signature of
// RFC 9421 need not say any (section 2.3, alg is optional), and a verifier takes the key's then.
func (s *signedMessage) readAlgorithm() {
	sent, right := s.algorithmSent(), s.right()
	name := right.name
	if s.draft {
		name = s.d.option("algorithm", "rsa-sha256")
	}
	if sent == "" || sent == name || name == "" {
		return
	}
	s.d.fact("wrong_algorithm", "the signature says the algorithm "+plain(sent)+", and the vendor expects "+name)
}

// readID compares the key's name with the configured one. At two vendors the name is computed: the
// thumbprint of the key (RFC 7638) for Web Bot Auth, and tenancy/user/fingerprint for Oracle, or ST$
// and a session token. Of Oracle's three parts the first one that differs is named.
func (s *signedMessage) readID() {
	d := s.d
	name := "keyid"
	if s.draft {
		name = "keyId"
	}
	id, sent := s.param(name)
	if !sent {
		return
	}
	options := make(map[string]string, len(d.Options)+1)
	for k, v := range d.Options {
		options[k] = v
	}
	switch {
	case d.Signer == "web_bot_auth" && s.key != nil && s.key.private != nil:
		options["key_id"] = wire.Thumbprint(wire.PublicJWK(s.key.private))
	case s.oracle && options["key_id"] == "" && options["session_token"] != "":
		options["key_id"] = "ST$" + options["session_token"]
	case s.oracle && options["key_id"] == "" && options["tenancy"] != "":
		options["key_id"] = options["tenancy"] + "/" + options["user"] + "/" + options["fingerprint"]
	}
	d.Options = options
	d.idSent(id, "")
	if !slices.Contains(d.facts, "wrong_id") {
		return
	}
	if d.Signer == "web_bot_auth" {
		d.details["wrong_id"] = "keyid is not the thumbprint (RFC 7638) of the configured key"
	} else if s.oracle && strings.Count(id, "/") == 2 && options["tenancy"] != "" {
		parts := strings.Split(id, "/")
		for i, part := range []string{"tenancy", "user", "fingerprint"} {
			if parts[i] != options[part] {
				d.details["wrong_id"] = part + " in keyId is not the configured one"
				break
			}
		}
	}
}

// readTimes judges the times that the signature has or covers: created or Date, and expires. A
// signature that says how long it is good has that as its window.
func (s *signedMessage) readTimes() {
	d := s.d
	created, timed := s.param("created")
	switch {
	case timed && (!s.draft || s.covers("(created)")):
		d.profile.Dates, d.profile.DateHeader = nil, "created"
		d.dateSent("created", created)
		d.stamp.window = messageWindow
	case s.covers("x-date") && d.Request.Header.Get("X-Date") != "":
		d.profile.DateHeader = "X-Date"
		d.dateSent("X-Date", d.header("X-Date"))
	case s.covers("date"):
		d.profile.DateHeader = "Date"
		d.dateSent("Date", d.header("Date"))
		if _, err := http.ParseTime(d.stamp.text); err == nil {
			d.stamp.cause = "" // also with another day of the week
		}
	}
	text, ok := s.param("expires")
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || d.answer.kind == accepted {
		return
	}
	// Seconds have ten digits until 2286; what is longer is in milliseconds.
	if len(text) > 11 {
		d.fact("milliseconds_for_seconds", "expires is in milliseconds, and must be in seconds")
		return
	}
	end, at := time.Unix(n, 0), d.stamp.at
	switch {
	case !at.IsZero() && !end.After(at):
		d.fact("expiry_out_of_range", "expires is not after created")
	case !d.clock.now.IsZero() && !d.clock.weak && !end.After(d.clock.now):
		d.fact("clock_off", "the signature was good until ", roughly(d.clock.now.Sub(end)), " before the request")
		d.fixes["clock_off"] = "Sign each request when it is sent, or for longer with expires_in."
	}
	if d.Signer == "web_bot_auth" && !at.IsZero() && end.Sub(at) > 24*time.Hour {
		d.refused = "expiry_out_of_range"
		d.details[d.refused] = "expires is more than a day after created, and the draft recommends a day at most"
	}
	if !at.IsZero() && end.After(at) { // it ends when it says, also if that is later than usual
		d.stamp.window = max(d.stamp.window, end.Sub(at))
	}
}

// messageWindow is how old a signature may be that does not say when it expires. RFC 9421 leaves it to
// the verifier.
const messageWindow = 5 * time.Minute

// readNonce remembers what must not come twice.
func (s *signedMessage) readNonce() {
	if nonce, ok := s.param("nonce"); ok && nonce != "" {
		s.d.identity = nonce
	}
}
