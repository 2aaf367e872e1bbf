package main

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"appserver/internal/advpl/vm"
)

// limiting is what the commands that run programs have in common: how much those may
// use.
type limiting struct {
	limits vm.Limits
	memory int64 // MiB
}

// flags makes the flags; what is what is limited: "the program".
func (l *limiting) flags(cmd *cobra.Command, what string) {
	f := cmd.Flags()
	f.DurationVar(&l.limits.Time, "time-limit", 0, "end "+what+" after this `duration`; 0: never")
	f.Int64Var(&l.limits.Steps, "step-limit", 0, "end "+what+" after this `number` of loop turns and calls; 0: never")
	f.Int64Var(&l.memory, "memory-limit", 512, "memory that programs may hold, in `MiB`")
}

// check refuses limits that mean nothing, and completes those that mean something.
func (l *limiting) check() error {
	const most = math.MaxInt64 >> 20
	switch {
	case l.memory <= 0 || l.memory > most:
		return usageError(fmt.Errorf("--memory-limit %d: it must be from 1 to %d", l.memory, int64(most)))
	case l.limits.Time < 0:
		return usageError(fmt.Errorf("--time-limit %v: it must not be negative", l.limits.Time))
	case l.limits.Steps < 0:
		return usageError(fmt.Errorf("--step-limit %d: it must not be negative", l.limits.Steps))
	}
	l.limits.Memory = l.memory << 20
	return nil
}
