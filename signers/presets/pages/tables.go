//go:build go1.21

package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// optionTable is a row for each option, with its default and the form of its value. The options of all vendors
// have a page of their own.
//
//	| `api_id` | The API ID. A region's prefix, as in vera01ei-, may stay. |
func optionTable(p *presets.Preset) string {
	// A table needs a heading in Markdown, even an empty one.
	rows := []string{"| option | |", "|---|---|"}
	for i, o := range p.Scheme().Options {
		doc := o.Doc
		if o.Secret {
			doc += " Secret."
		}
		// Of several values the first is the default, so it need not be said.
		if len(o.Values) > 0 {
			doc += " One of `" + strings.Join(o.Values, "`, `") + "`; the first is the default."
		} else if o.Default != "" {
			doc += " Default: " + code(o.Default) + "."
		} else if !o.Required {
			doc += " May be left out."
		}
		if o.Many() {
			doc += " May be repeated."
		}
		// The scheme's options are in the order of the file's, so one index is good for both.
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

// checkWords are the forms of values, as a reader wants them: presets.Option.Check has the names.
var checkWords = map[string]string{
	"hex": "In hex.", "base64": "In base64.", "dns_label": "One DNS label.", "uuid": "A UUID.", "digits": "Digits.",
	"host": "The name of a host.",
}

// cell is a text in a table: a | is escaped, and a line end, which would end the row, is a blank. GET|POST becomes
// GET\|POST.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(text), "|", `\|`), "\n", " ")
}

// meanings are what the page says of a refusal. They are all of signers.Refusals.
var meanings = map[string]string{
	"signature": "the signature does not fit", "clock": "the date is out of the vendor's window", "date": "the date is missing or unreadable",
	"key": "the vendor does not know the key, or no longer", "rights": "the credential is right, and may not do this",
	"rate": "too many requests", "unclear": "refused, and the vendor says no more",
}

// refusalTable is a row for each answer that the file explains, in its order: the first that fits counts.
func refusalTable(p *presets.Preset) string {
	if len(p.Refusals) == 0 {
		return "The status alone tells: 401 is unclear, 403 a missing right, 429 too many requests."
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

// address is what Markdown may link as it is.
var address = regexp.MustCompile(`^https://[^\s()<>]+$`)

// sourceTable is a row for each fact of the file, with where it is from and how sure it is. A fact without a
// source is a row, too: it says that none was found.
func sourceTable(p *presets.Preset) string {
	rows := []string{"| fact | source | how sure | |", "|---|---|---|---|"}
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
