package tests

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/akamai/AkamaiOPEN-edgegrid-golang/v11/pkg/edgegrid"
)

// edgeGridCase makes a request that Akamai's signer for Go and the preset have to sign alike, and what the former makes of it. They
// differ on purpose in these:
//
//   - Akamai's signer for Go puts the headers to sign in the order of their names; that for Python, and Akamai's description, in the
//     order in which they are configured, as here: they are configured in order.
//   - It signs the values of headers in lower case. That for Python, from whose published test data the preset was made, leaves their case
//     alone, as here: they are in lower case.
//   - It finds a header to sign only where it is spelt in Go's form: so they are spelt.
//   - With an account switch key it decodes the query, sorts it and encodes it anew. Here the key is appended to what was sent, so
//     that case has no other parameter, or one that sorts before it and has one encoding only.
//   - It would hash the body of a method that is spelt POST; so it is spelt.
func edgeGridCase(t *testing.T, r *rand.Rand, number int) (config map[string]any, request *http.Request, body, authorization string) {
	t.Helper()
	const host = "akab-host.luna.akamaiapis.net"
	own := edgegrid.Config{Host: host, ClientToken: "akab-client", ClientSecret: "secret+/=", AccessToken: "akab-access", MaxBody: []int{131072, 10, 1}[number%3]}
	config = map[string]any{"client_token": own.ClientToken, "client_secret": own.ClientSecret, "access_token": own.AccessToken,
		"max_body_hashed": own.MaxBody}
	if number%2 == 0 {
		own.HeaderToSign = []string{"Content-Type", "X-Test1", "X-Test2", "X-Test3"}
		config["headers_to_sign"] = own.HeaderToSign
	}
	target := "/" + awsText(r) + []string{"", "/", "//", "/;a=b,c:@!$'()*+~", "/%2e%2E/%2f"}[r.IntN(5)] + awsText(r)
	if number%5 == 0 {
		own.AccountKey = "1-ABC:1-XYZ"
		config["account_switch_key"] = own.AccountKey
		target += []string{"", "?a=b", "?a=b&a=a"}[r.IntN(3)]
	} else {
		separator := "?"
		for range r.IntN(4) {
			target += separator + awsText(r) + []string{"", "=", "=" + awsText(r), "=a+b:/?@'\"|{}"}[r.IntN(4)]
			separator = []string{"&", "&&", ";"}[r.IntN(3)]
		}
	}
	body = strings.Repeat("bä", r.IntN(10))
	request, err := http.NewRequest([]string{"GET", "POST", "POST", "PUT", "DELETE", "PATCH"}[r.IntN(6)], "https://"+host+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"X-Test3", "Content-Type", "X-Test1", "X-Extra"} {
		if r.IntN(2) == 0 {
			request.Header.Set(name, fmt.Sprintf("%s value\t\t%d  é:;%s", strings.Repeat(" ", r.IntN(3)), r.IntN(100), strings.Repeat(" ", r.IntN(3))))
		}
	}
	signed := request.Clone(t.Context())
	signed.Body = request.Body
	own.SignRequest(signed)
	return config, request, body, signed.Header.Get("Authorization")
}

func TestAkamaisOwnSignerSignsTheSame(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		n := 10000
		if strings.HasSuffix(t.Name(), "interpreted") {
			n = 400
		}
		r := rand.New(rand.NewPCG(11, uint64(n)))
		made := map[string]signFunc{}
		var hashed, switched int
		for i := range n {
			config, request, body, want := edgeGridCase(t, r, i)
			text, err := json.Marshal(config)
			if err != nil {
				t.Fatal(err)
			}
			sign := made[string(text)]
			if sign == nil {
				if sign, err = d.Signer("akamai", text); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				made[string(text)] = sign
			}
			parts := strings.Split(want, ";") // EG1-HMAC-SHA256 client_token=…;access_token=…;timestamp=…;nonce=…;signature=…
			if len(parts) != 5 {
				t.Fatalf("Akamai's signer wrote %q", want)
			}
			at, err := time.Parse("timestamp=20060102T15:04:05-0700", parts[2])
			if err != nil {
				t.Fatal(err)
			}
			_, target, _ := strings.Cut(request.URL.String(), request.URL.Host)
			header, sent, canonical, _, err := sign(request.Method, request.URL.Host, target, request.Header, []byte(body), at, "",
				strings.TrimPrefix(parts[3], "nonce="), "")
			if err != nil {
				t.Fatalf("request %d: %s %s: %v", i, request.Method, target, err)
			}
			if got := header.Get("Authorization"); got != want {
				t.Fatalf("request %d with %s: %s %s %q is signed\n%s, by Akamai's signer\n%s\nwhat is signed is\n%s", i, text, request.Method, target,
					request.Header, got, want, canonical)
			}
			if request.Method == "POST" && body != "" {
				hashed++
			}
			if strings.HasSuffix(sent, "accountSwitchKey=1-ABC%3A1-XYZ") {
				switched++
			}
		}
		if hashed < n/8 || switched < n/8 || len(made) < 10 {
			t.Errorf("%d bodies were hashed, %d accounts switched, %d configurations tried", hashed, switched, len(made))
		}
	})
}
