package main

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	bundled "appserver/certs"
)

func TestCheck(t *testing.T) {
	pair, err := tls.X509KeyPair(bundled.Certificate(), bundled.Key())
	if err != nil {
		t.Fatal(err)
	}
	end := pair.Leaf.NotAfter
	tests := []struct {
		name string
		now  time.Time
		err  string
	}{
		{"121 days left", end.AddDate(0, 0, -121), ""},
		{"120 days left", end.AddDate(0, 0, -120), ""},
		{"119 days left", end.AddDate(0, 0, -119), "119 days are left, a release needs 120"},
		{"expired", end.Add(time.Hour), "has expired"},
	}
	for _, tt := range tests {
		err := check(io.Discard, tt.now, 120)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: check = %v; want %q", tt.name, err, tt.err)
		}
	}
}
