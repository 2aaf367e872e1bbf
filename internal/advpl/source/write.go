package source

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Write prints the findings for people, in UTF-8:
//
//	file:line:col: error: message
//	    the source line
//	    ^
//	  hint: how to mend it
//	  near: names, that may, have been meant
//
// A warning names its rule in brackets after the message. The caret stands
// under the place, also if tabs come before it. The last two lines are printed
// if there is something to say.
func (l Findings) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range l {
		l[i].write(b)
	}
	return b.Flush()
}

func (f *Finding) write(b *bufio.Writer) {
	if f.Pos.IsValid() {
		fmt.Fprintf(b, "%v: ", f.Pos)
	}
	fmt.Fprintf(b, "%v: %s", f.Severity, ToUTF8(f.Message))
	if f.Rule != "" && f.Severity == Warning {
		fmt.Fprintf(b, " [%s]", f.Rule)
	}
	b.WriteByte('\n')
	f.writeLine(b)
	if f.Hint != "" {
		fmt.Fprintf(b, "  hint: %s\n", ToUTF8(f.Hint))
	}
	if len(f.Near) > 0 {
		fmt.Fprintf(b, "  near: %s\n", ToUTF8(strings.Join(f.Near, ", ")))
	}
}

// writeLine prints the line of f and a caret below its column; of a long line, what
// stands around the column.
func (f *Finding) writeLine(b *bufio.Writer) {
	if !f.Pos.IsValid() {
		return
	}
	line, col := excerpt(f.Pos.File.Line(int(f.Pos.Line)), max(int(f.Pos.Col)-1, 0))
	if strings.TrimSpace(line) == "" {
		return
	}
	fmt.Fprintf(b, "%s\n", fromCP1252(line))
	for i := range col {
		if i < len(line) && line[i] == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteString("^\n")
}

// excerpt returns the part of a line around a column, counted from 0, and where the
// column is in it.
func excerpt(line string, col int) (string, int) {
	const before, after = 120, 120
	col = min(col, len(line))
	if end := col + after; end < len(line) {
		line = line[:end] + "..."
	}
	if begin := col - before; begin > 0 {
		line = "..." + line[begin:]
		col = before + len("...")
	}
	return line, col
}

// MarshalJSON gives an object with the members file, line, column, severity and
// message, and rule, hint and near if they are not empty.
func (f Finding) MarshalJSON() ([]byte, error) {
	object := struct {
		File     string   `json:"file"`
		Line     int32    `json:"line"`
		Column   int32    `json:"column"`
		Severity string   `json:"severity"`
		Rule     string   `json:"rule,omitempty"`
		Message  string   `json:"message"`
		Hint     string   `json:"hint,omitempty"`
		Near     []string `json:"near,omitempty"`
	}{
		Line: f.Pos.Line, Column: f.Pos.Col, Severity: f.Severity.String(),
		Rule: f.Rule, Message: ToUTF8(f.Message), Hint: ToUTF8(f.Hint),
	}
	if f.Pos.File != nil {
		object.File = ToUTF8(f.Pos.File.Name)
	}
	for _, name := range f.Near {
		object.Near = append(object.Near, ToUTF8(name))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(object)
	return b.Bytes(), err
}

// WriteJSON prints the findings as an array of objects (see
// Finding.MarshalJSON), an empty one if there are none.
func (l Findings) WriteJSON(w io.Writer) error {
	if l == nil {
		l = Findings{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode([]Finding(l))
}

// ToUTF8 returns s in UTF-8: as it is if it is that already, else taken as cp1252.
// Messages and file names may be either, for they quote sources.
func ToUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return fromCP1252(s)
}

func fromCP1252(s string) string {
	if isASCII(s) {
		return s
	}
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(charmap.Windows1252.DecodeByte(s[i]))
	}
	return out.String()
}
