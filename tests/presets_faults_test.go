package tests

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// A faulty configuration of any preset is refused with words that show none of its secrets.
func TestNoLoadErrorOfAPresetShowsItsSecret(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		refused := 0
		for _, p := range allPresets(t) {
			for option, secret := range p.secrets {
				value, _ := p.options[option].(string)
				faulty := map[string]map[string]any{
					"an unknown option": {"no_such_option": value}, "a control character": {option: value + "\x00"}, "a line break": {option: "a\n" + value}, "a blank at the end": {option: value + " "},
					"a list": {option: []string{value, value}}, "an object": {option: map[string]any{"x": value}}, "half of it": {option: "%" + value + "%"}, "the host": {"host": value + "/x"},
				}
				for name, set := range faulty {
					own := maps.Clone(p.options)
					maps.Copy(own, set)
					policy := map[string]any{"host": "vendor.example"}
					if host, ok := own["host"]; ok {
						policy["host"] = host
						delete(own, "host")
					}
					config, _ := json.Marshal(own)
					rules, _ := json.Marshal(policy)
					_, err := d.Gate(p.name, config, rules, atNoon)
					if err == nil {
						continue
					}
					refused++
					if holds(err.Error(), secret) {
						t.Errorf("%s with %s: the error shows the secret: %s", p.name, name, strings.ReplaceAll(err.Error(), secret, "SECRET"))
					}
				}
			}
		}
		if refused < 200 {
			t.Errorf("only %d configurations were refused", refused)
		}
	})
}
