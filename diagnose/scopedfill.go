package diagnose

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// fill adds to each input what clients make of it.
func (s *scoped) fill(slots []*slot) {
	d := s.d
	d.fillMethods(slots[atMethod])
	s.fillPath(slots[atPath])
	s.fillQuery(slots[atQuery])
	names := slots[atNames]
	names.wrong("header_signed_otherwise", usual, strings.ToUpper(names.right()), strings.ReplaceAll(names.right(), ";", ","), "host")
	s.fillPayload(slots[atPayload])
	s.fillDate(slots[atDate], slots[atDay])
	s.fillScope(slots[atRegion], slots[atService])
	key := slots[atSecret]
	for _, a := range d.alterations(s.token, s.id) {
		key.wrong(a.cause, a.tier, a.secret)
	}
	for i, name := range s.names {
		s.fillHeader(slots[atHeaders+i], strings.ToLower(name))
	}
}

// fillPath adds other paths: in the other number of escapes first, then what clients make of any path.
// The rows of guesses.json are for the path as it is sent, so each is read as the service would read
// it, and tried as it is as well.
func (s *scoped) fillPath(to *slot) {
	d := s.d
	path, _, _ := strings.Cut(d.Request.Target, "?")
	once := func(p string) string { return strings.ReplaceAll(rfc3986.escape(unescape(p, false)), "%2F", "/") }
	twice := func(p string) string { return strings.ReplaceAll(rfc3986.escape(p), "%2F", "/") }
	to.wrong("path_dots", frequent, pathDots(path, once, to.right()), pathDots(path, twice, to.right()))
	if strings.Contains(path, "%") || once(path) != twice(path) {
		says := "the path was signed with one escape too few: services other than S3 escape it twice"
		if s.objects {
			says = "the path was signed with one escape too many: S3 escapes it once"
		}
		d.details["path_double_encoded"] = says
		to.wrong("path_double_encoded", frequent, once(path), twice(path), twice(twice(path)), strings.ReplaceAll(path, "%", "%25"))
	}
	if !s.objects {
		to.wrong("path_slash", frequent, twice(path))
	}
	to.add(option{text: path, causes: encodingCauses(to.right(), path, "path_encoding"), weight: 1, tier: frequent})
	raw := newSlot("path", path)
	d.fillPath(raw)
	for _, o := range raw.options[1:] {
		if text, ok := s.canonicalPath(o.text); ok && text != to.right() {
			to.add(o.with(text))
		}
		to.add(o)
	}
	for bucket := range hostBuckets(d.Request.Host) { // of the host in place of the path, or the other way round
		to.wrong("path_prefix_not_sent", usual, "/"+bucket+to.right())
	}
}

// pathDots is a path that was resolved or not, whichever the right one is not. The right one itself
// where there are no dots.
func pathDots(path string, escaped func(string) string, right string) string {
	for _, form := range []string{path, cleanDots(path)} {
		dotted := strings.Contains(path, "/./") || strings.Contains(path, "/..") || strings.HasSuffix(path, "/.")
		if text := escaped(form); text != right && dotted {
			return text
		}
	}
	return right
}

// fillQuery adds other queries. The slot has the canonical form: encoded again and sorted, and of a
// presigned URL without the signature.
func (s *scoped) fillQuery(to *slot) {
	_, query, _ := strings.Cut(s.d.Request.Target, "?")
	if s.presigned {
		// The signature itself, and a token that is added after signing.
		var without []param
		for _, p := range splitParams(query) {
			if !strings.EqualFold(p.key, "X-Amz-Security-Token") {
				without = append(without, p)
			}
		}
		form, _ := wire.Form(joinRaw(without))
		to.add(option{text: form, causes: []string{"query_sent_not_signed"}, weight: 1, tier: frequent})
	}
	literal, err := wire.Form(strings.ReplaceAll(query, "+", "%2B"))
	if err == nil {
		to.wrong("space_encoding", frequent, literal)
	}
	for _, blank := range []string{"+", "%2B"} { // what must be a blank or a plus sign was signed as the other
		if strings.Contains(to.right(), "%20") || strings.Contains(to.right(), "%2B") {
			to.wrong("space_encoding", frequent, strings.ReplaceAll(to.right(), "%20", blank))
		}
	}
	to.wrong("space_encoding", frequent, strings.ReplaceAll(to.right(), "%2B", "+"), strings.ReplaceAll(to.right(), "%2B", "%20"))
	s.d.fillParams(to, "5")
}

// fillPayload adds other last lines of the canonical request: hashes of other bodies, no hash, and
// words that belong to S3.
func (s *scoped) fillPayload(to *slot) {
	d := s.d
	body := string(d.Request.Body)
	empty := hexOf256("")
	if body != "" {
		to.wrong("body_not_signed", frequent, empty)
	}
	if s.payload != "UNSIGNED-PAYLOAD" {
		to.wrong("payload_unsigned", frequent, "UNSIGNED-PAYLOAD")
	}
	to.wrong("payload_form", usual, "", body, strings.ToUpper(to.right()), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
	to.wrong("payload_form", frequent, hexOf256(body))
	for _, b := range s.bodies() {
		to.add(b.with(hexOf256(b.text)))
	}
	for _, name := range []string{"sha1", "sha512", "md5"} {
		to.wrong("wrong_digest", usual, hex.EncodeToString(sumOf(digestNamed(name).new(), body)))
	}
}

// bodies are other bodies than the one that was sent, by one mistake. JSON without its blanks was
// serialised again rather than trimmed.
func (s *scoped) bodies() []option {
	d := s.d
	all := newSlot("body", string(d.Request.Body))
	if v, ok := parseJSON(d.Request.Body); ok && len(d.Request.Body) <= manyWays {
		for _, form := range writings {
			d.reserialised(all, frequent, form.write(v))
		}
	}
	for _, b := range d.bodies() {
		if b.weight == 1 {
			all.add(b)
		}
	}
	return all.options[1:]
}

// fillDate adds other dates, and other days of the scope. A client that asks for the time twice gets
// the second time for the string to sign only: onlyToSign marks such a date.
func (s *scoped) fillDate(date, day *slot) {
	d := s.d
	d.fillDates(date)
	at := d.sentOrNow()
	if at.IsZero() {
		return
	}
	for _, hours := range []int{24, -24} {
		for _, n := range []int{1, 2, 3, 4, 5, 10, 30, 60, 3600} {
			for _, off := range []int{-n, n} {
				date.wrong("date_changed", usual, onlyToSign+at.UTC().Add(time.Duration(off)*time.Second).Format("20060102T150405Z"))
			}
		}
		day.wrong("scope_date", frequent, at.UTC().Add(hour(hours)).Format("20060102"))
	}
	day.wrong("scope_date", frequent, at.UTC().Format("20060102"), at.UTC().Format("2006-01-02"), date.right())
}

// fillScope adds other regions and services: the configured ones and those of the host first, then all
// that are known.
func (s *scoped) fillScope(region, service *slot) {
	candidates := func(to *slot, cause string, all ...string) {
		for _, one := range all {
			if one != "" {
				to.wrong(cause, frequent, one)
			}
		}
	}
	hostRegion, hostService := scopeOfHost(s.d.Request.Host)
	candidates(region, "wrong_region", append(s.configured("region"), hostRegion)...)
	candidates(service, "wrong_service", append(s.configured("service"), hostService)...)
	for _, other := range known.Regions {
		region.wrong("wrong_region", usual, other)
	}
	for _, other := range signingNames() {
		service.wrong("wrong_service", usual, other)
	}
	region.wrong("wrong_region", usual, strings.ToUpper(region.right()), region.right()+"a", "")
	service.wrong("wrong_service", usual, strings.ToUpper(service.right()), "")
}

// fillHeader adds other values of a signed header. The value leftOut means a line that was not
// written at all.
func (s *scoped) fillHeader(to *slot, name string) {
	d := s.d
	if !s.headers[name] && name != "host" && name != "content-length" { // whatever was signed, it was not sent
		missing := newSlot(to.label, to.right())
		s.headers[name] = true
		s.fillHeader(missing, name)
		delete(s.headers, name)
		for _, o := range missing.options[1:] {
			to.wrong("header_not_sent", o.tier, o.text)
		}
		return
	}
	switch name {
	case "host":
		if bare := wire.WithoutPort(to.right()); bare != to.right() {
			to.wrong("host_without_port", frequent, bare, strings.ToLower(bare))
		}
		d.fillHost(to)
		to.wrong("host_case", usual, capital(to.right(), strings.Clone))
		for _, other := range s.hosts() {
			to.wrong("host_differs", usual, other)
		}
		return
	case "x-amz-date":
		return
	case "x-amz-content-sha256":
		to.wrong("payload_form", frequent, hexOf256(string(d.Request.Body)), "UNSIGNED-PAYLOAD", hexOf256(""))
	case "x-amz-security-token":
		to.wrong("session_token_wrong", frequent, d.Options["session_token"])
		to.wrong("session_token_missing", frequent, "", leftOut)
		return
	case "content-length":
		to.wrong("header_signed_otherwise", frequent, "0", "")
		return
	}
	for _, values := range sentValues(d.Request.Header, name) {
		to.wrong("header_signed_otherwise", frequent, values)
	}
	if to.right() != "" {
		to.wrong("header_not_signed", frequent, leftOut)
	}
	canonical := name
	if name == "content-type" {
		canonical = "Content-Type"
	}
	fillHeader(to, canonical)
}
