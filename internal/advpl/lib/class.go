package lib

import (
	"iter"
	"strings"

	"appserver/internal/advpl/vm"
)

var classFuncs = table{
	"GETCLASSNAME":   getClassName,
	"ATTISMEMBEROF":  attIsMemberOf,
	"METHISMEMBEROF": methIsMemberOf,
	"CLASSDATAARR":   classDataArr,
	"CLASSMETHARR":   classMethArr,
	"FINDCLASS":      findClass,
	"DELCLASSINTF":   delClassIntf,
	"GETCBSOURCE":    getCBSource,
}

// GetClassName(oObject) → the name of its class in upper case; "" for what is no object.
// Source: TDN.
func getClassName(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.Kind() != vm.Object {
		return vm.Str(""), nil
	}
	return vm.Str(v.Object().ClassName()), nil
}

// AttIsMemberOf(oObject, cName[, lInherited = .F.]) → whether its own class declares the data
// member, with lInherited whether the object has it. Objects of FWJsonDeserialize and of
// XML have the properties that were read. Source: TDN, public programs.
func attIsMemberOf(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return isMember("ATTISMEMBEROF", a, true, (*vm.Class).HasData)
}

// MethIsMemberOf(oObject, cName[, lInherited = .F.]) → whether its own class declares the
// method, with lInherited whether the object has it. Source: TDN.
func methIsMemberOf(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return isMember("METHISMEMBEROF", a, false, (*vm.Class).HasMethod)
}

// propertied is implemented by native objects whose properties a program can list.
type propertied interface {
	data() iter.Seq2[string, vm.Value]
	hasData(name string) bool // the name is in upper case
}

// isMember tells whether an object has a member; property, whether that is data.
func isMember(fn string, a vm.Args, property bool, has func(*vm.Class, string) bool) (vm.Value, error) {
	o, err := argObject(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	inherited, err := optBool(fn, a, 2, false)
	if err != nil || o.Class == nil {
		return vm.Bool(err == nil && property && nativeHasData(o.Native, mapBytes(name, upperOf))), err
	}
	found := has(o.Class, name)
	if found && !inherited {
		found = declares(o.Class, name)
	}
	return vm.Bool(found), nil
}

// nativeHasData tells whether a native object has a property with the name, in upper case.
func nativeHasData(o vm.NativeObject, name string) bool {
	switch o := o.(type) {
	case propertied:
		return o.hasData(name)
	case interface{ HasData(name string) bool }: // of other packages
		return o.HasData(name)
	}
	return false
}

// declares tells whether the class itself has a member of the name.
func declares(c *vm.Class, name string) bool {
	for _, d := range c.Def.Data {
		if strings.EqualFold(d.Name, name) {
			return true
		}
	}
	for _, m := range c.Def.Methods {
		if strings.EqualFold(m.Name, name) {
			return true
		}
	}
	return false
}

// ClassDataArr(oObject[, lInherited = .F.]) → an array of the data that the object's own
// class declares, with lInherited of all its data: {cName, xValue} each. Source: TDN.
func classDataArr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argObject("CLASSDATAARR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	inherited, err := optBool("CLASSDATAARR", a, 1, false)
	if err != nil {
		return vm.Value{}, err
	}
	if p, ok := o.Native.(propertied); ok {
		return pairsOf(t, p.data())
	}
	return memberArray(t, o, inherited, (*vm.Class).DataNames, func(name string) (vm.Value, error) {
		return t.Get(a.Get(0), name)
	})
}

// pairsOf returns an array of {cName, xValue}.
func pairsOf(t *vm.Thread, members iter.Seq2[string, vm.Value]) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for name, v := range members {
		if err := h.addRow(arr, vm.Str(name), v); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// ClassMethArr(oObject[, lInherited = .F.]) → an array of the methods that the object's own
// class declares, with lInherited of all its methods: {cName, aParameters} each, the
// names in upper case. Source: TDN.
func classMethArr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argObject("CLASSMETHARR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	inherited, err := optBool("CLASSMETHARR", a, 1, false)
	if err != nil {
		return vm.Value{}, err
	}
	h := hold{thread: t}
	return memberArray(t, o, inherited, (*vm.Class).MethodNames, func(name string) (vm.Value, error) {
		return h.array(paramNames(o.Class, name)...)
	})
}

// paramNames returns the names of the parameters of a method of the class.
func paramNames(c *vm.Class, method string) (names []vm.Value) {
	for ; c != nil; c = c.Parent() {
		for _, m := range c.Def.Methods {
			if m.Func == nil || !strings.EqualFold(m.Name, method) {
				continue
			}
			for _, p := range m.Func.Params {
				names = append(names, vm.Str(p.Name))
			}
			return names
		}
	}
	return nil
}

// memberArray returns pairs of the names and what second gives; members that the program
// may not read are left out.
func memberArray(t *vm.Thread, o *vm.ObjectValue, inherited bool, names func(*vm.Class) []string,
	second func(string) (vm.Value, error)) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	if o.Class == nil {
		return vm.ArrayOf(arr), nil
	}
	h := hold{thread: t}
	for _, name := range names(o.Class) {
		if !inherited && !declares(o.Class, name) {
			continue
		}
		v, err := second(name)
		if isFatal(err) {
			return vm.Value{}, err
		}
		if err != nil {
			continue
		}
		if err := h.addRow(arr, vm.Str(name), v); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// FindClass(cName) → whether there is a class with the name, in any case, of the program or
// of the library. Source: public programs.
func findClass(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := argName("FINDCLASS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if _, ok := t.Program().ClassNamed(name); ok {
		return vm.Bool(true), nil
	}
	for _, area := range classes() {
		if _, ok := area[name]; ok {
			return vm.Bool(true), nil
		}
	}
	return vm.Bool(false), nil
}

// GetCBSource(bBlock) → the source of the code block, such as "{|x| x + 1}". Source: TDN.
func getCBSource(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	b, err := argBlock("GETCBSOURCE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Str(b.BlockText()), nil
}

// DelClassIntf() → NIL. The memory of objects that nothing refers to is freed without it.
// Source: TDN.
func delClassIntf(*vm.Thread, vm.Args) (vm.Value, error) { return vm.Value{}, nil }
