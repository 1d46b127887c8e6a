package program

import (
	"strings"
	"testing"
)

// flat writes a template for comparison: values in braces with their filters, rows that are encoded in angles.
func flat(parts []TemplatePart) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case p.Source == "":
			b.WriteString(p.Text)
		case len(p.Parts) > 0:
			b.WriteString("<" + flat(p.Parts) + ">" + strings.Join(p.Filters, "|"))
		default:
			b.WriteString("{" + strings.Join(append([]string{p.Value}, p.Filters...), "|") + "}")
		}
	}
	return b.String()
}

func TestTemplatesTakeLetsApart(t *testing.T) {
	for _, tt := range []struct{ name, operations, want string }{
		{"a row of others", "let head = a=[[opt.id]];\nheader X = [[head]]b", "a={opt.id};b"},
		{"a row that is encoded", "let pair = [[opt.id]]:[[opt.key]]\nheader X = Basic [[pair|base64|reveal]]", "Basic <{opt.id}:{opt.key}>base64|reveal"},
		{"a row that is hashed stays what it is", "let text = [[method]] [[path]]\nheader X = [[text|hmac_sha256:opt.key|hex]]", "{text|hmac_sha256:opt.key|hex}"},
		{"a date by another name", "let ts = [[now|add:60|unix]]\nheader X = t=[[ts]]", "t={now|add:60|unix}"},
		{"a header that is set above", "header X-Sum = [[body|sha256|hex]]\nheader X = [[header.x-sum]]", "{body|sha256|hex}"},
		{"two values without a text between them", "let row = [[opt.id]][[nonce]]\nheader X = [[row|urlencode]]", "{row|urlencode}"},
	} {
		templates, err := Templates(strings.Split(tt.operations, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := flat(templates[len(templates)-1].Parts); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestTemplatesSayWhatAValueIsMadeOf(t *testing.T) {
	templates, err := Templates([]string{"let ts = [[now|format:'2006-01-02']]", "let key = [[ts|hmac_sha256:opt.key]]", "let text = [[path]]",
		"query sig = [[text|hmac_sha256:key|hex]]", "header? X-Date = [[ts]]"})
	if err != nil {
		t.Fatal(err)
	}
	signature, date := templates[0], templates[1]
	if uses := signature.Parts[0].Uses; !uses["opt.key"] || !uses["now"] || !uses["path"] || uses["body"] {
		t.Errorf("the signature uses %v", uses)
	}
	if signature.Verb != "query" || signature.Name != "sig" || signature.Optional || !date.Optional || date.Name != "X-Date" {
		t.Errorf("%+v, %+v", signature, date)
	}
	if layout := date.Parts[0].Layout; layout != "2006-01-02" {
		t.Errorf("the date is written as %q", layout)
	}
	if _, err := Templates([]string{"", "let x"}); err == nil || !strings.Contains(err.Error(), "operations line 2") {
		t.Errorf("a line that is no operation: %v", err)
	}
}

func TestMatchFindsWhatIsBetweenTheTexts(t *testing.T) {
	templates, err := Templates([]string{"header X = V1 id=[[opt.id]],ts=[[now|unix]],sig=[[path|hmac_sha256:opt.key|hex]]"})
	if err != nil {
		t.Fatal(err)
	}
	parts := templates[0].Parts
	for value, want := range map[string]string{
		"V1 id=a,ts=1,sig=ff":         "a 1 ff",
		"V1 id=a,b,ts=,sig=f,sig=f\n": "a,b  f,sig=f\n",
		"V1 id=a,ts=1":                "",
		"v1 id=a,ts=1,sig=ff":         "",
	} {
		found, ok := Match(parts, value)
		if ok != (want != "") || ok && found[1]+" "+found[3]+" "+found[5] != want {
			t.Errorf("%q: %q, %v", value, found, ok)
		}
	}
}

func TestUndoTakesEncodingsBack(t *testing.T) {
	for _, tt := range []struct{ filters, text, want string }{
		{"hex base64", "NjE2Mg==", "ab"}, {"base64 urlencode", "YWI%3D", "ab"}, {"reveal", "ab", "ab"}, {"base64url", "_-8=", "\xff\xef"},
		{"hex", "6", ""}, {"upper", "AB", ""}, {"base64", "YWI", ""},
	} {
		got, ok := Undo(strings.Fields(tt.filters), tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s of %q: %q, %v", tt.filters, tt.text, got, ok)
		}
	}
}
