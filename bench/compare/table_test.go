//go:build linux

package main

import (
	"math"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	tests := []struct {
		v    float64
		want string
	}{
		{0.2, "0.20"}, {1.049, "1.05"}, {12.34, "12.3"}, {123.4, "123"}, {1234.5, "1,235"}, {1234567, "1,234,567"},
		{-0.5, "-0.50"}, {-12345, "-12,345"}, {math.NaN(), "–"}, {math.Inf(1), "–"},
	}
	for _, tt := range tests {
		if got := number(tt.v); got != tt.want {
			t.Errorf("number(%v) = %q; want %q", tt.v, got, tt.want)
		}
	}
}

func TestSpread(t *testing.T) {
	tests := []struct {
		values []float64
		want   string
	}{
		{nil, "–"},
		{[]float64{3}, "3.00"},
		{[]float64{1, 2, 3, 4, 5}, "3.00 (2.00–4.00)"},
	}
	for _, tt := range tests {
		if got := spread(tt.values); got != tt.want {
			t.Errorf("spread(%v) = %q; want %q", tt.values, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	atMost := goal{what: "CPU", limit: 1.05, unit: " ×"}
	atLeast := goal{what: "requests per core", atLeast: true, limit: 0.7, unit: " ×"}
	tests := []struct {
		goal   goal
		values []float64
		want   string
		missed int
	}{
		{atMost, []float64{1.0, 1.05, 1.2}, "CPU ≤ 1.05 ×: 1.05, met", 0},
		{atMost, []float64{1.06}, "CPU ≤ 1.05 ×: 1.06, **missed**", 1},
		{atLeast, []float64{0.7}, "requests per core ≥ 0.70 ×: 0.70, met", 0},
		{atLeast, []float64{0.5}, "requests per core ≥ 0.70 ×: 0.50, **missed**", 1},
		{atMost, nil, "", 0},
	}
	for _, tt := range tests {
		tab := table{title: "T"}
		if got := tt.goal.verdict(&tab, "row", tt.values); got != tt.want || len(tab.missed) != tt.missed {
			t.Errorf("verdict(%+v, %v) = %q, %d missed; want %q, %d", tt.goal, tt.values, got, len(tab.missed), tt.want, tt.missed)
		}
	}
}

func TestTableRows(t *testing.T) {
	b := &bench{results: make(results)}
	key := func(server, metric string) cell { return cell{"keepalive", variantH1, server, metric} }
	for i, ownCPU := range []float64{10, 22, 30} {
		b.results.add(key(ours, metricCPU), ownCPU)
		b.results.add(key(nginx, metricCPU), float64(8+8*i))
		b.results.add(key(nginx, metricRate), 50000)
	}
	var tab table
	b.cpuRow(&tab, key(nginx, metricCPU), goal{what: "rate", atLeast: true, limit: 0.7, unit: " ×"})
	b.cpuRow(&tab, key(caddy, metricCPU), goal{}) // not measured
	if len(tab.rows) != 1 {
		t.Fatalf("%d rows; want 1: %q", len(tab.rows), tab.rows)
	}
	want := "HTTP/1.1 | nginx | 16.0 (12.0–20.0) | 62,500 | 50,000 | 1.25 (1.25–1.31) | rate ≥ 0.70 ×: 0.80, met"
	if got := strings.Join(tab.rows[0], " | "); got != want {
		t.Errorf("row = %s; want %s", got, want)
	}
	tab.title, tab.header = "T", []string{"a", "b"}
	tab.rows = [][]string{{"1", "2"}}
	var out strings.Builder
	tab.write(&out)
	if got, want := out.String(), "\n## T\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"; got != want {
		t.Errorf("table = %q; want %q", got, want)
	}
}
