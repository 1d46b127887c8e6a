package tests

import (
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
			nonce, err := d.NewNonce()
			if err != nil {
				t.Fatal(err)
			}
			if len(nonce) != 64 || strings.Trim(nonce, alphabet) != "" {
				t.Fatalf("the nonce is %q", nonce)
			}
			if seen[nonce] {
				t.Fatalf("%q comes twice", nonce)
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

func TestEveryCortexRequestHasItsOwnNonce(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		one, two := try(t, d, attempt{vendor: "cortex"}), try(t, d, attempt{vendor: "cortex"})
		a, b := one.r.Header.Get("X-Xdr-Nonce"), two.r.Header.Get("X-Xdr-Nonce")
		if len(a) != 64 || len(b) != 64 || a == b || one.r.Header.Get("Authorization") == two.r.Header.Get("Authorization") {
			t.Errorf("the nonces are %q and %q", a, b)
		}
	})
}
