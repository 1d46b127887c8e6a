package wire

import (
	"bytes"
	"io"
	"math/rand"
	"net/url"
	"runtime"
	"sort"
	"strings"
	"testing"
)

// plainForm is Duo's canonical form of parameters in the plainest way.
func plainForm(raw string) (text string, ok bool) {
	type parameter struct{ key, value string }
	var parameters []parameter
	for _, pair := range strings.Split(raw, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		value, valueErr := url.QueryUnescape(value)
		if keyErr != nil || valueErr != nil {
			return "", false
		}
		encode := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		parameters = append(parameters, parameter{encode(key), encode(value)})
	}
	sort.Slice(parameters, func(i, j int) bool {
		a, b := parameters[i], parameters[j]
		return a.key < b.key || a.key == b.key && a.value < b.value
	})
	var pairs []string
	for _, p := range parameters {
		pairs = append(pairs, p.key+"="+p.value)
	}
	return strings.Join(pairs, "&"), true
}

// plainSort is Darktrace's order of a query in the plainest way.
func plainSort(query string) string {
	pairs := strings.Split(query, "&")
	key := func(pair string) string {
		key, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(key); err == nil {
			return decoded
		}
		return key
	}
	sort.SliceStable(pairs, func(i, j int) bool { return key(pairs[i]) < key(pairs[j]) })
	return strings.Join(pairs, "&")
}

// checkForm holds all ways to put raw in order against the plain ones.
func checkForm(t *testing.T, raw string) {
	t.Helper()
	want, ok := plainForm(raw)
	body := []byte(raw)
	var written bytes.Buffer
	err := WriteForm(&written, body)
	if got := written.String(); (err == nil) != ok || ok && got != want {
		t.Fatalf("%q: the canonical form is\n%q, %v, want\n%q, %v", raw, got, err, want, ok)
	}
	if got, err := Form(raw); (err == nil) != ok || ok && got != want {
		t.Fatalf("%q: the canonical form of a text is\n%q, %v, want\n%q, %v", raw, got, err, want, ok)
	}
	if string(body) != raw {
		t.Fatalf("%q: the body was changed", raw)
	}
	library, err := libraryForm(raw)
	if onePair.MatchString(raw) && library != raw {
		t.Errorf("%q is taken for its own canonical form, which is %q", raw, library)
	}
	many, manyErr := manyForm(strings.Split(raw, "&"))
	if (manyErr == nil) != ok || many != want {
		t.Fatalf("%q: the interpreter's canonical form, made at once, is\n%q, %v, want\n%q, %v", raw, many, manyErr, want, ok)
	}
	if (err == nil) != ok || library != want {
		t.Fatalf("%q: the interpreter's canonical form is\n%q, %v, want\n%q, %v", raw, library, err, want, ok)
	}
	if ok && !canonical([]byte(want)) {
		t.Fatalf("%q: the canonical form %q is not known to be one", raw, want)
	}
	if canonical([]byte(raw)) && want != raw {
		t.Fatalf("%q is taken for canonical, and is %q", raw, want)
	}
	if sorted := "/p?" + plainSort(raw); sortQuery("/p?"+raw) != sorted || librarySortQuery("/p?"+raw) != sorted {
		t.Fatalf("%q: the query becomes %q and interpreted %q, want %q", raw, sortQuery("/p?"+raw), librarySortQuery("/p?"+raw), sorted)
	}
}

var formSeeds = []string{
	"", "&", "&&", "=", "=&=", "a", "a=", "=a", "a=b=c", "a==", "a=1&", "&a=1", "a=1&&b=2", "a=1&a=1", "b=2&a=1", "a=2&a=1", "a&a=", "a=&a",
	"foo=1&foo-bar=2&foo.x=3&foo%=4", "foo=1&foo-bar=2&foo.x=3", "foo-bar=2&foo=1", "a1=x&a=y", "a=a&a=a%00&a%00=a", "a\x00b=1&a=2",
	"realname=First+Last&username=%72oot", "realname=First%20Last&username=root", "x=%e9%2F&y=~*'()", "x=%E9%2f", "%41=1&A=0", "%2d=1&-=0",
	"%", "%4", "a=%", "a=%4", "a=%zz", "a=%4z", "a=%z4", "%zz=1", "a=%&b=1", "a=%2&6=1", "q=%00", "%25=%2525", "a=%%41", "+=+", "a+b=c+d", "a%2Bb=1",
	"a;b=c", "a=1;b=2", "\xff=\x00", "a=%26&b=%3D", "a%3Db=1", "a%26b=1", "caf\u00e9=z", "caf%C3%A9=z", "caf%c3%a9=z", "a=:/?#[]@!$,", "a=\n\t \r", "\x80\xfe=%ff",
	"Z=1&a=2&A=3&z=4", "a=b?c=d&A", "limit=100&offset=0", "offset=0&limit=100",
}

func TestEveryWayToOrderParametersGivesTheSame(t *testing.T) {
	for _, seed := range formSeeds {
		checkForm(t, seed)
	}
	bits := []string{"&", "&", "&", "=", "=", "=", "a", "b", "A", "-", "foo", "1", "~", ".", "_", "?", ";", "+", "%", "%2", "%2f", "%2F", "%61", "%26", "%3D", "%3d", "%25", "%00",
		"%zz", "\x00", "\xff", "\u00e9", " ", "/", "!", "*", "'", "[", "\n", strings.Repeat("long", 300), strings.Repeat("%2b", 400)}
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 60000; i++ {
		length, choice := random.Intn(24), bits[:len(bits)-2]
		if i%50 == 0 {
			length, choice = random.Intn(400), bits // what is written in parts, and more pairs than are sorted by insertion
		}
		if i%500 == 0 {
			length, choice = 2000, bits[:5] // more than are looked at one by one
		}
		var b strings.Builder
		for ; length > 0; length-- {
			bit := choice[random.Intn(len(choice))]
			if i%2 == 0 && (bit == "%" || bit == "%2" || bit == "%zz") {
				bit = "&" // so that half of them can be read
			}
			b.WriteString(bit)
		}
		checkForm(t, b.String())
	}
}

func FuzzEveryWayToOrderParameters(f *testing.F) {
	for _, seed := range formSeeds {
		f.Add([]byte(seed), 1)
	}
	f.Add([]byte("k=v+%2f&"), 300)
	f.Add([]byte("a;b=c&&=&a\x00b=%2f&"), 100)
	f.Add([]byte("b=%zz&a"), 300)
	f.Fuzz(func(t *testing.T, raw []byte, times int) {
		if times < 1 || times > 400 || len(raw)*times > 1<<14 {
			times = 1
		}
		checkForm(t, strings.Repeat(string(raw), times))
	})
}

// A client chooses how many parameters a body has.
func TestAHostileFormTakesAFewTimesItsSizeAndLeavesNothing(t *testing.T) {
	const size = 1 << 20
	for _, pair := range []string{"&", "a&", "b=&a&", "\xff&", "\xff", "%41=+&"} {
		raw := bytes.Repeat([]byte(pair), size/len(pair))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := WriteForm(io.Discard, raw); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 14*size {
			t.Errorf("%q took %d times its size", pair, took/size)
		}
		if f := forms.Get().(*form); cap(f.text) > keepAt || cap(f.pairs) > keepAt {
			t.Errorf("%q left %d bytes and %d pairs", pair, cap(f.text), cap(f.pairs))
		}
	}
}
