package aws

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// answered lets a source parse one answer.
func answered(t *testing.T, settings []string, status int, header http.Header, body string) (signers.Token, bool, error) {
	t.Helper()
	source, faults := newSource(values(t, settings...))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	step := &signers.TokenStep{Time: exampleTime, Answers: []signers.TokenAnswer{{Status: status, Header: header, Body: []byte(body)}}}
	token, err := source.Parse(step)
	return token, source.Denied != nil && source.Denied(step), err
}

var (
	byIdentity = webIdentity("region=us-east-1")
	byAgent    = container("container_path=/v2/credentials/1")
)

func TestCredentialsAreReadFromTheAnswersInTheDocumentation(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings []string
		date     string
		body     string
		id       string
		expires  time.Time
	}{
		{"STS", byIdentity, "", exampleAnswer, "ASgeIAIOSFODNN7EXAMPLE", exampleTime.Add(time.Hour)},
		{
			"STS with a declaration", byIdentity, "", `<?xml version="1.0"?>` + "\n" + exampleAnswer + "\n", "ASgeIAIOSFODNN7EXAMPLE",
			exampleTime.Add(time.Hour),
		},
		{"the agent", byAgent, "", exampleContainer, "ASIAIOSFODNN7EXAMPLE", exampleTime.Add(time.Hour)},
		{
			"the service's clock counts", byIdentity, "Fri, 24 Oct 2014 22:30:23 GMT", exampleAnswer, "ASgeIAIOSFODNN7EXAMPLE",
			exampleTime.Add(30*time.Minute - time.Second), // a Date is up to a second older than it says
		},
	} {
		header := make(http.Header)
		if test.date != "" {
			header.Set("Date", test.date)
		}
		token, _, err := answered(t, test.settings, 200, header, test.body)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		id, secret, session := sessionOf(&signers.Moment{Token: token.Text, More: token.More})
		if id != test.id || secret != "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY" ||
			session != "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE" || !token.Expires.Equal(test.expires) || len(token.More) != 2 {
			t.Errorf("%s: got %s, %s, %s until %v", test.name, id, secret, session, token.Expires)
		}
	}
	id, _, session := sessionOf(&signers.Moment{Token: "AKID", More: map[string]string{"access_key_id": "AKID"}})
	if id != "AKID" || session != "" {
		t.Errorf("a key without a session token has %q", session)
	}
}

func TestHostileAnswersAreRefusedAndNotShown(t *testing.T) {
	const canary = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"
	sts := func(old, changed string) string { return strings.Replace(exampleAnswer, old, changed, 1) }
	agent := func(old, changed string) string { return strings.Replace(exampleContainer, old, changed, 1) }
	stsError := func(code string) string {
		return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>` + code +
			`</Code><Message>` + canary + `</Message></Error><RequestId>1</RequestId></ErrorResponse>`
	}
	for _, test := range []struct {
		name     string
		settings []string
		status   int
		body     string
		want     string
		denied   bool
	}{
		{"expired identity", byIdentity, 400, stsError("ExpiredTokenException"), "aws: STS answered 400 (ExpiredTokenException)", true},
		{"identity not verified", byIdentity, 400, stsError("InvalidIdentityToken"), "aws: STS answered 400 (InvalidIdentityToken)", false},
		{"provider not reached", byIdentity, 400, stsError("IDPCommunicationError"), "aws: STS answered 400 (IDPCommunicationError)", false},
		{"no trust", byIdentity, 403, stsError("AccessDenied"), "aws: STS answered 403 (AccessDenied)", false}, // the status says it
		{"an invented code", byIdentity, 400, stsError(canary), "aws: STS answered 400", false},
		{"a broken error", byIdentity, 503, "<ErrorResponse><Error><Code>Throttling</Code><", "aws: STS answered 503 (Throttling)", false},
		{"a page", byIdentity, 200, "<!DOCTYPE html><html><body><br>" + canary + "</html>", "something else than credentials", false},
		{"a page of XML", byIdentity, 200, "<html><body>" + canary + "</body></html>", "something else than credentials", false},
		{"nothing", byIdentity, 200, "", "something else than credentials", false},
		{"JSON", byIdentity, 200, exampleContainer, "something else than credentials", false},
		{"cut off", byIdentity, 200, exampleAnswer[:len(exampleAnswer)-10], "something else than credentials", false},
		{"two documents", byIdentity, 200, exampleAnswer + exampleAnswer, "something else than credentials", false},
		{"entities", byIdentity, 200, `<!DOCTYPE a [<!ENTITY e "x">]>` + exampleAnswer, "something else than credentials", false},
		{"huge", byIdentity, 200, exampleAnswer + strings.Repeat(" ", 64<<10), "something else than credentials", false},
		{"many elements", byIdentity, 200, sts("<Audience>", strings.Repeat("<!---->", 300)+"<Audience>"), "something else", false},
		{"deep", byIdentity, 200, sts("<Provider>www.amazon.com", "<Provider>"+strings.Repeat("<a>", 9)+strings.Repeat("</a>", 9)),
			"something else than credentials", false},
		{"a key twice", byIdentity, 200, sts("<Expiration>", "<AccessKeyId>A</AccessKeyId><Expiration>"), "something else", false},
		{"elsewhere", byIdentity, 200, strings.ReplaceAll(exampleAnswer, "AssumeRoleWithWebIdentityResult", "Result"), "something else", false},
		{"no id", byIdentity, 200, sts("<AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>", ""), "is missing in the answer", false},
		{"no session", byIdentity, 200, sts("AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE", ""), "is missing in the answer", false},
		{"a slash in the id", byIdentity, 200, sts("ASgeIA", "AS/IA"), "access key ID is malformed", false},
		{"a line break", byIdentity, 200, sts("AQoDYX", "AQo&#10;DYX"), "session token is malformed", false},
		{"a blank in the secret", byIdentity, 200, sts("wJalrX", "wJal rX"), "secret access key is malformed", false},
		{"a long secret", byIdentity, 200, sts("wJalrX", strings.Repeat("w", 513)), "secret access key is malformed", false},
		{"a long session", byIdentity, 200, sts("AQoDYX", strings.Repeat("A", 16<<10)), "session token is malformed", false},
		{"no time", byIdentity, 200, sts("2014-10-24T23:00:23Z", canary), "expiration is not a time", false},
		{"past", byIdentity, 200, sts("2014-10-24T23:00:23Z", "2014-10-24T22:00:23Z"), "have expired", false},
		{"before", byIdentity, 200, sts("2014-10-24T23:00:23Z", "0001-01-01T00:00:00Z"), "have expired", false},
		{"for ever", byIdentity, 200, sts("2014-10-24T23:00:23Z", "2114-10-24T23:00:23Z"), "more than a year", false},

		{"the agent's error", byAgent, 400, `{"code":"InvalidIdInRequest","message":"` + canary + `","HTTPErrorCode":400}`,
			"aws: the container's agent answered 400 (InvalidIdInRequest)", false},
		{"the agent's page", byAgent, 200, "<html>" + canary, "something else than credentials", false},
		{"redirected", byAgent, 302, "", "aws: the container's agent answered 302", false},
		{"a list", byAgent, 200, `["` + canary + `"]`, "something else than credentials", false},
		{"a number", byAgent, 200, agent(`"ASIAIOSFODNN7EXAMPLE"`, "7"), "something else than credentials", false},
		{"null", byAgent, 200, "null", "is missing in the answer", false},
		{"no token", byAgent, 200, agent(`,"Token":"AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE"`, ""), "is missing in the answer", false},
		{"no expiration", byAgent, 200, agent(`"2014-10-24T23:00:23Z"`, `""`), "is missing in the answer", false},
		{"the agent's line break", byAgent, 200, agent("AQoDYX", `AQo\r\nDYX`), "session token is malformed", false},
		{"the agent's huge answer", byAgent, 200, exampleContainer + strings.Repeat(" ", 64<<10), "something else than credentials", false},
		{"the agent's past", byAgent, 200, agent("2014-10-24T23", "2014-10-24T21"), "have expired", false},
	} {
		token, denied, err := answered(t, test.settings, test.status, nil, test.body)
		if err == nil || !strings.Contains(err.Error(), test.want) || token.Text != "" || token.More != nil || denied != test.denied {
			t.Errorf("%s: the error is %v, denied %v; want %s, %v", test.name, err, denied, test.want, test.denied)
			continue
		}
		for _, part := range []string{canary, "ASIAIOSFODNN7", "AQoDYX"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error shows what was answered: %v", test.name, err)
			}
		}
	}
}

func TestAnAnswerOfAServiceSaysThatTheSessionIsOver(t *testing.T) {
	xmlError := `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	for _, test := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   bool
	}{
		{"S3", 400, nil, xmlError + "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message>" +
			"<Token-0>" + strings.Repeat("x", 5000) + "</Token-0></Error>", true},
		{"S3, unknown key", 403, nil, xmlError + "<Error><Code>InvalidAccessKeyId</Code></Error>", true},
		{"JSON", 400, nil, `{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"expired"}`, true},
		{"JSON without a prefix", 400, nil, `{"__type":"UnrecognizedClientException","message":"invalid"}`, true},
		{"REST JSON", 403, http.Header{"X-Amzn-Errortype": {"UnrecognizedClientException:http://internal.amazon.com/coral/"}}, `{}`, true},
		{"query", 403, nil, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>` +
			`<Code>InvalidClientTokenId</Code></Error></ErrorResponse>`, true},
		{"EC2", 401, nil, `<Response><Errors><Error><Code>ExpiredToken</Code></Error></Errors></Response>`, true},
		{"rights", 403, nil, `{"__type":"AccessDeniedException"}`, false},
		{"a signature", 403, nil, "<Error><Code>SignatureDoesNotMatch</Code></Error>", false},
		{"a status alone", 401, nil, "", false},
		{"the client's text", 400, nil, `{"__type":"ValidationException","message":"ExpiredToken"}`, false},
		{"the client's XML", 400, nil, `<Error><Code>MalformedXML</Code><Message>ExpiredToken</Message></Error>`, false},
		{"an object that says so", 200, nil, "<Error><Code>ExpiredToken</Code></Error>", false},
		{"the service's fault", 503, nil, "<Error><Code>ExpiredToken</Code></Error>", false},
	} {
		if got := refusesSession(signers.Answer{Status: test.status, Header: test.header, Body: []byte(test.body)}); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
