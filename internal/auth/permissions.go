package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"appserver/internal/glob"
	"appserver/internal/store"
)

// Right is a call that somebody wants to make.
type Right struct {
	Function string // full name, such as U_ORDERS or sample.orders.list; "" if none
	Method   string // of HTTP; "" if it is no HTTP request
	Path     string // decoded, from the root of the server
	Below    string // the same below where the service is mounted; "" if it is not mounted
	Routine  string // that the service names for it; patterns of functions mean it too; "" if none
}

// Pattern is what permissions are of: a function or paths.
type Pattern struct {
	methods []string // upper case; none: any
	path    bool
	glob    string // of foldCase
	text    string
}

// maxPattern bounds a pattern, in bytes.
const maxPattern = 300

// ParsePattern reads a pattern: of functions, such as U_SALES* or sample.orders.*, or of
// paths, which begin with / after the methods that are meant, if not all: /api/wms/*,
// GET /api/wms/*, PUT,PATCH /api/wms/*. An asterisk stands for any characters, a question
// mark for one; letters count in any case. GET means HEAD too.
func ParsePattern(text string) (Pattern, error) {
	fields := strings.Fields(text)
	switch {
	case len(text) > maxPattern:
		return Pattern{}, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	case len(fields) == 1 && strings.HasPrefix(fields[0], "/"):
		return newPattern(nil, true, fields[0]), nil
	case len(fields) == 1 && isFunctionPattern(fields[0]):
		return newPattern(nil, false, strings.ToUpper(fields[0])), nil
	case len(fields) == 2 && strings.HasPrefix(fields[1], "/"):
		methods, err := parseMethods(fields[0])
		return newPattern(methods, true, fields[1]), err
	}
	return Pattern{}, fmt.Errorf("%q is no pattern: U_SALES*, /api/wms/* and GET /api/wms/* are of the form", text)
}

func isFunctionPattern(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r != '_' && r != '.' && r != ':' && r != '*' && r != '?' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
}

func parseMethods(text string) ([]string, error) {
	var methods []string
	for m := range strings.SplitSeq(strings.ToUpper(text), ",") {
		if m == "*" && text == "*" {
			return nil, nil
		}
		if m == "" || strings.ContainsFunc(m, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			return nil, fmt.Errorf("%q are no methods: GET and GET,POST are of the form", text)
		}
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return slices.Compact(methods), nil
}

func newPattern(methods []string, path bool, glob string) Pattern {
	p := Pattern{methods: methods, path: path, glob: foldCase(glob), text: glob}
	if len(methods) > 0 {
		p.text = strings.Join(methods, ",") + " " + glob
	}
	return p
}

// String returns the pattern as it is stored.
func (p Pattern) String() string { return p.text }

// foldCase is how letters count in any case: as for the router of services, whose strings.ToLower
// takes letters for others that strings.ToUpper does not. A path that leads to a service
// must not be another path to what is denied.
func foldCase(s string) string { return strings.ToLower(s) }

// wanted is a Right as patterns are compared with it.
type wanted struct {
	method           string
	functions, paths []string
}

func newWanted(r Right) wanted {
	w := wanted{method: strings.ToUpper(r.Method), functions: folded(r.Function, r.Routine), paths: folded(r.Path, r.Below)}
	if w.method == "HEAD" {
		w.method = "GET"
	}
	return w
}

// folded returns foldCase of those of the texts that are not empty.
func folded(texts ...string) (list []string) {
	for _, s := range texts {
		if s != "" {
			list = append(list, foldCase(s))
		}
	}
	return list
}

func (p *Pattern) covers(w *wanted) bool {
	fits := func(text string) bool { return glob.Match(p.glob, text) }
	if !p.path {
		return slices.ContainsFunc(w.functions, fits)
	}
	return (len(p.methods) == 0 || slices.Contains(p.methods, w.method)) && slices.ContainsFunc(w.paths, fits)
}

// rules are the permissions that count for somebody.
type rules struct{ allow, deny []Pattern }

func newRules(list []store.Permission) (r rules, err error) {
	for _, one := range list {
		p, err := ParsePattern(one.Pattern)
		if err != nil {
			return rules{}, err
		}
		if one.Allow {
			r.allow = append(r.allow, p)
		} else {
			r.deny = append(r.deny, p)
		}
	}
	return r, nil
}

func covers(list []Pattern, w *wanted) bool {
	for i := range list {
		if list[i].covers(w) {
			return true
		}
	}
	return false
}

// Permit returns nil if the principal may make the call, ErrForbidden if not, and
// ErrUnavailable if that cannot be found out. The server itself and members of a group of
// administrators may make all calls. Of users what is denied counts first, whether by their own
// permissions or by those of their groups; then what is allowed. Who has no permission that allows
// anything, and principals that are no users of the store, may call if the policy says so by
// DefaultPermit. Nobody, the zero Principal, may call nothing.
func (u *Users) Permit(ctx context.Context, p Principal, r Right) error {
	switch {
	case p.Method == Server:
		return nil
	case p.Method == None:
		return ErrForbidden
	case p.ID == "":
		return u.byDefault()
	}
	a, err := u.known.account(ctx, p.ID)
	if errors.Is(err, store.ErrNotFound) {
		return ErrForbidden
	}
	if err != nil || a.admin {
		return err
	}
	if len(a.rules.allow)+len(a.rules.deny) == 0 {
		return u.byDefault()
	}
	w := newWanted(r)
	switch {
	case covers(a.rules.deny, &w):
		return ErrForbidden
	case covers(a.rules.allow, &w):
		return nil
	case len(a.rules.allow) > 0:
		return ErrForbidden
	}
	return u.byDefault()
}

func (u *Users) byDefault() error {
	if u.policy.Load().DefaultPermit {
		return nil
	}
	return ErrForbidden
}
