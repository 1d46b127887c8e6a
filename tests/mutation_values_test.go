package tests

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// byHand are the values of the vectors that were added to tell a changed operation, computed as the vendors describe it and not by
// operations: Authorization by preset and vector.
var byHand = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"azure_cosmos/query-is-not-signed-names-are-decoded-and-the-type-is-lower-case": strings.ReplaceAll(url.QueryEscape("type=master&ver=1.0&sig="+
			base64.StdEncoding.EncodeToString(mac(azureKey, "get\ndbs\nDBS/To Do\nsat, 28 nov 2026 08:30:15 gmt\n\n"))), "+", "%20"),

		"azure_storage/length-that-ends-in-0": "SharedKey acme:" + base64.StdEncoding.EncodeToString(mac(azureKey, "PUT\n\n\n10\n\n\n\n\n\n\n\n\n"+
			"x-ms-blob-type:AppendBlob\nx-ms-date:Sat, 28 Nov 2026 08:30:15 GMT\n"+"/acme/c/log\ncomp:appendblock")),

		"huawei/path-is-encoded-anew": "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=" + hex.EncodeToString(
			mac([]byte("s+/="), "SDK-HMAC-SHA256\n20261128T083015Z\n"+hexSum("GET\n/v2/manage/namespaces/dev/repos/team%24app/tags/\n\n"+
				"host:swr-api.cn-north-4.myhuaweicloud.com\nx-sdk-date:20261128T083015Z\n\nhost;x-sdk-date\n"+hexSum("")))),

		"logicmonitor/only-the-beginning-of-a-path-is-dropped": "LMv1 Hk3yq6X2aB:" + base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(
			mac([]byte("k+/=[]{}"), "GET1795854615250/setting/rest/santaba/rest/1")))) + ":1795854615250",

		"tencent/query-of-a-post-is-not-signed": "TC3-HMAC-SHA256 Credential=AKID/2026-11-28/cvm/tc3_request, SignedHeaders=content-type;host, " +
			"Signature=" + hex.EncodeToString(mac(mac(mac(mac([]byte("TC3s+/="), "2026-11-28"), "cvm"), "tc3_request"),
			"TC3-HMAC-SHA256\n1795854615\n2026-11-28/cvm/tc3_request\n"+hexSum("POST\n/\n\ncontent-type:application/json\n"+
				"host:cvm.tencentcloudapi.com\n\ncontent-type;host\n"+hexSum(`{"Limit":1}`)))),

		"veracode/host-in-capitals": "VERACODE-HMAC-SHA-256 id=3ddaeeb10ca690df3fee5e3bd1c329fa,ts=1795854615250," +
			"nonce=00112233445566778899aabbccddeeff,sig=" + hex.EncodeToString(mac(mac(mac(mac(unhexed(strings.Repeat("0123456789abcdef", 8)),
			string(unhexed("00112233445566778899aabbccddeeff"))), "1795854615250"), "vcode_request_version_1"),
			"id=3ddaeeb10ca690df3fee5e3bd1c329fa&host=api.veracode.com&url=/appsec/v1/applications&method=GET")),

		"veracode/id-in-capitals": "VERACODE-HMAC-SHA-256 id=3DDAEEB10CA690DF3FEE5E3BD1C329FA,ts=1795854615250," +
			"nonce=00112233445566778899aabbccddeeff,sig=" + hex.EncodeToString(mac(mac(mac(mac(unhexed(strings.Repeat("0123456789abcdef", 8)),
			string(unhexed("00112233445566778899aabbccddeeff"))), "1795854615250"), "vcode_request_version_1"),
			"id=3ddaeeb10ca690df3fee5e3bd1c329fa&host=api.veracode.com&url=/appsec/v1/applications&method=GET")),
	}
})

var azureKey = []byte(strings.Repeat("0123456789abcdef", 4))

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func unhexed(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err) // the texts above
	}
	return b
}

func TestVectorsThatTellAChangeHaveValuesMadeByHand(t *testing.T) {
	for key, want := range byHand() {
		name, id, _ := strings.Cut(key, "/")
		found := false
		for _, v := range loadPreset(t, name).Vectors {
			var got string
			if v.ID != id {
				continue
			}
			found = true
			if err := json.Unmarshal(v.Expect.Headers["Authorization"], &got); err != nil || got != want {
				t.Errorf("%s: the file has %q, want %q", key, got, want)
			}
		}
		if !found {
			t.Errorf("%s is gone", key)
		}
	}
}
