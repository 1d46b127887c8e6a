package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// inQuery is a request by the scheme of docs/custom.md, whose date and ID are parameters: sent is the query that was sent, and signed
// the text that was signed. late is where the operations add the parameters only after the text.
func inQuery(late bool, sent, signed string) *Case {
	h := hmac.New(sha256.New, []byte("secretOfAcme0001"))
	h.Write([]byte(signed))
	add := "query timestamp = [[now|unix_ms]]\nquery nonce = [[nonce]]\nquery key = [[opt.key_id]]\n"
	text := "let text = [[query]]|[[now|unix_ms]]\n"
	operations := add + text
	if late {
		operations = text + add
	}
	return &Case{
		Signer: "custom",
		Values: signers.Values{
			"operations":     {operations + "query signature = [[text|hmac_sha256:opt.secret_key|hex]]"},
			"options.key_id": {"AB12"}, "secrets.secret_key": {"secretOfAcme0001"}, "nonce": {"hex:16"},
		},
		Request: signers.Message{Method: "GET", Host: "api.acme.example", Header: http.Header{},
			Target: "/v1/x?" + sent + "&signature=" + hex.EncodeToString(h.Sum(nil))},
		Now: time.UnixMilli(1772636767123),
	}
}

func TestDatesAndIDsInTheQueryAreRead(t *testing.T) {
	const ms, rest = "timestamp=1772636767123", "&nonce=00aa11bb22cc33dd&key=AB12"
	for _, tt := range []struct {
		name         string
		late         bool
		sent, signed string
		cause        string
	}{
		{"right", false, "b=2&" + ms + rest, "b=2&" + ms + rest + "|1772636767123", ""},
		{"right, elsewhere", false, ms + "&b=2" + rest, ms + "&b=2" + rest + "|1772636767123", ""},
		{"right, added after the text", true, "b=2&" + ms + rest, "b=2|1772636767123", ""},
		{"another date signed", false, "b=2&" + ms + rest, "b=2&timestamp=1772636767122" + rest + "|1772636767122", "date_changed"},
		{"seconds", false, "b=2&timestamp=1772636767" + rest, "b=2&timestamp=1772636767" + rest + "|1772636767", "seconds_for_milliseconds"},
		{"no date", false, "b=2" + rest, "b=2" + rest + "|1772636767123", "date_not_sent"},
		{"no nonce", false, "b=2&" + ms + "&key=AB12", "b=2&" + ms + "&key=AB12|1772636767123", "header_not_sent"},
		{"another ID", false, "b=2&" + ms + "&nonce=00aa11bb22cc33dd&key=AB13", "b=2&" + ms + "&nonce=00aa11bb22cc33dd&key=AB13|1772636767123", "wrong_id"},
		{"late", false, "b=2&timestamp=1772630000000" + rest, "b=2&timestamp=1772630000000" + rest + "|1772630000000", "clock_off"},
		{"the query alone", true, "b=2&" + ms + rest, "|1772636767123", "query_sent_not_signed"},
	} {
		c := inQuery(tt.late, tt.sent, tt.signed)
		if tt.cause != "" {
			c.Response = &Response{Status: 401}
		}
		f, err := Diagnose(c)
		if err != nil {
			t.Fatal(err)
		}
		if tt.cause == "" && (f.Class != None || !f.Proved) || tt.cause != "" && !slices.Contains(f.Causes, tt.cause) {
			t.Errorf("%s: %v, proved %v: %s", tt.name, f.Causes, f.Proved, f.Explanation)
		}
	}
}
