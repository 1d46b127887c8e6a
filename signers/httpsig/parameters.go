//go:build go1.21

package httpsig

import (
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// parameter is one of a signature: a constant text, with what differs from one to the next behind
// it. ;created= is such a text, and ;keyid="k1";alg="ed25519";expires= another.
type parameter struct {
	text string
	kind int
}

const (
	// constantParameter has nothing behind its text.
	constantParameter = iota
	createdParameter
	expiresParameter
	nonceParameter
)

// describe sets the parameters in their order (RFC 9421, section 2.3). A text between two that
// differ from request to request is made once: created, keyid and alg, the default, become
// ;created= with a time, and ;keyid="k1";alg="ed25519". Faults name the option that is missing or
// wrong. Without a time or a nonce there is a warning, since an API may demand such signatures.
func (s *signer) describe(v signers.Values, algorithm string) []signers.Fault {
	names := v["parameters"]
	if len(names) == 0 {
		names = strings.Fields(defaultParameters)
	} else if len(names) == 1 && names[0] == "none" {
		names = nil
	}
	var faults []signers.Fault
	add := func(option, text string) { faults = append(faults, fault(option, text)) }
	var text string
	if s.expires, text = lifetime(v.Text("expires_in")); text != "" {
		add("expires_in", text)
	}
	known := map[string]string{"keyid": v.Text("key_id"), "alg": algorithm, "tag": v.Text("tag")}
	option := map[string]string{"keyid": "key_id", "tag": "tag"}
	seen := make(map[string]bool)
	pending := ""
	for _, name := range names {
		name = strings.ToLower(name)
		value, isConstant := known[name]
		kind := constantParameter
		switch name {
		case "created":
			kind = createdParameter
		case "expires":
			kind = expiresParameter
		case "nonce":
			kind = nonceParameter
			s.nonce = nonceKind
		}
		switch {
		case kind == constantParameter && !isConstant:
			add("parameters", "parameters must be of created, expires, keyid, alg, nonce and tag")
		case seen[name]:
			add("parameters", "parameters has "+name+" twice")
		case isConstant && value == "":
			add(option[name], option[name]+" is required, since parameters has "+name)
		// A string of RFC 9651 is printable ASCII, and the base is one line for each component.
		case isConstant && (unsafeText(value) || strings.Contains(value, "\n")):
			add(option[name], option[name]+" must be printable ASCII")
		}
		seen[name] = true
		pending += ";" + name + "="
		// Constant texts are collected until something differs, which is written behind them.
		if isConstant {
			pending += quoted(value)
			continue
		}
		s.parameters = append(s.parameters, parameter{text: pending, kind: kind})
		pending = ""
	}
	if pending != "" {
		s.parameters = append(s.parameters, parameter{text: pending, kind: constantParameter})
	}
	for _, pair := range [][2]string{{"expires_in", "expires"}, {"tag", "tag"}, {"key_id", "keyid"}} {
		// An option that does nothing is likely a mistake: an operator who sets expires_in thinks
		// that signatures expire.
		if v.Has(pair[0]) && !seen[pair[1]] {
			s.warnings = append(s.warnings, pair[0]+" is of no use, since parameters does not have "+pair[1])
		}
	}
	if !seen["created"] && !seen["expires"] && !seen["nonce"] {
		s.warnings = append(s.warnings, "parameters has neither created nor expires nor nonce: a signature is valid for ever")
	}
	return faults
}

// nonceKind is that of the parameter nonce where nothing else is required: 32 random bytes in
// base64, so that no two signatures have the same.
const nonceKind = "base64:32"

// lifetime reads a duration such as 5m, or whole seconds, as seconds; 300 where there is none. The
// second result says what is wrong; empty: nothing. Fractions of a second are cut off, as RFC 9421,
// section 2.3, has whole seconds.
//
//	"90", "1m30s"     90
//	""                300
//	"0"               a fault
func lifetime(text string) (int64, string) {
	const must = "expires_in must be a time such as 5m, or whole seconds"
	if text == "" {
		return 300, ""
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		if seconds < 1 || seconds > int64(maxLifetime/time.Second) {
			return 0, must
		}
		return seconds, ""
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > maxLifetime {
		return 0, must
	}
	return int64(d / time.Second), ""
}
