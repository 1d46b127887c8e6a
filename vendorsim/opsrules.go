package vendorsim

import (
	"errors"
	"fmt"
	"strings"
)

// minDigest is how many bits must be left of a digest that a secret went into: fewer can be guessed. 128 are 16 bytes, or 32
// hex digits.
const minDigest = 128

// cut refuses a first that leaves too little of a digest of a secret.
func (t typed) cut(f call) error {
	if f.name != "first" || t.digest == 0 || !t.keyed {
		return nil
	}
	// A number that an option says could be anything, and is refused: number does not read opt.NAME.
	n, err := number(f.name, f.args[0])
	if err != nil || n*t.digest < minDigest {
		return errors.New("first leaves less than 16 bytes of a digest of a secret, or as many as an option says")
	}
	return nil
}

// digestBits is how many bits of a digest a byte holds behind a filter: 4 of 8 in hex, 6 in Base64. What holds some still
// does when it is encoded again. By it, first:8 of a digest in hex leaves 32 bits, which is too few.
func digestBits(filter string, bits int) int {
	switch filter {
	case "hex":
		return max(bits/2, min(bits, 1))
	case "base64", "base64url":
		return max(bits*3/4, min(bits, 1))
	case "unhex":
		return min(bits*2, 8)
	case "unbase64":
		return min(bits*4/3, 8)
	}
	if spec := filterTable[filter]; spec.ends && filter != "reveal" {
		return 8
	}
	return bits
}

// headerValue is what is known of header.NAME: of one that was set above, what is known of its template.
func (c *checker) headerValue(name string) (typed, error) {
	switch {
	case strings.EqualFold(name, "host"):
		return typed{}, nil
	case !headerForm.MatchString(name):
		return typed{}, fmt.Errorf("%q is no name of a header", name)
	case isForbidden(name):
		return typed{}, fmt.Errorf("%s is the gateway's", name)
	}
	return c.headers[plainName(name)], nil
}

// own is what is known of a text that may hold any of the headers that were set above.
func (c *checker) own() (all typed) {
	for _, t := range c.headers {
		all.keyed = all.keyed || t.keyed
	}
	return all
}

// checkSelector refuses names that no header has, and headers that change behind the gateway. A selector may be * alone, or
// end in *.
func checkSelector(selector string) error {
	for _, name := range strings.Split(selector, ",") {
		name = strings.Trim(name, blanks)
		// All headers of the request: which these are is the client's choice.
		if name == "*" {
			continue
		}
		name, _ = strings.CutSuffix(name, "*")
		if err := checkCovered(name); err != nil {
			return err
		}
	}
	return nil
}

// checkCovered refuses a name that no header has, and headers that a gateway sets after signing: what is signed must
// be what is sent.
func checkCovered(name string) error {
	switch {
	case !headerForm.MatchString(name) || strings.Contains(name, "*"):
		return fmt.Errorf("%q is no name of a header", name)
	case isForbidden(name) && !strings.EqualFold(name, "host"):
		return fmt.Errorf("%s is the gateway's", name)
	}
	return nil
}

// methodList is the argument of if_method.
func methodList(f call) []string {
	if f.name != "if_method" {
		return nil
	}
	methods := strings.Split(f.args[0], ",")
	for i, m := range methods {
		methods[i] = strings.Trim(m, blanks)
	}
	return methods
}
