package diagnose

import (
	"crypto/hmac"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The places of the inputs in a frame, before those of the signed headers.
const (
	atMethod = iota
	atPath
	atQuery
	atNames
	atPayload
	atDate
	atDay
	atRegion
	atService
	atSecret
	atHeaders
)

// scopedWay is how a text is made of the inputs, and a signature of the text. Its zero value is AWS's way.
type scopedWay struct {
	digest     string // empty: sha256
	bareKey    bool   // the key is derived without AWS4 before the secret
	plainKey   bool   // the secret is the key
	hexKey     bool   // each step of the derivation takes the digits of the one before
	terminal   string // of the key's derivation, in place of aws4_request
	noBlank    bool   // no empty line after the headers
	noNames    bool   // no line with their names
	blankAfter string // between the colon of a header and its value
	lineEnd    string // empty: a line feed
	after      string // at the end of the canonical request
	hash       func(string) string
	toSign     func(date, scope, hash string) string
}

// search sets up the comparison with the given signature. Without the secret only the texts are made, to be compared with the
// vendor's.
func (s *scoped) search() {
	d := s.d
	f := &frame{layouts: []layout{{}}}
	slots := s.slots()
	f.slots = slots
	f.macs = []mac{{sum: s.sum(&scopedWay{})}}
	all := make([]string, len(slots))
	for i, one := range slots {
		one.glued = true
		all[i] = one.right()
	}
	s.right = s.texts(&scopedWay{}, all)
	if d.secret == "" || s.date == "" {
		return
	}
	d.frames = []*frame{f}
	d.later = func() {
		s.fill(slots)
		f.macs = append(f.macs, s.ways()...)
		f.macs = append(f.macs, s.previous()...)
	}
}

// slots are the inputs of a signature, as they must be for what was sent.
func (s *scoped) slots() []*slot {
	d := s.d
	path, query, _ := strings.Cut(d.Request.Target, "?")
	path, ok := s.canonicalPath(path)
	form, err := wire.Form(query)
	if err != nil {
		form, _ = wire.Form(escapeStray(query))
	}
	if !ok {
		path, _ = s.canonicalPath(escapeStray(path))
	}
	all := []*slot{
		newSlot("method", d.Request.Method), newSlot("path", path), newSlot("query", form), newSlot("signed headers", strings.Join(s.names, ";")),
		newSlot("payload", s.payload), newSlot("date", s.signedDate()), newSlot("day", s.day), newSlot("region", s.region),
		newSlot("service", s.service), newSlot("secret_access_key", d.trueSecret()),
	}
	all[atSecret].secret = true
	for _, name := range s.names {
		all = append(all, newSlot("header "+name, s.headerValue(name)))
	}
	return all
}

// signedDate is the date as it is signed: in the basic form of ISO 8601, also where the header Date has HTTP's.
func (s *scoped) signedDate() string {
	if s.d.profile.DateHeader == "Date" && !s.d.stamp.at.IsZero() {
		return s.d.stamp.at.UTC().Format("20060102T150405Z")
	}
	return s.date
}

// headerValue is the value of a header as it is signed.
func (s *scoped) headerValue(name string) string {
	switch strings.ToLower(name) {
	case "host":
		return s.d.Request.Host
	case "content-length":
		if !s.headers["content-length"] {
			return strconv.Itoa(len(s.d.Request.Body))
		}
	}
	var each []string
	for key, values := range s.d.Request.Header {
		if strings.EqualFold(key, name) {
			for _, value := range values {
				each = append(each, strings.Join(strings.Fields(value), " "))
			}
		}
	}
	return strings.Join(each, ",")
}

// texts are the canonical request and the string to sign.
func (s *scoped) texts(w *scopedWay, in []string) texts {
	end := w.lineEnd
	if end == "" {
		end = "\n"
	}
	query := in[atQuery]
	date, second := strings.CutPrefix(in[atDate], onlyToSign)
	if s.presigned && date != s.date && !second {
		query = strings.ReplaceAll(query, "X-Amz-Date="+rfc3986.escape(s.date), "X-Amz-Date="+rfc3986.escape(date))
	}
	var b strings.Builder
	b.WriteString(in[atMethod] + end + in[atPath] + end + query + end)
	for i, name := range s.names {
		value := in[atHeaders+i]
		switch {
		case value == leftOut:
			continue
		case strings.EqualFold(name, "x-amz-date") && value == s.date && !second:
			value = date
		}
		b.WriteString(name + ":" + w.blankAfter + value + end)
	}
	if !w.noBlank {
		b.WriteString(end)
	}
	if !w.noNames {
		b.WriteString(in[atNames] + end)
	}
	b.WriteString(in[atPayload] + w.after)
	t := texts{canonical: b.String()}
	scope := in[atDay] + "/" + in[atRegion] + "/" + in[atService] + "/aws4_request"
	hash := hexOf256(t.canonical)
	if w.hash != nil {
		hash = w.hash(t.canonical)
	}
	t.toSign = scopedAlgorithm + end + date + end + scope + end + hash
	if w.toSign != nil {
		t.toSign = w.toSign(date, scope, hash)
	}
	return t
}

// onlyToSign begins a date that went into the string to sign, and not into the header or parameter.
const onlyToSign = "\x01"

// leftOut is the value of a header that was not signed at all.
const leftOut = "\x00"

// sum is the signature of the inputs in a way.
func (s *scoped) sum(w *scopedWay) hasher {
	name := w.digest
	if name == "" {
		name = "sha256"
	}
	h := digestNamed(name)
	step := func(key []byte, text string) []byte {
		m := hmac.New(h.new, key)
		m.Write([]byte(text))
		sum := m.Sum(nil)
		if w.hexKey {
			return []byte(hex.EncodeToString(sum))
		}
		return sum
	}
	derive := func(in []string) []byte {
		known := strings.Join([]string{name, in[atSecret], in[atDay], in[atRegion], in[atService], w.terminal}, "\x00")
		if w.bareKey || w.plainKey || w.hexKey {
			known = ""
		}
		key := s.keys[known]
		if known != "" && key != nil {
			return key
		}
		terminal := w.terminal
		if terminal == "" {
			terminal = "aws4_request"
		}
		key = []byte("AWS4" + in[atSecret])
		if w.bareKey || w.plainKey {
			key = key[len("AWS4"):]
		}
		if !w.plainKey {
			for _, text := range []string{in[atDay], in[atRegion], in[atService], terminal} {
				key = step(key, text)
			}
		}
		if known != "" && len(s.keys) < 4096 {
			s.keys[known] = key
		}
		return key
	}
	return func(in []string) []byte {
		s.last = s.texts(w, in)
		m := hmac.New(h.new, derive(in))
		m.Write([]byte(s.last.toSign))
		return m.Sum(nil)
	}
}

// ways are those that clients take by mistake.
func (s *scoped) ways() (all []mac) {
	add := func(cause string, tier int, says string, some ...*scopedWay) {
		for _, w := range some {
			m := mac{sum: s.sum(w), cause: []string{cause}, tier: tier}
			if says != "" {
				m.says = map[string]string{cause: says}
			}
			all = append(all, m)
		}
	}
	add("text_layout", frequent, "the empty line after the headers was left out of the canonical request", &scopedWay{noBlank: true})
	add("text_layout", frequent, "the line with the names of the signed headers was left out of the canonical request",
		&scopedWay{noNames: true})
	add("text_layout", frequent, "a line end was signed after the canonical request", &scopedWay{after: "\n"})
	add("text_layout", usual, "the lines were joined with CRLF", &scopedWay{lineEnd: "\r\n"})
	add("text_layout", usual, "a blank was signed after the colon of each header", &scopedWay{blankAfter: " "})
	add("text_layout", usual, "the lines were joined with the text \\n in place of line feeds", &scopedWay{lineEnd: `\n`})
	add("wrong_construction", frequent, "the key was derived without AWS4 before the secret", &scopedWay{bareKey: true})
	add("wrong_construction", frequent, "the secret was used as the key, and no key was derived from it", &scopedWay{plainKey: true})
	add("wrong_construction", frequent, "each step of the key's derivation took hexadecimal digits in place of bytes",
		&scopedWay{hexKey: true})
	add("wrong_construction", usual, "the canonical request was put into the string to sign without being hashed",
		&scopedWay{hash: strings.Clone})
	add("wrong_construction", usual, "the hash of the canonical request was written in upper case",
		&scopedWay{hash: func(t string) string { return strings.ToUpper(hexOf256(t)) }})
	add("wrong_construction", usual, "the canonical request was hashed twice",
		&scopedWay{hash: func(t string) string { return hexOf256(hexOf256(t)) }})
	add("wrong_construction", usual, "the last step of the key's derivation or the scope ends in another word than aws4_request",
		&scopedWay{terminal: "aws4"}, &scopedWay{terminal: "aws_request"}, &scopedWay{terminal: "AWS4_request"})
	add("wrong_construction", usual, "the string to sign lacks one of its lines",
		&scopedWay{toSign: func(date, scope, hash string) string { return date + "\n" + scope + "\n" + hash }},
		&scopedWay{toSign: func(date, scope, hash string) string { return scopedAlgorithm + "\n" + scope + "\n" + hash }},
		&scopedWay{toSign: func(date, scope, hash string) string { return scopedAlgorithm + "\n" + date + "\n" + hash }},
		&scopedWay{toSign: func(_, _, hash string) string { return hash }})
	add("text_layout", usual, "a line end was signed after the string to sign",
		&scopedWay{toSign: func(date, scope, hash string) string {
			return scopedAlgorithm + "\n" + date + "\n" + scope + "\n" + hash + "\n"
		}})
	add("wrong_digest", usual, "", &scopedWay{digest: "sha1"}, &scopedWay{digest: "sha512"}, &scopedWay{digest: "md5"},
		&scopedWay{digest: "sha384"})
	return all
}

// previous are signatures by a key before the current one, where the configuration has one.
func (s *scoped) previous() (all []mac) {
	scheme, err := signers.Lookup(s.d.Signer)
	if err != nil {
		return nil
	}
	before, _ := s.d.Values.Block("previous", scheme.Options)
	old := before.Text("secret_access_key")
	if old == "" {
		return nil
	}
	sum := s.sum(&scopedWay{})
	return []mac{{sum: func(in []string) []byte {
		in = slices.Clone(in)
		in[atSecret] = old
		return sum(in)
	}, cause: []string{"wrong_secret"}, tier: frequent,
		says: map[string]string{"wrong_secret": "the credential of the option previous was used, and not the current one"}}}
}

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

// pathDots is a path that was resolved or not, whichever the right one is not.
func pathDots(path string, escaped func(string) string, right string) string {
	for _, form := range []string{path, cleanDots(path)} {
		dotted := strings.Contains(path, "/./") || strings.Contains(path, "/..") || strings.HasSuffix(path, "/.")
		if text := escaped(form); text != right && dotted {
			return text
		}
	}
	return right
}

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

// bodies are other bodies than the one that was sent, by one mistake. JSON without its blanks was rather written anew than trimmed.
func (s *scoped) bodies() []option {
	d := s.d
	all := newSlot("body", string(d.Request.Body))
	if v, ok := parseJSON(d.Request.Body); ok && len(d.Request.Body) <= manyWays {
		for _, form := range writings {
			all.wrong("body_reserialised", frequent, form.write(v))
		}
	}
	for _, b := range d.bodies() {
		if b.weight == 1 {
			all.add(b)
		}
	}
	return all.options[1:]
}

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
			to.wrong("host_with_port", frequent, bare, strings.ToLower(bare))
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
