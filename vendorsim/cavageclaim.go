package vendorsim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cavageClaim is what a request says of its signature, in draft-cavage's form. Oracle's version 1 has the same form (oci.go).
type cavageClaim struct {
	keyID, algorithm, version string
	headers                   []string
	signature                 []byte
	created, expires          time.Time
	createdText, expiresText  string
}

// readCavage reads name="value" pairs with commas between them (draft-cavage-http-signatures-12, 2.1). Without the parameter
// headers the one is signed that is the default. Blanks around names and values are permitted, as the draft's grammar has
// them; a parameter may occur once. A reason says what is wrong.
//
//	keyId="k",algorithm="hmac-sha256",headers="(request-target) host date",signature="AAAA"
func readCavage(text, byDefault string) (*cavageClaim, string) {
	c := &cavageClaim{headers: []string{byDefault}}
	seen := map[string]bool{}
	for rest := text; ; {
		name, after, found := strings.Cut(strings.TrimLeft(rest, " \t"), "=")
		name = strings.TrimRight(name, " \t")
		after = strings.TrimLeft(after, " \t")
		// A name is a token; runes above ~ would be cut to a byte.
		if !found || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > '~' || !isTokenByte(byte(r)) }) {
			return nil, `the signature is not a list of name="value" with commas between`
		}
		value, quoted := "", strings.HasPrefix(after, `"`)
		if quoted {
			if value, after, found = strings.Cut(after[1:], `"`); !found || strings.Contains(value, `\`) {
				return nil, "a value of the signature does not end its quotes"
			}
		} else {
			// Numbers have no quotes, and end at the next comma.
			value = after[:max(0, strings.IndexByte(after+",", ','))]
			value, after = strings.TrimRight(value, " \t"), after[len(value):]
		}
		if seen[name] {
			return nil, "a parameter of the signature occurs twice"
		}
		seen[name] = true
		if reason := c.set(name, value, quoted); reason != "" {
			return nil, reason
		}
		after = strings.TrimLeft(after, " \t")
		if after == "" {
			break
		}
		if after[0] != ',' {
			return nil, "there is no comma between two parameters of the signature"
		}
		rest = after[1:]
	}
	for _, name := range []string{"keyId", "signature"} {
		if !seen[name] {
			return nil, "the signature does not have the parameter " + name
		}
	}
	return c, ""
}

// set takes one parameter. created and expires are numbers without quotes, the others are in quotes
// (draft-cavage-http-signatures-12, 2.1); unknown ones are ignored. The limit of 64 headers bounds the work for a
// hostile request.
func (c *cavageClaim) set(name, value string, quoted bool) string {
	known := []string{"keyId", "algorithm", "version", "headers", "signature", "created", "expires"}
	if isTime := name == "created" || name == "expires"; isTime == quoted && slices.Contains(known, name) {
		if isTime {
			return "the parameter " + name + " is a number without quotes"
		}
		return "the parameter " + name + " is not in quotes"
	}
	switch name {
	case "keyId":
		c.keyID = value
	case "algorithm":
		c.algorithm = value
	case "version":
		c.version = value
	case "headers":
		c.headers = strings.Split(value, " ")
		if value == "" || len(c.headers) > maxCovered || strings.ToLower(value) != value || slices.Contains(c.headers, "") {
			return "headers is not a list of up to 64 names in lower case, with one blank between them"
		}
		// The draft joins the values of a name that comes several times; a list with it twice has no one meaning.
		if len(slices.Compact(slices.Sorted(slices.Values(c.headers)))) != len(c.headers) {
			return "headers has a name twice"
		}
	case "signature":
		var err error
		// Go's decoder passes over line ends, which would be a second spelling.
		if c.signature, err = base64.StdEncoding.DecodeString(value); err != nil || strings.ContainsAny(value, "\r\n") {
			return "the signature is not base64 with its padding"
		}
	case "created":
		return seconds(name, value, &c.createdText, &c.created)
	case "expires":
		return seconds(name, value, &c.expiresText, &c.expires)
	}
	return ""
}

// seconds reads a parameter that is a unix time. A number above 1e11 is taken for milliseconds: as seconds it would
// be after the year 5000.
func seconds(name, value string, text *string, at *time.Time) string {
	n, ok := digits(value)
	switch {
	case !ok:
		return "the parameter " + name + " is not a whole number of seconds"
	case n > 1e11:
		return "the parameter " + name + " is in milliseconds, and should be in seconds"
	}
	*text, *at = value, time.Unix(n, 0)
	return ""
}

// signingString is the text that is signed (draft-cavage-http-signatures-12, 2.3): a line for each name, in the order of
// headers. A reason says why there is none.
//
//	(request-target): get /a?b=1
//	host: api.example
//	date: Tue, 14 Nov 2023 22:13:20 GMT
func (c *cavageClaim) signingString(r *Request) (text, reason string) {
	var lines []string
	length := 0
	for _, name := range c.headers {
		value := ""
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.Target
		case "(created)", "(expires)":
			value = c.createdText
			if name == "(expires)" {
				value = c.expiresText
			}
			if value == "" {
				return "", "the signature covers " + name + " and does not have the parameter"
			}
		default:
			if !isName(name) {
				return "", "headers has a name that is not one of a header"
			}
			all, found := fieldLines(name, r)
			if !found && name != "content-length" {
				return "", "the signed header " + name + " did not arrive"
			}
			value = strings.Join(all, ", ")
			if name == "content-length" {
				var reason string
				if value, reason = bodyLength(value, found, r); reason != "" {
					return "", reason
				}
			}
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			return "", "a signed value has a line end"
		}
		if length += len(name) + len(value); length > maxBase {
			return "", "what is signed is longer than 1 MiB"
		}
		lines = append(lines, name+": "+value)
	}
	return strings.Join(lines, "\n"), ""
}

// bodyLength is Content-Length, which must be the length of the body. It may have been taken away where the request was read:
// net/http moves it out of the headers.
func bodyLength(value string, found bool, r *Request) (string, string) {
	length := strconv.Itoa(len(r.Body))
	if found && value != length {
		return "", "Content-Length does not match the body"
	}
	return length, ""
}
