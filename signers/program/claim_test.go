package program

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestFaultsOfAClaimNameItsKey(t *testing.T) {
	options := []Option{{Name: "id"}, {Name: "key"}}
	for _, test := range []struct{ name, template, key, time, want string }{
		{"all is there", "ACME {key},{time},{proof}", "id", "unix", ""},
		{"no option of this name", "ACME {key},{time},{proof}", "user", "unix", "claim: key and secret"},
		{"a date of no known form", "ACME {key},{time},{proof}", "id", "sundial", "claim: time"},
		{"a part twice", "ACME {key},{time},{key},{proof}", "id", "unix", "{key} appears twice"},
		{"a part that is missing", "ACME {key},{proof}", "id", "unix", "{time} is missing"},
		{"nothing between two parts", "ACME {key}{time},{proof}", "id", "unix", "something must stand between {key}"},
		{"another part", "ACME {key},{time},{proof},{user}", "id", "unix", "{user} must be"},
		{"an option that there is not", "ACME {key},{time},{proof},{opt.zone}", "id", "unix", "{opt.zone} is not an option"},
		{"a nonce of a scheme without one", "ACME {key},{time},{proof},{nonce}", "id", "unix", "{nonce} is required"},
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

func TestAClaimWhoseDateCannotBeReadHasItsKey(t *testing.T) {
	options := []Option{{Name: "id"}, {Name: "key"}}
	apart := map[string]string{"Authorization": "ACME {key}", "Dated": "{time}", "Signature": "{proof}"}
	together := map[string]string{"Authorization": "ACME id={key};at={time};sig={proof}"}
	for _, test := range []struct {
		name      string
		templates map[string]string
		header    http.Header
		key       string
		want      error
	}{
		{"a date", apart, http.Header{"Authorization": {"ACME k"}, "Dated": {"1795852800"}, "Signature": {"s"}}, "k", nil},
		{"no date", apart, http.Header{"Authorization": {"ACME k"}, "Signature": {"s"}}, "k", signers.ErrClaimDate},
		{"an empty date", apart, http.Header{"Authorization": {"ACME k"}, "Dated": {""}, "Signature": {"s"}}, "k", signers.ErrClaimDate},
		{"a date in milliseconds", apart, http.Header{"Authorization": {"ACME k"}, "Dated": {"1795852800000"}, "Signature": {"s"}}, "k", signers.ErrClaimDate},
		{"a date with blanks", apart, http.Header{"Authorization": {"ACME k"}, "Dated": {"17958 52800"}, "Signature": {"s"}}, "k", signers.ErrClaimDate},
		{"two dates", apart, http.Header{"Authorization": {"ACME k"}, "Dated": {"1795852800", "1"}, "Signature": {"s"}}, "k", signers.ErrClaimDate},
		{"no key, and no date", apart, http.Header{"Signature": {"s"}}, "", signers.ErrUnsigned},
		{"no proof", apart, http.Header{"Authorization": {"ACME k"}, "Dated": {"1795852800"}}, "", signers.ErrUnsigned},
		{"a date in the same header", together, http.Header{"Authorization": {"ACME id=k;at=1795852800;sig=s"}}, "k", nil},
		{"an empty one", together, http.Header{"Authorization": {"ACME id=k;at=;sig=s"}}, "k", signers.ErrClaimDate},
		{"one with blanks", together, http.Header{"Authorization": {"ACME id=k;at=a day;sig=s"}}, "k", signers.ErrClaimDate},
		{"none", together, http.Header{"Authorization": {"ACME id=k;sig=s"}}, "", signers.ErrUnsigned},
		{"an empty one, and no key", together, http.Header{"Authorization": {"ACME id=;at=;sig=s"}}, "", signers.ErrUnsigned},
	} {
		claims, err := CompileClaim("acme", &ClaimFile{Key: "id", Secret: "key", Time: "unix", Headers: test.templates}, options, "")
		if err != nil {
			t.Fatal(err)
		}
		c, err := claims.Read(&signers.Message{Method: "GET", Target: "/", Header: test.header})
		if !errors.Is(err, test.want) || (c == nil) != (test.key == "") || c != nil && (c.Key != test.key || c.Proof != "s") {
			t.Errorf("%s: %+v, %v; want the key %q and %v", test.name, c, err, test.key, test.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
