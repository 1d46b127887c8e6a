package capture

import (
	bash "mvdan.cc/sh/v3/syntax"
)

// A script is often somebody else's, from a ticket or a chat. Thirty lines A=$A$A would make terabytes of it, and
// substitutions within each other are read once for each that they are in.
const (
	// maxMade is how many bytes variables, arrays and substitutions may put in their places, all together. What is written out
	// in the script does not count, so that a long body is no fault.
	maxMade = 16 << 20
	// maxNested is how deep substitutions and pipes may be in each other. Those of scripts are two or three.
	maxNested = 32
)

// grow counts bytes that come in the place of something, and reports whether there may be so many. Where not, the value counts as
// unknown, and run says why.
func (s *shell) grow(n int) bool {
	s.made += n
	return s.made <= maxMade
}

// growAll counts the values of a variable or an array. Each element counts by itself, since empty ones take memory, too.
func (s *shell) growAll(values []string) bool {
	n := len(values)
	for _, v := range values {
		n += len(v)
	}
	return s.grow(n)
}

// growReplaced counts what ${NAME//FROM/TO} may make: each byte of the value may become the replacement.
func (s *shell) growReplaced(p *bash.ParamExp, values []string) bool {
	return s.grow(len(values[0]) * int(p.End().Offset()-p.Pos().Offset()))
}

// enter begins a substitution or a pipe, and reports whether it may be read; then leave ends it.
func (s *shell) enter() bool {
	if s.depth == maxNested {
		return false
	}
	s.depth++
	return true
}

func (s *shell) leave() { s.depth-- }
