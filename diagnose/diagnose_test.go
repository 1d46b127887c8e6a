package diagnose

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

var moment = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// darktraceCase is a GET signed over text, with the options' private token.
func darktraceCase(target, text string) *Case {
	const secret = "canary-private-token"
	date := moment.Format("20060102T150405")
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(text + "\npublic\n" + date))
	return &Case{
		Signer: "darktrace", Options: map[string]string{"public_token": "public", "private_token": secret}, Now: moment,
		Request: signers.Message{Method: "GET", Host: "dt.example", Target: target, Header: http.Header{
			"Dtapi-Token": {"public"}, "Dtapi-Date": {date}, "Dtapi-Signature": {hex.EncodeToString(h.Sum(nil))}}},
		Response: &Response{Status: 400, Header: http.Header{}, Body: []byte(`{"error":"API SIGNATURE ERROR"}`)},
	}
}

func diagnosed(t *testing.T, c *Case) *Finding {
	t.Helper()
	f, err := Diagnose(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheFindingNamesTheMistakeAndShowsBothTexts(t *testing.T) {
	f := diagnosed(t, darktraceCase("/devices?did=1&ip=10.0.0.1", "/devices?did=1"))
	if f.Class != "H" || !slices.Equal(f.Causes, []string{"query_sent_not_signed"}) || !f.Proved {
		t.Errorf("%s %v %v", f.Class, f.Causes, f.Proved)
	}
	if want := "The parameter ip was sent but not signed."; f.Explanation != want {
		t.Errorf("%q, want %q", f.Explanation, want)
	}
	if got, want := signers.Join(f.Signed), "/devices?did=1\npublic\n20260102T030405"; got != want {
		t.Errorf("signed %q, want %q", got, want)
	}
	if got, want := signers.Join(f.Right), "/devices?did=1&ip=10.0.0.1\npublic\n20260102T030405"; got != want {
		t.Errorf("right %q, want %q", got, want)
	}
}

func TestTheSimplestExplanationWins(t *testing.T) {
	for name, tt := range map[string]struct {
		target, signed string
		want           []string
	}{
		"none":           {"/devices", "/devices", []string{"unexplained"}}, // right, and refused
		"one":            {"/devices?b=2&a=1", "/devices?a=1&b=2", []string{"params_order_changed"}},
		"two":            {"/devices?b=%20&a=1", "/devices?a=1&b=+", []string{"params_order_changed", "space_encoding"}},
		"neither of all": {"/devices?b=2&a=1", "/something/else?c=4", []string{"unexplained"}},
	} {
		f := diagnosed(t, darktraceCase(tt.target, tt.signed))
		if !slices.Equal(f.Causes, tt.want) {
			t.Errorf("%s: %v, want %v", name, f.Causes, tt.want)
		}
	}
}

func TestNothingIsProvedWithoutTheSecret(t *testing.T) {
	c := darktraceCase("/devices", "/devices")
	delete(c.Options, "private_token")
	if f := diagnosed(t, c); f.Class != Unexplained || f.Proved {
		t.Errorf("%s %v", f.Class, f.Proved)
	}
	c.Response = nil
	if f := diagnosed(t, c); f.Class != None || f.Proved {
		t.Errorf("%s %v", f.Class, f.Proved)
	}
	c.Request.Header.Del("Dtapi-Date")
	if f := diagnosed(t, c); f.Class != "D" || f.Proved {
		t.Errorf("%s %v", f.Class, f.Proved)
	}
}

// Whatever a client signed in whatever place, the answer holds no secret.
func TestNoAnswerHoldsASecret(t *testing.T) {
	const secret = "canary-private-token"
	cases := []*Case{darktraceCase("/devices", "/devices"), darktraceCase("/devices?key="+secret, "/devices")}
	swapped := darktraceCase("/devices", "/devices")
	swapped.Request.Header.Set("Dtapi-Token", secret)
	date := moment.Format("20060102T150405")
	h := hmac.New(sha1.New, []byte("public"))
	h.Write([]byte("/devices\n" + secret + "\n" + date))
	swapped.Request.Header.Set("Dtapi-Signature", hex.EncodeToString(h.Sum(nil)))
	sent := darktraceCase("/devices", "/devices")
	sent.Request.Header.Set("Dtapi-Signature", secret)
	cases = append(cases, swapped, sent)
	for i, c := range cases {
		f := diagnosed(t, c)
		for _, text := range []string{f.Explanation, f.Fix, signers.Join(f.Signed), signers.Join(f.Right), strings.Join(f.Causes, " ")} {
			if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
				t.Errorf("case %d: %q", i, text)
			}
		}
	}
}

func TestLargeBodiesStayCheap(t *testing.T) {
	c := darktraceCase("/devices", "/devices?something else")
	c.Request.Method, c.Request.Body = "POST", bytes.Repeat([]byte(`{"a":"b"},`), 2<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if f := diagnosed(t, c); f.Class != Unexplained {
		t.Errorf("%s %v", f.Class, f.Causes)
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) / uint64(len(c.Request.Body)); took > 40 { // 14
		t.Errorf("it took the memory of %d bodies", took)
	}
}

func TestTheVendorsDateCountsMoreThanOurs(t *testing.T) {
	c := darktraceCase("/devices", "/devices")
	c.Now = moment.Add(5 * time.Hour)
	c.Response.Header.Set("Date", moment.Format(http.TimeFormat))
	if f := diagnosed(t, c); f.Class == "E" {
		t.Errorf("%v", f.Causes)
	}
	c.Response.Header.Set("Date", moment.Add(50*time.Minute).Format(http.TimeFormat))
	if f := diagnosed(t, c); f.Class != "E" {
		t.Errorf("%s %v", f.Class, f.Causes)
	}
}

// An old capture is not late: when it was made is not known.
func TestAnOldCaptureIsJudgedByItsSignature(t *testing.T) {
	c := darktraceCase("/devices?did=1", "/devices")
	c.Now, c.Asked, c.Response = moment.AddDate(1, 0, 0), true, nil
	if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{"query_sent_not_signed"}) {
		t.Errorf("%v", f.Causes)
	}
}

func TestASessionRemembersSignaturesAndRequests(t *testing.T) {
	var s Session
	first := darktraceCase("/devices", "/devices")
	first.Response = nil
	if f, _ := s.Diagnose(first); f.Class != None {
		t.Fatalf("%s %v", f.Class, f.Causes)
	}
	second := darktraceCase("/devices", "/devices")
	second.Request.Target = "/a/very/different/path?with=this&that=3"
	second.Request.Header.Set("Dtapi-Date", moment.Add(77*time.Minute).Format("20060102T150405"))
	second.Now = moment.Add(77 * time.Minute)
	if f, _ := s.Diagnose(second); !slices.Equal(f.Causes, []string{"signature_reused"}) || !f.Proved {
		t.Errorf("%v %v", f.Causes, f.Proved)
	}
}

func TestAnUnknownSignerIsAnError(t *testing.T) {
	if _, err := Diagnose(&Case{Signer: "acme"}); err == nil || !strings.Contains(err.Error(), "unknown vendor acme") {
		t.Error(err)
	}
}

// Whatever is sent, an answer comes.
func TestOddRequestsAreAnswered(t *testing.T) {
	odd := []string{"", " ", "\x00", "Basic", "Basic ", "Basic :", "Basic Og==", "TC", "TC :", ":", "/", "=", "%", "é", strings.Repeat("a",
		100000)}
	names := []string{"Authorization", "Date", "X-Duo-Date", "Dtapi-Token", "Dtapi-Date", "Dtapi-Signature", "Timestamp", "X-Auth-Token",
		"X-Xdr-Auth-Id", "X-Xdr-Nonce", "X-Xdr-Timestamp"}
	for _, vendor := range signers.Names() {
		for _, o := range odd {
			for _, target := range []string{"", "/%zz?&&=&a", "/" + o} {
				h := make(http.Header)
				for _, n := range names {
					h[n] = []string{o}
				}
				for _, options := range []map[string]string{nil, {"integration_key": "i", "secret_key": "s", "private_token": "p", "api_key": "k",
					"api_secret_key": "s", "access_id": "a"}} {
					c := &Case{Signer: vendor, Options: options, Now: moment, Request: signers.Message{Method: o, Host: o, Target: target, Header: h}}
					if len(o) > 1000 && options != nil {
						continue
					}
					f := diagnosed(t, c)
					if f.Class == "" || f.Explanation == "" {
						t.Fatalf("%s %q: %+v", vendor, o, f)
					}
				}
			}
		}
	}
}

func TestATimestampThatIsNotInSecondsIsToldByItsUnit(t *testing.T) {
	for unit, tt := range map[string]struct{ digits, want string }{
		"seconds":      {"", "unexplained"}, // right, and refused
		"milliseconds": {"000", "milliseconds_for_seconds"},
		"microseconds": {"000000", "date_format"},
		"nanoseconds":  {"000000000", "date_format"},
	} {
		date := strconv.FormatInt(moment.Unix(), 10) + tt.digits
		h := hmac.New(sha256.New, []byte("canary-secret-key"))
		h.Write([]byte("/api/v3/indicators:GET:" + date))
		f := diagnosed(t, &Case{
			Signer: "threatconnect", Options: map[string]string{"access_id": "1", "secret_key": "canary-secret-key"}, Now: moment,
			Request: signers.Message{Method: "GET", Host: "tc.example", Target: "/api/v3/indicators", Header: http.Header{
				"Authorization": {"TC 1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))}, "Timestamp": {date}}},
			Response: &Response{Status: 401, Header: http.Header{}, Body: []byte(`{"message":"signature data did not match expected result"}`)},
		})
		if !slices.Equal(f.Causes, []string{tt.want}) {
			t.Errorf("%s: %v, want %s", unit, f.Causes, tt.want)
		}
	}
}

// What a signer refuses, and an option that it does not take, is diagnosed all the same.
func TestWhatNoSignerTakesIsAnswered(t *testing.T) {
	many := "/admin/v1/users?" + strings.Repeat("a=1&", wire.MaxParameters+1)
	for _, options := range []map[string]string{
		{"integration_key": "i", "secret_key": "s"}, {"integration_key": "i", "secret_key": "s", "signature_version": "7"},
		{"integration_key": "i", "secret_key": "s", "signature_version": "2"}, {"public_token": "p", "private_token": "s",
			"sign_query": "decoded"},
		{"public_token": "p", "private_token": "s", "sign_query": "no such"},
	} {
		vendor := "duo"
		if options["public_token"] != "" {
			vendor = "darktrace"
		}
		for _, target := range []string{many, "/x?a=%zz&b=%", "/x?%"} {
			f := diagnosed(t, &Case{Signer: vendor, Options: options, Now: moment, Request: signers.Message{Method: "POST", Host: "h",
				Target: target,
				Body:   []byte("a=%&b=%q"), Header: http.Header{
					"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("i:"+strings.Repeat("0", 128)))},
					"Date":          {moment.Format(time.RFC1123Z)}, "Dtapi-Token": {"p"}, "Dtapi-Date": {moment.Format("20060102T150405")},
					"Dtapi-Signature": {strings.Repeat("0", 40)}}}})
			if f.Class == "" || len(f.Right) < 3 {
				t.Errorf("%s %v %.40s: %s, right %v", vendor, options, target, f.Class, f.Right)
			}
		}
	}
}
