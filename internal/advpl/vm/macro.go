package vm

import (
	"strings"
	"unsafe"

	"appserver/internal/advpl/code"
)

// maxMacros is how many compiled macros a thread keeps.
const maxMacros = 1000

// maxMacroBytes is how much memory one generation of kept macros may take.
const maxMacroBytes = 2 << 20

// macroCache keeps the macros that a thread has compiled, by mode and text, in two
// generations: when the young one is full it becomes the old one, and what is used
// meanwhile comes back. The zero value is empty.
type macroCache struct {
	young, old [2]map[string]*function
	count      int   // in young
	size       int64 // bytes of young and, twice counted what is in both, old
	oldSize    int64 // of these, bytes of old
}

// get returns the macro of the text, or nil.
func (c *macroCache) get(text string, mode MacroMode) *function {
	if fn := c.young[mode][text]; fn != nil {
		return fn
	}
	fn := c.old[mode][text]
	if fn != nil {
		c.put(fn.def.Text, fn, mode)
	}
	return fn
}

// put keeps fn for text.
func (c *macroCache) put(text string, fn *function, mode MacroMode) {
	if c.count >= maxMacros/2 || c.size-c.oldSize > maxMacroBytes {
		c.size -= c.oldSize
		c.old, c.young, c.count, c.oldSize = c.young, [2]map[string]*function{}, 0, c.size
	}
	if c.young[mode] == nil {
		c.young[mode] = make(map[string]*function)
	}
	c.young[mode][text] = fn
	c.count++
	c.size += int64(macroSize(fn.def))
}

// macro returns the function that text is compiled to.
func (t *Thread) macro(text string, mode MacroMode) (*function, error) {
	if fn := t.macros.get(text, mode); fn != nil {
		return fn, nil
	}
	if t.opts.Compile == nil {
		return nil, Errorf(GenUnsupported, "&", "there is no compiler for macros")
	}
	if len(t.ownNames) >= maxOwnNames {
		return nil, Errorf(GenComplexity, "&", "too many names: the limit is %d", maxOwnNames)
	}
	text = strings.Clone(text)
	def, err := t.opts.Compile(text, mode)
	if err != nil {
		e := Errorf(GenSyntax, "&", "syntax error in macro: %v", err)
		e.Args = []Value{Str(text)}
		return nil, e
	}
	def.Text = text
	if err := t.Charge(macroSize(def)); err != nil {
		return nil, err
	}
	fn, err := t.linkMacro(def)
	if err != nil {
		return nil, Errorf(GenComplexity, "&", "%w", err)
	}
	t.macros.put(text, fn, mode)
	return fn, nil
}

// macroSize is about what a compiled macro takes, in bytes: code, constants and names
// as they are compiled and as they are linked.
func macroSize(def *code.Func) int {
	const (
		constSize = int(unsafe.Sizeof(code.Const{}) + valueSize)
		callSize  = int(unsafe.Sizeof("") + unsafe.Sizeof(symbol(0)) + unsafe.Sizeof(target{}))
	)
	n := 512 + len(def.Text) + 2*int(instrSize)*len(def.Code) + constSize*len(def.Consts) + callSize*len(def.Names)
	for i := range def.Consts {
		n += len(def.Consts[i].Str)
	}
	for _, b := range def.Blocks {
		n += macroSize(b)
	}
	return n
}

// macroText returns the macro whose text is the string v.
func (t *Thread) macroText(v Value, mode MacroMode) (*function, error) {
	if !v.IsStr() {
		return nil, mismatch("&", v)
	}
	return t.macro(v.Text(), mode)
}

// isMacro reports whether fn is a macro, which acts for the function that
// evaluates it.
func (fn *function) isMacro() bool { return fn.def.Kind == code.Macro }

// keptNames is how many names of its own a thread may keep between calls.
const keptNames = 4096

// forgetNames forgets the names that only ended macros and variables had, if there
// are many. No function may be running.
func (t *Thread) forgetNames() {
	if len(t.ownNames) <= keptNames {
		return
	}
	t.macros = macroCache{}
	names, first := t.ownNames, len(t.prog.names)
	cells := make([]*cell, len(names))
	for i := range names {
		s := symbol(first + i)
		if cells[i] = t.vars.find(s); cells[i] != nil {
			t.vars.set(s, nil)
		}
	}
	t.ownSymbols, t.ownNames = nil, nil
	for i, name := range names {
		if cells[i] != nil {
			t.vars.set(t.symbol(name), cells[i])
		}
	}
}
