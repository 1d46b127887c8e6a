//go:build go1.21

package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// canonical is a request in the form that is signed, and what it was made with.
type canonical struct {
	scope             *scope
	id, secret, token string

	method, path, query string
	headers             string // lines of name:value, each with its line end
	names               string // of the headers, separated by semicolons
	payload             string // the body's hash in hex, or the word that stands for none

	inQuery bool
	expires string // seconds, of a signature in the query
	claimed bool   // an app has signed it, and its signature is made anew

	target      string // goes out
	payloadSent bool   // X-Amz-Content-Sha256 is to be set to payload
}

// partsOf labels the pieces of the canonical request. A session token among the headers is a secret part.
func partsOf(c *canonical) []signers.Part {
	parts := []signers.Part{
		{Label: "method", Text: c.method + "\n"}, {Label: "path", Text: c.path + "\n"}, {Label: "query", Text: c.query + "\n"},
	}
	for _, line := range strings.SplitAfter(c.headers, "\n") {
		name, _, _ := strings.Cut(line, ":")
		if name == tokenHeader {
			parts = append(parts, signers.Part{Label: name, Text: name + ":"}, signers.Part{Label: "session token", Text: c.token, Secret: true})
			line = line[len(name)+1+len(c.token):]
		}
		if line != "" {
			parts = append(parts, signers.Part{Label: name, Text: line})
		}
	}
	return append(parts, signers.Part{Label: "end of headers", Text: "\n"}, signers.Part{Label: "signed headers", Text: c.names + "\n"},
		signers.Part{Label: "payload", Text: c.payload})
}

const tokenHeader = "x-amz-security-token"

var (
	errDate  = errors.New("aws: the date must be as in 20260102T030405Z")
	errToken = errors.New("aws: there are no credentials yet")
	errScope = errors.New("aws: region and service of the client's signature are missing")
)

// The values that come from a client's signature in Moment.Hint.
const (
	regionOf  = "region"
	serviceOf = "service"
)

// prepare makes c of a request. It changes nothing of m. What few requests need is in functions of its own: interpreted, a call
// takes memory for each value in a function's source.
func prepare(s *signer, c *canonical, m *signers.Message, at *signers.Moment) error {
	if len(at.Date) < len("20060102") {
		return errDate
	}
	*c = s.start
	var err error
	if s.fixed == nil {
		err = fillFromMoment(s, c, at)
	} else if s.sourced {
		err = fillFromMoment(s, c, at)
	}
	if err != nil {
		return err
	}
	path, query, _ := strings.Cut(m.Target, "?")
	c.method = m.Method
	c.target = m.Target
	refused := s.actions != nil // or something else may be
	if m.Header["X-Amz-Copy-Source"] != nil {
		refused = true
	}
	if query != "" {
		if unusual.MatchString(query) {
			refused = true
		}
	}
	if refused {
		if query, err = permit(s, c, m, path, query); err != nil {
			return err
		}
	}
	if simplePath.MatchString(path) {
		c.path = path
	} else if c.path, err = canonicalPath(c.scope, path); err != nil {
		return err
	}
	if c.claimed {
		err = fillClaimed(c, m, at)
	} else if err = fillPayload(s, c, m); err == nil {
		fillHeaders(s, c, m, at.Date)
	}
	if err != nil {
		return err
	}
	if query != "" || c.inQuery {
		return fillQuery(s, c, path, query, at.Date)
	}
	return nil
}

// fillFromMoment takes what the configuration does not fix: session credentials, the scope of a client's signature, and what an app
// claims of its own.
func fillFromMoment(s *signer, c *canonical, at *signers.Moment) error {
	if s.sourced {
		if !fillSession(c, at) {
			return errToken
		}
	}
	hint := at.Hint
	if c.scope == nil {
		region, service := hint[regionOf], hint[serviceOf]
		if service == "" {
			return errScope
		}
		last, ok := s.scope.Load().(*scope)
		if !ok || last.region != region || last.service != service {
			last = scopeOf(s, region, service)
		}
		c.scope = last
	}
	names := hint[claimedNames]
	if names != "" {
		c.names = names
		c.claimed = true
		c.expires = hint[claimedExpires]
		c.inQuery = c.expires != ""
		c.token = hint[claimedToken]
	}
	return nil
}

// fillSession takes the credentials of a session, if there are any yet.
func fillSession(c *canonical, at *signers.Moment) bool {
	c.id, c.secret, c.token = sessionOf(at)
	return c.id != ""
}

// unusual finds a query with a plus sign, or one that may hold a parameter of AWS' own, of which each has amz or aws in its name: in
// any letter case, and with letters that are escaped. It is the only look at most queries.
var unusual = wire.NewWords("+", "amz", "aws", "%4", "%5", "%6", "%7")

// permit refuses what an operator denies and signatures of the client's own. It returns the query as it is signed.
func permit(s *signer, c *canonical, m *signers.Message, path, query string) (string, error) {
	if err := refuse(s, m); err != nil {
		return "", err
	}
	if strings.Contains(query, "+") {
		var err error
		if query, err = replacePlus(s.plus, query); err != nil {
			return "", err
		}
		c.target = path + "?" + query
	}
	return query, presigned(query)
}

// fillQuery adds the canonical query, with the parameters of a signature if it goes there.
func fillQuery(s *signer, c *canonical, path, query, date string) error {
	if c.inQuery {
		query = withSignature(s, c, query, date)
		c.target = path + "?" + query
	}
	if len(query) >= wire.MaxParameters && strings.Count(query, "&") >= wire.MaxParameters {
		return wire.ErrParameters("aws", false)
	}
	form, err := wire.Form(query)
	if err != nil {
		return fmt.Errorf("aws: %w", err)
	}
	c.query = form
	return nil
}

// withSignature is the query with the parameters of a signature, but for the signature.
func withSignature(s *signer, c *canonical, query, date string) string {
	if query != "" {
		query += "&"
	}
	query += "X-Amz-Algorithm=" + algorithm + "&X-Amz-Credential=" + escaped(c.id+"/"+date[:8]+c.scope.suffix) + "&X-Amz-Date=" + date +
		"&X-Amz-Expires=" + c.expires
	if c.token != "" && s.tokenSigned {
		query += "&X-Amz-Security-Token=" + escaped(c.token)
	}
	return query + "&X-Amz-SignedHeaders=" + escaped(c.names)
}

// replacePlus spells a + in a query so that there is one way to read it.
func replacePlus(meaning, query string) (string, error) {
	switch meaning {
	case "literal":
		return strings.ReplaceAll(query, "+", "%2B"), nil
	case "refuse":
		return "", fmt.Errorf("aws: a plus sign in a query is a blank to some and itself to others; write %%20 or %%2B: %w", signers.ErrMessage)
	}
	return strings.ReplaceAll(query, "+", "%20"), nil
}

// presigned refuses a client's own signature in the query: in any letter case, escaped or after a semicolon.
func presigned(query string) error {
	if wire.WithoutParams("?"+query, ownedNames) == "?"+query {
		return nil
	}
	return fmt.Errorf("aws: the query holds a signature of its own (X-Amz-... or AWSAccessKeyId); send the request without it: %w",
		signers.ErrMessage)
}

var ownedNames = setOf(ownedParams)

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// The words that stand for a hash in X-Amz-Content-Sha256.
const (
	unsignedPayload = "UNSIGNED-PAYLOAD"
	unsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER" // in chunks, with a checksum behind them
	emptyHash       = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// fillPayload adds what the signature says of the body, and whether X-Amz-Content-Sha256 has to say it too.
func fillPayload(s *signer, c *canonical, m *signers.Message) error {
	if s.signsBody {
		if m.Length == 0 {
			if len(m.Body) == 0 {
				c.payload = emptyHash
				c.payloadSent = c.scope.hashed
				return nil
			}
		}
	}
	payload, sent, err := payloadOf(s, c.scope, m)
	c.payload = payload
	c.payloadSent = sent
	return err
}

// payloadOf is fillPayload for requests with a body, and for those whose clients say what stands for it.
func payloadOf(s *signer, sc *scope, m *signers.Message) (string, bool, error) {
	if s.reSign {
		if as := m.Header["X-Amz-Content-Sha256"]; len(as) > 0 {
			sent, fault := payloadAsSent(sc, as)
			return sent, true, fault
		}
	}
	if s.payload == "unsigned" || int64(len(m.Body)) < m.Length || m.Length < 0 {
		if !sc.objects {
			return "", false, fmt.Errorf("aws: the service requires a signed body, and this one was not read: %w", signers.ErrMessage)
		}
		return unsignedPayload, sc.hashed && !s.inQuery, nil
	}
	if len(m.Body) == 0 {
		return emptyHash, sc.hashed, nil
	}
	return hexHashBytes(m.Body), sc.hashed, nil
}

func hexHashBytes(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// working is what it takes to put the query in order, and under allow_actions to look for actions in the body.
func (s *signer) working(m *signers.Message) int64 {
	size := wire.FormMemory(len(m.Target), strings.Count(m.Target, "&"))
	if s.actions != nil {
		size += 2*int64(len(m.Body)) + 16*wire.MaxParameters
	}
	return size
}

// header is a message's value of a header that must come once; empty if it does not come.
func header(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return strings.Join(values, ",")
	}
	return ""
}

// hideToken makes a part of its own of the session token in the query.
func hideToken(parts []signers.Part, c *canonical) []signers.Part {
	if c.token == "" {
		return parts
	}
	shown := make([]signers.Part, 0, len(parts)+2)
	for _, p := range parts {
		before, after, found := strings.Cut(p.Text, "X-Amz-Security-Token="+escaped(c.token))
		if p.Secret || !found {
			shown = append(shown, p)
			continue
		}
		shown = append(shown, signers.Part{Label: p.Label, Text: before},
			signers.Part{Label: "session token", Text: "X-Amz-Security-Token=" + escaped(c.token), Secret: true},
			signers.Part{Label: p.Label, Text: after})
	}
	return shown
}
