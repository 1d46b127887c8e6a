package presets

import (
	"strings"
	"testing"
)

func TestAListOfOneEntryInACustomConfigurationMayBeAText(t *testing.T) {
	const key = `"options":[{"name":"key","secret":true}]`
	const sum = `header X-Sum = [[target|hmac_sha256:opt.key|hex]]`
	for _, test := range []struct{ name, config, want, fault string }{
		{"an operation", `{` + key + `,"operations":"` + sum + `"}`, "", ""},
		{"two lines of operations", `{` + key + `,"operations":"let a = 1\n\t` + sum + `\n"}`, "", ""},
		{"an operation that is wrong", `{` + key + `,"operations":"header X = [[opt.key]]"}`, "", "line 1: header X: would show a secret"},
		{"no operation", `{` + key + `,"operations":""}`, "", "nothing is set"},
		{"a number", `{` + key + `,"operations":1}`, "", "config: operations: "},
		{"a public name", `{"options":{"id":"A","key":"K"},"public":"id","operations":"` + sum + `"}`,
			`{"operations":"` + sum + `","options":{"id":"A"},"secrets":{"key":"K"}}`, ""},
		{"a public number", `{"options":{"id":"A"},"public":1,"operations":"x"}`, "", "public a list of the names"},
	} {
		got, _, err := ReadCustom([]byte(test.config))
		if (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) || string(got) != test.want {
			t.Errorf("%s: %s %v, want %s %q", test.name, got, err, test.want, test.fault)
		}
	}
}

// A scheme is loaded before anybody has a key. What stands for it then must pass where the operations decode it.
func TestAKeyThatIsDecodedNeedsNoFormToLoad(t *testing.T) {
	for _, test := range []struct{ option, filter, fault string }{
		{`{"name": "key", "secret": true}`, "unhex", ""},
		{`{"name": "key", "secret": true}`, "unbase64", ""},
		{`{"name": "key", "secret": true, "check": "hex"}`, "unhex", ""},
		{`{"name": "key", "secret": true, "sample": "0g"}`, "unhex", "key must be hexadecimal"},
	} {
		_, loaded, err := ReadCustom([]byte(`{"options": [` + test.option + `], "operations": ["let k = [[opt.key|` + test.filter +
			`]]", "header X-Sum = [[path|hmac_sha256:k|hex]]"]}`))
		if !loaded || test.fault == "" && err != nil || test.fault != "" && (err == nil || err.Error() != test.fault) {
			t.Errorf("%s, %s: %v, want %q", test.option, test.filter, err, test.fault)
		}
	}
}
