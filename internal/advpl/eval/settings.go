package eval

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/advpl"
	"appserver/internal/advpl/vm"
)

// Setting is one setting of SET with its value.
type Setting struct {
	function string // that takes it
	args     []vm.Value
}

// DateFormat returns the setting of the format of dates, such as yyyy-mm-dd.
func DateFormat(format string) (Setting, error) {
	lower := strings.ToLower(format)
	if !strings.Contains(lower, "dd") || !strings.Contains(lower, "mm") || !strings.Contains(lower, "yy") {
		return Setting{}, fmt.Errorf("%q is no format of dates: it needs dd, mm, and yy or yyyy, as in dd/mm/yyyy", format)
	}
	return setting("date", advpl.Text(format)), nil
}

// ParseSetting reads NAME=VALUE, NAME being one of SET's in any case.
func ParseSetting(text string) (Setting, error) {
	name, value, ok := strings.Cut(text, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	value = strings.TrimSpace(value)
	kind := settingKinds[name]
	switch {
	case !ok || value == "":
		return Setting{}, fmt.Errorf("%q is not of the form name=value", text)
	case kind.parse == nil:
		return Setting{}, fmt.Errorf("there is no setting %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(settingKinds)), ", "))
	case name == "date":
		return DateFormat(value)
	}
	v, ok := kind.parse(value)
	if !ok {
		return Setting{}, fmt.Errorf("%s=%s: it must be %s", name, value, kind.what)
	}
	return setting(name, v), nil
}

func setting(name string, v vm.Value) Setting {
	if name == "century" {
		return Setting{"__SETCENTURY", []vm.Value{v}}
	}
	return Setting{"SET", []vm.Value{vm.Int(settingKinds[name].number), v}}
}

// Apply makes the setting in the thread.
func (s Setting) Apply(t *vm.Thread) error {
	_, err := t.Call(s.function, s.args...)
	return err
}

// settingKind says what a setting is.
type settingKind struct {
	number int // of set.ch; 0: it has a function of its own
	what   string
	parse  func(text string) (vm.Value, bool)
}

// settingKinds are the settings by the names that the command SET has for them.
var settingKinds = map[string]settingKind{
	"century":   onOff(0),
	"exact":     onOff(1),
	"fixed":     onOff(2),
	"decimals":  number(3),
	"date":      text(4),
	"epoch":     number(5),
	"path":      text(6),
	"default":   text(7),
	"exclusive": onOff(8),
	"softseek":  onOff(9),
	"unique":    onOff(10),
	"deleted":   onOff(11),
}

func onOff(n int) settingKind {
	return settingKind{n, "on or off", func(s string) (vm.Value, bool) {
		switch strings.ToLower(s) {
		case "on", ".t.", "true", "1":
			return vm.Bool(true), true
		case "off", ".f.", "false", "0":
			return vm.Bool(false), true
		}
		return vm.Value{}, false
	}}
}

func number(n int) settingKind {
	return settingKind{n, "a whole number from 0 to 9999", func(s string) (vm.Value, bool) {
		i, err := strconv.ParseUint(s, 10, 16)
		return vm.Int(int(i)), err == nil && i <= 9999
	}}
}

func text(n int) settingKind {
	return settingKind{n, "a text", func(s string) (vm.Value, bool) { return advpl.Text(s), true }}
}
