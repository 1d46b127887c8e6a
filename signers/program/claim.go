//go:build go1.21

package program

import (
	"errors"
	"sort"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// ClaimFile says where a signature of the scheme is in a request, so that what an application signed with a local
// key can be verified: the signer computes it again, and the two proofs are compared. It is the key claim of a
// preset file. BloodHound's, for instance:
//
//	{
//	  "key": "token_id",
//	  "secret": "token_key",
//	  "headers": {"Authorization": "bhesignature {key}", "RequestDate": "{time}", "Signature": "{proof}"},
//	  "time": "iso",
//	  "method": true, "body": true, "coarse": "1h"
//	}
//
// An application that has a local key signs as for BloodHound. The gateway looks up {key}, signs the request with
// that key at {time}, compares the result with {proof}, and then signs for the vendor with the vendor's key.
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
	// Portless says that clients may sign the host without its port: it is verified with it and without.
	Portless bool `json:"portless"`
	// Coarse is how much of the date the signature leaves out, as in 1h; empty: nothing.
	Coarse string `json:"coarse"`
}

// claimReader reads signatures by the templates of a ClaimFile. It is made once for a scheme and not changed, so
// requests share it.
type claimReader struct {
	vendor  string
	headers []claimHeader
	// only is the one header of a scheme that has key, time, nonce and proof in it and nothing else, as
	// Veracode's; nil: there is more to read. Such a scheme is read without loops: see readClaim.
	only   *claimHeader
	layout string
	// number says that the date is a number of seconds or milliseconds.
	number bool
	coarse bool
	body   bool
	hex    bool
	proof  proofPlace
}

// CompileClaim reads a claim of a scheme with these options, and returns what the gateway verifies with. Nonce is
// the kind of nonce that the scheme has, empty for none. Its errors name the key of the file: they are for whoever
// writes a preset, not for a client.
func CompileClaim(vendor string, f *ClaimFile, options []Option, nonce string) (*signers.Claims, error) {
	known := make(map[string]bool, len(options))
	public := make(map[string]bool, len(options))
	for i := range options {
		known[options[i].Name] = true
		// A client that says the secret itself could choose one.
		public[options[i].Name] = !options[i].Secret && !options[i].List && options[i].Name != f.Key && options[i].Name != f.Secret
	}
	if !known[f.Key] || !known[f.Secret] || f.Key == f.Secret {
		return nil, errors.New("claim: key and secret must be names of options")
	}
	layout, ok := layouts[f.Time]
	if !ok {
		return nil, errors.New("claim: time must be the name of a date, as in unix_ms")
	}
	r := &claimReader{vendor: vendor, layout: layout, coarse: f.Coarse != "", body: f.Body, hex: f.Hex}
	r.number = layout == "unix" || layout == "unix_ms"
	found, err := compileClaimHeaders(r, f.Headers, public)
	if err != nil {
		return nil, err
	}
	spaced := strings.Contains(layout, " ")
	for i := range r.headers {
		r.headers[i].spaced = spaced && r.headers[i].loose != nil
	}
	for _, need := range []string{"key", "time", "proof"} {
		if !found[need] {
			return nil, errors.New("claim: headers: {" + need + "} is missing")
		}
	}
	if found["nonce"] != (nonce != "") {
		return nil, errors.New("claim: headers: {nonce} is required if the scheme has a nonce, and not permitted otherwise")
	}
	// Four different groups in one header are key, time, nonce and proof if the nonce is one of them and all
	// needed ones were found.
	if h := &r.headers[0]; len(r.headers) == 1 && len(h.groups) == 4 && found["nonce"] && !h.spaced {
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
		// With more than a day the date would hardly bound how long a signature can be replayed.
		if err != nil || coarse <= 0 || coarse > 24*time.Hour {
			return nil, errors.New("claim: coarse must be a duration such as 1h")
		}
		c.Coarse = coarse
	}
	if before := f.KeyAfter; before != "" {
		c.KeySent = func(id string) string { return after(id, before) }
	}
	// Closures of few variables: what they hold stays in memory as long as the configuration does.
	c.Read = func(m *signers.Message) (*signers.Claim, error) { return readClaim(r, m) }
	c.Prove = func(s signers.Signer) signers.ProveFunc { return prover(&r.proof, s.(*signer)) }
	return c, nil
}

// compileClaimHeaders adds the headers of a claim to r, and returns the names of all groups that were found in their
// templates. public are the options that a client may say.
func compileClaimHeaders(r *claimReader, templates map[string]string, public map[string]bool) (map[string]bool, error) {
	names := make([]string, 0, len(templates))
	for name := range templates {
		names = append(names, name)
	}
	if len(names) > maxClaimHeaders {
		return nil, errors.New("claim: headers: there are more than 8")
	}
	// A map has no order, and errors should name the same header each time.
	sort.Strings(names)
	found := make(map[string]bool)
	headers := make(map[string]bool)
	for _, name := range names {
		h, err := compileClaimHeader(name, templates[name])
		if err != nil {
			return nil, err
		}
		// X-Acme-Key and x_acme_key are one header to many servers.
		if headers[plain(h.name)] {
			return nil, errors.New("claim: headers: " + h.name + " appears twice")
		}
		headers[plain(h.name)] = true
		for _, group := range h.groups {
			if found[group] {
				return nil, errors.New("claim: headers: {" + group + "} appears twice")
			}
			if option := strings.TrimPrefix(group, "opt."); option != group && !public[option] {
				return nil, errors.New("claim: headers: {" + group + "} is not an option that a client may say: one text, no secret and not the key")
			}
			found[group] = true
			if group == "proof" {
				r.proof = placeOf(h.name, templates[name])
				if !isApart(&r.proof) {
					return nil, errors.New("claim: headers: {proof} must stand between characters that no proof has, such as a blank or a colon")
				}
			}
		}
		r.headers = append(r.headers, h)
	}
	return found, nil
}

// Bounds of a claim: each request is read by it before anything is known of its sender.
const (
	maxClaimHeaders = 8
	maxTemplate     = 1024
)

// ClaimOptions are the options that an app says itself: those that a claim names as {opt.NAME}.
func ClaimOptions(f *ClaimFile) []string {
	var names []string
	for _, template := range f.Headers {
		for _, part := range claimParts.FindAllString(template, -1) {
			if name := strings.TrimPrefix(strings.Trim(part, "{}"), "opt."); "{opt."+name+"}" == part {
				names = append(names, name)
			}
		}
	}
	return names
}
