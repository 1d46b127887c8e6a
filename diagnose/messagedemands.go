package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// demands are what the vendor asks of a signature, as far as the configuration says it. What a verifier
// of RFC 9421 requires is a matter of agreement (section 1.4), so that without a configuration only the
// usual can be expected.
type demands struct {
	// Components or headers that must be covered, and parameters that must be there.
	names, params []string
	// The configuration says the names. Otherwise a missing one is a suspicion, not a fact.
	sure bool
	// The same for the parameters.
	sureParams bool
}

// demandsOf are those of the configuration, or what is usual without it. Oracle's has the headers of
// the body where its signer says that the body is covered: not for uploads to Object Storage.
func demandsOf(d *diagnosis) demands {
	list := func(option string) []string {
		// One text with blanks is a list in one line, as in a Caddyfile.
		if all := d.Values[option]; len(all) > 1 || len(all) == 1 && (!strings.Contains(all[0], " ") || strings.Contains(all[0], ";")) {
			return all
		}
		return strings.FieldsFunc(d.Options[option], func(r rune) bool { return r == ',' || r == ' ' })
	}
	var all demands
	switch d.Signer {
	case "oci":
		all = demands{names: []string{"date", "(request-target)", "host"}, params: []string{"keyId", "algorithm"}, sure: true, sureParams: true}
		if streams := d.signer.Traits().Streams; streams != nil && !streams(&d.Request, 0) { // else the body is not signed
			all.names = append(all.names, "content-length", "content-type", "x-content-sha256")
		}
	case "cavage":
		all = demands{names: list("headers"), params: []string{"keyId"}, sureParams: true}
		if all.sure = len(all.names) > 0; !all.sure {
			all.names = []string{"(request-target)", "host", "date"}
			if d.option("algorithm", "rsa-sha256") == "hs2019" {
				all.names[2] = "(created)"
			}
			if len(d.Request.Body) > 0 && d.option("digest", "auto") != "off" {
				all.names = append(all.names, "digest")
			}
		}
	case "web_bot_auth":
		all = demands{names: []string{"@authority"}, params: []string{"created", "expires", "keyid", "tag"}, sure: true, sureParams: true}
		if d.Options["signature_agent"] != "" {
			all.names = append(all.names, "signature-agent")
		}
	default:
		all = demands{names: list("components"), params: list("parameters")}
		if all.sure = len(all.names) > 0; !all.sure {
			all.names = []string{"@method", "@authority", "@path"}
			if strings.Contains(d.Request.Target, "?") {
				all.names = append(all.names, "@query")
			}
			if len(d.Request.Body) > 0 {
				all.names = append(all.names, "content-digest")
			}
		}
		if all.sureParams = len(all.params) > 0; !all.sureParams {
			all.params = []string{"created", "keyid"}
		}
	}
	all.names = slices.DeleteFunc(slices.Clone(all.names), func(n string) bool { return n == "none" })
	all.params = slices.DeleteFunc(slices.Clone(all.params), func(n string) bool { return n == "none" })
	return all
}

// compareDemands says what the vendor asks for and the signature does not have. What is only usual
// becomes a suspicion, which counts if nothing else explains a refusal.
func (s *signedMessage) compareDemands() {
	d := s.d
	if d.answer.kind == accepted {
		return
	}
	var missing []string
	for _, name := range s.demands.names {
		bare, _, _ := strings.Cut(strings.ToLower(name), ";")
		bare = strings.Trim(bare, `"`)
		if s.covers(bare) || s.mayLack(bare) {
			continue
		}
		missing = append(missing, bare)
	}
	if len(missing) > 0 {
		says := "the signature does not cover " + listed(missing) + ", and the vendor asks for it"
		switch {
		case s.demands.sure:
			d.fact("header_not_signed", says)
		case d.suspicion == "":
			d.suspicion, d.doubt = "header_not_signed", "the signature does not cover "+listed(missing)+", which vendors usually ask for"
		}
	}
	for _, name := range s.demands.params {
		if _, ok := s.param(name); ok {
			continue
		}
		if s.demands.sureParams {
			d.fact("signature_parameter", "the signature has no parameter "+name+", and the vendor asks for it")
		} else if d.suspicion == "" {
			d.suspicion, d.doubt = "signature_parameter", "the signature has no parameter "+name+", which vendors usually ask for"
		}
	}
	want := d.Options["tag"]
	if d.Signer == "web_bot_auth" {
		want = "web-bot-auth"
	}
	if tag, ok := s.param("tag"); ok && want != "" && tag != want {
		d.fact("signature_parameter", "the parameter tag is "+plain(tag)+", and the vendor expects "+want)
	}
	s.compareAgent()
}

// mayLack reports whether something need not be covered: another component has it, such as @target-uri
// for @path, or the request does not have it.
func (s *signedMessage) mayLack(name string) bool {
	h := s.d.Request.Header
	switch name {
	case "@authority", "host":
		return s.covers("@target-uri") || s.covers("@authority") || s.covers("host")
	case "@path", "@query":
		return s.covers("@target-uri") || s.covers("@request-target")
	case "date":
		return s.covers("x-date") || s.covers("(created)")
	case "digest", "content-digest":
		return len(s.d.Request.Body) == 0 && h.Get(name) == ""
	}
	skip := s.d.option("skip_absent", "auto") == "true"
	return skip && !strings.HasPrefix(name, "@") && h.Get(name) == ""
}

// agentForm is an address in quotes, alone or as members of a dictionary:
//
//	"https://bot.example"          the first drafts of Web Bot Auth
//	sig1="https://bot.example"     the later ones
var agentForm = regexp.MustCompile(`^(?:[a-z*][a-z0-9_.*-]*\s*=\s*)?"[^"]*"(?:\s*[,;].*)?$`)

// compareAgent looks at the form of Signature-Agent, in which the drafts of Web Bot Auth differ.
func (s *signedMessage) compareAgent() {
	d := s.d
	agent := d.Request.Header.Get("Signature-Agent")
	if d.Signer != "web_bot_auth" || agent == "" {
		return
	}
	isText := strings.HasPrefix(strings.TrimSpace(agent), `"`)
	form := "header_signed_otherwise"
	if !agentForm.MatchString(strings.TrimSpace(agent)) {
		d.fact(form, "the address in Signature-Agent is not in quotes, as in sig1=\"https://bot.example\"")
		return
	}
	if want := d.Options["signature_agent"]; want != "" && !strings.Contains(agent, `"`+want+`"`) && !slices.Contains(d.facts, "wrong_id") {
		d.fact("wrong_id", "Signature-Agent names another site than the configured one")
	}
	if !isText && slices.Contains(s.names, "signature-agent") {
		d.suspicion, d.doubt = form, "Signature-Agent is a dictionary, of which the drafts cover one member: \"signature-agent\";key=\"sig1\""
	}
	switch wantsText := d.option("signature_agent_form", "dictionary") == "string"; {
	case isText && !wantsText:
		d.fact(form, "Signature-Agent is a text, as in the first drafts, and the vendor expects a dictionary, as in sig1=\"https://bot.example\"")
	case !isText && wantsText:
		d.fact(form, "Signature-Agent is a dictionary, and the vendor expects a text in quotes, as in the first drafts")
	}
}
