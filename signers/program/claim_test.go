package program

import (
	"strings"
	"testing"
)

func TestFaultsOfAClaimNameItsKey(t *testing.T) {
	options := []Option{{Name: "id"}, {Name: "key"}}
	for _, test := range []struct{ name, template, key, time, want string }{
		{"all is there", "ACME {key},{time},{proof}", "id", "unix", ""},
		{"no option of this name", "ACME {key},{time},{proof}", "user", "unix", "claim: key and secret"},
		{"a date of no known form", "ACME {key},{time},{proof}", "id", "sundial", "claim: time"},
		{"a part twice", "ACME {key},{time},{key},{proof}", "id", "unix", "{key} stands twice"},
		{"a part that is missing", "ACME {key},{proof}", "id", "unix", "{time} is missing"},
		{"nothing between two parts", "ACME {key}{time},{proof}", "id", "unix", "something must stand between {key}"},
		{"another part", "ACME {key},{time},{proof},{user}", "id", "unix", "{user} must be"},
		{"an option that there is not", "ACME {key},{time},{proof},{opt.zone}", "id", "unix", "{opt.zone} is not an option"},
		{"a nonce of a scheme without one", "ACME {key},{time},{proof},{nonce}", "id", "unix", "{nonce} stands"},
		{"a letter that is not plain", "ACME {key}é{time},{proof}", "id", "unix", "not plain text"},
		{"a control character", "ACME {key}\t{time},{proof}", "id", "unix", "not plain text"},
	} {
		f := &ClaimFile{Key: test.key, Secret: "key", Time: test.time, Headers: map[string]string{"Authorization": test.template}}
		_, err := CompileClaim("acme", f, options, "")
		if text := errorText(err); (text == "") != (test.want == "") || !strings.Contains(text, test.want) {
			t.Errorf("%s: %q, want %q", test.name, text, test.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
