package cli

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// shellNames are the variables for a credential's secrets in what is shown, by the option: the vendor's
// usual variable, or VENDOR_OPTION in capitals.
func shellNames(o *config.Options) map[string]string {
	names := make(map[string]string)
	for name := range o.Secrets() { // those of a scheme of one's own are no options of the vendor's
		names[name] = strings.ToUpper(o.Vendor + "_" + name)
	}
	for _, known := range o.Own {
		if known.Secret {
			names[known.Name] = cmp.Or(known.Variable, strings.ToUpper(o.Vendor+"_"+known.Name))
		}
	}
	return names
}

// standIn gives a secret that is missing a value, so that all but the signature can be shown, and names
// it: the one that makes the configuration whole, or else the first that is required. It changes o.
// Empty: none is missing.
func standIn(o *config.Options) []string {
	scheme, err := signers.Lookup(o.Vendor)
	if err != nil {
		return nil
	}
	_, faults := scheme.Signer(o.Values)
	if len(faults) == 0 {
		return nil
	}
	required := ""
	for _, known := range o.Own {
		if !known.Secret || o.Values.Has(known.Name) {
			continue
		}
		o.Values[known.Name] = []string{placeholderFor(scheme, o.Values, known)}
		// One is enough where the scheme takes either of two secrets.
		if _, rest := scheme.Signer(o.Values); len(rest) == 0 {
			return []string{known.Name}
		}
		delete(o.Values, known.Name)
		if required == "" && slices.ContainsFunc(faults, func(f signers.Fault) bool { return f.Option == known.Name }) {
			required = known.Name
		}
	}
	if required == "" {
		return nil
	}
	known, _ := signers.Find(o.Own, required)
	o.Values[required] = []string{placeholderFor(scheme, o.Values, known)}
	return []string{required}
}

// placeholderFor is a text that nobody takes for a secret or, where the option wants another form, its
// example.
func placeholderFor(scheme signers.Scheme, v signers.Values, o signers.Option) string {
	with := v.Copy()
	with[o.Name] = []string{"stand-in"}
	_, faults := scheme.Signer(with)
	if slices.ContainsFunc(faults, func(f signers.Fault) bool { return f.Option == o.Name }) {
		return o.Example()
	}
	return "stand-in"
}

// howHashed names the function for people.
func howHashed(p signers.Proof) string {
	switch {
	case p.Hash == "":
		return "nothing"
	case !strings.HasPrefix(p.Hash, "HMAC"):
		return p.Hash + ", no HMAC,"
	}
	return p.Hash
}

// recipe is how a shell makes the header that needs the secret. The secret stays out of every command's
// arguments, which others can see in the list of processes: perl reads it from the environment, curl
// its header from a pipe.
type recipe struct {
	// The header, and its value with variables. Empty: no shell can make it.
	header, value string
	// A command that reads the text and prints the signature. Empty: nothing is signed.
	sum string
	// The variable that sum reads before the text, where the key is hashed with it.
	secret string
	// The variable that must be in the environment.
	export string
	// Options with which curl signs itself, as with --aws-sigv4. Empty: it cannot.
	curl string
}

var (
	inBraces = regexp.MustCompile(`\{\w+\}`)
	asBasic  = regexp.MustCompile(`^basic\((.*)\)$`)
)

// paddings end a Base64 text where perl leaves them out: Digest::SHA writes none.
var paddings = map[string]string{"HMAC-SHA1": "=", "HMAC-SHA256": "=", "HMAC-SHA512": "=="}

// shellRecipe makes a recipe of what the scheme says about its proof. A MAC needs perl: openssl takes
// the key of an HMAC as an argument.
func shellRecipe(p signers.Proof, o *config.Options, names map[string]string) recipe {
	if p.Value == "" { // a shell could not make it
		return recipe{}
	}
	r := recipe{header: p.Header}
	r.curl = inBraces.ReplaceAllStringFunc(p.Curl, func(name string) string {
		name = strings.Trim(name, "{}")
		if names[name] != "" {
			return "$" + names[name]
		}
		return o.Values.Text(name)
	})
	// The variable that the first command of the script sets.
	signature := "$signature"
	function, isMAC := strings.CutPrefix(p.Hash, "HMAC-")
	switch {
	case p.Hash == "":
	case isMAC:
		function = "hmac_" + strings.ToLower(function) + "_" + p.Encoding
		r.sum = fmt.Sprintf(`perl -MDigest::SHA=%s -0777 -ne 'print %s($_, $ENV{%s})'`, function, function, names[p.Key])
		r.export = names[p.Key]
		if p.Encoding == "base64" {
			signature += paddings[p.Hash]
		}
	default:
		r.sum, r.secret = "openssl dgst -"+strings.ToLower(strings.ReplaceAll(p.Hash, "-", ""))+" -r | cut -d ' ' -f 1", names[p.Key]
	}
	r.value = inBraces.ReplaceAllStringFunc(p.Value, func(name string) string {
		name = strings.Trim(name, "{}")
		known, option := signers.Find(o.Own, name)
		switch {
		case name == "signature":
			return signature
		case names[name] != "":
			return "$" + names[name]
		case option:
			return cmp.Or(o.Values.Text(name), known.Default, strings.Join(known.Values[:min(1, len(known.Values))], ""))
		}
		return "$" + strings.ToUpper(name)
	})
	r.value = asBasic.ReplaceAllStringFunc(r.value, func(text string) string {
		return `Basic $(printf %s "` + asBasic.FindStringSubmatch(text)[1] + `" | base64 | tr -d '\n')`
	})
	return r
}

// command is a shell script that signs this very text and sends the request. It signs for the time that
// is in the text, so it has to be run within the vendor's window. For an HMAC it is:
//
//	export ACME_KEY
//	signature=$(printf '%s\n%s' \
//	  'GET' \
//	  '/a' |
//	  perl -MDigest::SHA=hmac_sha256_hex -0777 -ne 'print hmac_sha256_hex($_, $ENV{ACME_KEY})')
//	curl --path-as-is -X GET 'https://api.acme.example/a' \
//	  -H "Authorization: ACME $signature"
func (r recipe) command(s *capture.Request, x *explanation, parts []signers.Part) string {
	var b strings.Builder
	if r.export != "" {
		fmt.Fprintf(&b, "export %s\n", r.export)
	}
	if r.sum != "" {
		b.WriteString(r.signature(parts))
	}
	if r.curl != "" { // several versions of curl sign the query in the order in which it is sent
		path, query, asked := strings.Cut(x.URL, "?")
		if form, err := wire.Form(query); asked && err == nil {
			x.URL = path + "?" + form
		}
	}
	secret := secretsInShell(x.variables)
	inURL := secret.in(x.URL)
	if inURL {
		b.WriteString("# percent-encode the secret unless it is of letters, digits and - . _ ~\n")
	}
	piped, args := r.headers(&b, x.Headers, secret)
	for _, name := range slices.Sorted(maps.Keys(s.Header)) {
		for _, v := range s.Header[name] {
			args = append(args, "-H "+singleQuoted(name+": "+v))
		}
	}
	// The pipe has lines of curl's own configuration if the URL is among them, or else headers alone.
	address := " " + singleQuoted(x.URL)
	switch {
	case inURL:
		address = " -K -"
		format := `url = "%s"\n` + strings.Repeat(`header = "%s"\n`, len(piped))
		fmt.Fprintf(&b, "printf '%s' \"%s\" |\n  ", format, strings.Join(append([]string{secret.quoted(x.URL)}, piped...), `" "`))
	case len(piped) > 0:
		args = append([]string{"-H @-"}, args...)
		fmt.Fprintf(&b, "printf '%%s\\n' \"%s\" |\n  ", strings.Join(piped, `" "`))
	}
	fmt.Fprintf(&b, "curl --path-as-is -X %s%s", s.Method, address)
	for _, arg := range args {
		b.WriteString(" \\\n  " + arg)
	}
	if len(s.Body) > 0 {
		// curl adds a form's Content-Type to --data-raw otherwise.
		if s.Header.Get("Content-Type") == "" && x.Headers["Content-Type"] == "" {
			b.WriteString(" \\\n  -H 'Content-Type:'")
		}
		fmt.Fprintf(&b, " \\\n  --data-raw %s", singleQuoted(string(s.Body)))
	}
	return b.String()
}

// signature is the command that signs the text, and sets the variable of this name.
func (r recipe) signature(parts []signers.Part) string {
	var text strings.Builder
	for _, p := range parts {
		if !p.Secret {
			text.WriteString(p.Text)
		}
	}
	// Each line is an argument of printf, so that no character in it has a meaning; only the line ends are in the format.
	lines := strings.Split(text.String(), "\n")
	format := strings.Repeat(`%s\n`, len(lines)-1) + "%s"
	command := "signature=$(printf '" + format + "'"
	if r.secret != "" {
		command = "signature=$(printf '%s" + format + `' "$` + r.secret + `"`
	}
	for _, line := range lines {
		command += " \\\n  " + singleQuoted(line)
	}
	return command + " |\n  " + r.sum + ")\n"
}

// headers are those of the signature, as lines for curl's standard input if they hold a secret, or else as arguments, so that
// they can be read. It writes a comment to b for a header that a shell cannot make.
func (r recipe) headers(b *strings.Builder, all map[string]string, secret shellSecrets) (piped, args []string) {
	if r.curl != "" {
		args = append(args, r.curl)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		switch {
		// With --aws-sigv4 curl sets the date, the hash of the body and the signature by itself.
		case r.curl != "" && (name == r.header || !secret.in(value) && value != unsignedPayload):
		// The secret itself is in this header.
		case name == r.header && r.sum == "":
			piped = append(piped, name+": "+r.value)
		// A signature is no secret.
		case name == r.header:
			args = append(args, fmt.Sprintf(`-H "%s: %s"`, name, r.value))
		case strings.Contains(value, madeOf):
			fmt.Fprintf(b, "# a shell cannot make the header %s: vendorsign proxy can\n", name)
		case secret.in(value):
			piped = append(piped, secret.quoted(name+": "+value))
		default:
			args = append(args, "-H "+singleQuoted(name+": "+value))
		}
	}
	return piped, args
}

// unsignedPayload is what has to be said to curl, which hashes bodies otherwise: the header
// X-Amz-Content-Sha256 with this value.
const unsignedPayload = "UNSIGNED-PAYLOAD"

// singleQuoted is text as one word of a shell:
//
//	it's  ->  'it'\''s'
func singleQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
