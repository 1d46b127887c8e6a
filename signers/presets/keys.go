//go:build go1.21

package presets

import (
	"encoding/json"
	"fmt"
	"strings"
)

// objectsOfText are objects whose keys are names from elsewhere.
var objectsOfText = []string{"config", "headers", "query", "token"}

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
