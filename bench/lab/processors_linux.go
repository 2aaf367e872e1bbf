package lab

import (
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Apart reserves the first processor that this process may use for servers: this process
// uses the others from then on, with as many threads, and servers that on starts the first.
// It reports false, and does nothing, if there is one processor only.
func Apart() (on func(start func() error) error, ok bool, err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil || all.Count() < 2 {
		return nil, false, err
	}
	first := 0
	for !all.IsSet(first) {
		first++
	}
	var server unix.CPUSet
	server.Set(first)
	all.Clear(first)
	if err := bindSelf(&all); err != nil {
		return nil, false, err
	}
	runtime.GOMAXPROCS(all.Count())
	return func(start func() error) error { return startBound(&server, &all, start) }, true, nil
}

// bindSelf binds the threads of this process; those that are made later inherit it.
func bindSelf(set *unix.CPUSet) error {
	for range 3 { // threads that were made meanwhile by one not bound yet
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, task := range tasks {
			id, err := strconv.Atoi(task.Name())
			if err != nil {
				continue
			}
			if err := unix.SchedSetaffinity(id, set); err != nil && err != unix.ESRCH { // it has ended
				return err
			}
		}
	}
	return nil
}

// startBound calls start, which starts processes, in a thread that is bound to set: they
// inherit that. Then the thread is bound to own again.
func startBound(set, own *unix.CPUSet, start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, set); err != nil {
		return err
	}
	err := start()
	if bound := unix.SchedSetaffinity(0, own); err == nil {
		err = bound
	}
	return err
}
