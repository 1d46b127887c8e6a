package capture

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/expand"
	bash "mvdan.cc/sh/v3/syntax"
)

// words are what the shell makes of the words of a command.
func (s *shell) words(all []*bash.Word) (made []string) {
	for _, w := range all {
		made = append(made, s.expand(w)...)
	}
	return made
}

// expand makes of a word the words that the shell makes of it: one, or several of an array or of a
// variable without quotes.
func (s *shell) expand(w *bash.Word) []string {
	if w == nil {
		return nil
	}
	if len(w.Parts) == 1 {
		if list, ok := s.list(w.Parts[0]); ok {
			return list
		}
	}
	var b strings.Builder
	for _, p := range w.Parts {
		b.WriteString(s.part(p))
	}
	return []string{b.String()}
}

// list is an array's elements, or the words of a variable without quotes. false: the part is neither,
// or its value is not known.
//
//	ARGS=(-H "A: b"); curl "${ARGS[@]}"  ->  -H, A: b
//	OPTS="-s -S"; curl $OPTS             ->  -s, -S
func (s *shell) list(part bash.WordPart) ([]string, bool) {
	quoted := false
	if q, ok := part.(*bash.DblQuoted); ok && len(q.Parts) == 1 {
		quoted, part = true, q.Parts[0]
	}
	p, ok := part.(*bash.ParamExp)
	if !ok || p.Param == nil {
		return nil, false
	}
	values, known := s.values[p.Param.Value]
	switch {
	case !known || !s.growAll(values):
		return nil, false
	case p.Index != nil:
		return values, s.whole(p)
	case !quoted && plainParam(p) && len(values) == 1:
		return strings.Fields(values[0]), true
	}
	return nil, false
}

// whole reports whether an array is meant with all its elements: ${ARGS[@]} or ${ARGS[*]}.
func (s *shell) whole(p *bash.ParamExp) bool {
	text := s.source(p)
	return strings.HasSuffix(text, "[@]}") || strings.HasSuffix(text, "[*]}")
}

// plainParam reports whether a parameter is a plain $NAME or ${NAME}, without an operator.
func plainParam(p *bash.ParamExp) bool {
	return !p.Excl && !p.Length && !p.Width && p.Index == nil && p.Slice == nil && p.Repl == nil && p.Exp == nil && p.Names == 0
}

// part is the text of a part of a word. What cannot be known without running it becomes a mark.
// Operators of a parameter, as in ${URL%/}, are computed where its value is known.
func (s *shell) part(part bash.WordPart) string {
	switch p := part.(type) {
	case *bash.DblQuoted:
		var b strings.Builder
		for _, inner := range p.Parts {
			if lit, ok := inner.(*bash.Lit); ok {
				b.WriteString(s.literal(&bash.DblQuoted{Parts: []bash.WordPart{lit}}))
			} else {
				b.WriteString(s.part(inner))
			}
		}
		return b.String()
	case *bash.ParamExp:
		if p.Param == nil {
			break
		}
		values, known := s.values[p.Param.Value]
		switch {
		case !known || len(values) == 0 && !plainParam(p) || !s.growAll(values) || p.Repl != nil && !s.growReplaced(p, values):
		case plainParam(p):
			return strings.Join(values[:min(1, len(values))], "")
		case s.whole(p):
			return strings.Join(values, " ")
		case !strings.Contains(values[0], markStart):
			env := expand.ListEnviron(p.Param.Value + "=" + values[0])
			if text, err := expand.Literal(&expand.Config{Env: env}, &bash.Word{Parts: []bash.WordPart{p}}); err == nil {
				return text
			}
		}
	case *bash.CmdSubst:
		if text, ok := s.output(p.Stmts); ok && s.grow(len(text)) {
			return strings.TrimRight(text, "\n")
		}
	case *bash.Lit:
		// Outside quotes a backslash takes the meaning from the next character, and is gone: 'it'\''s', /x\?a=1\&b=2.
		// The library leaves it, since it reads the value of an assignment here.
		return bareBackslash.ReplaceAllString(s.literal(p), "$1")
	case *bash.SglQuoted:
		return s.literal(p)
	}
	return s.mark(s.source(part))
}

// bareBackslash is a backslash outside quotes with what it escapes.
var bareBackslash = regexp.MustCompile(`(?s)\\(.)`)

// document is the text of a here-document. If any part of its delimiter is quoted, the text stays as it is; otherwise
// variables are replaced, and a backslash counts before $, ` and another backslash alone.
//
//	<<'EOF'  {"a": "\$x\n"}  ->  {"a": "\$x\n"}
//	<<EOF    {"a": "\$x\n"}  ->  {"a": "$x\n"}
func (s *shell) document(r *bash.Redirect) string {
	if r.Hdoc == nil {
		return ""
	}
	quoted := strings.ContainsAny(s.source(r.Word), "'\"\\")
	var b strings.Builder
	for _, p := range r.Hdoc.Parts {
		lit, ok := p.(*bash.Lit)
		switch {
		case ok && quoted:
			b.WriteString(lit.Value)
		case ok:
			b.WriteString(hereBackslash.ReplaceAllString(lit.Value, "$1"))
		default:
			b.WriteString(s.part(p))
		}
	}
	return b.String()
}

// hereBackslash is a backslash that counts in a here-document without quotes, with what it escapes.
var hereBackslash = regexp.MustCompile("\\\\([$`\\\\])")

// literal is the text of a part in which nothing is replaced: without its quotes and backslashes.
func (s *shell) literal(part bash.WordPart) string {
	text, err := expand.Literal(&expand.Config{Env: expand.ListEnviron()}, &bash.Word{Parts: []bash.WordPart{part}})
	if err != nil {
		return s.source(part)
	}
	return text
}

// source is the text of a node as it was written, for people, shortened to about 40 characters.
func (s *shell) source(n bash.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from > to || to > len(s.text) {
		return "$(...)"
	}
	// A part is enough of a long text: of nested substitutions, each would be read once for each that it is in.
	const enough = 400
	text := strings.Join(strings.Fields(s.text[from:min(to, from+enough)]), " ")
	if len(text) > 60 {
		text = text[:40] + "..."
	}
	return text
}
