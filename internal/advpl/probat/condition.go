package probat

import (
	"runtime"
	"strconv"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// What programs are told of this engine and its server.
const (
	languageVersion = "01.04.10" // the level of TLPP and PROBAT whose functions are here
	serverName      = "APPSERVER"
)

// condition is what @Skip and SKIPASSERT say: all that is not "" must be true. The zero
// condition is always true.
type condition struct {
	system        string // windows, linux …
	tlppVersion   string // ">= 01.02.10"
	serverVersion string
	serverName    string
	database      string
	custom        string // a function that decides
}

// newCondition reads the arguments of @Skip.
func newCondition(a *annotation) *condition {
	return &condition{
		system:        a.text(-1, "system"),
		tlppVersion:   a.text(-1, "tlppVersion"),
		serverVersion: a.text(-1, "appServerVersion"),
		serverName:    a.text(-1, "appServerName"),
		database:      a.text(-1, "database"),
		custom:        a.text(-1, "custom"),
	}
}

// site is what may be skipped: the class, function or method, and its source.
type site struct{ class, function, source string }

// holds tells whether all that c says is true. The error is one of the function that
// decides.
func (c *condition) holds(t *vm.Thread, at site) (bool, error) {
	s := lib.SurroundingsOf(t)
	database, _ := setting(s, s.Environment, "DBDATABASE")
	for _, rule := range []struct {
		want string
		ok   bool
	}{
		{c.system, strings.EqualFold(c.system, runtime.GOOS)},
		{c.tlppVersion, versionMatches(c.tlppVersion, languageVersion)},
		{c.serverVersion, versionMatches(c.serverVersion, s.Version)},
		{c.serverName, strings.EqualFold(c.serverName, serverName)},
		{c.database, strings.EqualFold(c.database, database)},
	} {
		if rule.want != "" && !rule.ok {
			return false, nil
		}
	}
	if c.custom == "" {
		return true, nil
	}
	return c.decide(t, at)
}

// decide calls the function that decides, with what is known of the place and the server.
func (c *condition) decide(t *vm.Thread, at site) (bool, error) {
	v, err := t.Call(c.custom, vm.Str(at.class), vm.Str(at.function), vm.Str(at.source),
		vm.Bool(runtime.GOOS != "windows"), vm.Str(serverName), vm.Str(lib.SurroundingsOf(t).Version), vm.Str(languageVersion))
	if err != nil {
		return false, err
	}
	return v.Kind() == vm.Logical && v.Truth(), nil
}

// String says what c asks for.
func (c *condition) String() string {
	var parts []string
	for _, p := range [][2]string{
		{"system", c.system}, {"tlppVersion", c.tlppVersion}, {"appServerVersion", c.serverVersion},
		{"appServerName", c.serverName}, {"database", c.database}, {"custom", c.custom},
	} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if parts == nil {
		return "skipped"
	}
	return "skipped: " + strings.Join(parts, ", ")
}

// versionMatches tells whether version is as rule says: a version, before which an
// operator of < <= > >= = == <> != may stand.
func versionMatches(rule, version string) bool {
	rule = strings.TrimSpace(rule)
	digits := strings.IndexFunc(rule, func(r rune) bool { return r >= '0' && r <= '9' })
	if digits < 0 {
		return false
	}
	order := compareVersions(version, rule[digits:])
	switch strings.TrimSpace(rule[:digits]) {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<>", "!=":
		return order != 0
	case "", "=", "==":
		return order == 0
	}
	return false
}

// compareVersions compares the numbers between the dots, those that are missing being 0.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if n := leadingNumber(x) - leadingNumber(y); n != 0 {
			return n
		}
	}
	return 0
}

// leadingNumber returns the number with which s begins, at most nine digits, or 0.
func leadingNumber(s string) int {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && end < 9 && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(s[:end])
	return n
}
