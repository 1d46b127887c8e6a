//go:build go1.21

package aws

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// What an app claims of its own signature, in Moment.Hint beside region and service: the signed headers in their order, what stands
// for the body, and with a signature in the query its lifetime in seconds.
const (
	claimedNames   = "claimed names"
	claimedPayload = "claimed payload"
	claimedExpires = "claimed expires"
	claimedToken   = "claimed token" // a session token in the query
)

// fillClaimed lists the headers that the app signed, and no others, and takes its word for the payload: apps.Verify compares
// that with the body.
func fillClaimed(c *canonical, m *signers.Message, at *signers.Moment) error {
	if c.names == leastNames {
		c.headers = strings.Join([]string{"host:", m.Host, "\nx-amz-date:", at.Date, "\n"}, "")
	} else {
		c.headers = claimedLines(c, m, at)
	}
	c.payload = at.Hint[claimedPayload]
	if c.payload == "" {
		c.payload = emptyHash
		if m.Body != nil {
			return hashClaimed(c, m)
		}
		if m.Length != 0 {
			return hashClaimed(c, m)
		}
	}
	return nil
}

// claimedLines are the lines of the headers that the app signed.
func claimedLines(c *canonical, m *signers.Message, at *signers.Moment) string {
	h := m.Header
	kind, kindEnd, hashName, hash := "", "", "", ""
	names, hasKind := strings.CutPrefix(c.names, "content-type;")
	if hasKind {
		kind = "content-type:" + collapsedAll(h["Content-Type"])
		kindEnd = "\n"
	}
	if names != leastNames {
		if names != hashNames {
			return linesByName(c, m, at)
		}
		hashName = "\nx-amz-content-sha256:"
		hash = collapsedAll(h["X-Amz-Content-Sha256"])
	}
	return strings.Join([]string{kind, kindEnd, "host:", m.Host, hashName, hash, "\nx-amz-date:", at.Date, "\n"}, "")
}

// linesByName is claimedLines for any headers.
func linesByName(c *canonical, m *signers.Message, at *signers.Moment) string {
	names := strings.Split(c.names, ";")
	lines := make([]string, 0, 4*len(names))
	for _, name := range names {
		value := m.Host
		if name == "x-amz-date" {
			value = at.Date
		} else if name != "host" {
			values := m.Header[textproto.CanonicalMIMEHeaderKey(name)]
			if len(values) == 1 {
				value = collapsed(values[0])
			} else {
				value = collapsedAll(values)
			}
		}
		lines = append(lines, name, ":", value, "\n")
	}
	return strings.Join(lines, "")
}

// hashClaimed takes the hash of the body itself for the payload, where there may be one.
func hashClaimed(c *canonical, m *signers.Message) error {
	if int64(len(m.Body)) < m.Length || m.Length < 0 {
		return fmt.Errorf("aws: the service requires a signed body, and this one was not read: %w", signers.ErrMessage)
	}
	if len(m.Body) > 0 {
		c.payload = hexHashBytes(m.Body)
	}
	return nil
}

// proofs is a signature as it is sent, in a header or in parameters of the query.
type proofs struct {
	credential, names, signature, date string
	expires, token                     string // of a signature in the query: seconds, and a session token, which a local key has no use for
	payload                            string // X-Amz-Content-Sha256, in the header or the query
	inQuery                            bool
}

// What is wrong with a signature: texts that are made once, since interpreted each call in a function's source costs memory.
var (
	errNoClaim   = fmt.Errorf("aws: no signature of %s that can be read, or two: %w", algorithm, signers.ErrUnsigned)
	errClaimDate = fmt.Errorf("aws: no X-Amz-Date as in 20260102T030405Z, or the credential is for another day: %w", signers.ErrClaimDate)
	errNoHost    = fmt.Errorf("aws: the signed headers lack host or x-amz-date: %w", signers.ErrUncovered)
	errExpires   = fmt.Errorf("aws: X-Amz-Expires is not a number of seconds up to seven days: %w", signers.ErrClaimDate)
)

// readClaim reads the signature of a client of AWS's. Nearly all differ from an earlier one in key ID, date and signature alone, so what
// stands between them is read once: see middle. All that is not in order is left to readAny, which says what is wrong.
func readClaim(m *signers.Message) (*signers.Claim, error) {
	h := m.Header
	values := h["Authorization"]
	if len(values) != 1 {
		return readAny(m)
	}
	start, text, _ := strings.Cut(values[0], "/")
	end := len(text) - proofLength
	if end < 0 {
		return readAny(m)
	}
	between := text[:end]
	middles.mu.RLock()
	found := middles.by[between]
	middles.mu.RUnlock()
	if found == nil {
		return readNew(m, start, between)
	}
	key, isUsual := strings.CutPrefix(start, usualStart+"=")
	if !isUsual {
		return readAny(m)
	}
	if noKey(key) {
		return readAny(m)
	}
	proof := text[end:]
	if strings.Trim(proof, hexDigits) != "" {
		return readAny(m)
	}
	date := signers.Single(h, "X-Amz-Date")
	when, err := time.Parse(dateForm, date)
	if err != nil {
		return readAny(m)
	}
	if date[:8] != found.day {
		return readAny(m)
	}
	if strings.Contains(m.Target, "-") {
		if signedQuery(m.Target) != "" {
			return readAny(m)
		}
	}
	c := &signers.Claim{Key: key, Proof: proof, Target: m.Target, At: &signers.Moment{Time: when, Date: date, Hint: found.hint}}
	if found.taken {
		c.Header = withTaken(m)
	}
	if h["X-Amz-Content-Sha256"] != nil {
		return readPayload(c, m, found)
	}
	if !wire.OnlyHas(h, plainHeaders) {
		return c, uncoveredHeaders(m, found.names)
	}
	return c, nil
}

// noKey reports whether text cannot be the key ID of a signature that readAny reads.
func noKey(text string) bool { return text == "" || strings.Contains(text, "=") }

// readPayload adds what the client says of its body, in a hint of its own: that of the middle is for all claims.
func readPayload(c *signers.Claim, m *signers.Message, found *middle) (*signers.Claim, error) {
	h := m.Header
	if !wire.OnlyHas(h, found.plain) {
		if err := uncoveredHeaders(m, found.names); err != nil {
			return c, err
		}
	}
	payload := header(h, "X-Amz-Content-Sha256")
	if payload == "" {
		return c, nil
	}
	c.At.Hint = hintOf(found.region, found.service, found.signed)
	return c, claimPayload(c, m, payload, found.objects)
}

// readNew is readAny for a signature whose middle is not kept yet. It may be from now on.
func readNew(m *signers.Message, start, between string) (*signers.Claim, error) {
	c, err := readAny(m)
	key, isUsual := strings.CutPrefix(start, usualStart+"=")
	if c == nil || len(c.Proof) != proofLength || !strings.HasSuffix(between, "Signature=") { // the rest is not the signature alone
		return c, err
	}
	if isUsual && !noKey(key) && c.Placeholder == "" && !errors.Is(err, signers.ErrClaimDate) {
		keepMiddle(between, c.At)
	}
	return c, err
}

// readAny is readClaim for any message.
func readAny(m *signers.Message) (*signers.Claim, error) {
	p := new(proofs)
	if !readProofs(p, m) {
		return nil, errNoClaim
	}
	scope := strings.Split(p.credential, "/")
	if noScope(p, scope) {
		return nil, errNoClaim
	}
	when, err := time.Parse(dateForm, p.date)
	if err != nil || scope[1] != p.date[:8] {
		err = errClaimDate
	}
	at := &signers.Moment{Time: when, Date: p.date, Hint: hintOf(scope[2], scope[3], p.names)}
	c := &signers.Claim{Key: scope[0], Proof: p.signature, Target: m.Target, At: at}
	if p.inQuery {
		if wrong := readPresigned(c, m, p); wrong != nil && err == nil {
			err = wrong
		}
	}
	if taken.MatchString(p.names) {
		c.Header = withTaken(m)
	}
	if err != nil {
		return c, err
	}
	return c, uncovered(c, m, p)
}

// noScope reports whether key ID, region or service are not what they look like.
func noScope(p *proofs, scope []string) bool {
	if len(scope) != 5 {
		return true
	}
	region, service := scope[2], scope[3]
	return scope[0] == "" || scope[4] != "aws4_request" || region == "" || service == "" || len(region) > maxWord || len(service) > maxWord ||
		region[0] == '-' || service[0] == '-' || strings.Trim(region+service, wordLetters) != ""
}

// readPresigned adds what a signature in the query says in addition.
func readPresigned(c *signers.Claim, m *signers.Message, p *proofs) error {
	c.At.Hint[claimedExpires] = p.expires
	if p.token != "" {
		c.At.Hint[claimedToken] = p.token
	}
	c.Target = wire.WithoutParams(m.Target, ownedNames)
	c.Placeholder = algorithm + " Credential=" + p.credential + ", SignedHeaders=" + p.names + ", Signature=" + p.signature
	seconds, err := strconv.Atoi(p.expires)
	if err != nil || seconds < 1 || int64(seconds) > int64(maxExpires/time.Second) {
		return errExpires
	}
	c.Life = time.Duration(seconds) * time.Second
	return nil
}

// What signatures, regions and services consist of. strings.Trim takes a tenth of the time of a regular expression.
const (
	hexDigits   = "0123456789abcdef"
	wordLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	maxWord     = 63
)

// taken are headers that the server, or who reads the body, takes out of a request.
var taken = wire.NewWords("content-length", "expect")

// withTaken is a copy of the header of m as it is now, with its Content-Length.
func withTaken(m *signers.Message) http.Header {
	h := make(http.Header, len(m.Header)+1)
	for name, values := range m.Header {
		h[name] = values
	}
	if m.Length >= 0 && len(h["Content-Length"]) == 0 {
		h["Content-Length"] = []string{strconv.FormatInt(m.Length, 10)}
	}
	return h
}

// uncovered says what the signature leaves out of what changes the meaning of a request at AWS, and takes what it says of the body.
func uncovered(c *signers.Claim, m *signers.Message, p *proofs) error {
	names := ";" + p.names + ";"
	if lacksHost(p.inQuery, names) {
		return errNoHost
	}
	if p.inQuery || !wire.OnlyHas(m.Header, plainFor(names)) {
		if err := uncoveredHeaders(m, names); err != nil {
			return err
		}
	}
	objects := storesObjects(c.At.Hint[serviceOf])
	payload := p.payload
	if payload == "" && p.inQuery && objects {
		payload = unsignedPayload
	}
	if payload == "" {
		return nil
	}
	return claimPayload(c, m, payload, objects)
}

// The signed headers of many requests: those that each must have, or these and the hash of the payload.
const (
	leastNames = "host;x-amz-date"
	hashNames  = "host;x-amz-content-sha256;x-amz-date"
)

// lacksHost reports whether the signed headers lack the host, or the date where that is a header.
func lacksHost(inQuery bool, names string) bool {
	return !strings.Contains(names, ";host;") || !inQuery && !strings.Contains(names, ";x-amz-date;")
}

// uncoveredHeaders says which header of AWS's the signature leaves out.
func uncoveredHeaders(m *signers.Message, names string) error {
	for name := range m.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(strings.ReplaceAll(lower, "_", "-"), "x-amz-") && !strings.Contains(names, ";"+lower+";") {
			return fmt.Errorf("aws: a header X-Amz-... is not among the signed headers: %w", signers.ErrUncovered)
		}
	}
	return nil
}

// plainFor are headers beside which no others of AWS's need be looked for; the hash of the payload is one of them if it is signed.
func plainFor(names string) map[string]bool {
	if strings.Contains(names, ";x-amz-content-sha256;") {
		return plainWithHash
	}
	return plainHeaders
}

var (
	plainHeaders  = wire.PlainHeaders("Authorization", "X-Amz-Date", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request")
	plainWithHash = wire.PlainHeaders("Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request")
)

// What is wrong with what a client says of its body.
var (
	errTwoPayloads = fmt.Errorf("aws: X-Amz-Content-Sha256 comes twice: %w", signers.ErrUncovered)
	errChunks      = fmt.Errorf("aws: signatures of chunks cannot be verified; set request_checksum_calculation=when_required or "+
		"payload_signing_enabled=false: %w", signers.ErrUncovered)
	errNoObjects = fmt.Errorf("aws: only S3 takes an unsigned payload: %w", signers.ErrUncovered)
	errPlainHTTP = fmt.Errorf("aws: an unsigned payload needs https: %w", signers.ErrUncovered)
)

// claimPayload takes what the client says of its body: a hash, which the body must have, or for S3 that there is none. As AWS
// does, such a body is taken over TLS alone. Without a word the body itself is signed; for S3 in the query, it is not.
func claimPayload(c *signers.Claim, m *signers.Message, payload string, objects bool) error {
	c.At.Hint[claimedPayload] = payload
	if hexDigest.MatchString(payload) {
		c.BodyHash = payload
		return nil
	}
	if strings.Contains(payload, ",") {
		return errTwoPayloads
	}
	if payload != unsignedPayload {
		if payload != unsignedTrailer {
			return errChunks
		}
	}
	if !objects {
		return errNoObjects
	}
	if m.Scheme == "http" {
		if m.Length != 0 {
			return errPlainHTTP
		}
	}
	c.Unsigned = true
	return nil
}

// readProofs finds the only signature of m: that of a header, unless the query has one. Parts of the header are separated by commas,
// blanks or both. Compiled, a regular expression would take a third of the verification. What is left in a part beyond its form fits no
// key and no scope.
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

// inOtherOrder is the end of readProofs for a header whose parts come in another order than AWS's clients write them in. Each of parts
// but the last has the name of the next one at its end.
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

// usualStart is what stands before the credential, as most clients write it.
const usualStart = algorithm + " Credential"

// proofLength is how many hex digits a signature has.
const proofLength = 64

// isStart reports whether text is usualStart with more blanks or commas.
func isStart(text string) bool {
	return strings.HasPrefix(text, algorithm+" ") && strings.HasSuffix(text, " Credential")
}

// signedQuery is the query of a target, if it has a signature.
func signedQuery(target string) string {
	_, query, _ := strings.Cut(target, "?")
	if strings.Contains(strings.ToLower(query), "x-amz-signature=") {
		return query
	}
	return ""
}

// queryProofs reads the parameters of a presigned URL, each of which must come once and in AWS's spelling.
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
	if p.payload == "" {
		p.payload = strings.Join(m.Header["X-Amz-Content-Sha256"], ",")
	} else if len(m.Header["X-Amz-Content-Sha256"]) > 0 {
		p.payload = ","
	}
	return p.signature != "" && algorithmSent == algorithm
}

// prove makes the signature of a message.
func prove(made signers.Signer) signers.ProveFunc {
	s := made.(*signer)
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		c := new(canonical)
		if err := prepare(s, c, m, at); err != nil {
			return "", err
		}
		return signText(s.keys, c.secret, at.Date, c.scope, stringToSign(c, at.Date)), nil
	}
}
