package diagnose

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestWhiteSpaceAroundAHeaderIsTheSecretsOnlyWhereTheSecretIsSent(t *testing.T) {
	stamp := strconv.FormatInt(moment.Unix(), 10)
	padded := func(c *Case, header string) *Case {
		c.Request.Header.Set(header, c.Request.Header.Get(header)+" ")
		return c
	}
	for name, tt := range map[string]struct {
		c                  *Case
		class, cause, says string
	}{
		"a timestamp":             {padded(threatConnectCase(stamp), "Timestamp"), "D", "header_whitespace", "surrounds the value of Timestamp"},
		"a timestamp, and signed": {threatConnectCase(stamp + " "), "D", "header_whitespace", "Send and sign the value without it"},
		"Authorization":           {padded(threatConnectCase(stamp), "Authorization"), "D", "header_whitespace", "value of Authorization"},
		"a nonce": {padded(cortexCase(strings.Repeat("n", 64), stamp+"000"), "X-Xdr-Nonce"), "D", "header_whitespace",
			"value of x-xdr-nonce"},
		"a header of a preset":     {padded(ownHeadersCase(), "X-Id"), "D", "header_whitespace", "value of X-Id"},
		"a key that is sent as is": {keyCase(canary + " "), "F", "secret_whitespace", "value of Authorization"},
	} {
		t.Run(name, func(t *testing.T) { answered(t, tt.c, tt.class, tt.cause, true, tt.says) })
	}
}

// keyCase is a request with a standard key of Cortex.
func keyCase(key string) *Case {
	return &Case{Signer: "cortex", Options: map[string]string{"api_key_id": "7", "api_key": canary, "key_type": "standard"}, Now: moment,
		Request: signers.Message{Method: "POST", Host: "api-t.example", Target: "/x", Header: http.Header{
			"Authorization": {key}, "X-Xdr-Auth-Id": {"7"}}}}
}
