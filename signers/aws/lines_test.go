package aws

import (
	"net/http"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// The lines of the usual signed headers are joined at once. They are those that come of one name after the other.
func TestTheLinesOfUsualHeadersAreThoseOfTheirNames(t *testing.T) {
	at := &signers.Moment{Date: "20260102T030405Z", Hint: map[string]string{}}
	for _, h := range []http.Header{
		{}, {"Content-Type": {"a/b"}, "X-Amz-Content-Sha256": {emptyHash}}, {"Content-Type": {""}, "X-Amz-Content-Sha256": {}},
		{"Content-Type": {" a/b;  c=d ", "e"}, "X-Amz-Content-Sha256": {"x  y", ""}},
	} {
		for _, names := range []string{leastNames, hashNames, "content-type;" + leastNames, "content-type;" + hashNames, "content-type;host",
			"content-type;content-type;" + leastNames, "host;content-type;x-amz-date", "host", ""} {
			c := &canonical{names: names}
			m := &signers.Message{Method: "GET", Host: "h.example", Target: "/", Header: h}
			if err := fillClaimed(c, m, at); err != nil {
				t.Fatal(err)
			}
			if want := linesByName(c, m, at); c.headers != want {
				t.Errorf("%q, %v: %q, want %q", names, h, c.headers, want)
			}
		}
	}
}

// A header that comes more than once is trimmed line by line, and one without a value is signed, whether or not others have to be
// sorted with it.
func TestAnOddContentTypeIsSignedAlikeWithOtherHeadersAndWithout(t *testing.T) {
	usual := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=s", "region=eu-west-1", "service=es")
	further := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=s", "region=eu-west-1", "service=es", "signed_headers=x-absent")
	for _, values := range [][]string{nil, {""}, {"a/b"}, {" a/b;  c=d ", " e ", "f"}, {"a ", "", "b"}, {"a", " b"}} {
		sign := func(s signers.Signer) string {
			m := &signers.Message{Method: "GET", Host: "h.example", Target: "/", Header: http.Header{}}
			if values != nil {
				m.Header["Content-Type"] = values
			}
			if err := s.Sign(m, &signers.Moment{Time: exampleTime, Date: s.Date(exampleTime)}); err != nil {
				t.Fatal(err)
			}
			return m.Header.Get("Authorization")
		}
		if one, other := sign(usual), sign(further); one != other {
			t.Errorf("%q: %s, and with another name in signed_headers %s", values, one, other)
		}
	}
}
