package main

import (
	"math/rand/v2"
	"slices"
)

// spread is what many rounds say about one number.
type spread struct {
	Median float64 `json:"median"`
	Q1     float64 `json:"q1"`
	Q3     float64 `json:"q3"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Rounds int     `json:"rounds"`
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(values))
	return spread{Median: quantile(s, 0.5), Q1: quantile(s, 0.25), Q3: quantile(s, 0.75), Min: s[0], Max: s[len(s)-1], Rounds: len(s)}
}

// quantile interpolates between the two nearest of sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func median(values []float64) float64 { return spreadOf(values).Median }

// pairs combines what two subjects measured in the same rounds. A machine that is slow for a while is slow for both,
// so the spread of the results is smaller than that of either.
func pairs(a, b []float64, combine func(a, b float64) float64) spread {
	combined := make([]float64, len(a))
	for i := range a {
		combined[i] = combine(a[i], b[i])
	}
	return spreadOf(combined)
}

// means are those of some subjects in each round.
func means(values [][]float64, subjects []int) []float64 {
	all := make([]float64, len(values[0]))
	for _, subject := range subjects {
		for round, v := range values[subject] {
			all[round] += v / float64(len(subjects))
		}
	}
	return all
}

func ratio(a, b float64) float64 { return a / b }

// interleave runs every subject once in each round, in an order that is drawn afresh: nobody is always first, or always
// behind the same one.
func interleave(rounds, subjects int, run func(round, subject int) error) error {
	for round := range rounds {
		for _, subject := range rand.Perm(subjects) {
			if err := run(round, subject); err != nil {
				return err
			}
		}
	}
	return nil
}

// table has a row of zeros for each subject.
func table(subjects, rounds int) [][]float64 {
	t := make([][]float64, subjects)
	for i := range t {
		t[i] = make([]float64, rounds)
	}
	return t
}
