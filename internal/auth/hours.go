package auth

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Hours are the times of the week at which a user may call. The zero Hours are always.
type Hours struct{ spans []span }

// span is from one minute of the week to another after it, which is not in it. The week
// begins on Sunday; a span that goes on after its end goes on at its beginning.
type span struct{ from, to int }

const (
	day      = 24 * 60
	week     = 7 * day
	maxSpans = 50
)

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads hours: a list, separated by commas, of days and times, such as
// "mon-fri 08:00-18:00, sat 08:00-12:00". The days are sun, mon, tue, wed, thu, fri, sat, a
// range of them, or daily; 24:00 is the end of a day, and a time that ends before it begins
// ends on the next day. Empty text is always.
func ParseHours(text string) (Hours, error) {
	var h Hours
	if strings.TrimSpace(text) == "" {
		return h, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		spans, err := parseSpans(part)
		if err != nil {
			return Hours{}, fmt.Errorf("%q: %w; days and times are possible, as mon-fri 08:00-18:00", strings.TrimSpace(part), err)
		}
		if h.spans = append(h.spans, spans...); len(h.spans) > maxSpans {
			return Hours{}, fmt.Errorf("more than %d days and times", maxSpans)
		}
	}
	return h, nil
}

// parseSpans reads days and a time: one span for each of the days.
func parseSpans(text string) ([]span, error) {
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) != 2 {
		return nil, fmt.Errorf("it has %d words, not 2", len(fields))
	}
	first, last, err := parseDays(fields[0])
	if err != nil {
		return nil, err
	}
	begin, end, ok := strings.Cut(fields[1], "-")
	from, fromErr := parseMinute(begin)
	to, toErr := parseMinute(end)
	if !ok || fromErr != nil || toErr != nil || from == to || from == day {
		return nil, fmt.Errorf("%q is no time", fields[1])
	}
	if to < from {
		to += day
	}
	var spans []span
	for d := first; d <= last; d++ {
		begin := d % 7 * day
		spans = append(spans, span{begin + from, begin + to})
	}
	return spans, nil
}

// parseDays reads a day or a range; last is after first, so it may be more than 6.
func parseDays(text string) (first, last int, err error) {
	if text == "daily" {
		return 0, 6, nil
	}
	begin, end, isRange := strings.Cut(text, "-")
	if !isRange {
		end = begin
	}
	first, last = dayNumber(begin), dayNumber(end)
	if first < 0 || last < 0 {
		return 0, 0, fmt.Errorf("%q is neither a day nor a range of days", text)
	}
	if last < first {
		last += 7
	}
	return first, last, nil
}

func dayNumber(name string) int {
	for i, d := range days {
		if d == name {
			return i
		}
	}
	return -1
}

// parseMinute reads HH:MM up to 24:00.
func parseMinute(text string) (int, error) {
	if len(text) != 5 || text[2] != ':' {
		return 0, strconv.ErrSyntax
	}
	hour, hourErr := strconv.ParseUint(text[:2], 10, 8)
	minute, minuteErr := strconv.ParseUint(text[3:], 10, 8)
	if hourErr != nil || minuteErr != nil || minute > 59 || hour*60+minute > day {
		return 0, strconv.ErrSyntax
	}
	return int(hour*60 + minute), nil
}

// Contains tells whether t, by its own clock, is in the hours.
func (h Hours) Contains(t time.Time) bool {
	if len(h.spans) == 0 {
		return true
	}
	minute := int(t.Weekday())*day + t.Hour()*60 + t.Minute()
	for _, s := range h.spans {
		if s.from <= minute && minute < s.to || minute+week < s.to {
			return true
		}
	}
	return false
}
