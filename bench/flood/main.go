// Command flood measures how a server answers while thousands of connections say
// nothing: it builds and starts appserver, opens silent connections, measures
// GETs meanwhile, and then how long the last silent connection stays.
//
//	go run ./bench/flood [-n 6000] [-rounds 9] [-held=false]
//
// It fails if the median of the slowest GETs is over 50 ms, or a silent connection
// outlives the time-out by a second. It needs as many descriptors as connections,
// twice (ulimit -n).
package main

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	n := flag.Int("n", 6000, "silent connections")
	rounds := flag.Int("rounds", 9, "rounds; the median counts")
	held := flag.Bool("held", true, "raise the limits so that all are held; else the default limits close the oldest")
	flag.Parse()
	if err := run(*n, *rounds, *held); err != nil {
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}

// The server's time-out, which is its default, and the goals.
const (
	timeout    = 5 * time.Second
	goalGet    = 50 * time.Millisecond
	goalClosed = timeout + time.Second
)

// result is one round's.
type result struct {
	get      time.Duration // a new connection with one GET, the slowest of ten
	closed   time.Duration // from the last dial to the end of the last silent connection
	resident int           // of the server while all are open, in KiB
}

func run(n, rounds int, held bool) error {
	dir, err := os.MkdirTemp("", "flood-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "appserver")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/appserver").CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	fmt.Printf("%s, %d processors, %d silent connections, held %v, %d rounds, time-out %v\n", runtime.Version(), runtime.NumCPU(), n, held, rounds, timeout)
	var results []result
	for i := range rounds {
		r, err := round(binary, filepath.Join(dir, fmt.Sprint(i)), n, held)
		if err != nil {
			return err
		}
		fmt.Printf("round %d: GET %v, all closed after %v, resident %d KiB\n", i+1, r.get.Round(10*time.Microsecond), r.closed.Round(time.Millisecond), r.resident)
		results = append(results, r)
	}
	slices.SortFunc(results, func(a, b result) int { return cmp.Compare(a.get, b.get) })
	median := results[len(results)/2].get
	fmt.Printf("median slowest GET of ten: %v; worst: %v\n", median.Round(10*time.Microsecond), results[len(results)-1].get.Round(10*time.Microsecond))
	latest := slices.MaxFunc(results, func(a, b result) int { return cmp.Compare(a.closed, b.closed) }).closed
	if median > goalGet || latest > goalClosed {
		return fmt.Errorf("goals missed: a GET within %v, all closed within %v", goalGet, goalClosed)
	}
	return nil
}

var portLine = regexp.MustCompile(`port is open address=(\S+)`)

func round(binary, dir string, n int, held bool) (result, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return result{}, err
	}
	args := []string{"serve", "--set", "TCP.Port=0", "--set", "TCP.IP=127.0.0.1", "--set", "Metrics.Enable=0"}
	if held {
		for _, key := range []string{"MaxSniffing", "MaxSniffingPerAddress", "MaxConnectionsPerAddress"} {
			args = append(args, "--set", fmt.Sprintf("MPP.%s=%d", key, 2*n))
		}
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, err
	}
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	addr, err := awaitPort(stdout)
	if err != nil {
		return result{}, err
	}

	var wg sync.WaitGroup
	for range n {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return result{}, err
		}
		c.SetDeadline(time.Now().Add(4 * timeout))
		wg.Go(func() {
			io.Copy(io.Discard, c)
			c.Close()
		})
	}
	begin := time.Now()
	var r result
	for range 10 {
		took, err := oneGet(addr)
		if err != nil {
			return result{}, err
		}
		r.get = max(r.get, took)
	}
	r.resident = residentKiB(cmd.Process.Pid)
	wg.Wait()
	r.closed = time.Since(begin)
	return r, nil
}

func awaitPort(stdout io.Reader) (string, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if m := portLine.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, stdout)
			return m[1], nil
		}
	}
	return "", fmt.Errorf("the server has not opened its port: %w", lines.Err())
}

// oneGet makes a new connection and one request.
func oneGet(addr string) (time.Duration, error) {
	client := &http.Client{Timeout: timeout, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
	}}
	begin := time.Now()
	resp, err := client.Get("https://" + addr + "/healthz")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return time.Since(begin), err
}

// residentKiB reads a process's resident memory, 0 where there is no /proc.
func residentKiB(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		var kib int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}
