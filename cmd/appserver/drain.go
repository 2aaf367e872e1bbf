package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// await waits for the reason to end; it is nil if somebody wants the end.
func (d *daemon) await(signals <-chan os.Signal, stop <-chan struct{}, failed <-chan error) error {
	atMost := func() zap.Field { return zap.Duration("at_most", d.cfg().MPP.DrainTimeout) }
	select {
	case sig := <-signals:
		d.log.Info("stopping: signal received", zap.Stringer("signal", sig), atMost())
		return nil
	case <-stop:
		d.log.Info("stopping: the service manager asked for it", atMost())
		return nil
	case <-d.stop:
		d.log.Info("stopping: the administrator asked for it", atMost())
		return nil
	case err := <-failed:
		d.log.Error("a listener has failed; stopping", zap.Error(err))
		return err
	}
}

// sameSignal is how long after the first signal another one counts as the same:
// wrappers signal a process and its group at once.
const sameSignal = time.Second

// drain shuts the port and the programs down within [MPP] DrainTimeout. A second signal cuts at
// once and is an error.
func (d *daemon) drain(signals <-chan os.Signal) error {
	d.readiness.Drain()
	timeout := d.cfg().MPP.DrainTimeout
	d.told(d.notify.Stopping(timeout + stopSlack))
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- d.shutDown(ctx) }()
	begun := time.Now()
	for {
		select {
		case err := <-ended:
			if err != nil {
				d.log.Warn("not everything ended in time and was cut; [MPP] DrainTimeout sets the time", zap.Error(err))
			}
			return nil
		case sig := <-signals:
			if time.Since(begun) < sameSignal {
				continue
			}
			d.log.Warn("cutting everything: second signal received", zap.Stringer("signal", sig))
			cancel()
			d.port.Close()
			for _, l := range d.listeners() {
				l.port.Close()
			}
			select {
			case <-ended:
			case <-time.After(cutTimeout): // a program hangs, in a system call for instance
			}
			return &exitError{code: exitInterrupted}
		}
	}
}

// cutTimeout is how long a cut waits for programs that were told to end at once.
const cutTimeout = 2 * time.Second

// shutDown ends the port and the programs, each in order until ctx ends.
func (d *daemon) shutDown(ctx context.Context) error {
	var port, programs error
	var all sync.WaitGroup
	all.Go(func() { port = d.port.Shutdown(ctx) })
	listeners := slices.Concat(d.apis, d.programmed.close())
	cut := make([]error, len(listeners))
	for i, l := range listeners {
		all.Go(func() { cut[i] = l.port.Shutdown(ctx) })
	}
	all.Go(func() { d.jobs.Close(ctx) })
	all.Go(func() { _ = d.rest.Close(ctx) }) // what is late the host ends
	all.Go(func() { programs = d.host.Shutdown(ctx) })
	all.Wait()
	return errors.Join(append(cut, port, programs)...)
}

// stopSlack is what the stop may take beside the drain.
const stopSlack = 10 * time.Second

// endTimeout is how long the end waits for what ends by itself.
const endTimeout = 5 * time.Second

// waitAtMost waits for wg, and reports whether that has ended in time.
func waitAtMost(timeout time.Duration, wg *sync.WaitGroup) bool {
	ended := make(chan struct{})
	go func() {
		wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(timeout):
		return false
	}
}
