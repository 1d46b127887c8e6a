package vendorsim

import "strings"

// depends reports whether an expression is made with the moment, the nonce or a randomised signature.
func (r *reader) depends(e *expression) bool {
	if e.value.quoted {
		return r.filtersDepend(e)
	}
	return r.nameDepends(e.value.name) || r.filtersDepend(e)
}

// filtersDepend reports whether a filter's argument depends, or its result does: RSA-PSS and ECDSA give another
// signature each time.
func (r *reader) filtersDepend(e *expression) bool {
	for _, f := range e.filters {
		switch filterTable[f.name].key {
		case "secret", "key", "name":
			if r.nameDepends(f.args[0]) {
				return true
			}
		}
		if f.name == "rsa_pss_sha512" || f.name == "ecdsa_p256_sha256" {
			return true
		}
	}
	return false
}

// nameDepends reports whether a value depends. A header or the target does as soon as an operation above has put
// something into it that does.
func (r *reader) nameDepends(name string) bool {
	if r.holds(name) {
		return true
	}
	if header, ok := strings.CutPrefix(name, "header."); ok {
		return r.moved[strings.ToLower(header)]
	}
	switch name {
	case "now", "nonce":
		return true
	case "target", "query":
		return r.query
	case "header_lines", "header_lines_trimmed", "header_names", "header_list":
		return len(r.moved) > 0
	}
	return r.letIs(r.known, name, r.templateDepends)
}

// letIs tells what a test says of the template of a let, and remembers it: lets are used in lets, and to look at each use would
// take a time that doubles with each of them.
func (r *reader) letIs(known map[string]bool, name string, test func(template) bool) bool {
	is, ok := known[name]
	if !ok {
		is = test(r.lets[name])
		known[name] = is
	}
	return is
}

// templateDepends reports whether one of its expressions depends.
func (r *reader) templateDepends(t template) bool {
	for _, p := range t {
		if p.expr != nil && r.depends(p.expr) {
			return true
		}
	}
	return false
}

// hides reports whether an expression holds a secret or a proof: it is compared in constant time at the end, and not by a
// pattern.
func (r *reader) hides(e *expression) bool {
	if !e.value.quoted && (r.nameHides(e.value.name) || r.letIs(r.secret, e.value.name, r.templateHides)) {
		return true
	}
	for _, f := range e.filters {
		if filterTable[f.name].ends {
			return true
		}
	}
	return false
}

// nameHides reports whether a value is a secret option or the token.
func (r *reader) nameHides(name string) bool {
	if option, ok := strings.CutPrefix(name, "opt."); ok {
		o, _ := r.run.p.option(option)
		return o.Secret
	}
	return name == "token" || strings.HasPrefix(name, "token.")
}

// templateHides reports whether one of its expressions hides.
func (r *reader) templateHides(t template) bool {
	for _, p := range t {
		if p.expr != nil && r.hides(p.expr) {
			return true
		}
	}
	return false
}

// observe is called before the operation sets its header or parameter: what arrived in its place is read. It reports whether
// that fits the operation's template. The order matters: a later operation may read what this one sets.
func (r *reader) observe(o operation, arrived string, present bool) (fits bool) {
	fits = true
	if present && r.templateDepends(o.template) {
		fits = r.readTemplate(o.template, arrived, 0)
	}
	if r.templateDepends(o.template) {
		// Values that read this header or the target now depend on it; what was remembered of them may be wrong.
		clear(r.known)
		switch o.verb {
		case "header":
			r.moved[strings.ToLower(o.name)] = true
		case "query":
			r.query = true
		}
	}
	return fits
}
