//go:build go1.21

package presets

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/vendorsign/vendorsign/signers"
)

// CustomName is the name of the scheme whose operations are in the configuration.
const CustomName = "custom"

// LoginName is the name of the scheme whose operations and login are in the configuration.
const LoginName = "login"

// The options of a custom scheme. A Caddyfile has lines `option NAME VALUE` and `secret NAME VALUE`, JSON has
// objects; in signers.Values they are options.NAME and secrets.NAME. Lists are values with several entries.
//
//	vendorsign custom {                          options.api_key = [1]
//	    option api_key 1                         secrets.secret_key = [2]
//	    secret secret_key {env.SECRET}     ->    operations = [query signature = ...]
//	    operations <<END
//	        query signature = ...
//	        END
//	}
//
// Operations decide where a secret goes, so they are as sensitive as the secret: see customOptions.
func init() {
	signers.Register(signers.Scheme{Name: CustomName, Title: "A scheme of your own", Options: customOptions(), New: newCustom})
	signers.RegisterFiles(CustomName, ownScheme)
	signers.Register(signers.Scheme{
		Name:  LoginName,
		Title: "A login of your own",
		Options: append([]signers.Option{{Name: "login", Kind: signers.Document, Verbatim: true, Also: []string{"token", "steps"},
			Doc: "The requests that fetch the token, as the key login of a preset file has them (JSON)."}}, customOptions()...),
		New: newCustom,
	})
}

// customOptions are shared by the schemes custom and login. Operations and files are verbatim: only the operator
// may set them, since they say where a secret goes. In Traefik whoever writes a label may be somebody else; a
// label can name a file in the operator's folder by preset, and nothing more.
func customOptions() []signers.Option {
	return []signers.Option{
		{Name: "operations", Kind: signers.Lines, Verbatim: true, Also: []string{"operation"},
			Doc: "The operations that sign a request, one a line."},
		{Name: "options", Kind: signers.Block, Line: "option",
			Doc: "The values that operations name opt.NAME, but for secrets."},
		{Name: "secrets", Kind: signers.Block, Line: "secret", Secret: true,
			Doc: "The secrets that operations name opt.NAME."},
		{Name: "nonce", Also: []string{"nonce_kind"},
			Doc: "The kind of the value nonce: uuid (the default), alnum:64, hex:16, base64:64, digits:19 or another length."},
		{Name: "preset", Kind: signers.File,
			Doc: "The name of a preset file in the operator's folder VENDORSIGN_PRESETS_DIR, without .json, in place of operations."},
		{Name: "preset_file", Kind: signers.File, Verbatim: true,
			Doc: "The path of a preset file, in place of operations."},
	}
}

// newCustom makes the signer of operations in the configuration, or of a preset file that it names. Operations
// alone have no vectors, guards or hosts: nothing is tested, and a warning says so.
func newCustom(v signers.Values) (signers.Signer, []signers.Fault) {
	if fileOption(v) != "" {
		return newFromFile(v)
	}
	p, values, fault := customPreset(v)
	if fault != nil {
		return nil, []signers.Fault{*fault}
	}
	// Without vectors there is no self-test: the first request shows whether the vendor accepts the signature.
	own, err := Compile(p)
	if err != nil {
		return nil, []signers.Fault{{Option: "operations", Text: err.Error()}}
	}
	ways, err := newTokenWays(p, false)
	if err != nil {
		return nil, []signers.Fault{{Option: "login", Text: err.Error()}}
	}
	return bind(p, own, ways, values)
}

// customPreset is the preset that a configuration amounts to, and the values of its options. It refuses what
// cannot be read at all; whether operations compile is found later. Faults name the option of the configuration.
func customPreset(v signers.Values) (*Preset, map[string][]string, *signers.Fault) {
	if !v.Has("operations") {
		return nil, nil, &signers.Fault{Option: "operations", Text: "operations are required"}
	}
	kind := v.Text("nonce")
	if kind != "" && !knownNonce(kind) {
		return nil, nil, &signers.Fault{Option: "nonce", Text: "nonce must be uuid, alnum:N, digits:N, hex:N or base64:N, with N from 8 to 128"}
	}
	p := &Preset{Name: CustomName, Nonce: kind}
	// The declaration of a preset file around what the configuration has: one reader for both.
	if v.Has("login") {
		if !json.Valid([]byte(v.Text("login"))) {
			return nil, nil, &signers.Fault{Option: "login", Text: "login must be an object of JSON"}
		}
		p.Name = LoginName
		p.Token = json.RawMessage(`{"login":` + v.Text("login") + `}`)
	}
	// An entry may be a text of several lines: a Caddyfile has a heredoc, JSON a list.
	for _, line := range v["operations"] {
		p.Operations = append(p.Operations, strings.Split(strings.TrimRight(line, "\r\n"), "\n")...)
	}
	for i, line := range p.Operations {
		// Lines of a heredoc are indented.
		p.Operations[i] = strings.Trim(line, " \t\r")
	}
	values := make(map[string][]string)
	// Options are those that the configuration has: operations that name another one do not compile.
	for _, key := range v.Names("") {
		block, name, found := strings.Cut(key, ".")
		if !found || block != "options" && block != "secrets" {
			continue
		}
		name = snake(name)
		if !presetName.MatchString(name) {
			return nil, nil, &signers.Fault{Option: block, Text: block + ": a name must be of letters, digits and underscores"}
		}
		// As option and as secret, or once in camelCase: which of them counts must not depend on the order.
		if values[name] != nil {
			return nil, nil, &signers.Fault{Option: block, Text: name + " is given twice"}
		}
		values[name] = v[key]
		own := Option{Name: name}
		// Not in the literal: interpreted, the other field's || would count for this one.
		if block == "secrets" {
			own.Secret = true
		}
		if len(v[key]) > 1 || isList(p.Operations, name) {
			own.List = true
		}
		p.Options = append(p.Options, own)
	}
	return p, values, nil
}

// isList reports whether operations take an option as a list: one entry is a list, too, and a configuration cannot
// say so.
func isList(operations []string, name string) bool {
	return strings.Contains(strings.Join(operations, "\n"), "header_list:opt."+name+":")
}

// snake is a name in snake_case: labels have camelCase. "secretKey" -> "secret_key".
func snake(name string) string {
	if strings.ToLower(name) == name {
		return name
	}
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) {
			if i > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
