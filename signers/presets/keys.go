//go:build go1.21

package presets

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What names in a preset file may be. A host may have a port and one *. in front; a method is in capital letters,
// as those of HTTP are.
var (
	headerName    = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]{1,128}$")
	methodName    = regexp.MustCompile(`^[A-Z][A-Z0-9_-]*$`)
	hostPattern   = regexp.MustCompile(`^(?:\*\.)?(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}(?::[0-9]{1,5})?$`)
	proofs        = []string{"", "published", "client", "derived"}
	sureties      = []string{"", "published", "client", "documented", "unknown"}
	objectsOfText = []string{"config", "headers", "query", "token"} // their keys are names from elsewhere
)

// checkValuesOfKeys refuses values that would do nothing, or something else than they say: a host with a path,
// which no host is equal to, or a method in small letters, with which no request comes.
func checkValuesOfKeys(p *Preset) error {
	if !anyOf(p.Proof, proofs) {
		return errors.New("proof must be one of published, client, derived")
	}
	for _, s := range p.Sources {
		if !anyOf(s.Sure, sureties) {
			return errors.New("sources: sure must be one of published, client, documented, unknown")
		}
	}
	for _, host := range p.Hosts {
		if !hostPattern.MatchString(host) {
			return fmt.Errorf("hosts: %.80q is not the name of a host, as in api.acme.example or *.acme.example", host)
		}
	}
	for _, name := range p.Hides {
		if !headerName.MatchString(name) {
			return fmt.Errorf("hides: %.80q is not a header name", name)
		}
	}
	if p.BodyFirst < 0 {
		return errors.New("body_first must be a number of bytes")
	}
	// Methods are compared byte for byte: "post" would leave bodies unsigned.
	for _, method := range p.BodyMethods {
		if !methodName.MatchString(method) {
			return fmt.Errorf("body_methods: %.80q is not a method in capital letters", method)
		}
	}
	for _, r := range p.Refusals {
		// 100 to 599 are the statuses of RFC 9110 section 15.
		if r.Status != 0 && (r.Status < 100 || r.Status > 599) {
			return errors.New("refusals: status must be one of HTTP, from 100 to 599")
		}
	}
	return nil
}

// checkKeys refuses a key that an object has twice, and one in another letter case: of both, encoding/json takes
// any. What is not JSON is left to the decoder that follows, which says more.
//
//	{"name":"a","name":"b"}    the key "name" is there twice in one object
//	{"Name":"a"}               unknown key "Name": keys have lower-case letters
//	{"config":{"Name":"a"}}    is fine: names in config are those of options
//
// Other readers of the same file, such as the simulated vendor, may take the other one of two keys; then what was
// reviewed is not what runs.
func checkKeys(data []byte) error {
	if !json.Valid(data) {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	return checkKeysOf(d, false)
}

// checkKeysOf reads one value of valid JSON. In what is free, letters of keys may have any case. It calls itself
// for each value inside, as deep as encoding/json permits.
func checkKeysOf(d *json.Decoder, free bool) error {
	// A delimiter opens an object or a list; anything else is a value in one token.
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	object := delim.String() == "{"
	seen := make(map[string]bool)
	for d.More() {
		inside := free
		if object {
			token, err = d.Token()
			if err != nil {
				return err
			}
			key, _ := token.(string)
			// RFC 8259, 4: what a parser makes of two members of one name is not defined.
			if seen[key] {
				return fmt.Errorf("the key %.64q is there twice in one object", key)
			}
			seen[key] = true
			// encoding/json takes a key in any letter case for a field.
			if !free && key != strings.ToLower(key) {
				return fmt.Errorf("unknown key %.64q: keys have lower-case letters", key)
			}
			// Names of headers and options are the file's own.
			inside = free || anyOf(key, objectsOfText)
		}
		if err := checkKeysOf(d, inside); err != nil {
			return err
		}
	}
	// The end of the object or list.
	_, err = d.Token()
	return err
}
