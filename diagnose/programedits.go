package diagnose

import (
	"regexp"
	"strings"
	"sync"
)

// programEdit is a change of operations: what a client does if it follows the vendor's documentation
// except for one step.
//
//	let text = [[ts]].[[body]]   ->   let text = [[ts]].[[body|sha256|hex]]
type programEdit struct {
	change func(operations []string) []string
	cause  string
	tier   int
	says   string // in place of the cause's general sentence
}

// eachLine changes every operation for itself.
func eachLine(change func(line string) string) func([]string) []string {
	return func(operations []string) []string {
		all := make([]string, len(operations))
		for i, line := range operations {
			all[i] = change(line)
		}
		return all
	}
}

// instead puts another operation in the place of one.
func instead(of, other string) func([]string) []string {
	return eachLine(func(line string) string {
		if line == of {
			return other
		}
		return line
	})
}

// replaced changes all that matches a pattern, in every operation.
func replaced(pattern, to string) func([]string) []string {
	from := regexp.MustCompile(pattern)
	return eachLine(func(line string) string { return from.ReplaceAllString(line, to) })
}

// programEdits are applied to every operation at once. Those that change nothing in a preset are not
// tried there, so patterns may be of one vendor's peculiarity. A pair is a pattern and what takes its
// place; \\n in them is the escape that operations have for a line feed. The patterns are compiled when
// the first search needs them.
var programEdits = sync.OnceValue(func() (all []programEdit) {
	add := func(cause string, tier int, says string, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			all = append(all, programEdit{change: replaced(pairs[i], pairs[i+1]), cause: cause, tier: tier, says: says})
		}
	}
	add("wrong_digest", frequent, "", `\bhmac_sha(256|384|512)\b`, "hmac_sha1", `\bhmac_sha(1|384|512)\b`, "hmac_sha256",
		`\bhmac_sha(1|256|384)\b`, "hmac_sha512", `\bhmac_sha(1|256|512)\b`, "hmac_sha384")
	for _, h := range []string{"sha1", "sha256", "sha512", "md5"} {
		add("wrong_digest", usual, "", `\|(md5|sha1|sha256|sha384|sha512)(\||\]\])`, "|"+h+"$2")
	}
	add("path_slash", usual, "", `^(let \w+ = )/(\[\[path)`, "$1$2", `\|end_with:'/'`, "")
	add("url_for_path", usual, "", `/?\[\[path(?:\|strip_prefix:'[^']*')+\]\]`, "https://[[host]][[path]]",
		`/?\[\[path(?:\|strip_prefix:'[^']*')+\]\]`, "https://[[host]][[target]]")
	add("host_case", frequent, "", `(\[\[host)\|lower\b`, "$1")
	for _, port := range []string{":443", ":8443", ":80", ":8080"} {
		add("host_with_port", frequent, "", `(\[\[host\|without_port(?:\|lower)?\]\])`, "$1"+port)
	}
	add("header_signed_otherwise", usual, "of several blanks inside a header one was signed, and the vendor signs them as they are",
		`header_lines_trimmed:`, "header_lines:")
	add("header_signed_otherwise", usual, "the blanks inside a header were signed as they are, and the vendor signs one of several",
		`header_lines:`, "header_lines_trimmed:")
	add("method_case", usual, "", `(\[\[method)\|(?:upper|lower)\b`, "$1", `\[\[method(?:\|upper)?\]\]`, "[[method|lower]]")
	add("query_signed_beside_body", usual, "the query was signed, and the vendor signs none", `\[\[path\b`, "[[target")
	add("wrong_construction", usual, "the text was signed without a step of the vendor's: a part is signed only sometimes, or in part",
		`^(let \w+ = \[\[\w+)\|(?:base64|hex)\]\]`, "$1]]",
		`\|end_with:'[^/][^']*'`, "", `\|if_method:[A-Z,]+`, "", `\|when:body\b`, "", `\|first:[^|\]]+`, "", `\|strip_prefix:'[^']*'`, "")
	add("scheme_differs", usual, "the scheme was signed as http, and the vendor reads https", `\[\[scheme\]\]`, "http")
	add("text_layout", usual, "", `\\n`, "", `\\n`, " ", `\\n`, `\\n`, `\\t`, " ", `\\t`, `\n`, `\\n`, ":",
		`\\n`, "&", `\\n`, "|")
	add("text_layout", usual, "", `(^let (?:text|canonical) = .*[^\\n])$`, `$1\n`)
	add("signature_encoding", usual, "a hash inside of the signature was written in another form than the vendor writes it",
		`\|(md5|sha1|sha256|sha384|sha512)\|hex\b`, "|$1|base64", `\|(md5|sha1|sha256|sha384|sha512)\|base64\b`, "|$1|hex")
	add("signature_encoding", usual, "a hash inside of the signature was written as text, and the vendor signs its bytes",
		`^(let .*\|(?:md5|sha1|sha256|sha384|sha512))\]\]$`, "$1|hex]]", `^(let .*\|(?:md5|sha1|sha256|sha384|sha512))\]\]$`, "$1|base64]]")
	add("wrong_construction", alone, "a hash was signed, and the vendor signs the text itself",
		`(\[\[body)\]\]`, "$1|sha256|hex]]", `(\[\[body)\]\]`, "$1|sha256|base64]]", `(\[\[body)\]\]`, "$1|md5|hex]]",
		`(\[\[body)\]\]`, "$1|md5|base64]]")
	add("wrong_construction", alone, "the text names another version of the scheme than the vendor's",
		`\bv0\b`, "v1", `\bv1\b`, "v0", `\bv1\b`, "v2",
		`version_1\b`, "version_2")
	add("wrong_construction", alone, "the key that is made of the secret was used in another form than the vendor's",
		`^(let \w+ = .*\|hmac_\w+:[\w.]+)(?:\|\w+)?\]\]$`, "$1]]", `^(let \w+ = .*\|hmac_\w+:[\w.]+)(?:\|\w+)?\]\]$`, "$1|hex]]",
		`^(let \w+ = .*\|hmac_\w+:[\w.]+)(?:\|\w+)?\]\]$`, "$1|base64]]")
	add("wrong_construction", alone, "a part that the vendor signs only sometimes was signed always",
		`\|when:\w+(?:\|if_method:[A-Z,]+)?`, "", `\|if_method:[A-Z,]+(?:\|when:\w+)?`, "")
	add("wrong_construction", alone, "another part of the date was signed than the vendor's",
		`\|first:\d+`, "|first:10", `\|first:\d+`, "|first:16",
		`\|first:\d+`, "|first:19", `\|first:\d+`, "|first:7", `\|first:\d+`, "|first:8", `\|first:\d+`, "|first:4")
	add("wrong_construction", alone, "more or less of the body was hashed than the vendor does",
		`\|first:opt\.\w+`, "|first:2048", `\|first:opt\.\w+`,
		"|first:8192", `\|first:opt\.\w+`, "|first:131072")
	add("scope_date", usual, "the day was written in another form than the vendor's", `\|date\b`, "|date_basic", `\|date_basic\b`, "|date")
	add("text_layout", alone, "", `\[\['[^\w']'(\|when:)`, "[['.'$1", `\[\['[^\w']'(\|when:)`, `[['\n'$1`, `\[\['[^\w']'(\|when:)`, "[[''$1",
		`\[\['[^\w']'(\|when:)`, "[[':'$1", `\[\['[^\w']'(\|when:)`, "[['|'$1")
	add("path_slash", alone, "", `([^\w/]|= )\[\[path`, "$1/[[path", `(\[\[path\|cosmos_link)`, "/$1")
	add("wrong_construction", alone, "the whole path was signed, and the vendor signs a part of it",
		`\[\[path\|cosmos_link`, "[[path|strip_prefix:'/'")
	add("wrong_construction", alone, "the resource type that was signed is not the path's",
		`\[\[path\|cosmos_type\|lower\]\]`, "docs", `\[\[path\|cosmos_type\|lower\]\]`, "colls",
		`\[\[path\|cosmos_type\|lower\]\]`, "dbs", `\[\[path\|cosmos_type\|lower\]\]`, "sprocs",
		`\[\[path\|cosmos_type\|lower\]\]`, "", `(\[\[path\|cosmos_type)\|lower\]\]`, "$1|upper]]")
	add("path_prefix_not_sent", alone, "the account was signed twice, as an emulator has it in its path", `/\[\[opt\.account\]\]\[\[path\]\]`,
		"/[[opt.account]]/[[opt.account]][[path]]")
	add("scheme_differs", alone, "", `https://(\[\[)`, "http://$1", `https://(\[\[)`, "sb://$1", `https://(\[\[)`, "amqps://$1")
	add("secret_altered", usual, "the key was used with a prefix that the vendor takes off",
		`(opt\.[a-z_]+)\|after:'[^']*'`, "$1")
	return all
})

// stepEdits leave out the steps that take something off a value or decode it, each in turn.
func (w *programmed) stepEdits() (all []programEdit) {
	secret := make(map[string]bool)
	for _, o := range w.scheme {
		if secret["opt."+o.Name] = o.Secret; o.Secret {
			all = append(all, programEdit{change: replaced(`^(let \w+ = )[^\[\]]+(\[\[opt\.`+o.Name+`\b[^\[\]]*\]\])$`, "$1$2"), tier: alone,
				cause: "secret_altered", says: "the key was used without the prefix that the vendor puts before it"})
		}
	}
	seen := make(map[string]bool)
	for _, found := range steps.FindAllStringSubmatch(strings.Join(w.operations, "\n"), -1) {
		value, step := found[1], found[2]
		if seen[found[0]] || secret[value] { // a secret has ways of its own: secretInput
			continue
		}
		seen[found[0]] = true
		e := programEdit{change: replaced(`(\[\[`+regexp.QuoteMeta(value)+`)`+regexp.QuoteMeta(step), "$1"), tier: alone,
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

// steps are such a step: a value, and the filter behind it.
var steps = regexp.MustCompile(`\[\[([a-z_.]+)(\|(?:unhex\b|unbase64\b|after:'[^']*'|strip_prefix:'[^']*'))`)
