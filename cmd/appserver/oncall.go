package main

import (
	"fmt"
	"strings"

	"appserver/internal/config"
	"appserver/internal/host"
)

// onCallNotes tells of environments that have no function [RPC] OnCall. Nobody can call
// there from outside.
func onCallNotes(cfg *config.Config, programs *host.Generation) []string {
	name := cfg.RPC.OnCall
	if name == "" || !cfg.RPC.Enable || !cfg.General.CanAcceptRPC {
		return nil
	}
	var lack []string
	usable := 0
	for _, e := range cfg.Environments {
		p, ok := programs.Program(e.Name)
		if !ok {
			continue // which is told as a fault
		}
		usable++
		if _, _, has := p.Lookup(name, nil); !has {
			lack = append(lack, e.Name)
		}
	}
	switch {
	case len(lack) == 0:
		return nil
	case len(lack) == usable:
		return []string{fmt.Sprintf("[RPC] OnCall: no environment has the function %s: every remote call is refused", name)}
	}
	return []string{fmt.Sprintf("[RPC] OnCall: there is no function %s in %s: remote calls to it are refused", name, strings.Join(lack, ", "))}
}
