package lib

import (
	"maps"
	"strings"

	"appserver/internal/advpl/vm"
)

var settingFuncs = table{
	"SET":          set,
	"__SETCENTURY": setCentury,
}

// The settings that the library acts on, by their numbers in set.ch.
const (
	setExact      = 1
	setFixed      = 2
	setDecimals   = 3
	setDateFormat = 4
	setEpoch      = 5
	setExclusive  = 8
	setSoftSeek   = 9
	setUnique     = 10
	setDeleted    = 11
	lastSetting   = 60
)

// settings are what SET says in one thread.
type settings struct {
	format dateFormat
	others map[int]vm.Value // replaced, never changed: Keep has it too
}

type settingsKey struct{}

// settingsOf returns the settings of a thread. Dates are dd/mm/yy, and two digits of
// a year mean 1980 to 2079, until the program says otherwise.
func settingsOf(t *vm.Thread) *settings {
	return t.Local(settingsKey{}, newSettings).(*settings)
}

func newSettings() any {
	return &settings{
		format: dateFormat{picture: "dd/mm/yy", epoch: 1980},
		others: map[int]vm.Value{
			setExact:     vm.Bool(false),
			setFixed:     vm.Bool(false),
			setDecimals:  vm.Int(2),
			setExclusive: vm.Bool(true),
			setSoftSeek:  vm.Bool(false),
			setUnique:    vm.Bool(false),
			setDeleted:   vm.Bool(false),
		},
	}
}

// Set(nSetting[, xValue]) → the setting before; xValue, unless NIL, is the new one. "ON"
// and "OFF" stand for .T. and .F. The numbers are those of set.ch. 4 is the format of
// dates and 5 the first year that two digits can mean; a value of another type leaves
// these as they are. The others are kept for the program. Source: TDN, Clipper.
func set(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argInt("SET", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if n < 1 || n > lastSetting {
		return vm.Value{}, vm.ArgError("SET", a, 0, "a number of set.ch")
	}
	s := settingsOf(t)
	old := s.get(n)
	if v := a.Get(1); !v.IsNil() {
		s.put(n, v)
	}
	return old, nil
}

func (s *settings) get(n int) vm.Value {
	switch n {
	case setDateFormat:
		return vm.Str(s.format.picture)
	case setEpoch:
		return vm.Int(s.format.epoch)
	}
	return s.others[n]
}

func (s *settings) put(n int, v vm.Value) {
	switch n {
	case setDateFormat:
		if v.IsStr() {
			s.format.picture = strings.Clone(v.Text()[:min(v.Len(), 32)])
		}
	case setEpoch:
		if v.IsNum() {
			s.format.epoch = min(max(truncate(v.Float()), 1), 9900)
		}
	default:
		s.others = maps.Clone(s.others)
		s.others[n] = switched(v)
	}
}

// switched returns the logical that "ON" or "OFF" stands for, else v.
func switched(v vm.Value) vm.Value {
	if v.IsStr() {
		switch strings.ToUpper(v.Text()) {
		case "ON":
			return vm.Bool(true)
		case "OFF":
			return vm.Bool(false)
		}
	}
	return v
}

// __SetCentury([xOn]) → whether dates showed four digits of the year; xOn is .T. or
// .F., "ON" or "OFF". SET CENTURY calls it. Source: Clipper.
func setCentury(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f := &settingsOf(t).format
	old := f.century()
	if v := switched(a.Get(0)); v.Kind() == vm.Logical {
		f.setCentury(v.Truth())
	}
	return vm.Bool(old), nil
}
