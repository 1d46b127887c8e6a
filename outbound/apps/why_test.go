package apps_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

const whyTarget = "/admin/v1/users?name=a%20b"

// signedAs is what an app's SDK sends if it signs one request, and another one arrives.
func signedAs(t *testing.T, method, host, target, body string, now time.Time) http.Header {
	t.Helper()
	scheme, err := signers.Lookup("duo")
	if err != nil {
		t.Fatal(err)
	}
	s, faults := scheme.Signer(signers.Values{"integration_key": {"DIAPPBILLING00000000"}, "secret_key": {"local-secret"}, "signature_version": {"5"}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	m := &signers.Message{Method: method, Host: host, Target: target, Header: make(http.Header), Body: []byte(body), Length: int64(len(body))}
	if err := s.Sign(m, &signers.Moment{Time: now, Date: s.Date(now)}); err != nil {
		t.Fatal(err)
	}
	return m.Header
}

func TestAWrongSignatureIsBlamedOnWhatMakesIt(t *testing.T) {
	now := time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)
	tests := []struct{ name, method, host, target, body, cause, class string }{
		{"localhost", "POST", "localhost", whyTarget, "{}", "host_differs", "G"},
		{"the name before a proxy", "POST", "front.internal", whyTarget, "{}", "host_differs", "G"},
		{"another method", "GET", "duo.internal", whyTarget, "{}", "method_changed", "D"},
		{"no query", "POST", "duo.internal", "/admin/v1/users", "{}", "query_sent_not_signed", "H"},
		{"another slash", "POST", "duo.internal", "/admin/v1/users/?name=a%20b", "{}", "path_slash", "A"},
		{"a prefix that a proxy adds", "POST", "duo.internal", "/v1/users?name=a%20b", "{}", "path_prefix_not_signed", "H"},
		{"no body", "POST", "duo.internal", whyTarget, "", "body_not_signed", "B"},
		{"something else", "POST", "duo.internal", "/other", "{}", "unexplained", "J"},
	}
	for _, test := range tests {
		v, faults := apps.New(apps.Options{Vendor: "duo"})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if faults := apps.SetApps(v, []apps.App{{Name: "billing", KeyID: "DIAPPBILLING00000000", Secret: "local-secret"}}); len(faults) > 0 {
			t.Fatal(faults)
		}
		for round, want := range []string{test.cause, "unexplained"} { // a search in ten seconds
			r := httptest.NewRequest("POST", whyTarget, strings.NewReader("{}"))
			r.Header = signedAs(t, test.method, test.host, test.target, test.body, now)
			r.Header.Set("X-Forwarded-Host", "front.internal")
			m := &signers.Message{Method: r.Method, Host: "duo.internal", Target: whyTarget}
			c := apps.Check(v, r, m, 1<<20, now.Add(time.Duration(round)*time.Second))
			got := apps.BlameOf(c.Verdict)
			if c.Verdict.Reason != apps.Signature || got.Cause != want || want == test.cause && got.Class != test.class {
				t.Errorf("%s, request %d: %s %v, want %s", test.name, round+1, c.Verdict.Reason, got, want)
			}
			if c.Problem == nil || strings.Contains(c.Problem.Detail, "made") {
				t.Errorf("%s: the answer says more than that no app signed: %v", test.name, c.Problem)
			}
		}
	}
}

func TestEveryReasonIsBlamedAsDiagnoseDoes(t *testing.T) {
	for _, reason := range apps.Reasons {
		b := apps.BlameOf(&apps.Verdict{Reason: reason})
		if diagnose.ClassOf(b.Cause) != b.Class || b.Cause == "" {
			t.Errorf("%s: %v, and diagnose has %s", reason, b, diagnose.ClassOf(b.Cause))
		}
	}
}

// answered is what diagnose says of a right request of an app, or of one with headers of its own, and the gateway's answer to it.
func answered(t *testing.T, p *outbound.Problem) *diagnose.Finding {
	t.Helper()
	now := time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)
	response := p.Response(nil)
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	f, err := diagnose.Diagnose(&diagnose.Case{
		Signer: "duo", Options: map[string]string{"integration_key": "DIAPPBILLING00000000", "secret_key": "local-secret"},
		Request: signers.Message{Method: "GET", Host: "duo.internal", Target: whyTarget, Header: signedAs(t, "GET", "duo.internal", whyTarget, "", now)},
		Now:     now, Response: &diagnose.Response{Status: p.Status, Header: response.Header, Body: body},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestDiagnoseReadsTheGatewaysReasons(t *testing.T) {
	for _, reason := range apps.Reasons {
		want := apps.BlameOf(&apps.Verdict{Reason: reason}).Cause
		switch reason { // the request has a signature and a date, and a right one
		case apps.Date:
			want = "date_not_sent"
		case apps.Signature:
			want = "unexplained"
		}
		f := answered(t, outbound.ExplainedProblem(reason, "as it is", 0))
		if f.Causes[0] != want || strings.Contains(f.Explanation, "vendor") {
			t.Errorf("%s: %v, want %s: %s", reason, f.Causes, want, f.Explanation)
		}
	}
	p := outbound.AppProblem(apps.Signature, "", 0)
	if f := answered(t, p); f.Causes[0] != "wrong_id" || f.Proved {
		t.Errorf("no reason: %v, proved %v", f.Causes, f.Proved)
	}
}

func TestDiagnoseReadsTheMistakeThatTheGatewayFound(t *testing.T) {
	for _, cause := range apps.Mistakes() {
		verdict := &apps.Verdict{Reason: apps.Signature, Cause: cause, Detail: apps.SaysOf(cause)}
		f := answered(t, outbound.ExplainedProblem(verdict.Reason, verdict.Detail, 0))
		if f.Causes[0] != cause || f.Class != apps.BlameOf(verdict).Class {
			t.Errorf("%s: %s %v", cause, f.Class, f.Causes)
		}
	}
}
