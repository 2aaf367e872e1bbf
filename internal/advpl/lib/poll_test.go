package lib

import (
	"errors"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// TestPollsAtOnce calls natives that may take long in a thread that is cancelled: they
// must notice it in their first turns.
func TestPollsAtOnce(t *testing.T) {
	long := vm.Str(strings.Repeat("ab", 1<<20))
	other := vm.Str(strings.Repeat("ab", 1<<20) + "c")
	numbers := vm.NewArray([]vm.Value{vm.Num(3), vm.Num(2), vm.Num(1)})
	reason := errors.New("enough")
	for name, args := range map[string]vm.Args{
		"STRTRAN":   {long, vm.Str("a"), vm.Str("c")},
		"STRTOKARR": {long, vm.Str("a")},
		"SEPARA":    {long, vm.Str("a")},
		"ASCAN":     {vm.NewArray([]vm.Value{long, long}), other},
		"ASORT":     {numbers},
		"ACLONE":    {numbers},
		"VARINFO":   {vm.Str("a"), numbers},
		"MLCOUNT":   {long},
		"CAPITAL":   {long},
	} {
		th := thread(t, vm.Options{})
		native := Library().Funcs[name]
		if _, err := native(th, args); err != nil {
			t.Errorf("%s = error %v before the thread is cancelled", name, err)
		}
		th.Cancel(reason)
		if _, err := native(th, args); !errors.Is(err, reason) {
			t.Errorf("%s in a cancelled thread = %v; want %v", name, err, reason)
		}
	}
}

// TestLongNumbers are texts and widths far beyond what a number needs.
func TestLongNumbers(t *testing.T) {
	e := newEvaluator(t)
	start := time.Now()
	for expr, want := range map[string]string{
		`Val(Replicate("9", 10000000))`:                                    "0",
		`Val(Replicate("0", 1000) + "12.5")`:                               "12.5",
		`Val("1" + Replicate("0", 308)) > Val("9" + Replicate("9", 306))`:  ".T.",
		`Val("0." + Replicate("0", 300) + "1") > 0`:                        ".T.",
		`Val("0." + Replicate("3", 10000000)) == 1 / 3`:                    ".T.",
		`Len(Str(1, 10000000, 9999990))`:                                   "10000000",
		`Right(Str(0.5, 5000, 4000), 4000) == "5" + Replicate("0", 3999)`:  ".T.",
		`JsonObject():New():FromJson("[" + Replicate("9", 5000) + "]")`:    `"invalid JSON at line 1, column 2: the number has more than 4096 characters"`,
		`StrTran("aXbXcXd", "X", "--", 2, 1)`:                              `"aXb--cXd"`,
		`StrTran("aXbXcXd", "X", "", 0, 2)`:                                `"abcXd"`,
		`StrTran("aXbXcXd", "X", "y", 4)`:                                  `"aXbXcXd"`,
		`StrTran("XX", "X", "XX", 1)`:                                      `"XXXX"`,
		`Len(StrTokArr(Replicate("a", 1000000), Replicate("b", 1000000)))`: "1",
	} {
		if got := e.eval(expr); got != want {
			t.Errorf("%s = %s; want %s", expr, got, want)
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("long numbers take %v", took)
	}
}
