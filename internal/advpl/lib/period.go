package lib

import (
	"fmt"
	"strconv"
	"time"

	"appserver/internal/advpl/vm"
)

var periodFuncs = table{
	"FWTIMESTAMP":  fwTimeStamp,
	"DATAVALIDA":   dataValida,
	"FSDATECONV":   fsDateConv,
	"MSDATE":       today,
	"LOCALTOUTC":   localToUTC,
	"UTCTOLOCAL":   utcToLocal,
	"DATETIMEUTC":  dateTimeUTC,
	"GETTIMESTAMP": getTimeStamp,
	"TIMECOUNTER":  timeCounter,
	"LAST_DAY":     lastDayNumber,
	"FIRSTYDATE":   firstYDate,
	"LASTYDATE":    lastYDate,
	"DAY2STR":      day2Str,
	"MONTH2STR":    month2Str,
	"YEAR2STR":     year2Str,
	"ANOMES":       anoMes,
	"MESDIA":       mesDia,
	"MESEXTENSO":   mesExtenso,
}

// FwTimeStamp([nKind = 1[, dDate[, cTime]]]) → date and time, now unless given, as a string:
// kind 1 is YYYYMMDDhhmmss, 2 dd/mm/yyyy-hh:mm:ss, 3 yyyy-mm-ddThh:mm:ss, 4 the
// seconds since 1970 began in UTC, 5 as 3 with the distance from UTC, -03:00, 6 as 3 in
// UTC with a Z. It is "" for the empty date. Source: TDN, public programs.
func fwTimeStamp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	kind, err := optInt("FWTIMESTAMP", a, 0, 1)
	if err != nil {
		return vm.Value{}, err
	}
	day := dayOfTime(t.Now())
	if !a.Get(1).IsNil() {
		if day, err = argDate("FWTIMESTAMP", a, 1); err != nil {
			return vm.Value{}, err
		}
	}
	clock, err := optText("FWTIMESTAMP", a, 2, t.Now().Format(time.TimeOnly))
	if err != nil || day == 0 {
		return vm.Str(""), err
	}
	text, ok := stampText(kind, moment(day, clock, t.Now().Location()))
	if !ok {
		return vm.Value{}, vm.ArgError("FWTIMESTAMP", a, 0, "a kind, 1 to 6")
	}
	return vm.Str(text), nil
}

// moment returns the time of a day and of HH:MM:SS in the zone.
func moment(day int, clock string, zone *time.Location) time.Time {
	y, m, d := civil(day)
	return time.Date(y, time.Month(m), d, 0, 0, min(parseTime(clock), secondsOfDay-1), 0, zone)
}

// stampText writes at as FwTimeStamp does; ok is false for an unknown kind.
func stampText(kind int, at time.Time) (text string, ok bool) {
	switch kind {
	case 1:
		return at.Format("20060102150405"), true
	case 2:
		return at.Format("02/01/2006-15:04:05"), true
	case 3:
		return at.Format("2006-01-02T15:04:05"), true
	case 4:
		return strconv.FormatInt(at.Unix(), 10), true
	case 5:
		return at.Format("2006-01-02T15:04:05-07:00"), true
	case 6:
		return at.UTC().Format("2006-01-02T15:04:05Z"), true
	}
	return "", false
}

// DataValida(dDate[, lForward = .T.]) → dDate, or if it is a Saturday or Sunday the first day
// after it that is none; without lForward before it. Holidays, which the ERP keeps in a
// table, are not known. Source: TDN.
func dataValida(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("DATAVALIDA", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	forward, err := optBool("DATAVALIDA", a, 1, true)
	if err != nil {
		return vm.Value{}, err
	}
	if forward {
		return vm.DateOf(workday(day, 1)), nil
	}
	return vm.DateOf(workday(day, -1)), nil
}

// FsDateConv(dDate[, cFormat = "DDMMYYYY"]) → dDate in the format: D, M and Y stand for the
// digits, other characters for themselves, and the empty date has blanks for its
// digits. Formats longer than 32 characters are errors. Source: public programs.
func fsDateConv(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("FSDATECONV", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	picture, err := optText("FSDATECONV", a, 1, "DDMMYYYY")
	if err != nil {
		return vm.Value{}, err
	}
	if len(picture) > 32 {
		return vm.Value{}, vm.ArgError("FSDATECONV", a, 1, "a format of 32 characters at most")
	}
	f := dateFormat{picture: picture}
	return vm.Str(f.text(day)), nil
}

// LocalToUTC(cDate, cTime[, nSummer = 0]) → {cDate, cTime}, YYYYMMDD and HH:MM:SS, of a local time
// in UTC. The local time is the zone's standard time, or with nSummer 1 its summer time,
// an hour ahead; the date does not decide that. Source: TDN.
func localToUTC(t *vm.Thread, a vm.Args) (vm.Value, error) { return shifted("LOCALTOUTC", t, a, -1) }

// UTCToLocal(cDate, cTime[, nSummer = 0]) → {cDate, cTime}, YYYYMMDD and HH:MM:SS, of a time in
// UTC in the local zone: in its standard time, or with nSummer 1 in its summer time, an
// hour ahead; the date does not decide that. Source: TDN.
func utcToLocal(t *vm.Thread, a vm.Args) (vm.Value, error) { return shifted("UTCTOLOCAL", t, a, 1) }

// shifted moves date and time by the distance of the thread's zone from UTC.
func shifted(fn string, t *vm.Thread, a vm.Args, sign int) (vm.Value, error) {
	date, err := argText(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	clock, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	summer, err := optInt(fn, a, 2, 0)
	if err != nil {
		return vm.Value{}, err
	}
	day := parseCompact(date)
	if day == 0 {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a date YYYYMMDD")
	}
	at := moment(day, clock, time.UTC)
	distance := standardOffset(at.Year(), t.Now().Location())
	if summer == 1 {
		distance += 60 * 60
	}
	at = at.Add(time.Duration(sign*distance) * time.Second)
	h := hold{thread: t}
	return h.array(vm.Str(at.Format("20060102")), vm.Str(at.Format(time.TimeOnly)))
}

// standardOffset returns how many seconds the standard time of the zone is ahead of
// UTC in the year.
func standardOffset(year int, zone *time.Location) int {
	_, winter := time.Date(year, time.January, 1, 12, 0, 0, 0, zone).Zone()
	_, summer := time.Date(year, time.July, 1, 12, 0, 0, 0, zone).Zone()
	return min(winter, summer)
}

// DateTimeUTC([@aDate]) → the time in UTC as yyyy-mm-ddThh:mm:ssZ; aDate becomes
// {cDate, cTime}, YYYYMMDD and HH:MM:SS. Source: TDN.
func dateTimeUTC(t *vm.Thread, a vm.Args) (vm.Value, error) {
	now := t.Now().UTC()
	text := now.Format("2006-01-02T15:04:05Z")
	return vm.Str(text), setMoment(t, a, 0, now.Format("20060102"), now.Format(time.TimeOnly))
}

// GetTimeStamp([dDate[, @aDate]]) → dDate, today unless given, and the time of day as
// YYYYMMDD HH:MM:SS.mmm; aDate becomes {cDate, cTime} of it. Source: TDN.
func getTimeStamp(t *vm.Thread, a vm.Args) (vm.Value, error) {
	day := dayOfTime(t.Now())
	if !a.Get(0).IsNil() {
		var err error
		if day, err = argDate("GETTIMESTAMP", a, 0); err != nil {
			return vm.Value{}, err
		}
	}
	date, clock := compact(day), t.Now().Format("15:04:05.000")
	return vm.Str(date + " " + clock), setMoment(t, a, 1, date, clock)
}

// setMoment gives date and time to the array that argument i is, else sets its
// variable.
func setMoment(t *vm.Thread, a vm.Args, i int, date, clock string) error {
	if i >= len(a) {
		return nil
	}
	h := hold{thread: t}
	pair, err := h.array(vm.Str(date), vm.Str(clock))
	if err != nil {
		return err
	}
	fill(a, i, pair.Array())
	return nil
}

// TimeCounter() → milliseconds with decimals, by the thread's clock, to be compared with
// those of another call. Source: TDN.
func timeCounter(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	start := t.Local(counterKey{}, func() any { return t.Now() }).(time.Time)
	return vm.Num(float64(t.Now().Sub(start)) / float64(time.Millisecond)), nil
}

type counterKey struct{}

// Last_Day(dDate) → the number of days of the month of dDate; 0 for the empty date.
// Source: TDN.
func lastDayNumber(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("LAST_DAY", a, 0)
	if err != nil || day == 0 {
		return vm.Int(0), err
	}
	y, m, _ := civil(day)
	return vm.Int(daysIn(y, m)), nil
}

// FirstYDate(dDate) → 1 January of the year of dDate. Source: TDN.
func firstYDate(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("FIRSTYDATE", a, 0)
	y, _, _ := civil(day)
	return vm.DateOf(dayOf(y, 1, 1)), err
}

// LastYDate(dDate) → 31 December of the year of dDate. Source: TDN.
func lastYDate(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("LASTYDATE", a, 0)
	y, _, _ := civil(day)
	return vm.DateOf(dayOf(y, 12, 31)), err
}

// Day2Str(xDay) → the day of the month with two digits, of a date or a number. Source:
// TDN.
func day2Str(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return digits("DAY2STR", a, 2, func(_, _, d int) int { return d })
}

// Month2Str(xMonth) → the month with two digits, of a date or a number. Source: TDN.
func month2Str(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return digits("MONTH2STR", a, 2, func(_, m, _ int) int { return m })
}

// Year2Str(xYear) → the year with four digits, of a date or a number. Source: TDN.
func year2Str(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return digits("YEAR2STR", a, 4, func(y, _, _ int) int { return y })
}

// digits writes the part of a date, or a number, with so many digits.
func digits(fn string, a vm.Args, width int, part func(y, m, d int) int) (vm.Value, error) {
	n := 0
	switch v := a.Get(0); v.Kind() {
	case vm.Date:
		n = part(civil(v.Day()))
	case vm.Number:
		n = truncate(v.Float())
	default:
		return vm.Value{}, vm.ArgError(fn, a, 0, "a date or a number")
	}
	return vm.Str(fmt.Sprintf("%0*d", width, n)), nil
}

// AnoMes(dDate) → year and month of dDate as YYYYMM; blanks for the empty date. Source:
// TDN.
func anoMes(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("ANOMES", a, 0)
	return vm.Str(compact(day)[:6]), err
}

// MesDia(dDate) → month and day of dDate as MMDD; blanks for the empty date. Source: TDN.
func mesDia(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	day, err := argDate("MESDIA", a, 0)
	return vm.Str(compact(day)[4:]), err
}

// monthNames are the months in Portuguese, in the code page.
var monthNames = [12]string{
	"Janeiro", "Fevereiro", "Mar\xe7o", "Abril", "Maio", "Junho",
	"Julho", "Agosto", "Setembro", "Outubro", "Novembro", "Dezembro",
}

// MesExtenso(xMonth) → the Portuguese name of a month: of a date, a number or a string of
// digits; "" if there is no such month. Source: TDN.
func mesExtenso(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	m := 0
	switch v := a.Get(0); v.Kind() {
	case vm.Date:
		_, m, _ = civil(v.Day())
	case vm.Number:
		m = truncate(v.Float())
	case vm.String:
		m = truncate(parseNum(v.Text()))
	default:
		return vm.Value{}, vm.ArgError("MESEXTENSO", a, 0, "a date, a number or a string")
	}
	if m < 1 || m > 12 {
		return vm.Str(""), nil
	}
	return vm.Str(monthNames[m-1]), nil
}
