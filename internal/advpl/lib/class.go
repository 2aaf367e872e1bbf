package lib

import (
	"strings"

	"appserver/internal/advpl/vm"
)

var classFuncs = table{
	"GETCLASSNAME":   getClassName,
	"ATTISMEMBEROF":  attIsMemberOf,
	"METHISMEMBEROF": methIsMemberOf,
	"CLASSDATAARR":   classDataArr,
	"CLASSMETHARR":   classMethArr,
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

// AttIsMemberOf(oObject, cName[, lInherited = .T.]) → whether the object has the data
// member; without lInherited only if its own class declares it. Source: TDN.
func attIsMemberOf(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return isMember("ATTISMEMBEROF", a, (*vm.Class).HasData)
}

// MethIsMemberOf(oObject, cName[, lInherited = .T.]) → whether the object has the method;
// without lInherited only if its own class declares it. Source: TDN.
func methIsMemberOf(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return isMember("METHISMEMBEROF", a, (*vm.Class).HasMethod)
}

func isMember(fn string, a vm.Args, has func(*vm.Class, string) bool) (vm.Value, error) {
	o, err := argObject(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	name, err := argText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	inherited, err := optBool(fn, a, 2, true)
	if err != nil || o.Class == nil {
		return vm.Bool(false), err
	}
	found := has(o.Class, name)
	if found && !inherited {
		found = declares(o.Class, name)
	}
	return vm.Bool(found), nil
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

// ClassDataArr(oObject[, lInherited = .T.]) → an array of the object's data: {cName, xValue}
// each. Source: TDN.
func classDataArr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argObject("CLASSDATAARR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	inherited, err := optBool("CLASSDATAARR", a, 1, true)
	if err != nil {
		return vm.Value{}, err
	}
	return memberArray(t, o, inherited, (*vm.Class).DataNames, func(name string) (vm.Value, error) {
		return t.Get(a.Get(0), name)
	})
}

// ClassMethArr(oObject[, lInherited = .T.]) → an array of the object's methods: {cName, {}}
// each. Source: TDN.
func classMethArr(t *vm.Thread, a vm.Args) (vm.Value, error) {
	o, err := argObject("CLASSMETHARR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	inherited, err := optBool("CLASSMETHARR", a, 1, true)
	if err != nil {
		return vm.Value{}, err
	}
	return memberArray(t, o, inherited, (*vm.Class).MethodNames, func(string) (vm.Value, error) {
		return vm.NewArray(nil), nil
	})
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
		pair, err := h.array(vm.Str(name), v)
		if err != nil {
			return vm.Value{}, err
		}
		if err := h.add(arr, pair); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}
