package diagnose

import (
	"regexp"
	"strings"
	"sync"
)

// programEdit is a change of operations: what a client does if it follows the vendor's documentation except for one
// step.
type programEdit struct {
	from  *regexp.Regexp
	to    string
	cause string
	tier  int
	says  string // in place of the cause's general sentence
}

func (e *programEdit) apply(line string) string { return e.from.ReplaceAllString(line, e.to) }

func (e *programEdit) sentence() map[string]string {
	if e.says == "" {
		return nil
	}
	return map[string]string{e.cause: e.says}
}

// programEdits are applied to every operation at once. Those that change nothing are not tried.
var programEdits = sync.OnceValue(func() (all []programEdit) {
	add := func(cause string, tier int, says string, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			all = append(all, programEdit{from: regexp.MustCompile(pairs[i]), to: pairs[i+1], cause: cause, tier: tier, says: says})
		}
	}
	add("wrong_digest", frequent, "", `\bhmac_sha(256|384|512)\b`, "hmac_sha1", `\bhmac_sha(1|384|512)\b`, "hmac_sha256",
		`\bhmac_sha(1|256|384)\b`, "hmac_sha512", `\bhmac_sha(1|256|512)\b`, "hmac_sha384")
	for _, h := range []string{"sha1", "sha256", "sha512", "md5"} {
		add("wrong_digest", usual, "", `\|(md5|sha1|sha256|sha384|sha512)(\||\]\])`, "|"+h+"$2")
	}
	add("path_slash", usual, "", `^(let \w+ = )/(\[\[path)`, "$1$2")
	add("url_for_path", usual, "", `/?\[\[path(?:\|strip_prefix:'[^']*')+\]\]`, "https://[[host]][[path]]",
		`/?\[\[path(?:\|strip_prefix:'[^']*')+\]\]`, "https://[[host]][[target]]")
	add("host_case", frequent, "", `(\[\[host)\|lower\b`, "$1")
	add("method_case", usual, "", `(\[\[method)\|(?:upper|lower)\b`, "$1", `\[\[method(?:\|upper)?\]\]`, "[[method|lower]]")
	add("query_signed_beside_body", usual, "the query was signed, and the vendor signs none", `\[\[path\b`, "[[target")
	add("wrong_construction", usual, "the text was signed without a step of the vendor's: a part is signed only sometimes, or in part",
		`^(let \w+ = \[\[\w+)\|(?:base64|hex)\]\]`, "$1]]",
		`\|if_method:[A-Z,]+`, "", `\|when:body\b`, "", `\|first:[^|\]]+`, "", `\|end_with:'[^']*'`, "", `\|strip_prefix:'[^']*'`, "")
	add("text_layout", usual, "the scheme was signed as http, and the vendor reads https", `\[\[scheme\]\]`, "http")
	add("text_layout", usual, "", `\\n`, "", `\\n`, " ", `\\n`, `\\\\n`, `\\t`, " ", `\\t`, `\n`, `\\n`, ":", `\\n`, "&", `\\n`, "|")
	add("text_layout", usual, "", `(^let (?:text|canonical) = .*[^\\n])$`, `$1\n`)
	add("signature_encoding", usual, "a hash inside of the signature was written in another form than the vendor writes it",
		`\|(md5|sha1|sha256|sha384|sha512)\|hex\b`, "|$1|base64", `\|(md5|sha1|sha256|sha384|sha512)\|base64\b`, "|$1|hex")
	add("secret_altered", usual, "the key was used without the prefix that the vendor puts before it, or with one that it takes off",
		`^(let (?:secret|key) = )[A-Z0-9]+(\[\[opt\.)`, "$1$2", `(opt\.[a-z_]+)\|after:'[^']*'`, "$1")
	return all
})

// stepEdits leave out the steps that take something off a value or decode it, each in turn.
func (w *programmed) stepEdits() (all []programEdit) {
	secret := make(map[string]bool)
	for _, o := range w.scheme {
		secret["opt."+o.Name] = o.Secret
	}
	seen := make(map[string]bool)
	for _, found := range steps.FindAllStringSubmatch(strings.Join(w.operations, "\n"), -1) {
		value, step := found[1], found[2]
		if seen[found[0]] || secret[value] { // a secret has ways of its own: secretInput
			continue
		}
		seen[found[0]] = true
		e := programEdit{from: regexp.MustCompile(`(\[\[` + regexp.QuoteMeta(value) + `)` + regexp.QuoteMeta(step)), to: "$1", tier: alone,
			cause: "wrong_construction", says: "the text of the " + spokenValue(value) + " was used, and the vendor decodes it first"}
		if !strings.HasPrefix(step, "|un") {
			e.says = "the " + spokenValue(value) + " was signed with a part that the vendor takes off"
			if strings.HasPrefix(value, "opt.") {
				e.cause = "wrong_id"
			}
		}
		all = append(all, e)
	}
	return all
}

var steps = regexp.MustCompile(`\[\[([a-z_.]+)(\|(?:unhex\b|unbase64\b|after:'[^']*'|strip_prefix:'[^']*'))`)

// spokenValue is the name of a value of operations for people.
func spokenValue(value string) string {
	return spoken(strings.TrimPrefix(strings.TrimPrefix(value, "opt."), "header."))
}
