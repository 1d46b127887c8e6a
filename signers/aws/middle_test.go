package aws

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

const (
	testDay     = "20260102"
	testMiddle  = "/" + testDay + "/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature="
	takenMiddle = "/" + testDay + "/eu-west-1/s3/aws4_request, SignedHeaders=content-length;expect;host;x-amz-date, Signature="
	hashMiddle  = "/" + testDay + "/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
)

// forgetMiddles has the next signature be read as the first of its kind.
func forgetMiddles() { middles.by = make(map[string]*middle) }

// Whether a middle is kept or not changes nothing of what is read.
func TestASignatureWhoseMiddleIsKeptIsReadAsTheFirstOne(t *testing.T) {
	digits := strings.Repeat("0a", 32)
	start := usualStart + "="
	for name, change := range map[string]func(m *signers.Message){
		"usual":             func(*signers.Message) {},
		"another key":       func(m *signers.Message) { m.Header["Authorization"] = []string{start + "OTHER" + testMiddle + digits} },
		"no key":            func(m *signers.Message) { m.Header["Authorization"] = []string{start + testMiddle + digits} },
		"a key with =":      func(m *signers.Message) { m.Header["Authorization"] = []string{start + "A=B" + testMiddle + digits} },
		"a key with blanks": func(m *signers.Message) { m.Header["Authorization"] = []string{start + "A B, " + testMiddle + digits} },
		"another start": func(m *signers.Message) {
			m.Header["Authorization"] = []string{"AWS4-HMAC-SHA256  Credential=AK" + testMiddle + digits}
		},
		"another algorithm": func(m *signers.Message) {
			m.Header["Authorization"] = []string{"AWS4-HMAC-SHA1 Credential=AK" + testMiddle + digits}
		},
		"no algorithm": func(m *signers.Message) { m.Header["Authorization"] = []string{"AK" + testMiddle + digits} },
		"no digits": func(m *signers.Message) {
			m.Header["Authorization"] = []string{start + "AK" + testMiddle + digits[1:] + "G"}
		},
		"digits with =": func(m *signers.Message) {
			m.Header["Authorization"] = []string{start + "AK" + testMiddle + digits[1:] + "="}
		},
		"too few digits": func(m *signers.Message) { m.Header["Authorization"] = []string{start + "AK" + testMiddle + digits[1:]} },
		"too many digits": func(m *signers.Message) {
			m.Header["Authorization"] = []string{start + "AK" + testMiddle + digits + "0"}
		},
		"two signatures":          func(m *signers.Message) { m.Header["Authorization"] = append(m.Header["Authorization"], "Bearer x") },
		"none":                    func(m *signers.Message) { delete(m.Header, "Authorization") },
		"another day":             func(m *signers.Message) { m.Header["X-Amz-Date"] = []string{"20260103T030405Z"} },
		"no date":                 func(m *signers.Message) { delete(m.Header, "X-Amz-Date") },
		"two dates":               func(m *signers.Message) { m.Header["X-Amz-Date"] = append(m.Header["X-Amz-Date"], "20260102T030405Z") },
		"a date of another form":  func(m *signers.Message) { m.Header["X-Amz-Date"] = []string{"20260102"} },
		"a presigned target":      func(m *signers.Message) { m.Target += "?X-Amz-Signature=" + digits },
		"a dash in the target":    func(m *signers.Message) { m.Target += "?a-b=c" },
		"an uncovered header":     func(m *signers.Message) { m.Header["X-Amz-Acl"] = []string{"public-read"} },
		"a session token":         func(m *signers.Message) { m.Header["X-Amz-Security-Token"] = []string{"t"} },
		"an uncovered hash":       func(m *signers.Message) { m.Header["X-Amz-Content-Sha256"] = []string{emptyHash} },
		"an empty hash":           func(m *signers.Message) { m.Header["X-Amz-Content-Sha256"] = []string{} },
		"a header of no vendor's": func(m *signers.Message) { m.Header["X-Other"] = []string{"x"} },
		"a hash":                  withHash(start+"AK"+hashMiddle+digits, emptyHash),
		"two hashes":              withHash(start+"AK"+hashMiddle+digits, emptyHash, emptyHash),
		"an unsigned payload":     withHash(start+"AK"+hashMiddle+digits, unsignedPayload),
		"chunks":                  withHash(start+"AK"+hashMiddle+digits, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
		"a header that is taken":  func(m *signers.Message) { m.Header["Authorization"] = []string{start + "AK" + takenMiddle + digits} },
		"a length that is taken": func(m *signers.Message) {
			m.Header["Authorization"] = []string{start + "AK" + takenMiddle + digits}
			m.Length = 7
		},
		"a hash without a value": withHash(start+"AK"+hashMiddle+digits, ""),
	} {
		message := func() *signers.Message {
			m := &signers.Message{Method: "GET", Host: "h.example", Target: "/b/k", Header: http.Header{
				"Authorization": {start + "AK" + testMiddle + digits}, "X-Amz-Date": {testDay + "T030405Z"}, "User-Agent": {"x"}}}
			change(m)
			return m
		}
		want, wantErr := readAny(message())
		forgetMiddles()
		first, firstErr := readClaim(message())
		for _, middle := range []string{testMiddle, hashMiddle, takenMiddle} { // each is kept now
			if _, err := readClaim(&signers.Message{Target: "/", Header: http.Header{"Authorization": {start + "AK" + middle + digits},
				"X-Amz-Date": {testDay + "T000000Z"}}}); err != nil || middles.by[middle[1:]] == nil {
				t.Fatal(err, len(middles.by))
			}
		}
		for range 2 {
			again, againErr := readClaim(message())
			if !reflect.DeepEqual(first, want) || !reflect.DeepEqual(again, want) || fmt.Sprint(wantErr, wantErr) != fmt.Sprint(firstErr, againErr) {
				t.Errorf("%s: read as %+v %v, then as %+v %v; want %+v %v", name, first, firstErr, again, againErr, want, wantErr)
			}
		}
		for _, kept := range middles.by {
			if len(kept.hint) != len(hintOf("", "", "")) {
				t.Errorf("%s: the hint of all claims was changed: %v", name, kept.hint)
			}
		}
	}
}

// withHash has a message say the hash of its payload.
func withHash(authorization string, values ...string) func(m *signers.Message) {
	return func(m *signers.Message) {
		m.Header["Authorization"] = []string{authorization}
		m.Header["X-Amz-Content-Sha256"] = values
	}
}

// Anybody chooses middles. Few are kept, none that is long, none without the headers that must be signed, and none that depends on a key.
func TestFewMiddlesAreKeptAndNoneThatIsNotInOrder(t *testing.T) {
	read := func(key, middle string) error {
		_, err := readClaim(&signers.Message{Target: "/", Header: http.Header{"X-Amz-Date": {testDay + "T030405Z"},
			"Authorization": {usualStart + "=" + key + middle + strings.Repeat("0", proofLength)}}})
		return err
	}
	forgetMiddles()
	for i := range 3 * maxMiddles {
		if err := read("AK", strings.Replace(testMiddle, "s3", fmt.Sprint("s", i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(middles.by); n == 0 || n > maxMiddles {
		t.Errorf("%d middles are kept, want 1 to %d", n, maxMiddles)
	}
	forgetMiddles()
	for _, middle := range []string{
		strings.Replace(testMiddle, testDay, "20260103", 1),
		strings.Replace(testMiddle, "host;", "", 1),
		strings.Replace(testMiddle, ";x-amz-date", "", 1),
		strings.Replace(testMiddle, ";x-amz-date", ";x-amz-date;"+strings.Repeat("x", maxMiddleSize), 1),
	} {
		read("AK", middle)
	}
	if len(middles.by) > 0 {
		t.Error("a middle is kept that is not in order, or long")
	}
	read("AK", testMiddle)
	kept := middles.by[testMiddle[1:]]
	read("OTHER", testMiddle)
	if len(middles.by) != 1 || kept == nil || middles.by[testMiddle[1:]] != kept {
		t.Error("the middle of another key's signature is not the same")
	}
}
