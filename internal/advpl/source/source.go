// Package source reads AdvPL and TLPP source texts and says where things are in
// them: files, positions and the findings of the compiler.
//
// A source is cp1252 or UTF-8, with LF, CRLF or CR at the end of its lines.
// Decode makes one form of it: cp1252 bytes and LF, which is also how AdvPL
// strings hold text, so that one byte is one character and a column is a byte.
package source

import (
	"crypto/sha256"
	"fmt"
	"sort"
	"strings"
)

// Encoding is how a source was written.
type Encoding uint8

const (
	ASCII Encoding = iota // no byte above 0x7F
	CP1252
	UTF8
)

// File is one source text. It is not changed after it is made and may be shared.
type File struct {
	Name     string   // as the user named it; for messages
	Text     string   // cp1252, lines end with LF
	Encoding Encoding // of the original
	Hash     [sha256.Size]byte
	TLPP     bool // by the ending .tlpp or .th: the rules of TLPP apply

	lines []int // offsets of the beginnings of lines
}

// Line returns line n, counted from 1, without its end, or "" if there is none.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	text := f.Text[f.lines[n-1]:]
	if n < len(f.lines) {
		text = f.Text[f.lines[n-1]:f.lines[n]]
	}
	return strings.TrimSuffix(text, "\n")
}

// Lines returns the number of lines.
func (f *File) Lines() int { return len(f.lines) }

// Pos is a place in a source. The zero Pos is no place.
type Pos struct {
	File      *File
	Line, Col int32 // from 1; columns are characters of one byte
}

// IsValid tells whether p is a place.
func (p Pos) IsValid() bool { return p.File != nil }

// String returns file:line:col.
func (p Pos) String() string {
	if p.File == nil {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File.Name, p.Line, p.Col)
}

// Severity tells what a finding means for the compilation.
type Severity uint8

const (
	Error   Severity = iota // nothing is compiled
	Warning                 // compiled all the same
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Finding is what the compiler has to say about one place.
type Finding struct {
	Pos      Pos
	Severity Severity
	Rule     string   // name of the rule, such as "unused-local"; of errors only where others tell them by it
	Message  string   // lower case, no full stop, names what was found and what was expected
	Hint     string   // how to mend it; may be empty
	Near     []string // names that may have been meant
}

// Findings is a list of findings; the zero value is an empty list.
type Findings []Finding

// Errorf appends an error.
func (l *Findings) Errorf(pos Pos, format string, args ...any) {
	*l = append(*l, Finding{Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// Warnf appends a warning of the rule.
func (l *Findings) Warnf(pos Pos, rule, format string, args ...any) {
	*l = append(*l, Finding{Pos: pos, Severity: Warning, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

// Failed tells whether an error is among the findings.
func (l Findings) Failed() bool {
	for i := range l {
		if l[i].Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders the findings by file, line and column.
func (l Findings) Sort() {
	name := func(p Pos) string {
		if p.File == nil {
			return ""
		}
		return p.File.Name
	}
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i].Pos, l[j].Pos
		if na, nb := name(a), name(b); na != nb {
			return na < nb
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}
