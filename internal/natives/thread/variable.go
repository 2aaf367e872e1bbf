package thread

import (
	"errors"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/shared"
)

var variableFuncs = table{
	"VARSETUID": varSetUID,
	"VARISUID":  varIsUID,
	"VARCLEAN":  varClean,
	"VARCLEANX": varCleanX,
	"VARCLEANA": varCleanA,
	"VARBEGINT": varBeginT,
	"VARENDT":   varEndT,
	"VARSET":    varSet,
	"VARSETX":   varSetX,
	"VARSETA":   varSetA,
	"VARSETD":   varSetD,
	"VARSETXD":  varSetXD,
	"VARSETAD":  varSetAD,
	"VARGET":    varGet,
	"VARGETX":   varGetX,
	"VARGETA":   varGetA,
	"VARGETD":   varGetD,
	"VARGETXD":  varGetXD,
	"VARGETAD":  varGetAD,
	"VARGETXA":  varGetXA,
	"VARGETAA":  varGetAA,
	"VARGET_A":  varGetBoth,
	"VARDEL":    varDel,
	"VARDELX":   varDelX,
	"VARDELA":   varDelA,
}

// variables is a call of one of the functions Var…: what it works on.
type variables struct {
	fn    string
	t     *vm.Thread
	space *shared.Space
	id    int64 // of the thread
	uid   string
	key   string
}

// variablesOf reads the session, the first argument.
func variablesOf(t *vm.Thread, fn string, a vm.Args) (*variables, error) {
	s, id, err := space(t, fn)
	if err != nil {
		return nil, err
	}
	uid, err := lib.ArgText(fn, a, 0)
	return &variables{fn: fn, t: t, space: s, id: id, uid: uid}, err
}

// keyed reads the session and the key, the first two arguments.
func keyed(t *vm.Thread, fn string, a vm.Args) (*variables, error) {
	v, err := variablesOf(t, fn, a)
	if err != nil {
		return nil, err
	}
	v.key, err = lib.ArgText(fn, a, 1)
	return v, err
}

// done is what the function returns: whether it could do its work, for which there must
// be the session.
func (v *variables) done(ok bool, err error) (vm.Value, error) {
	if errors.Is(err, shared.ErrNoSession) {
		return vm.Bool(false), nil
	}
	return vm.Bool(ok), fault(v.fn, err)
}

// alone runs f while no other thread has a transaction on the key.
func (v *variables) alone(f func() error) error {
	err := v.space.Transact(v.t.Context(), v.t.Blocked, v.id, v.uid, v.key, f)
	if gone := v.t.Poll(); gone != nil {
		return gone
	}
	return err
}

// dirty runs f at once.
func (v *variables) dirty(f func() error) error { return f() }

// set sets the values of the key in the tables, in the order X, A. ok is false if one is
// of a kind that its table does not take.
func (v *variables) set(when func(func() error) error, values map[shared.Table]vm.Value) (vm.Value, error) {
	copies := map[shared.Table]vm.Value{}
	for table, value := range values {
		if !takes(table, value) {
			return vm.Bool(false), nil
		}
		twin, err := shared.CopyTo(v.t, value)
		if err != nil {
			return vm.Value{}, err
		}
		copies[table] = twin
	}
	err := when(func() error {
		for table, twin := range copies {
			if err := v.space.SetVar(v.uid, table, v.key, twin); err != nil {
				return err
			}
		}
		return nil
	})
	return v.done(true, err)
}

// takes tells whether the table takes the value.
func takes(table shared.Table, v vm.Value) bool {
	switch v.Kind() {
	case vm.Array:
		return table == shared.A
	case vm.Number, vm.String, vm.Date, vm.Logical:
		return table == shared.X
	}
	return false
}

// get gives the values of the key back through the arguments with the index for each
// table. The result is whether there is one.
func (v *variables) get(when func(func() error) error, a vm.Args, places map[shared.Table]int) (vm.Value, error) {
	found := map[shared.Table]vm.Value{}
	err := when(func() error {
		for table := range places {
			if value, ok := v.space.Var(v.uid, table, v.key); ok {
				found[table] = value
			}
		}
		return nil
	})
	if err != nil {
		return v.done(false, err)
	}
	for table, value := range found {
		twin, err := shared.CopyTo(v.t, value)
		if err != nil {
			return vm.Value{}, err
		}
		lib.GiveBack(a, places[table], twin)
	}
	return vm.Bool(len(found) > 0), nil
}

// VarSetUID(cSession[, lExists = .F.]) → .T. after it has made the session, two empty tables
// that all threads of the server share: X for strings, numbers, dates and logicals, A for
// arrays. If there is the session already, lExists is the result. Names of sessions and keys
// are told apart by case. What a table takes and gives are copies; in arrays, code blocks and
// objects other than JSON objects become NIL. The bounds are those of PutGlbValue, and what
// would be more is an error in all functions Var…. Source: TDN; that JSON objects are copied
// and the bounds are decided here.
func varSetUID(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := variablesOf(t, "VARSETUID", a)
	if err != nil {
		return vm.Value{}, err
	}
	exists, err := lib.OptBool(v.fn, a, 1, false)
	if err != nil {
		return vm.Value{}, err
	}
	made, err := v.space.NewSession(v.uid)
	return v.done(made || exists, err)
}

// VarIsUID(cSession) → whether there is the session. Source: public programs.
func varIsUID(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := variablesOf(t, "VARISUID", a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(v.space.HasSession(v.uid)), nil
}

// VarClean(cSession) → whether there was the session, which is gone with its tables and
// transactions. Source: public programs.
func varClean(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := variablesOf(t, "VARCLEAN", a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(v.space.EndSession(v.uid)), nil
}

// VarCleanX(cSession) → whether there is the session; its table X is empty now. Source: public
// programs.
func varCleanX(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return cleanVars(t, "VARCLEANX", a, shared.X)
}

// VarCleanA(cSession) → whether there is the session; its table A is empty now. Source: public
// programs.
func varCleanA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return cleanVars(t, "VARCLEANA", a, shared.A)
}

func cleanVars(t *vm.Thread, fn string, a vm.Args, table shared.Table) (vm.Value, error) {
	v, err := variablesOf(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(v.space.CleanVars(v.uid, table)), nil
}

// VarBeginT(cSession, cKey) → .T. when the thread has the transaction on the key, which need
// not have a value: until VarEndT or the thread's end all functions without D at the end of
// their names wait in other threads if they are about the key. It waits itself while another
// thread has the transaction; who waits longest is next. .F. if there is no such session.
// Threads that would wait for each other without end get an error. Source: TDN; the error is
// decided here.
func varBeginT(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARBEGINT", a)
	if err != nil {
		return vm.Value{}, err
	}
	_, err = v.space.Begin(t.Context(), t.Blocked, v.id, v.uid, v.key)
	if gone := t.Poll(); gone != nil {
		return vm.Value{}, gone
	}
	return v.done(true, err)
}

// VarEndT(cSession, cKey) → whether the thread had the transaction on the key, which has ended.
// Source: TDN.
func varEndT(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARENDT", a)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(v.space.End(v.id, v.uid, v.key)), nil
}

// VarSet(cSession, cKey, xValue, aValue) → .T. after it has set the key to xValue in table X and
// to aValue in table A. It waits until no other thread has a transaction on the key. .F., and
// nothing is set, if there is no such session or a value is of a kind that its table does not
// take. Source: TDN.
func varSet(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARSET", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.set(v.alone, map[shared.Table]vm.Value{shared.X: a.Get(2), shared.A: a.Get(3)})
}

// VarSetD(cSession, cKey, xValue, aValue) → as VarSet, but it does not wait for transactions.
// Source: TDN.
func varSetD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARSETD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.set(v.dirty, map[shared.Table]vm.Value{shared.X: a.Get(2), shared.A: a.Get(3)})
}

// VarSetX(cSession, cKey, xValue) → .T. after it has set the key in table X, which takes strings,
// numbers, dates and logicals. It waits until no other thread has a transaction on the key.
// .F. if there is no such session or xValue is something else. Source: TDN.
func varSetX(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARSETX", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.set(v.alone, map[shared.Table]vm.Value{shared.X: a.Get(2)})
}

// VarSetXD(cSession, cKey, xValue) → as VarSetX, but it does not wait for transactions.
// Source: TDN.
func varSetXD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARSETXD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.set(v.dirty, map[shared.Table]vm.Value{shared.X: a.Get(2)})
}

// VarSetA(cSession, cKey, aValue) → .T. after it has set the key in table A, which takes arrays. It
// waits until no other thread has a transaction on the key. .F. if there is no such session
// or aValue is no array. Source: TDN.
func varSetA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARSETA", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.set(v.alone, map[shared.Table]vm.Value{shared.A: a.Get(2)})
}

// VarSetAD(cSession, cKey, aValue) → as VarSetA, but it does not wait for transactions.
// Source: TDN.
func varSetAD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARSETAD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.set(v.dirty, map[shared.Table]vm.Value{shared.A: a.Get(2)})
}

// VarGet(cSession, cKey, @xValue, @aValue) → whether the key has a value in one of the tables;
// xValue becomes a copy of that in X, aValue of that in A, as far as there are. It waits until
// no other thread has a transaction on the key. Source: TDN.
func varGet(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARGET", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.get(v.alone, a, map[shared.Table]int{shared.X: 2, shared.A: 3})
}

// VarGetD(cSession, cKey, @xValue, @aValue) → as VarGet, but it does not wait for transactions.
// Source: TDN.
func varGetD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARGETD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.get(v.dirty, a, map[shared.Table]int{shared.X: 2, shared.A: 3})
}

// VarGetX(cSession, cKey, @xValue) → whether the key has a value in table X, of which xValue
// becomes a copy. It waits until no other thread has a transaction on the key. Source: TDN.
func varGetX(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARGETX", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.get(v.alone, a, map[shared.Table]int{shared.X: 2})
}

// VarGetXD(cSession, cKey, @xValue) → as VarGetX, but it does not wait for transactions.
// Source: TDN.
func varGetXD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARGETXD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.get(v.dirty, a, map[shared.Table]int{shared.X: 2})
}

// VarGetA(cSession, cKey, @aValue) → whether the key has a value in table A, of which aValue
// becomes a copy; an array that is not passed by reference gets its elements. It waits until
// no other thread has a transaction on the key. Source: TDN, public programs.
func varGetA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARGETA", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.get(v.alone, a, map[shared.Table]int{shared.A: 2})
}

// VarGetAD(cSession, cKey, @aValue) → as VarGetA, but it does not wait for transactions.
// Source: TDN.
func varGetAD(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := keyed(t, "VARGETAD", a)
	if err != nil {
		return vm.Value{}, err
	}
	return v.get(v.dirty, a, map[shared.Table]int{shared.A: 2})
}

// VarGetXA(cSession, @aList) → whether there is the session; aList becomes an array of {cKey,
// xValue} of table X, ordered by key. It does not wait for transactions. Source: public
// programs; the order is decided here.
func varGetXA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return listVars(t, "VARGETXA", a, shared.X)
}

// VarGetAA(cSession, @aList) → whether there is the session; aList becomes an array of {cKey,
// aValue} of table A, ordered by key. It does not wait for transactions. Source: public
// programs; the order is decided here.
func varGetAA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return listVars(t, "VARGETAA", a, shared.A)
}

// VarGet_A(cSession, @aListX, @aListA) → whether there is the session; the lists are set as
// VarGetXA and VarGetAA do. Source: public programs.
func varGetBoth(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return listVars(t, "VARGET_A", a, shared.X, shared.A)
}

// listVars gives the tables back through the arguments behind the session.
func listVars(t *vm.Thread, fn string, a vm.Args, tables ...shared.Table) (vm.Value, error) {
	v, err := variablesOf(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	for i, table := range tables {
		pairs, ok := v.space.Vars(v.uid, table)
		if !ok {
			return vm.Bool(false), nil
		}
		rows := make([]vm.Value, len(pairs))
		for k, p := range pairs {
			rows[k] = vm.NewArray([]vm.Value{vm.Str(p.Key), p.Value})
		}
		list, err := shared.CopyAllTo(t, rows)
		if err != nil {
			return vm.Value{}, err
		}
		lib.GiveBack(a, 1+i, vm.NewArray(list))
	}
	return vm.Bool(true), nil
}

// VarDel(cSession, cKey) → whether the key had a value in one of the tables; it has none now. It
// waits until no other thread has a transaction on the key. Source: TDN.
func varDel(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return deleteVar(t, "VARDEL", a, shared.X, shared.A)
}

// VarDelX(cSession, cKey) → whether the key had a value in table X; it has none now. It waits
// until no other thread has a transaction on the key. Source: TDN.
func varDelX(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return deleteVar(t, "VARDELX", a, shared.X)
}

// VarDelA(cSession, cKey) → whether the key had a value in table A; it has none now. It waits
// until no other thread has a transaction on the key. Source: TDN.
func varDelA(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return deleteVar(t, "VARDELA", a, shared.A)
}

func deleteVar(t *vm.Thread, fn string, a vm.Args, tables ...shared.Table) (vm.Value, error) {
	v, err := keyed(t, fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	gone := false
	err = v.alone(func() error {
		for _, table := range tables {
			gone = v.space.DeleteVar(v.uid, table, v.key) || gone
		}
		return nil
	})
	return v.done(gone, err)
}
