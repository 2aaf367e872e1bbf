package vm

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bounds of a value's text.
const (
	textBytes = 100 // of one string or block
	textElems = 10  // of one array
	textDepth = 3   // of arrays in arrays
	textTotal = 400 // bytes after which the rest is left out
)

// String returns a text of v for messages and debuggers: as a program would write
// it, shortened, with control characters escaped. Bytes above 0x7F stay as they
// are. It is never longer than a few hundred bytes, also for cyclic values.
func (v Value) String() string {
	var b strings.Builder
	v.write(&b, 0)
	return b.String()
}

// BlockText returns the source of the code block v, which must be one; "{||}" if it is
// not known.
func (v Value) BlockText() string { return cmp.Or(v.block().fn.def.Text, "{||}") }

func (v Value) write(b *strings.Builder, depth int) {
	switch v.Kind() {
	case Nil:
		b.WriteString("NIL")
	case Number:
		b.WriteString(numberText(v.Float()))
	case Logical:
		b.WriteString(logicalText(v.Truth()))
	case Date:
		fmt.Fprintf(b, "SToD(%q)", dateText(v.Day()))
	case String:
		writeQuoted(b, v.Text())
	case Array:
		writeArray(b, v.Array().Elems, depth)
	case Block:
		b.WriteString(shorten(v.BlockText()))
	case Object:
		b.WriteString("object " + v.Object().ClassName())
	case pending:
		b.WriteString("pending")
	default:
		b.WriteByte('@')
		if depth++; depth <= textDepth { // code that no compiler made has references to references
			v.deref().write(b, depth)
		}
	}
}

// numberText returns f as short as it can be read back, with an exponent if it is
// very large or very small.
func numberText(f float64) string {
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func logicalText(b bool) string {
	if b {
		return ".T."
	}
	return ".F."
}

func writeArray(b *strings.Builder, elems []Value, depth int) {
	if depth == textDepth && len(elems) > 0 {
		fmt.Fprintf(b, "{... %d}", len(elems))
		return
	}
	b.WriteByte('{')
	for i, e := range elems {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == textElems || b.Len() > textTotal {
			fmt.Fprintf(b, "... %d", len(elems))
			break
		}
		e.write(b, depth+1)
	}
	b.WriteByte('}')
}

// writeQuoted writes s in quotation marks, shortened.
func writeQuoted(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, c := range []byte(s[:min(len(s), textBytes)]) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c == 0x7F:
			fmt.Fprintf(b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	if len(s) > textBytes {
		fmt.Fprintf(b, "... %d bytes", len(s))
	}
}

func shorten(s string) string {
	if len(s) > textBytes {
		return s[:textBytes] + "..."
	}
	return s
}

// unixDay is the Julian day number of 1970-01-01.
const unixDay = 2440588

// dateText returns YYYYMMDD, or "" for the empty date.
func dateText(day int) string {
	if day < firstDay || day > lastDay {
		return ""
	}
	return time.Unix(int64(day-unixDay)*86400, 0).UTC().Format("20060102")
}
