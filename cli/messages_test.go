package cli

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// botKey is the Ed25519 key of RFC 9421, appendix B.1.4.
const botKey = `{"kty":"OKP","crv":"Ed25519","d":"n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}`

func TestKeysPrintsTheDirectoryWithoutThePrivateMembers(t *testing.T) {
	t.Setenv("BOT_KEY", botKey)
	const want = `{
  "keys": [
    {
      "crv": "Ed25519",
      "kty": "OKP",
      "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
      "kid": "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U",
      "use": "sig"
    }
  ]
}
`
	if status, stdout, stderr := runCLI("", "keys", "web_bot_auth", "--private-jwk", "env:BOT_KEY"); status != 0 || stdout != want || stderr != "" {
		t.Errorf("%d, %s\n%s", status, stderr, stdout)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "private_key is required"},
		{[]string{"--private-key", "env:NO_SUCH_KEY"}, "NO_SUCH_KEY"},
		{[]string{"--private-key", botKey}, "takes a reference"},
	} {
		status, stdout, stderr := runCLI("", append([]string{"keys", "web_bot_auth"}, tt.args...)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "n4Ni") {
			t.Errorf("%s: %d, %s%s", tt.args, status, stdout, stderr)
		}
	}
}

func TestExplainShowsEachComponentOfAMessageSignature(t *testing.T) {
	t.Setenv("BOT_KEY", botKey)
	status, stdout, stderr := runCLI("", "explain", "httpsig", "--key-id", "k1", "--private-jwk", "env:BOT_KEY", "--url", "https://api.example.com/v1?page=2",
		"--header", "Content-Type: application/json", "--data", `{"hello": "world"}`, "--time", "2026-01-02T03:04:05Z")
	for _, part := range []string{"\n  @query             \"@query\": ?page=2␊\n", "\n  content-digest     ", "\nhashed: Ed25519 with the private key over ",
		`-H 'Content-Digest: sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'`, `;created=1767323045;keyid="k1";alg="ed25519"'`} {
		if status != 0 || stderr != "" || !strings.Contains(stdout, part) || strings.Contains(stdout, "n4Ni") {
			t.Errorf("status %d, %s, %q is missing in\n%s", status, stderr, part, stdout)
		}
	}
}

func TestSignReproducesTheVectorsOfMessageSignatures(t *testing.T) {
	signed := 0
	for _, name := range []string{"httpsig", "web-bot-auth", "cavage-oci"} {
		data, err := os.ReadFile("../tests/testdata/breadth/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var vectors []map[string]json.RawMessage
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			line := map[string]json.RawMessage{}
			for _, key := range []string{"signer", "config", "request", "time", "nonce", "date"} {
				if v[key] != nil {
					line[key] = v[key]
				}
			}
			text, err := json.Marshal(line)
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Headers   map[string]string
				Canonical string
				Verify    struct{ Headers []string } // of a randomised signature, which the tests of the signer verify
			}
			var got struct {
				Headers          map[string]string
				Canonical, Error string
			}
			if err := json.Unmarshal(v["expect"], &want); err != nil {
				t.Fatal(err)
			}
			status, stdout, _ := runCLI(string(text)+"\n", "sign")
			if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 {
				t.Errorf("%s: %d, %v, %s", v["id"], status, err, stdout)
				continue
			}
			for name, value := range want.Headers {
				if got.Headers[name] != value && !slices.Contains(want.Verify.Headers, name) {
					t.Errorf("%s: %s is %q, want %q", v["id"], name, got.Headers[name], value)
				}
			}
			if want.Canonical != "" && got.Canonical != want.Canonical {
				t.Errorf("%s: the text is\n%q, want\n%q", v["id"], got.Canonical, want.Canonical)
			}
			signed++
		}
	}
	if signed != 19 {
		t.Errorf("%d vectors signed, want 19", signed)
	}
}
