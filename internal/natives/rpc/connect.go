package rpc

import (
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

var connectFuncs = table{
	"RPCCONNECT":    rpcConnect,
	"RPCDISCONNECT": rpcDisconnect,
}

// RpcConnect(cServer, nPort, cEnv[, cCompany[, cBranch]]) → an object of TRpc that is
// connected, NIL if there is no connection. With a company RpcSetEnv is called there, for
// company and branch: if it gives .F. there is no connection either, and an error of it is
// raised here. The command CREATE RPCCONN of tbiconn.ch calls it. Source: public programs;
// what it gives without a connection, decided here.
func rpcConnect(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "RPCCONNECT"
	v, err := newTRpc(t, nil)
	if err != nil {
		return v, err
	}
	environment, err := lib.OptText(fn, a, 2, "")
	if err != nil {
		return vm.Value{}, err
	}
	c := v.Object().Native.(*connection)
	c.environment = lib.ToUTF8(strings.TrimSpace(environment))
	connected, err := c.connect(t, fn, a[:min(a.Len(), 2)])
	if err != nil || !connected.Truth() {
		return vm.Value{}, err
	}
	if a.Get(3).IsNil() {
		return v, nil
	}
	prepared, err := c.call(t, "RPCSETENV", vm.Args{a.Get(3), a.Get(4)})
	if err == nil && prepared.Kind() == vm.Logical && prepared.Truth() {
		return v, nil
	}
	c.disconnect()
	return vm.Value{}, err
}

// RpcDisconnect(oRpc) → NIL; ends the connection of an object of TRpc. NIL is accepted. The
// command CLOSE RPCCONN of tbiconn.ch calls it. Source: public programs.
func rpcDisconnect(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	v := a.Get(0)
	if v.IsNil() {
		return vm.Value{}, nil
	}
	if v.Kind() == vm.Object {
		if c, ok := v.Object().Native.(*connection); ok {
			c.disconnect()
			return vm.Value{}, nil
		}
	}
	return vm.Value{}, vm.ArgError("RPCDISCONNECT", a, 0, "an object of TRpc")
}
