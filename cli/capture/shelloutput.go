package capture

import (
	"encoding/base64"
	"strings"

	bash "mvdan.cc/sh/v3/syntax"
)

// output is what a command prints, where that is plain to see: echo, printf, cat. false: it is not
// known. printf is read with %s alone, as scripts write it to avoid echo's line end.
func (s *shell) output(all []*bash.Stmt) (string, bool) {
	if len(all) != 1 || !s.enter() {
		return "", false
	}
	defer s.leave()
	st := all[0]
	if pipe, ok := st.Cmd.(*bash.BinaryCmd); ok && pipe.Op == bash.Pipe {
		return s.filtered(pipe)
	}
	c, ok := st.Cmd.(*bash.CallExpr)
	if !ok || len(c.Args) == 0 {
		return s.fileOutput(st)
	}
	words := s.words(c.Args)
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

// filtered is what base64 and tr -d make of a text that is known. The line ends that base64 puts in are
// a frequent mistake, and come out as base64
// writes them.
func (s *shell) filtered(pipe *bash.BinaryCmd) (string, bool) {
	text, ok := s.output([]*bash.Stmt{pipe.X})
	c, isCall := pipe.Y.Cmd.(*bash.CallExpr)
	if !ok || !isCall || strings.Contains(text, markStart) {
		return "", false
	}
	line := strings.Join(s.words(c.Args), " ")
	if line == `tr -d \n` || line == "tr -d \n" {
		return strings.ReplaceAll(text, "\n", ""), true
	}
	width, ok := known.Base64Widths[line]
	if !ok {
		return "", false
	}
	if !s.grow(len(text)) {
		return "", false
	}
	coded := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for width > 0 && len(coded) > width {
		b.WriteString(coded[:width] + "\n")
		coded = coded[width:]
	}
	return b.String() + coded + "\n", true
}

// fileOutput is what a command prints that only passes its input on, as cat and $(< FILE) do. false: it
// has another redirection, or several.
func (s *shell) fileOutput(st *bash.Stmt) (string, bool) {
	if len(st.Redirs) != 1 {
		return "", false
	}
	text, ok := s.redirected(st.Redirs[0])
	return text, ok
}
