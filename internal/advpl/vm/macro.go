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
	young, old [macroModes]map[string]*function
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

// find is get for a template.
func (c *macroCache) find(key []byte) *function {
	if fn := c.young[MacroTemplate][string(key)]; fn != nil {
		return fn
	}
	return c.get(string(key), MacroTemplate)
}

// put keeps fn for text.
func (c *macroCache) put(text string, fn *function, mode MacroMode) {
	if c.count >= maxMacros/2 || c.size-c.oldSize > maxMacroBytes {
		c.size -= c.oldSize
		c.old, c.young, c.count, c.oldSize = c.young, [macroModes]map[string]*function{}, 0, c.size
	}
	if c.young[mode] == nil {
		c.young[mode] = make(map[string]*function)
	}
	c.young[mode][text] = fn
	c.count++
	c.size += int64(macroSize(fn.def))
}

// macro returns the function that text is compiled to, and its arguments, which are
// valid until macro is called again.
func (t *Thread) macro(text string, mode MacroMode) (*function, []Value, error) {
	if mode == MacroExpr && t.template.split(text) {
		if fn := t.ofTemplate(); fn != nil {
			return fn, t.template.values, nil
		}
	}
	if fn := t.macros.get(text, mode); fn != nil {
		return fn, nil, nil
	}
	fn, err := t.compileMacro(strings.Clone(text), mode)
	return fn, nil, err
}

// ofTemplate returns the function for the texts of t.template, or nil if they have to be
// compiled as they are: that is kept too, as a function without code.
func (t *Thread) ofTemplate() *function {
	fn := t.macros.find(t.template.key)
	if fn == nil {
		text := string(t.template.key)
		fn, _ = t.compileMacro(text, MacroTemplate)
		if fn == nil || fn.params != len(t.template.values) {
			fn = &function{def: &code.Func{Text: text}}
			t.macros.put(text, fn, MacroTemplate)
		}
	}
	if fn.entry == nil {
		return nil
	}
	return fn
}

// compileMacro compiles text and keeps the function.
func (t *Thread) compileMacro(text string, mode MacroMode) (*function, error) {
	if t.opts.Compile == nil {
		return nil, Errorf(GenUnsupported, "&", "there is no compiler for macros")
	}
	if t.knownNames() >= maxOwnNames {
		return nil, Errorf(GenComplexity, "&", "too many names: the limit is %d", maxOwnNames)
	}
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

// macroText is macro for the text in the string v.
func (t *Thread) macroText(v Value, mode MacroMode) (*function, []Value, error) {
	if !v.IsStr() {
		return nil, nil, mismatch("&", v)
	}
	return t.macro(v.Text(), mode)
}

// isMacro reports whether fn is a macro, which acts for the function that
// evaluates it.
func (fn *function) isMacro() bool { return fn.def.Kind == code.Macro }
