package diagnose

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/tokens"
)

// A login is declared as templates: they tell which requests are logins, and where in them the user and
// the password are. templateParts are the values in such a template.
var templateParts = regexp.MustCompile(`\[\[.*?\]\]`)

// loginStep is the step of a login that the request is; nil: none. The path must be that of the step,
// with anything but a slash for each value in it.
func (b *bearer) loginStep() *tokens.Step {
	if b.way == nil || b.way.Login == nil {
		return nil
	}
	path, _, _ := strings.Cut(b.Request.Target, "?")
	for i := range b.way.Login.Steps {
		step := &b.way.Login.Steps[i]
		_, address, _ := strings.Cut(step.URL, "://")
		parts := strings.SplitN(address, "/", 2) // the host, and the path
		if len(parts) < 2 || step.Method != b.Request.Method {
			continue
		}
		own, _, _ := strings.Cut("/"+parts[1], "?")
		texts := templateParts.Split(own, -1)
		for j, text := range texts {
			texts[j] = regexp.QuoteMeta(text)
		}
		if matched, err := regexp.MatchString("^"+strings.Join(texts, "[^/]*")+"$", path); err == nil && matched {
			return step
		}
	}
	return nil
}

var (
	// A field of a JSON body with the option that it holds: "user":[[opt.username|json]].
	inJSON = regexp.MustCompile(`"(\w+)":\[\[opt\.(\w+)\|json(?:\|reveal)?\]\]`)
	// A field of a form: user=[[opt.username|form]].
	inForm = regexp.MustCompile(`(?:^|&)(\w+)=\[\[opt\.(\w+)\|form(?:\|reveal)?\]\]`)
	// User and password of Basic authentication: let pair = [[opt.username]]:[[opt.password]].
	inBasic = regexp.MustCompile(`^let \w+ = \[\[opt\.(\w+)\]\]:\[\[opt\.(\w+)\]\]$`)
)

// login compares the user and the password of a login with the configured ones.
func (b *bearer) login(step *tokens.Step) *mistake {
	p := pair{}
	for _, line := range step.Operations {
		if found := inBasic.FindStringSubmatch(line); found != nil && strings.Contains(strings.Join(step.Operations, "\n"), "= Basic ") {
			p.id, p.secret, _ = sentBasic(b.Request.Header.Get("Authorization"))
			p.idOption, p.secretOption = found[1], found[2]
		}
	}
	body := strings.TrimSpace(string(b.Request.Body))
	sent := jsonParameters(body)
	fields := inJSON.FindAllStringSubmatch(step.Body, -1)
	if form := inForm.FindAllStringSubmatch(step.Body, -1); len(form) > 0 {
		if strings.HasPrefix(body, "{") {
			return &mistake{"token_request", "the body is JSON, and this login takes a form", true}
		}
		values, m := formParameters(body)
		if m != nil {
			return m
		}
		sent, fields, p.form = values, form, true
	}
	if len(fields) > 0 && !p.form && body != "" {
		if !strings.HasPrefix(body, "{") {
			return &mistake{"token_request", "the body is not JSON, which this login takes", true}
		}
		if !json.Valid([]byte(body)) {
			return &mistake{"token_request", "the body is not valid JSON, as where a quote or backslash in a value is not escaped", true}
		}
	}
	for _, field := range fields {
		value, secret := sent.Get(field[1]), b.isSecret(field[2])
		switch {
		case secret && p.secretOption == "":
			p.secret, p.secretOption = value, field[2]
		case !secret && p.idOption == "":
			p.id, p.idOption = value, field[2]
		default: // such as the domain of a user, which is optional
			continue
		}
		if body != "" && !sent.Has(field[1]) {
			return &mistake{"token_request", "the login has no field " + field[1] + ", which holds the " + spoken(field[2]), true}
		}
	}
	for _, option := range b.secrets { // such as a key that is mixed with the time before it is sent
		written := slices.ContainsFunc(fields, func(field []string) bool { return field[2] == option })
		for _, values := range sent {
			if text := b.Options[option]; !written && text != "" && slices.Contains(values, text) {
				return &mistake{"wrong_construction",
					"the " + spoken(option) + " was sent as it is, and the login takes what is computed from it", true}
			}
		}
	}
	p.idName, p.secretName = spoken(p.idOption), spoken(p.secretOption)
	if m := b.compare(p); m != nil || p.form || len(fields) == 0 || body == "" {
		return m
	}
	return b.jsonType()
}

// jsonType is what is wrong with the Content-Type of a login in JSON that was refused: many servers read no JSON without it.
func (b *bearer) jsonType() *mistake {
	kind := strings.ToLower(b.Request.Header.Get("Content-Type"))
	if b.Response == nil || b.Sanitised || strings.Contains(kind, "json") {
		return nil
	}
	return &mistake{"token_request", "the body is JSON, and Content-Type does not say so (application/json)", false}
}

// refusedLogin is what the answer to a login says that no code explains.
func (b *bearer) refusedLogin() *mistake {
	if b.Response.Status == http.StatusUnauthorized {
		return &mistake{cause: "wrong_secret",
			detail: "the vendor refuses the login: its credential is not the right one, or the account is locked"}
	}
	return nil
}
