package vendorsim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checker types a program, from the first operation to the last: a value can be used only below the let that made it, so no
// program can loop. It also follows secrets: what one went into must not leave before a hash, a MAC, a signature or reveal.
//
//	header X-A = [[opt.secret]]                         would show a secret; hash it, or write |reveal where it must be sent
//	header X-A = [[body]]                               raw bytes; add |hex or |base64
//	header X-A = [[opt.secret|sha256|hex|first:8]]      first leaves less than 16 bytes of a digest of a secret
//	let sig = [[text|hmac_sha256:opt.key_id|hex]]       the key is no secret
type checker struct {
	p       *PresetFile
	lets    map[string]typed
	headers map[string]typed // set so far, by plain name
	fetches bool             // it is a token request, in which nothing of a client's is known
}

// checkProgram checks the operations of a preset file, and that they set something. It ends at the first fault, which it
// names with the line and the operation.
func checkProgram(p *PresetFile) error {
	c := &checker{p: p, lets: map[string]typed{}, headers: map[string]typed{}}
	// Names are taken once: with two headers of one name it would be open which one is sent.
	used := map[string]bool{}
	sets := false
	for _, o := range p.operations {
		if err := c.operation(o, used); err != nil {
			return fmt.Errorf("operations line %d: %s: %w", o.line, o, err)
		}
		sets = sets || o.sets()
	}
	if !sets {
		return errors.New("operations: nothing is set")
	}
	return nil
}

// operation checks one operation. used has the names that are taken, each with its kind in front: a header, a parameter and a
// let may share one. What the operation sets is known to those below it (lets, headers).
func (c *checker) operation(o operation, used map[string]bool) error {
	name := o.name
	switch o.verb {
	case "let":
		if _, ok := c.lets[name]; ok || slices.Contains(reserved, name) {
			return errors.New("the name is taken")
		}
	// Removing and setting one header is a contradiction, so that they share their names.
	case "header", "delheader":
		name = "header " + plainName(name)
		if isForbidden(o.name) {
			return errors.New("this header is the gateway's")
		}
	case "text":
		name = "text " + name
	default:
		name = "query " + strings.ToLower(name)
	}
	if used[name] {
		return errors.New("the name is taken")
	}
	used[name] = true
	if strings.HasPrefix(o.verb, "del") {
		return nil
	}
	t, err := c.template(o.template)
	switch {
	case err != nil:
		return err
	case o.sets() && slices.ContainsFunc(o.template, func(p piece) bool { return hasControl(p.literal) }):
		return errors.New("a control character cannot be sent")
	case o.verb == "let":
		c.lets[o.name] = t
		return nil
	case t.kind == binary:
		return errors.New("raw bytes; add |hex or |base64")
	case t.kind != text:
		return fmt.Errorf("%s is no text", t.kind)
	case t.secret:
		return errors.New("would show a secret; hash it, or write |reveal where it must be sent")
	case o.verb == "header":
		c.headers[plainName(o.name)] = t
	}
	return nil
}

// template types a template. One expression alone keeps its kind; joined with others it becomes text, or bytes if one
// of them is bytes. A secret in one of the pieces makes all of it secret.
func (c *checker) template(t template) (typed, error) {
	var all typed
	for _, p := range t {
		// Literal text changes neither the kind nor what is secret.
		if p.expr == nil {
			continue
		}
		e, err := c.expression(p.expr)
		if err != nil {
			return all, err
		}
		// One expression alone: raw bytes and times are permitted in a let, which another operation encodes.
		if len(t) == 1 {
			return e, nil
		}
		if e.kind == moment || e.kind == list {
			return all, fmt.Errorf("%s is no text", e.kind)
		}
		all.kind = max(all.kind, e.kind)
		all.secret, all.keyed = all.secret || e.secret, all.keyed || e.keyed
		if e.digest > 0 {
			all.digest = 1 // where in the text it is, nobody knows
		}
	}
	return all, nil
}

// expression types a value and each filter on it in turn. A hash or a MAC ends the secret, but its result stays keyed: it may
// be used as a key.
//
//	opt.secret                 text, secret
//	|hmac_sha256:opt.secret    binary, no secret any more, keyed
//	|hex                       text, keyed: may be sent
func (c *checker) expression(e *expression) (typed, error) {
	t, err := c.value(e.value)
	if err != nil {
		return t, err
	}
	for _, f := range e.filters {
		spec := filterTable[f.name]
		// A hash of a time or a list would depend on how it is spelt, which the author has not said.
		if !slices.Contains(spec.takes, t.kind) {
			return t, fmt.Errorf("%s does not take %s", f.name, t.kind)
		}
		if spec.gives != sameKind {
			t.kind = spec.gives
		}
		argument, err := c.argument(spec, f)
		if err != nil {
			return t, fmt.Errorf("%s: %w", f.name, err)
		}
		// What a secret went into may be the key of a MAC, as in the chained MACs of AWS.
		t.keyed = t.keyed || t.secret || argument.keyed
		if err := t.cut(f); err != nil {
			return t, err
		}
		t.digest = digestBits(f.name, t.digest)
		if spec.ends {
			t.secret = false
		}
	}
	return t, nil
}

// value types what an expression begins with: a quoted text, an option, a header, a value of the request, the token, or a
// let. Names are looked up in this order, and reserved ones cannot be lets.
func (c *checker) value(v call) (typed, error) {
	if v.quoted {
		return typed{}, nil
	}
	// An option's secrecy is that of its declaration; its value is not known here.
	if name, ok := strings.CutPrefix(v.name, "opt."); ok {
		o, ok := c.p.option(name)
		if !ok {
			return typed{}, fmt.Errorf("unknown option %s", name)
		}
		t := typed{secret: o.Secret, keyed: o.Secret}
		if o.List {
			t.kind = list
		}
		return t, nil
	}
	if name, ok := strings.CutPrefix(v.name, "header."); ok {
		return c.headerValue(name)
	}
	// A token is fetched for all clients, and must not depend on one.
	if c.fetches && slices.Contains(ofClients, v.name) {
		return typed{}, fmt.Errorf("%s: there is no client's request", v.name)
	}
	switch v.name {
	case "method", "scheme", "host", "path", "query", "target", "nonce", "body_len":
		return typed{}, nil
	case "header_lines", "header_lines_trimmed", "header_names":
		return c.own(), checkSelector(v.args[0])
	case "body":
		return typed{kind: binary}, nil
	case "now":
		return typed{kind: moment}, nil
	case "header_list":
		name, ok := strings.CutPrefix(v.args[0], "opt.")
		if o, known := c.p.option(name); !ok || !known || !o.List {
			return typed{}, errors.New("header_list takes an option that is a list")
		}
		return c.own(), nil
	}
	// Whoever has the token needs no key: it is a secret like one.
	if v.name == "token" || strings.HasPrefix(v.name, "token.") {
		return typed{secret: true, keyed: true}, nil
	}
	if t, ok := c.lets[v.name]; ok {
		return t, nil
	}
	return typed{}, fmt.Errorf("unknown value %s", v.name)
}
