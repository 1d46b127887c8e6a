//go:build go1.21

package presets

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// What names in a preset file may be. A host may have a port and one *. in front; a method is in capital letters,
// as those of HTTP are.
var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]{1,128}$")
	methodName  = regexp.MustCompile(`^[A-Z][A-Z0-9_-]*$`)
	hostPattern = regexp.MustCompile(`^(?:\*\.)?(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}(?::[0-9]{1,5})?$`)
	proofs      = []string{"", "published", "client", "derived"}
	sureties    = []string{"", "published", "client", "documented", "unknown"}
)

// check refuses values that the format does not have. It looks at the first fault only: files are written by their
// authors, and not by operators. The order is that of the file's keys, more or less.
func check(p *Preset) error {
	switch {
	case p.Preset != 1:
		return errors.New("preset must be 1: this version reads no other format")
	case !presetName.MatchString(p.Name):
		return errors.New("name must be of lower-case letters, digits and underscores")
	case p.Title == "":
		return errors.New("title is required")
	case p.Engine != "" && p.Engine != "operations":
		return errors.New("engine must be operations")
	case p.Nonce != "" && !knownNonce(p.Nonce):
		return errors.New("nonce must be uuid, alnum:N, digits:N, hex:N or base64:N, with N from 8 to 128")
	case p.Probe != "" && p.Probe != "unknown" && !request.MatchString(p.Probe):
		return errors.New(`probe must be a harmless request with GET or HEAD, such as "GET /status", or "unknown"`)
	}
	if p.Window != "" && p.Window != "unknown" {
		if window, err := time.ParseDuration(p.Window); err != nil || window <= 0 {
			return errors.New(`window must be a duration such as 10m, or "unknown"`)
		}
	}
	if p.Ended != "" {
		if _, err := time.Parse("2006-01-02", p.Ended); err != nil {
			return errors.New("ended must be a date such as 2026-01-31")
		}
	}
	for _, r := range p.Refusals {
		known := false
		for _, refusal := range signers.Refusals {
			known = known || string(refusal) == r.Means
		}
		if !known {
			return errors.New("refusals: means must be one of clock, date, signature, key, rights, rate, unclear")
		}
	}
	if err := checkOptions(p.Options); err != nil {
		return err
	}
	if err := checkValuesOfKeys(p); err != nil {
		return err
	}
	if err := checkVectors(p.Vectors); err != nil {
		return err
	}
	// It is compiled for its errors alone. Scheme compiles it again.
	if p.Claim != nil {
		_, err := program.CompileClaim(p.Name, p.Claim, typed(p.Options), p.Nonce)
		return err
	}
	return nil
}

// checkOptions refuses options of one name, and what an option cannot be.
func checkOptions(options []Option) error {
	seen := make(map[string]bool)
	for i := range options {
		o := &options[i]
		if !presetName.MatchString(o.Name) {
			return errors.New("options: " + signers.ShownName(o.Name) + ": a name must be of lower-case letters, digits and underscores")
		}
		if seen[o.Name] {
			return errors.New("options: " + o.Name + ": there are two of this name")
		}
		seen[o.Name] = true
		// A default would be a secret that everybody has.
		if o.Secret && o.Default != "" {
			return errors.New("options: " + o.Name + ": default: a secret has none")
		}
		if _, known := checks[o.Check]; !known && o.Check != "" {
			return errors.New("options: " + o.Name + ": check must be one of hex, base64, dns_label, uuid, digits, word, host, zscaler_key")
		}
		if o.ApartIf != "" && (o.Apart == "" || !namesValue(options, o.ApartIf)) {
			return errors.New("options: " + o.Name + ": apart_if must be an option and one of its values, with a blank between them, beside apart")
		}
		if _, ok := signers.ReadShape(o.Shape); o.Shape != "" && !ok {
			return errors.New("options: " + o.Name + ": shape must be text with parts such as {alnum:40}, {hex:16} or {uuid} in it")
		}
	}
	return nil
}

// namesValue reports whether text is the name of an option and one of the values that the option takes, as in "format raw".
func namesValue(options []Option, text string) bool {
	name, value, _ := strings.Cut(text, " ")
	for _, o := range options {
		if o.Name == name && anyOf(value, o.Values) {
			return true
		}
	}
	return false
}

// knownNonce reports whether a gateway can make nonces of this kind, such as uuid or hex:16.
func knownNonce(kind string) bool {
	_, _, ok := signers.NonceKind(kind)
	return ok
}

// checkValuesOfKeys refuses values that would do nothing, or something else than they say: a host with a path,
// which no host is equal to, or a method in small letters, with which no request comes.
func checkValuesOfKeys(p *Preset) error {
	if !anyOf(p.Proof, proofs) {
		return errors.New("proof must be one of published, client, derived")
	}
	for _, s := range p.Sources {
		if !anyOf(s.Sure, sureties) {
			return errors.New("sources: sure must be one of published, client, documented, unknown")
		}
	}
	for _, host := range p.Hosts {
		if !hostPattern.MatchString(host) {
			return fmt.Errorf("hosts: %.80q is not the name of a host, as in api.acme.example or *.acme.example", host)
		}
	}
	for _, name := range p.Hides {
		if !headerName.MatchString(name) {
			return fmt.Errorf("hides: %.80q is not a header name", name)
		}
	}
	if p.BodyFirst < 0 {
		return errors.New("body_first must be a number of bytes")
	}
	// Methods are compared byte for byte: "post" would leave bodies unsigned.
	for _, method := range p.BodyMethods {
		if !methodName.MatchString(method) {
			return fmt.Errorf("body_methods: %.80q is not a method in capital letters", method)
		}
	}
	for _, r := range p.Refusals {
		// 100 to 599 are the statuses of RFC 9110 section 15.
		if r.Status != 0 && (r.Status < 100 || r.Status > 599) {
			return errors.New("refusals: status must be one of HTTP, from 100 to 599")
		}
	}
	return nil
}
