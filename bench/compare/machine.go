//go:build linux

package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// describe says what the figures were measured on, and how.
func (b *bench) describe(w io.Writer) {
	fmt.Fprintf(w, "Machine: %s, %d processors, Linux %s, %s. ", processorName(), runtime.NumCPU(), kernelRelease(), runtime.Version())
	fmt.Fprintf(w, "The server runs on processor %s, the load on %s; each server has %d thread(s) or worker(s) for its work.\n",
		b.cores.serverList(), b.cores.loadList(), len(b.cores.server))
	var versions []string
	for _, c := range b.contenders {
		versions = append(versions, c.name+" "+c.version)
	}
	fmt.Fprintf(w, "Servers: %s.\n", strings.Join(versions, ", "))
	if len(b.missing) > 0 {
		fmt.Fprintf(w, "Not installed, so not measured: %s.\n", strings.Join(b.missing, ", "))
	}
	fmt.Fprintf(w, "%s; %d rounds of slices of %v; medians, quartiles in brackets. Ratios are taken within each round: appserver divided by the row's server.\n",
		time.Now().Format(time.DateOnly), b.rounds, b.slice)
}

// processorName is what the kernel calls the first processor.
func processorName() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernelRelease() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(string(release))
}

// versionOf returns what the first groups of patterns find in what the program
// prints, else the version of the module that a Go program was built from.
func versionOf(ctx context.Context, program, arg string, patterns ...string) string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, program, arg).CombinedOutput()
	var found []string
	for _, p := range patterns {
		if m := regexp.MustCompile(p).FindSubmatch(out); m != nil {
			found = append(found, string(m[1]))
		}
	}
	if info, err := buildinfo.ReadFile(program); err == nil && len(found) == 0 {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return strings.Join(found, " with ")
}
