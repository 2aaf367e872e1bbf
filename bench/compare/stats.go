//go:build linux

package main

import (
	"math"
	"slices"
)

// quantile returns the value below which the share q of vs lies, between two
// values by linear interpolation; NaN if there are none.
func quantile(vs []float64, q float64) float64 {
	if len(vs) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(vs))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func median(vs []float64) float64 { return quantile(vs, 0.5) }

// ratios divides pair by pair, as far as both go.
func ratios(a, b []float64) []float64 {
	n := min(len(a), len(b))
	rs := make([]float64, n)
	for i := range n {
		rs[i] = a[i] / b[i]
	}
	return rs
}

// inverse returns 1 divided by each.
func inverse(vs []float64) []float64 {
	is := make([]float64, len(vs))
	for i, v := range vs {
		is[i] = 1 / v
	}
	return is
}

// scaled returns each times factor.
func scaled(vs []float64, factor float64) []float64 {
	ss := make([]float64, len(vs))
	for i, v := range vs {
		ss[i] = v * factor
	}
	return ss
}
