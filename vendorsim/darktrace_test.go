package vendorsim

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func darktraceSimulator(t testing.TB, signQuery, now string) *Simulator {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, now)
	if err != nil {
		t.Fatal(err)
	}
	return simulator(t, "darktrace", Config{Credential: map[string]string{
		"public_token": "test_public_token", "private_token": "test_private_token", "sign_query": signQuery,
	}}, at)
}

// darktraceRequest is signed independently of the date's spelling: the table's signatures were computed with
// openssl dgst -sha1 -hmac test_private_token.
func darktraceRequest(target, date, signature string) *Request {
	return vector{method: "GET", target: target, header: map[string]string{
		"DTAPI-Token": "test_public_token", "DTAPI-Date": date, "DTAPI-Signature": signature,
	}}.request()
}

func TestDarktraceDates(t *testing.T) {
	const day, noon = "2025-01-15", 12*60 + 30
	for _, c := range []struct {
		date string
		ok   bool
	}{
		{"20250115T123000", true},
		{"2025-01-15 12:30:00", true},
		{"2025-01-15T12:30:00+00:00", true},
		{"2025-01-15T12:30:00.999000+00:00", true},
		{"2025-01-15T12:30:00Z", false},
		{"2025-01-15T12:30:00-00:00", false},
		{"2025-01-15T14:30:00+02:00", false},
		{"2025-01-15T12:30:00.999+00:00", false},
		{"2025-01-15T12:30:00,999000+00:00", false},
		{"2025-01-15T12:30:00", false},
		{"2025-01-15 12:30:00.5", false},
		{"20250115T123000.5", false},
		{"20250115T123000Z", false},
		{"20250115 123000", false},
		{"2025-1-15 12:30:00", false},
		{"2025-02-30 12:30:00", false},
		{" 2025-01-15 12:30:00", false},
		{"Wed, 15 Jan 2025 12:30:00 GMT", false},
		{"1736944200", false},
		{"", false},
	} {
		if at, ok := darktraceDate(c.date); ok != c.ok {
			t.Errorf("%q: got %v", c.date, ok)
		} else if ok && (at.Format(time.DateOnly) != day || at.Hour()*60+at.Minute() != noon || at.Location() != time.UTC) {
			t.Errorf("%q is read as %v", c.date, at)
		}
	}
}

func TestDarktraceRefusals(t *testing.T) {
	const signature = "0123456789abcdef0123456789abcdef01234567"
	v := darktraceVectors[0] // GET /devices at that date
	good := v.header["DTAPI-Signature"]
	for _, c := range []struct {
		name, now            string
		header               map[string]string
		wantBody, wantReason string
		accepted             bool
	}{
		{"the moment itself", "2025-01-15T12:30:00Z", nil, "simulated", "", true},
		{"a date 30 minutes old", "2025-01-15T13:00:00Z", nil, "simulated", "", true},
		{"a date 30 minutes ahead", "2025-01-15T12:00:00Z", nil, "simulated", "", true},
		{"a date just over 30 minutes old", "2025-01-15T13:00:00.001Z", nil, "API DATE ERROR", "more than 30 minutes", false},
		{"a date just over 30 minutes ahead", "2025-01-15T11:59:59.999Z", nil, "API DATE ERROR", "more than 30 minutes", false},
		{"a date that is none", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Date": "now"}, "API DATE ERROR", "spellings", false},
		{"no date", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Date": ""}, "API SIGNATURE ERROR", "DTAPI-Date is missing", false},
		{"no token", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Token": ""}, "API SIGNATURE ERROR", "DTAPI-Token is missing", false},
		{"no signature", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Signature": ""}, "API SIGNATURE ERROR", "DTAPI-Signature is missing", false},
		{"another token", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Token": "other"}, "API SIGNATURE ERROR", "not the public token", false},
		{"another signature", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Signature": signature}, "API SIGNATURE ERROR", "does not fit", false},
		{"an upper-case signature", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Signature": strings.ToUpper(good)}, "API SIGNATURE ERROR", "does not fit", false},
		{"a signature cut short", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Signature": good[:39]}, "API SIGNATURE ERROR", "does not fit", false},
		{"another spelling than the signed one", "2025-01-15T12:30:00Z", map[string]string{"DTAPI-Date": "20250115T123000"}, "API SIGNATURE ERROR", "does not fit", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := v
			changed.header = maps.Clone(v.header)
			maps.Copy(changed.header, c.header)
			a := darktraceSimulator(t, "", c.now).Check(changed.request())
			if a.Accepted != c.accepted || !strings.Contains(a.Reason, c.wantReason) || !strings.Contains(string(a.Body), c.wantBody) {
				t.Errorf("got %v, %q, %s", a.Accepted, a.Reason, a.Body)
			}
			if !c.accepted && a.Status != 400 {
				t.Errorf("got status %d", a.Status)
			}
		})
	}
}

func TestDarktraceSignQuery(t *testing.T) {
	const (
		now     = "2025-01-15T12:30:00Z"
		date    = "20250115T123000"
		asSent  = "22ab2aac191844e75e552b9b34c13a99fca52175"
		decoded = "60e31197e4955e3a559663fb6e11810facaac56e"
		plain   = "ecd2f4d7cfcee1b6baf816804522364e78cf5e56"
		bare    = "6481d5091a9507d6190141b64599af35972440df"
	)
	for _, c := range []struct {
		name, signQuery, target, signature string
		want                               bool
	}{
		{"as sent passes by default", "", "/devices?name=a%20b", asSent, true},
		{"decoded passes by default", "", "/devices?name=a%20b", decoded, true},
		{"either is the default's name", "either", "/devices?name=a%20b", decoded, true},
		{"as sent passes as_sent", "as_sent", "/devices?name=a%20b", asSent, true},
		{"decoded fails as_sent", "as_sent", "/devices?name=a%20b", decoded, false},
		{"decoded passes decoded", "decoded", "/devices?name=a%20b", decoded, true},
		{"a plus decodes to a blank", "decoded", "/devices?name=a+b", decoded, true},
		{"as sent fails decoded", "decoded", "/devices?name=a%20b", asSent, false},
		{"no query passes decoded", "decoded", "/devices", plain, true},
		{"no query passes as_sent", "as_sent", "/devices", plain, true},
		{"a signed query that was not sent", "", "/devices", asSent, false},
		{"a sent query that was not signed", "", "/devices?name=a%20b", plain, false},
		{"a bare question mark", "decoded", "/devices?", bare, true},
		{"a bare question mark that was not signed", "", "/devices?", plain, false},
		{"a path is never decoded", "decoded", "/device%73", plain, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := darktraceSimulator(t, c.signQuery, now).Check(darktraceRequest(c.target, date, c.signature))
			if a.Accepted != c.want {
				t.Errorf("got %v: %s", a.Accepted, a.Reason)
			}
		})
	}
}
