package diagnose

import (
	"bytes"
	_ "embed"
	"encoding/json"
)

// The classes that are not mistakes; mistakes are A to I and K.
const (
	None        = "none" // the request is right
	Unexplained = "J"    // it was refused or is wrong, and no known mistake explains it
)

// Classes says what each class of causes is about, in the order of their letters. The letters are
// stable: programs branch on them.
var Classes = []struct{ Letter, Title string }{
	{"A", "encoding or normalisation of path, query or signed text"},
	{"B", "the body differs from what was signed"},
	{"C", "order of the parameters"},
	{"D", "a signed header was changed on the way, or never sent"},
	{"E", "clock or date format"},
	{"F", "wrong secret, key type, scheme, white space or prefix"},
	{"G", "wrong host"},
	{"H", "query or path prefix left out or added"},
	{"I", "stale or left-over signature"},
	{"J", "refused or wrong, and not explained"},
	{"K", "rights, network or expiry: the signature or the key is right"},
}

// Cause is a known mistake. ID and Class are stable: programs may branch on them. Says is a clause
// without capital and full stop, because several causes are joined into one sentence; Fix is a
// sentence.
//
//	{"id": "secret_sent", "class": "F", "says": "the secret itself was sent where the signature belongs", "fix": "..."}
//
// A vendor that needs other words has them in fixes of its row in vendors.json. A reader that knows
// more about a case sets details and fixes of the diagnosis.
type Cause struct{ ID, Class, Says, Fix string }

// Causes is the table of all causes. docs/causes.md is made from it by the tests of this package, which
// fail if the page is out of date, or if neither code nor a table ever names one of the causes.
var Causes = func() (all []Cause) {
	parseTable("causes.json", causesJSON, &all)
	return all
}()

// causesJSON has the causes by class, in the order of docs/causes.md.
//
//go:embed causes.json
var causesJSON []byte

// parseTable reads a table that is a part of the program. A field that the Go type does not have is a
// misprint, and panics when the program starts, in every test.
func parseTable(name string, text []byte, table any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(table); err != nil {
		panic("diagnose: " + name + ": " + err.Error())
	}
}

// causeByID finds a cause by its ID; nil: there is none.
var causeByID = func() map[string]*Cause {
	m := make(map[string]*Cause, len(Causes))
	for i := range Causes {
		m[Causes[i].ID] = &Causes[i]
	}
	return m
}()

// ClassOf returns the class of a cause, and Unexplained for an unknown ID.
func ClassOf(id string) string {
	if c := causeByID[id]; c != nil {
		return c.Class
	}
	return Unexplained
}
