package lib

import (
	"time"

	"appserver/internal/advpl/vm"
)

var dateFuncs = table{
	"DATE": today,
	"CTOD": cToD,
	"DTOC": dToC,
	"DTOS": dToS,
	"STOD": sToD,
	"DAY":  day, "MONTH": month, "YEAR": year,
	"DOW": doW, "CDOW": cDoW, "CMONTH": cMonth,
	"LASTDAY":  lastDay,
	"FIRSTDAY": firstDay, "FIRSTDATE": firstDay,
	"LASTDATE":      lastDay,
	"DATEDIFFDAY":   dateDiffDay,
	"DATEDIFFMONTH": dateDiffMonth,
	"DATEDIFFYEAR":  dateDiffYear,
	"DAYSUM":        daySum, "DAYSUB": daySub,
	"MONTHSUM": monthSum, "MONTHSUB": monthSub,
	"YEARSUM": yearSum, "YEARSUB": yearSub,
}

// Date() → today by the thread's clock. Source: TDN.
func today(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	return vm.DateOf(dayOfTime(t.Now())), nil
}

func dayOfTime(now time.Time) int {
	y, m, d := now.Date()
	return dayOf(y, int(m), d)
}

// CToD(cDate[, cFormat]) → the date that cDate holds in the order of SET DATE or of
// cFormat, with any separators; the empty date if it holds none. Two digits of a year
// count from SET EPOCH. Source: TDN, Clipper.
func cToD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("CTOD", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	f := settingsOf(t).format
	f.picture, err = optText("CTOD", a, 1, f.picture)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.DateOf(f.parse(s)), nil
}

// DToC(dDate) → dDate in the format of SET DATE, dd/mm/yy at first; blanks for the
// digits of the empty date. Source: TDN.
func dToC(t *vm.Thread, a vm.Args) (vm.Value, error) {
	d, err := argDate("DTOC", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Str(settingsOf(t).format.text(d)), nil
}

// DToS(dDate) → dDate as YYYYMMDD; eight blanks for the empty date. Source: TDN.
func dToS(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	d, err := argDate("DTOS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Str(compact(d)), nil
}

// SToD(cDate) → the date of a string YYYYMMDD; the empty date if it is none, also
// for other types. Source: TDN, Clipper.
func sToD(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if !v.IsStr() {
		return vm.DateOf(0), nil
	}
	return vm.DateOf(parseCompact(v.Text())), nil
}

// Day(dDate) → the day of the month; 0 for the empty date. Source: TDN.
func day(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("DAY", a, 0)
	_, _, d := civil(n)
	return vm.Int(d), err
}

// Month(dDate) → the month, 1 to 12; 0 for the empty date. Source: TDN.
func month(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("MONTH", a, 0)
	_, m, _ := civil(n)
	return vm.Int(m), err
}

// Year(dDate) → the year with four digits; 0 for the empty date. Source: TDN.
func year(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("YEAR", a, 0)
	y, _, _ := civil(n)
	return vm.Int(y), err
}

// DoW(dDate) → the day of the week, 1 for Sunday to 7; 0 for the empty date.
// Source: TDN.
func doW(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("DOW", a, 0)
	return vm.Int(weekday(n)), err
}

// CDoW(dDate) → the name of the day of the week in English; "" for the empty date.
// Source: TDN.
func cDoW(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("CDOW", a, 0)
	if err != nil || n == 0 {
		return vm.Str(""), err
	}
	return vm.Str(time.Weekday(weekday(n) - 1).String()), nil
}

// CMonth(dDate) → the name of the month in English; "" for the empty date. Source:
// TDN.
func cMonth(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("CMONTH", a, 0)
	if err != nil || n == 0 {
		return vm.Str(""), err
	}
	_, m, _ := civil(n)
	return vm.Str(time.Month(m).String()), nil
}

// LastDay(dDate[, nKind = 0]) → the last day of the month of dDate; with nKind 1 the
// last that is no Saturday or Sunday, with 2 the day itself moved on to the next such
// day, with 3 moved back. Source: TDN.
func lastDay(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("LASTDAY", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	kind, err := optInt("LASTDAY", a, 1, 0)
	if err != nil {
		return vm.Value{}, err
	}
	y, m, _ := civil(n)
	last := dayOf(y, m, daysIn(y, m))
	switch kind {
	case 1:
		return vm.DateOf(workday(last, -1)), nil
	case 2:
		return vm.DateOf(workday(n, 1)), nil
	case 3:
		return vm.DateOf(workday(n, -1)), nil
	}
	return vm.DateOf(last), nil
}

// workday returns the first day from n on, in the direction, that is no Saturday or
// Sunday.
func workday(n, direction int) int {
	for w := weekday(n); w == 1 || w == 7; w = weekday(n) {
		n += direction
	}
	return n
}

// FirstDay(dDate) → the first day of the month of dDate. Source: TDN.
func firstDay(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argDate("FIRSTDAY", a, 0)
	y, m, _ := civil(n)
	return vm.DateOf(dayOf(y, m, 1)), err
}

// twoDates reads the first two arguments in order of time.
func twoDates(fn string, a vm.Args) (from, to int, err error) {
	if from, err = argDate(fn, a, 0); err != nil {
		return 0, 0, err
	}
	if to, err = argDate(fn, a, 1); err != nil {
		return 0, 0, err
	}
	return min(from, to), max(from, to), nil
}

// DateDiffDay(dOne, dOther) → the days between the dates, never negative. Source:
// TDN.
func dateDiffDay(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	from, to, err := twoDates("DATEDIFFDAY", a)
	return vm.Int(to - from), err
}

// DateDiffMonth(dOne, dOther) → the months between the months of the dates, never
// negative; the days do not count. Source: TDN.
func dateDiffMonth(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	from, to, err := twoDates("DATEDIFFMONTH", a)
	y1, m1, _ := civil(from)
	y2, m2, _ := civil(to)
	return vm.Int((y2-y1)*12 + m2 - m1), err
}

// DateDiffYear(dOne, dOther) → the whole years between the dates, never negative.
// Source: TDN.
func dateDiffYear(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	from, to, err := twoDates("DATEDIFFYEAR", a)
	y1, m1, d1 := civil(from)
	y2, m2, d2 := civil(to)
	years := y2 - y1
	if m2 < m1 || m2 == m1 && d2 < d1 {
		years--
	}
	return vm.Int(max(years, 0)), err
}

// DaySum(dDate, nDays) → the date so many days later. Source: TDN.
func daySum(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return moved("DAYSUM", a, func(day, n int) int { return addDays(day, n) })
}

// DaySub(dDate, nDays) → the date so many days earlier. Source: TDN.
func daySub(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return moved("DAYSUB", a, func(day, n int) int { return addDays(day, -n) })
}

// MonthSum(dDate, nMonths) → the date so many months later; if that month is shorter,
// its last day. Source: TDN.
func monthSum(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return moved("MONTHSUM", a, func(day, n int) int { return addMonths(day, n) })
}

// MonthSub(dDate, nMonths) → the date so many months earlier. Source: TDN.
func monthSub(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return moved("MONTHSUB", a, func(day, n int) int { return addMonths(day, -n) })
}

// YearSum(dDate, nYears) → the date so many years later; 29 February becomes 28.
// Source: TDN.
func yearSum(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return moved("YEARSUM", a, func(day, n int) int { return addMonths(day, 12*n) })
}

// YearSub(dDate, nYears) → the date so many years earlier. Source: TDN.
func yearSub(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return moved("YEARSUB", a, func(day, n int) int { return addMonths(day, -12*n) })
}

// moved returns what move makes of a date and a number. The empty date stays, and
// what lies beyond year 9999 is empty.
func moved(fn string, a vm.Args, move func(day, n int) int) (vm.Value, error) {
	day, err := argDate(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	const most = 9999 * 366
	return vm.DateOf(move(day, max(min(n, most), -most))), nil
}

func addDays(day, n int) int {
	if day == 0 {
		return 0
	}
	return dayOf(civil(day + n))
}
