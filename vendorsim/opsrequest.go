package vendorsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// textPart is a part of a token request that operations make as a whole: its address or its body. A program has it as an
// operation of the kind text.
type textPart struct{ name, template string }

// readRequest reads the operations and texts of a token request as a program of its own. It has the options of the preset; a list
// is its values with blanks between, as a scope is.
func readRequest(p *PresetFile, operations []string, texts []textPart, jwt bool) (*PresetFile, error) {
	own := &PresetFile{Name: p.Name, window: p.window}
	own.file.Nonce = p.file.Nonce
	// Token requests may have a nonce even if requests have none.
	if own.file.Nonce == "" {
		own.file.Nonce = "uuid"
	}
	for _, o := range p.file.Options {
		// A scope is words with blanks between, and a list of options is that in a token request.
		o.List = false
		own.file.Options = append(own.file.Options, o)
	}
	var err error
	if own.operations, err = parseOperations(operations); err != nil {
		return nil, err
	}
	for _, o := range own.operations {
		// The address has the query, and is declared as a whole.
		if o.verb != "let" && o.verb != "header" {
			return nil, fmt.Errorf("operations line %d: a token request takes let and header", o.line)
		}
	}
	for _, part := range texts {
		t, err := parseTemplate(strings.Trim(part.template, blanks))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		own.operations = append(own.operations, operation{verb: "text", name: part.name, template: t})
	}
	c := &checker{p: own, lets: map[string]typed{}, headers: map[string]typed{}, fetches: true}
	if jwt {
		c.lets["jwt"] = typed{}
	}
	used := map[string]bool{}
	for _, o := range own.operations {
		if err := c.operation(o, used); err != nil {
			return nil, fmt.Errorf("%s: %w", o, err)
		}
	}
	return own, nil
}

// fetchOptions are the options as token requests know them: lists with blanks between their values, as a scope is written.
func fetchOptions(p *PresetFile, options map[string]string) map[string]string {
	own := maps.Clone(options)
	for _, o := range p.file.Options {
		if o.List {
			parts := strings.Split(own[o.Name], ",")
			for i := range parts {
				parts[i] = strings.Trim(parts[i], blanks)
			}
			own[o.Name] = strings.Trim(strings.Join(parts, " "), " ")
		}
	}
	return own
}

// endpoint is a token request that is bound to options.
type endpoint struct {
	method string
	judge  *presetVendor
}

// bindEndpoint binds a request to options. Its address is compared without scheme and host: the simulator stands for
// all hosts. An address that is one option as a whole is known before any request, and so cut here.
func bindEndpoint(method string, program *PresetFile, options map[string]string, window time.Duration) (*endpoint, error) {
	own := *program
	own.operations = slices.Clone(program.operations)
	trial := newRun(&own, options, &Request{}, time.Unix(0, 0), "")
	trial.trial = true
	if _, err := trial.all(nil); err != nil {
		return nil, err
	}
	for i, o := range own.operations {
		if o.verb == "text" && o.name == "address" {
			if len(o.template) == 1 && o.template[0].expr != nil { // an option that is an address
				d, err := trial.template(o.template)
				if err != nil {
					return nil, err
				}
				o.template = template{{literal: d.s}}
			}
			own.operations[i].template = withoutHost(o.template)
		}
	}
	v := &presetVendor{file: &own, options: options, window: window, nonces: newNonces(maxNonces)}
	return &endpoint{method: method, judge: v}, nil
}

// withoutHost is the path and query of an address.
func withoutHost(address template) template {
	for i, p := range address {
		text := p.literal
		// The scheme is literal, or the whole address is an option.
		if i == 0 {
			_, text, _ = strings.Cut(text, "://")
		}
		if at := strings.IndexAny(text, "/?"); p.expr == nil && at >= 0 {
			return slices.Concat(template{{literal: text[at:]}}, address[i+1:])
		}
	}
	return template{{literal: "/"}}
}

// request is r as the endpoint judges it.
func (e *endpoint) request(r *Request) *Request {
	own := *r
	own.texts = map[string]string{"address": r.Target, "body": string(r.Body)}
	return &own
}

// is tells whether a request is one for this endpoint: its method and address are. An address may hold values of earlier
// answers, such as a session's id; those parts match anything here, and are compared when the request is judged. The host
// does not count: see bindEndpoint.
func (e *endpoint) is(r *Request, now time.Time) bool {
	if r.Method != e.method {
		return false
	}
	fits := true
	u := newRun(e.judge.file, e.judge.options, r, now, "nonce")
	reader := newReader(u, []string{"token", "jwt"})
	for _, o := range e.judge.file.operations {
		if o.verb == "let" {
			reader.lets[o.name] = o.template
		}
	}
	_, _ = u.all(func(o operation) { // it has no errors when it is observed
		if o.verb != "text" || o.name != "address" {
			return
		}
		// Parts that an earlier answer gave out match anything.
		if reader.templateDepends(o.template) {
			fits = reader.readTemplate(o.template, r.Target, 0)
			return
		}
		d, err := u.template(o.template)
		fits = err == nil && d.s == r.Target
	})
	return fits
}

// with is the vendor as it judges with more values, such as a session's token.
func (v *presetVendor) with(values map[string]string) *presetVendor {
	// The copy shares the nonces, so that one that was used stays used.
	own := *v
	own.options = maps.Clone(v.options)
	maps.Copy(own.options, values)
	return &own
}

// texts are those that arrived in the place of a value. Those in the place of what came with a token tell the token as well.
func (c *claim) texts(name string) []string {
	var all []string
	for key, texts := range c.held {
		if key == name || name == "token" && strings.HasPrefix(key, "token.") {
			all = append(all, texts...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sameText tells whether two texts say the same: equal bytes, or JSON of equal content. The order of JSON's keys is
// the client's choice.
func sameText(arrived, want string) bool {
	if same(arrived, want) {
		return true
	}
	one, ok := canonicalJSON(arrived)
	other, too := canonicalJSON(want)
	return ok && too && same(one, other)
}

// canonicalJSON spells an object with its names sorted; ok is false for what is no object. Numbers stay as they are written.
func canonicalJSON(text string) (string, bool) {
	if !strings.HasPrefix(strings.TrimLeft(text, blanks), "{") || !json.Valid([]byte(text)) {
		return "", false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var document any
	if d.Decode(&document) != nil {
		return "", false
	}
	var b bytes.Buffer
	err := json.NewEncoder(&b).Encode(document) // it sorts names
	return b.String(), err == nil
}
