//go:build go1.21

package driver

import (
	"net/url"

	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Direct sends a token request past a proxy, and returns the status of the answer.
func Direct(address, proxy string) (int, error) {
	u, err := url.Parse(proxy)
	if err != nil {
		return 0, err
	}
	answer, err := tokens.NewFetch(tokens.Client{Proxy: u, Direct: true})(signers.TokenRequest{Method: "GET", URL: address})
	return answer.Status, err
}
