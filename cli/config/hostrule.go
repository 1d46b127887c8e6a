package config

import (
	"regexp"
	"strings"
)

// RuleTakesAnyHost reports whether a rule of Traefik's matches requests for any Host: one of its
// alternatives does not match on the host. The grammar is that of Traefik's "Rules and Priority":
// matchers with !, &&, || and parentheses. Invalid rules are left for Traefik to refuse.
//
//	Host(`a`)                      false
//	PathPrefix(`/x`) && Host(`a`)  false
//	Host(`a`) || PathPrefix(`/`)   true
//	HostRegexp(`.+`)               true
//	!Host(`a`)                     true
func RuleTakesAnyHost(rule string) bool {
	p := &ruleParser{tokens: ruleToken.FindAllString(rule, -1)}
	bound := p.any()
	return !bound && !p.broken && len(p.tokens) == 0
}

// ruleToken is a token of a rule: an operator, a text in quotes or backquotes, or a word.
var ruleToken = regexp.MustCompile("&&|\\|\\||[!(),]|`[^`]*`|\"(?:[^\"\\\\]|\\\\.)*\"|[A-Za-z]+|\\S")

// ruleParser reads a rule by recursive descent. Its methods report whether what they have read fixes
// the host.
type ruleParser struct {
	tokens []string
	broken bool
}

// take takes the next token if it is this one.
func (p *ruleParser) take(token string) bool {
	if len(p.tokens) == 0 || p.tokens[0] != token {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// any reads alternatives: all of them must fix the host.
func (p *ruleParser) any() bool {
	bound := p.all()
	for p.take("||") {
		bound = p.all() && bound
	}
	return bound
}

// all reads what must hold together: one that fixes the host is enough.
func (p *ruleParser) all() bool {
	bound := p.one()
	for p.take("&&") {
		bound = p.one() || bound
	}
	return bound
}

// one reads a matcher, a negation or a group. HostRegexp counts as fixing the host unless it matches two names that
// have nothing in common.
func (p *ruleParser) one() bool {
	if p.take("!") {
		p.one()
		return false
	}
	if p.take("(") {
		bound := p.any()
		p.broken = !p.take(")") || p.broken
		return bound
	}
	if len(p.tokens) < 2 || p.tokens[1] != "(" {
		p.broken, p.tokens = true, nil
		return false
	}
	matcher := strings.ToLower(p.tokens[0])
	p.tokens = p.tokens[2:]
	var arguments []string
	for len(p.tokens) > 0 && p.tokens[0] != ")" {
		if p.tokens[0] != "," {
			arguments = append(arguments, strings.Trim(p.tokens[0], "`\""))
		}
		p.tokens = p.tokens[1:]
	}
	p.broken = !p.take(")") || p.broken
	switch matcher {
	case "host", "hostheader":
		return true
	case "header":
		return len(arguments) > 0 && strings.EqualFold(arguments[0], "Host")
	case "hostregexp":
		for _, argument := range arguments {
			if e, err := regexp.Compile(argument); err == nil && e.MatchString("a.rebinding.example") && e.MatchString("evil.invalid") {
				return false
			}
		}
		return true
	}
	return false
}
