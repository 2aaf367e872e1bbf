package vm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/code"
)

// shortName is how many letters of a name count in sources that are not TLPP.
const shortName = 10

// space is what a namespace holds, by names without it.
type space struct {
	funcs   map[string]*function
	classes map[string]*Class
}

// Link makes a program of units and a library; nil is an empty library. A name is
// looked for, in this order, among the unit's static functions, in its own
// namespace, in those it uses, among the names of the whole program, the natives,
// the classes, and at last by its first ten letters among functions of sources that
// are not TLPP, if only one matches.
//
// The error joins everything that is wrong: units that code.Verify refuses,
// functions and classes of one name, and classes that contradict their parents or
// interfaces. A parent or interface that is nowhere is an error only when an object
// is made.
func Link(units []*code.Unit, lib *Library) (*Program, error) {
	if lib == nil {
		lib = &Library{}
	}
	l := &linker{p: &Program{
		lib:     lib,
		funcs:   map[string]*function{},
		classes: map[string]*Class{},
		symbols: map[string]symbol{},
		spaces:  map[string]*space{},
		short:   map[string]*function{},
	}}
	l.p.macros = &unit{def: &code.Unit{Name: "MACRO"}}
	for _, def := range units {
		l.unit(def)
	}
	for _, u := range l.p.units {
		l.scopes(u)
	}
	l.classes()
	for _, f := range l.funcs {
		l.p.link(f, f.unit.init != nil && f != f.unit.init)
	}
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	return l.p, nil
}

// linker is a program in the making.
type linker struct {
	p     *Program
	funcs []*function // all, in the order of their units; without blocks
	nest  int         // classes that are being linked, each because of the one before
	errs  []error
}

func (l *linker) errorf(format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf(format, args...))
}

// unit enters a unit's functions and classes.
func (l *linker) unit(def *code.Unit) {
	if err := code.Verify(def); err != nil {
		l.errs = append(l.errs, err)
		return
	}
	u := &unit{def: def, index: len(l.p.units), funcs: map[string]*function{}}
	l.p.units = append(l.p.units, u)
	l.statics(u)
	for _, f := range def.Funcs {
		l.function(u, l.linked(newFunction(f, u, nil)))
	}
	for _, c := range def.Classes {
		l.class(u, c)
	}
}

// statics prepares the beginning of the unit's static variables.
func (l *linker) statics(u *unit) {
	n := len(u.def.Statics)
	u.template = make([]Value, n)
	if u.def.Init == nil {
		return
	}
	if values, ok := constantInit(u.def.Init, n); ok {
		u.template = values
		return
	}
	u.init = l.linked(newFunction(u.def.Init, u, nil))
}

// linked numbers the names of f and puts it in the list of those whose calls are
// resolved when all names are known.
func (l *linker) linked(f *function) *function {
	l.names(f)
	l.funcs = append(l.funcs, f)
	return f
}

// function enters f under its name.
func (l *linker) function(u *unit, f *function) {
	name := f.def.Name
	if f.def.Kind == code.Static {
		name = strings.TrimPrefix(name, u.prefix())
		if other := u.funcs[name]; other != nil {
			l.clash("static function "+name, place{u.def, f.def.Line}, place{other.unit.def, other.def.Line})
			return
		}
		u.funcs[name] = f
		return
	}
	if other := l.p.funcs[name]; other != nil {
		l.clash("function "+name, place{u.def, f.def.Line}, place{other.unit.def, other.def.Line})
		return
	}
	l.p.funcs[name] = f
	ns, local := split(name)
	if ns != "" {
		l.space(ns).funcs[local] = f
	}
	if ns == "" && !u.def.TLPP {
		l.short(f)
	}
}

// short enters f by its first ten letters; a nil entry stands for several.
func (l *linker) short(f *function) {
	key, ok := shorten10(f.def.Name)
	if !ok {
		return
	}
	if _, taken := l.p.short[key]; taken {
		f = nil
	}
	l.p.short[key] = f
}

// shorten10 returns the first ten letters of name; ok is false if it has fewer.
func shorten10(name string) (short string, ok bool) {
	if len(name) < shortName {
		return "", false
	}
	return name[:shortName], true
}

// class enters a class under its name.
func (l *linker) class(u *unit, def *code.Class) {
	if other := l.p.classes[def.Name]; other != nil {
		l.clash("class "+def.Name, place{u.def, def.Line}, place{other.unit.def, other.Def.Line})
		return
	}
	c := &Class{Def: def, name: def.Name, unit: u, prog: l.p, index: len(l.p.classList)}
	l.p.classList = append(l.p.classList, c)
	l.p.classes[def.Name] = c
	if ns, local := split(def.Name); ns != "" {
		l.space(ns).classes[local] = c
	}
}

func (l *linker) clash(what string, here, there place) {
	mend := "rename one of them"
	for _, u := range []*code.Unit{here.unit, there.unit} {
		if u.Repository != "" {
			mend += fmt.Sprintf("; if the source %s is gone, compile its folder into %s again, which drops it there, or remove that file", u.Name, u.Repository)
		}
	}
	l.errorf("%v: %s is defined there and in %v: %s", here, what, there, mend)
}

// place is a line of a unit.
type place struct {
	unit *code.Unit
	line int32
}

// String names the place for errors.
func (p place) String() string {
	text := fmt.Sprintf("%s:%d", cmp.Or(p.unit.Path, p.unit.Name), p.line)
	if p.unit.Repository != "" {
		text += " (in " + p.unit.Repository + ")"
	}
	return text
}

// split cuts a linked name into its namespace, "" if it has none, and the rest.
func split(name string) (ns, local string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

// prefix returns what the unit's namespace puts before a name.
func (u *unit) prefix() string {
	if u.def.Namespace == "" {
		return ""
	}
	return u.def.Namespace + "."
}

// space returns the namespace with the name, which it makes if there is none.
func (l *linker) space(name string) *space {
	s := l.p.spaces[name]
	if s == nil {
		s = &space{funcs: map[string]*function{}, classes: map[string]*Class{}}
		l.p.spaces[name] = s
	}
	return s
}

// scopes finds the namespaces whose names u may use as they are.
func (l *linker) scopes(u *unit) {
	for _, name := range append([]string{u.def.Namespace}, u.def.Using...) {
		if s := l.p.spaces[name]; s != nil && name != "" {
			u.scopes = append(u.scopes, s)
		}
	}
}

// names numbers the names that f and its blocks mention.
func (l *linker) names(f *function) {
	f.names = make([]symbol, len(f.def.Names))
	for i, name := range f.def.Names {
		f.names[i] = l.symbol(name)
	}
	for _, b := range f.blocks {
		l.names(b)
	}
}

// symbol returns the number of name, a new one if it has none.
func (l *linker) symbol(name string) symbol {
	s, ok := l.p.symbols[name]
	if !ok {
		s = symbol(len(l.p.names))
		l.p.symbols[name] = s
		l.p.names = append(l.p.names, name)
	}
	return s
}

// link resolves the names that f and its blocks call.
func (p *Program) link(f *function, lazy bool) {
	f.lazy = lazy
	f.targets = make([]target, len(f.def.Names))
	for _, in := range f.def.Code {
		if n := in.C; calls(in.Op) && f.targets[n].none() {
			f.targets[n] = p.resolve(f.unit, f.def.Names[n])
		}
	}
	for _, b := range f.blocks {
		p.link(b, lazy)
	}
}

// calls tells whether operand C of op names a function.
func calls(op code.Op) bool {
	return op == code.CALL || op == code.CALLR || op == code.CALLV
}

// linkMacro makes a function of the text of a macro. It sees no static functions
// and no namespace.
func (t *Thread) linkMacro(def *code.Func) (*function, error) {
	if err := code.VerifyMacro(def); err != nil {
		return nil, err
	}
	f := newFunction(def, t.prog.macros, nil)
	t.macroNames(f)
	t.prog.link(f, false)
	return f, nil
}

func (t *Thread) macroNames(f *function) {
	f.names = make([]symbol, len(f.def.Names))
	for i, name := range f.def.Names {
		f.names[i] = t.symbol(name)
	}
	for _, b := range f.blocks {
		t.macroNames(b)
	}
}

// resolve returns what name, in upper case, stands for in a call from u, which may
// be nil. It is safe for concurrent use.
func (p *Program) resolve(u *unit, name string) target {
	if fn := p.resolveFunc(u, name); fn != nil {
		return target{fn: fn}
	}
	if native := p.lib.Funcs[name]; native != nil {
		return target{native: native}
	}
	if c := p.resolveClass(u, name); c != nil {
		return target{class: c}
	}
	if construct := p.nativeClass(name); construct != nil {
		return target{native: construct}
	}
	return target{fn: p.resolveShort(u, name)}
}

// resolveFunc finds a function of the program by its full name.
func (p *Program) resolveFunc(u *unit, name string) *function {
	if u != nil {
		if fn := u.funcs[name]; fn != nil {
			return fn
		}
		for _, s := range u.scopes {
			if fn := s.funcs[name]; fn != nil {
				return fn
			}
		}
	}
	return p.funcs[name]
}

// resolveClass finds a class of the program.
func (p *Program) resolveClass(u *unit, name string) *Class {
	if u != nil {
		for _, s := range u.scopes {
			if c := s.classes[name]; c != nil {
				return c
			}
		}
	}
	return p.classes[name]
}

// nativeClass returns the constructor of a class of the library, or nil.
func (p *Program) nativeClass(name string) Native {
	if construct := p.lib.Classes[name]; construct != nil {
		return construct
	}
	if name == errorClass {
		return newErrorObject
	}
	return nil
}

// resolveShort finds the one function that has the first ten letters of name.
func (p *Program) resolveShort(u *unit, name string) *function {
	key, ok := shorten10(name)
	if !ok {
		return nil
	}
	if u != nil && !u.def.TLPP {
		if fn := onlyShort(u.funcs, key); fn != nil {
			return fn
		}
	}
	return p.short[key]
}

// onlyShort returns the one of funcs whose name begins with key, or nil.
func onlyShort(funcs map[string]*function, key string) *function {
	var found *function
	for name, fn := range funcs {
		if strings.HasPrefix(name, key) {
			if found != nil {
				return nil
			}
			found = fn
		}
	}
	return found
}

// Units returns the units, in the order of Link.
func (p *Program) Units() []*code.Unit {
	units := make([]*code.Unit, len(p.units))
	for i, u := range p.units {
		units[i] = u.def
	}
	return units
}

// Lookup finds a function by the name that a program would call it with, in any
// case; unit is nil, or the unit whose static functions and namespaces are seen too.
// fn is nil for natives and for the constructors of classes, for which native is
// true.
func (p *Program) Lookup(name string, unit *code.Unit) (fn *code.Func, native, ok bool) {
	found := p.resolve(p.unitOf(unit), strings.ToUpper(name))
	switch {
	case found.fn != nil:
		return found.fn.def, false, true
	case found.native != nil, found.class != nil:
		return nil, true, true
	}
	return nil, false, false
}

// unitOf returns the linked form of def, or nil.
func (p *Program) unitOf(def *code.Unit) *unit {
	i := slices.IndexFunc(p.units, func(u *unit) bool { return u.def == def })
	if i < 0 {
		return nil
	}
	return p.units[i]
}
