//go:build go1.21

package program

import (
	"crypto/sha1"
	"encoding/pem"
	"strings"
)

// certificateSHA1 is the SHA-1 of the first certificate of a text in PEM: the value of x5t in a JWT's header
// before its encoding. Source: RFC 7515, 4.1.7. It is an identifier that the token service looks the certificate
// up by, so the weakness of SHA-1 does not matter here. It fails if the first block of the text is no certificate,
// for instance a private key in the wrong option.
func certificateSHA1(text string) (string, bool) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return "", false
	}
	sum := sha1.Sum(block.Bytes)
	return string(sum[:]), true
}

// zscalerKey obfuscates an API key of Zscaler Internet Access with the milliseconds that follow it in the text,
// after a colon. The last six digits choose characters of the key, then those of half the number of the digits,
// two places further on. Source: help.zscaler.com, "Getting Started" of the Zscaler Internet Access API;
// zscaler-sdk-go, obfuscateAPIKey.
//
//	"abcdefghijkl:1700000123456" -> "bcdefgcidjek"
//
// The digits 123456 choose b to g. Half of them is 061728; its digits, two further on, choose c, i, d, j, e and k.
// The result protects nothing: whoever sees it and the time has most of the key. So it counts as the secret that
// it is made of.
func zscalerKey(text string) (string, bool) {
	i := strings.LastIndexByte(text, ':')
	// A digit may be 9, and two further on is place 11, so a key needs 12 characters. The text comes from an
	// option and the time, so a failure is a fault of the configuration in practice.
	if i < 12 || len(text)-i-1 < 6 {
		return "", false
	}
	key, high := text[:i], text[len(text)-6:]
	number := 0
	var b strings.Builder
	for _, digit := range high {
		if digit < '0' || digit > '9' {
			return "", false
		}
		number = number*10 + int(digit-'0')
		b.WriteByte(key[digit-'0'])
	}
	// Half the number has six digits again, with zeros in front.
	half := number >> 1
	low := make([]byte, 6)
	for n := 5; n >= 0; n-- {
		low[n] = byte(half % 10)
		half /= 10
	}
	for _, digit := range low {
		if int(digit)+2 >= len(key) {
			return "", false
		}
		b.WriteByte(key[digit+2])
	}
	return b.String(), true
}
