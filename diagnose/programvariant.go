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

// variant is a program of the scheme, as it is or with changed operations. It writes each leaf into a
// header of its own, next to what it sends, so that they need not be found again in what it signs:
//
//	header Vendorsign-Leaf-0 = [[ts]]
//	header Vendorsign-Leaf-1 = [[text|hmac_sha256:opt.signing_secret|hex]]
type variant struct {
	own     *programmed
	program *program.Program
	// By the values that they are bound to.
	signers map[string]signers.Signer
	edit    func([]string) []string
	// The same with orderedQuery in place of what puts the query in order. nil: it was not needed yet.
	given *variant
}

// leafHeader begins the names of the headers that leaves are written into. No vendor has such a header.
const leafHeader = "Vendorsign-Leaf-"

// variant compiles operations, which edit changes if it is not nil. It is nil if that changes nothing,
// or makes no program: edits need not know which presets they fit.
func (w *programmed) variant(edit func(operations []string) []string) *variant {
	lines := slices.Clone(w.operations)
	for i, l := range w.leaves {
		source := l.part.Source
		if l.kind == secretLeaf && !slices.Contains(l.part.Filters, "reveal") {
			source += "|reveal"
		}
		lines = append(lines, "header "+leafHeader+strconv.Itoa(i)+" = [["+source+"]]")
	}
	if edit != nil {
		changed := edit(lines)
		if slices.Equal(changed, lines) {
			return nil
		}
		lines = changed
	}
	compiled, err := program.Compile(lines, w.options, w.nonce, w.owns)
	if err != nil {
		return nil
	}
	return &variant{own: w, program: compiled, signers: make(map[string]signers.Signer), edit: edit}
}

// edited is a program with an edit, for a client that announced what it signed as v does. It is nil if the edit changes nothing then,
// which would make the announced signature under the name of a mistake.
func (w *programmed) edited(v *variant, edit func(operations []string) []string) *variant {
	announced := v.edit
	if announced == nil {
		return w.variant(edit)
	}
	if slices.Equal(announced(edit(w.operations)), announced(w.operations)) {
		return nil
	}
	return w.variant(func(operations []string) []string { return announced(edit(operations)) })
}

// orderedQuery is an option of no preset, which holds a query as it is signed.
const orderedQuery = "vendorsign_query"

// ordering is where a program puts the query in order.
var ordering = regexp.MustCompile(`\[\[query\|(canon_query(?:\|decoded_order)?|sort_query|azure_query)\b`)

// withQuery is the variant that takes orderedQuery, if it is set.
func (v *variant) withQuery(a *attempt) *variant {
	if len(a.values[orderedQuery]) == 0 {
		return v
	}
	if v.given == nil {
		query := eachLine(func(line string) string {
			if strings.HasPrefix(line, "header "+leafHeader) {
				return line
			}
			return ordering.ReplaceAllString(line, "[[opt."+orderedQuery)
		})
		v.given = v.own.variant(func(operations []string) []string {
			if v.edit != nil {
				operations = v.edit(operations)
			}
			return query(operations)
		})
		if v.given == nil {
			v.given = v
		}
	}
	return v.given
}

// signer binds the program to values; nil if it does not take them. Most attempts have the same values,
// so signers are kept.
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

// attempt is a request as it was signed, or may have been. Attempts are copied for each signature, and
// share header and values until an input changes them.
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

// sign makes the leaves; nil if the request or the values cannot be signed. Where secrets are sent as
// they are, the values are the leaves, and no program runs.
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

// start is the request as it was sent, with the values of the configuration, and with the date, the
// nonce and the token that were sent. White space around values of headers is taken off, as servers do.
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

// headerNames is a list of headers in operations.
var headerNames = regexp.MustCompile(`header_(lines|lines_trimmed|names):[^|\]]*`)

// announced is the program for what the client says in public that it signed, where a client has a
// choice: the list of headers, or what the signature is good for. It is the preset's own where that is
// what was sent. The vendor makes the text by what it reads, so that another list is right as well.
func (w *programmed) announced(d *diagnosis) *variant {
	expected := w.expected(d)
	for _, l := range w.leaves {
		if !l.sent || l.kind != otherLeaf || l.given == "" || l.given == expected[l.part.Source] || strings.ContainsAny(l.given, "[]\\\n") {
			continue
		}
		edit := func(line string) string {
			if name, _, found := strings.Cut(line, "="); found && strings.TrimSpace(name) == "let "+l.part.Source {
				return name + "= " + l.given
			}
			return line
		}
		if strings.HasPrefix(l.part.Value, "header_names:") {
			names := strings.ReplaceAll(l.given, ";", ",")
			edit = func(line string) string { return headerNames.ReplaceAllString(line, "header_${1}:"+names) }
		}
		if v := w.ownHash(d, eachLine(edit)); v != nil {
			return v
		}
		if v := w.variant(eachLine(edit)); v != nil {
			return v
		}
	}
	if v := w.ownHash(d, nil); v != nil {
		return v
	}
	return w.plain
}
