package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// valueEdits are the values of signed texts in another letter case, as they were before they were
// encoded, or hashed and written in another form.
func (w *programmed) valueEdits(d *diagnosis) (all []programEdit) {
	signed := w.signedLets()
	before := make(map[string]string)
	for _, line := range w.operations {
		let := letLine.FindStringSubmatch(line)
		if let == nil {
			continue
		}
		if found := encodedValue.FindStringSubmatch(let[3]); found != nil {
			before[let[2]] = found[1]
		}
		if !slices.Contains(signed, let[2]) {
			continue
		}
		add := func(at []int, cause, says, to string) {
			changed := let[1] + let[3][:at[0]] + to + let[3][at[1]:]
			all = append(all, programEdit{cause: cause, says: says, tier: alone, change: instead(line, changed)})
		}
		for _, at := range valueIn.FindAllStringIndex(let[3], -1) {
			value := strings.TrimSuffix(strings.TrimPrefix(let[3][at[0]:at[1]], "[["), "]]")
			name, _, _ := strings.Cut(value, "|")
			if before[value] != "" {
				add(at, "wrong_construction", "the "+spokenValue(value)+" was signed as it is before it is encoded", "[["+before[value]+"]]")
			}
			add(at, "path_double_encoded", "the "+spokenValue(name)+" was encoded once more before it was signed", "[["+value+"|urlencode]]")
			hashed := hashedValue.FindStringSubmatch(value)
			if hashed == nil {
				w.recased(value, func(cause, says, to string) { add(at, cause, says, to) })
			} else {
				add(at, "wrong_construction", "the "+spokenValue(name)+" was signed itself, and the vendor signs its hash",
					"[["+hashed[1]+whenSet.ReplaceAllString(hashed[4], "")+"]]")
				if strings.HasPrefix(hashed[1], "body") {
					says := "UNSIGNED-PAYLOAD was signed in the place of the body's hash"
					add(at, "payload_unsigned", says, "UNSIGNED-PAYLOAD")
					add(at, "payload_unsigned", says, "[['UNSIGNED-PAYLOAD'"+hashed[2]+hashed[3]+"]]")
				}
				for _, form := range []string{"hex", "base64", "hex|upper", "hex|base64"} {
					add(at, "signature_encoding", "the hash of the "+spokenValue(name)+" was written in another form than the vendor's",
						"[["+hashed[1]+hashed[2]+form+hashed[4]+"]]")
				}
			}
			if form, names, found := strings.Cut(value, ":"); found && strings.HasPrefix(form, "header_lines") {
				add(at, "header_signed_otherwise", "the signed headers are in another order than the vendor's", w.backwards(d, form, names))
			}
		}
	}
	return all
}

// recased are other letter cases of a value. The cause tells what of the request it is.
func (w *programmed) recased(value string, add func(cause, says, to string)) {
	name, _, _ := strings.Cut(value, "|")
	cause, ok := caseCauses[name]
	switch {
	case ok:
	case strings.HasSuffix(value, "|urlencode"):
		add("escape_case", "the percent escapes of the "+spokenValue(name)+" were signed in another letter case", "[["+value+"|lower]]")
		return
	case w.date != nil && strings.EqualFold(name, "header."+w.date.place):
		cause = "date_changed"
	case strings.HasPrefix(name, "header"):
		cause = "header_signed_otherwise"
	default:
		cause = "wrong_construction"
	}
	bare := strings.NewReplacer("|lower", "", "|upper", "").Replace(value)
	for _, to := range []string{bare, bare + "|lower", bare + "|upper"} {
		if to != value {
			add(cause, "the "+spokenValue(name)+" was signed in another letter case", "[["+to+"]]")
		}
	}
}

// backwards are the lines of the headers that were sent, the last one first, as a template: one
// form, such as header_lines, for each.
func (w *programmed) backwards(d *diagnosis, form, list string) string {
	list, filters, _ := strings.Cut(list, "|")
	sent := d.sentOf(list)
	slices.Reverse(sent)
	text := ""
	for _, name := range sent {
		text += "[[" + form + ":" + name
		if filters != "" {
			text += "|" + filters
		}
		text += "]]"
	}
	return text
}

var (
	// A let that is one value, encoded.
	encodedValue = regexp.MustCompile(`^\[\[([^\]]*)\|(?:urlencode|form|base64|hex)\]\]$`)
	// A value, its hash, the form of it and conditions.
	hashedValue = regexp.MustCompile(`^(.*?)(\|(?:md5|sha1|sha256|sha384|sha512)\|)(hex|base64)((?:\|when:\w+|\|if_method:[A-Z,]+)*)$`)
	whenSet     = regexp.MustCompile(`\|when:\w+`)
	caseCauses  = map[string]string{"path": "path_case", "target": "path_case", "method": "method_case", "host": "host_case"}
)

// spokenValue is the name of a value of operations for people: "account key" for
// opt.account_key, and "text with the headers" for header_lines:content-type,host.
func spokenValue(value string) string {
	if strings.HasPrefix(value, "header_lines") {
		return "text with the headers"
	}
	return spoken(strings.TrimPrefix(strings.TrimPrefix(value, "opt."), "header."))
}
