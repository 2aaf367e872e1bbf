package rpc

import (
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
	"appserver/internal/host"
)

var environmentFuncs = table{
	"RPCSETENV":   rpcSetEnv,
	"RPCCLEARENV": rpcClearEnv,
	"RPCSETTYPE":  rpcSetType,
}

// environmentVars are the publics that RpcSetEnv sets.
var environmentVars = []string{"CEMPANT", "CFILANT", "CMODULO", "CUSERNAME", "__CUSERID", "DDATABASE"}

// RpcSetEnv([cCompany[, cBranch[, cUser[, cPassword[, cModule[, cFunction[, aTables[, …]]]]]]]])
// → .T.; prepares a program that runs without a user's screen: it sets the publics cEmpAnt,
// cFilAnt, cModulo (three letters, without SIGA; "FAT" if it is not given), cUserName,
// __cUserID ("") and dDataBase (today), and cFunction is what FunName gives. A user with a
// password must be one that appserver user knows: else the result is .F., and nothing is
// set. It is .F. too, whatever the password, for a while after ten wrong ones for the machine
// that the program was called from: the log says so. A user without a password is only a name.
//
// There are no tables yet: aTables is accepted and nothing is opened, neither dictionaries
// nor parameters are read, and that company and branch exist is not checked. What the
// original's further arguments say (messages, opening the dictionary and the connection)
// has no effect. The command PREPARE ENVIRONMENT of tbiconn.ch calls it. Source: public
// programs; the user, decided here.
func rpcSetEnv(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "RPCSETENV"
	var text [6]string // company, branch, user, password, module, function
	for i := range text {
		s, err := lib.OptText(fn, a, i, "")
		if err != nil {
			return vm.Value{}, err
		}
		text[i] = s
	}
	if tables := a.Get(6); !tables.IsNil() && tables.Kind() != vm.Array && !tables.IsStr() {
		return vm.Value{}, vm.ArgError(fn, a, 6, "an array")
	}
	user, password := strings.TrimSpace(text[2]), text[3]
	if ok, err := known(t, user, password); err != nil || !ok {
		return vm.Bool(false), err
	}
	values := []vm.Value{vm.Str(text[0]), vm.Str(text[1]), vm.Str(module(text[4])), vm.Str(user), vm.Str(""), today(t)}
	for i, name := range environmentVars {
		if err := t.MakePublic(name, values[i]); err != nil {
			return vm.Value{}, err
		}
	}
	if text[5] != "" {
		lib.SetFunName(t, text[5])
	}
	return vm.Bool(true), nil
}

// known tells whether the user may be who a program says.
func known(t *vm.Thread, user, password string) (bool, error) {
	if password == "" {
		return true, nil
	}
	check := stateOf(t).options.User
	if check == nil {
		return false, nil
	}
	machine := ""
	if own, ok := host.ThreadOf(t); ok {
		machine = own.Machine()
	}
	var refused error
	ctx := t.Context()
	t.Blocked(func() { refused = check(ctx, machine, lib.ToUTF8(user), lib.ToUTF8(password)) })
	if err := t.Poll(); err != nil {
		return false, err
	}
	if refused != nil {
		logFailure(t, refused)
	}
	return refused == nil, nil
}

// module returns the three letters of a module.
func module(name string) string {
	name = strings.ToUpper(strings.TrimSpace(name))
	name = strings.TrimPrefix(name, "SIGA")
	if name == "" {
		return "FAT"
	}
	return name
}

func today(t *vm.Thread) vm.Value {
	now := t.Now()
	return vm.DateOf(lib.DayOf(now.Year(), int(now.Month()), now.Day()))
}

// RpcClearEnv() → .T.; the publics that RpcSetEnv sets become NIL. The command RESET
// ENVIRONMENT of tbiconn.ch calls it. Source: public programs.
func rpcClearEnv(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	for _, name := range environmentVars {
		if _, ok := t.MemVar(name); ok {
			t.SetMemVar(name, vm.Value{})
		}
	}
	return vm.Bool(true), nil
}

// RpcSetType([nType]) → .T.; says whether RpcSetEnv takes a licence, 3 being that it does
// not. No type has an effect here: no licences are taken. Source: public programs.
func rpcSetType(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	if _, err := lib.OptInt("RPCSETTYPE", a, 0, 0); err != nil {
		return vm.Value{}, err
	}
	return vm.Bool(true), nil
}
