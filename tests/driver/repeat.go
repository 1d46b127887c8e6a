//go:build go1.21

package driver

import (
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Repeat makes a vendor's signer and returns what signs the same request so many times: for benchmarks, which cross into the
// interpreter once.
func Repeat(vendor string, config []byte, body []byte) (func(n int) error, error) {
	s, err := signer(vendor, config)
	if err != nil {
		return nil, err
	}
	sign := s.Sign
	at := &signers.Moment{Time: time.Unix(1e9, 0), Nonce: "00112233445566778899aabbccddeeff"}
	at.Date = s.Date(at.Time)
	return func(n int) error {
		m := &signers.Message{Method: "GET", Host: "api.acme.example", Header: make(http.Header), Body: body}
		for i := 0; i < n; i++ {
			m.Target = "/api/v1/devices?limit=100&offset=0"
			if err := sign(m, at); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
