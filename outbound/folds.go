//go:build go1.21

package outbound

import (
	"strings"
	"sync"
)

// folds replace characters by what some servers take them for.
type folds struct {
	shorter    *strings.Replacer // overlong UTF-8 of three to six bytes, by the form of two or three
	overlong   *strings.Replacer // the two bytes that lenient decoders take for an ASCII character
	compatible *strings.Replacer // what Unicode's compatibility forms and case folding make of a character (NFKC, UAX 31)
	accents    *strings.Replacer // letters with accents, which comparisons of databases ignore
	sevenBits  *strings.Replacer // bytes without their highest bit
}

var (
	foldsOnce sync.Once
	foldsMade *folds
)

// currentFolds makes the tables when the first path needs them: interpreted, that takes some milliseconds, which a gateway
// that only ever sees ASCII does not pay.
func currentFolds() *folds {
	foldsOnce.Do(func() {
		foldsMade = &folds{shorter: newShorter(), overlong: newOverlong(), compatible: newCompatible(), accents: newAccents(), sevenBits: newSevenBits()}
	})
	return foldsMade
}

func newShorter() *strings.Replacer {
	var pairs []string
	for c := 0; c < 32; c++ {
		next, lead := string([]byte{0x80 + byte(c)}), string([]byte{0xc0 + byte(c)})
		pairs = append(pairs, "\xfc\x80\x80\x80"+next, lead, "\xf8\x80\x80"+next, lead, "\xf0\x80"+next, lead, "\xe0"+next, lead)
	}
	for c := 0; c < 16; c++ {
		next, lead := string([]byte{0x80 + byte(c)}), string([]byte{0xe0 + byte(c)})
		pairs = append(pairs, "\xfc\x80\x80"+next, lead, "\xf8\x80"+next, lead, "\xf0"+next, lead)
	}
	return strings.NewReplacer(pairs...)
}

// newOverlong takes every second byte that has the same lower bits: such decoders do not look at the others.
func newOverlong() *strings.Replacer {
	var pairs []string
	for c := 0; c < 128; c++ {
		for high := 0; high < 256; high += 64 {
			pairs = append(pairs, string([]byte{0xc0 + byte(c/64), byte(high) + byte(c%64)}), asciiOf(c))
		}
	}
	return strings.NewReplacer(pairs...)
}

// asciiOf is the character c, but never a line end: those separate readings.
func asciiOf(c int) string {
	if c == '\n' {
		return "\r"
	}
	return string(rune(c))
}

func newSevenBits() *strings.Replacer {
	var pairs []string
	for c := 0; c < 128; c++ {
		pairs = append(pairs, string([]byte{0x80 + byte(c)}), asciiOf(c))
	}
	return strings.NewReplacer(pairs...)
}

// compatibleForms are the forms that no row below has: each word is a form and what it stands for.
const compatibleForms = "ſs KK ıi İi ªa ºo ¹1 ²2 ³3 ᴬA ᴮB ᴰD ᴱE ᴳG ᴴH ᴵI ᴶJ ᴷK ᴸL ᴹM ᴺN ᴼO ᴾP ᴿR ᵀT ᵁU ⱽV ᵂW ᵃa ᵇb ᶜc ᵈd ᵉe ᶠf ᵍg ʰh ⁱi ʲj " +
	"ᵏk ˡl ᵐm ⁿn ᵒo ᵖp ʳr ˢs ᵗt ᵘu ᵛv ʷw ˣx ʸy ᶻz ₐa ₑe ₕh ᵢi ⱼj ₖk ₗl ₘm ₙn ₒo ₚp ᵣr ₛs ₜt ᵤu ᵥv ₓx " +
	"ℂC ℊg ℋH ℌH ℍH ℎh ℐI ℑI ℒL ℓl ℕN ℙP ℚQ ℛR ℜR ℝR ℤZ ℨZ ℬB ℭC ℯe ℰE ℱF ℳM ℴo ℹi ⅅD ⅆd ⅇe ⅈi ⅉj " +
	"ⅠI ⅡII ⅢIII ⅣIV ⅤV ⅥVI ⅦVII ⅧVIII ⅨIX ⅩX ⅪXI ⅫXII ⅬL ⅭC ⅮD ⅯM ⅰi ⅱii ⅲiii ⅳiv ⅴv ⅵvi ⅶvii ⅷviii ⅸix ⅹx ⅺxi ⅻxii ⅼl ⅽc ⅾd ⅿm " +
	"ﬀff ﬁfi ﬂfl ﬃffi ﬄffl ﬅst ﬆst ĲIJ ĳij ǇLJ ǈLj ǉlj ǊNJ ǋNj ǌnj ǱDZ ǲDz ǳdz №No ℠SM ℡TEL ™TM ㏎kM ㎏kg ㎅KB ㎉cal ㏍KK ㏒log ․. ‥.. ….... ;;"

func newCompatible() *strings.Replacer {
	const upper, lower, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
	var pairs []string
	row := func(first rune, letters string) {
		for i := 0; i < len(letters); i++ {
			pairs = append(pairs, string(first+rune(i)), letters[i:i+1])
		}
	}
	for c := '!'; c <= '~'; c++ {
		pairs = append(pairs, string(c-'!'+'！'), string(c))
	}
	row('Ⓐ', upper)
	row('ⓐ', lower)
	row('🄰', upper)
	row('⁰', "0")
	row('⁴', "456789")
	row('₀', digits)
	row('①', "123456789")
	for style := 0; style < 13; style++ {
		row('𝐀'+rune(52*style), upper+lower)
	}
	for style := 0; style < 5; style++ {
		row('𝟎'+rune(10*style), digits)
	}
	for _, form := range strings.Fields(compatibleForms) {
		letter := string([]rune(form)[0])
		pairs = append(pairs, letter, strings.TrimPrefix(form, letter))
	}
	return strings.NewReplacer(pairs...)
}

// accented are the letters with accents: each word begins with the letter without.
const accented = "aàáâãäåāăąǎȁȃȧḁẚạảấầẩẫậắằẳẵặ AÀÁÂÃÄÅĀĂĄǍ cçćĉċčḉ CÇĆĈĊČ dďđðḋḍḏḑḓ DĎĐ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ EÈÉÊËĒĔĖĘĚ " +
	"gĝğġģǧǵḡ GĜĞĠĢ hĥħȟḣḥḧḩḫẖ HĤĦ iìíîïĩīĭįǐȉȋḭḯỉị IÌÍÎÏĨĪĬĮ jĵǰ JĴ kķǩḱḳḵ KĶ lĺļľŀłḷḹḻḽ LĹĻĽĿŁ nñńņňŉǹṅṇṉṋ NÑŃŅŇ " +
	"oòóôõöøōŏőơǒȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ OÒÓÔÕÖØŌŎŐƠ pṕṗ rŕŗřȑȓṙṛṝṟ RŔŖŘ sśŝşšșṡṣṥṧṩ SŚŜŞŠȘ tţťŧțṫṭṯṱẗ TŢŤŦȚ " +
	"uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự UÙÚÛÜŨŪŬŮŰŲƯ vṽṿ wŵẁẃẅẇẉẘ WŴ xẋẍ yýÿŷȳẏẙỳỵỷỹ YÝŸŶ zźżžẑẓẕ ZŹŻŽ"

func newAccents() *strings.Replacer {
	var pairs []string
	for _, word := range strings.Fields(accented) {
		for _, letter := range strings.Split(word[1:], "") {
			pairs = append(pairs, letter, word[:1])
		}
	}
	return strings.NewReplacer(pairs...)
}
