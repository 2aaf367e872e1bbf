package lib

import "strings"

// Days are Julian day numbers; 0 is the empty date. The calendar is the Gregorian
// one, also before its introduction, from year 1 to 9999.

// dayOf returns the day of a valid date, else 0.
func dayOf(y, m, d int) int {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0
	}
	// Count from 1 March, so that the leap day is the last of its year.
	if m <= 2 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*m-457)/5 + d + 1721119
}

// civil returns the date of a day; zeros for the empty date.
func civil(day int) (y, m, d int) {
	if day <= 0 {
		return 0, 0, 0
	}
	n := day - 1721120
	era := floorDiv(n, 146097)
	n -= era * 146097
	y = (n - n/1460 + n/36524 - n/146096) / 365
	n -= 365*y + y/4 - y/100
	m = (5*n + 2) / 153
	d = n - (153*m+2)/5 + 1
	y += era * 400
	if m += 3; m > 12 {
		return y + 1, m - 12, d
	}
	return y, m, d
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func daysIn(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// weekday returns 1 for Sunday to 7 for Saturday; 0 for the empty date.
func weekday(day int) int {
	if day <= 0 {
		return 0
	}
	return (day+1)%7 + 1
}

// addMonths returns the day n months later; where that month is shorter, its last.
func addMonths(day, n int) int {
	y, m, d := civil(day)
	if y == 0 || n > 9999*12 || n < -9999*12 {
		return 0
	}
	months := y*12 + m - 1 + n
	y, m = floorDiv(months, 12), months-floorDiv(months, 12)*12+1
	return dayOf(y, m, min(d, daysIn(y, m)))
}

// dateFormat is how dates are written: SET DATE and SET EPOCH.
type dateFormat struct {
	picture string // of d, m, y and separators
	epoch   int    // the first year that two digits can mean
}

// british returns the format dd/mm with as many digits of the year.
func (f *dateFormat) british() *dateFormat {
	if f.century() {
		return &dateFormat{"dd/mm/yyyy", f.epoch}
	}
	return &dateFormat{"dd/mm/yy", f.epoch}
}

func (f *dateFormat) century() bool { return strings.Contains(strings.ToLower(f.picture), "yyyy") }

// setCentury shows four digits of the year, or two.
func (f *dateFormat) setCentury(on bool) {
	i := strings.IndexAny(f.picture, "yY")
	if i < 0 {
		return
	}
	rest := strings.TrimLeft(f.picture[i:], "yY")
	if on {
		f.picture = f.picture[:i] + "yyyy" + rest
	} else {
		f.picture = f.picture[:i] + "yy" + rest
	}
}

// text writes a day; the empty date has blanks for its digits.
func (f *dateFormat) text(day int) string {
	y, m, d := civil(day)
	var buf [32]byte
	b := buf[:0]
	for s := f.picture; s != ""; {
		n := runLength(s)
		switch s[0] {
		case 'd', 'D':
			b = appendPart(b, d, n, day == 0)
		case 'm', 'M':
			b = appendPart(b, m, n, day == 0)
		case 'y', 'Y':
			b = appendPart(b, y, n, day == 0)
		default:
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return string(b)
}

// digits returns the format as a template of numbers.
func (f *dateFormat) digits() string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("dmyDMY", r) {
			return '9'
		}
		return r
	}, f.picture)
}

// runLength returns how many bytes s begins with that are the same letter.
func runLength(s string) int {
	n := 1
	for n < len(s) && lowerOf[s[n]] == lowerOf[s[0]] {
		n++
	}
	return n
}

// appendPart appends the last n digits of v, or n blanks.
func appendPart(b []byte, v, n int, empty bool) []byte {
	if empty {
		return appendFill(b, ' ', n)
	}
	at := len(b)
	b = appendFill(b, '0', n)
	for i := len(b) - 1; i >= at && v > 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}

// parse reads a date: three groups of digits in the order of the format. It is the
// empty date if s is none.
func (f *dateFormat) parse(s string) int {
	var groups [3]int
	n, digits := 0, 0
	for i := 0; i < len(s) && n < len(groups); n++ {
		for i < len(s) && !isDigit(s[i]) {
			i++
		}
		start := i
		for i < len(s) && isDigit(s[i]) && i-start < 4 {
			groups[n] = groups[n]*10 + int(s[i]-'0')
			i++
		}
		if i == start {
			break
		}
		if f.order(n) == 'y' {
			digits = i - start
		}
	}
	if n < len(groups) {
		return 0
	}
	var y, m, d int
	for i, v := range groups {
		switch f.order(i) {
		case 'y':
			y = v
		case 'm':
			m = v
		default:
			d = v
		}
	}
	if digits <= 2 {
		y = f.fullYear(y)
	}
	return dayOf(y, m, d)
}

// order returns which of d, m and y stands at place i of the format.
func (f *dateFormat) order(i int) byte {
	for s := f.picture; s != ""; s = s[runLength(s):] {
		switch c := lowerOf[s[0]]; c {
		case 'd', 'm', 'y':
			if i == 0 {
				return c
			}
			i--
		}
	}
	return "dmy"[i]
}

// fullYear returns the year from the epoch on whose last two digits are y.
func (f *dateFormat) fullYear(y int) int {
	year := f.epoch - f.epoch%100 + y
	if year < f.epoch {
		year += 100
	}
	return year
}

// compact writes a day as YYYYMMDD; the empty date is eight blanks.
func compact(day int) string {
	if day == 0 {
		return blanks[:8]
	}
	y, m, d := civil(day)
	digit := func(n int) byte { return byte('0' + n%10) }
	return string([]byte{
		digit(y / 1000), digit(y / 100), digit(y / 10), digit(y),
		digit(m / 10), digit(m), digit(d / 10), digit(d),
	})
}

// parseCompact reads YYYYMMDD. A character that is no digit counts by its distance
// from '0', as in Clipper; mostly that makes the empty date.
func parseCompact(s string) int {
	if len(s) < 8 {
		return 0
	}
	number := func(s string) (n int) {
		for i := range len(s) {
			n = n*10 + int(s[i]) - '0'
		}
		return n
	}
	return dayOf(number(s[:4]), number(s[4:6]), number(s[6:8]))
}
