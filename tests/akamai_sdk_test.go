package tests

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/akamai/AkamaiOPEN-edgegrid-golang/v11/pkg/edgegrid"
)

// edgeGridDraws are what Akamai's signer draws itself.
var edgeGridDraws = regexp.MustCompile(`timestamp=([^;]+);nonce=([^;]+);`)

// Akamai's own signer for Go and the preset make the same Authorization of the same request, moment and nonce. Where the two differ,
// these requests avoid it:
//
//   - Akamai's signer for Go signs headers in alphabetical order and with their values in lower case. The preset keeps the order of
//     headers_to_sign and the values, as Akamai's libraries for Python and other languages do. Here there is one header at most, in lower
//     case.
//   - It makes of two or more blanks one, and keeps a single tab; the preset makes one blank of either. Here there are no tabs.
//   - It signs a path in the escaping that net/url prefers, which may be another one than what is sent. Here the two are the same.
//   - It drops a question mark without a query from what it signs, and net/http sends it. Here there is none.
//   - It sorts and spells the whole query anew when it adds accountSwitchKey, a blank as a plus; the preset adds the parameter behind the
//     others. Here they are in order, and have pluses then.
func TestAkamaisOwnSigner(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		n := 6000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 400
		}
		r := rand.New(rand.NewPCG(11, uint64(n)))
		made := map[string]signFunc{}
		for i := range n {
			const host = "akab-host.luna.akamaiapis.net"
			theirs := edgegrid.Config{Host: host, ClientToken: "akab-client", ClientSecret: "secret/+=", AccessToken: "akab-access", MaxBody: 131072}
			ours := map[string]any{"client_token": "akab-client", "client_secret": "secret/+=", "access_token": "akab-access"}
			if r.IntN(2) == 0 {
				theirs.MaxBody = 5
				ours["max_body_hashed"] = 5
			}
			if r.IntN(2) == 0 {
				theirs.HeaderToSign = []string{"X-Test1"}
				ours["headers_to_sign"] = []string{"X-Test1"}
			}
			method := []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}[r.IntN(6)]
			target := "/" + awsText(r) + "/" + awsText(r) + []string{"", "/"}[r.IntN(2)]
			if r.IntN(2) == 0 {
				target += "?A=" + awsText(r) + []string{"", "&a=" + awsText(r)}[r.IntN(2)]
				if r.IntN(3) == 0 {
					theirs.AccountKey = "B-C:1-2"
					ours["account_switch_key"] = "B-C:1-2"
					path, query, _ := strings.Cut(target, "?")
					target = path + "?" + strings.ReplaceAll(query, "%20", "+")
				}
			}
			body := strings.Repeat("b", r.IntN(9))
			request, err := http.NewRequest(method, "https://"+host+target, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if request.URL.RequestURI() != target {
				t.Fatalf("%s is sent as %s", target, request.URL.RequestURI())
			}
			if r.IntN(2) == 0 {
				request.Header.Set("X-Test1", " some   value"+strings.Repeat(" ", r.IntN(3))+"x ")
			}
			header := request.Header.Clone()
			theirs.SignRequest(request)
			want := request.Header.Get("Authorization")
			drawn := edgeGridDraws.FindStringSubmatch(want)
			if drawn == nil {
				t.Fatal(want)
			}
			at, err := time.Parse("20060102T15:04:05-0700", drawn[1])
			if err != nil {
				t.Fatal(err)
			}
			config, err := json.Marshal(ours)
			if err != nil {
				t.Fatal(err)
			}
			sign := made[string(config)]
			if sign == nil {
				if sign, err = d.Signer("akamai", config); err != nil {
					t.Fatal(err)
				}
				made[string(config)] = sign
			}
			signed, sent, _, _, err := sign(method, host, target, header, []byte(body), at, "", drawn[2], "")
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			if sent == "" {
				sent = target
			}
			if got := signed.Get("Authorization"); got != want || sent != request.URL.RequestURI() {
				t.Fatalf("request %d with %s: %s %s %q is signed\n%s, by Akamai's signer\n%s for %s, ours %s", i, config, method, target, header, got, want,
					request.URL.RequestURI(), sent)
			}
		}
		if len(made) < 6 {
			t.Errorf("only %d configurations were tried", len(made))
		}
	})
}
