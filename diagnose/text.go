package diagnose

import (
	"maps"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// strayPercent is a percent sign that begins no escape. Signers refuse one where they decode; vendors
// and clients differ.
var strayPercent = regexp.MustCompile(`%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)`)

// escapeStray escapes such signs: "a=100%" becomes "a=100%25", and "%41" stays.
func escapeStray(query string) string {
	for strayPercent.MatchString(query) {
		query = strayPercent.ReplaceAllString(query, "%25$1")
	}
	return query
}

// text is what the vendor's own signer hashes for a message, as slots: without what separates them, and
// a query in a slot of its own. values are what was sent in place of the placeholders, by label.
// options are set in addition to those of the sample.
//
//	separate   path "/devices", query "?did=1", public_token "public", date "20260102T030405"
//	basic      date, method "POST", host, path, params "a=1", body sha512, and the sum of the family's headers
//
// So the formula of a vendor is in its signer alone; here only the labels of its parts count (fillers).
func (d *diagnosis) text(m signers.Message, options, values map[string]string) []*slot {
	all := maps.Clone(d.profile.Sample)
	maps.Copy(all, options)
	signer, err := standIn(d.Signer, all)
	if err != nil { // an option has a value that it does not take
		signer = d.signer
	}
	parts, err := canonical(signer, &m)
	if err != nil {
		path, query, asked := strings.Cut(m.Target, "?")
		if m.Target = path; asked {
			m.Target += "?" + escapeStray(query)
		}
		m.Body = []byte(escapeStray(string(m.Body)))
		if parts, err = canonical(signer, &m); err != nil { // too many parameters
			m.Target, m.Body = path, nil
			parts, _ = canonical(signer, &m)
		}
	}
	var slots []*slot
	question := ""
	// A scheme writes all separators before its parts, or all behind them. The other end of a part is its own: a body may
	// end with a line feed, and one that was signed without it is another body.
	leading := len(parts) > 0 && strings.HasPrefix(parts[len(parts)-1].Text, d.profile.Separator)
	for i, p := range parts {
		text := p.Text
		switch {
		case !leading:
			text = strings.TrimSuffix(text, d.profile.Separator)
		case i > 0 && question == "":
			text = strings.TrimPrefix(text, d.profile.Separator)
		}
		if sent, ok := values[p.Label]; ok {
			text = sent
		}
		if p.Label == "target" {
			path, _, _ := strings.Cut(text, "?")
			tail := newSlot("query", text[len(path):])
			tail.glued = true
			slots = append(slots, newSlot("path", path), tail)
			continue
		}
		rest, asked := strings.CutSuffix(text, "?") // before a body that is signed in place of the query
		if asked = asked && p.Label == "path"; asked {
			text = rest
		}
		s := newSlot(p.Label, question+text)
		s.glued, s.secret = question != "", p.Secret
		if question = ""; asked {
			question = "?"
		}
		slots = append(slots, s)
	}
	return slots
}

// hashed is the frame of slots joined and hashed as the configured scheme does.
func (d *diagnosis) hashed(slots []*slot, right mac) *frame {
	return &frame{slots: slots, layouts: []layout{{separator: d.profile.Separator}}, macs: []mac{right}}
}

// search looks for a signature of a frame, and then among all that clients get wrong with it. macs
// makes the right mac and the wrong ones, and is called when the right one did not lead to the
// signature.
func (d *diagnosis) search(f *frame, macs func() []mac) {
	d.frames = []*frame{f}
	d.later = func() {
		f.macs = macs()
		d.fill(f.slots)
		d.layOut(f)
	}
}

// fill adds to each slot the ways in which clients get it wrong. A label that has no filler is left
// with its right text.
func (d *diagnosis) fill(slots []*slot) {
	for _, s := range slots {
		if fill := fillers[s.label]; fill != nil {
			fill(d, s)
		} else if strings.HasSuffix(s.label, "headers sha512") {
			d.fillFamily(s)
		}
	}
}

// fillers are the mistakes with a part of the text, by its label. A part of a new vendor with a label
// of these gets them without any code.
var fillers = map[string]func(*diagnosis, *slot){}

func init() {
	fillers = map[string]func(*diagnosis, *slot){
		"path": (*diagnosis).fillPath, "query": (*diagnosis).fillQuery, "body": (*diagnosis).fillBody,
		"method": (*diagnosis).fillMethods, "host": (*diagnosis).fillHost, "nonce": func(d *diagnosis, s *slot) { s.change(d.changes("nonce")) },
		"date": (*diagnosis).fillDates, "timestamp": (*diagnosis).fillTimestamps, "public_token": (*diagnosis).fillID,
		"body sha512": (*diagnosis).fillBodySum, "api_key": (*diagnosis).fillSecret,
	}
}
