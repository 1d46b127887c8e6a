package config

import (
	"fmt"
)

// Fault is what is wrong at a place of a file, or doubtful: then Level is LevelWarning. It is a line of
// check's output, and with --format json an object.
//
//	traefik.yml:12: http.middlewares.acme.plugin.vendorsign.jamf.hots: unknown option hots; did you mean host?
type Fault struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Level string `json:"level,omitempty"`
	Field string `json:"field,omitempty"`
	What  string `json:"what"`
}

// LevelWarning marks what some requests would fail at, or what is most likely not intended.
const LevelWarning = "warning"

// LevelNote marks what check cannot know, and so has not checked. It counts for nothing.
const LevelNote = "note"

// String is the fault as a line: file, line, level, field, and what is wrong.
func (f Fault) String() string {
	text := fmt.Sprintf("%s:%d: ", f.File, f.Line)
	for _, part := range []string{f.Level, f.Field} {
		if part != "" {
			text += part + ": "
		}
	}
	return text + f.What
}
