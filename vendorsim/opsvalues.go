package vendorsim

import (
	"crypto/sha1"
	"encoding/pem"
	"errors"
	"strconv"
	"strings"
	"time"
)

// certificateSum is the SHA-1 of the first certificate of a text in PEM, as x5t in a JWT has it (RFC 7515, 4.1.7).
func certificateSum(text string) (string, bool) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return "", false
	}
	sum := sha1.Sum(block.Bytes)
	return string(sum[:]), true
}

// obfuscate makes Zscaler Internet Access' key of KEY:MILLISECONDS. Zscaler's page "Getting Started" of the API has it in
// Python: the last six digits are places in the key; then those of half their number, filled up with zeros, are places two
// further on.
//
//	abcdefghijkl:1700000123456 -> bcdefg of 123456, cidjek of 061728: bcdefgcidjek
func obfuscate(text string) (string, bool) {
	at := strings.LastIndex(text, ":")
	if at < 0 || len(text)-at <= 6 {
		return "", false
	}
	key, high := text[:at], text[len(text)-6:]
	n, ok := digits("1" + high)
	if !ok || len(key) < 12 {
		return "", false
	}
	// Zscaler's code shifts the number by one bit. The million keeps the leading zeros of both numbers, and is taken off
	// before it is printed.
	low := strconv.FormatInt((n-1_000_000)>>1+1_000_000, 10)[1:]
	obfuscated := make([]byte, 0, 12)
	for _, d := range []byte(high) {
		obfuscated = append(obfuscated, key[d-'0'])
	}
	for _, d := range []byte(low) {
		obfuscated = append(obfuscated, key[d-'0'+2])
	}
	return string(obfuscated), true
}

// readDuration reads a duration such as 5m, or whole seconds.
func readDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if n, ok := digits(text); ok {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err == nil && (d <= 0 || d > 366*24*time.Hour) {
		err = errors.New("not between nothing and a year")
	}
	return d, err
}
