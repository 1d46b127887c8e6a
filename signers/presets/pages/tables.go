//go:build go1.21

package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// optionTable has a row for each option, with its default and the format of its value. The common options are
// documented on another page.
//
//	| `api_id` | The API ID, with or without its region's prefix, such as vera01ei-. |
func optionTable(p *presets.Preset) string {
	// A table needs a heading in Markdown, even an empty one.
	rows := []string{"| option | |", "|---|---|"}
	for i, o := range p.Scheme().Options {
		doc := o.Doc
		if o.Secret {
			doc += " Secret."
		}
		// The first of several values is the default, so the row does not repeat it.
		if len(o.Values) > 0 {
			doc += " One of `" + strings.Join(o.Values, "`, `") + "`; the first is the default."
		} else if o.Default != "" {
			doc += " Default: " + code(o.Default) + "."
		} else if !o.Required {
			doc += " Optional."
		}
		if o.Many() {
			doc += " Can be repeated."
		}
		// The scheme's options have the order of the file, so one index works for both.
		if check := p.Options[i].Check; check != "" {
			doc += " " + checkWords[check]
		}
		if o.Variable != "" {
			doc += " The vendor's own tools read it from `" + o.Variable + "`."
		}
		rows = append(rows, "| "+code(o.Name)+" | "+cell(doc)+" |")
	}
	return strings.Join(rows, "\n")
}

// checkWords describe the formats of values: presets.Option.Check has their names.
var checkWords = map[string]string{
	"hex": "In hex.", "base64": "In base64.", "dns_label": "A single DNS label.", "uuid": "A UUID.", "digits": "Digits only.",
	"word": "One word of letters, digits, `-` and `_`.",
	"host": "A host name.", "zscaler_key": "At least 12 characters.",
}

// cell is a text in a table: it escapes | and replaces line ends, which would end the row, by spaces. GET|POST becomes
// GET\|POST.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(text), "|", `\|`), "\n", " ")
}

// meanings explain the causes of refusals, all of signers.Refusals.
var meanings = map[string]string{
	"signature": "the signature does not match", "clock": "the date is outside the vendor's window",
	"date": "the date is missing or unreadable", "key": "the vendor does not know the key, or no longer accepts it",
	"rights": "the credential is valid, but lacks the rights for this",
	"rate":   "too many requests", "unclear": "refused, without a more specific reason",
}

// refusalTable has a row for each answer that the file explains, in its order: the first match counts.
func refusalTable(p *presets.Preset) string {
	if len(p.Refusals) == 0 {
		return "Only the status tells the cause: 401 can have several, 403 means missing rights, 429 too many requests."
	}
	rows := []string{"| status | with the text | means |", "|---|---|---|"}
	for _, r := range p.Refusals {
		status, text := "any", ""
		// 0 is any status: Tencent Cloud refuses with 200.
		if r.Status != 0 {
			status = fmt.Sprint(r.Status)
		}
		if r.Contains != "" {
			text = code(r.Contains)
		}
		rows = append(rows, "| "+status+" | "+cell(text)+" | "+meanings[r.Means]+" |")
	}
	return strings.Join(rows, "\n")
}

// address matches what Markdown can link as it is.
var address = regexp.MustCompile(`^https://[^\s()<>]+$`)

// sourceTable has a row for each fact of the file, with its source and how reliable that is. A fact without a source
// has a row, too, which says that none was found.
func sourceTable(p *presets.Preset) string {
	rows := []string{"| fact | source | kind | note |", "|---|---|---|---|"}
	for _, s := range p.Sources {
		where := cell(s.Where)
		if address.MatchString(where) {
			where = "<" + where + ">"
		}
		// Sources of the kind unknown.
		if where == "" {
			where = "none found"
		}
		rows = append(rows, "| "+s.Fact+" | "+where+" | "+s.Sure+" | "+cell(s.Note)+" |")
	}
	return strings.Join(rows, "\n")
}
