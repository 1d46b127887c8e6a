//go:build go1.21

package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Declaration is one way to a token, as a preset file has it.
type Declaration struct {
	// When is the option that must be set for this declaration to count; empty: it always does. So
	// a preset can take one kind of credential or another, whichever a configuration has.
	When string
	// At least one of these is there, and never both OAuth2 and Login. A JWT with one of them is
	// traded for a token.
	OAuth2 *OAuth2 // nil: none
	Login  *Login
	JWT    *JWT
}

// Parse reads the token of a preset file: a declaration, or a list of them. It is strict, and its
// errors name the key: an unknown key is an error, since a misspelt one would otherwise be ignored,
// and a preset is mostly written by hand.
func Parse(data []byte) ([]*Declaration, error) {
	var list []json.RawMessage
	// One declaration need not be in a list.
	if strings.HasPrefix(strings.TrimSpace(string(data)), "[") {
		d := decoder(data)
		if err := ended(d, d.Decode(&list)); err != nil {
			return nil, err
		}
	} else {
		list = append(list, json.RawMessage(data))
	}
	declarations := make([]*Declaration, 0, len(list))
	for i, entry := range list {
		d, err := parseOne(entry)
		if err != nil {
			return nil, err
		}
		// The first that counts is used, and one without a condition always counts.
		if d.When == "" && i < len(list)-1 {
			return nil, errors.New("an entry without when hides those behind it")
		}
		declarations = append(declarations, d)
	}
	if len(declarations) == 0 {
		return nil, errors.New("the list is empty")
	}
	return declarations, nil
}

// parseOne reads a declaration. Each kind is decoded by itself, so that an error names the key and an unknown key within it is one.
func parseOne(data []byte) (*Declaration, error) {
	var raw struct {
		When   string          `json:"when"`
		OAuth2 json.RawMessage `json:"oauth2"`
		Login  json.RawMessage `json:"login"`
		JWT    json.RawMessage `json:"jwt"`
	}
	all := decoder(data)
	if err := ended(all, all.Decode(&raw)); err != nil {
		return nil, err
	}
	d := &Declaration{When: raw.When}
	if len(raw.OAuth2) > 0 {
		o := &OAuth2{}
		own := decoder(raw.OAuth2)
		if err := ended(own, own.Decode(o)); err != nil {
			return nil, fmt.Errorf("oauth2: %w", err)
		}
		d.OAuth2 = o
	}
	if len(raw.Login) > 0 {
		l := &Login{}
		own := decoder(raw.Login)
		if err := ended(own, own.Decode(l)); err != nil {
			return nil, fmt.Errorf("login: %w", err)
		}
		d.Login = l
	}
	if len(raw.JWT) > 0 {
		j := &JWT{}
		own := decoder(raw.JWT)
		if err := ended(own, own.Decode(j)); err != nil {
			return nil, fmt.Errorf("jwt: %w", err)
		}
		d.JWT = j
	}
	// Both are ways to fetch a token, and there is one token. A JWT may come with either, as the
	// assertion.
	if d.OAuth2 != nil && d.Login != nil {
		return nil, errors.New("oauth2 and login cannot be used together")
	}
	if d.OAuth2 == nil && d.Login == nil && d.JWT == nil {
		return nil, errors.New("must have oauth2, login or jwt")
	}
	return d, nil
}

// decoder reads JSON, and refuses keys that a struct does not have. Who calls it decodes: yaegi cannot pass the standard
// library a pointer to a struct with methods that went through an interface.
func decoder(data []byte) *json.Decoder {
	// A misspelt key must not be ignored: scop would fetch a token without a scope.
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	return d
}

// ended is the error of decoding, or that something follows what was decoded.
func ended(d *json.Decoder, err error) error {
	if err != nil {
		return fmt.Errorf("not a declaration of a token: %w", err)
	}
	// Decode stops at the end of the first value, whatever follows.
	if _, err := d.Token(); err != io.EOF {
		return errors.New("not a declaration of a token: something follows it")
	}
	return nil
}

// maxLife bounds the lifetimes of declarations and token services. Longer ones are mistakes, such
// as milliseconds where seconds are wanted.
const maxLife = 366 * 24 * time.Hour

// Duration reads a duration such as 5m, or whole seconds, as configurations of other tools have
// them. Empty is 0. It is not ok if it is zero, negative or longer than a year.
//
//	"5m", "300"    five minutes
//	""             0, and ok
//	"9000h"        not ok
func Duration(text string) (d time.Duration, ok bool) {
	if text == "" {
		return 0, true
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		seconds, fault := strconv.ParseInt(text, 10, 32)
		if fault != nil {
			return 0, false
		}
		d = time.Duration(seconds) * time.Second
	}
	return d, d > 0 && d <= maxLife
}

// reference is an option in a template or as the key of a filter.
var reference = regexp.MustCompile(`\bopt\.([a-z0-9_]+)`)

// Reads are the options that a declaration reads where all are set. It is for one that Compile has found right.
func Reads(d *Declaration) map[string]bool {
	login, jwt := d.Login, d.JWT
	if d.OAuth2 != nil {
		written, own, _ := d.OAuth2.login(d.JWT)
		login = written
		jwt = own
	}
	var texts []string
	if jwt != nil {
		lines, _ := jwt.operations(func(string) bool { return true })
		texts = append(texts, lines...)
	}
	if login != nil {
		steps := append([]Step(nil), login.Steps...)
		if login.Logout != nil {
			steps = append(steps, *login.Logout)
		}
		for i := range steps {
			texts = append(append(texts, steps[i].Operations...), steps[i].URL, steps[i].Body)
		}
	}
	read := make(map[string]bool)
	for _, found := range reference.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		read[found[1]] = true
	}
	return read
}

// Pair are the options of the certificate that an assertion names and of its key; empty: it names none.
func Pair(d *Declaration) (certificate, key string) {
	if d.OAuth2 != nil && d.OAuth2.Certificate != "" {
		return d.OAuth2.Certificate, or(d.OAuth2.PrivateKey, "private_key")
	}
	if d.JWT != nil && d.JWT.Certificate != "" {
		return d.JWT.Certificate, or(d.JWT.Key, "private_key")
	}
	return "", ""
}
