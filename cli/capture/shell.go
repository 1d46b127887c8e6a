package capture

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	bash "mvdan.cc/sh/v3/syntax"

	"github.com/vendorsign/vendorsign/diagnose"
)

// shellCommand is a command as a shell starts it: the words behind its name.
type shellCommand struct {
	words []string
	// Its standard input, where the text shows it. nil: it does not.
	input *string
}

// shell reads a script without running it. Variables that it assigns have their values; anything
// unknown (other variables, the output of commands) leaves a mark in a word, so that it can be named
// later. It is used once, for one text.
type shell struct {
	text string
	read func(string) ([]byte, error)
	// Of variables that the script assigned. A list with several elements is an array.
	values map[string][]string
	// What the marks are for, as in $IKEY.
	unknown []string
	// The curl commands that were found, in their order.
	commands []*shellCommand
	// Options follow the & of a URL without quotes.
	cut bool
	// What its replacements have made so far, and how deep the substitution is that is being read: see shellbound.go.
	made, depth int
}

// The marks begin and end with characters that no script holds.
const markStart, markEnd = "\ue0f0", "\ue0f1"

// mark is the mark for an unknown text in a word. The Base64 of -u hides it: see
// unknownUser.
func (s *shell) mark(text string) string {
	s.unknown = append(s.unknown, text)
	return markStart + strconv.Itoa(len(s.unknown)-1) + markEnd
}

// unmarked puts back what the marks are for, and lists it. place says where it was, in the words of
// diagnose.Unexpanded.
func (s *shell) unmarked(text, place string) (string, []diagnose.Unexpanded) {
	var all []diagnose.Unexpanded
	var b strings.Builder // the text up to the last mark: with a copy for each, many marks would take the square of their number
	for {
		before, rest, ok := strings.Cut(text, markStart)
		number, after, closed := strings.Cut(rest, markEnd)
		n, err := strconv.Atoi(number)
		if !ok || !closed || err != nil || n < 0 || n >= len(s.unknown) {
			b.WriteString(text)
			return b.String(), all
		}
		all = append(all, diagnose.Unexpanded{Text: s.unknown[n], Place: place})
		b.WriteString(before)
		b.WriteString(s.unknown[n])
		text = after
	}
}

// run collects the commands that call curl, up to where the text is no longer a script: people paste an
// answer behind the command. An error is one of the script only if no command was found before it.
func (s *shell) run() error {
	s.values = make(map[string][]string)
	parser := bash.NewParser(bash.Variant(bash.LangBash))
	cut := false // the command before ended at an &
	var err error
	for st, failed := range parser.StmtsSeq(strings.NewReader(s.text)) {
		if failed != nil {
			err = failed
			break
		}
		n := len(s.commands)
		// A URL such as https://x/?a=1&b=2 without quotes: the shell runs curl in the background at the &, and b=2 is
		// an assignment for the rest of the line, which then begins with an option.
		if c, ok := st.Cmd.(*bash.CallExpr); ok && cut && len(c.Assigns) > 0 && len(c.Args) > 0 {
			s.cut = s.cut || strings.HasPrefix(s.source(c.Args[0]), "-")
		}
		s.statement(st, nil)
		cut = st.Background && len(s.commands) > n
	}
	if s.made > maxMade {
		return errors.New("its variables and substitutions make it larger than 16 MiB")
	}
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
		return errors.New("line " + strconv.Itoa(int(parsing.Pos.Line())) + " is not a shell command:  " + parsing.Text)
	}
	return err
}

// statement looks for assignments and for curl. input is what a pipe gives; nil: it is not shown. Both
// sides of && and || are read as if they ran, since a script that was run got to its curl somehow.
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
		s.statement(c.X, nil)
		if c.Op != bash.Pipe && c.Op != bash.PipeAll {
			s.statement(c.Y, nil)
			return
		}
		given, ok := s.output([]*bash.Stmt{c.X})
		if !ok {
			given = s.mark("standard input")
		}
		s.statement(c.Y, &given)
	case nil:
	default:
		s.within(st.Cmd)
	}
}

// within looks at the statements in a word, as in $(...), or in a compound command such as a loop,
// whose body is read once.
func (s *shell) within(node bash.Node) {
	if !s.enter() {
		return
	}
	defer s.leave()
	bash.Walk(node, func(n bash.Node) bool {
		switch n := n.(type) {
		case *bash.Stmt:
			s.statement(n, nil)
			return false
		case *bash.ProcSubst: // gives the name of a file
			return false
		}
		return true
	})
}

// tabsBefore are what <<- leaves out.
var tabsBefore = regexp.MustCompile(`(?m)^\t+`)

// redirected is what a redirection gives as standard input: a here-document, a here-string or a file. A
// file that cannot be read is an unknown value. false: the redirection is of an output.
func (s *shell) redirected(r *bash.Redirect) (string, bool) {
	switch r.Op {
	case bash.Hdoc, bash.DashHdoc:
		text := s.document(r)
		if r.Op == bash.DashHdoc {
			text = tabsBefore.ReplaceAllString(text, "")
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

// call takes a simple command: assignments alone, or a command that is curl or starts curl, such as
// sudo or time. Assignments before a command are for that command alone, and are left out.
func (s *shell) call(c *bash.CallExpr, input *string) {
	if len(c.Args) == 0 {
		s.assign(c.Assigns)
		return
	}
	for _, w := range c.Args {
		s.within(w)
	}
	words := s.words(c.Args)
	// A page that lost the backslashes at line ends: no command is called -H, so this is the line before it.
	if n := len(s.commands); n > 0 && strings.HasPrefix(words[0], "-") {
		s.commands[n-1].words = append(s.commands[n-1].words, words...)
		return
	}
	for i, w := range words {
		if isCurl(w) && (i == 0 || slices.Contains(known.Starters, path.Base(words[0]))) {
			s.commands = append(s.commands, &shellCommand{words[i+1:], input})
			return
		}
	}
}

// isCurl reports whether a word is curl, with any path and on Windows.
func isCurl(word string) bool {
	name := path.Base(strings.ReplaceAll(word, `\`, "/"))
	return strings.TrimSuffix(strings.ToLower(name), ".exe") == "curl"
}

// assign keeps the values of variables and arrays. A += appends. The value of a command substitution is
// what output knows of it.
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
			s.within(a.Value)
			values = []string{strings.Join(s.expand(a.Value), " ")}
		default:
			values = []string{""}
		}
		switch before := s.values[a.Name.Value]; {
		case a.Append && a.Array != nil && s.grow(len(before)):
			values = append(before[:len(before):len(before)], values...)
		case a.Append && len(before) > 0 && len(values) > 0 && s.grow(len(before[0])):
			values = []string{before[0] + values[0]}
		}
		s.values[a.Name.Value] = values
	}
}
