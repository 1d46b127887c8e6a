//go:build go1.21 && !gc
// +build go1.21,!gc

package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// This file is interpreted and not compiled (yaegi obeys the line +build alone). compiled.go is its twin and says what the
// functions do: here they take few and large steps of the library.

// Form takes one call for most requests, which have one parameter or none that needs encoding.
func Form(query string) (string, error) {
	if onePair.MatchString(query) {
		return query, nil
	}
	return libraryForm(query)
}

// WriteForm makes one text of the whole form: interpreted, a loop over its bytes would take far
// longer than these steps.
func WriteForm(w io.Writer, raw []byte) error {
	text, err := libraryForm(string(raw))
	if err == nil {
		io.WriteString(w, text)
	}
	return err
}

func Base64Text(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func WriteString(w io.Writer, text string) error {
	_, err := w.Write([]byte(text))
	return err
}

func HexHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func HexMACText(macs *sync.Pool, text string) string {
	k := macs.Get().(*Keyed)
	mac := k.Hash
	mac.Reset()
	data := []byte(text)
	mac.Write(data)
	data = mac.Sum(data[:0])
	macs.Put(k)
	return hex.EncodeToString(data)
}

// FormMemory counts the copies that the library makes on the way: of the text as it is decoded,
// encoded, split and joined, and of each pair.
func FormMemory(size, separators int) int64 {
	if separators >= MaxParameters {
		return 0
	}
	return 16*int64(size) + 512*int64(separators+1)
}

func SortQuery(target string) string { return librarySortQuery(target) }

// NewMACOnce keeps nothing: MACOnce is one call of the library here.
func NewMACOnce(newHash func() hash.Hash) *sync.Pool { return nil }

// MACOnce makes a new HMAC by one call of the library. Its pool is nil.
func MACOnce(pool *sync.Pool, newHash func() hash.Hash, key string, data []byte) string {
	mac := hmac.New(newHash, []byte(key))
	mac.Write(data)
	return string(mac.Sum(nil))
}

// Pattern and Words are regular expressions: one call of the library.
type (
	Pattern = regexp.Regexp
	Words   = regexp.Regexp
)

func NewPattern(texts ...string) (*Pattern, error) { return regexp.Compile(patternOf(texts)) }

func NewWords(texts ...string) *Words { return regexp.MustCompile(wordsOf(texts)) }

// OnlyHas is one call of the library, because interpreted a loop over a request's headers takes
// longer than most signatures. WriteSubset leaves out what names excludes, so an error of the
// writer means that another header exists. Names that are no tokens, which no server lets through,
// it does not see.
func OnlyHas(h http.Header, names map[string]bool) bool { return h.WriteSubset(refusing, names) == nil }

// refusing fails to write anything: it is the end of a pipe that was closed.
var refusing = newRefusing()

func newRefusing() io.Writer {
	_, w := io.Pipe()
	w.Close()
	return w
}

// HasPrefix looks at each name only if the text of all of h has the prefix somewhere, which one
// call tells. A value may hold the prefix too, hence the loop.
func HasPrefix(h http.Header, prefix string) bool {
	if !strings.Contains(fmt.Sprint(h), prefix) {
		return false
	}
	for name := range h {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func BasicHex(user string, sum []byte) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+hex.EncodeToString(sum)))
}
