package diagnose

import (
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// How common a mistake is. It orders the search, and bounds the pairs: two mistakes at once are looked
// for if both are usual, or one is frequent and the other rare. The sums are compared: frequent 0 +
// rare 2 = usual 1 + usual 1.
const (
	frequent = iota
	usual
	rare
	alone // never one of two
)

// option is one way to make a part of the signed text. The first of a slot is the right one.
type option struct {
	text   string
	causes []string // what is wrong with it
	weight int      // how many mistakes it takes: 0, 1 or 2
	tier   int      // frequent, usual or rare
	// named finds the causes where causes is nil. Comparing two encodings costs more than a signature, so it waits until one matches.
	named func() []string
}

// why is what is wrong with an option.
func (o *option) why() []string {
	if o.causes == nil && o.named != nil {
		return o.named()
	}
	return o.causes
}

// with is the same mistake with another text.
func (o option) with(text string) option {
	o.text = text
	return o
}

// slot is a part of the signed text with all the ways in which it may have been made. Slots of the
// right way are made first; the wrong ways are added by fill functions, when they are needed.
type slot struct {
	label   string
	options []option
	secret  bool // never shown
	glued   bool // no separator comes before it
	seen    map[string]bool
}

// newSlot is a slot with its right text.
func newSlot(label, right string) *slot {
	return &slot{label: label, options: []option{{text: right}}, seen: map[string]bool{right: true}}
}

// add adds a way that makes another text than those before it: of two mistakes with the same result the
// first one counts.
func (s *slot) add(o option) {
	if !s.seen[o.text] {
		s.seen[o.text] = true
		s.options = append(s.options, o)
	}
}

// wrong adds a single mistake that has several results.
func (s *slot) wrong(cause string, tier int, texts ...string) {
	for _, t := range texts {
		s.add(option{text: t, causes: []string{cause}, weight: 1, tier: tier})
	}
}

// right is the text that the vendor reads.
func (s *slot) right() string { return s.options[0].text }

// layout is a way to join the parts. The first of a frame is the right one.
type layout struct {
	order         []int  // of the slots; nil: as they come
	separator     string // between two of them
	before, after string // around them all
	merged        int    // this slot, if it is not 0, is written to the end of the one before as its query
	cause         string
	tier          int
}

// join writes the parts with what is between them, for which slot is nil.
func (l *layout) join(slots []*slot, texts []string, write func(s *slot, text string)) {
	if l.before != "" {
		write(nil, l.before)
	}
	n := len(slots)
	if l.order != nil {
		n = len(l.order)
	}
	for i := range n {
		at := i
		if l.order != nil {
			at = l.order[i]
		}
		switch {
		case i == 0 || slots[at].glued:
		case at == l.merged && at > 0:
			write(nil, "?")
			write(slots[at], texts[at])
			write(nil, l.separator) // its own place is left empty
			continue
		case l.separator != "" || l.order == nil:
			write(nil, l.separator)
		}
		write(slots[at], texts[at])
	}
	if l.after != "" {
		write(nil, l.after)
	}
}

// hasher makes a signature of a text, which comes in pieces, so that large bodies are not copied. It
// need not be safe for concurrent use. nil: this text has no signature.
type hasher func(text []string) []byte

// mac turns the text into the bytes of a signature. The first of a frame is the right one. cause and
// tier are those of a wrong one.
type mac struct {
	sum   hasher
	cause []string
	tier  int
	says  map[string]string // what to say of its causes
}

// mistaken is the mac of a mistake. says is what to say of it; empty: the general sentence of its cause.
func mistaken(cause string, tier int, says string, sum hasher) mac {
	m := mac{sum: sum, cause: []string{cause}, tier: tier}
	if says != "" {
		m.says = map[string]string{cause: says}
	}
	return m
}

// previous are the signatures by the secrets before the current ones, where the configuration has the
// option previous: a client that was not told of a rotation. sum is that of the slots.
func (d *diagnosis) previous(options []signers.Option, slots []*slot, sum hasher) (all []mac) {
	before, _ := d.Values.Block("previous", options)
	for i, s := range slots {
		if old := before.Text(s.label); s.secret && old != "" {
			says := "the credential of the option previous was used, and not the current one"
			all = append(all, mistaken("wrong_secret", frequent, says, func(texts []string) []byte {
				texts = slices.Clone(texts)
				texts[i] = old
				return sum(texts)
			}))
		}
	}
	return all
}

// frame is one scheme: the configured one, which takes no mistake, or another that clients confuse with
// it. That of readSeparate, for GET /devices?did=1:
//
//	slots    path          /devices          /devices/  devices  //devices  ...  (143)
//	         query         ?did=1            (none)  ?  ?did={{did}}  ...        (48)
//	         public_token  public            the secret  public\n  ...           (14)
//	         date          20260102T030405   some seconds off  ...               (2773)
//	layouts  joined with \n                  with \n at the end, \r\n, ":", without the date, ...
//	macs     HMAC-SHA1 with the secret       with other keys, HMAC-SHA256, a plain hash, ...
//
// The first of each row is the right one. A single mistake takes one other entry of one row, and a pair
// takes two.
type frame struct {
	causes  []string
	note    string // what to say of the first of its causes
	weight  int
	slots   []*slot
	layouts []layout
	macs    []mac
}

// candidate is one reading of the given signature: bytes, and what is wrong with how they were written.
type candidate struct {
	raw    []byte
	causes []string
	exact  bool // it is no digest, of which a part could be enough

	unpadded bool // the only cause is that Base64's padding is missing

	says map[string]string // what to say of its causes
}

// match is how the given signature was reproduced. No causes: it is the right one.
type match struct {
	causes []string
	note   string            // what to say of the first cause
	says   map[string]string // what to say of others
	parts  []signers.Part

	publicKey bool // the key was the public part of the credential
}
