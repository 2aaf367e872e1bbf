package certs

import (
	"errors"
	"fmt"
)

// Level says how grave a [Finding] is.
type Level uint8

const (
	Notice  Level = iota + 1 // a setting without effect, or with one that may surprise
	Warning                  // works, and is unsafe or probably not meant
	Error                    // the server must not start with it
)

// String returns "notice", "warning" or "error".
func (l Level) String() string {
	switch l {
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}

// Finding is one remark on certificate settings or files. Section and Key name
// the key at fault in the spelling of the documentation, without brackets; both
// are empty if the files did not come from keys. Message says what is the
// matter, Hint how to mend it; Hint may be empty.
type Finding struct {
	Level                       Level
	Section, Key, Message, Hint string
}

// Fault is an error that is a finding of level [Error]. Its text has the hint on
// a line of its own and never holds a secret.
type Fault struct {
	Finding
	Clock bool // it is about dates: with the right time, or later, it may be gone
}

func (f *Fault) Error() string {
	s := f.Message
	if f.Key != "" {
		s = fmt.Sprintf("[%s] %s: %s", f.Section, f.Key, s)
	}
	if f.Hint != "" {
		s += "\n\t" + f.Hint
	}
	return s
}

// Faults returns the findings in an error of this package, which may join
// several.
func Faults(err error) []Finding {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []Finding
		for _, e := range joined.Unwrap() {
			all = append(all, Faults(e)...)
		}
		return all
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return []Finding{f.Finding}
	}
	return nil
}

// Names are the keys that findings name.
type Names struct{ Section, Cert, Key, PassPhrase string }

func (n Names) fault(key, hint, format string, args ...any) error {
	return &Fault{Finding: n.finding(Error, key, hint, format, args...)}
}

// clockFault is fault for what the clock decides.
func (n Names) clockFault(key, hint, format string, args ...any) error {
	return &Fault{Finding: n.finding(Error, key, hint, format, args...), Clock: true}
}

func (n Names) finding(l Level, key, hint, format string, args ...any) Finding {
	return Finding{Level: l, Section: n.Section, Key: key, Message: fmt.Sprintf(format, args...), Hint: hint}
}
