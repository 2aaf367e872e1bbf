package rest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
)

func TestIdentify(t *testing.T) {
	made := regexp.MustCompile(`^[0-9a-f]{32}$`)
	trace := "00-" + traceID + "-" + spanID + "-01"
	for _, tt := range []struct {
		name        string
		given       []string
		traceparent []string
		want        string // "": a new one
	}{
		{"nothing", nil, nil, ""},
		{"that of the client", []string{"abc-1_2.3:4/5+6=7@8"}, nil, "abc-1_2.3:4/5+6=7@8"},
		{"the longest", []string{strings.Repeat("a", 128)}, nil, strings.Repeat("a", 128)},
		{"too long", []string{strings.Repeat("a", 129)}, nil, ""},
		{"empty", []string{""}, nil, ""},
		{"a line end", []string{"a\nb"}, nil, ""},
		{"a blank", []string{"a b"}, nil, ""},
		{"not ASCII", []string{"é"}, nil, ""},
		{"a quote", []string{`a"b`}, nil, ""},
		{"two", []string{"a", "b"}, nil, ""},
		{"a trace", nil, []string{trace}, traceID},
		{"both", []string{"mine"}, []string{trace}, "mine"},
		{"a bad one and a trace", []string{"a b"}, []string{trace}, traceID},
		{"two traces", nil, []string{trace, trace}, ""},
		{"trace of a later version", nil, []string{"01" + trace[2:] + "-more"}, traceID},
		{"later version, joined on", nil, []string{"01" + trace[2:] + "more"}, ""},
		{"version 00 with more", nil, []string{trace + "-more"}, ""},
		{"version ff", nil, []string{"ff" + trace[2:]}, ""},
		{"capitals", nil, []string{strings.ToUpper(trace)}, ""},
		{"trace of zeros", nil, []string{"00-" + strings.Repeat("0", 32) + "-" + spanID + "-01"}, ""},
		{"parent of zeros", nil, []string{"00-" + traceID + "-" + strings.Repeat("0", 16) + "-01"}, ""},
		{"short", nil, []string{trace[:54]}, ""},
		{"no dashes", nil, []string{strings.ReplaceAll(trace, "-", "0")}, ""},
		{"flags", nil, []string{"00-" + traceID + "-" + spanID + "-0g"}, ""},
	} {
		h := http.Header{}
		if tt.given != nil {
			h[headerRequestID] = tt.given
		}
		if tt.traceparent != nil {
			h[headerTraceparent] = tt.traceparent
			h.Set("Tracestate", "a=b")
		}
		got := identify(h)
		if tt.want == "" && (!made.MatchString(got) || got == traceID) || tt.want != "" && got != tt.want {
			t.Errorf("%s: identify = %q; want %q", tt.name, got, tt.want)
		}
		checkTrace(t, tt.name, h)
	}
}

// checkTrace checks what programs find of a trace: nothing, or that it goes on here.
func checkTrace(t *testing.T, name string, h http.Header) {
	t.Helper()
	goesOn := regexp.MustCompile(`^00-` + traceID + `-[0-9a-f]{16}-01$`)
	got := h.Get(headerTraceparent)
	switch {
	case got == "" && h.Get("Tracestate") != "":
		t.Errorf("%s: a trace state without a trace is left", name)
	case got != "" && (!goesOn.MatchString(got) || strings.Contains(got, spanID)):
		t.Errorf("%s: programs find the trace %q; want that this server is the parent", name, got)
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("a-b", "00-"+traceID+"-"+spanID+"-01")
	f.Add("", "01-"+traceID+"-"+spanID+"-01-x")
	f.Fuzz(func(t *testing.T, id, trace string) {
		h := http.Header{headerRequestID: {id}, headerTraceparent: {trace}}
		got := identify(h)
		if !isRequestID(got) {
			t.Errorf("identify(%q, %q) = %q, which is none", id, trace, got)
		}
		if next := h[headerTraceparent]; next != nil {
			if _, ok := parseTraceparent(next); !ok {
				t.Errorf("the trace %q goes on as %q, which is none", trace, next)
			}
		}
	})
}
