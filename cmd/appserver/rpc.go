package main

import (
	"sync/atomic"

	"appserver/internal/auth"
	"appserver/internal/config"
	"appserver/internal/grpcport"
	"appserver/internal/logging"
	"appserver/internal/rpc"
	"appserver/internal/smartclient"
)

// newGRPC makes the gRPC server of the port with all its services.
func (d *daemon) newGRPC() *grpcport.Server {
	log := d.root.Named(protocolRPC)
	longest := d.boot.RPC.MaxMessageSize << 20
	calls := rpc.NewServer(d.rpcOptions(longest))
	port := grpcport.New(grpcport.Options{
		Name: d.serverName(), Version: programVersion(), Started: d.started, Log: log,
		Panicked:     func() { d.metrics.Panicked(protocolRPC) },
		Authenticate: calls.Authenticate,
		Check:        rpc.CheckMessage,
		MaxRecvBytes: longest,
		Protocols:    []grpcport.Protocol{{Name: protocolSmartClient, Min: smartclient.MinProtocol, Max: smartclient.MaxProtocol}},
	})
	calls.Register(port.Registrar(), port.Draining())
	d.rpc = calls
	return port
}

func (d *daemon) rpcOptions(longest int) rpc.ServerOptions {
	tokens := auth.OpenTokens(d.dir.Path(auth.TokensFile))
	return rpc.ServerOptions{
		Host: d.host, Settings: d.rpcSettings(), MaxMessage: longest,
		Token: tokens.Check, User: d.users.Check, Resume: d.users.Recheck, Permit: d.users.Permit, Throttle: &d.guess,
		Refused: d.metrics.RPCRefused, Ended: d.metrics.RPCEnded,
		Log: logging.Sampled(d.root.Named(protocolRPC)),
	}
}

// rpcSettings returns a function that returns the rules for calls of the configuration in
// force.
func (d *daemon) rpcSettings() func() *rpc.Settings {
	type made struct {
		of  *config.Config
		set *rpc.Settings
	}
	var last atomic.Pointer[made]
	return func() *rpc.Settings {
		cfg := d.cfg()
		m := last.Load()
		if m == nil || m.of != cfg {
			m = &made{cfg, rpcSettings(cfg, d.boot.RPC.AllowPlain)}
			last.Store(m)
		}
		return m.set
	}
}

// rpcSettings are the rules that cfg says; whether plain connections are served stays as it
// was at the start.
func rpcSettings(cfg *config.Config, plain bool) *rpc.Settings {
	set := &rpc.Settings{
		Enable: cfg.RPC.Enable && cfg.General.CanAcceptRPC, Plain: plain,
		From: cfg.RPC.AllowFrom, Allow: cfg.RPC.AllowFunctions, Deny: cfg.RPC.DenyFunctions,
		OnCall: cfg.RPC.OnCall, Environment: cfg.RPC.Environment, Timeout: cfg.RPC.CallTimeout,
	}
	for _, m := range cfg.RPC.Security {
		set.Methods = append(set.Methods, auth.Method(m))
	}
	return set
}
