package lib

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// TestLog shows what FWLogMsg and LogMsg hand to the server's log.
func TestLog(t *testing.T) {
	var got []string
	host := &Surroundings{Log: func(severity, category, message string) {
		got = append(got, severity+"|"+category+"|"+message)
	}}
	th := thread(t, vm.Options{Data: host})
	natives := Library().Funcs
	for _, call := range []struct {
		name string
		args vm.Args
	}{
		{"FWLOGMSG", vm.Args{vm.Str("WARN"), {}, vm.Str("Grupo"), {}, vm.Str("passo"), {}, vm.Str("a\xe7\xe3o\r\nb")}},
		{"FWLOGMSG", vm.Args{vm.Str("INFO"), {}, vm.Str("G"), {}, {}, {}, vm.Str(strings.Repeat("x", 20<<10))}},
		{"LOGMSG", vm.Args{vm.Str("fun"), vm.Int(1), vm.Int(7), vm.Int(1), vm.Str(""), vm.Str(""), vm.Str("t")}},
	} {
		if _, err := natives[call.name](th, call.args); err != nil {
			t.Fatalf("%s: %v", call.name, err)
		}
	}
	want := []string{"WARN|Grupo|[passo] ação b", "INFO|G|" + strings.Repeat("x", 10<<10), "DEBUG|fun|t"}
	if !slices.Equal(got, want) {
		t.Errorf("log = %.200q; want %.200q", got, want)
	}
}

// TestZones converts times in zones other than UTC.
func TestZones(t *testing.T) {
	fixed := time.FixedZone("", -3*60*60)
	summer, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skipf("no time zones: %v", err)
	}
	day := vm.DateOf(dayOf(2026, 7, 1))
	for _, c := range []struct {
		zone *time.Location
		name string
		args vm.Args
		want string
	}{
		{fixed, "LOCALTOUTC", vm.Args{vm.Str("20261122"), vm.Str("22:00:00")}, `{"20261123","01:00:00"}`},
		{fixed, "UTCTOLOCAL", vm.Args{vm.Str("20130110"), vm.Str("15:00:00")}, `{"20130110","12:00:00"}`},
		{fixed, "UTCTOLOCAL", vm.Args{vm.Str("20130110"), vm.Str("15:00:00"), vm.Int(1)}, `{"20130110","13:00:00"}`},
		{summer, "UTCTOLOCAL", vm.Args{vm.Str("20260701"), vm.Str("12:00:00")}, `{"20260701","07:00:00"}`},
		{summer, "LOCALTOUTC", vm.Args{vm.Str("20260701"), vm.Str("07:00:00")}, `{"20260701","12:00:00"}`},
		{fixed, "FWTIMESTAMP", vm.Args{vm.Int(5), day, vm.Str("23:00:00")}, `"2026-07-01T23:00:00-03:00"`},
		{fixed, "FWTIMESTAMP", vm.Args{vm.Int(6), day, vm.Str("23:00:00")}, `"2026-07-02T02:00:00Z"`},
		{fixed, "FWTIMESTAMP", vm.Args{vm.Int(4), day, vm.Str("00:00:00")}, `"1782874800"`},
	} {
		th := thread(t, vm.Options{Now: func() time.Time { return noon.In(c.zone) }})
		v, err := Library().Funcs[c.name](th, c.args)
		if got := Inspect(v); err != nil || got != c.want {
			t.Errorf("%s%v in %v = %s, %v; want %s", c.name, c.args, c.zone, got, err, c.want)
		}
	}
}

// TestFrameworkPollsAtOnce calls natives that may take long in a cancelled thread.
func TestFrameworkPollsAtOnce(t *testing.T) {
	long := vm.Str(strings.Repeat("1,", 1<<17))
	nested := vm.NewArray([]vm.Value{vm.NewArray(nil)})
	reason := errors.New("enough")
	for name, args := range map[string]vm.Args{
		"FORMATIN":          {long, vm.Str(",")},
		"GETDTOVAL":         {long},
		"FWFREEARRAY":       {nested},
		"FWJSONSERIALIZE":   {nested},
		"HB_JSONENCODE":     {nested},
		"FWJSONDESERIALIZE": {vm.Str("[{}]")},
	} {
		th := thread(t, vm.Options{})
		th.Cancel(reason)
		if _, err := Library().Funcs[name](th, args); !errors.Is(err, reason) {
			t.Errorf("%s in a cancelled thread = %v; want %v", name, err, reason)
		}
	}
}

func TestFrameworkLimits(t *testing.T) {
	for body, o := range map[string]vm.Limits{
		`Return Soma1("1", 1001)`:                                                                        {String: 1000},
		`Return FormatIn(Replicate(";", 400), ";")`:                                                      {String: 1000},
		`Return FormatIn(Replicate("a", 400),, 1)`:                                                       {String: 1000},
		`Return GetDToVal(Replicate("1", 900) + Space(900))`:                                             {String: 1000},
		"Local a := {}\nLocal x\nWhile .T.\nFWJsonDeserialize('[[],{\"a\":1},{}]', @x)\nAAdd(a, x)\nEnd": {Memory: 4 << 20},
		`Return FWJsonSerialize(Array(1000, 1000))`:                                                      {String: 1000},
	} {
		if _, err := run(t, vm.Options{Limits: o}, body); err == nil {
			t.Errorf("%s: no error; want one", body)
		}
	}
}

func TestDBExtension(t *testing.T) {
	for set, want := range map[string]string{".dbf": `".dbf"`, "cdx": `".cdx"`, "": `".dtc"`} {
		host := &Surroundings{Environment: "E", Setting: func(section, key string) (string, bool) {
			return set, section == "E" && key == "LocalDBExtension"
		}}
		v, err := getDBExtension(thread(t, vm.Options{Data: host}), nil)
		if got := Inspect(v); err != nil || got != want {
			t.Errorf("GetDBExtension() with %q = %s, %v; want %s", set, got, err, want)
		}
	}
}
