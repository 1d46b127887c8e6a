package diagnose

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// variant is a program of the scheme, as it is or with changed operations. It writes each leaf into a header of its own, next to
// what it sends, so that they need not be found again in what it signs.
type variant struct {
	own     *programmed
	program *program.Program
	signers map[string]signers.Signer // by the values that they are bound to
	edit    func(string) string
	given   *variant // with orderedQuery in place of what puts the query in order
}

const leafHeader = "Vendorsign-Leaf-"

// variant compiles operations, which edit changes if it is not nil. It is nil if that changes nothing, or makes no program.
func (w *programmed) variant(edit func(string) string) *variant {
	lines := slices.Clone(w.operations)
	for i, l := range w.leaves {
		source := l.part.Source
		if l.kind == secretLeaf && !slices.Contains(l.part.Filters, "reveal") {
			source += "|reveal"
		}
		lines = append(lines, "header "+leafHeader+strconv.Itoa(i)+" = [["+source+"]]")
	}
	changed := edit == nil
	for i, line := range lines {
		if edit != nil {
			lines[i] = edit(line)
			changed = changed || lines[i] != line
		}
	}
	if !changed {
		return nil
	}
	compiled, err := program.Compile(lines, w.options, w.nonce, w.owns)
	if err != nil {
		return nil
	}
	return &variant{own: w, program: compiled, signers: make(map[string]signers.Signer), edit: edit}
}

// orderedQuery is an option of no preset, which holds a query as it is signed.
const orderedQuery = "vendorsign_query"

var ordering = regexp.MustCompile(`\[\[query\|(canon_query|sort_query|azure_query)\b`)

// withQuery is the variant that takes orderedQuery, if it is set.
func (v *variant) withQuery(a *attempt) *variant {
	if len(a.values[orderedQuery]) == 0 {
		return v
	}
	if v.given == nil {
		v.given = v.own.variant(func(line string) string {
			if v.edit != nil {
				line = v.edit(line)
			}
			if strings.HasPrefix(line, "header "+leafHeader) {
				return line
			}
			return ordering.ReplaceAllString(line, "[[opt."+orderedQuery)
		})
		if v.given == nil {
			v.given = v
		}
	}
	return v.given
}

// signer binds the program to values; nil if it does not take them.
func (v *variant) signer(values map[string][]string) signers.Signer {
	key := ""
	for _, o := range v.own.options {
		key += strings.Join(values[o.Name], "\x00") + "\x01"
	}
	s, known := v.signers[key]
	if !known {
		if bound, faults := program.Bind(v.program, values); len(faults) == 0 {
			s = program.NewSigner(bound, program.Scheme{})
		}
		v.signers[key] = s
	}
	return s
}

// attempt is a request as it was signed, or may have been.
type attempt struct {
	signer signers.Signer
	m      signers.Message
	at     signers.Moment
	values map[string][]string
}

// set gives an option another value.
func (a *attempt) set(name, text string) {
	if list := a.values[name]; len(list) == 1 && list[0] == text {
		return
	}
	a.values = maps.Clone(a.values)
	a.values[name] = []string{text}
}

// unset takes an option's value away.
func (a *attempt) unset(name string) {
	if len(a.values[name]) > 0 {
		a.values = maps.Clone(a.values)
		delete(a.values, name)
	}
}

// sign makes the leaves; nil if the request or the values cannot be signed.
func (w *programmed) sign(v *variant, a *attempt) []string {
	if !w.signs() && w.asItIs {
		leaves := make([]string, len(w.leaves))
		for i, l := range w.leaves {
			leaves[i] = strings.Join(a.values[l.option], "")
		}
		return leaves
	}
	if a.signer = v.withQuery(a).signer(a.values); a.signer == nil {
		return nil
	}
	if a.at.Date == "" {
		a.at.Date = a.signer.Date(a.at.Time)
	}
	m := a.m
	m.Header = a.m.Header.Clone()
	if a.signer.Sign(&m, &a.at) != nil {
		return nil
	}
	leaves := make([]string, len(w.leaves))
	for i := range w.leaves {
		leaves[i] = strings.Join(m.Header[http.CanonicalHeaderKey(leafHeader+strconv.Itoa(i))], "")
	}
	return leaves
}

// start is the request as it was sent, with the values of the configuration.
func (w *programmed) start(d *diagnosis) *attempt {
	a := &attempt{m: d.Request, values: w.values}
	a.m.Header = make(http.Header, len(d.Request.Header)+8)
	for name, list := range d.Request.Header {
		for _, value := range list {
			a.m.Header.Add(name, strings.TrimSpace(value))
		}
	}
	if a.m.Host == "" {
		a.m.Host = d.signedHost()
	}
	a.at.Time, a.at.Nonce = d.sentOrNow(), "00112233445566778899aabbccddeeff"
	for _, l := range w.leaves {
		if l.kind == nonceLeaf && l.sent {
			a.at.Nonce = l.given
		}
		if l.part.Value == "token" && l.sent {
			a.at.Token = l.given
		}
	}
	return a
}

// expected are the leaves for the request as it was sent, by their sources. Before the date was read, it is any.
func (w *programmed) expected(d *diagnosis) map[string]string {
	texts := make(map[string]string)
	for i, text := range w.sign(w.plain, w.start(d)) {
		texts[w.leaves[i].part.Source] = text
	}
	return texts
}

// search sets up the comparison with what was sent.
func (w *programmed) search(d *diagnosis) {
	var compared []int
	proof := -1
	for i, l := range w.leaves {
		if l.sent && (l.kind == proofLeaf || l.kind == secretLeaf || l.kind == sumLeaf) {
			if compared = append(compared, i); proof < 0 && l.kind != sumLeaf {
				proof = len(compared) - 1
			}
		}
	}
	if d.stuck || proof < 0 {
		return
	}
	first := w.leaves[compared[proof]]
	d.signature = first.given
	if first.kind == proofLeaf && d.secretSent(first.given) {
		return
	}
	for _, given := range append([]string{first.given}, first.also...) {
		d.wants = append(d.wants, withCause(first.wants(given), first.causes...)...)
	}
	if len(d.wants) == 0 {
		d.fact("signature_encoding")
		return
	}
	if d.secret == "" {
		w.blind(d, first)
		return
	}
	for i := range d.wants { // the others have to be the same
		all := make([]string, len(compared))
		for k, at := range compared {
			if all[k] = string(d.wants[i].raw); k != proof {
				l := w.leaves[at]
				all[k] = l.bytes(l.given)
				d.wants[i].causes = append(slices.Clone(d.wants[i].causes), l.causes...)
			}
		}
		d.wants[i].raw, d.wants[i].exact = []byte(strings.Join(all, "\x1f")), true
	}
	w.frame(d, compared)
}

// blind looks at the form of a proof that cannot be made without the secret.
func (w *programmed) blind(d *diagnosis, l *leaf) {
	if l.kind == proofLeaf {
		if form := l.encoders(); len(form) == 1 && (form[0] == "hex" || form[0] == "base64") {
			d.lengths(d.profile.Digest)
		}
		for _, c := range l.causes {
			d.fact(c)
		}
		return
	}
	for _, one := range w.leaves {
		if one.kind == secretLeaf && one.sent {
			for _, c := range one.causes {
				d.fact(c)
			}
			d.quotedOrNot(one.given)
			if name, _ := scheme(one.given); name != "" {
				d.fact("prefix_wrong")
			}
		}
	}
}

// frame makes the inputs of the scheme the slots of a search whose hash is the program.
func (w *programmed) frame(d *diagnosis, compared []int) {
	base := w.start(d)
	w.asItIs = !slices.ContainsFunc(w.leaves, func(l *leaf) bool {
		return l.kind == secretLeaf && slices.ContainsFunc(l.part.Filters, func(f string) bool { return f != "reveal" })
	})
	v := w.plain
	if named := w.namedHeaders(); named != nil {
		v = named
	}
	inputs := w.inputs(d, base)
	sum := func(v *variant, inputs []input) hasher {
		return func(texts []string) []byte {
			a := *base
			for i, in := range inputs {
				in.apply(&a, texts[i])
			}
			w.last = &a
			leaves := w.sign(v, &a)
			if leaves == nil {
				return nil
			}
			all := make([]string, len(compared))
			for k, at := range compared {
				all[k] = w.leaves[at].bytes(leaves[at])
			}
			return []byte(strings.Join(all, "\x1f"))
		}
	}
	inputs = covered(inputs, func(texts []string) string { return string(sum(v, inputs)(texts)) })
	f := &frame{layouts: []layout{{}}, macs: []mac{{sum: sum(v, inputs)}}}
	for _, in := range inputs {
		in.slot.glued = true
		f.slots = append(f.slots, in.slot)
	}
	d.frames = []*frame{f}
	d.later = func() {
		for _, in := range inputs {
			if in.fill != nil {
				in.fill(in.slot)
			}
		}
		if d.token {
			return
		}
		for _, e := range programEdits {
			if other := w.variant(e.apply); other != nil {
				f.macs = append(f.macs, mac{sum: sum(other, inputs), cause: []string{e.cause}, tier: e.tier, says: e.sentence()})
			}
		}
	}
	w.right = func() *attempt {
		a := *base
		for _, in := range inputs {
			in.apply(&a, in.slot.right())
		}
		w.sign(v, &a)
		return &a
	}
}

// covered are the inputs that change what is compared.
func covered(inputs []input, sum func(texts []string) string) []input {
	texts := make([]string, len(inputs))
	for i, in := range inputs {
		texts[i] = in.slot.right()
	}
	right := sum(texts)
	var all []input
	for i, in := range inputs {
		if in.probe == "" {
			all = append(all, in)
			continue
		}
		other := slices.Clone(texts)
		other[i] = in.probe
		if sum(other) != right {
			all = append(all, in)
		}
	}
	return all
}

var headerNames = regexp.MustCompile(`header_(lines|names):[^|\]]*`)

// namedHeaders is the program for the headers that the client lists as those that it signed: vendors take any list that has what
// they ask for. Nil: the list is the preset's.
func (w *programmed) namedHeaders() *variant {
	for _, l := range w.leaves {
		if !l.sent || l.given == "" || !strings.HasPrefix(l.part.Value, "header_names:") {
			continue
		}
		names := strings.ReplaceAll(l.given, ";", ",")
		return w.variant(func(line string) string { return headerNames.ReplaceAllString(line, "header_${1}:"+names) })
	}
	return nil
}

// encoders are the filters after the hash.
func (l *leaf) encoders() (all []string) {
	for _, f := range l.part.Filters {
		switch {
		case program.Hashes(f):
			all = nil
		case !conditionalFilter(f):
			all = append(all, f)
		}
	}
	return all
}

// digest is the hash of a proof, and how it is written.
func (l *leaf) digest() (name, form string) {
	for _, f := range l.part.Filters {
		if program.Hashes(f) {
			name, _, _ = strings.Cut(strings.TrimPrefix(f, "hmac_"), ":")
		}
	}
	form = "hex"
	if slices.Contains(l.encoders(), "base64") {
		form = "base64"
	}
	return name, form
}

// bytes is a leaf without its encoding, if it is written rightly; else it is the text itself.
func (l *leaf) bytes(text string) string {
	if l.kind != proofLeaf {
		return text
	}
	plain, ok := program.Undo(l.encoders(), text)
	if !ok {
		return text
	}
	return plain
}

// wants are the readings of a leaf that was sent.
func (l *leaf) wants(given string) []want {
	if l.kind == proofLeaf {
		return encodedWants(l.encoders(), given)
	}
	all := []want{{raw: []byte(given), exact: true}}
	if name, rest := scheme(given); name != "" { // a second scheme, or that of another vendor
		all = append(all, want{raw: []byte(rest), exact: true, causes: []string{"prefix_wrong"}})
	}
	return all
}

// encodedWants are the readings of a proof that encoders wrote.
func encodedWants(encoders []string, given string) []want {
	exactly := []want{{raw: []byte(given), exact: true}}
	if len(encoders) == 0 {
		return exactly
	}
	last := encoders[len(encoders)-1]
	inner := encoders[:len(encoders)-1]
	switch {
	case last == "urlencode":
		plain := unescape(given, false)
		if plain == given && strings.ContainsAny(given, "+/=") {
			return withNote(encodedWants(inner, given), "the signature was sent without percent escapes")
		}
		return encodedWants(inner, plain)
	case last == "hex" && len(inner) == 0:
		return hexWants(given)
	case last == "base64" && len(inner) == 0:
		return base64Wants(given)
	case last == "base64" && slices.Equal(inner, []string{"hex"}):
		var all []want
		if b, ok := anyBase64(given); ok {
			all = append(all, hexWants(string(b))...)
			all = append(all, withNote([]want{{raw: b}}, "the bytes of the digest were written in Base64, and the vendor wants Base64 of its hexadecimal form")...)
		}
		if hexSum.MatchString(given) {
			all = append(all, withCause(hexWants(given), "hex_for_base64")...)
		}
		return all
	}
	if plain, ok := program.Undo(encoders, given); ok {
		return []want{{raw: []byte(plain), exact: true}}
	}
	return exactly
}
