//go:build go1.21

package program

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// ClaimFile says where a signature of the scheme stands in a request, so that what an application signed with a local key can be
// verified: the signer makes it anew, and the proofs are compared.
type ClaimFile struct {
	// Key and Secret are the options that the halves of a local key fill.
	Key    string `json:"key"`
	Secret string `json:"secret"`
	// Headers are templates of those that hold the signature. In them {key}, {time}, {nonce} and {proof} are what their names say,
	// and {opt.NAME} is another option, which the app says itself.
	Headers map[string]string `json:"headers"`
	// Time is the form of {time}: a filter of dates.
	Time string `json:"time"`
	// KeyAfter is what the key ID may have before it in the option and not in the request: veracode's region ends in a dash.
	KeyAfter string `json:"key_after"`
	// Method says that the signature covers the method, and Body that it covers the body.
	Method bool `json:"method"`
	Body   bool `json:"body"`
	// Scheme says that it covers the scheme of the URL.
	Scheme bool `json:"scheme"`
	// Hex says that the proof is in hex, of which clients write the digits in small or in capital letters.
	Hex bool `json:"hex"`
	// Portless says that clients sign the host without its port.
	Portless bool `json:"portless"`
	// Coarse is how much of the date the signature leaves out, as in 1h; empty: nothing.
	Coarse string `json:"coarse"`
}

// claimReader reads signatures by the templates of a ClaimFile.
type claimReader struct {
	vendor  string
	headers []claimHeader
	only    *claimHeader // of headers, if it has all of key, time, nonce and proof and nothing else; nil: there are more
	layout  string
	number  bool // the date is a number
	coarse  bool
	body    bool
	hex     bool
	proof   proofPlace
}

// proofPlace is where the proof stands in a signed message: in a header, between the last of one text and another one.
type proofPlace struct{ header, before, after string }

// claimHeader is a header of a signature. Groups are what its parts are: key, time, nonce, proof or the name of an option.
type claimHeader struct {
	name   string
	match  *wire.Pattern
	groups []string
	loose  *regexp.Regexp // matches any text as the date; nil: it has no date
	timed  bool           // it has nothing but the date, and perhaps the nonce

	key, time, nonce, proof int // the places of these groups in a match, of claimReader.only
}

// CompileClaim reads a claim of a scheme with these options. Its errors name the key.
func CompileClaim(vendor string, f *ClaimFile, options []Option, nonce string) (*signers.Claims, error) {
	known := make(map[string]bool, len(options))
	for i := range options {
		known[options[i].Name] = true
	}
	if !known[f.Key] || !known[f.Secret] {
		return nil, errors.New("claim: key and secret must be names of options")
	}
	layout, ok := layouts[f.Time]
	if !ok {
		return nil, errors.New("claim: time must be the name of a date, as in unix_ms")
	}
	r := &claimReader{vendor: vendor, layout: layout, coarse: f.Coarse != "", body: f.Body, hex: f.Hex}
	r.number = layout == "unix" || layout == "unix_ms"
	names := make([]string, 0, len(f.Headers))
	for name := range f.Headers {
		names = append(names, name)
	}
	sort.Strings(names)
	found := make(map[string]bool)
	for _, name := range names {
		h, err := compileClaimHeader(name, f.Headers[name])
		if err != nil {
			return nil, err
		}
		for _, group := range h.groups {
			if found[group] {
				return nil, errors.New("claim: headers: {" + group + "} stands twice")
			}
			if option := strings.TrimPrefix(group, "opt."); option != group && !known[option] {
				return nil, errors.New("claim: headers: {" + group + "} is not an option")
			}
			found[group] = true
			if group == "proof" {
				r.proof = placeOf(h.name, f.Headers[name])
			}
		}
		r.headers = append(r.headers, h)
	}
	for _, need := range []string{"key", "time", "proof"} {
		if !found[need] {
			return nil, errors.New("claim: headers: {" + need + "} is missing")
		}
	}
	if found["nonce"] != (nonce != "") {
		return nil, errors.New("claim: headers: {nonce} stands where the scheme has a nonce, and only there")
	}
	if h := &r.headers[0]; len(r.headers) == 1 && len(h.groups) == 4 && found["nonce"] {
		h.key = placeOfGroup(h, "key")
		h.time = placeOfGroup(h, "time")
		h.nonce = placeOfGroup(h, "nonce")
		h.proof = placeOfGroup(h, "proof")
		r.only = h
	}
	c := &signers.Claims{Key: f.Key, Secret: f.Secret, Nonce: nonce != "", Method: f.Method, Scheme: f.Scheme,
		Portless: f.Portless, Hex: f.Hex}
	if f.Coarse != "" {
		coarse, err := time.ParseDuration(f.Coarse)
		if err != nil || coarse <= 0 || coarse > 24*time.Hour {
			return nil, errors.New("claim: coarse must be a duration such as 1h")
		}
		c.Coarse = coarse
	}
	if before := f.KeyAfter; before != "" {
		c.KeySent = func(id string) string { return after(id, before) }
	}
	c.Read = func(m *signers.Message) (*signers.Claim, error) { return readClaim(r, m) }
	c.Prove = func(s signers.Signer) signers.ProveFunc { return prover(&r.proof, s.(*signer)) }
	return c, nil
}

var plainText = regexp.MustCompile(`^[ -~]*$`)

// claimParts are the names in braces in a template.
var claimParts = regexp.MustCompile(`\{[a-z_.]+\}`)

// compileClaimHeader turns a template into a pattern. A part ends where the character that follows it in the template is.
func compileClaimHeader(name, template string) (claimHeader, error) {
	h := claimHeader{name: http.CanonicalHeaderKey(name)}
	texts, rest := []string(nil), template
	for {
		place := claimParts.FindStringIndex(rest)
		if place == nil {
			break
		}
		part := rest[place[0]+1 : place[1]-1]
		switch part {
		case "key", "time", "nonce", "proof":
		default:
			if !strings.HasPrefix(part, "opt.") {
				return h, errors.New("claim: headers: {" + part + "} must be key, time, nonce, proof or opt.NAME")
			}
		}
		texts = append(texts, rest[:place[0]])
		rest = rest[place[1]:]
		if strings.HasPrefix(rest, "{") {
			return h, errors.New("claim: headers: something must stand between {" + part + "} and what follows it")
		}
		h.groups = append(h.groups, part)
	}
	match, err := wire.NewPattern(append(texts, rest)...)
	if err != nil || !plainText.MatchString(template) {
		return h, errors.New("claim: headers: the template is not plain text")
	}
	h.match = match
	loosen(&h, append(texts, rest))
	return h, nil
}

// loosen sets how a header is read whose date is missing, empty or has blanks. Texts are those around its parts.
func loosen(h *claimHeader, texts []string) {
	h.timed = true
	dated := false
	expression := "^" + regexp.QuoteMeta(texts[0])
	for i, group := range h.groups {
		h.timed = h.timed && (group == "time" || group == "nonce")
		dated = dated || group == "time"
		except, least := `\x00-\x20\x7f-\x{10FFFF}`, "+"
		if group == "time" {
			except, least = `\x00`, "*"
		}
		after := texts[i+1]
		if after != "" {
			except += regexp.QuoteMeta(after[:1])
		}
		expression += "([^" + except + "]" + least + ")" + regexp.QuoteMeta(after)
	}
	h.timed = h.timed && dated
	if dated {
		h.loose = regexp.MustCompile(expression + "$")
	}
}

// undated is how a header reads whose date has no possible form, so that an app is told of its date and not that it signed nothing. Nil:
// the header holds no signature.
func undated(h *claimHeader, value string) []string {
	if h.loose == nil {
		return nil
	}
	found := h.loose.FindStringSubmatch(value)
	if found == nil && h.timed {
		found = make([]string, len(h.groups)+1)
	}
	return found
}

// placeOfGroup is where a match of a header has a group.
func placeOfGroup(h *claimHeader, group string) int {
	for i, name := range h.groups {
		if name == group {
			return i + 1
		}
	}
	return 0
}

// readClaim reads a signature. Interpreted, a loop over what is nearly always the same takes longer than to look at its four parts.
func readClaim(r *claimReader, m *signers.Message) (*signers.Claim, error) {
	h := r.only
	if h == nil {
		return readHeaders(r, m)
	}
	found := h.match.FindStringSubmatch(signers.Single(m.Header, h.name))
	if found == nil {
		return readUndated(r, m)
	}
	at := &signers.Moment{Date: found[h.time], Nonce: found[h.nonce]}
	c := &signers.Claim{Key: found[h.key], Proof: found[h.proof], Target: m.Target, Unsigned: !r.body, At: at}
	if r.hex {
		c.Proof = strings.ToLower(c.Proof)
	}
	return c, readDate(r, at)
}

// readHeaders is readClaim for signatures in several headers, or with options.
func readHeaders(r *claimReader, m *signers.Message) (*signers.Claim, error) {
	at := new(signers.Moment)
	c := &signers.Claim{Target: m.Target, Unsigned: !r.body, At: at}
	for i := range r.headers {
		h := &r.headers[i]
		found := h.match.FindStringSubmatch(signers.Single(m.Header, h.name))
		if found == nil {
			return readUndated(r, m)
		}
		for j, group := range h.groups {
			value := found[j+1]
			switch group {
			case "key":
				c.Key = value
			case "time":
				at.Date = value
			case "nonce":
				at.Nonce = value
			case "proof":
				c.Proof = value
			default:
				if len(c.Tries) == 0 {
					c.Tries = []signers.Try{{Options: make(signers.Values), Claimed: true}}
				}
				c.Tries[0].Name += value + " "
				c.Tries[0].Options[strings.TrimPrefix(group, "opt.")] = []string{value}
			}
		}
	}
	if r.hex {
		c.Proof = strings.ToLower(c.Proof)
	}
	return c, readDate(r, at)
}

// readDate sets the time of a moment by its date.
func readDate(r *claimReader, at *signers.Moment) error {
	var when time.Time
	ok := false
	if r.number {
		when, ok = parseNumber(r.layout, at.Date)
	} else {
		when, ok = parseDate(r.layout, at.Date)
	}
	if !ok {
		return dateFault(r)
	}
	if r.coarse {
		if _, offset := when.Zone(); offset != 0 {
			return fmt.Errorf("%s: the date must be in UTC, since the signature leaves its offset out; set TZ=UTC in the app: %w", r.vendor,
				signers.ErrClaimDate)
		}
	}
	at.Time = when
	return nil
}

func dateFault(r *claimReader) error {
	return fmt.Errorf("%s: the date of the signature is not in its form: %w", r.vendor, signers.ErrClaimDate)
}

// readUndated is readClaim for a message that does not match: perhaps for its date alone.
func readUndated(r *claimReader, m *signers.Message) (*signers.Claim, error) {
	c := &signers.Claim{Target: m.Target, Unsigned: !r.body, At: new(signers.Moment)}
	for i := range r.headers {
		h := &r.headers[i]
		value := signers.Single(m.Header, h.name)
		found := h.match.FindStringSubmatch(value)
		if found == nil {
			found = undated(h, value)
		}
		if found == nil {
			return nil, fmt.Errorf("%s: no header %s that holds a signature: %w", r.vendor, h.name, signers.ErrUnsigned)
		}
		for j, group := range h.groups {
			if group == "key" {
				c.Key = found[j+1]
			}
			if group == "proof" {
				c.Proof = found[j+1]
			}
		}
	}
	return c, dateFault(r)
}

// parseDate reads a date in one of the layouts. Those that are of RFC 3339 may have a fraction and an offset, as clients write them.
func parseDate(layout, text string) (time.Time, bool) {
	switch layout {
	case layouts["iso"], layouts["iso_ms"]:
		when, err := time.Parse(time.RFC3339, text)
		return when, err == nil
	case "unix", "unix_ms":
		return parseNumber(layout, text)
	}
	when, err := time.Parse(layout, text)
	return when, err == nil
}

// parseNumber reads a date that is a number of seconds or milliseconds, in the one way to write it.
func parseNumber(layout, text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != text || n > 1e14 {
		return time.Time{}, false
	}
	if layout == "unix" {
		return time.Unix(n, 0), true
	}
	return time.UnixMilli(n), true
}

// placeOf finds the proof in the template of a header.
func placeOf(name, template string) proofPlace {
	place := proofPlace{header: name}
	before, after, _ := strings.Cut(template, "{proof}")
	place.before = before[strings.LastIndex(before, "}")+1:]
	place.after, _, _ = strings.Cut(after, "{")
	return place
}

var errNoProof = errors.New("claim: the operations do not set the header of the proof")

// prover makes the header of the proof, and takes the proof out of it. Its results are variables where another function makes them, which
// yaegi would take for a generic one.
func prover(place *proofPlace, s *signer) signers.ProveFunc {
	slot := slotOf(s, place.header)
	if slot < 0 {
		return func(*signers.Message, *signers.Moment) (string, error) { return "", errNoProof }
	}
	if s.special {
		prove := specialProver(place, s)
		return prove
	}
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		slots := append([]string{m.Method, m.Target, m.Host, at.Date, at.Nonce}, s.rest...)
		if err := runRest(s.code, slots, m, at); err != nil {
			return "", err
		}
		return proofIn(place, slots[slot])
	}
}

// specialProver is prover for a program of which there is more to do than to run it.
func specialProver(place *proofPlace, s *signer) signers.ProveFunc {
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		signed := *m
		signed.Header = make(http.Header, len(m.Header))
		for name, values := range m.Header {
			signed.Header[name] = values
		}
		if err := signSpecial(s, &signed, at); err != nil {
			return "", err
		}
		return proofIn(place, signers.Single(signed.Header, place.header))
	}
}

// proofIn is the proof in the value of its header; empty: there is none.
func proofIn(place *proofPlace, value string) (string, error) {
	if place.before != "" {
		start := strings.LastIndex(value, place.before)
		if start < 0 {
			return "", nil
		}
		value = value[start+len(place.before):]
	}
	if place.after != "" {
		value, _, _ = strings.Cut(value, place.after)
	}
	return value, nil
}

// slotOf is where a program makes the value of a header; -1: it makes none.
func slotOf(s *signer, header string) int {
	for i, name := range s.names {
		if name == header {
			return s.places[i]
		}
	}
	return -1
}
