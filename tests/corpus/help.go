package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"iter"
	"maps"
	"slices"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

func decode64(s string) ([]byte, error) { return base64.StdEncoding.DecodeString(s) }

func unhex(s string) ([]byte, error) { return hex.DecodeString(s) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // a constant of this package is not what it should be
	}
	return v
}

// inOrder ranges over a map in the order of its keys.
func inOrder[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
