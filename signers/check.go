//go:build go1.21

package signers

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// The checks that every vendor's configuration shares. Their errors name the option and never show its value.

// checkValue refuses what no credential consists of. White space at either end is nearly always a slip of the
// tool that made the file, and vendors answer it with the same "invalid signature" as a wrong key.
func checkValue(name, value string) error {
	switch {
	case value == "":
		return fmt.Errorf("%s is required", name)
	case hasControl(value):
		return fmt.Errorf("%s contains a control character or line break", name)
	case strings.HasPrefix(value, "\ufeff"), strings.HasPrefix(value, "\xff\xfe"), strings.HasPrefix(value, "\xfe\xff"):
		return fmt.Errorf("%s begins with a byte order mark; save the file as UTF-8 without one", name)
	case strings.TrimSpace(value) != value:
		return fmt.Errorf("%s begins or ends with white space", name)
	}
	return nil
}

// checkID is checkValue for a credential's public half, which travels in a header next to separators.
func checkID(name, value, separators string) error {
	if err := checkValue(name, value); err != nil {
		return err
	}
	switch {
	case !strings.ContainsAny(value, separators+" "):
		return nil
	case separators == "":
		return fmt.Errorf("%s contains a blank", name)
	}
	return fmt.Errorf("%s contains a blank or one of %q, which separates it from other values in the header", name, separators)
}

// checkSwapped finds an ID where the secret belongs, where its shape tells, and the secret where the ID does.
func checkSwapped(id, idValue, secret, secretValue string, shape *regexp.Regexp) error {
	if shape.MatchString(secretValue) && !shape.MatchString(idValue) && len(idValue) > len(secretValue) {
		return fmt.Errorf("%s and %s are swapped: what %s holds is an ID", id, secret, secret)
	}
	return nil
}

// checkChoice fills in the default, the first of values, and refuses anything that is not listed.
func checkChoice(name string, value *string, values []string) error {
	if *value == "" {
		*value = values[0]
	}
	for _, v := range values {
		if *value == v {
			return nil
		}
	}
	return fmt.Errorf("%s must be one of %s", name, strings.Join(values, ", "))
}

// checkURL wants the https address of a token service: a token over plain http would be anybody's. The exception is
// this machine, where simulated vendors run.
func checkURL(name, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(value, "?# ") || hasControl(value) {
		return fmt.Errorf("%s must be an address such as https://host/path", name)
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return fmt.Errorf("%s must begin with https://", name)
	}
	return nil
}

// hasControl finds ASCII control characters: in a header or in signed text they would end a line.
func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}
