//go:build go1.21

package program

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// claimHeader is a header of a signature. Groups are what its parts are: key, time, nonce, proof or the name of an option.
type claimHeader struct {
	name   string
	match  *wire.Pattern
	groups []string
	// loose matches any text as the date, for errors; nil: the header has no date.
	loose *regexp.Regexp
	// spaced says that the date may have blanks, as http_date has, so that loose reads it in place of match.
	spaced bool
	// timed says that the header has nothing but the date, and perhaps the nonce: it may be missing from a signed
	// request altogether.
	timed bool

	// The places of these groups in a match, of claimReader.only.
	key, time, nonce, proof int
}

// claimParts are the names in braces in a template.
var claimParts = regexp.MustCompile(`\{[a-z0-9_.]+\}`)

// plainText is what a template may hold: printable ASCII, as header values of signatures are.
var plainText = regexp.MustCompile(`^[ -~]*$`)

// compileClaimHeader turns a template into a pattern. A part ends where the character that follows it in the
// template is, so there is one way only to read a header, and two parts must not touch.
//
//	"ACME {key},{time},{proof}"  ->  groups key, time and proof between the texts "ACME ", ",", "," and ""
func compileClaimHeader(name, template string) (claimHeader, error) {
	h := claimHeader{name: http.CanonicalHeaderKey(name)}
	if !headerName.MatchString(name) || strings.Contains(name, "*") || gatewayHeader(name) != "" {
		return h, errors.New("claim: headers: " + shown(name) + " is not a header that a signature can be in")
	}
	if len(template) > maxTemplate {
		return h, errors.New("claim: headers: the template of " + h.name + " is longer than 1024 characters")
	}
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
	if strings.ContainsAny(strings.Join(append(texts, rest), ""), "{}") {
		return h, errors.New("claim: headers: braces are for {key}, {time}, {nonce}, {proof} and {opt.NAME}")
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
// For the template "ACME {key},{time},{proof}":
//
//	^ACME ([^\x00-\x20\x7f-\x{10FFFF},]+),([^\x00,]*),([^\x00-\x20\x7f-\x{10FFFF}]+)$
//
// The date alone may be empty and hold blanks. All other parts are as strict as in wire.Pattern.
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

// placeOfGroup is where a match of a header has a group; 0, the whole match, if the header does not have it. That
// never happens to the caller, which has checked that all four are there.
func placeOfGroup(h *claimHeader, group string) int {
	for i, name := range h.groups {
		if name == group {
			return i + 1
		}
	}
	return 0
}
