package cli

import (
	"encoding/base64"
	"errors"
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	bash "mvdan.cc/sh/v3/syntax"

	"github.com/vendorsign/vendorsign/diagnose"
)

// shellCommand is a command as a shell starts it.
type shellCommand struct {
	words []string
	input *string // its standard input, where the text shows it
}

// shell reads a script without running it. Variables that it assigns have their values; what is not known (other
// variables, the output of commands) leaves a mark in a word, so that it can be named later.
type shell struct {
	text     string
	read     func(string) ([]byte, error)
	values   map[string][]string
	unknown  []string // what the marks are for, as in $IKEY
	commands []*shellCommand
	cut      bool // options follow the & of a URL without quotes
}

// The marks begin and end with characters that no script holds.
const markStart, markEnd = "\ue0f0", "\ue0f1"

func (s *shell) mark(text string) string {
	s.unknown = append(s.unknown, text)
	return markStart + strconv.Itoa(len(s.unknown)-1) + markEnd
}

// unmarked puts back what the marks are for, and lists it.
func (s *shell) unmarked(text, place string) (string, []diagnose.Unexpanded) {
	var all []diagnose.Unexpanded
	for {
		before, rest, ok := strings.Cut(text, markStart)
		number, after, closed := strings.Cut(rest, markEnd)
		n, err := strconv.Atoi(number)
		if !ok || !closed || err != nil || n >= len(s.unknown) {
			return text, all
		}
		all = append(all, diagnose.Unexpanded{Text: s.unknown[n], Place: place})
		text = before + s.unknown[n] + after
	}
}

// run collects the commands that call curl, up to where the text is no script any more.
func (s *shell) run() error {
	s.values = make(map[string][]string)
	parser := bash.NewParser(bash.Variant(bash.LangBash))
	var cut *bash.Stmt
	err := parser.Stmts(strings.NewReader(s.text), func(st *bash.Stmt) bool {
		n := len(s.commands)
		if c, ok := st.Cmd.(*bash.CallExpr); ok && cut != nil && len(c.Assigns) > 0 && len(c.Args) > 0 && strings.HasPrefix(s.source(c.Args[0]), "-") {
			s.cut = true
		}
		s.statement(st, nil)
		if cut = nil; st.Background && len(s.commands) > n {
			cut = st
		}
		return true
	})
	if s.cut {
		return errors.New("the URL is not in quotes, and a shell ends the command at its &: give the line as it was run, with its quotes")
	}
	var parsing bash.ParseError
	switch {
	case err == nil || len(s.commands) > 0:
		return nil
	case strings.Contains(err.Error(), "without closing quote"):
		return errors.New("a quote is not closed")
	case errors.As(err, &parsing):
		return errors.New("line " + strconv.Itoa(int(parsing.Pos.Line())) + " is no shell command: " + parsing.Text)
	}
	return err
}

// statement looks for assignments and for curl. input is what a pipe gives.
func (s *shell) statement(st *bash.Stmt, input *string) {
	if st == nil {
		return
	}
	for _, r := range st.Redirs {
		if given, ok := s.redirected(r); ok {
			input = &given
		}
	}
	switch c := st.Cmd.(type) {
	case *bash.CallExpr:
		s.call(c, input)
	case *bash.DeclClause:
		s.assign(c.Args)
	case *bash.BinaryCmd:
		if c.Op != bash.Pipe && c.Op != bash.PipeAll {
			s.statement(c.X, nil)
			s.statement(c.Y, nil)
			return
		}
		s.statement(c.X, nil)
		given, ok := s.output([]*bash.Stmt{c.X})
		if !ok {
			given = s.mark("standard input")
		}
		s.statement(c.Y, &given)
	case nil:
	default:
		bash.Walk(st.Cmd, func(n bash.Node) bool {
			if inner, ok := n.(*bash.Stmt); ok {
				s.statement(inner, nil)
				return false
			}
			return true
		})
	}
}

// redirected is what a redirection gives as standard input.
func (s *shell) redirected(r *bash.Redirect) (string, bool) {
	switch r.Op {
	case bash.Hdoc, bash.DashHdoc:
		text := strings.Join(s.expand(r.Hdoc), " ")
		if r.Op == bash.DashHdoc {
			lines := strings.Split(text, "\n")
			for i := range lines {
				lines[i] = strings.TrimLeft(lines[i], "\t")
			}
			text = strings.Join(lines, "\n")
		}
		return text, true
	case bash.WordHdoc:
		return strings.Join(s.expand(r.Word), " ") + "\n", true
	case bash.RdrIn:
		if data, err := s.read(strings.Join(s.expand(r.Word), " ")); err == nil {
			return string(data), true
		}
		return s.mark(s.source(r)), true
	}
	return "", false
}

func (s *shell) call(c *bash.CallExpr, input *string) {
	if len(c.Args) == 0 {
		s.assign(c.Assigns)
		return
	}
	for _, w := range c.Args { // curl inside of $(...)
		bash.Walk(w, func(n bash.Node) bool {
			if inner, ok := n.(*bash.CmdSubst); ok {
				for _, st := range inner.Stmts {
					s.statement(st, nil)
				}
				return false
			}
			return true
		})
	}
	var words []string
	for _, w := range c.Args {
		words = append(words, s.expand(w)...)
	}
	for i, w := range words {
		if isCurl(w) && (i == 0 || startsOthers[path.Base(words[0])]) {
			s.commands = append(s.commands, &shellCommand{words[i+1:], input})
			return
		}
	}
}

// startsOthers are commands that start the command after their own options.
var startsOthers = map[string]bool{"sudo": true, "env": true, "command": true, "exec": true, "nohup": true, "timeout": true, "watch": true, "xargs": true, "docker": true, "podman": true, "kubectl": true, "proxychains": true, "proxychains4": true, "winpty": true, "builtin": true, "nice": true}

func isCurl(word string) bool {
	name := path.Base(strings.ReplaceAll(word, `\`, "/"))
	return strings.TrimSuffix(strings.ToLower(name), ".exe") == "curl"
}

func (s *shell) assign(all []*bash.Assign) {
	for _, a := range all {
		if a.Name == nil {
			continue
		}
		var values []string
		switch {
		case a.Array != nil:
			for _, e := range a.Array.Elems {
				if e.Value != nil {
					values = append(values, s.expand(e.Value)...)
				}
			}
		case a.Value != nil:
			bash.Walk(a.Value, func(n bash.Node) bool {
				if inner, ok := n.(*bash.CmdSubst); ok {
					for _, st := range inner.Stmts {
						s.statement(st, nil)
					}
					return false
				}
				return true
			})
			values = []string{strings.Join(s.expand(a.Value), " ")}
		default:
			values = []string{""}
		}
		switch before := s.values[a.Name.Value]; {
		case a.Append && a.Array != nil:
			values = append(before[:len(before):len(before)], values...)
		case a.Append && len(before) > 0 && len(values) > 0:
			values = []string{before[0] + values[0]}
		}
		s.values[a.Name.Value] = values
	}
}

// expand makes of a word the words that the shell makes of it.
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

// list is an array's elements, or the words of a variable without quotes.
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
	case !known:
		return nil, false
	case p.Index != nil:
		return values, s.whole(p)
	case !quoted && plainParam(p) && len(values) == 1:
		return strings.Fields(values[0]), true
	}
	return nil, false
}

// whole tells whether an array is meant with all its elements.
func (s *shell) whole(p *bash.ParamExp) bool {
	text := s.source(p)
	return strings.HasSuffix(text, "[@]}") || strings.HasSuffix(text, "[*]}")
}

func plainParam(p *bash.ParamExp) bool {
	return !p.Excl && !p.Length && !p.Width && p.Index == nil && p.Slice == nil && p.Repl == nil && p.Exp == nil && p.Names == 0
}

// part is the text of a part of a word.
func (s *shell) part(part bash.WordPart) string {
	switch p := part.(type) {
	case *bash.DblQuoted:
		var b strings.Builder
		for _, inner := range p.Parts {
			if lit, ok := inner.(*bash.Lit); ok {
				inner = &bash.DblQuoted{Parts: []bash.WordPart{lit}}
				b.WriteString(s.literal(inner))
				continue
			}
			b.WriteString(s.part(inner))
		}
		return b.String()
	case *bash.ParamExp:
		if p.Param == nil {
			break
		}
		values, known := s.values[p.Param.Value]
		switch {
		case !known || len(values) == 0 && !plainParam(p):
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
		if text, ok := s.output(p.Stmts); ok {
			return strings.TrimRight(text, "\n")
		}
	case *bash.Lit, *bash.SglQuoted:
		return s.literal(p)
	}
	return s.mark(s.source(part))
}

// literal is the text of a part in which nothing is replaced.
func (s *shell) literal(part bash.WordPart) string {
	if q, ok := part.(*bash.SglQuoted); ok && !q.Dollar {
		return q.Value
	}
	text, err := expand.Literal(&expand.Config{Env: expand.ListEnviron()}, &bash.Word{Parts: []bash.WordPart{part}})
	if err != nil {
		return s.source(part)
	}
	return text
}

func (s *shell) source(n bash.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from > to || to > len(s.text) {
		return "$(...)"
	}
	text := strings.Join(strings.Fields(s.text[from:to]), " ")
	if len(text) > 60 {
		text = text[:40] + "..."
	}
	return text
}

// output is what a command prints, where that is plain to see: echo, printf, cat.
func (s *shell) output(all []*bash.Stmt) (string, bool) {
	if len(all) != 1 {
		return "", false
	}
	st := all[0]
	if pipe, ok := st.Cmd.(*bash.BinaryCmd); ok && pipe.Op == bash.Pipe {
		return s.filtered(pipe)
	}
	c, ok := st.Cmd.(*bash.CallExpr)
	if !ok || len(c.Args) == 0 {
		return s.fileOutput(st)
	}
	var words []string
	for _, w := range c.Args {
		words = append(words, s.expand(w)...)
	}
	switch args := words[1:]; words[0] {
	case "echo":
		end := "\n"
		if len(args) > 0 && args[0] == "-n" {
			args, end = args[1:], ""
		}
		text := strings.Join(args, " ")
		return text + end, !strings.HasPrefix(text, "-")
	case "printf":
		if len(args) == 2 && strings.TrimSuffix(args[0], `\n`) == "%s" {
			return args[1] + strings.Repeat("\n", strings.Count(args[0], `\n`)), true
		}
		if len(args) == 1 && !strings.ContainsAny(args[0], `%\`) {
			return args[0], true
		}
	case "cat":
		if len(args) == 1 && args[0] != "-" {
			data, err := s.read(args[0])
			return string(data), err == nil
		}
		if len(args) == 0 || args[0] == "-" {
			return s.fileOutput(st)
		}
	}
	return "", false
}

// filtered is what base64 and tr -d make of a text that is known.
func (s *shell) filtered(pipe *bash.BinaryCmd) (string, bool) {
	text, ok := s.output([]*bash.Stmt{pipe.X})
	c, isCall := pipe.Y.Cmd.(*bash.CallExpr)
	if !ok || !isCall || strings.Contains(text, markStart) {
		return "", false
	}
	var words []string
	for _, w := range c.Args {
		words = append(words, s.expand(w)...)
	}
	switch line := strings.Join(words, " "); line {
	case "base64", "base64 -w0", "base64 -w 0", "base64 --wrap=0", "base64 -b 0", "openssl base64", "openssl base64 -A", "openssl enc -base64", "openssl enc -base64 -A":
		coded := base64.StdEncoding.EncodeToString([]byte(text))
		width := map[string]int{"base64": 76, "openssl base64": 64, "openssl enc -base64": 64}[line]
		var b strings.Builder
		for width > 0 && len(coded) > width {
			b.WriteString(coded[:width] + "\n")
			coded = coded[width:]
		}
		return b.String() + coded + "\n", true
	case `tr -d \n`, "tr -d \n":
		return strings.ReplaceAll(text, "\n", ""), true
	}
	return "", false
}

func (s *shell) fileOutput(st *bash.Stmt) (string, bool) {
	if len(st.Redirs) != 1 {
		return "", false
	}
	text, ok := s.redirected(st.Redirs[0])
	return text, ok
}
