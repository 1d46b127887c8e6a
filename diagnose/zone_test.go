package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

func mac256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Where only the hour is signed, a signature that was kept from an earlier hour and one over the local time are the same.
func TestASignatureOfAnotherHourProvesNoTimeZone(t *testing.T) {
	const id, key = "6f1d7a35-3d2c-4b7e-9d0a-1f2e3d4c5b6a", "n8Yf2kq0Tz3Lw7RbXcNd0MfPjGaEZh5eGmUq9Ypf"
	at := time.Date(2026, 3, 4, 15, 36, 7, 0, time.UTC)
	for _, hours := range []int{-5, -1, 1, 9} {
		hour := at.Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15")
		sum := mac256(mac256(mac256([]byte(key), "GET/api/v2/self"), hour), "")
		c := &Case{Signer: "bloodhound", Now: at, Options: map[string]string{"token_id": id, "token_key": key},
			Request: signers.Message{Method: "GET", Host: "acme.bloodhoundenterprise.io", Target: "/api/v2/self", Header: http.Header{
				"Authorization": {"bhesignature " + id}, "Requestdate": {at.Format(time.RFC3339)},
				"Signature": {base64.StdEncoding.EncodeToString(sum)}}}}
		f := diagnosed(t, c)
		if !slices.Equal(f.Causes, []string{"local_time"}) || f.Proved || !strings.Contains(f.Explanation, "looks the same") {
			t.Errorf("%d hours: %v, proved %v: %s", hours, f.Causes, f.Proved, f.Explanation)
		}
	}
}

// A day next to a timestamp is another one in some time zone, or it is an old one. What no time zone explains is proved.
func TestTheDayNextToATimestampIsProvedWhereNoTimeZoneExplainsIt(t *testing.T) {
	const key, host, kind = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm.tencentcloudapi.com", "application/json"
	for _, tt := range []struct {
		hour   int
		day    string
		cause  string
		proved bool
	}{
		{3, "2026-03-03", "local_time", false},  // the evening before in New York
		{20, "2026-03-05", "local_time", false}, // the next morning in Shanghai
		{15, "2026-03-03", "scope_date", true},
		{3, "2026-03-01", "scope_date", true},
	} {
		at := time.Date(2026, 3, 4, tt.hour, 36, 7, 0, time.UTC)
		empty := sha256.Sum256(nil)
		canonical := sha256.Sum256([]byte("POST\n/\n\ncontent-type:" + kind + "\nhost:" + host + "\n\ncontent-type;host\n" +
			hex.EncodeToString(empty[:])))
		ts, scope := strconv.FormatInt(at.Unix(), 10), tt.day+"/cvm/tc3_request"
		signing := mac256(mac256(mac256([]byte("TC3"+key), tt.day), "cvm"), "tc3_request")
		sum := mac256(signing, "TC3-HMAC-SHA256\n"+ts+"\n"+scope+"\n"+hex.EncodeToString(canonical[:]))
		c := &Case{Signer: "tencent", Now: at, Options: map[string]string{"secret_id": "AKIDEXAMPLE", "secret_key": key, "service": "cvm"},
			Request: signers.Message{Method: "POST", Host: host, Target: "/", Header: http.Header{
				"Content-Type": {kind}, "X-Tc-Timestamp": {ts}, "Authorization": {"TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/" + scope +
					", SignedHeaders=content-type;host, Signature=" + hex.EncodeToString(sum)}}}}
		if f := diagnosed(t, c); !slices.Equal(f.Causes, []string{tt.cause}) || f.Proved != tt.proved {
			t.Errorf("%s at %d: %v, proved %v: %s", tt.day, tt.hour, f.Causes, f.Proved, f.Explanation)
		}
	}
}

// The separators of a text are not the ends of its parts: a body that ends with a line feed is not the one that was signed without it.
func TestALineFeedAtTheEndOfABodyIsNoSeparator(t *testing.T) {
	for _, body := range []string{`{"a":1}`, "a=1", "\n"} {
		for _, signed := range []string{body, strings.TrimSuffix(body, "\n"), body + "\n", "\n" + body} {
			c := darktraceCase("/tags", "/tags?"+signed)
			c.Request.Method, c.Request.Body = "POST", []byte(body)
			c.Response = nil
			if f := diagnosed(t, c); (f.Class == None) != (signed == body) {
				t.Errorf("%q signed, %q sent: %v, proved %v", signed, body, f.Causes, f.Proved)
			}
		}
	}
}
