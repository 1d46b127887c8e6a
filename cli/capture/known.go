package capture

import (
	_ "embed"
	"encoding/json"
	"regexp"
)

// knownJSON is what is known of other programs: facts that grow without a line of code.
//
//go:embed known.json
var knownJSON []byte

var known = func() (all struct {
	OtherForms   []otherForm      // what people paste and is not read; the first that fits counts
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

// otherForm is something that people paste and that is not read.
type otherForm struct {
	Name   string
	Looks  *regexp.Regexp
	Advice string // how to get a form that is read
}

// phrase is words that mean a status, and vendors' texts, with the status that comes with them.
type phrase struct {
	Words  *regexp.Regexp
	Status int
}
