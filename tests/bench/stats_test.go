package main

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

func TestSpreadIsOfAllRounds(t *testing.T) {
	got := spreadOf([]float64{5, 1, 4, 2, 3})
	want := spread{Median: 3, Q1: 2, Q3: 4, Min: 1, Max: 5, Rounds: 5}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := median([]float64{1, 2}); got != 1.5 {
		t.Errorf("the median of two is %v", got)
	}
}

// A slow round slows both down, and the ratio stays what it is.
func TestPairsCompareWithinARound(t *testing.T) {
	got := pairs([]float64{10, 100, 20}, []float64{5, 50, 10}, ratio)
	if got.Min != 2 || got.Max != 2 {
		t.Errorf("got %+v, want 2 in every round", got)
	}
}

func TestMeansAreThoseOfARound(t *testing.T) {
	got := means([][]float64{{10, 100}, {7, 7}, {20, 300}}, []int{0, 2})
	if want := []float64{15, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryRoundHasEverySubjectOnce(t *testing.T) {
	seen := table(3, 9)
	interleave(9, 3, func(round, subject int) error {
		seen[subject][round]++
		return nil
	})
	for _, rounds := range seen {
		for _, n := range rounds {
			if n != 1 {
				t.Fatalf("got %v", seen)
			}
		}
	}
}

func TestOnlyAnAnswerFromTheVendorCounts(t *testing.T) {
	for _, test := range []struct {
		answer string
		ok     bool
	}{
		{"HTTP/1.1 200 OK\r\nDate: x\r\ncontent-length: 2\r\n\r\nok", true},
		{"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", false},
		{"HTTP/1.1 200 OK\r\n\r\n", false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", false},
	} {
		if err := readAnswer(bufio.NewReader(strings.NewReader(test.answer))); (err == nil) != test.ok {
			t.Errorf("%q: %v", test.answer, err)
		}
	}
}
