package cli

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// explanation is what is shown of one signature. Its JSON keys are documented in docs, and do not
// change.
type explanation struct {
	Signer    string          `json:"signer"`
	Method    string          `json:"method"`
	URL       string          `json:"url"`
	Canonical []explainedPart `json:"canonical"`
	// Of schemes that sign a text with the hash of the canonical one in it.
	StringToSign []explainedPart `json:"string_to_sign,omitempty"`
	// What went into the hash, and how: "HMAC-SHA256 over 96 bytes".
	Hashed  hashed            `json:"hashed"`
	Headers map[string]string `json:"headers"`
	Secrets []string          `json:"secrets"`
	// Of all options of the credential, as in the gateways' logs; empty without the secret.
	Fingerprint string `json:"fingerprint,omitempty"`
	// A shell script, as recipe.command makes it. Empty: no shell can sign so.
	Curl  string        `json:"curl"`
	Notes []string      `json:"notes,omitempty"`
	Token *tokenRequest `json:"token_request,omitempty"` // the first one, where the scheme fetches a token

	toSign    []signers.Part
	values    []signers.Part // on the way to the signature, where the scheme names them
	variables []string       // shown instead of secrets, as in $ACME_KEY
}

// explainedPart is a part of the signed text, with its length in bytes before anything was hidden.
type explainedPart struct {
	Label string `json:"label"`
	Text  string `json:"text"`
	Bytes int    `json:"bytes"`
}

// hashed are lengths in bytes: of the canonical text, and of the body that it covers.
type hashed struct {
	Text int    `json:"text"`
	Body int    `json:"body"`
	How  string `json:"how"`
}

// fill describes what was signed, without secrets. standIns are the secrets that were missing: what was
// made with them is not shown.
func (x *explanation) fill(
	o *config.Options, proof signers.Proof, s *capture.Request, parts []signers.Part, out http.Header,
	secrets map[string]string, standIns []string,
) {
	names := shellNames(o)
	for _, setting := range o.Own {
		if _, used := secrets[setting.Name]; setting.Secret && (used || slices.Contains(standIns, setting.Name)) {
			x.Secrets = append(x.Secrets, "$"+names[setting.Name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if _, known := signers.Find(o.Own, name); !known { // a scheme of one's own has others
			x.Secrets = append(x.Secrets, "$"+names[name])
		}
	}
	hide := func(text string) string { return hideSecrets(text, secrets, names) }
	x.URL = hide(x.URL)
	for _, p := range parts {
		x.Hashed.Text += len(p.Text)
		one := explainedPart{Label: p.Label, Text: p.Text, Bytes: len(p.Text)}
		if p.Secret {
			one.Text = "{" + p.Label + "}"
			if len(standIns) > 0 {
				// The length of a stand-in would be taken for that of the secret.
				one.Bytes = 0
				x.Hashed.Text -= len(p.Text)
			}
		}
		x.Canonical = append(x.Canonical, one)
	}
	x.Hashed.Body, x.Hashed.How = len(s.Body), howHashed(proof)
	if proof.How != "" {
		x.Hashed.How = proof.How
	} else if proof.Hash == "" && len(parts) > 0 {
		x.Hashed.How = "as the scheme's operations say,"
	}
	recipe := shellRecipe(proof, o, names)
	for name, values := range out {
		value := hide(values[0])
		if len(standIns) > 0 && (name == recipe.header || value == "") {
			value = recipe.value
		}
		// Neither the value, which is wrong, nor a command can be shown.
		if len(standIns) > 0 && recipe.header == "" && name == proof.Header && !strings.Contains(value, "$") {
			value = madeOf + strings.Join(x.Secrets, " and ") + "}"
		}
		x.Headers[name] = value
	}
	x.variables = append(x.variables, x.Secrets...)
	x.Curl = recipe.command(s, x, parts)
}

// base64Text finds what may be a text in Base64.
var base64Text = regexp.MustCompile(`[A-Za-z0-9+/]{8,}={0,2}`)

// hideSecrets replaces secrets by their names, even if a scheme sends them escaped in a query, in hex
// or inside Base64, as in basic authentication. What is decoded is searched in the same way, as it may
// be encoded twice.
//
//	Basic aWQ6c2VjcmV0MTIz  ->  Basic base64(id:$ACME_KEY)
func hideSecrets(text string, secrets, names map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		secret := secrets[name]
		if secret == "" {
			continue
		}
		for _, form := range []string{
			secret, url.QueryEscape(secret), wire.PercentEncode(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)),
		} {
			text = strings.ReplaceAll(text, form, "$"+names[name])
		}
		text = base64Text.ReplaceAllStringFunc(text, func(run string) string {
			decoded, err := base64.StdEncoding.DecodeString(run)
			if err != nil {
				return run
			}
			if hidden := hideSecrets(string(decoded), secrets, names); hidden != string(decoded) {
				return "base64(" + hidden + ")"
			}
			return run
		})
	}
	return text
}

// writeJSON writes an explanation for programs. Texts that are no UTF-8 are shown escaped, as for people, since JSON
// cannot hold them.
func (x *explanation) writeJSON(out io.Writer) error {
	for i, p := range x.Canonical {
		if !utf8.ValidString(p.Text) {
			x.Canonical[i].Text = visible(signers.Part{Text: p.Text})
		}
	}
	return writeJSON(out, x)
}

// write writes an explanation for people: values, signed text, hash, secrets, headers, the request for
// a token, the curl command and notes; what there is not is left out. The curl command is there to be
// copied, so its lines are as long as they are.
func (x *explanation) write(out io.Writer, s screen.Screen) error {
	var b strings.Builder
	width := s.Prose()
	// Prose is wrapped, the lists keep their columns, and the curl command keeps its lines.
	prose := func(head, format string, a ...any) {
		b.WriteString(screen.Hang(head, screen.Wrap(fmt.Sprintf(format, a...), width-len(head))))
	}
	title := func(text string) { b.WriteString("\n" + s.Bold(text+":") + "\n\n") }
	list := func(parts []signers.Part) {
		labels := labelWidth(parts)
		b.WriteString(listing(parts, labels, width-labels-len("    ")))
	}
	fmt.Fprintf(&b, "%s %s\n", x.Method, x.URL)
	if len(x.values) > 0 {
		title("values")
		list(x.values)
	}
	if len(x.Canonical) == 0 && x.Token != nil {
		b.WriteString("\nnothing is signed: a token is fetched, and sent as it is\n")
	} else if len(x.Canonical) == 0 {
		b.WriteString("\nnothing is signed: the credential is sent as it is\n")
	} else {
		title("signed text")
		var parts []signers.Part
		for _, p := range x.Canonical {
			parts = append(parts, signers.Part{Label: p.Label, Text: p.Text})
		}
		list(parts)
		if len(x.toSign) > 0 {
			title("string to sign")
			list(x.toSign)
		}
		body := ""
		if x.Hashed.Body > 0 {
			body = fmt.Sprintf(", with a body of %d bytes", x.Hashed.Body)
		}
		b.WriteString("\n")
		prose("hashed: ", "%s over %d bytes%s", x.Hashed.How, x.Hashed.Text, body)
	}
	known := ""
	if x.Fingerprint != "" {
		known = "; the credential's fingerprint is " + x.Fingerprint
	}
	prose("secret: ", "%s%s", strings.Join(x.Secrets, ", "), known)
	if len(x.Headers) > 0 {
		title("headers")
	}
	for _, name := range slices.Sorted(maps.Keys(x.Headers)) {
		lines := screen.Fold(name+": "+x.Headers[name], width-len("    "))
		b.WriteString("  " + strings.Join(lines, "\n    ") + "\n")
	}
	if x.Token != nil {
		title("the request for the token")
		for _, line := range x.Token.lines() {
			b.WriteString(strings.TrimRight("  "+strings.Join(screen.Fold(line, width-len("    ")), "\n    "), " ") + "\n")
		}
	}
	title("with curl")
	b.WriteString(x.Curl + "\n")
	for _, n := range x.Notes {
		b.WriteString("\n")
		prose("note: ", "%s", n)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
