package tests

import (
	"regexp"
	"strings"
	"testing"
)

func TestNoncesAre64AlphanumericsEachAsLikelyAsTheOther(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	const draws = 2000
	both(t, func(t *testing.T, d drive) {
		seen := make(map[string]bool)
		counts := make([]int, len(alphabet))
		for i := 0; i < draws; i++ {
			nonce, err := d.NewNonce("alnum:64")
			if err != nil {
				t.Fatal(err)
			}
			if len(nonce) != 64 || strings.Trim(nonce, alphabet) != "" {
				t.Fatalf("the nonce is %q", nonce)
			}
			if seen[nonce] {
				t.Fatalf("%q appears twice", nonce)
			}
			seen[nonce] = true
			for _, c := range nonce {
				counts[strings.IndexRune(alphabet, c)]++
			}
		}
		// With 61 degrees of freedom, chance exceeds 200 once in 10^16 runs. Bytes modulo 62, the mistake to find,
		// give 900 on average.
		expected := float64(draws*64) / float64(len(alphabet))
		chiSquare := 0.0
		for _, n := range counts {
			chiSquare += (float64(n) - expected) * (float64(n) - expected) / expected
		}
		if chiSquare > 200 {
			t.Errorf("chi-square is %.0f, counts %v", chiSquare, counts)
		}
	})
}

func TestNoncesHaveTheFormOfTheirKind(t *testing.T) {
	tests := map[string]string{
		"uuid":      `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"alnum:8":   `^[0-9A-Za-z]{8}$`,
		"alnum:128": `^[0-9A-Za-z]{128}$`,
		"hex:16":    `^[0-9a-f]{32}$`,
		"base64:64": `^[0-9A-Za-z+/]{86}==$`,
		"digits:19": `^1[0-9]{18}$`,
	}
	both(t, func(t *testing.T, d drive) {
		for kind, form := range tests {
			one, err := d.NewNonce(kind)
			two, again := d.NewNonce(kind)
			if err != nil || again != nil || one == two || !regexp.MustCompile(form).MatchString(one) {
				t.Errorf("%s: %q and %q, %v", kind, one, two, err)
			}
		}
		for _, kind := range []string{"", "uuid:4", "alnum", "alnum:7", "hex:0x10", "hex:129", "random:16"} {
			if nonce, err := d.NewNonce(kind); err == nil {
				t.Errorf("%s: there is no such kind, and %q was drawn", kind, nonce)
			}
		}
	})
}

func TestEveryCortexRequestHasItsOwnNonce(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		one, two := try(t, d, attempt{vendor: "cortex"}), try(t, d, attempt{vendor: "cortex"})
		a, b := one.r.Header.Get("X-Xdr-Nonce"), two.r.Header.Get("X-Xdr-Nonce")
		if len(a) != 64 || len(b) != 64 || a == b || one.r.Header.Get("Authorization") == two.r.Header.Get("Authorization") {
			t.Errorf("the nonces are %q and %q", a, b)
		}
	})
}
