package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// floorOf is a reused, keyed hash over the bytes that the mode signs, or nil if it hashes nothing. Where the scheme
// signs the hash of the body or of headers, that hash belongs to it; that of nothing is a constant.
func floorOf(m mode, s signers.Signer, message *signers.Message) (func(n int) error, error) {
	if m.keyed == nil {
		return nil, nil
	}
	parts, err := s.Canonical(message, moment(s, 0))
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	for _, p := range parts {
		text.WriteString(p.Text)
	}
	data, keyed, sum := []byte(text.String()), m.keyed(), make([]byte, 0, 64)
	var apart [][]byte
	if m.also != nil && len(message.Body) > 0 {
		apart = append(apart, message.Body)
	}
	if strings.HasSuffix(m.name, "-xduodate") {
		apart = append(apart, []byte("x-duo-date\x00"+parts[0].Text[:len(parts[0].Text)-1]))
	}
	var also hash.Hash
	if m.also != nil {
		also = m.also()
	}
	return func(n int) error {
		for range n {
			for _, a := range apart {
				also.Reset()
				also.Write(a)
				sum = also.Sum(sum[:0])
			}
			for range m.macs - 1 { // each is the key of the next
				link := hmac.New(sha256.New, sum)
				link.Write(data[:16])
				sum = link.Sum(sum[:0])
			}
			keyed.Reset()
			keyed.Write(data)
			sum = keyed.Sum(sum[:0])
		}
		return nil
	}, nil
}
