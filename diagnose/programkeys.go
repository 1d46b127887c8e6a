package diagnose

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
)

// dayEdits are keys that were made for another day than the one that is signed: a client that derives a key once and keeps it.
func (w *programmed) dayEdits(d *diagnosis) (all []programEdit) {
	c := w.chainOf()
	if c == nil {
		return nil
	}
	for i, link := range c.links[:len(c.links)-1] {
		layout := ""
		for _, line := range w.operations {
			for filter, written := range map[string]string{"date": "2006-01-02", "date_basic": "20060102"} {
				if line == "let "+link.value+" = [[now|"+filter+"]]" || link.value == "now|"+filter {
					layout = written
				}
			}
		}
		if layout == "" {
			continue
		}
		for _, day := range keyDays(d.sentOrNow(), layout) {
			links := slices.Clone(c.links)
			links[i].value = "'" + day + "'"
			e := c.write(links, otherDayKey)
			e.cause = "scope_date"
			all = append(all, e)
		}
	}
	return all
}

// keyDays are the days around a date for which a key may have been derived: the next one, and a week before it.
func keyDays(at time.Time, layout string) (all []string) {
	if at.IsZero() {
		return nil
	}
	for _, n := range []int{-1, 1, -2, -3, -4, -5, -6, -7} {
		all = append(all, at.UTC().AddDate(0, 0, n).Format(layout))
	}
	return all
}

const otherDayKey = "the signing key was derived for another day than the scope's"

// secretEdits are MACs with the secret as the key where the vendor hashes a text that has the secret in it: authors who know HMAC take
// it for granted. The secret is left in the text, or taken out of it, and the text is encoded before, or not.
func (w *programmed) secretEdits() (all []programEdit) {
	if macIn.MatchString(strings.Join(w.operations, "\n")) {
		return nil
	}
	for _, o := range w.scheme {
		value := "[[opt." + o.Name + "]]"
		for _, line := range w.operations {
			let := letLine.FindStringSubmatch(line)
			if !o.Secret || let == nil || !strings.Contains(let[3], value) || let[3] == value {
				continue
			}
			for _, text := range []string{strings.ReplaceAll(line, value, ""), line} {
				for _, encoding := range []string{"", "|base64"} {
					mac := func(l string) string {
						if l == line {
							return text
						}
						if encoding != "" {
							l = strings.ReplaceAll(l, "[["+let[2]+encoding+"]]", "[["+let[2]+"]]")
						}
						return plainHash.ReplaceAllString(l, "|hmac_$1:opt."+o.Name+"$2")
					}
					all = append(all, programEdit{change: eachLine(mac), cause: "wrong_construction", tier: alone,
						says: "a MAC (HMAC) was made with the secret as its key, and the vendor hashes a text that the secret is a part of"})
				}
			}
		}
	}
	return all
}

// plainHash is a hash that is written into what is sent.
var plainHash = regexp.MustCompile(`\|(sha1|sha256|sha384|sha512)(\|(?:hex|base64))`)

// digestHeader is the hash of the body, which is sent in a header.
var digestHeader = regexp.MustCompile(`^header (\S+) = \[\[body\|(?:sha256|sha512|sha1|md5)\|(hex|base64)\]\]$`)

// digestEdits are headers for the hash of the body as they were sent, where that is another value: it was signed as it was sent.
func (w *programmed) digestEdits(d *diagnosis) (all []programEdit) {
	for _, line := range w.operations {
		found := digestHeader.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		given := d.Request.Header.Get(found[1])
		_, value, _ := strings.Cut(line, " = ")
		right := w.expected(d)[strings.Trim(value, "[]")]
		if given == "" || given == right || strings.ContainsAny(given, "[]\\\n'") {
			continue
		}
		cause, says := "body_signed_not_sent", plain(found[1])+" is not the hash of the body that was sent"
		if strings.HasPrefix(given, "UNSIGNED") {
			cause, says = "payload_unsigned", ""
		} else if string(sumIn(given)) == string(sumIn(right)) {
			cause, says = "digest_form", plain(found[1])+" has the right hash, but not as the vendor writes it, in "+found[2]
			d.fixes[cause] = "Write the hash as `vendorsign explain` does."
		}
		all = append(all, programEdit{cause: cause, says: says, tier: alone, change: eachLine(func(l string) string {
			if before, ends := strings.CutSuffix(l, " = "+value); ends { // a leaf of the variant, too
				return before + " = " + given
			}
			return l
		})})
	}
	return all
}

// sumIn is the hash that a text has in hex or Base64; nil: none.
func sumIn(text string) []byte {
	if sum, err := hex.DecodeString(text); err == nil {
		return sum
	}
	sum, _ := anyBase64(text)
	return sum
}

// liteEdits are the text of a scheme's shorter sister, which has the same header and key: Shared Key Lite signs fewer headers, and of
// the query the parameter comp alone (learn.microsoft.com, "Authorize with Shared Key").
func (w *programmed) liteEdits(d *diagnosis) []programEdit {
	_, query, _ := strings.Cut(d.Request.Target, "?")
	component := ""
	for _, p := range splitParams(query) {
		if p.key == "comp" && oneWord.MatchString(p.value) {
			component = "?comp=" + p.value
		}
	}
	lite := strings.NewReplacer(`[[header.content-encoding]]\n[[header.content-language]]\n[[length]]\n`, "", "[[conditions]]", "",
		"[[query|azure_query]]", component)
	return []programEdit{{change: eachLine(lite.Replace), cause: "wrong_signature_version", tier: alone,
		says: "the text of Shared Key Lite was signed, and the scheme is Shared Key"}}
}

var oneWord = regexp.MustCompile(`^\w+$`)
