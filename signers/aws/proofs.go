//go:build go1.21

package aws

import (
	"net/url"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// proofs is a signature as it is sent, in a header or in parameters of the query.
type proofs struct {
	// credential is key ID and scope with slashes between; names are the signed headers with
	// semicolons between.
	credential, names, signature, date string
	// expires and token are those of a signature in the query: seconds, and a session token, which
	// a local key has no use for.
	expires, token string
	// payload is X-Amz-Content-Sha256, of the header or the query.
	payload string
	inQuery bool
}

// readProofs finds the only signature of m: that of a header, unless the query has one. With two it
// finds nothing, since it is not known which one a service reads. Parts of the header are separated
// by commas, blanks or both. A regular expression would take a third of the time of the whole
// verification, compiled. What is left in a part beyond its form fits no key and no scope.
//
//	Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/guardduty/aws4_request,
//	  SignedHeaders=host;x-amz-date, Signature=...
//
// is split at its three equal signs: each piece but the last ends in the name of the next part.
func readProofs(p *proofs, m *signers.Message) bool {
	values := m.Header["Authorization"]
	if strings.Contains(m.Target, "-") {
		if query := signedQuery(m.Target); query != "" {
			return len(values) == 0 && queryProofs(p, m, query)
		}
	}
	if len(values) != 1 {
		return false
	}
	parts := strings.Split(values[0], "=")
	if len(parts) != 4 {
		return false
	}
	p.date = signers.Single(m.Header, "X-Amz-Date")
	if m.Header["X-Amz-Content-Sha256"] != nil {
		p.payload = header(m.Header, "X-Amz-Content-Sha256")
	}
	if parts[0] != usualStart {
		if !isStart(parts[0]) {
			return inOtherOrder(p, parts)
		}
	}
	credential, isNames := strings.CutSuffix(parts[1], "SignedHeaders")
	names, isSignature := strings.CutSuffix(parts[2], "Signature")
	p.credential = strings.TrimRight(credential, " ,")
	p.names = strings.TrimRight(names, " ,")
	p.signature = parts[3]
	if !isNames {
		return inOtherOrder(p, parts)
	}
	if strings.ContainsAny(p.names, " ,\t") {
		return false
	}
	return isSignature && p.names != "" && p.signature != ""
}

// inOtherOrder is the end of readProofs for a header whose parts come in another order than AWS's
// clients write them in. Each of parts but the last has the name of the next one at its end. A part
// that appears twice or is empty makes it no signature.
func inOtherOrder(p *proofs, parts []string) bool {
	name, ok := strings.CutPrefix(parts[0], algorithm+" ")
	name = strings.Trim(name, " ,")
	found := make(map[string]string, 3)
	for i, value := range parts[1:] {
		next := ""
		if i < 2 {
			end := strings.LastIndexAny(value, " ,") + 1
			next = value[end:]
			value = strings.TrimRight(value[:end], " ,")
		}
		if value == "" || found[name] != "" || strings.ContainsAny(value, " ,\t") {
			return false
		}
		found[name] = value
		name = next
	}
	p.credential = found["Credential"]
	p.names = found["SignedHeaders"]
	p.signature = found["Signature"]
	return ok && p.credential != "" && p.names != "" && p.signature != ""
}

// usualStart is what precedes the credential, as most clients write it.
const usualStart = algorithm + " Credential"

// proofLength is how many hex digits a signature has.
const proofLength = 64

// isStart reports whether text is usualStart with more blanks or commas.
func isStart(text string) bool {
	return strings.HasPrefix(text, algorithm+" ") && strings.HasSuffix(text, " Credential")
}

// signedQuery is the query of a target, if it has a signature, in any letter case: a misspelt one
// must not pass for none.
func signedQuery(target string) string {
	_, query, _ := strings.Cut(target, "?")
	if strings.Contains(strings.ToLower(query), "x-amz-signature=") {
		return query
	}
	return ""
}

// queryProofs reads the parameters of a presigned URL, each of which must come once and in AWS's
// spelling. It reports false if one appears twice, is empty or cannot be decoded, or if there is one
// of another version of the signature.
func queryProofs(p *proofs, m *signers.Message, query string) bool {
	p.inQuery = true
	algorithmSent := ""
	places := map[string]*string{"X-Amz-Algorithm": &algorithmSent, "X-Amz-Credential": &p.credential, "X-Amz-Date": &p.date,
		"X-Amz-Expires": &p.expires, "X-Amz-SignedHeaders": &p.names, "X-Amz-Signature": &p.signature, "X-Amz-Content-Sha256": &p.payload,
		"X-Amz-Security-Token": &p.token}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return false
		}
		place := places[name]
		if place == nil {
			if ownedNames[strings.ToLower(name)] { // in another letter case, or of another kind of signature
				return false
			}
			continue
		}
		decoded, err := url.QueryUnescape(value)
		if err != nil || *place != "" || decoded == "" {
			return false
		}
		*place = decoded
	}
	// Both together are refused: the comma makes it no hash.
	if p.payload == "" {
		p.payload = strings.Join(m.Header["X-Amz-Content-Sha256"], ",")
	} else if len(m.Header["X-Amz-Content-Sha256"]) > 0 {
		p.payload = ","
	}
	return p.signature != "" && algorithmSent == algorithm
}
