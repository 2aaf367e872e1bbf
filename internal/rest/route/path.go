package route

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
)

// maxDeclared is how long a declared path may be, in bytes.
const maxDeclared = 1024

// parameter finds the parameter that a segment of a declared path is: name is "" if it is
// none. The error says what is wrong with it.
type parameter func(segment string) (name string, err error)

// steps reads a declared path. A slash at its beginning and one at its end do not count.
func steps(path string, param parameter) ([]step, error) {
	if len(path) > maxDeclared {
		return nil, fmt.Errorf("is longer than %d bytes", maxDeclared)
	}
	if i := strings.IndexFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7F || r == '?' || r == '#' || r == '\\' }); i >= 0 {
		return nil, fmt.Errorf("has the character %q, which no path can have", path[i])
	}
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil, nil
	}
	var list []step
	for s := range strings.SplitSeq(path, "/") {
		if s == "" || s == "." || s == ".." {
			return nil, fmt.Errorf("has the segment %q, which no request can have", s)
		}
		name, err := param(s)
		if err != nil {
			return nil, err
		}
		if name != "" {
			s = name
		}
		list = append(list, step{s, name != ""})
	}
	if len(list) > maxSegments {
		return nil, fmt.Errorf("has more than %d segments", maxSegments)
	}
	return list, twice(list)
}

// twice returns the error of a path with two parameters of one name.
func twice(list []step) error {
	seen := map[string]bool{}
	for _, s := range list {
		key := strings.ToLower(s.text)
		if s.param && seen[key] {
			return fmt.Errorf("has the parameter %s twice", s.text)
		}
		seen[key] = seen[key] || s.param
	}
	return nil
}

// colon finds parameters of TLPP: ":id".
func colon(s string) (string, error) {
	name, ok := strings.CutPrefix(s, ":")
	if !ok {
		return "", nil
	}
	if !isName(name) {
		return "", fmt.Errorf("has the segment %q: a name of letters, digits, _ and - must follow the colon", s)
	}
	return name, nil
}

// braces finds parameters of classic services: "{id}".
func braces(s string) (string, error) {
	if !strings.ContainsAny(s, "{}") {
		return "", nil
	}
	name, open := strings.CutPrefix(s, "{")
	name, closed := strings.CutSuffix(name, "}")
	if name = strings.TrimSpace(name); !open || !closed || !isName(name) {
		return "", fmt.Errorf("has the segment %q: a parameter is a whole segment, as {id}", s)
	}
	return name, nil
}

// isName tells whether s can name a parameter.
func isName(s string) bool {
	for _, r := range s {
		if r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return s != ""
}

// written returns a path as it is declared, each parameter between before and after.
func written(list []step, before, after string) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteByte('/')
		if s.param {
			s.text = before + s.text + after
		}
		b.WriteString(s.text)
	}
	return cmp.Or(b.String(), "/")
}
