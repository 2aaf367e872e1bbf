package lib

import (
	"math"
	"strings"

	"appserver/internal/advpl/vm"
)

var hashMapFuncs = table{
	"HMNEW":   hmNew,
	"HMSET":   hmSet,
	"HMSETN":  hmSet,
	"HMGET":   hmGet,
	"HMGETN":  hmGet,
	"HMDEL":   hmDel,
	"HMADD":   hmAdd,
	"HMLIST":  hmList,
	"HMCLEAN": hmClean,
	"HMCOUNT": hmCount,
	"HMKEY":   hmKey,
	"ATOHM":   aToHM,
}

// hashMap is an object of tHashMap: values by key, in the order in which they were set.
// Keys are strings, numbers, dates and logicals.
type hashMap struct {
	self vm.Value // what New returns
	ordered[mapKey]
}

type mapKey struct {
	kind vm.Kind
	bits uint64 // of a number, date or logical
	text string
}

// keyOf returns the key that v is.
func keyOf(v vm.Value) (mapKey, bool) {
	k := mapKey{kind: v.Kind()}
	switch k.kind {
	case vm.String:
		k.text = v.Text()
	case vm.Number:
		k.bits = math.Float64bits(v.Float() + 0)
	case vm.Date:
		k.bits = uint64(v.Day())
	case vm.Logical:
		if v.Truth() {
			k.bits = 1
		}
	default:
		return k, false
	}
	return k, true
}

// value returns the value that k is the key of.
func (k mapKey) value() vm.Value {
	switch k.kind {
	case vm.String:
		return vm.Str(k.text)
	case vm.Number:
		return vm.Num(math.Float64frombits(k.bits))
	case vm.Date:
		return vm.DateOf(int(k.bits))
	}
	return vm.Bool(k.bits != 0)
}

// tHashMap():New() → a hash map without keys; keys are strings, numbers, dates and logicals, and
// keep the order in which they were set. Its methods, which do what HMSet and so on do:
//
//	Set(xKey, xValue)   .T.; the map has xValue under the key
//	Get(xKey, @xValue)  whether there is the key; sets xValue to its value
//	Del(xKey)           whether there was the key, which is gone
//	List(@aList)        .T.; sets aList to an array of {xKey, xValue}
//	Clean()             .T.; the map is empty
//
// Source: TDN.
func newHashMap(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	if err := t.Charge(entryBytes); err != nil {
		return vm.Value{}, err
	}
	m := new(hashMap)
	m.self = vm.NewNative(m)
	return m.self, nil
}

func (m *hashMap) ClassName() string { return "THASHMAP" }

// Len returns how many keys there are.
func (m *hashMap) Len() int { return m.len() }

// Walk visits the values.
func (m *hashMap) Walk(visit func(vm.Value)) int {
	size := entryBytes + m.walk(visit)
	for k := range m.all() {
		size += len(k.text)
	}
	return size
}

func (m *hashMap) clean() { m.ordered = ordered[mapKey]{} }

// list returns an array of {key, value}.
func (m *hashMap) list(t *vm.Thread) (vm.Value, error) {
	arr := new(vm.ArrayValue)
	h := hold{thread: t}
	for k, v := range m.all() {
		if err := h.addRow(arr, k.value(), v); err != nil {
			return vm.Value{}, err
		}
	}
	return vm.ArrayOf(arr), nil
}

// Get is o:name. A hash map has no such members.
func (m *hashMap) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, noMember(m, name)
}

// Set is o:name := x.
func (m *hashMap) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(m, name) }

// Send calls a method; newHashMap says which.
func (m *hashMap) Send(t *vm.Thread, name string, a vm.Args) (vm.Value, error) {
	switch name {
	case "NEW":
		return m.self, nil
	case "SET":
		return m.set(t, "SET", a)
	case "GET":
		return m.fetch("GET", a)
	case "DEL":
		return m.del("DEL", a)
	case "LIST":
		return m.listInto(t, a)
	case "CLEAN":
		m.clean()
		return vm.Bool(true), nil
	}
	return vm.Value{}, noMethod(m, name)
}

// argKey returns the key in the first argument.
func argKey(fn string, a vm.Args) (mapKey, error) {
	k, ok := keyOf(a.Get(0))
	if !ok {
		return k, vm.ArgError(fn, a, 0, "a key: a string, number, date or logical")
	}
	return k, nil
}

func (m *hashMap) set(t *vm.Thread, fn string, a vm.Args) (vm.Value, error) {
	k, err := argKey(fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(true), m.put(t, k, len(k.text), a.Get(1))
}

func (m *hashMap) fetch(fn string, a vm.Args) (vm.Value, error) {
	k, err := argKey(fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	v, ok := m.get(k)
	if ok {
		a.Set(1, v)
	}
	return vm.Bool(ok), nil
}

func (m *hashMap) del(fn string, a vm.Args) (vm.Value, error) {
	k, err := argKey(fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(m.remove(k)), nil
}

func (m *hashMap) listInto(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := m.list(t)
	if err != nil {
		return vm.Value{}, err
	}
	a.Set(0, v)
	return vm.Bool(true), nil
}

// argMap returns the hash map in the first argument, and the others.
func argMap(fn string, a vm.Args) (*hashMap, vm.Args, error) {
	if v := a.Get(0); v.Kind() == vm.Object {
		if m, ok := v.Object().Native.(*hashMap); ok {
			return m, a[1:], nil
		}
	}
	return nil, nil, vm.ArgError(fn, a, 0, "a hash map")
}

// HMNew() → an empty hash map. Source: TDN.
func hmNew(t *vm.Thread, a vm.Args) (vm.Value, error) { return newHashMap(t, a) }

// HMSet(oMap, xKey, xValue) → .T.; the map has xValue under the key. Source: TDN.
func hmSet(t *vm.Thread, a vm.Args) (vm.Value, error) {
	m, rest, err := argMap("HMSET", a)
	if err != nil {
		return vm.Value{}, err
	}
	return m.set(t, "HMSET", rest)
}

// HMGet(oMap, xKey, @xValue) → whether the map has the key; xValue is set to its value.
// Source: TDN.
func hmGet(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	m, rest, err := argMap("HMGET", a)
	if err != nil {
		return vm.Value{}, err
	}
	return m.fetch("HMGET", rest)
}

// HMDel(oMap, xKey) → whether the map had the key, which it has no more. Source: TDN.
func hmDel(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	m, rest, err := argMap("HMDEL", a)
	if err != nil {
		return vm.Value{}, err
	}
	return m.del("HMDEL", rest)
}

// HMList(oMap, @aList) → .T.; aList is set to an array of {xKey, xValue}, in the order in
// which the keys were set. Source: TDN.
func hmList(t *vm.Thread, a vm.Args) (vm.Value, error) {
	m, rest, err := argMap("HMLIST", a)
	if err != nil {
		return vm.Value{}, err
	}
	return m.listInto(t, rest)
}

// HMClean(oMap) → .T.; the map is empty. Source: TDN.
func hmClean(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	m, _, err := argMap("HMCLEAN", a)
	if err != nil {
		return vm.Value{}, err
	}
	m.clean()
	return vm.Bool(true), nil
}

// HMCount(oMap) → how many keys the map has. Source: decided here.
func hmCount(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	m, _, err := argMap("HMCOUNT", a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Int(m.Len()), nil
}

// AToHM(aMatrix, nColumn, nTrim[, nColumn, nTrim…]) → a hash map of the rows of aMatrix: under
// each key, made as HMKey does, an array of the rows that have it. Source: TDN.
func aToHM(t *vm.Thread, a vm.Args) (vm.Value, error) {
	arr, err := argArray("ATOHM", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	made, err := newHashMap(t, nil)
	if err != nil {
		return vm.Value{}, err
	}
	m := made.Object().Native.(*hashMap)
	for i, row := range arr.Elems {
		if err := pollEvery(t, i); err != nil {
			return vm.Value{}, err
		}
		if err := m.addRow(t, "ATOHM", row, a); err != nil {
			return vm.Value{}, err
		}
	}
	return made, nil
}

// HMAdd(oMap, aRow, nColumn, nTrim[, nColumn, nTrim…]) → .T.; aRow joins the array under its
// key, made as HMKey does. Source: TDN.
func hmAdd(t *vm.Thread, a vm.Args) (vm.Value, error) {
	m, rest, err := argMap("HMADD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(true), m.addRow(t, "HMADD", rest.Get(0), rest)
}

// addRow adds a row under the key that the arguments from 1 on make of it.
func (m *hashMap) addRow(t *vm.Thread, fn string, row vm.Value, a vm.Args) error {
	key, err := rowKey(t, fn, row, a)
	if err != nil {
		return err
	}
	k, _ := keyOf(key)
	if rows, ok := m.get(k); ok && rows.Kind() == vm.Array {
		return appendElem(t, rows.Array(), row)
	}
	return m.put(t, k, len(k.text)+arrayBytes, vm.NewArray([]vm.Value{row}))
}

// HMKey(aRow, nColumn, nTrim[, nColumn, nTrim…]) → the key of a row: its columns as strings, one
// after the other. nTrim says what becomes of the blanks of strings: 0 stay, 1 trimmed on
// the left, 2 on the right, 3 on both sides; dates are YYYYMMDD. Source: TDN.
func hmKey(t *vm.Thread, a vm.Args) (vm.Value, error) { return rowKey(t, "HMKEY", a.Get(0), a) }

func rowKey(t *vm.Thread, fn string, row vm.Value, a vm.Args) (vm.Value, error) {
	if row.Kind() != vm.Array {
		return vm.Value{}, vm.ArgError(fn, vm.Args{row}, 0, "a row: an array")
	}
	var b strings.Builder
	for i := 1; i < len(a); i += 2 {
		column, err := argInt(fn, a, i)
		if err != nil {
			return vm.Value{}, err
		}
		elems := row.Array().Elems
		if column < 1 || column > len(elems) {
			return vm.Value{}, vm.Errorf(vm.GenBound, fn, "array out of bounds [%d] of [%d]", column, len(elems))
		}
		text := columnText(t, elems[column-1], loose(a, i+1, 0))
		if err := t.CheckString(b.Len() + len(text)); err != nil {
			return vm.Value{}, err
		}
		b.WriteString(text)
	}
	return vm.Str(b.String()), nil
}

// columnText returns a column as a part of a key.
func columnText(t *vm.Thread, v vm.Value, trim int) string {
	if v.Kind() == vm.Date {
		return compact(v.Day())
	}
	s := plainText(t, v)
	if trim&1 != 0 {
		s = trimLeft(s)
	}
	if trim&2 != 0 {
		s = trimRight(s)
	}
	return s
}
