package http

import (
	"net/http"
	"slices"
	"strings"

	"appserver/internal/advpl/vm"
)

// maxHeader bounds the header lines of a request: their number, and their bytes.
const (
	maxHeaderLines = 1000
	maxHeaderBytes = 256 << 10
)

// headerLines returns the lines in argument i, an array of strings "Name: value". NIL and ""
// are none.
func headerLines(fn string, a vm.Args, i int) ([]string, error) {
	v := a.Get(i)
	if v.IsNil() || v.IsStr() && v.Text() == "" {
		return nil, nil
	}
	if v.Kind() != vm.Array {
		return nil, vm.ArgError(fn, a, i, "an array of strings")
	}
	elems := v.Array().Elems
	lines := make([]string, 0, min(len(elems), maxHeaderLines+1))
	for _, e := range elems {
		if !e.IsStr() {
			return nil, vm.ArgError(fn, a, i, "an array of strings")
		}
		if lines = append(lines, e.Text()); len(lines) > maxHeaderLines {
			break
		}
	}
	return lines, nil
}

// connectionFields are of the connection and not of the request: they are the client's
// business.
var connectionFields = []string{"Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// setHeader gives r the fields in lines. What concerns the connection is left out, but for
// "Connection: close".
func setHeader(r *http.Request, lines []string) error {
	if len(lines) > maxHeaderLines {
		return failure("the request has more than 1,000 header lines")
	}
	size := 0
	for _, line := range lines {
		if size += len(line); size > maxHeaderBytes {
			return failure("the header lines of the request take more than 256 KiB")
		}
		line = strings.Trim(line, " \t\r\n")
		if line == "" {
			continue
		}
		name, value, err := splitHeader(line)
		if err != nil {
			return err
		}
		addField(r, http.CanonicalHeaderKey(name), value)
	}
	return nil
}

func addField(r *http.Request, name, value string) {
	switch {
	case name == "Host":
		r.Host = value
	case name == "Connection" && strings.EqualFold(value, "close"):
		r.Close = true
	case slices.Contains(connectionFields, name):
	default:
		r.Header.Add(name, value)
	}
}

// splitHeader splits a line "Name: value". It refuses everything that could make more
// than one line of it.
func splitHeader(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	switch {
	case !ok:
		return "", "", failure("a header line has no colon: it must be as \"Name: value\"")
	case !isToken(name):
		return "", "", failure("the name in a header line is empty, or has characters that are not allowed")
	case !isFieldValue(value):
		return "", "", failure("the header line " + name + " has a control character, such as an end of line")
	case strings.EqualFold(name, "Host") && strings.ContainsAny(value, "/\\ @?#"):
		return "", "", failure("the header line Host is not a host with a port")
	}
	return name, value, nil
}

// isToken tells whether s is a token of RFC 9110, as names of methods and fields are.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 256
}

// isFieldValue tells whether s may be the value of a field: no control character but tab.
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// headerText returns the status line and the fields of an answer, ordered by name, as
// lines that end with CR LF.
func headerText(r *http.Response) string {
	var b strings.Builder
	b.WriteString(r.Proto + " " + strings.TrimSpace(r.Status) + "\r\n")
	for _, f := range fields(r.Header) {
		b.WriteString(f[0] + ": " + f[1] + "\r\n")
	}
	return b.String()
}

// fields returns the fields of h as name and value, ordered by name.
func fields(h http.Header) [][2]string {
	var list [][2]string
	for name, values := range h {
		for _, v := range values {
			list = append(list, [2]string{name, v})
		}
	}
	slices.SortStableFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return list
}
