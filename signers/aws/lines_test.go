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
