//go:build go1.21

package aws

import (
	"errors"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// canonical is a request in the form that is signed, and what it was made with. Each request gets
// one, which begins as a copy of signer.start with what the configuration says.
type canonical struct {
	// scope is the region and service, with the ways in which the service wants the request.
	scope *scope
	// id, secret and token are the credential. token is empty without a session.
	id, secret, token string

	// method, path and query are the first three lines.
	method, path, query string
	// headers are lines of name:value, each with its line end.
	headers string
	// names are those of the headers, separated by semicolons.
	names string
	// payload is the body's hash in hex, or the word that says that it is not signed.
	payload string

	// inQuery says that the signature goes into the query.
	inQuery bool
	// expires is how long such a signature is valid, in seconds.
	expires string
	// claimed says that an app has signed the request, and that its signature is made anew to
	// compare both.
	claimed bool

	// target is what goes out, in which a + may have been replaced.
	target string
	// payloadSent says that X-Amz-Content-Sha256 is to be set to payload.
	payloadSent bool
}

// tokenHeader is the header of a session token, which is a secret even where it is signed.
const tokenHeader = "x-amz-security-token"

// errDate, errToken and errScope are about the moment, which the caller made, and not about the
// request.
var (
	errDate  = errors.New("aws: the date must be as in 20260102T030405Z")
	errToken = errors.New("aws: there are no credentials yet")
	errScope = errors.New("aws: region and service of the client's signature are missing")
)

// The values that come from a client's signature in Moment.Hint, see signer.hint.
const (
	regionOf  = "region"
	serviceOf = "service"
)

// prepare makes c of a request. It changes nothing of m; on an error c has no meaning. What few
// requests need is in functions of its own: interpreted, a call takes memory for each value in a
// function's source.
func prepare(s *signer, c *canonical, m *signers.Message, at *signers.Moment) error {
	if len(at.Date) < len("20060102") {
		return errDate
	}
	// The canonical request has method, path, query, headers, their names and payload, in this order. The payload is made before the
	// headers, since X-Amz-Content-Sha256 may be one of these, and the query last, since it may hold their names.
	*c = s.start
	var err error
	if s.varies {
		if err = fillFromMoment(s, c, at); err != nil {
			return err
		}
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
	// Most paths are their own canonical form, and one match is cheaper than escaping.
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

// fillFromMoment takes what the configuration does not fix: session credentials, the scope of a
// client's signature, and what an app claims of its own. It fails if there are no credentials yet,
// or if the moment was not made for this signer.
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
		// Clients rarely change region and service from one request to the next.
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

// fillSession takes the credentials of a session, and reports whether there are any yet.
func fillSession(c *canonical, at *signers.Moment) bool {
	c.id, c.secret, c.token = sessionOf(at)
	return c.id != ""
}

// unusual finds a query with a plus sign, or one that may hold a parameter of AWS's own, of which
// each has amz or aws in its name: in any letter case, and with letters that are escaped (%4 to %7
// begin the escapes of all letters). Most queries have none of these words, and are not looked at
// again.
var unusual = wire.NewWords("+", "amz", "aws", "%4", "%5", "%6", "%7")

// permit refuses what an operator denies and signatures of the client's own. It returns the query
// as it is signed, and sets c.target if it differs from what the client sent.
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

// ownedNames are the parameters of a signature, as a set. They are in lower case.
var ownedNames = setOf(ownedParams)

// setOf is a set of names.
func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

// working is the memory in bytes that it takes to put the query in order, and under allow_actions
// to look for actions in the body: a form is split into its parameters, of which there are at most
// wire.MaxParameters.
func (s *signer) working(m *signers.Message) int64 {
	size := wire.FormMemory(len(m.Target), strings.Count(m.Target, "&"))
	if s.actions != nil {
		size += 2*int64(len(m.Body)) + 16*wire.MaxParameters
	}
	return size
}

// header is a message's value of a header that must come once; empty if it does not come. Several
// values are joined with commas, so that none is lost, and no check takes them for a single one.
func header(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return strings.Join(values, ",")
	}
	return ""
}
