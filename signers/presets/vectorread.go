//go:build go1.21

package presets

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// compares reports whether a vector proves anything: signature and value are for people, and a request without an
// expectation always passes.
func compares(v *Vector) bool {
	e := &v.Expect
	return len(e.Headers) > 0 || len(e.Query) > 0 || len(v.Flow) > 0 ||
		e.Target != "" || e.Canonical != "" || e.StringToSign != "" || e.Error != ""
}

// provesSecret reports whether a vector compares a header or parameter that is made with a secret, if there are
// any. A preset whose vectors compare the date and the key ID alone would pass with any signature. Of a program
// that makes nothing with a secret it is true: there is nothing to compare.
func provesSecret(vectors []Vector, own *program.Program) bool {
	headers, params := own.MadeWithSecrets()
	if len(headers)+len(params) == 0 {
		return true
	}
	for i := range vectors {
		e := &vectors[i].Expect
		for name := range e.Headers {
			values, err := texts(e.Headers[name])
			// An empty list expects that there is no such header, which shows nothing about the secret.
			if err == nil && len(values) > 0 && anyOf(http.CanonicalHeaderKey(name), headers) {
				return true
			}
		}
		for name := range e.Query {
			if anyOf(name, params) {
				return true
			}
		}
		// The target has all parameters.
		if e.Target != "" && len(params) > 0 {
			return true
		}
	}
	return false
}

// anyOf reports whether text is one of list.
func anyOf(text string, list []string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

// read is the message and moment of a vector, at 03:04:05 UTC on 2 January 2026 where it has no time. The target
// is the text of the address behind the host, byte for byte: net/url would write some escapes in another way.
func read(v *Vector) (*signers.Message, *signers.Moment, error) {
	_, rest, found := strings.Cut(v.Request.URL, "://")
	// A query may follow the host directly.
	i := strings.IndexAny(rest, "/?")
	if !found || i < 0 {
		return nil, nil, errors.New("request.url must be an address with a path")
	}
	// The whole body is there, as of a gateway that has read it.
	m := &signers.Message{Method: v.Request.Method, Host: rest[:i], Target: rest[i:], Header: make(http.Header), Body: []byte(v.Request.Body)}
	// A body with bytes that are no UTF-8 cannot be a text of JSON.
	if v.Request.BodyB64 != "" {
		body, err := base64.StdEncoding.DecodeString(v.Request.BodyB64)
		if err != nil {
			return nil, nil, errors.New("request.body_b64 must be base64")
		}
		m.Body = body
	}
	m.Length = int64(len(m.Body))
	for _, name := range names(v.Request.Headers) {
		values, err := texts(v.Request.Headers[name])
		if err != nil {
			return nil, nil, err
		}
		for _, value := range values {
			// Add writes the name in canonical case, as a server does.
			m.Header.Add(name, value)
		}
	}
	// Date is empty in most vectors: judge then asks the signer for it, as a gateway does.
	at := &signers.Moment{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Date: v.Date, Nonce: v.Nonce, Token: v.Token}
	if v.Time != "" {
		t, err := time.Parse(time.RFC3339, v.Time)
		if err != nil {
			return nil, nil, errors.New("time must be of RFC 3339")
		}
		at.Time = t
	}
	return m, at, nil
}

// names are the keys of an object in alphabetical order: of several differences the same one is reported each
// time.
func names(object map[string]json.RawMessage) []string {
	list := make([]string, 0, len(object))
	for name := range object {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// texts reads a text, or a list of strings. Null is an empty text, as JSON decodes it.
func texts(raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return nil, errors.New("a header must be a string or a list of strings")
	}
	return list, nil
}

// checkVectors refuses vectors that show nothing, and two of one name. Whether they come out is for SelfTest.
func checkVectors(vectors []Vector) error {
	seen := make(map[string]bool)
	for i := range vectors {
		v := &vectors[i]
		if !compares(v) {
			return fmt.Errorf("vectors: %.64q: expect compares nothing: it needs headers, query, target, canonical, string_to_sign or error", v.ID)
		}
		// An error of the self-test names the id alone.
		if v.ID != "" && seen[v.ID] {
			return fmt.Errorf("vectors: id: %.64q is there twice", v.ID)
		}
		seen[v.ID] = true
	}
	return nil
}
