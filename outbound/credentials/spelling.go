//go:build go1.21

package credentials

import (
	"errors"
	"regexp"
	"strings"
)

// spelling is how another tool writes a reference. Taken literally, it would be used as the key, and the vendor would
// only say that the signature is wrong.
type spelling struct {
	pattern *regexp.Regexp
	what    string // what is wrong, and what to write
}

// otherSpellings are those that neither gateway understands.
var otherSpellings = []spelling{
	{regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`), "${NAME} is not replaced here; write {env.NAME}"},
	// With an underscore at least: a password may begin with $ and have nothing but capitals.
	{regexp.MustCompile(`^\$[A-Z][A-Z0-9]*_[A-Z0-9_]+$`), "$NAME is not replaced here; write {env.NAME}"},
	{regexp.MustCompile(`^\{\$[A-Za-z_][A-Za-z0-9_]*\}$`), "only a Caddyfile knows {$NAME}; write {env.NAME}"},
	{regexp.MustCompile(`^\{env:[^{}]+\}$`), "a variable is written {env.NAME}, with a dot"},
	{regexp.MustCompile(`^\{file:[^{}]+\}$`), "a file is written {file./path}, with a dot"},
}

// shortSpellings are references in Traefik and on the command line, but not in Caddy.
var shortSpellings = []spelling{
	{regexp.MustCompile(`^env:[A-Za-z_][A-Za-z0-9_]*$`), "env:NAME is for Traefik and the command line; in Caddy write {env.NAME}"},
	{regexp.MustCompile(`^file:/`), "file:/path is for Traefik and the command line; in Caddy write {file./path}"},
}

// unfilled is what Traefik fills in elsewhere, but not here.
var unfilled = []spelling{
	{regexp.MustCompile(`^urn:k8s:secret:`),
		"urn:k8s:secret: works only in Traefik's manifests for Kubernetes; here write file:/path or env:NAME"},
	{regexp.MustCompile(`^\{\{.*\}\}$`), "templates work only in Traefik's files; here write file:/path or env:NAME"},
}

// Misspelt finds a reference that is written as for another tool; nil: there is none. Where short is set, env:NAME and
// file:/path are references.
//
//	${ACME_SECRET}  ${NAME} is not replaced here; write {env.NAME}
//	{env:X}         a variable is written {env.NAME}, with a dot
//	env:X           nil with short; else: env:NAME is for Traefik and the command line; in Caddy write {env.NAME}
func Misspelt(value string, short bool) error {
	if err := misspelt(value, otherSpellings); err != nil || short {
		return err
	}
	return misspelt(value, shortSpellings)
}

// Unfillable reports whether a value has a placeholder that Caddy refuses when it loads a configuration: anything in braces
// that is not a variable, a file, or something about the machine. What a request holds is not known then.
//
//	{http.request.header.X}, a{x}b -> true        {env.X}, \{x} -> false
func Unfillable(value string) bool {
	for _, m := range inBraces.FindAllStringSubmatch(value, -1) {
		if m[1] == "" && !fillable.MatchString(m[2]) {
			return true
		}
	}
	return false
}

var (
	inBraces = regexp.MustCompile(`(\\?)\{([^{}]*)\}`) // with a backslash before it, it is no placeholder
	fillable = regexp.MustCompile(`(?s)^(?:(?:env|file)\..+|system\.(?:hostname|slash|os|wd|arch)|time\.now(?:\..+)?)$`)
)

// Nameless reports whether a value is a reference without the name of a variable or a file.
func Nameless(value string) bool {
	kind, name := splitReference(&References{Short: true}, value)
	return kind != "" && name == ""
}

// misspelt is the error of the first spelling that value has; nil: none.
func misspelt(value string, as []spelling) error {
	for _, s := range as {
		if s.pattern.MatchString(value) {
			return errors.New(s.what)
		}
	}
	return nil
}

// misspelt is Misspelt for a value that is about to be taken literally. Caddy, which has no short references, checks its
// values itself, since it knows its own placeholders.
func (r References) misspelt(value string) error {
	if r.Off || !r.Short || !strings.ContainsAny(value, "{:$") { // of which all spellings have one
		return nil
	}
	if err := misspelt(value, unfilled); err != nil {
		return err
	}
	return Misspelt(value, true)
}
