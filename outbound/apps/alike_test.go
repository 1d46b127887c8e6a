package apps

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all"
)

func TestThePatternOfAShapeMatchesItsKeysAlone(t *testing.T) {
	for _, shape := range []string{"DI{upper:18}", "{hex:20}", "{alnum:40}", "{base64:32}", "{base64:31}", "{base64:33}", "{uuid}", "{digits:20}",
		"akab-{lower:16}-{lower:16}", "{base32:16}", "a.b{hex:1}"} {
		pattern := shapePattern(shape)
		for range 50 {
			id, err := NewKeyID(signers.Option{Shape: shape})
			if err != nil || !pattern.MatchString(id) {
				t.Fatalf("%s: %q does not match %s; %v", shape, id, pattern, err)
			}
			for _, other := range []string{id + "0", id[1:], strings.Replace(id, id[:1], "!", 1), id + "\n", ""} {
				if pattern.MatchString(other) {
					t.Errorf("%s: %q matches %s", shape, other, pattern)
				}
			}
		}
	}
}

// A key that is derived is checked once for all of its shape: no other one may fail the check.
func TestASignerIsMadeOfEachKeyInTheVendorsShape(t *testing.T) {
	for _, name := range signers.Names() {
		scheme, err := signers.Lookup(name)
		if err != nil || scheme.Claims == nil {
			continue
		}
		id, _ := signers.Find(scheme.Options, scheme.Claims.Key)
		secret, _ := signers.Find(scheme.Options, scheme.Claims.Secret)
		for range 20 {
			key, err := NewKeyID(id)
			if err != nil {
				t.Fatal(err)
			}
			value, err := NewKeyID(signers.Option{Shape: shapeOf(secret)})
			if err != nil {
				t.Fatal(err)
			}
			if _, faults := newLocalKey(scheme, key, value); len(faults) > 0 {
				t.Errorf("%s: %q: %v", name, key, faults)
			}
		}
	}
}

func TestAnEntryIsReadTheSameInBothWays(t *testing.T) {
	for _, tt := range []struct {
		entry string
		plain bool
	}{
		{`{"name": "a", "key_id": "k", "generation": 1}`, true},
		{`{ "name":"a","key_id":"k",` + "\n\t" + `"generation":12, "overlap":"2027-01-01T00:00:00Z", "allow": ["GET /a/**", "POST /b"],"rate":"25/5m",
			"expires":"2027-03-31","revoked":true,"created":"2026-11-28"}`, true},
		{`{"name": "a", "key_id": "k", "secret": "file:/run/a", "previous": "file:/run/b", "policy": "p"}`, true},
		{`{}`, true},
		{`{"key_id": "k", "name": "a", "generation": 1}`, false},
		{`{"name": "a", "name": "a"}`, false},
		{`{"name": "a", "Name": "b"}`, false},
		{`{"Name": "a"}`, false},
		{`{"name": "a", "other": 1}`, false},
		{`{"name": null}`, false},
		{`{"name": ""}`, false},
		{`{"name": "a", "generation": 0}`, false},
		{`{"name": "a", "generation": -1}`, false},
		{`{"name": "a", "generation": 1.0}`, false},
		{`{"name": "a", "generation": "1"}`, false},
		{`{"name": "a", "allow": []}`, false},
		{`{"name": "a", "allow": [null]}`, false},
		{`{"name": "a", "revoked": false}`, false},
		{`{"name": "a\u000a"}`, false},
		{"{\"name\": \"a\x7f\"}", false},
		{"{\"name\": \"a\xff\"}", false},
		{`["name"]`, false},
		{`null`, false},
	} {
		got, plain := readPlainApp(json.RawMessage(tt.entry))
		if plain != tt.plain {
			t.Errorf("%s: plain is %v", tt.entry, plain)
		}
		if !plain {
			continue
		}
		slow, text := parseFileApp(json.RawMessage(strings.NewReplacer(`"name"`, `"n\u0061me"`, `"key_id"`, `"key\u005fid"`).Replace(tt.entry)))
		if text != "" || !reflect.DeepEqual(got, slow) {
			t.Errorf("%s: %+v, and otherwise %+v %s", tt.entry, got, slow, text)
		}
	}
}
