//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// cores says which processors serve and which send the load.
type cores struct {
	server, load []int
}

func (c cores) serverList() string { return listOf(c.server) }
func (c cores) loadList() string   { return listOf(c.load) }

// dealCores gives the first processor that this process may use to the server and
// the others to the load. If there is only one, they share it.
func dealCores() (cores, error) {
	var set cpuSet
	n, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		return cores{}, fmt.Errorf("sched_getaffinity: %w", errno)
	}
	var all []int
	for cpu := range 8 * int(n) {
		if set[cpu/64]&(1<<(cpu%64)) != 0 {
			all = append(all, cpu)
		}
	}
	if len(all) == 1 {
		return cores{all, all}, nil
	}
	return cores{all[:1], all[1:]}, nil
}

// cpuSet is the kernel's mask of processors.
type cpuSet [16]uint64

// pinThread binds a thread; 0 is the one that calls.
func pinThread(tid int, cpus []int) error {
	var set cpuSet
	for _, cpu := range cpus {
		if cpu < 0 || cpu >= 64*len(set) {
			return fmt.Errorf("there is no processor %d", cpu)
		}
		set[cpu/64] |= 1 << (cpu % 64)
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(tid), unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 && errno != syscall.ESRCH { // the thread has ended
		return fmt.Errorf("sched_setaffinity: %w", errno)
	}
	return nil
}

// pinProcess binds all threads of this process. Those that are made later inherit
// it.
func pinProcess(cpus []int) error {
	for range 3 { // threads that were made meanwhile by one not yet bound
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil {
				continue
			}
			if err := pinThread(tid, cpus); err != nil {
				return err
			}
		}
	}
	return nil
}

// execPinned becomes another program, bound to the processors in list and with
// as many descriptors as the system allows.
func execPinned(list string, argv []string) error {
	var cpus []int
	for field := range strings.SplitSeq(list, ",") {
		cpu, err := strconv.Atoi(field)
		if err != nil {
			return err
		}
		cpus = append(cpus, cpu)
	}
	if err := pinThread(0, cpus); err != nil { // main has locked its thread
		return err
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	files.Cur = files.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, argv, os.Environ())
}

func listOf(cpus []int) string {
	var fields []string
	for _, cpu := range cpus {
		fields = append(fields, strconv.Itoa(cpu))
	}
	return strings.Join(fields, ",")
}
