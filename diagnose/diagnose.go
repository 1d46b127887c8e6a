// Package diagnose finds out why a vendor refused a request that somebody else signed.
//
// Vendors say "invalid signature" and no more, on purpose. With the secret this package can say more:
// it computes the signature as clients are known to get it wrong, one mistake at a time and then two,
// until the given one comes out. The mistake that reproduces it is proved. Without the secret it looks
// at what is visible.
//
// # From a case to a finding
//
//	Case            what was sent, the configuration, the vendor's answer, the time
//	  |  read       readers (profile.go) for vendors with a row, readProgram (program.go) for presets,
//	  |             newBearer (bearer.go) where a token is fetched and nothing is signed
//	  v
//	evidence        facts: what can be seen; answer: what the vendor says; stamp and clock: the date
//	  |
//	  v
//	search          frames of slots: the signed text in parts, each with the ways to get it wrong,
//	  |             joined, hashed and compared with wants, the readings of the given signature
//	  v
//	conclude        weighs the three, orders the causes, words the answer
//	  |
//	  v
//	Finding         class, causes, explanation, fix, proved or not, both texts
//
// # An example
//
// A script signs a text of target, token and date with the decoded query, and its HTTP library encodes the query when
// it sends it:
//
//	GET /devices?seensince=1%20hour
//	DTAPI-Token: public
//	DTAPI-Date: 20260102T030405
//	DTAPI-Signature: 703c2183035baac562eaf7a4db855f87e271acad
//
// The right text does not give that signature with the private token "private". Of the slot "query",
// the option "?seensince=1 hour" does, and that option has the cause query_decoded. The finding is:
//
//	Class        A
//	Causes       query_decoded
//	Proved       true
//	Explanation  The query was signed decoded but sent encoded.
//	Fix          Sign the encoded query, as it appears in the request line.
//	Signed       /devices?seensince=1 hour\npublic\n20260102T030405
//	Right        /devices?seensince=1%20hour\npublic\n20260102T030405
//
// # Where a change belongs
//
//	a mistake that clients make with a part of the text   a row of guesses.json, with its source
//	an encoder or a JSON library                          styles.json, writings (json.go)
//	an order of parameters, a subset of them              orders.go, params.go
//	another way to join the parts, or to hash them        layouts.go; secret.go and sums.go
//	what a vendor's answer means                          a row of answers.json; for what the gateway
//	                                                      must know too, Answers of the scheme in signers
//	what an error of a token service means                a row of tokens.json
//	something visible in what was sent                    a call of fact in the reader of that form
//	which of several causes counts                        reproduce.go, conclude.go, refused.go
//	a new cause, or its wording                           a row of causes.json (docs/causes.md is made of it)
//	a new vendor whose form a reader has                  a row of vendors.json
//	a new vendor with a form of its own                   the row, and a function in readers (profile.go)
//	a new preset                                          nothing: its operations are read by program.go
//
// A fact is a cause that needs no search. A guess becomes an option of a slot, and costs one hash in
// every search that gets that far, so common mistakes are in the tiers that come first (see frequent in
// slots.go). Every row names its source, and the cases of tests/corpus say whether the right cause is
// found.
//
// # Files
//
//	readers       separate, basic, prefixed, keyhash, key, scoped*, message*, program*, bearer*, token*
//	evidence      headers, credential, template, leak, exchange, clock, answer, suspicion
//	the text      text (parts as slots), versions, wire (parameters and escapes), json, charset
//	mistakes      guesses, transformations, encodings, orders, params, path, query, body, dates, hosts,
//	              family, secret, unsent, windows, layouts, multipart
//	search        slots (the model), search (the order of attempts), signature (readings of what was given)
//	answer        conclude, refused, words, redact, causes
//
// The package is a pure function of the case, but for a memory of the earlier requests of the same
// stream (Session). It reads no clock, no file and no network. signer.go holds all calls into the
// vendors' signers, except those of program*.go and bearer*.go, which read presets. No finding holds a
// secret: redact is the last step of every search, and bearer*.go and token*.go put no secret into a
// sentence.
package diagnose

import (
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Case is what is known about one request. Diagnose does not change it: readers that must change the
// request or the options work on a copy.
type Case struct {
	// A vendor or scheme, one of signers.Names().
	Signer string
	// The signer's options by name, as in a configuration. The secret may be missing, or empty, which
	// is the same. References such as {env.NAME} are not resolved here.
	Options map[string]string
	// The same options with all their values. Lists and the block previous are read from here, and all
	// of a custom scheme. nil: none.
	Values signers.Values
	// The hosts that the credential is bound to, as in the option host: a name, or *.name. nil: not
	// known, and then no host is wrong.
	Hosts []string

	// The request as it was sent, with the signature's headers. Host is the Host header that was sent,
	// Target is path and query as in the request line, still encoded.
	Request signers.Message
	// The authority of the URL, which may differ from the Host header. Empty: the same as Request.Host.
	Address string

	// The vendor's answer. nil: it is not known, and then nothing is judged by what the vendor says.
	Response *Response

	// The parts of the request that are a shell's variable or command of unknown value. If one of them
	// is in a part that counts for the signature, the diagnosis ends with variable_unexpanded: what was
	// sent cannot be judged.
	Unexpanded []Unexpanded
	// The request comes from a log that leaves credentials out, such as a browser's HAR file without
	// sensitive data. That a header is missing there proves nothing.
	Sanitised bool
	// The request was given as the text of HTTP, with all the headers that were sent.
	Printed bool

	// The time at which the request was made, as far as it is known. A Date of the response counts
	// more, because it is the vendor's clock that decides.
	Now time.Time
	// Now is only the time of the question. When the request was made is not known then, and its clock
	// is not judged unless the vendor complains about it.
	Asked bool
}

// Unexpanded is a shell's variable or command in a request that was read from a command line, which was
// copied before a shell replaced it.
type Unexpanded struct {
	Text  string // as in $IKEY or $(date -R)
	Place string // URL, method, body, or a header's name
}

// Response is the vendor's answer, or what of it is known. A zero Status with a Body is the text that a
// client printed, without the status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Finding is the answer: what is wrong, of which class, and whether that is proved. It holds no secret.
// Programs branch on Class and Causes, which are stable; the sentences may change.
type Finding struct {
	// A to I and K (see Classes), None or Unexplained.
	Class string
	// The causes by their IDs, the one that decides the class first. Not nil, and empty if nothing is
	// wrong.
	Causes []string
	// One sentence for people. It may quote the vendor's answer, but no value of the credential.
	Explanation string
	// What to do, a sentence for each cause. Empty if there is nothing to do.
	Fix string
	// The given signature was reproduced with these causes, or the first of them is a fact that needs
	// no guess. Of a request that is signed it is never true without the secret; for tokens see
	// provable.
	Proved bool

	// The text that was signed, if it was found out, and the text that the vendor reads from what was sent. Both are
	// split in the same way. Empty where the scheme has no such text.
	Signed, Right []signers.Part
}

// Session remembers the earlier requests of one stream, to recognise a nonce or a signature that comes
// again. Its zero value is ready. It is not safe for concurrent use.
//
// It learns only from the requests that it was given: a replay is recognised if the request that used
// the nonce first was one of them, or if the vendor says so.
type Session struct{ memory memory }

// Diagnose says what is wrong with a request. Its only error is a signer that does not exist, or one
// whose configuration cannot be read, such as a custom scheme without operations.
//
// Where the search finds no known mistake, the case is judged once more without its secrets. What the
// form alone shows is then a better answer than "unexplained", but proves nothing unless it is another
// ID than the configured one.
func (s *Session) Diagnose(c *Case) (*Finding, error) {
	if profiles[c.Signer] == nil {
		return s.diagnoseProgram(c)
	}
	return s.judge(c, secretOptions(c.Signer), func(c *Case) (*diagnosis, error) {
		d, err := newDiagnosis(c, &s.memory)
		if err == nil {
			readers[d.profile.Read](d)
		}
		return d, err
	})
}

// newDiagnosis prepares the work on a case of a vendor with a row in vendors.json. The budget bounds a
// search that finds nothing, which tries everything; common mistakes come first, and take few sums. The bytes bound what large bodies cost.
func newDiagnosis(c *Case, m *memory) (*diagnosis, error) {
	p := profiles[c.Signer]
	signer, err := standIn(c.Signer, p.Sample)
	return &diagnosis{
		Case: c, given: c.Options, profile: p, signer: signer, memory: m, details: make(map[string]string), fixes: make(map[string]string),
		budget: &budget{sums: 80_000, bytes: 128 << 20}, answer: readAnswer(c.Signer, c.Response), clock: newClock(c),
	}, err
}

// open reports whether the answer names no mistake: nothing explains the refusal, or all that can be
// said is that the secret is another one.
func (f *Finding) open() bool {
	return f.Class == Unexplained || len(f.Causes) == 1 && f.Causes[0] == "wrong_secret"
}

// Diagnose says what is wrong with a single request.
func Diagnose(c *Case) (*Finding, error) { return new(Session).Diagnose(c) }
