package outbound

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestOptionsOfATokenServiceThatNobodyAsksAreDoubted(t *testing.T) {
	for _, test := range []struct {
		vendor string
		values signers.Values
		want   []string
	}{
		{"bearer", signers.Values{"token": {"t"}, "token_client_certificate": {"/c"}, "token_client_key": {"/k"}},
			[]string{"token_client_certificate has no effect: no token is fetched with these options"}},
		{"jwt", signers.Values{"algorithm": {"HS256"}, "shared_secret": {"s"}, "claims": {"iss=a"}, "token_ca": {"/c"}},
			[]string{"token_ca has no effect: no token is fetched with these options"}},
		{"oauth2", signers.Values{"client_id": {"i"}, "client_secret": {"s"}, "token_url": {"https://idp.example/t"}, "token_ca": {"/c"}}, nil},
	} {
		test.values["host"] = []string{"vendor.example"}
		doubts := Doubts(test.vendor, test.values)
		if len(doubts) != len(test.want) || len(doubts) > 0 && doubts[0].Text != test.want[0] {
			t.Errorf("%s: %v, want %v", test.vendor, doubts, test.want)
		}
	}
}
