package diagnose

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// A signature version is a form of the text of one scheme. Versions 2, 4 and 5 are the signer's own; 1 and 3 are former
// ones that clients still write: 1 is 2 without the date, 3 has a JSON body in the place of the parameters.

// version returns the configured version and hash. Only version 2 has a choice of hashes.
func (d *diagnosis) version() (version, digest string) {
	version = d.option("signature_version", "5")
	if version != "2" {
		return version, d.profile.Digest
	}
	return version, d.option("digest", d.profile.Digest)
}

// signsForm reports whether a version signs the form in the body of this request, and no query.
func (d *diagnosis) signsForm(version string) bool { return version < "4" && hasForm(d.Request.Method) }

// versionMessage is the request as a version covers it. What a version does not cover is left out,
// since the signer would refuse or sign it: the body of version 2 unless it is a form, the query of a
// form.
func (d *diagnosis) versionMessage(version string) signers.Message {
	m := d.Request
	m.Host, m.Header = d.signedHost(), make(http.Header)
	for _, h := range d.familySent() {
		m.Header.Set(h.name, h.value)
	}
	switch {
	case version >= "4":
		return m
	case !d.signsForm(version):
		m.Body = nil
		return m
	}
	m.Target, _, _ = strings.Cut(m.Target, "?")
	m.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(m.Body) > manyWays {
		m.Body = nil
	}
	return m
}

// signedHost is the host that is signed: the vendor's own, whatever was addressed.
func (d *diagnosis) signedHost() string {
	if len(d.Hosts) == 1 && !strings.HasPrefix(d.Hosts[0], "*.") {
		return d.Hosts[0]
	}
	return d.Request.Host
}

// versionFrames are the signature versions, the configured one first. Versions that have a line in
// common share its slot, so that mistakes with it are generated once.
func (d *diagnosis) versionFrames() {
	version, digest := d.version()
	shared := make(map[string]*slot) // between versions
	line := func(v, digest string) *frame {
		signed := v
		if v < "4" {
			signed = "2"
		}
		slots := d.text(d.versionMessage(v), map[string]string{"signature_version": signed}, map[string]string{"date": d.stamp.text})
		if v == "1" && len(slots) > 0 {
			slots = slots[1:]
		}
		for i, s := range slots {
			label := s.label
			if label == "params" && d.signsForm(v) {
				if label = "form"; v == "3" {
					label = "json"
					s = newSlot(s.label, string(d.Request.Body))
				}
			}
			if shared[label] == nil {
				shared[label] = s
			}
			slots[i] = shared[label]
		}
		return d.hashed(slots, mac{sum: digestNamed(digest).hmac(d.trueSecret())})
	}
	first := line(version, digest)
	d.frames = []*frame{first}
	d.later = func() {
		first.macs = d.keyed(digest)
		for _, name := range []string{d.profile.OtherDate, d.profile.DateHeader} {
			if v := strings.TrimSpace(d.Request.Header.Get(name)); v != "" {
				shared["date"].wrong("date_overridden", frequent, v)
			}
		}
		keys := d.alterations()
		for _, v := range []string{"5", "4", "2", "1", "3"} {
			if _, isJSON := parseJSON(d.Request.Body); v == "3" && !isJSON {
				continue
			}
			for _, h := range []string{"sha512", "sha1", "sha256"} {
				if v == version && h == digest {
					continue
				}
				f := line(v, h)
				f.weight = 1
				for _, k := range keys {
					if k.tier <= usual {
						f.macs = append(f.macs, mistaken(k.cause, k.tier, "", digestNamed(h).hmac(k.secret)))
					}
				}
				if v != version {
					f.causes = []string{"wrong_signature_version"}
					f.note = "the signature is one of version " + v + " with " + h + ", and version " + version + " with " + digest + " is configured"
				}
				if h != digest && (v == version || version == "2" || h == "sha256") {
					f.causes = append(f.causes, "wrong_digest")
				}
				d.frames = append(d.frames, f)
			}
		}
		// Of two that give the same text, such as version 4 without its hash and version 2 with a line end, the one with fewer mistakes.
		slices.SortStableFunc(d.frames[1:], func(a, b *frame) int { return len(a.causes) - len(b.causes) })
		for _, v := range []struct{ label, version string }{{"params", "5"}, {"form", "2"}, {"json", "3"}} {
			if s := shared[v.label]; s != nil {
				d.fillParams(s, v.version)
			}
		}
		d.fill(slices.Collect(maps.Values(shared)))
		for _, f := range d.frames {
			d.layOut(f)
		}
	}
}

// fillParams adds the ways in which clients get the parameters of a version wrong: which, in what
// encoding and order, and from where. The right form is RFC 3986 (section 2.3), sorted by encoded key
// and value.
func (d *diagnosis) fillParams(s *slot, version string) {
	_, query, _ := strings.Cut(d.Request.Target, "?")
	fromBody := d.signsForm(version)
	source := query
	if fromBody {
		source = string(d.Request.Body)
	}
	var params []param
	if len(source) <= manyWays {
		params = splitParams(source)
	}
	if len(params) > 64 {
		s.wrong("query_sent_not_signed", frequent, "")
		s.wrong("params_unsorted", frequent, joinRaw(params))
		return
	}
	changed, unsent := "query_encoding", "query_signed_not_sent"
	if fromBody {
		if changed, unsent = "form_params_changed", "form_params_changed"; len(params) == 0 {
			unsent = "body_signed_not_sent"
		}
	}
	sets := subsets(params)
	for i := 1; i < len(sets) && fromBody; i++ {
		if sets[i].cause = changed; len(sets[i].params) == 0 {
			sets[i].cause = "body_not_signed"
		}
	}
	for _, other := range paddedParams(params) {
		cause := changed
		ends := func(params []param) string { return strings.Trim(joinPairs(params, param.plain), "\ufeff\r\n") }
		if fromBody && ends(other) == ends(params) {
			cause = "body_line_end"
		}
		sets = append(sets, paramSet{other, cause, usual})
	}
	sets = append(sets, d.misplacedSets(params, fromBody)...)
	for _, u := range d.unsent(query) {
		more := splitParams(u.text)
		sets = append(sets, paramSet{append(slices.Clone(params), more...), unsent, u.tier})
		if len(params) > 0 && u.tier < alone {
			sets = append(sets, paramSet{more, unsent, u.tier})
		}
	}
	d.last = append(d.last, func() {
		for _, g := range d.guesses() {
			s.wrong(unsent, g.tier, joinItems(byEncoded(itemsOf(append(slices.Clone(params), splitParams(g.text)...), rfc3986.pair))))
		}
	})
	for _, left := range leftOvers(params) {
		sets = append(sets, paramSet{left, "signature_reused", alone})
	}
	sp := space{sets: sets, encodings: encodings(params, rfc3986.pair), orders: orders(byEncoded, "params_unsorted", "params_sorted_wrongly",
		len(params))}
	sp.fill(s)
	s.wrong("variable_unexpanded", alone, variableQueries(params)...)
	s.wrong("list_as_text", usual, listTexts(params, rfc3986.escape)...)
	if len(params) > 0 {
		s.wrong("query_encoding", usual, "?"+s.right(), query, "?"+query)
	}
	if hasForm(d.Request.Method) && len(d.Request.Body) > 0 && len(d.Request.Body) <= manyWays {
		s.wrong("params_misplaced", usual, string(d.Request.Body))
	}
}
