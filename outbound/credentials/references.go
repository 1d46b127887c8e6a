//go:build go1.21

// Package credentials is where the values of options come from, and where they may go.
//
//	{env.NAME}, {file./path} -> [References] -> a value, and the [FileState] that tells when it changes
//	the operator's variables -> [Confined]   -> References that read below a folder only, and an [Operator] that permits hosts
//
// A value that is no reference is literal; one in another tool's syntax for references is a fault (spelling.go). In Traefik,
// those who write labels are not the operator: hosts.go has the patterns of VENDORSIGN_ALLOWED_HOSTS, bindings.go the file
// that ties each secret to a vendor and hosts, inside.go the addresses that no token service may have.
//
// The package reads files and variables and makes no credential: package outbound does, and looks once a second at what it
// was made from. A new kind of reference belongs here, an option next to [outbound.Policy].
package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// maxSecretFile bounds what is read as one value: a larger file is not a key, but the wrong file.
const maxSecretFile = 64 << 10

// References resolves values that refer to a secret kept elsewhere: {env.NAME} and {file./path}, and if Short is set also
// env:NAME and file:/path. Anything else is literal. It is a value that is copied to restrict it further, as where a file's
// own references are resolved.
//
//	{env.ACME_SECRET}, {file./run/secrets/acme}   -> in all gateways
//	env:ACME_SECRET, file:/run/secrets/acme       -> with Short: in Traefik, where YAML takes bare braces for a map, and on the command line
//	s3cr3t                                        -> literal
//	${ACME_SECRET}                                -> an error with Short: another tool's spelling
//
// If somebody other than the operator writes the configuration, EnvPrefix and Dir restrict it: a label must not make the
// gateway read its own files and send them out.
type References struct {
	Short     bool
	EnvPrefix string // only variables that begin with it; empty: any
	Confined  bool   // only files below Dir, links not followed out of it
	Dir       string
	TokenDir  string // where Confined, a token_cache is below it
	AuditDir  string // where Confined, an audit_file is in it

	Operator *Operator // what Confined made of the process's variables; nil: they permit everything

	Off   bool                               // every value is literal
	Other func(value string) (string, error) // resolves what is no reference, such as a gateway's own placeholders
}

// Is reports whether value is a reference, without reading what it refers to.
func (r References) Is(value string) bool {
	kind, _ := splitReference(&r, value)
	return kind != ""
}

// Value returns what value refers to, or value itself if it is literal. Its errors say what is wrong without the value; one
// that is os.ErrNotExist means that a file may come yet. Nothing is cached: each call reads.
func (r References) Value(value string) (string, error) {
	kind, name := splitReference(&r, value)
	if kind != "" {
		return readReference(&r, kind, name)
	}
	if err := r.misspelt(value); err != nil { // a gateway that resolves other references checks this itself
		return "", err
	}
	if r.Other != nil {
		return r.Other(value)
	}
	return value, nil
}

// readReference returns what a reference names. kind is env or file.
func readReference(r *References, kind, name string) (string, error) {
	text, err := "", error(nil)
	if kind == "env" {
		text, err = readVariable(r, name)
	} else {
		text, err = r.file(name)
	}
	if err == nil && r.Confined && isObject(text) { // in a header it would show every option, and is bound to no host
		return "", errors.New("what it refers to is a JSON object, as a credentials_file is, and not the value of an option")
	}
	return text, err
}

// isObject reports whether a text is a JSON object of options.
func isObject(text string) bool {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	return strings.HasPrefix(text, "{") && json.Valid([]byte(text)) && !isKey(text)
}

// isKey reports whether a JSON object is a JSON Web Key (RFC 7517, 4.1), which is one secret as a key in PEM is.
func isKey(text string) bool {
	var k struct {
		Kty string `json:"kty"`
	}
	return json.Unmarshal([]byte(text), &k) == nil && k.Kty != ""
}

// reference has the kind and the name of one in braces, then those of a short one.
var reference = regexp.MustCompile(`(?s)^(?:\{(env|file)\.([^{}]*)\}|(env|file):(.*))$`)

// splitReference splits a reference into env or file and a name; kind is empty if value is literal.
//
//	{env.X} -> env, X        file:/a -> file, /a with Short, else literal        {env.X}/b -> literal: not the whole value
func splitReference(r *References, value string) (kind, name string) {
	if !strings.Contains(value, ":") && !strings.HasPrefix(value, "{") { // most values are literal
		return "", ""
	}
	m := reference.FindStringSubmatch(value)
	if m == nil || r.Off || m[3] != "" && !r.Short {
		return "", ""
	}
	return m[1] + m[3], m[2] + m[4]
}

// Secret is the reference in its short form, env:NAME or file:/path, or empty if value is literal. Both forms of one secret
// are the same text, by which the operator's bindings know it.
func Secret(r *References, value string) string {
	kind, name := splitReference(r, value)
	if kind == "" {
		return ""
	}
	return kind + ":" + name
}

// readVariable reads a variable. An empty one counts as not set: a deployment that lost a secret must fail here, and not sign
// with an empty key.
func readVariable(r *References, name string) (string, error) {
	for _, own := range operatorVariables {
		if r.Confined && name == own {
			return "", fmt.Errorf("environment variable %s is the operator's, not a secret", own)
		}
	}
	if r.Confined && listsSources(name) {
		return "", fmt.Errorf("environment variable %s is the operator's, not a secret", name)
	}
	// The name that was asked for is shown only if it is one that may be read.
	if !strings.HasPrefix(name, r.EnvPrefix) {
		return "", fmt.Errorf("environment variables are read only if their name begins with %s", r.EnvPrefix)
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		return "", fmt.Errorf("environment variable %q is not set", name)
	}
	if value == "" {
		return "", fmt.Errorf("environment variable %q is empty", name)
	}
	return value, nil
}

// file reads a secret from a file, without the line end that editors and shells add. One is removed and no more, since a
// secret may end in blanks.
//
//	"s3cr3t\n", "s3cr3t\r\n" -> s3cr3t        "s3cr3t \n" -> "s3cr3t "        "" -> an error
func (r References) file(path string) (string, error) {
	data, err := r.Read(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(data, "\n")
	if len(text) < len(data) {
		text = strings.TrimSuffix(text, "\r")
	}
	if text == "" {
		return "", fmt.Errorf("secret file is empty")
	}
	return text, nil
}

// Read is the text of a file that a configuration names, of up to 64 KiB.
func (r References) Read(path string) (string, error) {
	return r.ReadLarge(secretFile, path, maxSecretFile)
}

// secretFile is what errors call a file that has a secret, as most have.
const secretFile = "secret file"

// ReadLarge is Read for a file of up to max bytes that errors call what it is, as in "the file". A longer one is an error, and not cut
// off: half a key would sign, wrongly.
func (r References) ReadLarge(what, path string, max int64) (string, error) {
	f, err := r.open(what, path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	// One byte more tells a file that is too large from one that just fits.
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return "", fmt.Errorf("%s cannot be read: %w", what, err)
	}
	if int64(len(data)) > max {
		return "", fmt.Errorf("%s is larger than %d bytes", what, max)
	}
	return string(data), nil
}

// HasReference reports whether a value will be replaced when the gateway runs. Anything with a brace counts, since gateways
// have placeholders of their own: it is for checks that must not take such a value for the secret itself.
func HasReference(text string) bool {
	return strings.Contains(text, "{") || References{Short: true}.Is(text)
}
