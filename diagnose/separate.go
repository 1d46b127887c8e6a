package diagnose

import "strings"

// readSeparate reads a scheme with a header each for the public token, the date and the signature,
// which is over target or body, token and date, as the rows with read "separate" have it:
//
//	DTAPI-Token: public
//	DTAPI-Date: 20260102T030405
//	DTAPI-Signature: hex(HMAC-SHA1(private, "/devices?did=1\npublic\n20260102T030405"))
func (d *diagnosis) readSeparate() {
	p := d.profile
	d.takeSecret(p.Secret)
	d.hostIn()
	id, date, signatures := d.header(p.IDHeader), d.header(p.DateHeader), d.headers(p.ProofHeader)
	d.dateSent(p.DateHeader, date)
	if id == "" {
		d.missing(p.IDHeader)
	}
	if date == "" {
		d.fact("date_not_sent")
	}
	signature := signatures[0]
	if d.unproved(signature) {
		return
	}
	d.signature = signature
	if !d.secretSent(signature) {
		d.idSent(id, "")
	}
	for _, v := range signatures {
		wants := hexWants(v)
		if name, rest := scheme(v); name != "" && len(hexWants(rest)) > 0 {
			wants = withCause(hexWants(rest), "prefix_wrong")
		}
		d.wants = append(d.wants, wants...)
	}
	if len(d.wants) == 0 && !d.stuck {
		d.fact("signature_encoding")
	}
	d.lookForUnsent()
	d.refused = d.rawQueryRefused()
	if d.secret == "" {
		d.lengths(p.Digest)
		return
	}
	if id == "" {
		id = d.configuredID()
	}
	d.separateFrames(id)
}

// rawQueryRefused is why a signature that covers the query as it was sent may be refused: versions of
// the vendor's software read queries differently. Empty: no reason is known.
func (d *diagnosis) rawQueryRefused() string {
	_, query, asked := strings.Cut(d.Request.Target, "?")
	switch {
	case len(d.Request.Body) > 0 || !asked:
	case sortQueryStable(query) != joinRaw(splitParams(query)):
		return "params_not_alphabetical"
	case d.option("sign_query", "as_sent") == "as_sent" && unescape(query, true) != query:
		return "wants_decoded_query"
	}
	return ""
}

// separateFrames sets up the search. id is the public token that the vendor reads, or the configured
// one if none was sent.
func (d *diagnosis) separateFrames(id string) {
	signs := d.option("sign_query", "")
	values := map[string]string{"public_token": id, "date": d.stamp.text}
	slots := d.text(d.Request, map[string]string{"sign_query": signs}, values)
	f := d.hashed(slots, mac{sum: digestNamed(d.profile.Digest).hmac(d.trueSecret())})
	d.search(f, func() []mac { return d.keyed(d.profile.Digest, id) })
	// Appliances take the query as sent and decoded; a refusal, or an option that is set, decides which is right.
	if strings.Contains(d.Request.Target, "?") && len(d.Request.Body) == 0 && signs == "" && !d.answer.refusing() {
		decoded := d.text(d.Request, map[string]string{"sign_query": "decoded"}, values)
		either := *f
		either.slots = append([]*slot{slots[0], decoded[1]}, slots[2:]...)
		d.frames = append(d.frames, &either)
	}
}
