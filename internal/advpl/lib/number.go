package lib

import (
	"math"
	"strconv"
	"strings"
)

// slack is the part of a number that counts as noise when it is rounded: two units
// in the last place, so that 1.005 rounds to 1.01 although its double lies below.
const slack = 4.45e-16

// exact is the bound below which doubles hold every whole number.
const exact = 1 << 53

var tens = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// roundTo rounds f to so many decimals, half away from zero; negative decimals
// round to tens, hundreds and so on.
func roundTo(f float64, decimals int) float64 { return settle(f, decimals, 0.5) }

// cutTo is roundTo towards zero.
func cutTo(f float64, decimals int) float64 { return settle(f, decimals, 1) }

// settle shifts f by so many decimals, goes up from the whole part if the rest
// reaches up, and shifts back. The result is never -0.
func settle(f float64, decimals int, up float64) float64 {
	switch {
	case decimals >= len(tens) || math.IsInf(f, 0) || f != f:
		return f
	case decimals <= -len(tens):
		return 0
	}
	x := math.Abs(f)
	if decimals >= 0 {
		x *= tens[decimals]
	} else {
		x /= tens[-decimals]
	}
	if x >= exact {
		return f
	}
	whole := math.Trunc(x)
	if x-whole >= up-x*slack {
		whole++
	}
	if decimals >= 0 {
		whole /= tens[decimals]
	} else {
		whole *= tens[-decimals]
	}
	return math.Copysign(whole, f) + 0
}

// appendFixed appends f with so many decimals, rounded, to dst. Decimals are at
// least 0. What rounds to zero has no sign.
func appendFixed(dst []byte, f float64, decimals int) []byte {
	if n := uint64(max(f, 0)); decimals == 0 && float64(n) == f && n < exact {
		return appendPoint(dst, n, 0)
	}
	f = roundTo(f, decimals)
	if f < 0 {
		dst = append(dst, '-')
		f = -f
	}
	if decimals < len(tens) {
		if n := f * tens[decimals]; n < exact {
			return appendPoint(dst, uint64(math.Round(n)), decimals)
		}
	}
	dst = strconv.AppendFloat(dst, f, 'f', min(decimals, mostDecimals), 64)
	return appendFill(dst, '0', decimals-mostDecimals)
}

// The most decimals, and digits before the point, that a double has.
const (
	mostDecimals = 1074
	mostDigits   = 309
)

// appendPoint appends n / 10^decimals to dst; there are fewer decimals than tens.
func appendPoint(dst []byte, n uint64, decimals int) []byte {
	var buf [20 + len(tens)]byte
	i := len(buf)
	for range decimals {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
	}
	if decimals > 0 {
		i--
		buf[i] = '.'
	}
	for {
		i--
		buf[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return append(dst, buf[i:]...)
		}
	}
}

// appendShort appends f with the fewest decimals that show its 15 digits.
func appendShort(dst []byte, f float64) []byte {
	if size := math.Abs(f); size < 1e9 {
		if n, decimals, ok := shortDecimal(size); ok {
			if f < 0 {
				dst = append(dst, '-')
			}
			return appendPoint(dst, n, decimals)
		}
	}
	if f == math.Trunc(f) && math.Abs(f) < exact {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	var buf [32]byte
	digits := strconv.AppendFloat(buf[:0], f, 'e', 14, 64)
	if short, err := strconv.ParseFloat(string(digits), 64); err == nil {
		f = short
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// shortDecimal returns size, which is at least 0 and below 1e9, as n / 10^decimals with
// the fewest decimals, if six are enough.
func shortDecimal(size float64) (n uint64, decimals int, ok bool) {
	if n := uint64(size); float64(n) == size {
		return n, 0, true
	}
	// What fewer decimals show, six show, too: the quotients are rounded the same.
	n, decimals = uint64(size*1e6+0.5), 6
	if float64(n)/1e6 != size {
		return 0, 0, false
	}
	for n%10 == 0 && decimals > 0 {
		n, decimals = n/10, decimals-1
	}
	return n, decimals, true
}

// shortNum is appendShort as a string.
func shortNum(f float64) string {
	var buf [32]byte
	return string(appendShort(buf[:0], f))
}

// appendStr appends f as Str shows it. With width 0 or less it takes ten digits,
// and decimals are cut off if cut is true, else as many as f has. Asterisks
// show that f does not fit.
func appendStr(dst []byte, f float64, width, decimals int, cut bool) []byte {
	var buf [64]byte
	if width <= 0 && !cut {
		text := appendShort(buf[:0], f)
		return appendRight(dst, text, naturalWidth(text))
	}
	if width <= 0 {
		width = 10
	}
	text := appendFixed(buf[:0], f, max(decimals, 0))
	if len(text) > width {
		text = dropZero(text)
	}
	if len(text) > width || math.IsInf(f, 0) || f != f {
		return appendFill(dst, '*', width)
	}
	return appendRight(dst, text, width)
}

// naturalWidth is how wide Str makes a number without being told: ten digits, and
// the point and decimals beside.
func naturalWidth(text []byte) int {
	for i, c := range text {
		if c == '.' {
			return 10 + len(text) - i
		}
	}
	return 10
}

// dropZero removes the zero before the point of a number below one, which gives way
// if there is no room (Clipper).
func dropZero(text []byte) []byte {
	switch s := string(text); {
	case strings.HasPrefix(s, "0."):
		return text[1:]
	case strings.HasPrefix(s, "-0."):
		return append(text[:1], text[2:]...)
	}
	return text
}

func appendRight(dst, text []byte, width int) []byte {
	n := width - len(text)
	if n > len(blanks) {
		dst, n = appendFill(dst, ' ', n), 0
	}
	return append(append(dst, blanks[:max(n, 0)]...), text...)
}

func appendFill(dst []byte, c byte, n int) []byte {
	for range n {
		dst = append(dst, c)
	}
	return dst
}

// parseNum returns the number at the beginning of s, after blanks: sign, digits,
// point, digits. It is 0 if there is none.
func parseNum(s string) float64 {
	i := 0
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	start := i
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits := i
	var n uint64
	for i < len(s) && isDigit(s[i]) {
		n = n*10 + uint64(s[i]-'0')
		i++
	}
	point, count := i, i-digits
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]) && count < 16; i++ {
			n = n*10 + uint64(s[i]-'0')
			count++
		}
	}
	if count <= 15 { // n and the power of ten are exact, and so the quotient is the nearest
		f := float64(n) / tens[max(i-point-1, 0)]
		if s[start:digits] == "-" && n != 0 {
			return -f
		}
		return f
	}
	i = point
	if len(strings.TrimLeft(s[digits:i], "0")) > mostDigits {
		return 0
	}
	if i < len(s) && s[i] == '.' {
		end := min(len(s), i+1+mostDecimals)
		for i++; i < end && isDigit(s[i]); i++ {
		}
	}
	f, err := strconv.ParseFloat(s[start:i], 64)
	if err != nil {
		return 0
	}
	return f + 0
}
