//go:build go1.21

package outbound

import (
	"strings"
	"sync"
)

// folds replace characters by those that some servers interpret them as. They are one-way and broad: what a guard is compared
// with may contain readings that no server makes, which refuses a request too many, and never one too few.
//
//	shorter, overlong  %c0%af, %e0%80%af     -> \        overlong forms of the slash, which lenient decoders accept
//	compatible         Ⓐ, ａ, ﬁ, Ⅳ, ①       -> A a fi IV 1
//	accents            é, ü, ł              -> e u l
//	sevenBits          \xe1                 -> a
type folds struct {
	shorter    *strings.Replacer // overlong UTF-8 of three to six bytes, by the form of two or three
	overlong   *strings.Replacer // the two bytes that lenient decoders accept as an ASCII character
	compatible *strings.Replacer // what Unicode's compatibility forms and case folding make of a character (NFKC, UAX 31)
	accents    *strings.Replacer // letters with accents, which comparisons of databases ignore
	sevenBits  *strings.Replacer // bytes without their highest bit
}

var (
	foldsOnce sync.Once
	foldsMade *folds
)

// currentFolds builds the tables when the first path needs them: interpreted, that takes a few milliseconds, which a
// gateway that only sees ASCII saves.
func currentFolds() *folds {
	foldsOnce.Do(func() {
		foldsMade = &folds{shorter: newShorter(), overlong: newOverlong(), compatible: newCompatible(), accents: newAccents(),
			sevenBits: newSevenBits()}
	})
	return foldsMade
}

// newShorter shortens UTF-8 that is longer than need be: characters below U+0800 to two bytes and, in the second loop, those below U+10000
// to three. RFC 3629, 10, warns of decoders that accept such forms; those of five and six bytes are from RFC 2279.
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

// newOverlong accepts, behind 0xc0 and 0xc1, every second byte with the same lower six bits: lenient decoders ignore the
// upper ones. So c0 af and c0 2f are both a slash (here a backslash, by asciiOf).
func newOverlong() *strings.Replacer {
	var pairs []string
	for c := 0; c < 128; c++ {
		for high := 0; high < 256; high += 64 {
			pairs = append(pairs, string([]byte{0xc0 + byte(c/64), byte(high) + byte(c%64)}), asciiOf(c))
		}
	}
	return strings.NewReplacer(pairs...)
}

// asciiOf is the character c, or what lowByte returns in place of it: line ends separate readings, and a slash that is made
// by folding may or may not separate names, so that a backslash marks it.
func asciiOf(c int) string {
	switch c {
	case '\n':
		return "\r"
	case '/':
		return `\`
	}
	return string(rune(c))
}

// newSevenBits clears the highest bit, as servers do that take bytes for ASCII.
func newSevenBits() *strings.Replacer {
	var pairs []string
	for c := 0; c < 128; c++ {
		pairs = append(pairs, string([]byte{0x80 + byte(c)}), asciiOf(c))
	}
	return strings.NewReplacer(pairs...)
}

// compatibleForms are the forms that none of the rows below cover: each word is a form and its replacement.
const compatibleForms = "ªa ²2 ³3 ¹1 ºo ßss ĲIJ ĳij ſs ǇLJ ǈLj ǉlj ǊNJ ǋNj ǌnj ǱDZ ǲDz ǳdz ʰh ʲj ʳr ʷw ʸy ˡl ˢs ˣx ᴬA ᴮB ᴰD " +
	"ᴱE ᴳG ᴴH ᴵI ᴶJ ᴷK ᴸL ᴹM ᴺN ᴼO ᴾP ᴿR ᵀT ᵁU ᵂW ᵃa ᵇb ᵈd ᵉe ᵍg ᵏk ᵐm ᵒo ᵖp ᵗt ᵘu ᵛv ᵢi ᵣr ᵤu ᵥv ᶜc ᶠf " +
	"ᶻz ẞss ⁱi ⁿn ₐa ₑe ₒo ₓx ₕh ₖk ₗl ₘm ₙn ₚp ₛs ₜt ₨Rs ℂC ℊg ℋH ℌH ℍH ℎh ℐI ℑI ℒL ℓl ℕN №No ℙP ℚQ ℛR " +
	"ℜR ℝR ℠SM ℡TEL ™TM ℤZ ℨZ KK ℬB ℭC ℯe ℰE ℱF ℳM ℴo ℹi ℻FAX ⅅD ⅆd ⅇe ⅈi ⅉj ⅠI ⅡII ⅢIII ⅣIV ⅤV ⅥVI ⅦVII " +
	"ⅧVIII ⅨIX ⅩX ⅪXI ⅫXII ⅬL ⅭC ⅮD ⅯM ⅰi ⅱii ⅲiii ⅳiv ⅴv ⅵvi ⅶvii ⅷviii ⅸix ⅹx ⅺxi ⅻxii ⅼl ⅽc ⅾd ⅿm ⑩10 " +
	"⑪11 ⑫12 ⑬13 ⑭14 ⑮15 ⑯16 ⑰17 ⑱18 ⑲19 ⑳20 ⓪0 ⱼj ⱽV ㉐PTE ㉑21 ㉒22 ㉓23 ㉔24 ㉕25 ㉖26 ㉗27 ㉘28 ㉙29 ㉚30 ㉛31 " +
	"㉜32 ㉝33 ㉞34 ㉟35 ㊱36 ㊲37 ㊳38 ㊴39 ㊵40 ㊶41 ㊷42 ㊸43 ㊹44 ㊺45 ㊻46 ㊼47 ㊽48 ㊾49 ㊿50 ㋌Hg ㋍erg ㋎eV ㋏LTD ㍱hPa " +
	"㍲da ㍳AU ㍴bar ㍵oV ㍶pc ㍷dm ㍸dm2 ㍹dm3 ㍺IU ㎀pA ㎁nA ㎃mA ㎄kA ㎅KB ㎆MB ㎇GB ㎈cal ㎉kcal ㎊pF ㎋nF ㎎mg ㎏kg ㎐Hz " +
	"㎑kHz ㎒MHz ㎓GHz ㎔THz ㎖ml ㎗dl ㎘kl ㎙fm ㎚nm ㎜mm ㎝cm ㎞km ㎟mm2 ㎠cm2 ㎡m2 ㎢km2 ㎣mm3 ㎤cm3 ㎥m3 ㎦km3 ㎩Pa ㎪kPa " +
	"㎫MPa ㎬GPa ㎭rad ㎰ps ㎱ns ㎳ms ㎴pV ㎵nV ㎷mV ㎸kV ㎹MV ㎺pW ㎻nW ㎽mW ㎾kW ㎿MW ㏃Bq ㏄cc ㏅cd ㏈dB ㏉Gy ㏊ha ㏋HP ㏌in " +
	"㏍KK ㏎KM ㏏kt ㏐lm ㏑ln ㏒log ㏓lx ㏔mb ㏕mil ㏖mol ㏗PH ㏙PPM ㏚PR ㏛sr ㏜Sv ㏝Wb ㏿gal ꟲC ꟳF ꟴQ ﬀff ﬁfi ﬂfl ﬃffi " +
	"ﬄffl ﬅst ﬆst 𐞥q 🄫C 🄬R 🄭CD 🄮WZ 🅊HV 🅋MV 🅌SD 🅍SS 🅎PPV 🅏WC 🅪MC 🅫MD 🅬MR 🆐DJ ıi İi ․. ‥.. …... ;; ⓪0 ︰.. " +
	"︙... ﹒. ﹔; ︔;"

// newCompatible makes the table of compatible from runs of characters in Unicode's order, and from compatibleForms.
func newCompatible() *strings.Replacer {
	const upper, lower, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
	var pairs []string
	row := func(first rune, letters string) {
		for i := 0; i < len(letters); i++ {
			pairs = append(pairs, string(first+rune(i)), letters[i:i+1])
		}
	}
	// Fullwidth forms, U+FF01 to U+FF5E.
	for c := '!'; c <= '~'; c++ {
		pairs = append(pairs, string(c-'!'+'！'), asciiOf(int(c)))
	}
	// Circled, squared, raised, lowered and segmented letters and digits.
	row('Ⓐ', upper)
	row('ⓐ', lower)
	row('🄰', upper)
	row('⁰', "0")
	row('⁴', "456789")
	row('₀', digits)
	row('🯰', digits)
	row('①', "123456789")
	// Mathematical Alphanumeric Symbols from U+1D400: 13 styles of 52 letters, then 5 of 10 digits from U+1D7CE.
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

// newAccents makes the table of accents from the rows of accented.
func newAccents() *strings.Replacer {
	var pairs []string
	for _, word := range strings.Fields(accented) {
		for _, letter := range strings.Split(word[1:], "") {
			pairs = append(pairs, letter, word[:1])
		}
	}
	return strings.NewReplacer(pairs...)
}
