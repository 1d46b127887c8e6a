package vendorsim

import (
	"slices"
	"time"
)

// messageClaim is what a request says of its signature. Nothing in it is verified yet.
type messageClaim struct {
	input                        sfItem // the covered components and the parameters
	covered                      []sfItem
	signature                    []byte
	keyID, algorithm, tag, nonce string
	created, expires             time.Time // zero without the parameter
}

// readMessageClaim reads Signature-Input and Signature: dictionaries with the same one key (RFC 9421, 4). label is the one
// that it must be; empty: any. A second signature is refused, whatever its label: a client could have added it.
func readMessageClaim(r *Request, label string) (*messageClaim, string) {
	input, signature := header(r.Header, "Signature-Input"), header(r.Header, "Signature")
	switch {
	case input == "" && signature == "":
		return nil, "there is no signature: neither Signature-Input nor Signature arrived"
	case input == "" || signature == "":
		return nil, "Signature-Input and Signature belong together, and only one of them arrived"
	}
	// Both must have the same label: a signature without its input proves nothing, and an input without a signature is only a
	// wish.
	inputs, ok := sfMembers(input, true)
	if !ok {
		return nil, "Signature-Input is not a dictionary (RFC 8941)"
	}
	signatures, ok := sfMembers(signature, true)
	switch {
	case !ok:
		return nil, "Signature is not a dictionary (RFC 8941)"
	case len(inputs) != 1 || len(signatures) != 1:
		return nil, "there are several signatures, and one client"
	case inputs[0].key != signatures[0].key:
		return nil, "Signature-Input and Signature have different labels"
	case label != "" && inputs[0].key != label:
		return nil, "the signature has another label"
	}
	c := &messageClaim{input: inputs[0].sfItem}
	if c.signature, ok = signatures[0].value.([]byte); !ok {
		return nil, "the signature is not written as :base64:"
	}
	if c.covered, ok = c.input.value.([]sfItem); !ok {
		return nil, "Signature-Input is not a list of components in parentheses"
	}
	return c, c.readParameters()
}

// readParameters reads the parameters that RFC 9421, 2.3, defines. Others may be there, and are signed too. Each has one
// type: a number for times, and a text in quotes for the rest.
func (c *messageClaim) readParameters() string {
	texts := map[string]*string{"keyid": &c.keyID, "alg": &c.algorithm, "tag": &c.tag, "nonce": &c.nonce}
	times := map[string]*time.Time{"created": &c.created, "expires": &c.expires}
	for _, p := range c.input.params {
		// Unknown parameters are part of the signature base, and so cannot be added by anybody else.
		if text := texts[p.key]; text != nil {
			s, ok := p.value.(string)
			if !ok || s == "" {
				return "the parameter " + p.key + " is not a text in quotes"
			}
			*text = s
		}
		if at := times[p.key]; at != nil {
			seconds, ok := p.value.(int64)
			switch {
			case !ok:
				return "the parameter " + p.key + " is not a whole number of seconds"
			// As seconds it would be after the year 5000.
			case seconds > 1e11:
				return "the parameter " + p.key + " is in milliseconds, and should be in seconds"
			case seconds < 0:
				return "the parameter " + p.key + " is before 1970"
			}
			*at = time.Unix(seconds, 0)
		}
	}
	return ""
}

// checkSignature makes the signature base of what arrived and verifies the claimed signature of it.
func (c *messageClaim) checkSignature(key verifyKey, algorithm string, r *Request) string {
	base, reason := signatureBase(c.input, r)
	if reason != "" {
		return reason
	}
	if !key.verifies(algorithm, base, c.signature) {
		return "the signature does not fit the key and the signature base of what arrived"
	}
	return ""
}

// covers reports whether a component is covered, with exactly these parameters.
func (c *messageClaim) covers(want sfItem) bool {
	return slices.ContainsFunc(c.covered, func(i sfItem) bool { return i.write() == want.write() })
}

// checkFresh checks the times, and that the nonce was not used before. It comes after the signature: only a right one uses
// a nonce up.
func (c *messageClaim) checkFresh(used *nonces, now time.Time) (kind, reason string) {
	if reason := c.checkTime(now); reason != "" {
		return "expired", reason
	}
	if c.nonce != "" && !used.use(c.nonce, now, c.end(now)) {
		return "replayed", "the nonce was used before"
	}
	return "", ""
}

// checkTime compares created and expires with the clock. Where the client says when its signature expires, that
// counts, however old created is.
func (c *messageClaim) checkTime(now time.Time) string {
	switch {
	case !c.created.IsZero() && c.created.After(now.Add(messageWindow)):
		return "created is more than " + messageWindow.String() + " ahead"
	case !c.expires.IsZero() && c.expires.Before(c.created):
		return "expires is before created"
	case !c.expires.IsZero() && !now.Before(c.expires):
		return "the signature has expired"
	case c.expires.IsZero() && !c.created.IsZero() && c.created.Before(now.Add(-messageWindow)):
		return "created is more than " + messageWindow.String() + " ago"
	}
	return ""
}

// end is when a signature is of no use any more, at most a day ahead. Its nonce is remembered until then: after it checkTime
// refuses the signature anyway, except for one that says it lives longer.
func (c *messageClaim) end(now time.Time) time.Time {
	end := now.Add(24 * time.Hour)
	if !c.expires.IsZero() && c.expires.Before(end) {
		return c.expires
	}
	if c.expires.IsZero() && !c.created.IsZero() {
		return c.created.Add(messageWindow + time.Second)
	}
	return end
}
