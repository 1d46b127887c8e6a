package vendorsim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// options reads a credential and collects everything that is wrong with it. Errors name options, never values. A vendor's
// make function reads each option that it knows, and checkConfig then finds those that nobody has read.
type options struct {
	values map[string]string
	known  map[string]bool
	errs   []error
}

// fail adds an error. It must not show a value.
func (o *options) fail(format string, args ...any) {
	o.errs = append(o.errs, fmt.Errorf(format, args...))
}

// err is all errors in one line, for a command's message; nil: there are none.
func (o *options) err() error {
	if len(o.errs) == 0 {
		return nil
	}
	texts := make([]string, len(o.errs))
	for i, err := range o.errs {
		texts[i] = err.Error()
	}
	return errors.New(strings.Join(texts, "; "))
}

// has reports whether one of the names has a value, to choose between modes.
func (o *options) has(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return o.values[n] != "" })
}

// required reads a value without which the vendor would accept anything. separators may not occur in it,
// because they end it in the header.
func (o *options) required(name, separators string) string {
	v := o.optional(name, separators)
	if v == "" {
		o.fail("%s is required", name)
	}
	return v
}

// optional reads a value that may be missing. White space at its ends is refused, since it comes from files and
// copies and is never part of a key.
func (o *options) optional(name, separators string) string {
	o.known[name] = true
	v := o.values[name]
	switch {
	case strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }):
		o.fail("%s contains a control character or line break", name)
	case strings.TrimSpace(v) != v:
		o.fail("%s begins or ends with white space", name)
	case strings.ContainsAny(v, separators):
		o.fail("%s contains one of %q, which ends it in the header", name, separators)
	}
	return v
}

// list reads one or several words separated by commas, as re-signing gateways take regions and services.
func (o *options) list(name string) []string {
	words := strings.Split(o.required(name, " /"), ",")
	if len(words) > 1 && slices.Contains(words, "") {
		o.fail("%s has an empty entry", name)
	}
	return words
}

// choice reads one of several words; the first is the default.
func (o *options) choice(name string, words ...string) string {
	o.known[name] = true
	v := o.values[name]
	if v == "" {
		return words[0]
	}
	if !slices.Contains(words, v) {
		o.fail("%s must be one of %s", name, strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" }), ", "))
	}
	return v
}

// ignore names the options that steer a gateway and mean nothing to the vendor. They are known, and so are no misspelt ones.
func (o *options) ignore(names ...string) {
	for _, n := range names {
		o.known[n] = true
	}
}

// checkConfig checks what all vendors share.
func (o *options) checkConfig(vendor string, c *Config) {
	o.ignore("host", "allow", "max_body")
	for _, name := range slices.Sorted(maps.Keys(o.values)) {
		if !o.known[name] {
			o.fail("unknown credential option %q", name)
		}
	}
	if c.Host != "" && vendor != "duo" {
		o.fail("Host is for duo only: no other vendor lets it be chosen")
	}
	switch {
	case c.RateLimit < 0 || c.RateLimit > maxRateLimit:
		o.fail("RateLimit must be between 0 and %d", maxRateLimit)
	case c.RateLimit > 0 && vendor != "carbonblack" && vendor != "duo":
		o.fail("RateLimit is for carbonblack and duo only: no other vendor publishes one")
	case c.RateWindow < 0:
		o.fail("RateWindow must not be negative")
	}
	if c.TokenTTL < 0 {
		o.fail("TokenTTL must not be negative")
	}
}
