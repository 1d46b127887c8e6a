package cli

import (
	_ "embed" // formerguards.json
	"encoding/json"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// givesFile finds whoever uses a credentials_file.
func givesFile(x *config.Reading) (config.Entry, bool) {
	e, ok := x.Given["credentials_file"]
	return e, ok
}

// lacks finds a block that says nothing of what a change is about: a new default that may matter to its
// clients.
func lacks(options ...string) func(*config.Reading) (config.Entry, bool) {
	return func(x *config.Reading) (config.Entry, bool) {
		return x.Entry, !slices.ContainsFunc(options, func(name string) bool { _, ok := x.Given[name]; return ok })
	}
}

// sendsSecretPlain finds insecure_upstream of a scheme that sends its secret as it is.
func sendsSecretPlain(x *config.Reading) (config.Entry, bool) {
	if !x.Policy().InsecureUpstream {
		return config.Entry{}, false
	}
	signer := x.Signer()
	return x.Given["insecure_upstream"], signer != nil && signer.Traits().SendsSecret
}

// filesSentPlain finds an id or another option that is no secret, whose file a label author could have
// anybody see.
func filesSentPlain(x *config.Reading) (config.Entry, bool) {
	return first(x, func(name string, secret bool, text string) bool {
		return x.Policy().InsecureUpstream && !secret && name != "credentials_file" && strings.HasPrefix(strings.TrimPrefix(text, "{"), "file")
	})
}

// first finds the first option that is given as a reference and fits, those in blocks included. Only
// references are looked at.
func first(x *config.Reading, fits func(name string, secret bool, text string) bool) (config.Entry, bool) {
	for _, e := range x.Leaves() {
		s, ok := e.Option, e.Option.Name != ""
		for _, word := range append(slices.Clone(e.Value.Words()), e.Value) {
			if text := word.Text; ok && text != "" && config.References.Is(text) && fits(s.Name, s.Hides(text), text) {
				return e.Entry, true
			}
		}
	}
	return config.Entry{}, false
}

// privateAddress finds a URL that leads to an address inside the network: loopback, private ranges and
// the like, see credentials.LeadsInside.
func privateAddress(x *config.Reading) (config.Entry, bool) {
	return firstAddress(x, func(_, text string) bool { return credentials.LeadsInside(text) })
}

// firstAddress finds the first option that is given, holds a URL, and fits.
func firstAddress(x *config.Reading, fits func(name, text string) bool) (config.Entry, bool) {
	for _, s := range x.All {
		if e, ok := x.Given[s.Name]; ok && s.Address && fits(s.Name, e.Value.Text) {
			return e, true
		}
	}
	return config.Entry{}, false
}

// refersToOperator finds a reference to one of the operator's own variables, which a label could have sent as a
// secret.
func refersToOperator(x *config.Reading) (config.Entry, bool) {
	return first(x, func(_ string, _ bool, text string) bool {
		name := strings.Trim(text, "{}")
		return slices.ContainsFunc([]string{"SECRETS_DIR", "TOKEN_DIR", "ALLOWED_HOSTS", "INSECURE_UPSTREAM", "BINDINGS"}, func(end string) bool {
			return name == "env:"+credentials.VarPrefix+end || name == "env."+credentials.VarPrefix+end
		})
	})
}

// addressBesideFile finds the address of a token service that a label says, and not the credentials file.
func addressBesideFile(x *config.Reading) (config.Entry, bool) {
	return firstAddress(x, func(name, _ string) bool { return name != "token_proxy" && x.Policy().CredentialsFile != "" })
}

// fileInPrevious finds a credentials_file in the block previous.
func fileInPrevious(x *config.Reading) (config.Entry, bool) {
	previous, given := x.Given["previous"]
	if !given {
		return previous, false
	}
	for _, e := range config.Inside(previous) {
		if s, ok := x.Find(e.Key); ok && s.Name == "credentials_file" {
			return e, true
		}
	}
	return config.Entry{}, false
}

// formerGuardsJSON is compiled in, and does not change: 0.1 is released.
//
//go:embed formerguards.json
var formerGuardsJSON []byte

// formerGuards are the vendors' credential endpoints that 0.1 knew, by vendor, in the form of
// Traits.Guards.
var formerGuards = func() (all map[string][]string) {
	if err := json.Unmarshal(formerGuardsJSON, &all); err != nil {
		panic(err) // of a file that is compiled in
	}
	return all
}()

// listsGuarded finds an allow with an entry that meets a guard that is new, and was not closed before.
// Whether such a request is needed only the operator knows.
func listsGuarded(x *config.Reading) (config.Entry, bool) {
	signer := x.Signer()
	if signer == nil || x.Policy().AllowCredentialEndpoints {
		return config.Entry{}, false
	}
	former, guards := pathsOf(formerGuards[x.Block.Vendor]), pathsOf(signer.Traits().Guards)
	guards = slices.DeleteFunc(guards, func(p listedPath) bool { return slices.Contains(former, p) })
	for _, listed := range pathsOf(x.Policy().Allow) {
		// An entry without asterisks that 0.1 closed as well was 403 before, and is no news.
		closed := !strings.Contains(listed.path, "*") && slices.ContainsFunc(former, listed.meets)
		if !closed && slices.ContainsFunc(guards, listed.meets) {
			return x.Given["allow"], true
		}
	}
	return config.Entry{}, false
}

// keepsForwarded finds forwarded keep.
func keepsForwarded(x *config.Reading) (config.Entry, bool) {
	return x.Given["forwarded"], x.Policy().Forwarded == "keep"
}

// longForms finds a max_body beyond what the budget for bodies can sign of a form: 33 MiB interpreted,
// 115 MiB compiled. Only signature version 2 signs forms.
func longForms(x *config.Reading) (config.Entry, bool) {
	most := int64(110) << 20
	if x.Dialect == config.InTraefik {
		most = 32 << 20
	}
	size, err := outbound.ParseSize(x.Policy().MaxBody)
	version, given := x.Given["signature_version"]
	return x.Given["max_body"], err == nil && size > most && given && version.Value.Text == "2"
}

// rateWithPrevious finds a rate together with a previous credential: probes of the gateway count
// against the rate.
func rateWithPrevious(x *config.Reading) (config.Entry, bool) {
	_, ok := x.Given["rate"]
	return x.Given["previous"], ok && x.Given["previous"].Value != nil
}

// ownsNoTransport finds signers whose gateway limits the head of a request: all but Caddy's transport.
func ownsNoTransport(x *config.Reading) (config.Entry, bool) {
	return x.Entry, x.Dialect != config.InTransport
}

// listsNoBody finds an allow with methods under which a vendor may take a body for the next request.
func listsNoBody(x *config.Reading) (config.Entry, bool) {
	return x.Given["allow"], slices.ContainsFunc(pathsOf(x.Policy().Allow), func(p listedPath) bool {
		return !slices.Contains([]string{"POST", "PUT", "PATCH"}, p.method)
	})
}
