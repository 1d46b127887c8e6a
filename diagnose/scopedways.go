package diagnose

import (
	"slices"
	"strings"
)

// ways are those that clients take by mistake.
func (s *scoped) ways() (all []mac) {
	add := func(cause string, tier int, says string, some ...*scopedWay) {
		for _, w := range some {
			all = append(all, mistaken(cause, tier, says, s.sum(w)))
		}
	}
	add("text_layout", frequent, "the empty line after the headers was left out of the canonical request", &scopedWay{noBlank: true})
	add("text_layout", frequent, "the line with the names of the signed headers was left out of the canonical request",
		&scopedWay{noNames: true})
	add("text_layout", frequent, "a line end was signed after the canonical request", &scopedWay{after: "\n"})
	add("text_layout", usual, "the lines were joined with CRLF", &scopedWay{lineEnd: "\r\n"})
	add("text_layout", usual, "a blank was signed after the colon of each header", &scopedWay{blankAfter: " "})
	add("text_layout", usual, "the lines were joined with the text \\n in place of line feeds", &scopedWay{lineEnd: `\n`})
	add("wrong_construction", frequent, "the key was derived without AWS4 before the secret", &scopedWay{bareKey: true})
	add("wrong_construction", frequent, "the secret was used as the key, and no key was derived from it", &scopedWay{plainKey: true})
	add("wrong_construction", frequent, "each step of the key's derivation took hexadecimal digits in place of bytes",
		&scopedWay{hexKey: true})
	add("wrong_construction", usual, "the canonical request was put into the string to sign without being hashed",
		&scopedWay{hash: strings.Clone})
	add("wrong_construction", usual, "the canonical request itself was signed, and AWS signs the string to sign with its hash",
		&scopedWay{hash: strings.Clone, toSign: func(_, _, canonical string) string { return canonical }})
	add("wrong_construction", usual, "the hash of the canonical request was written in upper case",
		&scopedWay{hash: func(t string) string { return strings.ToUpper(hexOf256(t)) }})
	add("wrong_construction", usual, "the canonical request was hashed twice",
		&scopedWay{hash: func(t string) string { return hexOf256(hexOf256(t)) }})
	add("wrong_construction", usual, "the last step of the key's derivation or the scope ends in another word than aws4_request",
		&scopedWay{terminal: "aws4"}, &scopedWay{terminal: "aws_request"}, &scopedWay{terminal: "AWS4_request"})
	add("wrong_construction", usual, "the string to sign lacks one of its lines",
		&scopedWay{toSign: func(date, scope, hash string) string { return date + "\n" + scope + "\n" + hash }},
		&scopedWay{toSign: func(date, scope, hash string) string { return scopedAlgorithm + "\n" + scope + "\n" + hash }},
		&scopedWay{toSign: func(date, scope, hash string) string { return scopedAlgorithm + "\n" + date + "\n" + hash }},
		&scopedWay{toSign: func(_, _, hash string) string { return hash }})
	add("text_layout", usual, "a line end was signed after the string to sign",
		&scopedWay{toSign: func(date, scope, hash string) string {
			return scopedAlgorithm + "\n" + date + "\n" + scope + "\n" + hash + "\n"
		}})
	add("wrong_digest", usual, "", &scopedWay{digest: "sha1"}, &scopedWay{digest: "sha512"}, &scopedWay{digest: "md5"},
		&scopedWay{digest: "sha384"})
	for _, day := range keyDays(s.d.sentOrNow(), "20060102") {
		add("scope_date", usual, otherDayKey, &scopedWay{keyFor: [3]string{0: day}})
	}
	for _, region := range slices.Concat(s.configured("region"), known.Regions) {
		add("wrong_region", alone, "the signing key was derived for another region than the scope's",
			&scopedWay{keyFor: [3]string{1: region}})
	}
	for _, service := range slices.Concat(s.configured("service"), signingNames()) {
		add("wrong_service", alone, "the signing key was derived for another service than the scope's",
			&scopedWay{keyFor: [3]string{2: service}})
	}
	return all
}
