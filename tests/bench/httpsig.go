package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
)

// httpsigCost is what an HTTP message signature costs, compiled, over the bare signature or hash of the same bytes in the same run.
type httpsigCost struct {
	NS         float64 `json:"ns"`
	Allocs     float64 `json:"allocs"`
	Bytes      float64 `json:"bytes"`
	FloorNS    float64 `json:"floor_ns"`
	FloorRatio spread  `json:"floor_ratio"`
}

// httpsigMode is a GET of which method, authority and path are signed.
type httpsigMode struct {
	name, key, value string // the option of the key
	floor            func(text []byte)
}

// httpsigSecret has the length of a hash's block.
const httpsigSecret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// httpsigKey is the test key of RFC 9421, B.1.4.
const httpsigKey = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n"

var httpsigModes = []httpsigMode{
	{name: "httpsig-ed25519", key: "private_key", value: httpsigKey, floor: bareEd25519()},
	{name: "httpsig-hmac", key: "shared_secret", value: base64.StdEncoding.EncodeToString([]byte(httpsigSecret)), floor: bareHMAC()},
}

func bareEd25519() func(text []byte) {
	key := ed25519.NewKeyFromSeed([]byte(httpsigSecret[:ed25519.SeedSize]))
	return func(text []byte) { ed25519.Sign(key, text) }
}

func bareHMAC() func(text []byte) {
	mac, sum := hmac.New(sha256.New, []byte(httpsigSecret)), make([]byte, 0, sha256.Size)
	return func(text []byte) {
		mac.Reset()
		mac.Write(text)
		sum = mac.Sum(sum[:0])
	}
}

func (m httpsigMode) config() signers.Values {
	return signers.Values{"key_id": {"gateway"}, m.key: {m.value}, "components": {"@method", "@authority", "@path"}}
}

const httpsigTarget = "/api/v1/devices?limit=100&offset=0"

func measureHTTPSig(p plan) (map[string]httpsigCost, error) {
	all := make(map[string]httpsigCost)
	for _, m := range httpsigModes {
		s, err := signerOf("httpsig", m.config())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		message := &signers.Message{Method: "GET", Host: vendorHost, Target: httpsigTarget, Header: usualHeaders()}
		parts, err := s.Canonical(message, moment(s, 0))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		var text strings.Builder
		for _, part := range parts {
			text.WriteString(part.Text)
		}
		data := []byte(text.String())
		floor := func(n int) error {
			for range n {
				m.floor(data)
			}
			return nil
		}
		ours := signing(s, message)
		times, err := measure(p, []subject{ours, floor})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		cost := httpsigCost{NS: median(times[0]), FloorNS: median(times[1]), FloorRatio: pairs(times[0], times[1], ratio)}
		if cost.Bytes, cost.Allocs, err = memory(ours); err != nil {
			return nil, err
		}
		all[m.name] = cost
	}
	return all, nil
}

// handler is the plugin for the mode.
func (m httpsigMode) handler(plugin interpret.Plugin, next http.Handler) (http.Handler, error) {
	options := pluginOptions(m.config())
	options["components"] = []any{"@method", "@authority", "@path"}
	return plugin.New(map[string]any{"httpsig": options}, next)
}
