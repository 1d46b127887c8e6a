package vendorsim

import (
	"cmp"
	"net/http"
	"time"
)

// tokenVendor is a vendor with a token that is fetched first, by the requests that a preset file declares. Its endpoints are
// told apart by method and path alone: those that are on other hosts, such as login.microsoftonline.com, are served here as
// well.
//
//	POST /token      -> the OAuth 2.0 endpoint: issue
//	POST /login ...  -> the steps of a login, and its logout: judge
//	anything else    -> the API: call, whose token must be one that was issued, or a JWT that verifies
type tokenVendor struct {
	api      *presetVendor
	ttl      time.Duration  // 0: as the preset declares
	oauth    *oauthEndpoint // nil: none
	login    *loginWay      // nil: none
	steps    []*loginEndpoint
	logout   *loginEndpoint // nil: none
	jwt      *boundJWT      // a JWT that is the token; nil: none
	sessions *sessions
}

// defaultTokenLife is how long a token lives where nobody says it.
const defaultTokenLife = time.Hour

// newTokenVendor binds the way to a token that counts with the credential's options, and makes its endpoints.
func newTokenVendor(api *presetVendor, ttl time.Duration) (*tokenVendor, error) {
	way, err := chosenWay(api.file.ways, api.options)
	if err != nil {
		return nil, err
	}
	v := &tokenVendor{api: api, ttl: ttl, login: way.login, sessions: &sessions{}}
	// Token requests know lists as words.
	options := fetchOptions(api.file, api.options)
	var jwt *boundJWT
	if way.jwt != nil {
		jwt = &boundJWT{way: way.jwt, options: options, used: newNonces(maxNonces)}
	}
	bind := func(s *loginStep, number int) (*loginEndpoint, error) {
		at, err := bindEndpoint(s.method, s.request, options, api.window)
		return &loginEndpoint{at: at, number: number, takes: s.takes, moved: s.moved, jwt: jwt}, err
	}
	switch {
	case way.oauth2 != nil:
		o := &oauthEndpoint{oauthWay: way.oauth2, options: options, jwt: jwt}
		if way.oauth2.assertion != nil {
			o.assertion = &boundJWT{way: way.oauth2.assertion, options: options, used: newNonces(maxNonces)}
		}
		o.at, err = bindEndpoint(http.MethodPost, way.oauth2.request, options, api.window)
		v.oauth = o
	case way.login != nil:
		for i, s := range way.login.steps {
			step, fault := bind(s, i)
			v.steps, err = append(v.steps, step), cmp.Or(err, fault)
		}
		if way.login.logout != nil && err == nil {
			v.logout, err = bind(way.login.logout, len(v.steps))
		}
	default:
		jwt.used = nil // it is the token, and sent again and again
		v.jwt = jwt
	}
	return v, err
}

// owns is that of the API; ownedBy tells the endpoints apart.
func (v *tokenVendor) owns() []string { return v.api.owns() }

// refuse is that of the API.
func (v *tokenVendor) refuse(reason string) *Answer { return v.api.refuse(reason) }

// ownedBy are the headers that carry a credential in a request: of the API, or of a token endpoint.
func (v *tokenVendor) ownedBy(r *Request) []string {
	var names []string
	// The address of an endpoint does not depend on the time.
	now := time.Unix(1, 0)
	if v.oauth != nil && v.oauth.at.is(r, now) {
		names = append(v.oauth.at.judge.owns(), "content-type")
		if v.oauth.file.ClientAuth == "client_secret_basic" {
			names = append(names, "authorization")
		}
		return names
	}
	for _, e := range v.endpoints() {
		if e.at.is(r, now) {
			names = append(names, e.at.judge.owns()...)
		}
	}
	if names == nil {
		names = v.api.owns()
	}
	return names
}

// endpoints are the steps of the login, then the logout.
func (v *tokenVendor) endpoints() []*loginEndpoint {
	if v.logout == nil {
		return v.steps
	}
	return append(v.steps[:len(v.steps):len(v.steps)], v.logout)
}

// judge answers as the token endpoint or a step of the login, if the request is one, else as the API.
func (v *tokenVendor) judge(r *Request, now time.Time) *Answer {
	if v.oauth != nil && v.oauth.at.is(r, now) {
		return v.issue(r, now)
	}
	var refused *Answer
	for _, e := range v.endpoints() { // several may have the same address
		if !e.at.is(r, now) {
			continue
		}
		own, reason := e.judge(r, v.sessions, now)
		switch {
		// A session that is over cannot be logged out, which session has found.
		case reason == "" && e == v.logout:
			v.sessions.end(own)
			return newAnswer(http.StatusOK, "", map[string]any{})
		case reason == "":
			life, idle := v.login.life(v.ttl)
			told := v.sessions.fulfil(own, e.takes, life, idle, v.login.replaces, now)
			a := handOut(e.takes, told, life, now)
			if e.moved != "" {
				a.Status = http.StatusFound
				a.Header.Set("Location", "/")
			}
			return a
		case refused == nil:
			refused = e.refuse(reason)
		}
	}
	if refused != nil {
		return refused
	}
	return v.call(r, now)
}

// issue answers a request of the token endpoint of OAuth 2.0.
func (v *tokenVendor) issue(r *Request, now time.Time) *Answer {
	if failure := v.oauth.judge(r, now); failure != nil {
		return failure.refuse(r)
	}
	life := cmp.Or(v.ttl, defaultTokenLife)
	a := handOut(v.oauth.takes, v.sessions.fulfil(nil, v.oauth.takes, life, 0, false, now), life, now)
	return a
}

// call judges a call of the API: its token must be one that was issued, or a JWT that verifies. The token is read
// from where the operations put it, and then the operations are run with it as with any other option.
func (v *tokenVendor) call(r *Request, now time.Time) *Answer {
	claimed, fault := v.api.claim(r, now, "token")
	texts := claimed.texts("token")
	if v.jwt != nil {
		if len(texts) != 1 {
			return v.over(cmp.Or(fault.reason, "there must be one token in what arrived"))
		}
		if reason := v.jwt.verify(texts[0], r, now); reason != "" {
			return v.over("the token: " + reason)
		}
		return v.api.with(map[string]string{"token": texts[0]}).judge(r, now)
	}
	// A login of several steps is only complete after the last; before that its token is good for the next step
	// alone.
	own, over := v.sessions.find(texts, max(len(v.steps), 1), now)
	switch {
	case len(texts) == 0 && v.api.usesPlainly("token"):
		return v.over(cmp.Or(fault.reason, "there is no token in what arrived"))
	case own == nil:
		return v.over("the token was not issued here")
	case over:
		return v.over("the token has expired, or its session has ended")
	}
	a := v.api.with(v.sessions.valuesOf(own)).judge(r, now)
	// Only a good request keeps an idle session alive.
	if a.Accepted {
		v.sessions.use(own, now)
	}
	return a
}

// over refuses a token, as the preset says that the vendor does: with a status, or with a text in the body.
func (v *tokenVendor) over(reason string) *Answer {
	status, says := http.StatusUnauthorized, ""
	if v.login != nil {
		status, says = v.login.status, v.login.says
	}
	a := v.api.refusal("unclear", reason)
	if a.Status != status || says != "" {
		a = newAnswer(status, reason, map[string]any{"error": cmp.Or(says, "refused")})
	}
	return a
}

// usesPlainly tells whether a token is sent as it is, and not only covered by a hash.
func (v *presetVendor) usesPlainly(name string) bool {
	return v.anyExpression(func(e *expression) bool {
		if e.value.quoted || e.value.name != name {
			return false
		}
		for _, f := range e.filters {
			if f.name == "reveal" {
				return true
			}
		}
		return false
	})
}
