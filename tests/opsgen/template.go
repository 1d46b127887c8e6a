package opsgen

import (
	"fmt"
	"strings"
)

// textTemplate makes a template that is text and no secret, of at most n parts.
func (g *generator) textTemplate(n int) string {
	var b strings.Builder
	for range 1 + g.IntN(n) {
		if g.chance(3) {
			b.WriteString(g.literal())
		} else {
			b.WriteString("[[" + g.text() + "]]")
		}
	}
	return b.String()
}

// outTemplate makes a template for a header or parameter: mostly one that holds no control character.
func (g *generator) outTemplate() string {
	switch g.IntN(8) {
	case 0:
		return "Bearer [[" + g.pick("opt.key", "opt.b64key") + "|reveal]]"
	case 1:
		return g.textTemplate(3)
	case 2:
		if len(g.hidden) > 0 {
			return "[[" + g.pick(g.hidden...) + "|" + g.hash() + "|" + g.encoding() + "]]"
		}
	}
	return g.pick("", "v1 ", "t=") + "[[" + g.text() + "|" + g.pick("urlencode", "json|urlencode", "sha256|hex", g.mac()+"|base64",
		g.mac()+"|hex", "base64", "hex", "base64url") + "]]"
}

// binaryTemplate makes a template that is binary data.
func (g *generator) binaryTemplate() string {
	if g.chance(3) {
		return g.textTemplate(2) + "[[" + g.binary() + "]]"
	}
	return "[[" + g.binary() + "]]"
}

// secretLet makes a let that holds a secret, or one that is made with a secret and may be a key.
func (g *generator) secretLet(name string) {
	switch g.IntN(4) {
	case 0:
		g.Operations = append(g.Operations, "let "+name+" = [[now|unix_ms]]"+g.literal()+"[["+g.pick("opt.key", "opt.hexkey")+"]]")
		g.hidden = append(g.hidden, name)
	case 1:
		g.Operations = append(g.Operations, "let "+name+" = "+g.pick("[[opt.hexkey|unhex]]", "[[opt.b64key|unbase64]]",
			"pre[[opt.key]]", "[[opt.key|strip_prefix:k]]", "[[opt.key|first:2]]",
			// of which some requests leave nothing
			"[[opt.key|when:header.X-One]]", "[[opt.key|if_method:POST,PUT]]"))
	default:
		g.Operations = append(g.Operations, "let "+name+" = [["+g.text()+"|"+g.mac()+"]]")
	}
	g.keys = append(g.keys, name)
}

func (g *generator) literal() string {
	return g.pick("a", "GET", `\n`, `\t`, `\\`, " ", ":", "|", "]", "[ ", "'", "?x=1&y", "{\"a\":", "}", "%20", "ü", "  two  ", ";",
		", ", "]]", "100%")
}

// text makes an expression that is text.
func (g *generator) text() string {
	var e string
	switch g.IntN(8) {
	case 0:
		e = g.binary() + "|" + g.encoding()
	case 1:
		e = g.moment() + "|" + g.pick("unix", "unix_ms", "http_date", "utc_date", "iso", "iso_ms", "iso_basic", "date",
			"date_basic", "edgegrid",
			"format:2006-01-02T15:04:05.000", "format:15:04", "format:'Jan _2 15:04:05 2006'", "format:20060102", "format:Monday",
			"format:'2006-01-02T15:04:05Z07:00'")
	case 2:
		selector := g.selector()
		e = "header_lines:" + selector
		if len(selector)%3 == 0 { // no draw, so that a seed keeps its program
			e = "header_lines_trimmed:" + selector
		}
	case 3:
		e = g.pick("header_names:"+g.selector(), "header_list:opt.names:"+g.pick("','", `\t`, `'\n'`, "';'", "''"))
	case 4:
		e = g.pick("'quoted'", `'it\'s'`, "'a|b:c'", "''", `'\n'`, "']]'", "' blank '")
	default:
		e = g.pick(g.texts...)
	}
	for range g.IntN(3) {
		e += "|" + g.textFilter()
	}
	return e
}

func (g *generator) selector() string {
	return g.pick("host", "host,content-type", "X-One,x-two", "x-*", "x-o*,X-Many", "*", "accept,accept,x-absent", "x-out-*",
		"content-*, host")
}

func (g *generator) textFilter() string {
	argument := g.pick("/", "-", "'?'", "a", "' '", "'='", "'|'", "vera01ei-", `\n`, "%", "''")
	switch g.IntN(22) {
	case 0:
		return "after:" + argument
	case 1:
		return "strip_prefix:" + argument
	case 2:
		return "end_with:" + argument
	case 3:
		return "or:" + argument
	case 4:
		return "when:" + g.pick(append(g.texts, g.binaries...)...)
	case 5:
		return g.first()
	case 6:
		return g.ifMethod()
	case 7:
		return g.ifOption()
	case 8:
		return g.encoding()
	case 9:
		return g.hash() + "|" + g.encoding()
	case 10:
		return g.mac() + "|" + g.encoding()
	case 12:
		return "without_port"
	case 11:
		return g.pick("hex|unhex|hex", "base64|unbase64|base64url", "unhex|hex", "unbase64|hex")
	}
	return g.pick("upper", "lower", "trim", "collapse", "urlencode", "json", "canon_query", "canon_query|decoded_order", "sort_query", "azure_query",
		"azure_headers", "canon_path", "cosmos_type", "cosmos_link")
}

// binary makes an expression that is binary data.
func (g *generator) binary() string {
	if g.chance(3) {
		return g.pick(g.texts...) + "|" + g.pick(g.hash(), g.mac(), "ed25519:opt.edkey", "hex|unhex")
	}
	e := g.pick(g.binaries...)
	for range g.IntN(3) {
		e += "|" + g.pick(g.first(), g.ifMethod(), g.ifOption(), g.hash(), g.mac())
	}
	if g.chance(60) {
		e += "|rsa_sha256:opt.rsakey" // slow: a millisecond
	}
	return e
}

func (g *generator) moment() string {
	e := g.pick(g.moments...)
	for range g.IntN(3) {
		e += "|add:" + g.pick("1", "-1", "3600", "86400", "0", "opt.n", "-315360000")
	}
	return e
}

func (g *generator) first() string {
	return "first:" + g.pick("0", "1", "2", "5", "16", "100000", "opt.n")
}
func (g *generator) ifMethod() string {
	return "if_method:" + g.pick("POST", "GET", "GET,POST", "PUT, PATCH", "get")
}
func (g *generator) ifOption() string {
	return "if:" + g.pick("opt.mode:one", "opt.mode:two", "opt.extra:x", "opt.extra:''", "opt.id:'a b'", "opt.mode:'one'")
}
func (g *generator) encoding() string { return g.pick("hex", "base64", "base64url") }
func (g *generator) hash() string     { return g.pick("md5", "sha1", "sha256", "sha384", "sha512") }
func (g *generator) mac() string {
	return fmt.Sprintf("hmac_%s:%s", g.pick("sha1", "sha256", "sha384", "sha512"), g.pick(g.keys...))
}
