package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// against tests the preset in a file with recorded lines.
func against(t *testing.T, preset string, lines ...string) (status int, stdout, stderr string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "recorded.jsonl")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return runArgs("preset", "test", preset, "--against", file)
}

// recorded is a line for acme with what is expected of it.
func recorded(expect string) string {
	return `{"config":{"key_id":"AB12","secret_key":"sesame-open"},"time":"2026-03-04T05:06:07Z",` +
		`"request":{"method":"GET","url":"https://api.acme.example/v1/items?b=2&a=1"},"expect":` + expect + `}`
}

func TestTestSaysWhereARecordedRequestDiffers(t *testing.T) {
	const signature = "0da62ac06aa757a55ea74ada7cc888a3e71cf1ca6fb3277468011d081c2da3a3"
	for _, tt := range []struct{ name, line, want string }{
		{"nothing", recorded(`{"headers":{"x-acme-key-id":"AB12","X-Acme-Signature":"` + signature + `"}}`), "1: the same\n"},
		{"a header", recorded(`{"headers":{"X-Acme-Time":"1772600768"}}`), `1: the header X-Acme-Time differs
  recorded  1772600768
  made      1772600767
                     ^ first difference
  this was signed:
    method  GET␊
    path    /v1/items␊
    query   b=2&a=1␊
    ts      1772600767␊
    body    e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
`},
		{"a header that is not set", recorded(`{"headers":{"Authorization":"Bearer x"}}`), "1: the header Authorization is missing\n  recorded  Bearer x\n"},
		{"the signed text", recorded(`{"canonical":"GET\n/v1/items\na=1&b=2\n1772600767\n"}`), `1: the signed text differs in query
  recorded  a=1&b=2␊1772600767␊
  made      b=2&a=1␊
            ^ first difference
`},
		{"more signed text", recorded(`{"canonical":"GET\n/v1/items\nb=2&a=1\n1772600767\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"}`),
			"1: the signed text ends too early\n  recorded  ␊\n"},
		{"the target", recorded(`{"target":"/v1/items?a=1&b=2"}`), "1: the target differs\n  recorded  /v1/items?a=1&b=2\n  made      /v1/items?b=2&a=1\n                      ^ first difference\n"},
		{"a parameter", recorded(`{"query":{"a":"1","b":"3"}}`), "1: the parameter b differs\n"},
		{"a refusal that does not come", recorded(`{"error":"clock"}`), "1: it is signed, and should be refused\n"},
		{"another vendor's line", strings.Replace(recorded(`{"target":"/"}`), `{`, `{"signer":"duo",`, 1), "1: signer is duo, and the preset is acme\n"},
		{"no time", strings.Replace(recorded(`{"target":"/"}`), `"time":"2026-03-04T05:06:07Z",`, ``, 1), "1: time is required: the preset signs it\n"},
		{"nothing is expected", recorded(`{}`), "1: expect is required: headers, query, target, canonical or error, as they were recorded\n"},
		{"a key with a slip", strings.Replace(recorded(`{"target":"/"}`), `"expect"`, `"expects"`, 1), "1: unknown key expects; did you mean expect?\n"},
		{"an option with a slip", strings.Replace(recorded(`{"target":"/"}`), `"key_id"`, `"keyid"`, 1), "1: acme: unknown option keyid; did you mean key_id?"},
		{"a line with its id", strings.Replace(recorded(`{"target":"/"}`), `{`, `{"id":"items",`, 1), "1 items: the target differs\n"},
	} {
		status, out, errs := against(t, acme(t), tt.line)
		if (status == 0) != (tt.name == "nothing") || !strings.HasPrefix(out, tt.want) {
			t.Errorf("%s: %d\n%s%s\nwant\n%s", tt.name, status, out, errs, tt.want)
		}
	}
	if status, _, errs := against(t, acme(t), recorded(`{"target":"/"}`), recorded(`{"target":"/v1/items?b=2&a=1"}`)); status != 1 || errs != "vendorsign preset test: 1 of 2 requests: different\n" {
		t.Errorf("%d %s", status, errs)
	}
	if status, _, errs := against(t, acme(t)); status != 1 || errs != "vendorsign preset test: there is no request to compare; name recorded ones with --against FILE, or put vectors into the preset\n" {
		t.Errorf("%d %s", status, errs)
	}
}

func TestAVectorWithoutANonceIsRefusedWhereOneIsSigned(t *testing.T) {
	file := acme(t, "[[ts]]\\\\n[[body", "[[nonce]]\\\\n[[body")
	if status, out, _ := against(t, file, recorded(`{"target":"/"}`)); status != 1 || out != "1: nonce is required: the preset signs it\n" {
		t.Errorf("%d %s", status, out)
	}
}

// A difference is shown without the secret, in whichever place and encoding it is.
func TestTestShowsNoSecret(t *testing.T) {
	const secret = "sesame-open"
	basic := acme(t, "header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]", "header Authorization = Basic [[pair|base64|reveal]]",
		"let text = ", "let pair = [[opt.key_id]]:[[opt.secret_key]]\",\n    \"let text = ")
	hashed := acme(t, "let text = ", "let text = [[opt.secret_key]]\\\\n", "[[text|hmac_sha256:opt.secret_key|hex]]", "[[text|sha256|hex]]")
	for _, tt := range []struct{ name, file, expect, want string }{
		{"encoded in a header", basic, `{"headers":{"Authorization":"Basic QUIxMjpzZXNhbWUtb3BlM"}}`,
			"1: the header Authorization differs\n  recorded are 27 characters and made are 30, the first 26 are the same; they are not shown, since they hold the secret\n"},
		{"first in the signed text", hashed, `{"canonical":"sesame-oper\nGET\n"}`, "1: the signed text differs in the secret {secret_key}\n"},
		{"behind the difference", hashed, `{"canonical":"sesame-open\nPUT\nsesame-open"}`, "1: the signed text differs in method\n  recorded  PUT␊{secret_key}\n"},
		{"under another header", hashed, `{"headers":{"X-Acme-Signature":"00"}}`, "1: the header X-Acme-Signature differs\n"},
	} {
		status, out, errs := against(t, tt.file, recorded(tt.expect))
		if status != 1 || !strings.HasPrefix(out, tt.want) || strings.Contains(out+errs, secret) || strings.Contains(out, "c2VzYW1l") || strings.Contains(out, "QUIxMj") {
			t.Errorf("%s: %d\n%s%s\nwant\n%s", tt.name, status, out, errs, tt.want)
		}
	}
}

func TestTestSaysWhichRequestToATokenServiceDiffersAndShowsNothingOfIt(t *testing.T) {
	const line = `{"config":{"username":"api","password":"sesame-open"},"time":"2026-03-04T05:06:07Z","request":{"method":"GET","url":"https://f5.example/x"},` +
		`"flow":[{"request":{"method":"POST","url":"https://f5.example/mgmt/shared/authn/login","headers":{"content-type":"application/json"},` +
		`"body":"{\"username\":\"api\",\"password\":\"sesame-open\",\"loginProviderName\":\"tmos\"}"},` +
		`"answer":{"status":200,"headers":{},"body":"{\"token\":{\"token\":\"T1\"}}"},"token":{"text":"T1"}}],"expect":{"headers":{"X-F5-Auth-Token":"T1"}}}`
	for _, tt := range []struct{ name, old, new, want string }{
		{"nothing", "", "", "1: the same\n"},
		{"the method", `"method":"POST"`, `"method":"PUT"`, "1: token request 1: the method is another\n"},
		{"the address", "authn/login", "authn/logon", "1: token request 1: the address is another\n"},
		{"a header", "application/json", "text/json", "1: token request 1: header content-type is another\n"},
		{"the body", `tmos\"`, `local\"`, "1: token request 1: the body is another\n"},
		{"the token", `{\"token\":\"T1\"}`, `{\"token\":\"T2\"}`, "1: the header X-F5-Auth-Token differs\n"},
		{"a refusal", `"status":200`, `"status":401`, "1: the token service answered 401\n"},
		{"no answer", `"answer"`, `"answers"`, "1: flow: answer is required\n"},
	} {
		status, out, errs := against(t, "f5_bigip", strings.Replace(line, tt.old, tt.new, 1))
		if (status == 0) != (tt.name == "nothing") || !strings.HasPrefix(out, tt.want) || strings.Contains(out+errs, "sesame") {
			t.Errorf("%s: %d\n%s%s\nwant\n%s", tt.name, status, out, errs, tt.want)
		}
	}
}

func TestDiffSaysWhatChanged(t *testing.T) {
	old := acme(t, `"guards": []`, `"guards": ["* /keys"]`)
	for _, tt := range []struct {
		name    string
		replace []string
		want    string
	}{
		{"an operation, under the same revision", []string{`"guards": []`, `"guards": ["* /keys"]`, "secret_key|hex", "secret_key|base64"},
			"review: the revision is the same\noperations\n  - header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]\n  + header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|base64]]\n"},
		{"a guard", []string{`"revision": 1`, `"revision": 2`}, "review: guard * /keys is gone\nguards\n  - * /keys\n"},
		{"a secret that leaves", []string{`"revision": 1`, `"revision": 2`, `"guards": []`, `"guards": ["* /keys"]`, "[[opt.key_id]]", "[[opt.secret_key|reveal]]"},
			"review: it signs, and reveals now\noperations\n"},
		{"an option", []string{`"revision": 1`, `"revision": 2`, `"guards": []`, `"guards": ["* /keys"]`, `ID of the API key`, `ID of a key`},
			"options\n  - {\"doc\":\"The ID of the API key.\",\"name\":\"key_id\"}\n  + {\"doc\":\"The ID of a key.\",\"name\":\"key_id\"}\n"},
		{"a host", []string{`"revision": 1`, `"revision": 2`, `"guards": []`, `"guards": ["* /keys"]`, `["api.acme.example"]`, `["api.acme.example", "evil.example"]`},
			"review: host evil.example is new\nhosts\n  + evil.example\n"},
	} {
		young := acme(t, tt.replace...)
		status, out, errs := runArgs("preset", "diff", old, young)
		_, rest, _ := strings.Cut(out, "\n")
		if _, rest, _ = strings.Cut(rest, "\n"); status != 1 || !strings.HasPrefix(rest, tt.want) || errs != "vendorsign preset diff: "+old+" and "+young+" differ\n" {
			t.Errorf("%s: %d\n%s%s\nwant\n%s", tt.name, status, out, errs, tt.want)
		}
	}
	if status, out, _ := runArgs("preset", "diff", old, old); status != 0 || strings.Count(out, "\n") != 2 {
		t.Errorf("%d\n%s", status, out)
	}
}
