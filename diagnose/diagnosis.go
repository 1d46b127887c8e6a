package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// diagnosis is the work on one case. A reader fills in the evidence and the frames, conclude searches
// and answers. It belongs to one goroutine.
type diagnosis struct {
	*Case
	profile *profile
	// The options as they are configured; Case.Options lacks those with which nothing can be signed.
	given map[string]string
	// The vendor's signer with placeholders for the credential. It is asked for texts and traits, never
	// for a signature of the case.
	signer signers.Signer
	memory *memory
	answer answer
	clock  clock
	// What is left of the search, for all frames together.
	budget *budget

	// The secret as it is configured, white space included; see trueSecret. Empty: it is not known, and
	// nothing can be reproduced.
	secret string

	// The causes that can be seen, in the order in which they were found. The order decides between
	// causes of the same rank.
	facts []string
	// What was sent is not enough to look for the signature: the header with it is missing, or holds
	// something else.
	stuck bool
	// What to say of a cause in place of the general sentence of causes.json.
	details map[string]string
	// What to do about a cause, in place of the vendor's and the general one.
	fixes map[string]string

	// The readings of the given signature. One that matches is enough.
	wants []candidate
	// The ways to make a signature, that of the configuration first.
	frames []*frame
	// later adds the wrong ways to the frames. It is called once, and only if the right way does not
	// lead to the signature: a right request costs one sum. nil: there are none.
	later func()
	// last add guesses of which there are thousands, such as the time windows of log queries. They come
	// after all single mistakes.
	last []func()

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
	idHidden    bool     // it is over the public part of the credential, and somebody's who posted the request
	notSent     []string // the headers that are missing
	padded      string   // a header whose value was given with white space around it
	untrimmed   []string // the values of such headers
	matched     bool     // the signature is the right one
	differs     bool     // the secret was tried, and makes another signature
	expired     bool     // the configuration says so
	sure        bool     // what was seen needs no guess
	noLength    bool     // Content-Length is covered by the signature, and is not in the text of the request
	identity    string   // what must not come twice: a nonce
	signature   string   // the given signature's text
	scoped      *scoped
	program     *programmed
	right       []signers.Part
}

// fact records a visible cause. detail, whose texts are joined, takes the place of the cause's general
// sentence. The first call for a cause counts: a later one changes nothing.
func (d *diagnosis) fact(id string, detail ...string) {
	if slices.Contains(d.facts, id) {
		return
	}
	d.facts = append(d.facts, id)
	if text := strings.Join(detail, ""); text != "" {
		d.details[id] = text
	}
}

// factsOf records visible causes with their general sentences.
func (d *diagnosis) factsOf(ids []string) {
	for _, id := range ids {
		d.fact(id)
	}
}

// option returns an option of the signer, or otherwise if it is missing or empty.
func (d *diagnosis) option(name, otherwise string) string { return cmp.Or(d.Options[name], otherwise) }
