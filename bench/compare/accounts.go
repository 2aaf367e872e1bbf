//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// processes returns the ids of the server and of its descendants as they were at
// the first call, which must come when it has answered something.
func (s *server) processes() ([]int, error) {
	if s.pids != nil {
		return s.pids, nil
	}
	dirs, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, file := range dirs {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // has ended
		}
		pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
		// The name in brackets may hold anything; state and parent follow it.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		parent, _ := strconv.Atoi(string(fields[1]))
		children[parent] = append(children[parent], pid)
	}
	all := []int{s.cmd.Process.Pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	s.pids = all
	return all, nil
}

// cpu is the processor time that the server has used.
func (s *server) cpu() (sum time.Duration, err error) {
	pids, err := s.processes()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		t, err := processCPU(pid)
		if err != nil {
			return 0, err
		}
		sum += t
	}
	return sum, nil
}

// memory is the server's proportional share of memory (PSS), in KiB, which counts
// what its processes share once.
func (s *server) memory() (kib float64, err error) {
	pids, err := s.processes()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0, err
		}
		pss, err := fieldOf(string(rollup), "Pss:")
		if err != nil {
			return 0, fmt.Errorf("smaps_rollup of process %d: %w", pid, err)
		}
		kib += pss
	}
	return kib, nil
}

// fieldOf returns the number behind name at the beginning of a line.
func fieldOf(text, name string) (float64, error) {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			return strconv.ParseFloat(fields[1], 64)
		}
	}
	return 0, fmt.Errorf("there is no %s", name)
}

// descriptors is how many files, sockets and pipes the server has open.
func (s *server) descriptors() (n int, err error) {
	pids, err := s.processes()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			return 0, err
		}
		n += len(open)
	}
	return n, nil
}

// processCPU returns the processor time that all threads of a process have used,
// those that have ended included. It reads the process's CPU clock, whose id the
// kernel makes of the process id (clock_getcpuclockid(3)); unlike utime and stime
// in /proc it counts nanoseconds.
func processCPU(pid int) (time.Duration, error) {
	const scheduled = 2
	var t syscall.Timespec
	clock := uintptr(uint32(int32(^pid)<<3 | scheduled))
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		return 0, fmt.Errorf("processor time of process %d: %w", pid, errno)
	}
	return time.Duration(t.Nano()), nil
}
