package diagnose

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// A key that is sent as it is anyway has reached nobody but the vendor.
func TestAKeyUnderAMisspeltNameHasNotLeaked(t *testing.T) {
	const key = "ABCDEFGHIJKLMNOPQRSTUVWX"
	cbOptions := map[string]string{"api_id": "ABCDEFGHIJ", "api_secret_key": key}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+key))
	for name, tt := range map[string]struct {
		signer                     string
		options                    map[string]string
		host, target               string
		header, value              string
		class, cause, says, hosted string
	}{
		"Carbon Black": {"carbonblack", cbOptions, "defense.example", "/", "X-Auth-Tokn", key + "/ABCDEFGHIJ", "D", "header_not_sent",
			"Write the name of the header as X-Auth-Token.", ""},
		"another header": {"carbonblack", cbOptions, "defense.example", "/", "X-Something", key + "/ABCDEFGHIJ", "F", "wrong_header",
			"sent in the header X-Something, and the vendor reads X-Auth-Token", ""},
		"another host": {"carbonblack", cbOptions, "other.example", "/", "X-Auth-Tokn", key + "/ABCDEFGHIJ", "F",
			"secret_sent host_differs header_not_sent", "sent in the header X-Auth-Tokn", "defense.example"},
		"in the URL": {"carbonblack", cbOptions, "defense.example", "/?key=" + key, "X-Auth-Tokn", "x", "F", "secret_sent header_not_sent",
			"Send the secret in its own place alone", ""},
		"a standard key of Cortex": {"cortex", map[string]string{"api_key_id": "7", "api_key": key, "key_type": "standard"}, "api-t.example", "/",
			"Authorizaton", key, "D", "header_not_sent", "Write the name of the header as Authorization.", ""},
		"an advanced key of Cortex": {"cortex", map[string]string{"api_key_id": "7", "api_key": key}, "api-t.example", "/", "Authorizaton", key,
			"F", "secret_sent header_not_sent", "sent in the header Authorizaton", ""},
		"a token of ThreatConnect": {"threatconnect", map[string]string{"token": key}, "tc.example", "/", "Authorizaton", "TC-Token " + key, "D",
			"header_not_sent", "Write the name of the header as Authorization.", ""},
		"a preset with a fixed header": {"tenable", map[string]string{"access_key": "0123456789", "secret_key": key}, "cloud.tenable.com", "/",
			"X-ApiKey", "accessKey=0123456789;secretKey=" + key, "D", "header_not_sent", "Write the name of the header as X-ApiKeys.", ""},
		"a preset with Basic": {"qualys", map[string]string{"username": "me", "password": key}, "qualysapi.qualys.com", "/", "Authorisation",
			basic, "D", "header_not_sent", "Write the name of the header as Authorization.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Case{Signer: tt.signer, Options: tt.options, Now: moment, Request: signers.Message{Method: "GET", Host: tt.host, Target: tt.target,
				Header: http.Header{tt.header: {tt.value}}}}
			if tt.hosted != "" {
				c.Hosts = []string{tt.hosted}
			}
			if tt.signer == "cortex" {
				c.Request.Header["X-Xdr-Auth-Id"] = []string{"7"}
				if tt.options["key_type"] == "" {
					c.Request.Header["X-Xdr-Nonce"], c.Request.Header["X-Xdr-Timestamp"] = []string{"n"}, []string{"1767323045000"}
				}
			}
			answered(t, c, tt.class, tt.cause, true, tt.says)
		})
	}
}
