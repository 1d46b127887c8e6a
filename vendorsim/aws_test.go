package vendorsim

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// awsVector is a line of tests/testdata/breadth/aws-*.json: what a signer gets, and what it sets.
type awsVector struct {
	presetVector
	Expect struct {
		Headers, Query     map[string]string
		Canonical, Refused string
	}
}

// readAWS reads all vectors that have a signature.
func readAWS(t testing.TB) (all []awsVector) {
	t.Helper()
	files, err := filepath.Glob("../tests/testdata/breadth/aws-*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors []awsVector
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			if v.Expect.Refused == "" {
				all = append(all, v)
			}
		}
	}
	return all
}

// signed is the request as it leaves the signer: without what the client had of a signature, with what the vector expects.
func (v awsVector) signed(t testing.TB) *Request {
	r := v.request(t)
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		r.Header.Del(name)
	}
	for name, value := range v.Expect.Headers {
		r.Header.Set(name, value)
	}
	separator := "?"
	if strings.Contains(r.Target, "?") {
		separator = "&"
	}
	for name, value := range v.Expect.Query {
		r.Target += separator + name + "=" + percentEncode(value)
		separator = "&"
	}
	return r
}

// judge is the simulator that knows the vector's credential, at its time.
func (v awsVector) judge(t testing.TB, change map[string]string, late time.Duration) *Simulator {
	credential := map[string]string{}
	for name, value := range v.Config {
		credential[name] = optionText(value)
	}
	for name, value := range change {
		credential[name] = value
	}
	return simulator(t, "aws", Config{Credential: credential}, v.at(t).Add(late))
}

// vectorOf finds a vector by its id.
func vectorOf(t testing.TB, id string) awsVector {
	t.Helper()
	for _, v := range readAWS(t) {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("no vector %s", id)
	return awsVector{}
}

func TestAWSAcceptsWhatItsTestSuiteAndItsDocumentationSign(t *testing.T) {
	vectors := readAWS(t)
	if len(vectors) < 59 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			r := v.signed(t)
			s := v.judge(t, nil, 0)
			if a := s.Check(r); !a.Accepted || len(a.Leaks) > 0 {
				t.Errorf("reason %q, leaks %q\n%s", a.Reason, a.Leaks, a.Body)
			}
			aws := s.vendor.(*aws)
			claim, _ := aws.claim(r)
			payload, _ := awsPayload(claim, r)
			if got := aws.canonical(claim, r, payload); v.Expect.Canonical != "" && got != v.Expect.Canonical {
				t.Errorf("the canonical request is\n%s\nwant\n%s", got, v.Expect.Canonical)
			}
		})
	}
}

// Each vector once with one thing changed; what is signed differs by vector, so this looks at parts that all sign.
func TestAWSRefusesEveryVectorAfterAChange(t *testing.T) {
	for _, v := range readAWS(t) {
		for what, change := range map[string]func(*Request){
			"another method":    func(r *Request) { r.Method = "PATCH" },
			"another host":      func(r *Request) { r.Host = "x" + r.Host },
			"one more segment":  func(r *Request) { r.Target = "/x" + r.Target },
			"one more x-amz":    func(r *Request) { r.Header.Set("X-Amz-Meta-A", "b") },
			"a content type":    func(r *Request) { r.Header.Set("Content-Type", "x/y") },
			"another query":     func(r *Request) { r.Target += "?&z=1" },
			"another signature": func(r *Request) { flipSignature(r) },
		} {
			r := v.signed(t)
			change(r)
			if a := v.judge(t, nil, 0).Check(r); a.Accepted {
				t.Errorf("%s: accepted with %s", v.ID, what)
			}
		}
		for what, change := range map[string]map[string]string{
			"another secret":        {"secret_access_key": "x"},
			"another region":        {"region": "mars-1"},
			"another service":       {"service": "mars"},
			"another access key id": {"access_key_id": "X"},
			"another session token": {"session_token": "x"},
		} {
			if a := v.judge(t, change, 0).Check(v.signed(t)); a.Accepted {
				t.Errorf("%s: accepted although the server has %s", v.ID, what)
			}
		}
		for _, late := range []time.Duration{-16 * time.Minute, 8 * 24 * time.Hour} {
			if a := v.judge(t, nil, late).Check(v.signed(t)); a.Accepted {
				t.Errorf("%s: accepted %s late", v.ID, late)
			}
		}
	}
}

// flipSignature changes the last digit of the signature, wherever it is.
func flipSignature(r *Request) {
	flip := func(s string) string {
		i := strings.Index(s, "Signature=") + len("Signature=")
		to := "0"
		if s[i] == '0' {
			to = "1"
		}
		return s[:i] + to + s[i+1:]
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		r.Header.Set("Authorization", flip(authorization))
		return
	}
	r.Target = flip(r.Target)
}

func TestAWSTakesTheLimitsOfItsClock(t *testing.T) {
	for _, c := range []struct {
		vector string
		late   time.Duration
	}{
		{"aws/resign-guardduty", 5*time.Minute - time.Second},
		{"aws/resign-guardduty", -5 * time.Minute},
		{"s3/get-object-range", 15 * time.Minute},
		{"s3/get-object-range", -15 * time.Minute},
		{"aws/s3-presigned", 24 * time.Hour},
	} {
		if a := vectorOf(t, c.vector).judge(t, nil, c.late).Check(vectorOf(t, c.vector).signed(t)); !a.Accepted {
			t.Errorf("%s, %s late: %s", c.vector, c.late, a.Reason)
		}
	}
}

// sts answers in XML, as all services with the query protocol do.
func TestAWSAnswersInTheXMLOfSTS(t *testing.T) {
	s := simulator(t, "aws", Config{Credential: DemoCredential("aws", "sts")}, midnight)
	a := s.Check(&Request{Method: "POST", Target: "/", Host: "sts.amazonaws.com", Header: http.Header{}})
	if got := codeOf(t, a); got != "MissingAuthenticationToken" || a.Status != 403 {
		t.Errorf("%d %s: %s", a.Status, got, a.Body)
	}
}

func TestAWSPaths(t *testing.T) {
	for _, c := range []struct{ path, normal string }{
		{"/", "/"}, {"//", "/"}, {"/./", "/"}, {"/..", "/"}, {"/a/./b//c/", "/a/b/c/"}, {"/a/b/..", "/a"}, {"/a/b/../", "/a/"},
		{"/a/...", "/a/..."}, {"/%2E%2E/a", "/%2E%2E/a"},
	} {
		if got := awsNormalize(c.path); got != c.normal {
			t.Errorf("%s is normalised to %s, want %s", c.path, got, c.normal)
		}
	}
	for _, c := range []struct{ path, once, twice string }{
		{"/a b", "/a%20b", "/a%20b"}, {"/a%20b", "/a%20b", "/a%2520b"}, {"/a%2Fb", "/a%2Fb", "/a%252Fb"}, {"/a+b", "/a%2Bb", "/a%2Bb"},
		{"/%7e%e1", "/~%E1", "/%257e%25e1"}, {"/100%", "/100%25", "/100%25"}, {"/a:b$", "/a%3Ab%24", "/a%3Ab%24"},
	} {
		if once, twice := awsPath(c.path, true), awsPath(c.path, false); once != c.once || twice != c.twice {
			t.Errorf("%s is %s and %s, want %s and %s", c.path, once, twice, c.once, c.twice)
		}
	}
}

func TestAWSQueries(t *testing.T) {
	for query, want := range map[string]string{
		"":                        "",
		"&&":                      "",
		"acl":                     "acl=",
		"b=2&a=1&a=0&B=3":         "B=3&a=0&a=1&b=2",
		"a=b=c&d;e":               "a=b%3Dc&d%3Be=",
		"q=1+2":                   "q=1%202",
		"q=1%2B2":                 "q=1%2B2",
		"a-=1&a%2F=2&a=3":         "a=3&a%2F=2&a-=1",
		"k=%zz&l=%e1":             "k=%25zz&l=%E1",
		"X-Amz-Signature=1&a=%20": "a=%20",
	} {
		if got := new(aws).canonicalQuery(&awsClaim{query: formPairs(query)}); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
	}
}

func TestAWSKeepsATabWithinAValue(t *testing.T) {
	for value, want := range map[string]string{"a\tb": "a\tb", " \ta  b \t": "a b", "a \t b": "a \t b", "a\r\n  b": "a b", "": ""} {
		if got := awsTrim(value); got != want {
			t.Errorf("%q is signed as %q, want %q", value, got, want)
		}
	}
}
