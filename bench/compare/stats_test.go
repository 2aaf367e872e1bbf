//go:build linux

package main

import (
	"math"
	"slices"
	"testing"
)

func TestQuantile(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		q      float64
		want   float64
	}{
		{"one value", []float64{7}, 0.25, 7},
		{"median of an odd number", []float64{9, 1, 5}, 0.5, 5},
		{"median of an even number", []float64{4, 1, 3, 2}, 0.5, 2.5},
		{"lower quartile of nine", []float64{9, 8, 7, 6, 5, 4, 3, 2, 1}, 0.25, 3},
		{"upper quartile of nine", []float64{9, 8, 7, 6, 5, 4, 3, 2, 1}, 0.75, 7},
		{"between two values", []float64{10, 20}, 0.25, 12.5},
		{"the least", []float64{2, 1}, 0, 1},
		{"the greatest", []float64{2, 1}, 1, 2},
	}
	for _, tt := range tests {
		before := slices.Clone(tt.values)
		if got := quantile(tt.values, tt.q); got != tt.want {
			t.Errorf("%s: quantile(%v, %v) = %v; want %v", tt.name, tt.values, tt.q, got, tt.want)
		}
		if !slices.Equal(tt.values, before) {
			t.Errorf("%s: quantile sorted its argument", tt.name)
		}
	}
	if got := quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("quantile(nil, 0.5) = %v; want NaN", got)
	}
}

func TestRatios(t *testing.T) {
	tests := []struct{ a, b, want []float64 }{
		{[]float64{2, 9}, []float64{4, 3}, []float64{0.5, 3}},
		{[]float64{2, 9, 1}, []float64{4}, []float64{0.5}}, // a run that was ended
		{nil, []float64{4}, nil},
	}
	for _, tt := range tests {
		if got := ratios(tt.a, tt.b); !slices.Equal(got, tt.want) {
			t.Errorf("ratios(%v, %v) = %v; want %v", tt.a, tt.b, got, tt.want)
		}
	}
	// The median of the ratios is not the ratio of the medians.
	a, b := []float64{10, 40, 90}, []float64{10, 20, 30}
	if got := median(ratios(a, b)); got != 2 {
		t.Errorf("median(ratios(%v, %v)) = %v; want 2", a, b, got)
	}
	if got, want := inverse([]float64{4, 0.5}), []float64{0.25, 2}; !slices.Equal(got, want) {
		t.Errorf("inverse = %v; want %v", got, want)
	}
	if got, want := scaled([]float64{4, 0.5}, 2), []float64{8, 1}; !slices.Equal(got, want) {
		t.Errorf("scaled = %v; want %v", got, want)
	}
}

func TestSample(t *testing.T) {
	m := sample{operations: 500, wall: 1e9, cpu: 5e6}.plus(sample{operations: 1500, wall: 1e9, cpu: 15e6})
	if got := m.perOperation(); got != 10 {
		t.Errorf("perOperation of %+v = %v µs; want 10", m, got)
	}
	if got := m.rate(); got != 1000 {
		t.Errorf("rate of %+v = %v; want 1000", m, got)
	}
}

func TestResponseSize(t *testing.T) {
	const whole = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 3\r\n\r\nok\n"
	for i := range len(whole) + 1 {
		want := 0
		if i >= len(whole)-3 {
			want = len(whole)
		}
		if got := responseSize([]byte(whole[:i])); got != want {
			t.Errorf("responseSize(%q) = %d; want %d", whole[:i], got, want)
		}
	}
	for _, s := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"} {
		if got := responseSize([]byte(s)); got != 0 {
			t.Errorf("responseSize(%q) = %d; want 0", s, got)
		}
	}
}

func TestIsOK(t *testing.T) {
	tests := []struct {
		block string
		want  bool
	}{
		{"\x88\x0f", true},
		{"\x20\x88", true},             // the table's size becomes 0
		{"\x3f\xe1\x1f\x88", true},     // and 4096
		{"\x8d", false},                // 404
		{"\x3f\xe1", false},            // cut off
		{"", false},                    //
		{"\x48\x03404\x88\x88", false}, // another status, spelt out
	}
	for _, tt := range tests {
		if got := isOK([]byte(tt.block)); got != tt.want {
			t.Errorf("isOK(% x) = %v; want %v", tt.block, got, tt.want)
		}
	}
}
