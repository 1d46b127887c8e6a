//go:build go1.21

package aws

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// partsOf labels the pieces of the canonical request, for people. A session token among the headers
// is a secret part. The labels are method, path, query, the names of the headers, "end of headers",
// "signed headers" and payload.
func partsOf(c *canonical) []signers.Part {
	parts := []signers.Part{
		{Label: "method", Text: c.method + "\n"}, {Label: "path", Text: c.path + "\n"}, {Label: "query", Text: c.query + "\n"},
	}
	for _, line := range strings.SplitAfter(c.headers, "\n") {
		name, _, _ := strings.Cut(line, ":")
		if name == tokenHeader {
			parts = append(parts, signers.Part{Label: name, Text: name + ":"}, signers.Part{Label: "session token", Text: c.token, Secret: true})
			// What is left is the line end, so that all parts in a row are still what was hashed.
			line = line[len(name)+1+len(c.token):]
		}
		if line != "" {
			parts = append(parts, signers.Part{Label: name, Text: line})
		}
	}
	return append(parts, signers.Part{Label: "end of headers", Text: "\n"}, signers.Part{Label: "signed headers", Text: c.names + "\n"},
		signers.Part{Label: "payload", Text: c.payload})
}

// hideToken makes a part of its own of the session token in the query, which is a secret even where
// it is signed: whoever has it, with the key, has the session.
func hideToken(parts []signers.Part, c *canonical) []signers.Part {
	if c.token == "" {
		return parts
	}
	shown := make([]signers.Part, 0, len(parts)+2)
	for _, p := range parts {
		// The query is encoded, and so is the token in it. It is in one part only.
		before, after, found := strings.Cut(p.Text, "X-Amz-Security-Token="+wire.PercentEncode(c.token))
		if p.Secret || !found {
			shown = append(shown, p)
			continue
		}
		shown = append(shown, signers.Part{Label: p.Label, Text: before},
			signers.Part{Label: "session token", Text: "X-Amz-Security-Token=" + wire.PercentEncode(c.token), Secret: true},
			signers.Part{Label: p.Label, Text: after})
	}
	return shown
}
