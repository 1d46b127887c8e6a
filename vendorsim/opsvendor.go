package vendorsim

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// defaultPresetWindow is taken where a preset has no window: what most vendors with a date allow.
const defaultPresetWindow = 15 * time.Minute

// presetVendor judges requests by the operations of a preset file: it finds the moment and the nonce that the request claims,
// runs the operations again, and compares every header and the target in constant time.
//
//	claim   -> the moments and nonces that arrived                (opsclaim.go, opsmoment.go)
//	compare -> with each of them: are headers and target those?   (opseval.go)
//	accept  -> is the moment within the window, the nonce new?
type presetVendor struct {
	file    *PresetFile
	options map[string]string
	window  time.Duration
	nonces  *nonces
}

// owns are the headers that the program sets or removes.
func (v *presetVendor) owns() []string { return v.file.ownedHeaders() }

// refuse is the answer to a header that arrived twice or in a look-alike spelling.
func (v *presetVendor) refuse(reason string) *Answer { return v.refusal("unclear", reason) }

// judge answers by verdict, in the words of the preset's refusals.
func (v *presetVendor) judge(r *Request, now time.Time) *Answer {
	if means, reason := v.verdict(r, now); reason != "" {
		return v.refusal(means, reason)
	}
	return newAnswer(http.StatusOK, "", map[string]any{"simulated": echo(v.file.Name, "operations", r)})
}

// verdict says what is wrong with a request, and what the vendor takes that for. Without a reason nothing is. It
// reads the moment and the nonce from the request, computes what a client should have sent with them, compares, and
// only then looks at the clock and at nonces that were used: anybody can write a date, but only the owner of the key
// can sign it.
func (v *presetVendor) verdict(r *Request, now time.Time) (means, reason string) {
	// A final fault needs no signature to be computed.
	claimed, fault := v.claim(r, now)
	if fault.final {
		return fault.means, fault.reason
	}
	// A program with a nonce shows the same one wherever it sends it; two different ones are two requests.
	nonce := ""
	if v.uses("nonce") {
		slices.Sort(claimed.nonces)
		if distinct := slices.Compact(claimed.nonces); len(distinct) != 1 {
			return cmp.Or(fault.means, "signature"), cmp.Or(fault.reason, "there must be one nonce in what arrived")
		}
		nonce = claimed.nonces[0]
	}
	// Without a date in the program any moment gives the same signature.
	moments := []time.Time{now}
	if v.uses("now") {
		if len(claimed.moments) == 0 && claimed.unreadable {
			return "clock", "the date is not in the form that the vendor reads"
		}
		moments = claimed.candidates(now, v.window)
	}
	reason = "the date is outside the window"
	for _, at := range moments {
		if reason = v.compare(r, at, nonce, claimed.proofs, ""); reason == "" {
			return v.accept(at, nonce, now)
		}
		// Whether the client's target ended with a bare question mark cannot be seen behind an added parameter.
		if v.compare(r, at, nonce, claimed.proofs, "?") == "" {
			return v.accept(at, nonce, now)
		}
	}
	switch {
	case fault.reason != "":
		return fault.means, fault.reason
	case !v.uses("now") && !v.uses("nonce") && !v.hashes():
		return "key", reason
	}
	return "signature", reason
}

// accept checks what only a right signature makes worth checking.
func (v *presetVendor) accept(at time.Time, nonce string, now time.Time) (means, reason string) {
	if v.uses("now") && !within(at, now, v.window) {
		return "clock", fmt.Sprintf("the date is more than %s off", v.window)
	}
	if v.uses("nonce") && !v.nonces.use(nonce, now, now.Add(2*v.window)) {
		return "signature", "the nonce was used before"
	}
	return "", ""
}

// fault is what is wrong with a request before its signature is computed. One that is not final is only suspected: blanks at
// the ends of a header's value are lost on the way. It is then the answer if no signature fits.
type fault struct {
	means, reason string
	final         bool
}

// claim reads the moment and the nonce, and tells what is missing or does not fit.
func (v *presetVendor) claim(r *Request, now time.Time, held ...string) (c claim, f fault) {
	// Made-up values: what depends on them is read, and not compared.
	u := newRun(v.file, v.options, r, now, "nonce")
	reader := newReader(u, held)
	for _, o := range v.file.operations {
		switch {
		case o.verb == "let":
			reader.lets[o.name] = o.template
		case o.verb == "delheader" && hasHeader(r.Header, o.name):
			f = fault{"unclear", "the header " + o.name + " should have been taken away", true}
		}
	}
	_, query, _ := splitTarget(r.Target)
	parameters := formPairs(query)
	_, _ = u.all(func(o operation) { // it has no errors when it is observed
		arrived, present := only(parameters, o.name)
		switch o.verb {
		case "header":
			arrived, present = strings.Trim(header(r.Header, o.name), " \t"), hasHeader(r.Header, o.name)
		case "text":
			arrived, present = r.texts[o.name], true
		}
		switch {
		case f.final:
		case !present && !o.optional:
			f = fault{"unclear", "the " + o.String() + " is missing", true}
		case !reader.observe(o, arrived, present) && f.reason == "":
			f = fault{"key", "the " + o.String() + " has not the form of this credential", false}
		}
	})
	return reader.claim, f
}

// compare runs the operations again. Every header is compared, so that the time taken does not tell which one fits. mark is
// added to the client's target; "?" for one that may have ended with it.
func (v *presetVendor) compare(r *Request, at time.Time, nonce string, proofs []string, mark string) (reason string) {
	u := newRun(v.file, v.options, r, at, nonce)
	if mark != "" {
		if strings.Contains(u.target, mark) || !strings.Contains(r.Target, mark) {
			return "the target is not what the vendor computes"
		}
		u.target += mark
	}
	u.proofs = proofs
	s, err := u.all(nil)
	if err != nil {
		return "no gateway signs this request: " + err.Error()
	}
	set := map[string]bool{}
	for _, h := range s.Header {
		set[strings.ToLower(h[0])] = true
		if !same(header(r.Header, h[0]), strings.Trim(h[1], " \t")) && reason == "" {
			reason = "the header " + h[0] + " is not what the vendor computes"
		}
	}
	for _, o := range v.file.operations {
		if o.verb == "header" && !set[strings.ToLower(o.name)] && hasHeader(r.Header, o.name) && reason == "" {
			reason = "the header " + o.name + " arrived and should not be set"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.texts)) {
		if !sameText(r.texts[name], s.texts[name]) && reason == "" {
			reason = "the " + name + " is not what the vendor computes"
		}
	}
	if !same(r.Target, s.Target) && reason == "" {
		reason = "the target is not what the vendor computes"
	}
	return reason
}

// uses reports whether a program asks for a value, such as now or nonce.
func (v *presetVendor) uses(name string) bool {
	return v.anyExpression(func(e *expression) bool { return !e.value.quoted && e.value.name == name })
}

// hashes reports whether a program computes anything that a secret goes into and does not come out of. Without, a wrong
// request has a wrong key, and no wrong signature.
func (v *presetVendor) hashes() bool {
	return v.anyExpression(func(e *expression) bool {
		return slices.ContainsFunc(e.filters, func(f call) bool { return f.name != "reveal" && filterTable[f.name].ends })
	})
}

// anyExpression reports whether a test holds for one of the program's expressions.
func (v *presetVendor) anyExpression(test func(*expression) bool) bool {
	for _, o := range v.file.operations {
		for _, p := range o.template {
			if p.expr != nil && test(p.expr) {
				return true
			}
		}
	}
	return false
}

// refusal answers as the file says that the vendor answers. The body holds what `contains` says; a client that reads it takes
// the first refusal of the file that fits. Without a refusal of this meaning it is that for unclear, and without one a bare
// 401.
func (v *presetVendor) refusal(means, reason string) *Answer {
	for _, m := range []string{means, "unclear"} {
		for _, f := range v.file.file.Refusals {
			if f.Means != m {
				continue
			}
			text := f.Contains
			if text == "" {
				text = "refused"
			}
			a := newAnswer(f.Status, reason, map[string]any{"error": text})
			if !bytes.Contains(a.Body, []byte(f.Contains)) { // it has quotes of its own
				a.Body = []byte(f.Contains)
				a.Header.Set("Content-Type", "text/plain; charset=utf-8")
			}
			return a
		}
	}
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{"error": "refused"})
}
