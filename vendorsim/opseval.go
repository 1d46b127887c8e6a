package vendorsim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// Evaluate runs a preset's operations on a request, at a moment and with a nonce. Headers and parameters that the program
// owns are taken away first, so the request may be a client's, or one that was signed. An error that is [ErrMessage] is the
// request's fault, others are the options'. For example, with key_id AK1 and secret s3cr3t:
//
//	let date = [[now|iso]]
//	let text = [[method]]\n[[path]]\n[[date]]
//	header X-Date = [[date]]
//	header Authorization = ACME [[opt.key_id]]:[[text|hmac_sha256:opt.secret|hex]]
//
//	GET /v1/users?a=1 at 1700000000 -> X-Date: 2023-11-14T22:13:20Z
//	  Authorization: ACME AK1:abbab6b521c070fe2db28034699df9348f15159c99cd589b6471eee094cd4f2e
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

// run is one evaluation. It is made for each moment that is tried, and used once.
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

// newRun prepares an evaluation of a request, from which everything that the program owns is taken away first. So a
// request that was signed already gives the same as the client's own.
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

// ownedHeaders are the names that the program sets or removes, and the others that the file owns, as plainName spells them.
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

// ownedParameters are the names of parameters that the program sets or removes, in lower case.
func (p *PresetFile) ownedParameters() []string {
	var names []string
	for _, o := range p.operations {
		if o.verb == "query" || o.verb == "delquery" {
			names = append(names, strings.ToLower(o.name))
		}
	}
	return names
}

// all runs the program. before, if any, is called before a header or parameter is set; the moment and the nonce are made up
// then, so what cannot be computed is left empty. In a trial (bindProgram) there is no request, and only what is fixed can
// fail.
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
		// While a request is observed, the moment and the nonce are made up: faults that they cause mean nothing.
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

// hasControl reports whether a text has a character that would end or break a header line.
func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}
