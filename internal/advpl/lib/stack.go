package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var stackFuncs = table{
	"PCOUNT":       pCount,
	"PVALUE":       pValue,
	"PROCNAME":     procName,
	"PROCLINE":     procLine,
	"PROCSOURCE":   procSource,
	"FUNNAME":      funName,
	"SETFUNNAME":   setFunName,
	"FINDFUNCTION": findFunction,
	"EXISTBLOCK":   existBlock,
	"EXECBLOCK":    execBlock,
	"STATICCALL":   staticCall,

	"EXISTTEMPLATE": existTemplate,
	"EXECTEMPLATE":  execTemplate,

	"ISINCALLSTACK":   isInCallStack,
	"FWISINCALLSTACK": isInCallStack,
}

// PCount() → how many arguments the running function was given. Source: TDN.
func pCount(t *vm.Thread, _ vm.Args) (vm.Value, error) { return vm.Int(t.PCount()), nil }

// PValue(nParam) → argument nParam, from 1, of the function that calls it,
// whether or not it has a parameter for it; NIL if there is none. Source: TDN,
// parameters of variable number.
func pValue(t *vm.Thread, a vm.Args) (vm.Value, error) {
	n := loose(a, 0, 0)
	if n < 1 {
		return vm.Value{}, vm.ArgError("PVALUE", a, 0, "a number from 1")
	}
	return t.Param(n - 1), nil
}

// frameAt returns the running function at the level that the first argument says, 0
// being the caller of the native.
func frameAt(t *vm.Thread, a vm.Args) (vm.Frame, bool) {
	level := loose(a, 0, 0)
	if level < 0 {
		return vm.Frame{}, false
	}
	return t.Frame(level)
}

// ProcName([nLevel = 0]) → the name of the running function, or of the one that called
// it at that level; "" above the first. Source: TDN.
func procName(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, _ := frameAt(t, a)
	return vm.Str(f.Name), nil
}

// ProcLine([nLevel = 0]) → the line where the function at that level is; 0 above the
// first. Source: TDN.
func procLine(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, _ := frameAt(t, a)
	return vm.Int(f.Line), nil
}

// ProcSource([nLevel = 0]) → the source file of the function at that level; "" above the
// first. Source: TDN.
func procSource(t *vm.Thread, a vm.Args) (vm.Value, error) {
	f, ok := frameAt(t, a)
	if !ok || f.Unit == nil {
		return vm.Str(""), nil
	}
	return vm.Str(f.Unit.Name), nil
}

type funNameKey struct{}

// chosenName is the name that SetFunName gave.
func chosenName(t *vm.Thread) *string {
	return t.Local(funNameKey{}, func() any { return new(string) }).(*string)
}

// FunName([nLevel]) → the name that SetFunName set, else that of the function with which
// the thread began. The level is accepted and not used. Source: TDN.
func funName(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if name := *chosenName(t); name != "" {
		return vm.Str(name), nil
	}
	name := ""
	for level := 0; ; level++ {
		f, ok := t.Frame(level)
		if !ok {
			return vm.Str(name), nil
		}
		name = f.Name
	}
}

// SetFunName(cName) → NIL; FunName returns cName from now on. Source: TDN.
func setFunName(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argText("SETFUNNAME", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	SetFunName(t, name)
	return vm.Value{}, nil
}

// SetFunName sets what FunName returns.
func SetFunName(t *vm.Thread, name string) {
	*chosenName(t) = strings.Clone(name[:min(len(name), 255)])
}

// IsInCallStack(cName) → whether the function is running at any level. Source: TDN.
func isInCallStack(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argName("ISINCALLSTACK", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	for level := 0; ; level++ {
		f, ok := t.Frame(level)
		if !ok {
			return vm.Bool(false), nil
		}
		if f.Name == name {
			return vm.Bool(true), nil
		}
	}
}

// argName returns argument i, the name of a function, in upper case without blanks and
// parentheses.
func argName(fn string, a vm.Args, i int) (string, error) {
	s, err := argText(fn, a, i)
	if err != nil {
		return "", err
	}
	return strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(s), "()")), nil
}

// FindFunction(cName) → whether there is a function with the name, of the program or of
// the library. Source: TDN.
func findFunction(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return isFunction("FINDFUNCTION", t, a)
}

// isFunction tells whether the first argument names a function that can be called.
func isFunction(fn string, t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argName(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	_, _, ok := t.Program().Lookup(name, nil)
	return vm.Bool(ok), nil
}

// ExistBlock(cName) → whether there is a user function with the name, without its "U_".
// Source: TDN.
func existBlock(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return existPoint("EXISTBLOCK", "U_", t, a)
}

// ExistTemplate(cName) → whether there is a template function with the name. Source: TDN.
func existTemplate(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return existPoint("EXISTTEMPLATE", "T_", t, a)
}

// existPoint tells whether the program has a function with the prefix and the name.
func existPoint(fn, prefix string, t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argName(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	_, native, ok := t.Program().Lookup(prefix+name, nil)
	return vm.Bool(ok && !native), nil
}

// ExecBlock(cName[, lServer[, lClient[, xParameter]]]) → what the user function with the
// name returns. It finds xParameter in the private PARAMIXB, which is restored
// afterwards. The logicals are accepted and not used. Source: TDN.
func execBlock(t *vm.Thread, a vm.Args) (vm.Value, error) { return execPoint("EXECBLOCK", "U_", t, a) }

// ExecTemplate(cName[, lServer[, lClient[, xParameter]]]) → what the template function with
// the name returns, called as ExecBlock calls a user function. Source: TDN.
func execTemplate(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return execPoint("EXECTEMPLATE", "T_", t, a)
}

// execPoint calls the function with the prefix and the name.
func execPoint(fn, prefix string, t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argName(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	old, _ := t.MemVar("PARAMIXB")
	t.SetMemVar("PARAMIXB", a.Get(3))
	v, err := t.Call(prefix + name)
	t.SetMemVar("PARAMIXB", old)
	return v, err
}

// StaticCall(cSource, cName[, xArgument…]) → what the static function of the source returns.
// The compiler makes strings of the two names. Source: TDN.
func staticCall(t *vm.Thread, a vm.Args) (vm.Value, error) {
	source, err := argName("STATICCALL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argName("STATICCALL", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	for _, u := range t.Program().Units() {
		if base, _, _ := strings.Cut(u.Name, "."); strings.EqualFold(base, source) || strings.EqualFold(u.Name, source) {
			return t.CallStatic(u.Name, name, a[2:]...)
		}
	}
	return vm.Value{}, vm.Errorf(vm.GenNoFunc, "STATICCALL", "no source %s in the program", source)
}
