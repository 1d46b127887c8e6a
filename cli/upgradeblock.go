package cli

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
)

// gives finds an option.
func gives(name string) func(*blockReading) (entry, bool) {
	return func(x *blockReading) (entry, bool) {
		e, ok := x.given[name]
		return e, ok
	}
}

// lacks finds a block that says nothing of what a change is about.
func lacks(options ...string) func(*blockReading) (entry, bool) {
	return func(x *blockReading) (entry, bool) {
		return x.entry, !slices.ContainsFunc(options, func(name string) bool { _, ok := x.given[name]; return ok })
	}
}

func sendsSecretPlain(x *blockReading) (entry, bool) {
	if x.dialect != inTraefik || !x.policy.InsecureUpstream {
		return entry{}, false
	}
	signer := x.signer()
	return x.given["insecure_upstream"], signer != nil && signer.SendsSecret()
}

// filesSentPlain finds an id or another option that is no secret, whose file a label author could have anybody see.
func filesSentPlain(x *blockReading) (entry, bool) {
	if x.dialect != inTraefik || !x.policy.InsecureUpstream {
		return entry{}, false
	}
	return first(x, func(name string, secret bool, text string) bool {
		return !secret && name != "credentials_file" && strings.HasPrefix(strings.TrimPrefix(text, "{"), "file")
	})
}

// first finds the first option that is given and fits.
func first(x *blockReading, fits func(name string, secret bool, text string) bool) (entry, bool) {
	for _, e := range x.leaves() {
		s, ok := x.find(e.key)
		for _, word := range append(slices.Clone(e.value.words()), e.value) {
			if text := word.text; ok && text != "" && (outbound.References{Short: true}).Is(text) && fits(s.Name, s.Secret, text) {
				return e, true
			}
		}
	}
	return entry{}, false
}

func privateAddress(x *blockReading) (entry, bool) {
	for _, s := range x.settings {
		if e, ok := x.given[s.Name]; ok && x.dialect == inTraefik && s.URL && outbound.LeadsInside(e.value.text) {
			return e, true
		}
	}
	return entry{}, false
}

func refersToOperator(x *blockReading) (entry, bool) {
	if x.dialect != inTraefik {
		return entry{}, false
	}
	return first(x, func(_ string, _ bool, text string) bool {
		name := strings.Trim(text, "{}")
		return slices.ContainsFunc([]string{"SECRETS_DIR", "TOKEN_DIR", "ALLOWED_HOSTS", "INSECURE_UPSTREAM", "BINDINGS"}, func(end string) bool {
			return name == "env:"+variablePrefix+end || name == "env."+variablePrefix+end
		})
	})
}

// addressBesideFile finds the address of a token service that a label says, and not the credentials file.
func addressBesideFile(x *blockReading) (entry, bool) {
	for _, s := range x.settings {
		e, ok := x.given[s.Name]
		if ok && x.dialect == inTraefik && s.URL && s.Name != "token_proxy" && x.policy.CredentialsFile != "" {
			return e, true
		}
	}
	return entry{}, false
}

func fileInPrevious(x *blockReading) (entry, bool) {
	previous, given := x.given["previous"]
	if !given {
		return entry{}, false
	}
	for _, e := range inside(previous) {
		if s, ok := x.find(e.key); ok && s.Name == "credentials_file" {
			return e, true
		}
	}
	return entry{}, false
}

// formerGuards are the vendors' credential endpoints that 0.1 knew.
var formerGuards = map[string][]string{
	"carbonblack":   {"* /csp/gateway/am/api/auth/**"},
	"cortex":        {"* /**/api_keys /**/api_keys/** /apikeys /apikeys/** /**/apikeys /**/apikeys/**"},
	"duo":           {"* /admin/*/integrations/*/skey", "GET|HEAD /admin/v1/integrations /admin/v1/integrations/*", "POST|PUT|PATCH /admin/*/integrations/*"},
	"threatconnect": {"* /appauth /**/appauth"},
}

// listsGuarded finds an allow with an entry that meets a guard that is new, and was not closed before.
func listsGuarded(x *blockReading) (entry, bool) {
	signer := x.signer()
	if signer == nil || x.policy.AllowCredentialEndpoints {
		return entry{}, false
	}
	former, guards := pathsOf(formerGuards[x.block.vendor]), pathsOf(signer.Guards())
	guards = slices.DeleteFunc(guards, func(p listedPath) bool { return slices.Contains(former, p) })
	for _, listed := range pathsOf(x.policy.Allow) {
		closed := !strings.Contains(listed.path, "*") && slices.ContainsFunc(former, listed.meets)
		if !closed && slices.ContainsFunc(guards, listed.meets) {
			return x.given["allow"], true
		}
	}
	return entry{}, false
}

func keepsForwarded(x *blockReading) (entry, bool) {
	return x.given["forwarded"], x.policy.Forwarded == "keep"
}

// longForms finds a max_body beyond what the budget for bodies can sign of a form: 33 MiB interpreted, 115 MiB compiled.
func longForms(x *blockReading) (entry, bool) {
	most := int64(110) << 20
	if x.dialect == inTraefik {
		most = 32 << 20
	}
	size, err := outbound.ParseSize(x.policy.MaxBody)
	return x.given["max_body"], err == nil && size > most && x.given["signature_version"].text() == "2"
}

// text is the value of an option that may not be given.
func (e entry) text() string {
	if e.value == nil {
		return ""
	}
	return e.value.text
}

func rateWithPrevious(x *blockReading) (entry, bool) {
	_, ok := x.given["rate"]
	return x.given["previous"], ok && x.given["previous"].value != nil
}

func ownsNoTransport(x *blockReading) (entry, bool) { return x.entry, x.dialect != inTransport }

// listsNoBody finds an allow with methods under which a vendor may take a body for the next request.
func listsNoBody(x *blockReading) (entry, bool) {
	return x.given["allow"], x.dialect == inTraefik && slices.ContainsFunc(pathsOf(x.policy.Allow), func(p listedPath) bool {
		return !slices.Contains([]string{"POST", "PUT", "PATCH"}, p.method)
	})
}
