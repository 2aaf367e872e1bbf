package lib

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"appserver/internal/advpl/vm"
)

func TestCalendarAgreesWithTime(t *testing.T) {
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range 3652059 {
		day := 1721426 + n
		if n%1000 != 0 && n%366 > 2 {
			continue
		}
		want := first.AddDate(0, 0, n)
		y, m, d := civil(day)
		if wy, wm, wd := want.Date(); y != wy || m != int(wm) || d != wd {
			t.Fatalf("civil(%d) = %d, %d, %d; want %v", day, y, m, d, want)
		}
		if got := dayOf(y, m, d); got != day {
			t.Fatalf("dayOf(%d, %d, %d) = %d; want %d", y, m, d, got, day)
		}
		if got := weekday(day); got != int(want.Weekday())+1 {
			t.Fatalf("weekday(%d) = %d; want %v", day, got, want.Weekday())
		}
	}
	if got := dayOf(1970, 1, 1); got != 2440588 {
		t.Errorf("dayOf(1970, 1, 1) = %d; want 2440588", got)
	}
}

func TestAppendFixed(t *testing.T) {
	for _, c := range []struct {
		f        float64
		decimals int
		want     string
	}{
		{0, 0, "0"}, {0, 2, "0.00"}, {-0.004, 2, "0.00"}, {0.005, 2, "0.01"}, {-0.005, 2, "-0.01"},
		{1.5, 0, "2"}, {99.995, 2, "100.00"}, {1e15, 3, "1000000000000000.000"}, {2, 18, "2.000000000000000000"},
		{1e22, 1, "10000000000000000000000.0"}, {0.1, 3, "0.100"}, {123.456, 25, "123.4560000000000030695446185"},
	} {
		if got := string(appendFixed(nil, c.f, c.decimals)); got != c.want {
			t.Errorf("appendFixed(%v, %d) = %s; want %s", c.f, c.decimals, got, c.want)
		}
	}
}

func TestRoundTo(t *testing.T) {
	for _, c := range []struct {
		f        float64
		decimals int
		want     float64
	}{
		{1.005, 2, 1.01}, {-1.005, 2, -1.01}, {1.0049, 2, 1}, {0.285, 2, 0.29}, {1.255, 2, 1.26}, {8.325, 2, 8.33},
		{123456789.125, 2, 123456789.13}, {1e17, 2, 1e17}, {149, -2, 100}, {150, -2, 200}, {math.Inf(1), 2, math.Inf(1)},
	} {
		if got := roundTo(c.f, c.decimals); got != c.want {
			t.Errorf("roundTo(%v, %d) = %v; want %v", c.f, c.decimals, got, c.want)
		}
	}
	if got := roundTo(math.Copysign(0.1, -1), 0); math.Signbit(got) {
		t.Errorf("roundTo(-0.1, 0) = %v; want 0 without sign", got)
	}
	if got := roundTo(math.NaN(), 2); got == got {
		t.Errorf("roundTo(NaN, 2) = %v; want NaN", got)
	}
}

func TestCodePage(t *testing.T) {
	var all strings.Builder
	for i := range 256 {
		all.WriteByte(byte(i))
	}
	if back, ok := fromUTF8(toUTF8(all.String())); !ok || back != all.String() {
		t.Errorf("fromUTF8(toUTF8(all bytes)) = %q, %v; want the same bytes", back, ok)
	}
	if n := len(toUTF8(all.String())); n != utf8Len(all.String()) {
		t.Errorf("utf8Len = %d; want %d", utf8Len(all.String()), n)
	}
	for i := range 256 {
		b := byte(i)
		if u := upperOf[b]; upperOf[u] != u || lowerOf[u] != b && u != b {
			t.Errorf("upper case of %#x is %#x, whose lower case is %#x", b, u, lowerOf[u])
		}
	}
}

func TestInspect(t *testing.T) {
	loop := &vm.ArrayValue{Elems: make([]vm.Value, 1)}
	loop.Elems[0] = vm.ArrayOf(loop)
	wide := &vm.ArrayValue{Elems: make([]vm.Value, 1000)}
	for i := range wide.Elems {
		wide.Elems[i] = vm.ArrayOf(wide)
	}
	for _, c := range []struct {
		v    vm.Value
		want string
	}{
		{vm.Value{}, "NIL"}, {vm.Num(1.5), "1.5"}, {vm.Num(math.Copysign(0, -1)), "0"}, {vm.Num(1e21), "1e+21"},
		{vm.Num(1e20), "100000000000000000000"}, {vm.Num(-1e-7), "-1e-07"}, {vm.Bool(true), ".T."}, {vm.DateOf(0), `SToD("        ")`},
		{vm.DateOf(2440588), `SToD("19700101")`}, {vm.Str("a\"\\\n\xe7\x7f"), `"a\"\\\u000a\u00e7\u007f"`},
		{vm.NewArray([]vm.Value{vm.Int(1), vm.NewArray(nil)}), "{1,{}}"},
		{vm.ArrayOf(loop), strings.Repeat("{", 51) + "…" + strings.Repeat("}", 51)},
	} {
		if got := Inspect(c.v); got != c.want {
			t.Errorf("Inspect = %s; want %s", got, c.want)
		}
	}
	if n := len(Inspect(vm.ArrayOf(wide))); n > 2*inspectBytes {
		t.Errorf("Inspect of a wide cycle has %d bytes; want a bounded text", n)
	}
	if n := len(Inspect(vm.Str(strings.Repeat("x", 3*inspectBytes)))); n > 2*inspectBytes {
		t.Errorf("Inspect of a long string has %d bytes; want a bounded text", n)
	}
}

func FuzzPicture(f *testing.F) {
	for _, s := range []string{"@E 9,999.99", "@R 999.999", "@(X $99999", "@S3!", "@Z", "***.**", "-,-,9", "@D 99", ",", ".", "@)L *,,-."} {
		f.Add(s, 12.345, "abc")
	}
	dates := dateFormat{"dd/mm/yy", 1980}
	f.Fuzz(func(t *testing.T, text string, n float64, s string) {
		if len(text) > 1000 || len(s) > 1000 {
			return
		}
		p := parsePicture(text)
		for _, v := range []vm.Value{vm.Num(n), vm.Num(-n), vm.Num(0), vm.Str(s), vm.Bool(true), vm.DateOf(2440588)} {
			if got := p.format(v, &dates); len(got) > len(text)+len(s)+400 {
				t.Errorf("Transform(%v, %q) has %d bytes", v, text, len(got))
			}
		}
	})
}

func FuzzDateFormat(f *testing.F) {
	f.Add("dd/mm/yyyy", "22/11/2026")
	f.Add("yyyy-mm-dd", "1-1-1")
	f.Add("d", "")
	f.Fuzz(func(t *testing.T, picture, s string) {
		format := dateFormat{picture[:min(len(picture), 32)], 1980}
		_ = format.text(format.parse(s))
		format.setCentury(true)
		_ = format.digits()
	})
}

func FuzzMemo(f *testing.F) {
	f.Add("the quick\tbrown\r\nfox", 5, 4)
	f.Add("\t\t", 1, 9)
	f.Fuzz(func(t *testing.T, s string, width, tab int) {
		w := wrap{width: min(max(width, 1), 200), words: true}
		w.tab = min(max(tab, 1), w.width)
		for s != "" {
			end, next := w.line(s)
			if next <= 0 || end > next {
				t.Fatalf("line(%q) = %d, %d; want progress", s, end, next)
			}
			if got := w.expand(s[:end]); len(got) != w.width {
				t.Fatalf("expand(%q) has %d bytes; want %d", s[:end], len(got), w.width)
			}
			s = s[next:]
		}
	})
}

// FuzzJSON reads texts, and what it has written of them.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,null,true,"\u00e7\ud83d\ude00"]}`, `[[[]]]`, `{`, "[\"\xe7\"]", `[-0.0]`, `{"a":1,"a":2}`} {
		f.Add(s)
	}
	th := thread(f, vm.Options{})
	f.Fuzz(func(t *testing.T, s string) {
		v, fault, err := parseJSON(th, s)
		if err != nil || fault != "" {
			return
		}
		first, err := jsonText(th, v)
		if err != nil {
			t.Fatalf("jsonText: %v", err)
		}
		text := first.Text()
		if utf8.ValidString(text) && !isASCII(text) {
			return // would be read as UTF-8
		}
		again, fault, err := parseJSON(th, text)
		if err != nil || fault != "" {
			t.Fatalf("parseJSON(%q) = %s, %v", text, fault, err)
		}
		if second, err := jsonText(th, again); err != nil || second.Text() != text {
			t.Errorf("written again: %q, %v; want %q", second.Text(), err, text)
		}
	})
}
