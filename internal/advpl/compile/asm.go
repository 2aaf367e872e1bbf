package compile

import (
	"math"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/source"
)

// reg is the number of a register.
type reg = uint16

// Limits of one function. They leave room below what 16 bits can hold.
const (
	maxRegs   = 60_000
	maxConsts = 60_000
	maxNames  = 60_000
	maxCode   = 1 << 20 // instructions
)

// gen emits the code of one function.
type gen struct {
	u       *unit
	subject *subject
	fn      *function
	out     *code.Func

	code    []code.Instr
	lines   []code.Line
	consts  []code.Const
	constAt map[code.Const]int
	names   []string
	nameAt  map[string]int
	locals  []code.Local

	line    int32      // of what is being compiled
	pos     source.Pos // the same, for findings
	vars    int        // registers of variables; temporaries are above
	top     int        // registers in use
	regs    int        // registers ever in use
	self    reg        // of Self, if hasSelf
	hasSelf bool
	bound   int      // where the last label that is jumped to was put
	nest    int      // of code blocks: how many are around it
	loops   int      // how many are around the statement
	open    int      // handlers around the statement
	jumps   *context // innermost loop, switch or handler
	far     bool     // compares may not jump directly
	tooFar  bool     // a compare jumped too far
	failed  bool     // a limit was exceeded; what is emitted does not matter
}

// reset makes g ready for another function, keeping its memory.
func (g *gen) reset() {
	g.constAt, g.nameAt = emptied(g.constAt), emptied(g.nameAt)
	*g = gen{
		u:       g.u,
		code:    g.code[:0],
		lines:   g.lines[:0],
		consts:  g.consts[:0],
		constAt: g.constAt,
		names:   g.names[:0],
		nameAt:  g.nameAt,
		locals:  g.locals[:0],
		bound:   -1,
	}
}

// emptied returns m without its entries, or a new map if m is so large that
// emptying it for every small function would take long.
func emptied[K comparable](m map[K]int) map[K]int {
	if m == nil || len(m) > 1000 {
		return make(map[K]int)
	}
	clear(m)
	return m
}

// fail reports that the function exceeds a limit.
func (g *gen) fail(format string, args ...any) {
	if !g.failed {
		g.failed = true
		g.u.findings.Errorf(g.pos, format, args...)
	}
}

// at says that the following instructions belong to the line of pos.
func (g *gen) at(pos source.Pos) {
	if pos.File == g.subject.pos.File {
		g.line = pos.Line
		g.pos = pos
	}
}

// emit appends an instruction and returns where it is.
func (g *gen) emit(op code.Op, a, b, c reg) int {
	pc := len(g.code)
	if n := len(g.lines); g.line != 0 && (n == 0 || g.lines[n-1].Line != g.line) {
		g.lines = append(g.lines, code.Line{PC: int32(pc), Line: g.line})
	}
	if pc >= maxCode {
		g.fail("function %s is too large", g.subject.name)
		return 0
	}
	g.code = append(g.code, code.Instr{Op: op, A: a, B: b, C: c})
	return pc
}

// emitBx appends an instruction with a long operand.
func (g *gen) emitBx(op code.Op, a reg, bx int) int {
	i := code.ABx(op, a, int32(bx))
	return g.emit(op, a, i.B, i.C)
}

// label is a place to jump to.
type label struct {
	pc   int
	set  bool
	refs []int // jumps to it from before it was bound
}

// bind puts a label that was jumped to where the next instruction will be.
func (g *gen) bind(l *label) {
	l.pc, l.set = len(g.code), true
	for _, at := range l.refs {
		g.patch(at, l.pc)
	}
	if len(l.refs) > 0 {
		g.bound = l.pc
	}
}

// head puts a label that will be jumped back to where the next instruction will
// be.
func (g *gen) head(l *label) {
	g.bind(l)
	g.bound = l.pc
}

// patch makes the jump at an instruction go to pc.
func (g *gen) patch(at, pc int) {
	d := pc - at - 1
	in := &g.code[at]
	if !isShort(in.Op) {
		*in = code.ABx(in.Op, in.A, int32(d))
		return
	}
	if d < math.MinInt16 || d > math.MaxInt16 {
		g.tooFar = true
	}
	in.C = uint16(d)
}

// isShort tells whether a jump has 16 bits for its distance.
func isShort(op code.Op) bool {
	return op >= code.JEQ && op <= code.JNGEK || op == code.FORLOOP || op == code.FORLOOPK
}

// target makes the jump at an instruction go to the label.
func (g *gen) target(at int, l *label) {
	if l.set {
		g.patch(at, l.pc)
	} else {
		l.refs = append(l.refs, at)
	}
}

// jump emits JMP, LOOP, or a jump on R[a].
func (g *gen) jump(op code.Op, a reg, l *label) {
	g.target(g.emit(op, a, 0, 0), l)
}

// compare emits a compare that jumps. In far mode the opposite compare skips a
// jump.
func (g *gen) compare(op code.Op, a, b reg, l *label) {
	if !g.far {
		g.target(g.emit(op, a, b, 0), l)
		return
	}
	g.emit(negate(op), a, b, 1)
	g.jump(code.JMP, 0, l)
}

// negate returns the compare that jumps if op does not. The two are neighbours.
func negate(op code.Op) code.Op { return code.JEQ + ((op - code.JEQ) ^ 1) }

// ended tells whether the next instruction cannot be reached from the last.
func (g *gen) ended() bool {
	n := len(g.code)
	if n == 0 || g.bound == n {
		return false
	}
	switch g.code[n-1].Op {
	case code.RET, code.RETNIL, code.JMP, code.LOOP, code.BREAK, code.THROW:
		return true
	}
	return false
}

// alloc takes the next temporary register.
func (g *gen) alloc() reg { return g.allocN(1) }

// allocN takes n temporary registers in a row and returns the first.
func (g *gen) allocN(n int) reg {
	if g.top+n > maxRegs {
		g.fail("function %s needs more than %d registers", g.subject.name, maxRegs)
		return 0
	}
	r := g.top
	g.top += n
	g.regs = max(g.regs, g.top)
	return reg(r)
}

// isTemp tells whether r is a temporary register.
func (g *gen) isTemp(r reg) bool { return int(r) >= g.vars }

// isTop tells whether r is the last register in use and temporary, so that what is
// above it is free.
func (g *gen) isTop(r reg) bool { return int(r) == g.top-1 && g.isTemp(r) }

// constant returns the index of c in the table of constants.
func (g *gen) constant(c code.Const) reg {
	if i, ok := g.constAt[c]; ok {
		return reg(i)
	}
	n := len(g.consts)
	if n >= maxConsts {
		g.fail("function %s has more than %d constants", g.subject.name, maxConsts)
		return 0
	}
	g.consts = append(g.consts, c)
	g.constAt[c] = n
	return reg(n)
}

// name returns the index of a name in the table of names.
func (g *gen) name(text string) reg {
	if i, ok := g.nameAt[text]; ok {
		return reg(i)
	}
	name := g.u.symbol(text).name
	i, ok := g.nameAt[name]
	if !ok {
		i = len(g.names)
		if i >= maxNames {
			g.fail("function %s uses more than %d names", g.subject.name, maxNames)
			return 0
		}
		g.names = append(g.names, name)
		g.nameAt[name] = i
	}
	g.nameAt[text] = i
	return reg(i)
}

// move copies a register.
func (g *gen) move(dest, src reg) {
	if dest != src {
		g.emit(code.MOVE, dest, src, 0)
	}
}

// loadNil makes n registers NIL.
func (g *gen) loadNil(r reg, n int) {
	if last := len(g.code) - 1; last >= 0 && g.bound != len(g.code) {
		in := &g.code[last]
		if in.Op == code.LOADNIL && int(in.A)+int(in.B) == int(r) {
			in.B += uint16(n)
			return
		}
	}
	g.emit(code.LOADNIL, r, uint16(n), 0)
}

// loadConst loads a constant.
func (g *gen) loadConst(r reg, c code.Const) {
	switch c.Kind {
	case code.ConstNil:
		g.loadNil(r, 1)
	case code.ConstTrue:
		g.emit(code.LOADL, r, 1, 0)
	case code.ConstFalse:
		g.emit(code.LOADL, r, 0, 0)
	case code.ConstNum:
		g.loadNum(r, c.Num)
	default:
		g.emitBx(code.LOADK, r, int(g.constant(c)))
	}
}

func (g *gen) loadNum(r reg, f float64) {
	if i := int32(f); f >= math.MinInt32 && f <= math.MaxInt32 && float64(i) == f && !(f == 0 && math.Signbit(f)) {
		g.emitBx(code.LOADINT, r, int(i))
		return
	}
	g.emitBx(code.LOADK, r, int(g.constant(code.Const{Kind: code.ConstNum, Num: f})))
}

// loadStr loads a string.
func (g *gen) loadStr(r reg, s string) {
	g.loadConst(r, code.Const{Kind: code.ConstStr, Str: s})
}
