package code

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Disassemble writes the unit as text for people: statics, functions and classes
// with their code, each instruction with its effect on named registers, constants
// and names. The unit need not have passed Verify.
func Disassemble(w io.Writer, u *Unit) error {
	d := &disassembler{w: bufio.NewWriter(w)}
	d.unit(u)
	return d.w.Flush()
}

// disassembler writes; the first error is kept by w.
type disassembler struct {
	w *bufio.Writer
}

func (d *disassembler) printf(format string, args ...any) { fmt.Fprintf(d.w, format, args...) }

func (d *disassembler) unit(u *Unit) {
	dialect := "AdvPL"
	if u.TLPP {
		dialect = "TLPP"
	}
	d.printf("unit %s  %s  %s\n", u.Name, dialect, u.Path)
	if u.Namespace != "" {
		d.printf("namespace %s\n", u.Namespace)
	}
	for _, name := range u.Using {
		d.printf("using %s\n", name)
	}
	for i, name := range u.Statics {
		d.printf("static %d %s\n", i, name)
	}
	if u.Init != nil {
		d.function(u.Init, "initialiser", "")
	}
	for _, f := range u.Funcs {
		d.function(f, kindName(f.Kind), "")
	}
	for _, c := range u.Classes {
		d.class(c)
	}
}

func (d *disassembler) class(c *Class) {
	d.printf("\nclass %s", c.Name)
	if c.Parent != "" {
		d.printf(" from %s", c.Parent)
	}
	d.printf("  line %d\n", c.Line)
	for i := range c.Data {
		d.printf("  data %s\n", strings.TrimSpace(c.Data[i].Name+" "+c.Data[i].Type))
	}
	if c.Init != nil {
		d.function(c.Init, "initialiser", "  ")
	}
	if c.StaticInit != nil {
		d.function(c.StaticInit, "static initialiser", "  ")
	}
	for i := range c.Methods {
		if m := &c.Methods[i]; m.Func != nil {
			d.function(m.Func, "method", "  ")
		} else {
			d.printf("\n  method %s without body\n", m.Name)
		}
	}
}

func kindName(k Kind) string {
	switch k {
	case Static:
		return "static function"
	case Method:
		return "method"
	case Block:
		return "block"
	case Macro:
		return "macro"
	case Initializer:
		return "initialiser"
	}
	return "function"
}

// function writes f, what it is, and its blocks, each line after indent.
func (d *disassembler) function(f *Func, what, indent string) {
	if f == nil {
		d.printf("\n%s%s missing\n", indent, what)
		return
	}
	d.printf("\n%s%s %s(%s)  registers %d  line %d\n", indent, what, f.Name, params(f), f.NRegs, f.Line)
	if f.Text != "" {
		d.printf("%s  %s\n", indent, f.Text)
	}
	for i, c := range f.Captures {
		from := fmt.Sprintf("R%d", c.Index)
		if c.Up {
			from = fmt.Sprintf("captured variable %d", c.Index)
		}
		d.printf("%s  captured variable %d is %s of the function around it\n", indent, i, from)
	}
	line := int32(-1)
	for pc, in := range f.Code {
		if l := f.LineAt(pc); l != line {
			line = l
			d.printf("%s  line %d\n", indent, l)
		}
		d.printf("%s  %5d  %-9s %-14s ; %s\n", indent, pc, in.Op, operandText(in), explain(f, pc, in))
	}
	for i, b := range f.Blocks {
		d.function(b, fmt.Sprintf("block %d", i), indent+"  ")
	}
}

func params(f *Func) string {
	var list []string
	for i, p := range f.Params {
		text := p.Name
		if i < len(f.RefParams) && f.RefParams[i] {
			text = "@" + text
		}
		list = append(list, text)
	}
	if f.Variadic {
		list = append(list, "...")
	}
	return strings.Join(list, ", ")
}

// format returns the instruction as one line without explanation.
func format(in Instr) string {
	return strings.TrimSpace(in.Op.String() + " " + operandText(in))
}

// operandText returns the operands as numbers.
func operandText(in Instr) string {
	if in.Op >= NumOps {
		return fmt.Sprintf("%d %d %d", in.A, in.B, in.C)
	}
	var list []string
	add := func(o Operand, n int) {
		if o != None && o != Ignored {
			list = append(list, strconv.Itoa(n))
		}
	}
	info := &infos[in.Op]
	add(info.A, int(in.A))
	add(info.B, int(in.B))
	if info.C == Jump {
		add(info.C, int(in.SC()))
	} else {
		add(info.C, int(in.C))
	}
	add(info.Bx, int(in.Bx()))
	return strings.Join(list, " ")
}

// explain returns the operation's effect with what the operands stand for.
func explain(f *Func, pc int, in Instr) string {
	info := in.Op.Info()
	text := substitute(info.Effect, func(name, index string) string { return resolve(f, pc, in, name, index) })
	if info.C == Jump || info.Bx == Jump {
		text += fmt.Sprintf(" -> %d", target(pc, in))
	}
	if info.C == Call && int(in.C) < len(f.Named) {
		text += fmt.Sprintf(" = %s(%s)", f.Named[in.C].Func, strings.Join(f.Named[in.C].Args, ", "))
	}
	return text
}

// substitute replaces the operands in effect: T[i], with T a table's letter, by
// what value returns for both, and a lone i by what it returns for "" and i.
func substitute(effect string, value func(table, index string) string) string {
	var b strings.Builder
	for i := 0; i < len(effect); {
		word := wordAt(effect[i:])
		rest := effect[i+len(word):]
		end := strings.IndexByte(rest, ']')
		switch {
		case word == "":
			b.WriteByte(effect[i])
			i++
		case strings.Contains(" R K N P ", " "+word+" ") && strings.HasPrefix(rest, "[") && isIndex(rest[1:end]):
			b.WriteString(value(word, rest[1:end]))
			i += len(word) + end + 1
		case isIndex(word):
			b.WriteString(value("", word))
			i += len(word)
		default:
			b.WriteString(word)
			i += len(word)
		}
	}
	return b.String()
}

// wordAt returns the letters that s begins with.
func wordAt(s string) string {
	n := 0
	for n < len(s) && (s[n] >= 'A' && s[n] <= 'Z' || s[n] >= 'a' && s[n] <= 'z') {
		n++
	}
	return s[:n]
}

// isIndex tells whether s is an operand, or a sum of some.
func isIndex(s string) bool {
	switch s {
	case "A", "B", "C", "Bx", "A+1", "A+2", "A+B", "A+B-1", "B+C-1":
		return true
	}
	return false
}

// resolve returns what stands at the index of the table.
func resolve(f *Func, pc int, in Instr, table, index string) string {
	n := indexValue(in, index)
	switch table {
	case "R":
		return register(f, pc, n)
	case "K":
		if n >= 0 && n < len(f.Consts) {
			return f.Consts[n].String()
		}
	case "N":
		if n >= 0 && n < len(f.Names) {
			return f.Names[n]
		}
	case "":
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s[%d]", table, n)
}

func indexValue(in Instr, index string) int {
	a, b, c := int(in.A), int(in.B), int(in.C)
	switch index {
	case "A":
		return a
	case "B":
		return b
	case "C":
		return c
	case "A+1":
		return a + 1
	case "A+2":
		return a + 2
	case "A+B":
		return a + b
	case "A+B-1":
		return a + b - 1
	case "B+C-1":
		return b + c - 1
	}
	return int(in.Bx())
}

// register returns the name of the variable in the register, or its number.
func register(f *Func, pc, n int) string {
	for i := len(f.Locals) - 1; i >= 0; i-- {
		if l := &f.Locals[i]; int(l.Reg) == n && int(l.From) <= pc && pc < int(l.To) {
			return l.Name
		}
	}
	return fmt.Sprintf("R%d", n)
}

// String returns the constant as a source would write it.
func (c Const) String() string {
	switch c.Kind {
	case ConstNum:
		return strconv.FormatFloat(c.Num, 'g', -1, 64)
	case ConstStr:
		return strconv.QuoteToASCII(c.Str)
	case ConstTrue:
		return ".T."
	case ConstFalse:
		return ".F."
	}
	return "NIL"
}
