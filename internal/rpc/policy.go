package rpc

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"appserver/internal/auth"
	"appserver/internal/glob"
)

// Settings are the rules for calls that others make here. The zero Settings are closed.
type Settings struct {
	Enable  bool          // calls are served
	Methods []auth.Method // the credentials that count
	Plain   bool          // credentials count also on connections without TLS

	From        []netip.Prefix // networks that calls may come from; none: any
	Allow, Deny []string       // patterns of functions, in any case; Deny wins. No Allow: functions U_* and those of namespaces
	OnCall      string         // function that is asked before each call, or ""

	Environment string        // of calls that name none, or ""
	Timeout     time.Duration // of a call without a deadline; 0: none
}

// fromAllowed reports whether calls may come from the address.
func (s *Settings) fromAllowed(from netip.Addr) bool {
	return len(s.From) == 0 || slices.ContainsFunc(s.From, func(p netip.Prefix) bool { return p.Contains(from) })
}

// functionAllowed reports whether the function, by its full name in upper case, may be
// called, unless it is denied.
func (s *Settings) functionAllowed(name string) bool {
	if len(s.Allow) > 0 {
		return matchAny(s.Allow, name)
	}
	return strings.HasPrefix(name, "U_") || strings.Contains(name, ".")
}

// offers reports whether the function of programs may be called.
func (s *Settings) offers(name string) bool { return s.functionAllowed(name) && !s.denied(name) }

// denied reports whether the function may not be called, whatever else is said.
func (s *Settings) denied(name string) bool { return matchAny(s.Deny, name) }

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return glob.Match(strings.ToUpper(p), name) })
}

// Reasons of refusals, for counting.
const (
	refusedDisabled  = "disabled"
	refusedNetwork   = "network"
	refusedPlain     = "plain"
	refusedMissing   = "no_credentials"
	refusedMethod    = "credentials_not_accepted"
	refusedWrong     = "wrong_credentials"
	refusedThrottled = "too_many_attempts"
	refusedUnchecked = "credentials_not_checked"
	refusedFunction  = "function"
	refusedOnCall    = "oncall"
	refusedUser      = "permissions"
)

// RefusalReasons returns every reason that ServerOptions.Refused is called with.
func RefusalReasons() []string {
	return []string{
		refusedDisabled, refusedNetwork, refusedPlain, refusedMissing, refusedMethod, refusedWrong,
		refusedThrottled, refusedUnchecked, refusedFunction, refusedOnCall, refusedUser,
	}
}
