package capture

import (
	_ "embed"
	"encoding/json"
	"regexp"
)

// knownJSON is what is known about other programs: facts that can be added without code. Code that asks
// for them is in the files named below.
//
//	otherForms    paste.go       {"name": "PowerShell", "looks": "...", "advice": "..."}
//	statusWords   printed.go
//	curlValues    curlcommand.go
//
//go:embed known.json
var knownJSON []byte

// known is the table. A pattern that does not compile panics when the program starts, in every test.
var known = func() (all struct {
	OtherForms   []otherForm      // what people paste and is not supported; the first match counts
	StatusWords  []*regexp.Regexp // find the status in what a client prints of an answer; the first that fits counts
	Phrases      []phrase
	CurlValues   []string       // curl's options with a value (curl's manual)
	Starters     []string       // commands that start the command after their own options
	Base64Widths map[string]int // commands that write Base64, with the length of their lines; 0: a single one
}) {
	if err := json.Unmarshal(knownJSON, &all); err != nil {
		panic("capture: known.json: " + err.Error())
	}
	return all
}()

// otherForm is something that people paste and that is not supported.
type otherForm struct {
	Name   string
	Looks  *regexp.Regexp
	Advice string // how to get a supported form
}

// phrase is words that mean a status, and vendors' texts, with the status that comes with them. It is
// the last resort for an answer without a number.
type phrase struct {
	Words  *regexp.Regexp
	Status int
}
