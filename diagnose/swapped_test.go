package diagnose

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// answered checks class, causes and proof of an answer, and that its words hold some text.
func answered(t *testing.T, c *Case, class, causes string, proved bool, says string) {
	t.Helper()
	f := diagnosed(t, c)
	if f.Class != class || strings.Join(f.Causes, " ") != causes || f.Proved != proved || !strings.Contains(f.Explanation+" "+f.Fix, says) {
		t.Errorf("%s %v, proved %v: %s %s\n\twant %s %s, proved %v, with %q", f.Class, f.Causes, f.Proved, f.Explanation, f.Fix, class, causes,
			proved, says)
	}
}

const canary = "canary-private-token"

func darktraceSum(key, id string) string {
	return darktraceSumAt(key, id, moment.Format("20060102T150405"))
}

func darktraceSumAt(key, id, date string) string {
	h := hmac.New(sha1.New, []byte(key))
	h.Write([]byte("/devices\n" + id + "\n" + date))
	return hex.EncodeToString(h.Sum(nil))
}

func TestASecretInTheHeaderOfTheIDIsSwappedOnlyIfTheSignatureIsToo(t *testing.T) {
	for name, tt := range map[string]struct{ key, id, cause, says string }{
		"the signature is right":             {canary, "public", "secret_sent", "Send the public token in its place, and replace the private"},
		"the secret is in the text, too":     {canary, canary, "secret_sent", "private token itself was sent where the public token belongs"},
		"key and ID are exchanged":           {"public", canary, "ids_swapped", "Swap the two values."},
		"the signature is of something else": {"another", "public", "secret_sent", "replace the private token"},
	} {
		t.Run(name, func(t *testing.T) {
			c := darktraceCase("/devices", "/devices")
			c.Request.Header.Set("DTAPI-Token", canary)
			c.Request.Header.Set("DTAPI-Signature", darktraceSum(tt.key, tt.id))
			answered(t, c, "F", tt.cause, true, tt.says)
		})
	}
	t.Run("Cortex", func(t *testing.T) {
		c := cortexCase(strings.Repeat("n", 64), strconv.FormatInt(moment.UnixMilli(), 10))
		c.Request.Header.Set("x-xdr-auth-id", canary)
		answered(t, c, "F", "secret_sent", true, "he key itself was sent where the key's ID belongs")
	})
	t.Run("ThreatConnect", func(t *testing.T) {
		c := threatConnectCase(strconv.FormatInt(moment.Unix(), 10))
		c.Request.Header.Set("Authorization", strings.Replace(c.Request.Header.Get("Authorization"), "TC 1:", "TC "+canary+":", 1))
		answered(t, c, "F", "secret_sent", true, "Send the access ID in its place, and replace the secret key")
	})
	t.Run("a preset", func(t *testing.T) {
		c := ownHeadersCase()
		c.Request.Header.Set("X-Id", canary)
		answered(t, c, "F", "secret_sent", true, "he key was sent where the id belongs")
	})
}

// cortexCase is a right request with an advanced key.
func cortexCase(nonce, timestamp string) *Case {
	sum := sha256.Sum256([]byte(canary + nonce + timestamp))
	h := make(http.Header)
	for name, value := range map[string]string{"x-xdr-auth-id": "7", "x-xdr-nonce": nonce, "x-xdr-timestamp": timestamp,
		"Authorization": hex.EncodeToString(sum[:])} {
		h.Set(name, value)
	}
	return &Case{Signer: "cortex", Options: map[string]string{"api_key_id": "7", "api_key": canary}, Now: moment,
		Request: signers.Message{Method: "POST", Host: "api-t.example", Target: "/public_api/v1/x", Header: h, Body: []byte("{}")}}
}

// threatConnectCase is a request that is signed for a timestamp.
func threatConnectCase(timestamp string) *Case {
	h := hmac.New(sha256.New, []byte(canary))
	h.Write([]byte("/api/v3/indicators:GET:" + timestamp))
	return &Case{Signer: "threatconnect", Options: map[string]string{"access_id": "1", "secret_key": canary}, Now: moment,
		Request: signers.Message{Method: "GET", Host: "tc.example", Target: "/api/v3/indicators", Header: http.Header{
			"Authorization": {"TC 1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))}, "Timestamp": {timestamp}}}}
}

// ownHeadersCase is a right request of a scheme of operations with a header each for ID, time and signature.
func ownHeadersCase() *Case {
	stamp := strconv.FormatInt(moment.Unix(), 10)
	h := hmac.New(sha256.New, []byte(canary))
	h.Write([]byte("GET/v1/x" + stamp + "public"))
	return &Case{Signer: "custom", Now: moment, Values: signers.Values{
		"operations": {"let text = [[method]][[target]][[now|unix]][[opt.id]]\nheader X-Id = [[opt.id]]\n" +
			"header X-Time = [[now|unix]]\nheader X-Sign = [[text|hmac_sha256:opt.key|hex]]"},
		"options.id": {"public"}, "secrets.key": {canary},
	}, Request: signers.Message{Method: "GET", Host: "h.example", Target: "/v1/x", Header: http.Header{
		"X-Id": {"public"}, "X-Time": {stamp}, "X-Sign": {hex.EncodeToString(h.Sum(nil))}}}}
}

func TestValuesInEachOthersHeadersAreFound(t *testing.T) {
	stamp := strconv.FormatInt(moment.Unix(), 10)
	swap := func(c *Case, a, b string) *Case {
		h := c.Request.Header
		x, y := h.Get(a), h.Get(b)
		h.Set(a, y)
		h.Set(b, x)
		return c
	}
	late := swap(cortexCase(strings.Repeat("n", 64), stamp+"000"), "X-Xdr-Nonce", "X-Xdr-Timestamp")
	late.Now = moment.Add(17 * time.Minute)
	for name, tt := range map[string]struct {
		c            *Case
		causes, says string
	}{
		"nonce and timestamp of Cortex": {swap(cortexCase(strings.Repeat("n", 64), stamp+"000"), "X-Xdr-Nonce", "X-Xdr-Timestamp"),
			"headers_swapped", "X-Xdr-Nonce and X-Xdr-Timestamp are exchanged"},
		"an old one": {late, "headers_swapped clock_off", "17 minutes behind"},
		"date and signature": {swap(darktraceCase("/devices", "/devices"), "Dtapi-Date", "Dtapi-Signature"),
			"headers_swapped", "Dtapi-Date and"},
		"token and signature": {swap(darktraceCase("/devices", "/devices"), "Dtapi-Token", "Dtapi-Signature"),
			"headers_swapped", "and Dtapi-Token"},
		"token and date": {swap(darktraceCase("/devices", "/devices"), "Dtapi-Token", "Dtapi-Date"),
			"headers_swapped", "Swap the two values back"},
		"timestamp and Authorization": {swap(threatConnectCase(stamp), "Timestamp", "Authorization"), "headers_swapped", "and Timestamp"},
		"headers of a preset":         {swap(ownHeadersCase(), "X-Time", "X-Sign"), "headers_swapped", "X-Sign and X-Time"},
	} {
		t.Run(name, func(t *testing.T) {
			answered(t, tt.c, "D", tt.causes, true, tt.says)
			without := *tt.c
			without.Options, without.Values = nil, signers.Values{"operations": tt.c.Values["operations"],
				"options.id": {"public"}, "secrets.key": {""}}
			if f := diagnosed(t, &without); f.Proved {
				t.Errorf("%v is proved without the secret", f.Causes)
			}
		})
	}
}

// The signature is the same as if the headers were exchanged, and they are not.
func TestPartsInAnotherOrderAreNotHeadersInAnother(t *testing.T) {
	nonce, stamp := strings.Repeat("n", 64), strconv.FormatInt(moment.UnixMilli(), 10)
	for name, nonce := range map[string]string{"a nonce of letters": nonce, "a nonce that could be a time": "1767323099000"} {
		t.Run(name, func(t *testing.T) {
			c := cortexCase(stamp, nonce)
			c.Request.Header.Set("x-xdr-nonce", nonce)
			c.Request.Header.Set("x-xdr-timestamp", stamp)
			answered(t, c, "F", "wrong_construction", true, "parts in another order")
		})
	}
}
