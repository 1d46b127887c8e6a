package vendorsim

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// blanks are what trim and collapse treat as white space.
const blanks = " \t\r\n"

// layouts are the spellings of a time, always UTC. Fractions are cut, not rounded.
var layouts = map[string]string{
	"http_date":  "Mon, 02 Jan 2006 15:04:05 GMT",
	"utc_date":   "Mon, 02 Jan 2006 15:04:05 UTC",
	"iso":        "2006-01-02T15:04:05Z",
	"iso_ms":     "2006-01-02T15:04:05.000Z",
	"iso_basic":  "20060102T150405Z",
	"date":       "2006-01-02",
	"date_basic": "20060102",
	"edgegrid":   "20060102T15:04:05+0000",
}

// hashes are filters by these names, and with hmac_ before them MACs (except md5, which the table of filters has no MAC for).
var hashes = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384,
	"sha512": sha512.New}

// filter applies a filter to a value whose kind was checked. In a trial without a request only what is fixed is computed; the
// rest stays empty. Errors do not show the value, which may be a secret.
func (u *run) filter(f call, d datum) (datum, error) {
	if h, ok := hashes[f.name]; ok {
		return datum{kind: binary, s: digest(h(), d.s), fixed: d.fixed}, nil
	}
	if h, ok := hashes[strings.TrimPrefix(f.name, "hmac_")]; ok {
		// An empty key would make a signature that anybody can make.
		key := u.value(call{name: f.args[0]})
		if key.s == "" {
			return d, fmt.Errorf("the key is empty: %w", u.blame(key))
		}
		return datum{kind: binary, s: digest(hmac.New(h, []byte(key.s)), d.s), fixed: d.fixed && key.fixed}, nil
	}
	// Times are in UTC since newRun.
	if layout, ok := layouts[f.name]; ok {
		return datum{s: d.at.Format(layout)}, nil
	}
	switch f.name {
	case "unix":
		return datum{s: strconv.FormatInt(d.at.Unix(), 10)}, nil
	case "unix_ms":
		return datum{s: strconv.FormatInt(d.at.UnixMilli(), 10)}, nil
	case "format":
		return datum{s: d.at.Format(f.args[0])}, nil
	case "add":
		// In seconds: vendors' tokens and links expire so.
		n, err := u.number(f)
		return datum{kind: moment, at: d.at.Add(time.Duration(n) * time.Second)}, err
	case "first":
		n, err := u.number(f)
		d.s = d.s[:min(n, len(d.s))]
		return d, err
	case "if", "if_method": // where one fails, what is before it is not run at all
		return d, nil
	case "unhex", "unbase64":
		b, err := base64.StdEncoding.DecodeString(d.s)
		if f.name == "unhex" {
			b, err = hex.DecodeString(d.s)
		}
		if err != nil {
			return d, fmt.Errorf("the text is not in this form: %w", u.blame(d)) // not err: it shows a byte of a secret
		}
		return datum{kind: binary, s: string(b), fixed: d.fixed}, nil
	case "cert_sha1":
		sum, ok := certificateSum(d.s)
		// A certificate that a request brings is not there yet in a trial.
		if !ok && (d.fixed || !u.trial) {
			return d, fmt.Errorf("the text is no certificate in PEM: %w", u.blame(d))
		}
		return datum{kind: binary, s: sum, fixed: d.fixed}, nil
	case "rsa_sha256", "rsa_pss_sha512", "ecdsa_p256_sha256", "ed25519":
		// Private keys come from options alone; the checker has made sure of it.
		key := u.value(call{name: f.args[0]}).s
		// Randomised signatures cannot be computed again: one that arrived and fits takes the place of ours.
		for _, proof := range u.proofs {
			if verifyWith(f.name, key, d.s, proof) {
				return datum{kind: binary, s: proof}, nil
			}
		}
		s, err := signWith(f.name, key, d.s)
		return datum{kind: binary, s: s}, err
	}
	if u.trial && !d.fixed {
		return datum{}, nil
	}
	s, ok := u.words(f, d.s)
	if !ok {
		return d, fmt.Errorf("what is there cannot be read: %w", u.blame(d))
	}
	fixed := d.fixed
	if f.name == "when" {
		fixed = fixed && u.value(call{name: f.args[0]}).fixed
	}
	return datum{s: s, fixed: fixed}, nil
}

// blame is whose fault a value is: the options', if it depends on nothing else, or the request's.
func (u *run) blame(d datum) error {
	if d.fixed {
		return errFixed
	}
	return ErrMessage
}

// words applies the filters that give text. ok is false if they cannot read s.
//
//	a b|urlencode -> a%20b      a b|form -> a+b         x/y|after:'/' -> y
//	|or:'none' -> none          abc|end_with:'/' -> abc/
func (u *run) words(f call, s string) (text string, ok bool) {
	switch f.name {
	// Encodings take bytes, and give text in one spelling.
	case "hex":
		return hex.EncodeToString([]byte(s)), true
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(s)), true
	case "base64url":
		return base64.RawURLEncoding.EncodeToString([]byte(s)), true
	// Text filters; what they leave as it is stays byte for byte.
	case "upper":
		return upperASCII(s), true
	case "lower":
		return lowerASCII(s), true
	case "trim":
		return strings.Trim(s, blanks), true
	case "collapse":
		return collapse(s), true
	case "urlencode":
		return percentEncode(s), true
	// A form writes a blank as +, and all else as RFC 3986 does here.
	case "form":
		return strings.ReplaceAll(percentEncode(s), "%20", "+"), true
	case "zscaler_key":
		return obfuscate(s)
	// A string of JSON with its quotes, so that a value cannot end it.
	case "json":
		return quoteJSON(s), true
	// Above the limit of parameters the request is refused, as gateways refuse it.
	case "canon_query":
		return canonQuery(s), strings.Count(s, "&") < maxParameters
	case "decoded_order":
		return decodedOrder(s), strings.Count(s, "&") < maxAzureParameters || !strings.Contains(s, "%")
	case "sort_query":
		return sortQuery(s), strings.Count(s, "&") < maxParameters
	case "azure_query":
		return azureQuery(s), strings.Count(s, "&") < maxAzureParameters
	case "azure_headers":
		return azureHeaders(s), true
	case "canon_path":
		return canonPath(s), true
	case "without_port":
		return hostAlone(s), true
	// Both halves of the same reading of a path.
	case "cosmos_type":
		kind, _ := cosmosResource(s)
		return kind, true
	case "cosmos_link":
		_, link := cosmosResource(s)
		return link, true
	// Without the text the whole of s stays, as it does for strip_prefix.
	case "after":
		if _, rest, ok := strings.Cut(s, f.args[0]); ok {
			return rest, true
		}
	case "strip_prefix":
		return strings.TrimPrefix(s, f.args[0]), true
	case "end_with":
		if !strings.HasSuffix(s, f.args[0]) {
			return s + f.args[0], true
		}
	// or:S is S where the text is empty; when:NAME is nothing where the named value is empty.
	case "or":
		if s == "" {
			return f.args[0], true
		}
	case "when":
		if u.value(call{name: f.args[0]}).s == "" {
			return "", true
		}
	}
	return s, true // reveal, and what changes nothing
}

// hostAlone is a host without its port: a.example:8443 -> a.example, [::1]:8443 -> [::1].
func hostAlone(host string) string {
	if at := strings.LastIndexByte(host, ':'); at > strings.IndexByte(host, ']') {
		return host[:at]
	}
	return host
}

// number is the argument of first and add: a literal, or an option's value.
func (u *run) number(f call) (int, error) {
	if name, ok := strings.CutPrefix(f.args[0], "opt."); ok {
		return number(f.name, u.options[name])
	}
	return number(f.name, f.args[0])
}

// digest is a hash or a MAC of a text, as bytes.
func digest(h hash.Hash, s string) string {
	h.Write([]byte(s))
	return string(h.Sum(nil))
}

// upperASCII and lowerASCII change the letters of ASCII only: other bytes may be no text at all.
func upperASCII(s string) string { return mapASCII(s, 'a', 'z') }
func lowerASCII(s string) string { return mapASCII(s, 'A', 'Z') }

// mapASCII changes the case of the letters from one to the other.
func mapASCII(s string, from, to byte) string {
	b := []byte(s)
	for i, c := range b {
		if from <= c && c <= to {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// collapse makes one space of each run of blanks, which are spaces, tabs and line ends: "a \t b" -> "a b".
func collapse(s string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(s); i++ {
		// Blanks at the ends become one space as well; trim takes those away.
		blank := strings.IndexByte(blanks, s[i]) >= 0
		if blank && !inside {
			b.WriteByte(' ')
		}
		if !blank {
			b.WriteByte(s[i])
		}
		inside = blank
	}
	return b.String()
}
