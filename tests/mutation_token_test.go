package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// untried are the parts of a token's declaration that say what becomes of a token later on, or of answers that vectors do not have.
var untried = []string{"when", "lifetime", "idle", "refused", "denied", "moved", "replaces", "logout", "certificate", "key_id"}

// mutated calls try with copies of a JSON value, each with one text changed or one entry of a list left out.
func mutated(value any, where string, try func(changed any, where string)) {
	switch value := value.(type) {
	case string:
		try(value+"x", where)
	case []any:
		for i := range value {
			if _, text := value[i].(string); text {
				try(slices.Delete(slices.Clone(value), i, i+1), fmt.Sprintf("%s[%d] left out", where, i))
			}
			mutated(value[i], fmt.Sprintf("%s[%d]", where, i), func(changed any, where string) {
				own := slices.Clone(value)
				own[i] = changed
				try(own, where)
			})
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if slices.Contains(untried, key) {
				continue
			}
			mutated(value[key], where+"."+key, func(changed any, where string) {
				own := maps.Clone(value)
				own[key] = changed
				try(own, where)
			})
		}
	}
}

// Each part of how a preset's token is fetched counts: changed or left out, a vector of the preset fails.
func TestEachPartOfATokensDeclarationIsHeldByAVector(t *testing.T) {
	tried := 0
	for _, name := range presets.Names() {
		p, err := presets.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Token) == 0 || string(p.Token) == "null" {
			continue
		}
		var token any
		if err := json.Unmarshal(p.Token, &token); err != nil {
			t.Fatal(err)
		}
		mutated(token, "token", func(changed any, where string) {
			tried++
			own := *p
			text, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			own.Token = text
			program, err := presets.Compile(&own)
			if err == nil {
				err = presets.SelfTest(&own, program)
			}
			if err == nil {
				t.Errorf("%s: no vector notices %s: %s", name, where, text)
			}
		})
	}
	if tried < 100 {
		t.Errorf("%d changes were tried", tried)
	}
	t.Logf("%d changes", tried)
}
