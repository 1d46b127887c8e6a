//go:build go1.21

package wire

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// errEscape is the error of parameters that cannot be decoded. It does not quote them: they may be
// secrets of the client.
var errEscape = fmt.Errorf("a parameter has a %% that begins no escape: %w", signers.ErrMessage)

// form is the canonical form of a query or urlencoded body in the making: every pair decoded,
// encoded again with only A-Za-z0-9-._~ left bare, and sorted by encoded key, then encoded value. A
// body may have a hundred thousand pairs, so none of them takes memory of its own. For b=2&a=1+x&c:
//
//	text    "b=2a=1%20xc="                       encoded, in the order of the client
//	pairs   {0 1 3} {3 4 10} {10 11 12}          sorted afterwards; text is not moved
//	joined  "a=1%20x&b=2&c="
//
// One goroutine uses a form at a time.
type form struct {
	raw   []byte // of a query
	text  []byte
	pairs []formPair
	out   []byte // what is to be written
}

// formPair is where a key, "=" and a value are in a form's text. A client may send as many as half
// of a body's bytes, so they are small: 12 bytes, where two slices would have 48. A body is far
// from 4 GiB, so 32 bits are enough.
type formPair struct{ start, equals, end uint32 }

// Len, Swap and Less are for sort.Sort. It is not stable and need not be: pairs that are neither
// less than the other are the same text.
func (f *form) Len() int { return len(f.pairs) }

func (f *form) Swap(i, j int) { f.pairs[i], f.pairs[j] = f.pairs[j], f.pairs[i] }

// Less compares the keys apart, since a pair as a whole has another order: foo=1 comes before
// foo-bar=1, though "=" comes after "-". Values compare with the "=" in front, which both have.
func (f *form) Less(i, j int) bool {
	a, b := &f.pairs[i], &f.pairs[j]
	order := bytes.Compare(f.text[a.start:a.equals], f.text[b.start:b.equals])
	return order < 0 || order == 0 && bytes.Compare(f.text[a.equals:a.end], f.text[b.equals:b.end]) < 0
}

// flushAt is when text in the making is written, in bytes: pairs are collected up to a kilobyte, so
// that a hash is called seldom and the form is not there a second time.
const flushAt = 1 << 10

// keepAt is the size in bytes of the forms for which memory is kept: those of nearly all requests.
// A pool that kept more would hold it for as long as requests arrive.
const keepAt = 32 << 10

// forms are forms that may be used again, by any goroutine.
var forms = sync.Pool{New: func() interface{} { return &form{out: make([]byte, 0, flushAt)} }}

// put gives f back. Memory that a long query or body took is not kept. f must not be used
// afterwards, nor slices of its text.
func (f *form) put() {
	if cap(f.raw) > keepAt {
		f.raw = nil
	}
	if cap(f.text) > keepAt || cap(f.pairs) > keepAt/8 {
		f.text = nil
		f.pairs = nil
	}
	forms.Put(f)
}

// compiledForm is Form, compiled. A query that is canonical is returned as it is, without memory:
// Duo's own clients send theirs so.
func compiledForm(query string) (string, error) {
	f := forms.Get().(*form)
	defer f.put()
	f.raw = append(f.raw[:0], query...)
	if canonical(f.raw) {
		return query, nil
	}
	if err := f.read(f.raw); err != nil {
		return "", err
	}
	sort.Sort(f)
	return f.joined(), nil
}

// compiledWriteForm is WriteForm, compiled. The body is not copied where it is canonical.
func compiledWriteForm(w io.Writer, raw []byte) error {
	if canonical(raw) {
		_, err := w.Write(raw)
		return err
	}
	f := forms.Get().(*form)
	defer f.put()
	err := f.read(raw)
	if err == nil {
		sort.Sort(f)
		err = f.write(w)
	}
	return err
}

// joined is all pairs in their order. The text has an "=" for each pair already; each but the last
// takes an "&" more.
func (f *form) joined() string {
	var b strings.Builder
	b.Grow(len(f.text) + len(f.pairs))
	for i, p := range f.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.Write(f.text[p.start:p.end])
	}
	return b.String()
}

// write writes the pairs in their order. Short ones are put together: a hash takes a call for each piece.
func (f *form) write(w io.Writer) error {
	out := f.out[:0]
	for i, p := range f.pairs {
		if i > 0 {
			out = append(out, '&')
		}
		pair := f.text[p.start:p.end]
		if len(out)+len(pair) >= flushAt {
			if _, err := w.Write(out); err != nil {
				return err
			}
			out = out[:0]
		}
		// A long pair, such as a file in base64, goes out in one piece from where it is.
		if len(pair) < flushAt {
			out = append(out, pair...)
		} else if _, err := w.Write(pair); err != nil {
			return err
		}
	}
	f.out = out
	_, err := w.Write(out)
	return err
}

// read takes the pairs from raw and encodes them. Room for all is taken once: pairs point into text
// by numbers, and both may be large. On an error f holds a part, which nothing reads.
func (f *form) read(raw []byte) error {
	// Counted first: a slice that grows by doubling would for a moment take three times the memory.
	if count := countPairs(raw); count > cap(f.pairs) {
		f.pairs = make([]formPair, 0, count)
	}
	if size := maxEncoded(raw); size > cap(f.text) {
		f.text = make([]byte, 0, size)
	}
	text, pairs := f.text[:0], f.pairs[:0]
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '&')
		if end < 0 {
			end = len(raw)
		}
		// Empty pairs, as in a=1&&b=2, mean nothing to servers, and Duo's clients never send them.
		if end > 0 {
			p, key, value := formPair{start: uint32(len(text))}, raw[:end], raw[end:end]
			if i := bytes.IndexByte(key, '='); i >= 0 {
				key, value = key[:i], key[i+1:]
			}
			var ok bool
			if text, ok = appendEncoded(text, key); !ok {
				return errEscape
			}
			p.equals = uint32(len(text))
			if text, ok = appendEncoded(append(text, '='), value); !ok {
				return errEscape
			}
			p.end = uint32(len(text))
			pairs = append(pairs, p)
		}
		if end < len(raw) {
			end++
		}
		raw = raw[end:]
	}
	f.text, f.pairs = text, pairs
	return nil
}

// maxEncoded is at least the size of raw's pairs when they are encoded: a buffer that grows would
// take twice the memory. It is 18 for b=2&a=1+x&c, of which 12 bytes are used.
func maxEncoded(raw []byte) int {
	size := len(raw) + 1 // for the "=" of a last pair that has none; others have the place of their "&"
	for _, c := range raw {
		if !bare[c] && c != '&' && c != '%' {
			size += 2
		}
	}
	return size
}

// countPairs counts the pairs that are not empty: 1 for &&a=1&.
func countPairs(raw []byte) int {
	count, empty := 0, true
	for _, c := range raw {
		if c == '&' {
			empty = true
		} else if empty {
			empty = false
			count++
		}
	}
	return count
}

// canonical reports whether raw is its own canonical form, as that of Duo's own clients is. It
// compares each pair with the one before, and takes no memory. No text at all is canonical; "a=1&b"
// is not, since b gets an "=".
func canonical(raw []byte) bool {
	var lastKey, lastValue []byte
	for more := len(raw) > 0; more; {
		var pair []byte
		pair, raw, more = cutByte(raw, '&')
		key, value, found := cutByte(pair, '=')
		if !found || encoded(key) < len(key) || encoded(value) < len(value) {
			return false
		}
		order := bytes.Compare(lastKey, key)
		if order > 0 || order == 0 && bytes.Compare(lastValue, value) > 0 {
			return false
		}
		lastKey, lastValue = key, value
	}
	return true
}

// cutByte is bytes.Cut for one byte, in a third of the time.
func cutByte(text []byte, separator byte) (before, after []byte, found bool) {
	if i := bytes.IndexByte(text, separator); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, nil, false
}
