package diagnose

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Vendors put an error into members of many names, and some send it with status 200. A body without one is no failure.
func TestErrorsAreFoundInBodies(t *testing.T) {
	for body, want := range map[string]string{
		`{"Response":{"Error":{"Code":"MissingParameter","Message":"no action"},"RequestId":"x"}}`: "no action",
		`{"errors":[{"message":"field x","path":["a"]}],"data":null}`:                              "field x",
		`{"error":{"code":400,"message":"bad filter"}}`:                                            "bad filter",
		`{"error":"bad filter","error_description":"of the query"}`:                                "bad filter",
		`{"Fault":{"faultstring":"quota"}}`:                                                        "quota",
		`{"resources":[],"errors":[]}`:                                                             "",
		`{"error":null,"data":{"error":"a word in the data"}}`:                                     "",
		`{"Response":{"TotalCount":0}}`:                                                            "",
		`[{"error":"x"}]`:                                                                          "",
	} {
		b := readBody(&Response{Status: 200, Body: []byte(body)})
		if b.failed != (want != "") || want != "" && b.message != want {
			t.Errorf("%s: failed %v, %q", body, b.failed, b.message)
		}
	}
}

// An error in an answer with status 200 is no proof that the vendor took the request; one that speaks of the credential proves no right.
func TestAnErrorWithStatus200IsNoSuccess(t *testing.T) {
	for body, want := range map[string]string{
		`{"Response":{"Error":{"Code":"MissingParameter","Message":"no action"}}}`: "request_rejected",
		`{"ok":false,"error":"invalid_auth"}`:                                      "key_expired",
		`{"ok":true}`:                                                              "",
	} {
		f, err := Diagnose(&Case{Signer: "okta", Options: map[string]string{"api_token": "current-token-0001"}, Now: time.Unix(1772636767, 0),
			Response: &Response{Status: 200, Body: []byte(body)},
			Request: signers.Message{Method: "GET", Host: "a.okta.com", Target: "/",
				Header: http.Header{"Authorization": {"SSWS current-token-0001"}}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.Causes, " "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %v, proved %v: %s", body, f.Causes, f.Proved, f.Explanation)
		}
	}
}
