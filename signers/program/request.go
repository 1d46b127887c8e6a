//go:build go1.21

package program

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Text is a template whose value is not a header, such as the address or the body of a request. Name is for
// errors: "url" or "body".
type Text struct{ Name, Template string }

// maxText bounds a template of CompileRequest, in bytes. A body of a login may be longer than an operation.
const maxText = 8 << 10

// CompileRequest makes a program for a request that the gateway sends itself, such as one to a token service:
// operations set its headers, texts are the rest. As there is no client request, its values cannot be used, except
// host: the one that the credential is bound to. A text is held to the rules of headers: what would show a secret
// in it needs reveal. Errors name the line or the text. For instance, a login:
//
//	operations  header Content-Type = application/json
//	body        {"password": [[opt.password|json|reveal]]}
//
// The program runs by Request, with a Bound of Bind; NewSigner does not take it.
func CompileRequest(operations []string, texts []Text, options []Option, nonce string) (*Program, error) {
	c, _, err := compileOperations(operations, options, nonce, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range texts {
		if len(t.Template) > maxText {
			return nil, fmt.Errorf("%s: too long: at most 8192 bytes", t.Name)
		}
		pieces, reason := parseTemplate(t.Template)
		var v value
		if reason == "" {
			v, reason = c.template(pieces)
		}
		if reason == "" {
			reason = sendable(v)
		}
		if reason != "" {
			return nil, fmt.Errorf("%s: %s", t.Name, reason)
		}
		c.p.texts = append(c.p.texts, v)
	}
	// There is no query of a client's to add to. Parameters go into the template of the address.
	if len(c.p.params) > 0 || len(c.p.removed) > 0 {
		return nil, errors.New("operations: a token request takes let and header; write parameters into its url")
	}
	for i := range c.p.code {
		if asksForRequest(&c.p.code[i]) {
			const reason = "there is no client request here, so its values cannot be used"
			// Instructions of texts have the line of the last operation, or 0 without one.
			if line := c.p.code[i].line; line > 0 {
				return nil, fmt.Errorf("operations line %d: %s", line, reason)
			}
			return nil, errors.New("url or body: " + reason)
		}
	}
	// Method and target need no instruction to be in a text, so asksForRequest has not seen them.
	for _, v := range c.p.texts {
		if v.slot == slotMethod || v.slot == slotTarget {
			return nil, errors.New("there is no client request here, so its values cannot be used")
		}
	}
	return c.p, nil
}

// asksForRequest reports whether an instruction takes something of a client's request. The host and a Moment are
// there in any case.
func asksForRequest(in *instruction) bool {
	switch in.op {
	case opPath, opQuery, opBody, opBodyLen, opHasBody, opHeader, opHeaders, opScheme, opMethods, opAppend:
		return true
	}
	if in.body != nil {
		return true
	}
	for _, slot := range in.reads() {
		if slot == slotMethod || slot == slotTarget {
			return true
		}
	}
	return false
}

// Request runs a program of CompileRequest, and returns the values of its texts in their order, and its headers.
// Host is the one that the credential is bound to. It may be called concurrently. Its errors show no value.
func Request(b *Bound, host string, at *signers.Moment) ([]string, http.Header, error) {
	m := &signers.Message{Host: host}
	slots := begin(b.initial, m, at)
	if err := run(pointers(b.code), slots, m, at); err != nil {
		return nil, nil, err
	}
	header := make(http.Header)
	for _, h := range b.program.headers {
		value := slots[h.slot]
		// An answer of the token service may be in it, as Moment.Token or More: see tokens.Step. It must not add a
		// header of its own.
		if strings.ContainsAny(value, controls) {
			return nil, nil, fmt.Errorf("operations line %d: header %s would hold a control character", h.line, h.name)
		}
		// header? is left out where it is empty.
		if value != "" || !h.optional {
			header[h.name] = []string{value}
		}
	}
	texts := make([]string, 0, len(b.program.texts))
	for _, v := range b.program.texts {
		texts = append(texts, slots[v.slot])
	}
	return texts, header, nil
}

// Date is the date as a program of CompileRequest takes it in Moment.Date; empty: it writes none that can be
// handed over.
func Date(b *Bound, at *signers.Moment) string {
	if b.layout == "" {
		return ""
	}
	return FormatTime(at.Time, b.layout)
}
