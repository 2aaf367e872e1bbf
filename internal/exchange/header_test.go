package exchange

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestCheckHeader(t *testing.T) {
	long := strings.Repeat("v", MaxHeaderField)
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"X-Total", "10", true},
		{"x_total!#$%&'*+.^`|~", "", true},
		{"X-Text", "a\tb; c=\"d\"", true},
		{"X-Latin", "a\xe7\xe3o", true},
		{"X-UTF8", "ação", true},
		{"", "10", false},
		{"X Total", "10", false},
		{"X-Total:", "10", false},
		{"X-Tot\r\nal", "10", false},
		{"X-Ação", "10", false},
		{"X-Total", "10\r\nSet-Cookie: a=b", false},
		{"X-Total", "10\n", false},
		{"X-Total", "10\r", false},
		{"X-Total", "1\x000", false},
		{"X-Total", "1\x7f0", false},
		{"X-Long", long, false},
		{"X-Long", long[6:], true},
	} {
		err := CheckHeader(c.name, c.value)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrHeader) {
			t.Errorf("CheckHeader(%.20q, %.20q) = %v; want ok %v", c.name, c.value, err, c.ok)
		}
	}
}

func TestCheckHeaderHidesValue(t *testing.T) {
	if err := CheckHeader("X-Key", "secret\n"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v; want one without the value", err)
	}
}

func TestCheckHeaders(t *testing.T) {
	h := http.Header{"X-Total": {"1", "2"}}
	if err := CheckHeaders(h); err != nil {
		t.Error(err)
	}
	for i := range 10 {
		h.Set("X-"+strconv.Itoa(i), strings.Repeat("v", MaxHeaderField-10))
	}
	if err := CheckHeaders(h); !errors.Is(err, ErrHeader) {
		t.Errorf("a header of 80 KiB: %v; want ErrHeader", err)
	}
	if err := CheckHeaders(http.Header{"X-A": {"1", "b\r\nc"}}); !errors.Is(err, ErrHeader) {
		t.Errorf("a second value with the end of a line: %v; want ErrHeader", err)
	}
}
