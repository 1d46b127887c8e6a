// Package screen lays out what people read: it knows how wide the terminal is and whether it shows colours, wraps prose, and sets
// lists in columns. Output for programs does not use it.
package screen

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// The widths in columns.
const (
	// Usual is the width without a terminal: a file or a pipe gets the same bytes wherever the command runs.
	Usual = 80
	// narrowest is the least that lists are laid out for.
	narrowest = 40
	// readable is the maximum width of prose: longer lines are hard to read.
	readable = 100
)

// Screen is where a command prints.
type Screen struct {
	Width    int
	Color    bool
	Terminal bool // a person reads it; otherwise a line may be for a program
}

// Screened is a writer that knows its own screen, as those of tests do.
type Screened interface{ Screen() Screen }

// Of returns the screen of a writer.
func Of(out io.Writer) Screen {
	switch out := out.(type) {
	case Screened:
		return out.Screen()
	case *os.File:
		if fd := int(out.Fd()); term.IsTerminal(fd) {
			return Screen{Width: width(fd), Color: colored(os.Getenv, runtime.GOOS), Terminal: true}
		}
	}
	return Screen{Width: Usual}
}

// width is that of a terminal. Some do not report it; the shell's COLUMNS is the next best.
func width(fd int) int {
	n, _, err := term.GetSize(fd)
	if err != nil || n <= 0 {
		n, err = strconv.Atoi(os.Getenv("COLUMNS"))
	}
	if err != nil || n <= 0 {
		return Usual
	}
	return max(n, narrowest)
}

// colored reports whether a terminal gets colours: see https://no-color.org. Windows' old console shows the escapes as text.
func colored(env func(string) string, system string) bool {
	if env("NO_COLOR") != "" || env("TERM") == "dumb" {
		return false
	}
	return system != "windows" || env("WT_SESSION") != "" || env("TERM") != ""
}

// Prose is the width of paragraphs.
func (s Screen) Prose() int { return min(s.Width, readable) }

// Line is a message with its line end. Only a terminal gets it wrapped, since programs read messages by the line elsewhere.
func (s Screen) Line(text string) string {
	if !s.Terminal {
		return text + "\n"
	}
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		head := line[:len(line)-len(strings.TrimLeft(line, " "))]
		b.WriteString(strings.TrimSuffix(head+strings.Join(Wrap(line, s.Width-len(head)-2), "\n  "+head), " ") + "\n")
	}
	return b.String()
}

// Bold is text that is read first.
func (s Screen) Bold(text string) string { return s.painted("1", text) }

// Good is text that says that all is well.
func (s Screen) Good(text string) string { return s.painted("32", text) }

// Bad is text that says what is wrong.
func (s Screen) Bad(text string) string { return s.painted("31", text) }

// Faint is text that is read last.
func (s Screen) Faint(text string) string { return s.painted("2", text) }

// painted is text with an escape of ECMA-48 (SGR) around it, where the screen shows colours.
func (s Screen) painted(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
