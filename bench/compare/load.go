//go:build linux

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// sample is what a server did in a slice of time.
type sample struct {
	operations float64
	wall, cpu  time.Duration
}

// perOperation is the processor time of one operation, in microseconds.
func (s sample) perOperation() float64 { return float64(s.cpu.Nanoseconds()) / s.operations / 1e3 }

// rate is how many operations there were in a second.
func (s sample) rate() float64 { return s.operations / s.wall.Seconds() }

// counter counts the operations of one worker.
type counter struct {
	atomic.Int64
	_ [56]byte // keeps counters in cache lines of their own
}

// plus joins two slices.
func (s sample) plus(o sample) sample {
	return sample{s.operations + o.operations, s.wall + o.wall, s.cpu + o.cpu}
}

// passes is how many parts a slice is measured in. The servers take turns, so
// that what they are compared by lies close together in time.
const passes = 4

// takeTurns measures a slice of each server, and adds processor time and rate of
// an operation to the results of that scenario and variant.
func (b *bench) takeTurns(scenario, variant string, servers []*server, measure func(s *server, slice time.Duration) (sample, error)) error {
	sums := make(map[*server]sample)
	for pass := range passes {
		for i := range servers {
			s := servers[(i+pass)%len(servers)]
			m, err := measure(s, b.slice/passes)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", variant, s.name, err)
			}
			sums[s] = sums[s].plus(m)
		}
	}
	for s, m := range sums {
		if m.operations == 0 {
			return fmt.Errorf("%s, %s: nothing was done in %v", variant, s.name, m.wall)
		}
		b.results.add(cell{scenario, variant, s.name, metricCPU}, m.perOperation())
		b.results.add(cell{scenario, variant, s.name, metricRate}, m.rate())
	}
	return nil
}

// A worker does operations until stop is set, and counts them.
type worker func(count *counter, stop *atomic.Bool) error

// drive has the workers load s and measures a slice after a warm-up of a tenth of
// it. A worker that fails ends the measurement.
func drive(s *server, slice time.Duration, workers []worker) (sample, error) {
	counters := make([]counter, len(workers))
	var stop atomic.Bool
	var running sync.WaitGroup
	failed := make(chan error, len(workers))
	for i, work := range workers {
		running.Go(func() {
			if err := work(&counters[i], &stop); err != nil {
				failed <- err
			}
		})
	}
	m, err := measureSlice(s, counters, failed, slice)
	stop.Store(true)
	running.Wait()
	return m, err
}

func measureSlice(s *server, counters []counter, failed <-chan error, slice time.Duration) (m sample, err error) {
	if err := pause(slice/10, failed); err != nil {
		return m, err
	}
	begin, before, cpuBefore, err := readings(s, counters)
	if err != nil {
		return m, err
	}
	if err := pause(slice, failed); err != nil {
		return m, err
	}
	end, after, cpuAfter, err := readings(s, counters)
	return sample{float64(after - before), end.Sub(begin), cpuAfter - cpuBefore}, err
}

// pause waits for d or for the failure of a worker.
func pause(d time.Duration, failed <-chan error) error {
	select {
	case err := <-failed:
		return err
	case <-time.After(d):
		return nil
	}
}

// readings are taken together, so that all of them belong to the same moment.
func readings(s *server, counters []counter) (now time.Time, operations int64, cpu time.Duration, err error) {
	cpu, err = s.cpu()
	for i := range counters {
		operations += counters[i].Load()
	}
	return time.Now(), operations, cpu, err
}
