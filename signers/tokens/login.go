//go:build go1.21

package tokens

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Login is a token that declared requests fetch: from one request with a password to a login of
// several steps, each of which uses what the ones before took. The documentation of the package has
// an example. Durations are texts such as 30m.
type Login struct {
	// Steps are sent in this order, at most four.
	Steps []Step `json:"steps"`
	// Lifetime is that of a session; empty: an answer says it, or it is not known. It can only
	// shorten what an answer says.
	Lifetime string `json:"lifetime"`
	// Idle is how long an unused session lives. The gateway does not know what else uses the
	// session, so it counts from the login, as a lifetime does.
	Idle string `json:"idle"`
	// Refused are the answers of the vendor that say that a session has expired: "status 401" or
	// "body TEXT". None: the status 401 does. A vendor that redirects to its login page needs
	// "status 302".
	Refused []string `json:"refused"`
	// Denied are the answers to the login that refuse the credential itself, in the same form; 401
	// and 403 always do. It is then asked again after minutes and not seconds, since accounts are
	// locked for wrong passwords.
	Denied []string `json:"denied"`
	// Replaces says that a new session ends the one before: no request goes out while one is
	// renewed.
	Replaces bool `json:"replaces"`
	// Logout ends a session that is no longer used, and takes nothing; nil: sessions end by
	// themselves. It is for vendors that limit the sessions of a user.
	Logout *Step `json:"logout"`
}

// Step is a request of a login, and what is taken out of its answer.
//
//	{"method": "POST", "url": "https://[[host]]/login", "operations": ["header Content-Type = application/json"],
//	 "body": "{\"user\":[[opt.user|json]],\"password\":[[opt.password|json|reveal]]}", "take": ["token = json:sid"]}
//
// URL and Body are templates, Operations set headers, and Take has lines for parseTake.
type Step struct {
	Method     string   `json:"method"`
	URL        string   `json:"url"`
	Operations []string `json:"operations"`
	Body       string   `json:"body"`
	Take       []string `json:"take"`
	// Moved says that an answer 3xx is a success, as that of a login form is, unless its Location
	// has this text; empty: a 3xx is a failure.
	Moved string `json:"moved"`
}

// maxSteps is how many requests a login may take. Those of presets have one, and each makes the
// first request of a client wait.
const maxSteps = 4

// check refuses a login that cannot yield a token. The errors name the step from 1. Addresses and
// templates are checked when they are compiled.
func (l *Login) check() error {
	if len(l.Steps) == 0 || len(l.Steps) > maxSteps {
		return errors.New("login: steps must be 1 to 4 requests")
	}
	takes := 0
	for i := range l.Steps {
		s := &l.Steps[i]
		if s.Method != "GET" && s.Method != "POST" && s.Method != "PUT" {
			return fmt.Errorf("login: step %d: method must be GET, POST or PUT", i+1)
		}
		for _, line := range s.Take {
			t, err := parseTake(line)
			if err != nil {
				return fmt.Errorf("login: step %d: %w", i+1, err)
			}
			if t.name == "token" {
				takes++
			}
		}
	}
	if takes == 0 {
		return errors.New("login: no step takes the token; write take such as token = json:access_token")
	}
	for name, text := range map[string]string{"lifetime": l.Lifetime, "idle": l.Idle} {
		if _, ok := Duration(text); !ok {
			return fmt.Errorf("login: %s must be a duration such as 30m, up to a year", name)
		}
	}
	if _, err := refusedBy(l.Denied); err != nil {
		return errors.New(`login: denied must be of "status NUMBER" and "body TEXT"`)
	}
	_, err := refusedBy(l.Refused)
	return err
}

// refusedBy returns a function that judges an answer of the vendor by lines such as "status 401"
// and "body TEXT"; nil without lines. A text counts in any letter case, and in the first kilobytes
// of a body only (signers.AnswerHead). A status below 300 is refused: it would take a success for
// the end of the session, and each request would log in again. The function may be called
// concurrently.
func refusedBy(lines []string) (func(a signers.Answer) bool, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	statuses := make(map[int]bool)
	var texts []string
	for _, line := range lines {
		what, rest, _ := strings.Cut(line, " ")
		switch status, err := strconv.Atoi(rest); {
		case what == "status" && err == nil && status >= 300 && status <= 599:
			statuses[status] = true
		case what == "body" && rest != "":
			texts = append(texts, strings.ToLower(rest))
		default:
			return nil, errors.New(`login: refused must be of "status NUMBER" and "body TEXT"`)
		}
	}
	return func(a signers.Answer) bool {
		if statuses[a.Status] {
			return true
		}
		for _, text := range texts {
			if signers.Says(a, text) {
				return true
			}
		}
		return false
	}, nil
}
