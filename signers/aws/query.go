//go:build go1.21

package aws

import (
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// fillQuery adds the canonical query: parameters encoded anew, and then sorted by name and value.
// maxResults=1&b=a%20b becomes b=a%20b&maxResults=1. With placement query the parameters of the
// signature are among them, except for the signature itself ("Authenticating Requests: Using Query
// Parameters", S3 API Reference). What goes out keeps its order, since AWS sorts for itself.
func fillQuery(s *signer, c *canonical, path, query, date string) error {
	if c.inQuery {
		query = withSignature(s, c, path, query, date)
	}
	if len(query) >= wire.MaxParameters {
		if strings.Count(query, "&") >= wire.MaxParameters {
			return wire.ErrParameters("aws", false)
		}
	}
	form, err := wire.Form(query)
	if err != nil {
		return fmt.Errorf("aws: %w", err)
	}
	c.query = form
	return nil
}

// withSignature is the query with the parameters of a signature, without the signature itself. The target gets it, too:
//
//	X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-west-1%2Fs3%2Faws4_request
//	&X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host
func withSignature(s *signer, c *canonical, path, query, date string) string {
	if query != "" {
		query += "&"
	}
	query += "X-Amz-Algorithm=" + algorithm + "&X-Amz-Credential=" + wire.PercentEncode(c.id+"/"+date[:8]+c.scope.suffix) +
		"&X-Amz-Date=" + date + "&X-Amz-Expires=" + c.expires
	// AWS IoT and a few others want the token added after signing (AWS IoT developer guide, "IAM users, groups, and roles"): see
	// signedTarget.
	if c.token != "" && s.tokenSigned {
		query += "&X-Amz-Security-Token=" + wire.PercentEncode(c.token)
	}
	query += "&X-Amz-SignedHeaders=" + wire.PercentEncode(c.names)
	c.target = path + "?" + query
	return query
}

// replacePlus spells a + in a query so that there is one way to read it: AWS wants a blank as %20
// in the canonical query, and whether a + is a blank or itself differs between clients. What goes
// out is what is signed.
//
//	blank      a=b+c     a=b%20c
//	literal    a=b+c     a=b%2Bc
//	refuse     a=b+c     an error
func replacePlus(meaning, query string) (string, error) {
	switch meaning {
	case "literal":
		return strings.ReplaceAll(query, "+", "%2B"), nil
	case "refuse":
		return "", fmt.Errorf("aws: a plus sign in a query is a blank to some and itself to others; write %%20 or %%2B: %w", signers.ErrMessage)
	}
	return strings.ReplaceAll(query, "+", "%20"), nil
}

// presigned refuses a client's own signature in the query: in any letter case, escaped or after a semicolon. Of two signatures in a
// request it is not known which one a service reads.
func presigned(query string) error {
	if wire.WithoutParams("?"+query, ownedNames) == "?"+query {
		return nil
	}
	return fmt.Errorf("aws: the query already contains a signature (X-Amz-... or AWSAccessKeyId); send the request without it: %w",
		signers.ErrMessage)
}
