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

// appendPoint appends n / 10^decimals to dst.
func appendPoint(dst []byte, n uint64, decimals int) []byte {
	var buf [24]byte
	digits := strconv.AppendUint(buf[:0], n, 10)
	if decimals == 0 {
		return append(dst, digits...)
	}
	if whole := len(digits) - decimals; whole > 0 {
		dst = append(dst, digits[:whole]...)
		dst = append(dst, '.')
		return append(dst, digits[whole:]...)
	}
	dst = append(dst, '0', '.')
	for range decimals - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// appendShort appends f with the fewest decimals that show its 15 digits.
func appendShort(dst []byte, f float64) []byte {
	if size := math.Abs(f); size < 1e9 {
		for decimals, ten := range tens[:7] {
			if n := math.Round(size * ten); n/ten == size {
				if f < 0 {
					dst = append(dst, '-')
				}
				return appendPoint(dst, uint64(n), decimals)
			}
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
	return append(appendFill(dst, ' ', width-len(text)), text...)
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
	if i-digits <= 15 && (i == len(s) || s[i] != '.') {
		if s[start:digits] == "-" && n != 0 {
			return -float64(n)
		}
		return float64(n)
	}
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
