//go:build go1.21

package program

import (
	"errors"
	"net/http"
	"regexp"
	"sort"
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

// placeOfGroup is where a match of a header has a group.
func placeOfGroup(h *claimHeader, group string) int {
	for i, name := range h.groups {
		if name == group {
			return i + 1
		}
	}
	return 0
}
