package vendorsim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// loginFile is a login of declared requests, as a preset file has it: for example a POST of name and password whose answer
// has a token, and a logout.
type loginFile struct {
	Steps    []stepFile `json:"steps"`
	Lifetime string     `json:"lifetime"`
	Idle     string     `json:"idle"`
	Refused  []string   `json:"refused"`
	Denied   []string   `json:"denied"` // what the gateway takes for a refusal of the credential; nothing to simulate
	Replaces bool       `json:"replaces"`
	Logout   *stepFile  `json:"logout"`
}

// stepFile is a request of a login, and what its answer holds of the token. Address and Body are templates, in which a later
// step may use what an earlier one has taken:
//
//	{"method": "POST", "url": "https://acme.example/login", "body": "{\"user\":[[opt.user|json]],\"password\":[[opt.password|json|reveal]]}",
//	 "take": ["token = json:session.id"]}
type stepFile struct {
	Method     string   `json:"method"`
	Address    string   `json:"url"`
	Operations []string `json:"operations"`
	Body       string   `json:"body"`
	Take       []string `json:"take"`
	Moved      string   `json:"moved"` // an answer 3xx is a success unless its Location has this text
}

// loginWay is such a login as its endpoints judge requests.
type loginWay struct {
	steps          []*loginStep
	logout         *loginStep // nil: none
	lifetime, idle time.Duration
	replaces       bool
	status         int    // that says that a session is over; 0: only a text does
	says           string // the text, if any
}

// loginStep is a step whose operations were read.
type loginStep struct {
	method  string
	request *PresetFile
	takes   []take
	moved   string
}

// readLoginWay checks the declaration of a login. jwt says that a step may hold the JWT of the declaration. One of the steps
// must take the token.
func readLoginWay(p *PresetFile, f *loginFile, jwt bool) (*loginWay, error) {
	w := &loginWay{replaces: f.Replaces, status: http.StatusUnauthorized}
	if len(f.Steps) == 0 || len(f.Steps) > 4 {
		return nil, errors.New("login: steps must be 1 to 4 requests")
	}
	// A login whose answers hold no token could never be used.
	token := false
	for i, own := range f.Steps {
		step, err := readStep(p, &own, jwt)
		if err != nil {
			return nil, fmt.Errorf("login: step %d: %w", i+1, err)
		}
		token = token || takesToken(step.takes)
		w.steps = append(w.steps, step)
	}
	if !token {
		return nil, errors.New("login: no step takes the token")
	}
	var err error
	if f.Logout != nil {
		if w.logout, err = readStep(p, f.Logout, false); err != nil {
			return nil, fmt.Errorf("login: logout: %w", err)
		}
	}
	if w.lifetime, err = optionalDuration("login: lifetime", f.Lifetime); err == nil {
		w.idle, err = optionalDuration("login: idle", f.Idle)
	}
	if err != nil {
		return nil, err
	}
	// What says that a session is over, which over answers with.
	for i, line := range slices.Backward(f.Refused) { // the first of each kind counts
		kind, rest, _ := strings.Cut(line, " ")
		status, fault := strconv.Atoi(rest)
		switch {
		case kind == "status" && fault == nil:
			w.status = status
		case kind == "body" && rest != "":
			w.says = rest
		default:
			return nil, fmt.Errorf("login: refused %d must be of \"status NUMBER\" or \"body TEXT\"", i+1)
		}
	}
	return w, nil
}

// readStep checks one request of a login.
func readStep(p *PresetFile, f *stepFile, jwt bool) (*loginStep, error) {
	takes, err := readTakes(f.Take)
	if err != nil {
		return nil, err
	}
	if f.Method == "" || f.Address == "" {
		return nil, errors.New("method and url are required")
	}
	request, err := readRequest(p, f.Operations, []textPart{{"address", f.Address}, {"body", f.Body}}, jwt)
	return &loginStep{method: f.Method, request: request, takes: takes, moved: f.Moved}, err
}

// loginEndpoint is a step that is bound to options, or the logout.
type loginEndpoint struct {
	at     *endpoint
	number int // of the steps before it
	takes  []take
	moved  string
	jwt    *boundJWT // that the step may hold; nil: none
}

// judge says what is wrong with a request of a step, and whose session it goes on with. The values that earlier
// answers gave out, and a JWT that the request brings, are options of the program by then.
func (e *loginEndpoint) judge(r *Request, all *sessions, now time.Time) (own *session, reason string) {
	// The session comes first: the request is judged with the values that it holds.
	own, values, reason := e.session(r, all, now)
	if reason != "" {
		return nil, reason
	}
	if e.jwt != nil && e.at.judge.uses("jwt") {
		claimed, _ := e.at.judge.claim(e.at.request(r), now, "token", "jwt")
		texts := claimed.texts("jwt")
		// Two different ones in one request would leave open which of them counts.
		if len(texts) != 1 {
			return nil, "there must be one JWT in what arrived"
		}
		if reason := e.jwt.verify(texts[0], r, now); reason != "" {
			return nil, "the JWT: " + reason
		}
		values["jwt"] = texts[0]
	}
	_, reason = e.at.judge.with(values).verdict(e.at.request(r), now)
	return own, reason
}

// refuse answers a wrong request of a step. A form for people redirects to a page that says so.
func (e *loginEndpoint) refuse(reason string) *Answer {
	a := newAnswer(http.StatusUnauthorized, reason, map[string]any{"error": "refused"})
	if e.moved != "" {
		a.Status = http.StatusFound
		a.Header.Set("Location", "/login?"+percentEncode(e.moved))
	}
	return a
}

// session finds the one that a later step goes on with, by a value that an earlier answer gave out and that this request
// shows. The first step begins a new one.
func (e *loginEndpoint) session(r *Request, all *sessions, now time.Time) (own *session, values map[string]string, reason string) {
	values = map[string]string{}
	if e.number == 0 {
		return nil, values, ""
	}
	// What does not fit the form is found when the request is judged.
	claimed, _ := e.at.judge.claim(e.at.request(r), now, "token", "jwt")
	own, over := all.find(claimed.texts("token"), e.number, now)
	switch {
	case own == nil:
		return nil, values, "no session is at this step"
	case over:
		return nil, values, "the session is over"
	}
	return own, maps.Clone(all.valuesOf(own)), ""
}

// life is how long a session lives at most, and how long without use. A given one (Config.TokenTTL) counts alone. Without a
// lifetime it is an hour, or the idle time if that is longer.
func (w *loginWay) life(given time.Duration) (life, idle time.Duration) {
	if given > 0 {
		return given, 0
	}
	return cmp.Or(w.lifetime, max(w.idle, time.Hour)), w.idle
}
