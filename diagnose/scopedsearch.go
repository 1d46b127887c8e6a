package diagnose

import (
	"cmp"
	"crypto/hmac"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The places of the inputs in a frame, before those of the signed headers, which come in the order of
// SignedHeaders.
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

// scopedWay is how a text is made of the inputs, and a signature of the text. Its zero value is AWS's
// way:
//
//	canonical   method \n path \n query \n name:value \n ... \n \n names \n payload
//	toSign      AWS4-HMAC-SHA256 \n date \n day/region/service/aws4_request \n hex(SHA-256(canonical))
//	key         HMAC chain: "AWS4" + secret, day, region, service, "aws4_request"
//	signature   hex(HMAC-SHA256(key, toSign))
type scopedWay struct {
	digest     string    // empty: sha256
	bareKey    bool      // the key is derived without AWS4 before the secret
	plainKey   bool      // the secret is the key
	hexKey     bool      // each step of the derivation takes the digits of the one before
	terminal   string    // of the key's derivation, in place of aws4_request
	keyFor     [3]string // day, region and service of the key, where they are not those of the scope
	noBlank    bool      // no empty line after the headers
	noNames    bool      // no line with their names
	blankAfter string    // between the colon of a header and its value
	lineEnd    string    // empty: a line feed
	after      string    // at the end of the canonical request
	hash       func(string) string
	toSign     func(date, scope, hash string) string
}

// search sets up the comparison with the given signature. Without the secret only the texts are made,
// to be compared with the vendor's.
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
		if scheme, err := signers.Lookup(d.Signer); err == nil {
			f.macs = append(f.macs, d.previous(scheme.Options, slots, f.macs[0].sum)...)
		}
	}
}

// slots are the inputs of a signature, as they must be for what was sent. A stray percent sign, which
// signers refuse, is
// taken for an escaped one, so that there is a text to begin with.
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

// signedDate is the date as it is signed: in the basic form of ISO 8601, also where the header Date has
// HTTP's.
func (s *scoped) signedDate() string {
	if s.d.profile.DateHeader == "Date" && !s.d.stamp.at.IsZero() {
		return s.d.stamp.at.UTC().Format("20060102T150405Z")
	}
	return s.date
}

// headerValue is the value of a header as it is signed: runs of white space are one blank, several
// values are joined with commas.
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

// texts are the canonical request and the string to sign. A date that differs from the one that was
// sent goes into the header or the parameter as well, unless onlyToSign marks it.
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

// onlyToSign begins a date that went into the string to sign, and not into the header or parameter. No
// date has this byte.
const onlyToSign = "\x01"

// leftOut is the value of a header that was not signed at all. No value has this byte.
const leftOut = "\x00"

// sum is the signature of the inputs in a way. Derived keys are kept for the ways that derive them as
// AWS does: the chain takes four MACs, the signature one.
func (s *scoped) sum(w *scopedWay) hasher {
	name := w.digest
	if name == "" {
		name = "sha256"
	}
	h := digestNamed(name)
	step := func(key []byte, text string) []byte {
		sum := sumOf(hmac.New(h.new, key), text)
		if w.hexKey {
			return []byte(hex.EncodeToString(sum))
		}
		return sum
	}
	derive := func(in []string) []byte {
		day, region, service := cmp.Or(w.keyFor[0], in[atDay]), cmp.Or(w.keyFor[1], in[atRegion]), cmp.Or(w.keyFor[2], in[atService])
		known := strings.Join([]string{name, in[atSecret], day, region, service, w.terminal}, "\x00")
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
			for _, text := range []string{day, region, service, terminal} {
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
		return sumOf(hmac.New(h.new, derive(in)), s.last.toSign)
	}
}
