//go:build go1.21

package tokens

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Login is a token that declared requests fetch.
type Login struct {
	Steps    []Step   `json:"steps"`
	Lifetime string   `json:"lifetime"` // of a session, as 30m; empty: an answer says it, or it is not known
	Idle     string   `json:"idle"`     // a session that is idle for this long has expired
	Refused  []string `json:"refused"`  // answers of the vendor that say so: "status 401" or "body TEXT"; none: the status 401 does
	Denied   []string `json:"denied"`   // answers to the login that refuse the credential itself, in the same form; 401 and 403 always do
	Replaces bool     `json:"replaces"` // a new session ends the one before
	Logout   *Step    `json:"logout"`   // nil: sessions end by themselves
}

// Step is a request of a login, and what is taken out of its answer.
type Step struct {
	Method     string   `json:"method"`
	URL        string   `json:"url"`
	Operations []string `json:"operations"`
	Body       string   `json:"body"`
	Take       []string `json:"take"`
	// Moved says that an answer 3xx is a success, as that of a login form is, unless its Location has this text; empty: none is.
	Moved string `json:"moved"`
}

// maxSteps is how many requests a login may take.
const maxSteps = 4

// check refuses a login that cannot yield a token. The errors name the step from 1.
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

// refusedBy returns a function that judges an answer of the vendor by lines such as "status 401" and "body TEXT"; nil if
// there are none.
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
