// Package diagnose finds out why a vendor refused a request that somebody else signed.
//
// It is an engine over the labelled parts of the text that the vendor's own signer hashes (signers.Part), in three steps:
//
//   - input: a Case; what was sent is read by one of readers, in the form in which the vendor's scheme sends a credential
//     (separate.go, basic.go, prefixed.go, keyhash.go, key.go);
//   - evidence: what can be seen (facts), what the vendor answered (answers.json and signers.Scheme.Answers) and the clock;
//   - search: the parts as slots (text.go), each with the ways in which clients get it wrong, joined and hashed until the
//     given signature comes out (slots.go, layouts.go, search.go).
//
// conclude.go weighs the three and words a Finding by its causes (causes.json). What is peculiar to a vendor is a row of
// vendors.json, and what clients are known to get wrong a row of guesses.json, with its source: a further vendor or mistake
// is a row, and code only where a scheme sends its credential in a form of its own. signer.go is all that asks signers.
// Presets have no row: program.go and the files named after it read and search by their operations.
//
// Vendors say "invalid signature" and no more, on purpose. With the secret this package can say more: it computes the
// signature as clients are known to get it wrong, one mistake at a time and then two, until the given one is
// reproduced; the mistake that reproduces it is proved. Without the secret it looks at what is visible. It is a
// pure function of the request, the configuration, the vendor's answer and the time, but for a memory of the earlier
// requests of the same stream (Session), and reads no clock, no file and no network.
package diagnose

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Case is what is known about one request.
type Case struct {
	Signer  string            // one of signers.Names()
	Options map[string]string // the signer's options by name; the secret may be missing, or empty, which is the same
	Values  signers.Values    // of these, those that are lists are used; nil: none
	Hosts   []string          // what the credential is bound to, if that is known

	Request signers.Message // as sent, with the signature's headers. Host is the Host header that was sent
	Address string          // the authority that was addressed; empty: the same as Request.Host

	Response *Response // the vendor's answer; nil: unknown

	// The parts of the request that are a shell's variable or command of unknown value.
	Unexpanded []Unexpanded
	// The request comes from a log that leaves credentials out: that a header is missing there proves nothing.
	Sanitised bool

	// The time at which the request was made, as far as it is known. A Date of the response counts more.
	Now time.Time
	// Now is only the time of the question. When the request was made is not known then, and its clock is not judged
	// unless the vendor complains about it.
	Asked bool
}

// Unexpanded is a shell's variable or command in a request that was read from a command line.
type Unexpanded struct {
	Text  string // as in $IKEY or $(date -R)
	Place string // URL, method, body, or a header's name
}

// Response is the vendor's answer, or what of it is known.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Finding is the answer: what is wrong, of which class, and whether that is proved.
type Finding struct {
	Class       string   // A to I, K, None or Unexplained
	Causes      []string // by their IDs, the one that decides the class first; none if nothing is wrong
	Explanation string   // one sentence for people
	Fix         string
	Proved      bool // the given signature was reproduced, or the fact needs no guess

	// The text that was signed, if it was found out, and the text that the vendor reads from what was sent. Both are
	// split in the same way. Empty where the scheme has no such text.
	Signed, Right []signers.Part
}

// Session remembers the earlier requests of one stream, to recognise a nonce or a signature that comes again. Its zero
// value is ready. It is not safe for concurrent use.
type Session struct{ memory memory }

// Diagnose says what is wrong with a request. Its only error is a signer that does not exist.
func (s *Session) Diagnose(c *Case) (*Finding, error) {
	if profiles[c.Signer] == nil {
		return s.diagnoseProgram(c)
	}
	read := func(c *Case) (*diagnosis, error) {
		d, err := newDiagnosis(c, &s.memory)
		if err == nil {
			readers[d.profile.Read](d)
		}
		return d, err
	}
	d, err := read(c)
	if err != nil {
		return nil, err
	}
	d.leaked()
	other, f := d.exchanged(read)
	if f == nil {
		f = d.conclude()
	} else {
		d = other
	}
	if d.scoped != nil {
		d.scoped.reword(f)
	}
	s.memory.keep(d, f)
	if d.secret != "" && f.open() { // what the form alone shows counts then
		blind, err := read(c.withoutSecrets())
		if err != nil {
			return nil, err
		}
		if shown := blind.conclude(); shown.Class != None && !shown.open() {
			shown.Signed, shown.Right = f.Signed, f.Right
			shown.Proved = shown.Causes[0] == "wrong_id" && slices.Contains(blind.facts,
				"wrong_id") // an ID other than the configured one is visible
			f = shown
		}
	}
	d.redact(f)
	return f, nil
}

func newDiagnosis(c *Case, m *memory) (*diagnosis, error) {
	p := profiles[c.Signer]
	signer, err := standIn(c.Signer, p.Sample)
	return &diagnosis{
		Case: c, profile: p, signer: signer, memory: m, details: make(map[string]string), fixes: make(map[string]string),
		budget: &budget{sums: 80_000, bytes: 128 << 20}, answer: readAnswer(c.Signer, c.Response), clock: newClock(c),
	}, err
}

// open reports whether the answer names no mistake.
func (f *Finding) open() bool {
	return f.Class == Unexplained || len(f.Causes) == 1 && f.Causes[0] == "wrong_secret"
}

// withoutSecrets is the case as it looks to somebody who does not have the secret.
func (c *Case) withoutSecrets() *Case {
	other := *c
	other.Options = maps.Clone(c.Options)
	secret := secretOptions(c.Signer)
	maps.DeleteFunc(other.Options, func(name, _ string) bool { return secret[name] })
	return &other
}

// Diagnose says what is wrong with a single request.
func Diagnose(c *Case) (*Finding, error) { return new(Session).Diagnose(c) }

// diagnosis is the work on one case.
type diagnosis struct {
	*Case
	profile *profile
	signer  signers.Signer // with placeholders for the credential
	memory  *memory
	answer  answer
	clock   clock
	budget  *budget

	secret string // as it is configured

	facts   []string          // causes that can be seen, in the order in which they were found
	stuck   bool              // what was sent is not enough to look for the signature
	details map[string]string // what to say of a cause in place of its general sentence
	fixes   map[string]string // what to do about it, likewise

	wants  []want   // the given signature
	frames []*frame // the ways to make one, the right one first
	later  func()   // adds the wrong ways to the frames: only a request that is not right needs them
	last   []func() // add guesses, of which there are many

	stamp       stamp    // the date that was sent
	template    string   // a variable in what was sent that was not replaced by its value
	doubt       string   // what to say of suspicion
	suspicion   string   // a cause that cannot be proved, for the case that nothing else explains a refusal
	refused     string   // a cause for the case that all is right and the vendor says the signature is not
	hint        string   // what may explain that and cannot be known
	unsigned    string   // what may have been signed in place of what was sent, and cannot be known
	idKnown     bool     // the public part that was sent is the configured one
	secretForID string   // what to say of a secret that was sent in the place of the public part; empty: it was not
	token       bool     // the secret is sent as it is, and nothing is signed
	placeholder string   // what a page writes in the place of a value, in what was sent
	notSent     []string // the headers that are missing
	padded      string   // a header whose value was given with white space around it
	untrimmed   []string // the values of such headers
	matched     bool     // the signature is the right one
	expired     bool     // the configuration says so
	sure        bool     // what was seen needs no guess
	identity    string   // what must not come twice: a nonce
	signature   string   // the given signature's text
	scoped      *scoped
	program     *programmed
	right       []signers.Part
}

// fact records a visible cause.
func (d *diagnosis) fact(id string, detail ...string) {
	if slices.Contains(d.facts, id) {
		return
	}
	d.facts = append(d.facts, id)
	if text := strings.Join(detail, ""); text != "" {
		d.details[id] = text
	}
}

// factsOf records visible causes.
func (d *diagnosis) factsOf(ids []string) {
	for _, id := range ids {
		d.fact(id)
	}
}

// option returns an option of the signer, or the default.
func (d *diagnosis) option(name, otherwise string) string { return cmp.Or(d.Options[name], otherwise) }
