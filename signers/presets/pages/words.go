//go:build go1.21

package main

import "strings"

// inWords says in a sentence what an operation does. It does not use the compiler of operations: the page then says
// what the line says to a reader, without the compiler's mistakes. Operations have been compiled, so they are
// well-formed.
//
//	let text = [[method|upper]]\n[[target]]
//	    `text` is the method in upper case + `\n` + path and query.
//	header Authorization = ACME [[opt.id]]:[[text|hmac_sha256:opt.key|hex]]
//	    The header `Authorization` is set to `ACME ` + the option `id` + `:` + HMAC-SHA256 of `text` with the key `key` in hex.
func inWords(operation string) string {
	verb, rest, _ := strings.Cut(operation, " ")
	name, template, _ := strings.Cut(rest, "=")
	name, template = strings.TrimSpace(name), strings.TrimSpace(template)
	// header? and query? send nothing if the text is empty.
	optional := ""
	if strings.HasSuffix(verb, "?") {
		optional = ", unless that is empty"
	}
	// For verbs that this file does not know, the page shows the line itself.
	switch strings.TrimSuffix(verb, "?") {
	case "let":
		return code(name) + " is " + templateWords(template) + "."
	case "header":
		return "The header " + code(name) + " is set to " + templateWords(template) + optional + "."
	case "query":
		return "The parameter " + code(name) + " is appended: " + templateWords(template) + ", percent-encoded" + optional + "."
	case "delheader":
		return "The client's header " + code(name) + " is removed."
	case "delquery":
		return "The client's parameter " + code(name) + " is removed."
	}
	return code(operation) + "."
}

// code is a text as code in Markdown. One with a backquote takes two of them around it (CommonMark, code spans):
// a`b -> “ a`b “.
func code(text string) string {
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// templateWords joins the parts of a template by " + ". Escapes stay as they are written.
func templateWords(template string) string {
	var parts []string
	for template != "" {
		before, rest, found := strings.Cut(template, "[[")
		if before != "" {
			parts = append(parts, code(before))
		}
		if !found {
			break
		}
		end := outsideQuotes(rest, "]]")
		parts = append(parts, expressionWords(rest[:end]))
		template = strings.TrimPrefix(rest[end:], "]]")
	}
	return strings.Join(parts, " + ")
}

// outsideQuotes is the first place of a mark that is neither quoted nor escaped, or the end of the text: ]] ends the
// expression 'a]]b'|upper]] behind upper.
func outsideQuotes(text, mark string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], mark):
			return i
		}
	}
	return len(text)
}

// expressionWords describes a value with its filters. Each filter puts its words around those of what it is
// applied to:
//
//	body|sha256|hex|if_method:POST  ->  SHA-256 of the body in hex (only for POST)
func expressionWords(expression string) string {
	end := outsideQuotes(expression, "|")
	words := valueWords(strings.TrimSpace(expression[:end]))
	for end < len(expression) {
		expression = expression[end+1:]
		end = outsideQuotes(expression, "|")
		name, argument, _ := strings.Cut(strings.TrimSpace(expression[:end]), ":")
		words = filterWords(words, name, argument)
	}
	return words
}

// plainValues are values without an argument.
var plainValues = map[string]string{
	"method": "the method", "scheme": "the scheme", "host": "the host", "path": "the path", "query": "the query", "target": "path and query",
	"nonce": "the nonce", "body": "the body", "body_len": "the length of the body", "now": "the time", "token": "the token",
}

// valueWords describes a value of package program: one of plainValues, a quoted text, an option, headers, or a
// let, whose name is all that there is to say.
func valueWords(value string) string {
	kind, argument, _ := strings.Cut(value, ":")
	switch {
	case plainValues[value] != "":
		return plainValues[value]
	case strings.HasPrefix(value, "'"):
		return literal(value)
	case strings.HasPrefix(value, "opt."):
		return "the option " + code(value[len("opt."):])
	case strings.HasPrefix(value, "header."):
		return "the header " + code(value[len("header."):])
	// Patterns such as x-ms-* stay as they are written.
	case kind == "header_lines":
		return "the headers " + code(argument) + " as sorted lines"
	case kind == "header_lines_trimmed":
		return "the headers " + code(argument) + " as sorted lines, with the blanks inside values as they are"
	case kind == "header_names":
		return "the names of the headers " + code(argument) + " that are present"
	// header_list:opt.NAME:SEPARATOR, where the separator may be quoted and hold colons.
	case kind == "header_list":
		name, separator, _ := strings.Cut(argument, ":")
		return "the headers that " + code(strings.TrimPrefix(name, "opt.")) + " lists, joined by " + literal(separator)
	}
	return code(value) // of a let
}

// literal is a quoted text as code, or "nothing" if it is empty.
func literal(text string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "'"), "'")
	if text == "" {
		return "nothing"
	}
	return code(text)
}

// suffixes are filters that say how a value is written: their words follow those of the value. A filter of package
// program that is in none of these tables is described by its name: "passed through `zscaler_key`".
var suffixes = map[string]string{
	"hex": "in hex", "base64": "in base64", "base64url": "in base64url", "upper": "in upper case", "lower": "in lower case",
	"trim": "without spaces at its ends", "collapse": "with single spaces", "urlencode": "percent-encoded", "json": "as a JSON string",
	"canon_query": "encoded and sorted", "decoded_order": "in the order before encoding", "sort_query": "sorted", "azure_query": "as Azure writes parameters",
	"azure_headers": "in Azure's order",
	"canon_path":    "with each segment encoded again",
	"without_port":  "without its port",
	"unhex":         "decoded from hex", "unbase64": "decoded from base64", "cosmos_type": "reduced to the type of the resource",
	"cosmos_link": "reduced to the link of the resource", "unix": "in seconds since 1970", "unix_ms": "in milliseconds since 1970",
	"http_date": "in the form `Sat, 28 Nov 2026 08:30:15 GMT`", "utc_date": "in the form `Sat, 28 Nov 2026 08:30:15 UTC`", "iso": "in the form `2026-11-28T08:30:15Z`",
	"iso_ms": "in the form `2026-11-28T08:30:15.250Z`", "iso_basic": "in the form `20261128T083015Z`", "date": "in the form `2026-11-28`",
	"date_basic": "in the form `20261128`", "edgegrid": "in the form `20261128T08:30:15+0000`",
}

// digests are filters that make a hash, a MAC or a signature. Their words go in front, with "of" between: "SHA-256
// of the body". An argument is the name of a key, which may be shown; what is in it is not known here.
var digests = map[string]string{
	"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "hmac_sha1": "HMAC-SHA1",
	"hmac_sha256": "HMAC-SHA256", "hmac_sha384": "HMAC-SHA384", "hmac_sha512": "HMAC-SHA512", "rsa_sha256": "an RSA signature (SHA-256)",
	"rsa_pss_sha512": "an RSA-PSS signature (SHA-512)", "ecdsa_p256_sha256": "an ECDSA signature (P-256)", "ed25519": "an Ed25519 signature",
}

// filterWords describes what a filter makes of what was described so far. words are those, and argument is what
// follows the filter's name, with all of its colons.
func filterWords(words, name, argument string) string {
	if suffixes[name] != "" {
		return words + " " + suffixes[name]
	}
	if digests[name] != "" {
		if argument != "" {
			return digests[name] + " of " + grouped(words) + " with the key " + code(strings.TrimPrefix(argument, "opt."))
		}
		return digests[name] + " of " + grouped(words)
	}
	// An argument may be an option, as in first:opt.max, whose name is shown without opt.
	option, rest, _ := strings.Cut(argument, ":")
	option = code(strings.TrimPrefix(option, "opt."))
	switch name {
	case "reveal":
		return words + " itself"
	case "after":
		return words + " after the first " + literal(argument)
	case "strip_prefix":
		return words + " without " + literal(argument) + " at its start"
	case "end_with":
		return words + " with " + literal(argument) + " at its end"
	case "or":
		return words + " or, if that is empty, " + literal(argument)
	case "when":
		return words + " (only if " + valueWords(argument) + " is not empty)"
	case "if":
		return words + " (only if " + option + " is " + literal(rest) + ")"
	// GET,POST in the operation is "GET, POST" in the sentence.
	case "if_method":
		return words + " (only for " + strings.ReplaceAll(argument, ",", ", ") + ")"
	case "first":
		return "the first " + option + " bytes of " + words
	case "add":
		return words + " plus " + option + " seconds"
	case "format":
		return words + " in the form " + code(argument)
	}
	return words + " passed through " + code(name)
}

// grouped puts what is more than a word or two into brackets, or "of" would seem to belong to its last word:
//
//	HMAC-SHA256 of the path with the key `key`
//	HMAC-SHA256 of (the option `access_key`) with the key `key`
func grouped(words string) string {
	if strings.Count(words, " ") > 1 {
		return "(" + words + ")"
	}
	return words
}
