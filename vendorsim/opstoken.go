package vendorsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tokenWay is one way to a token, as a preset file declares it: by OAuth 2.0, by a login of several steps, or by a JWT, which is
// the token itself or traded for one.
type tokenWay struct {
	when   string // the option that must be set for the way to count; empty: it always does
	oauth2 *oauthWay
	login  *loginWay
	jwt    *jwtWay
}

// tokenWayFile is a way as a preset file has it.
type tokenWayFile struct {
	When   string     `json:"when"`
	OAuth2 *oauthFile `json:"oauth2"`
	Login  *loginFile `json:"login"`
	JWT    *jwtFile   `json:"jwt"`
}

// maxWays bounds a list of ways to a token.
const maxWays = 16

// readWays reads and checks the token of a preset file: a declaration, or a list of them.
func readWays(p *PresetFile) ([]*tokenWay, error) {
	data := bytes.TrimSpace(p.file.Token)
	if len(data) == 0 || string(data) == "null" {
		return nil, nil
	}
	// A single declaration is a list of one.
	list := []tokenWayFile{{}}
	var into any = &list[0]
	if data[0] == '[' {
		into = &list
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if _, err := d.Token(); err != io.EOF || len(list) == 0 || len(list) > maxWays {
		return nil, errors.New("token: it must be a declaration, or a list of up to 16")
	}
	var ways []*tokenWay
	for i, f := range list {
		// The first way that counts is taken, so that none after this one ever would be.
		if f.When == "" && i < len(list)-1 {
			return nil, errors.New("token: an entry without when hides those behind it")
		}
		w, err := readWay(p, &f)
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		ways = append(ways, w)
	}
	return ways, nil
}

// readWay reads one declaration: oauth2, login or jwt, or a jwt with one of the others that trades it.
func readWay(p *PresetFile, f *tokenWayFile) (*tokenWay, error) {
	w := &tokenWay{when: f.When}
	if f.When != "" {
		if _, ok := p.option(f.When); !ok {
			return nil, fmt.Errorf("when: unknown option %s", f.When)
		}
	}
	var err error
	if f.JWT != nil {
		if w.jwt, err = readJWTWay(p, f.JWT); err != nil {
			return nil, fmt.Errorf("jwt: %w", err)
		}
	}
	switch {
	case f.OAuth2 != nil && f.Login != nil:
		err = errors.New("oauth2 and login cannot be used together")
	case f.OAuth2 != nil:
		w.oauth2, err = readOAuthWay(p, f.OAuth2, f.JWT != nil)
	case f.Login != nil:
		w.login, err = readLoginWay(p, f.Login, f.JWT != nil)
	case f.JWT == nil:
		err = errors.New("it must have oauth2, login or jwt")
	}
	return w, err
}

// chosenWay is the first way that counts with these options. Without one the options are incomplete, and the error names what
// the last way needs.
func chosenWay(ways []*tokenWay, options map[string]string) (*tokenWay, error) {
	for _, w := range ways {
		if w.when == "" || options[w.when] != "" {
			return w, nil
		}
	}
	return nil, fmt.Errorf("%s is required", ways[len(ways)-1].when)
}

// take is a part of an answer that holds something of the token: token = json:data.access is {"token", "json",
// "data.access"}.
type take struct {
	name string // token, more.NAME, expires_in or expires_at
	from string // json, header, cookie or body
	path string
}

// takeForm is NAME = body, or NAME = FROM:PATH.
var takeForm = regexp.MustCompile(`^(token|expires_in|expires_at|more\.[a-z][a-z0-9_]*)\s*=\s*(?:(body)|(json|header|cookie):(\S*))$`)

// readTakes reads lines such as token = json:access_token, expires_in = json:expires_in, token = cookie:SESSION.
func readTakes(lines []string) (takes []take, err error) {
	for _, line := range lines {
		found := takeForm.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil {
			return nil, fmt.Errorf("take: %q is not of the form NAME = FROM:PATH", line)
		}
		takes = append(takes, take{name: found[1], from: found[2] + found[3], path: found[4]})
	}
	return takes, nil
}

// takesToken tells whether one of the takes is the token.
func takesToken(takes []take) bool {
	return slices.ContainsFunc(takes, func(t take) bool { return t.name == "token" })
}

// optionalDuration reads a duration that may be missing.
func optionalDuration(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := readDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s must be a duration, such as 30m", name)
	}
	return d, nil
}
