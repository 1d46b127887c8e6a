package vendorsim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrMessage is the refusal of a request that cannot be signed: a value would hold a control character, or is not in the form
// that a filter reads. The gateway answers 400 and sends nothing.
var ErrMessage = errors.New("the request cannot be signed")

// Signed is what a program makes of a request: the headers and parameters in the order of the operations, the parameters
// decoded, and the target with the parameters behind what the client sent.
type Signed struct {
	Header, Query [][2]string
	Target        string

	texts map[string]string
}

// Evaluate runs a preset's operations on a request, at a moment and with a nonce. Headers and parameters that the program owns
// are taken away first, so the request may be a client's, or one that was signed. An error that is [ErrMessage] is the request's
// fault, others are the options'.
func (p *PresetFile) Evaluate(values map[string]string, r *Request, now time.Time, nonce string) (*Signed, error) {
	options, err := p.bindProgram(values)
	if err != nil {
		return nil, err
	}
	return newRun(p, options, r, now, nonce).all(nil)
}

// errFixed is the fault of a text that cannot be read, or a key that is empty, whatever the request.
var errFixed = errors.New("not what is needed there, and it does not depend on the request")

// bindProgram binds the options, and finds what is wrong with them and the operations before there is a request.
func (p *PresetFile) bindProgram(values map[string]string) (map[string]string, error) {
	options, err := p.bindOptions(values)
	if err != nil {
		return nil, err
	}
	u := newRun(p, options, &Request{}, time.Unix(0, 0), "")
	u.trial = true
	_, err = u.all(nil)
	return options, err
}

// Evaluate reads a preset file and runs its operations; see [PresetFile.Evaluate].
func Evaluate(preset []byte, values map[string]string, r *Request, now time.Time, nonce string) (*Signed, error) {
	p, err := ReadPreset(preset)
	if err != nil {
		return nil, err
	}
	return p.Evaluate(values, r, now, nonce)
}

// datum is a value: text and binary data in s, a time in at.
type datum struct {
	kind  kind
	s     string
	at    time.Time
	fixed bool // it depends on options and literals alone
}

// run is one evaluation.
type run struct {
	p       *PresetFile
	options map[string]string
	request *Request
	header  http.Header // what is left of the client's, and what was set, in lower case
	target  string
	body    string
	now     time.Time
	nonce   string
	lets    map[string]datum
	set     map[string]datum // the headers that were set, in lower case
	trial   bool             // there is no request yet: only what is fixed can be wrong
	spent   int              // the bytes of all values so far
	proofs  []string         // received signatures that are taken for those of randomised algorithms, if they fit
}

func newRun(p *PresetFile, options map[string]string, r *Request, now time.Time, nonce string) *run {
	u := &run{p: p, options: options, request: r, now: now.UTC(), nonce: nonce, lets: map[string]datum{}, set: map[string]datum{},
		header: http.Header{}}
	owned := p.ownedHeaders()
	for k, values := range r.Header {
		if !isOwned(plainName(k), owned) {
			u.header[strings.ToLower(k)] = append(u.header[strings.ToLower(k)], values...)
		}
	}
	u.target = withoutParameters(r.Target, p.ownedParameters())
	u.body = string(r.Body)
	if n := p.file.BodyFirst; n > 0 && len(u.body) > n {
		u.body = u.body[:n]
	}
	if m := p.file.BodyMethods; len(m) > 0 && !slices.Contains(m, r.Method) {
		u.body = ""
	}
	return u
}

// ownedHeaders are the names that the program sets or removes, and the others that the file owns.
func (p *PresetFile) ownedHeaders() []string {
	var names []string
	for _, o := range p.operations {
		if o.verb == "header" || o.verb == "delheader" {
			names = append(names, plainName(o.name))
		}
	}
	for _, name := range p.file.Owns {
		names = append(names, plainName(name))
	}
	return names
}

func (p *PresetFile) ownedParameters() []string {
	var names []string
	for _, o := range p.operations {
		if o.verb == "query" || o.verb == "delquery" {
			names = append(names, strings.ToLower(o.name))
		}
	}
	return names
}

// all runs the program. before, if any, is called before a header or parameter is set; the moment and the nonce are made up then,
// so what cannot be computed is left empty.
func (u *run) all(before func(o operation)) (*Signed, error) {
	s := &Signed{texts: map[string]string{}}
	for _, o := range u.p.operations {
		if strings.HasPrefix(o.verb, "del") {
			continue // taken away at the beginning
		}
		d, err := u.template(o.template)
		if errors.Is(err, ErrMessage) && u.trial {
			err = nil
		}
		if err != nil && before == nil {
			return nil, fmt.Errorf("operations line %d: %s: %w", o.line, o, err)
		}
		if o.verb == "let" {
			u.lets[o.name] = d
			continue
		}
		if before != nil {
			before(o)
		}
		if o.verb == "text" {
			s.texts[o.name] = d.s
			continue
		}
		if o.verb == "header" {
			u.set[strings.ToLower(o.name)] = d
		}
		if o.optional && d.s == "" {
			continue
		}
		if hasControl(d.s) && before == nil && !u.trial {
			return nil, fmt.Errorf("operations line %d: %s: a control character: %w", o.line, o, ErrMessage)
		}
		if o.verb == "header" {
			u.header[strings.ToLower(o.name)] = []string{d.s}
			s.Header = append(s.Header, [2]string{o.name, d.s})
			continue
		}
		u.target = withParameter(u.target, o.name, d.s)
		s.Query = append(s.Query, [2]string{o.name, d.s})
	}
	s.Target = u.target
	return s, nil
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

func (u *run) template(t template) (datum, error) {
	all := datum{fixed: true}
	for _, p := range t {
		d := datum{s: p.literal, fixed: true}
		if p.expr != nil {
			var err error
			if d, err = u.expression(p.expr); err != nil {
				return d, err
			}
		}
		if len(t) == 1 {
			return d, nil
		}
		all.kind, all.fixed = max(all.kind, d.kind), all.fixed && d.fixed
		if err := u.spend(d); err != nil {
			return all, err
		}
		if !u.trial || d.fixed {
			all.s += d.s
		}
	}
	return all, nil
}

// maxValues and eight times the body bound the values that a program makes: a let that joins the one above it with itself, and so
// on, would double them with each line, and so would hex|hex|hex.
const maxValues = 4 << 20

func (u *run) spend(d datum) error {
	if u.trial && !d.fixed {
		return nil
	}
	if u.spent += len(d.s); u.spent > maxValues+8*len(u.request.Body) {
		return fmt.Errorf("the values are too large: %w", u.blame(datum{fixed: u.trial}))
	}
	return nil
}

func (u *run) expression(e *expression) (datum, error) {
	d, first := datum{fixed: true}, 0
	// What a failing if throws away is not computed: a branch for another kind of key need not fit this one. Likewise if_method.
	for i, f := range e.filters {
		if f.name == "if" && u.options[strings.TrimPrefix(f.args[0], "opt.")] != f.args[1] {
			d.fixed, first = true, i+1
		}
		if f.name == "if_method" && !u.trial && !slices.Contains(methodList(f), u.request.Method) {
			d.fixed, first = false, i+1
		}
	}
	if first == 0 {
		d = u.value(e.value)
	}
	rest := e.filters[first:]
	byMethod := slices.ContainsFunc(rest, func(f call) bool { return f.name == "if_method" })
	for _, f := range rest {
		var err error
		d.fixed = d.fixed && !byMethod
		if d, err = u.filter(f, d); err != nil && u.trial && errors.Is(err, ErrMessage) {
			d, err = datum{}, nil
		}
		if err != nil {
			return d, fmt.Errorf("%s: %w", f.name, err)
		}
		if err = u.spend(d); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (u *run) value(v call) datum {
	if v.quoted {
		return datum{s: v.name, fixed: true}
	}
	if d, ok := u.lets[v.name]; ok {
		return d
	}
	if name, ok := strings.CutPrefix(v.name, "opt."); ok {
		return datum{s: u.options[name], fixed: true}
	}
	if name, ok := strings.CutPrefix(v.name, "header."); ok {
		if d, ok := u.set[strings.ToLower(name)]; ok {
			return d
		}
		return datum{s: u.field(name), fixed: isOwned(plainName(name), u.p.ownedHeaders())}
	}
	path, query, _ := splitTarget(u.target)
	switch v.name {
	case "method":
		return datum{s: u.request.Method}
	case "scheme":
		if u.request.Scheme == "" {
			return datum{s: "https"}
		}
		return datum{s: u.request.Scheme}
	case "host":
		return datum{s: u.request.Host}
	case "path":
		return datum{s: path}
	case "query":
		return datum{s: query}
	case "target":
		return datum{s: u.target}
	case "nonce":
		return datum{s: u.nonce}
	case "body_len":
		return datum{s: strconv.Itoa(len(u.request.Body))}
	case "body":
		return datum{kind: binary, s: u.body}
	case "now":
		return datum{kind: moment, at: u.now}
	case "header_lines":
		return datum{s: u.headerLines(v.args[0])}
	case "header_names":
		return datum{s: strings.Join(u.selected(v.args[0]), ";")}
	case "header_list":
		return datum{s: u.headerList(u.options[strings.TrimPrefix(v.args[0], "opt.")], v.args[1])}
	}
	return datum{s: u.options[v.name]} // token, token.NAME, jwt
}
