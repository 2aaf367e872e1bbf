package test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// accepted are the findings of testssl.sh above "low" that are no fault of the
// server, each with its reason.
var accepted = map[string]string{
	"cert_revocation": "an authority for one machine publishes no revocation list and runs no OCSP server",
}

// testssl.sh finds nothing above "low" on default settings. It is given the
// authority of the bundled certificate, as stations are.
func TestSoakTestssl(t *testing.T) {
	if *soak == 0 {
		t.Skip("long: make soak runs it")
	}
	need(t, "testssl")
	need(t, "openssl")
	_, addr := startServer(t)
	authority, err := getBundledAuthority(t, addr)
	if err != nil {
		t.Fatal(err)
	}
	found := testssl(t, addr, "--add-ca", authority)
	for _, id := range []string{"SSLv2", "SSLv3", "TLS1_2", "TLS1_3", "heartbleed", "ROBOT", "cert_trust", "HSTS"} {
		if _, ok := found[id]; !ok {
			t.Errorf("testssl.sh has not looked at %s", id)
		}
	}
	for id, f := range found {
		switch reason, ok := accepted[id]; {
		case !f.aboveLow():
			if f.Severity == "LOW" {
				t.Logf("%s: low: %s", id, f.Text)
			}
		case ok:
			t.Logf("%s: %s: %s; accepted: %s", id, f.Severity, f.Text, reason)
		default:
			t.Errorf("%s: %s: %s", id, f.Severity, f.Text)
		}
	}
	complaints := 0
	for _, f := range testssl(t, weakServer(t), "--protocols", "--rc4") {
		if f.aboveLow() {
			complaints++
		}
	}
	if complaints == 0 {
		t.Error("nothing to complain of in a server with RC4; the test would see nothing")
	}
}

func getBundledAuthority(t *testing.T, addr string) (path string, err error) {
	t.Helper()
	client := newClient("http/1.1")
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + addr + "/webapp/ca.crt")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	path = filepath.Join(t.TempDir(), "ca.crt")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	if _, err := f.ReadFrom(resp.Body); err != nil {
		return "", err
	}
	return path, f.Close()
}

// testsslFinding is an entry of testssl.sh's --jsonfile.
type testsslFinding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Text     string `json:"finding"`
}

// aboveLow counts what testssl.sh could not do as well.
func (f testsslFinding) aboveLow() bool {
	switch f.Severity {
	case "OK", "INFO", "LOW", "DEBUG":
		return false
	default:
		return true
	}
}

// testssl runs testssl.sh and returns what it says, by id.
func testssl(t *testing.T, addr string, flags ...string) map[string]testsslFinding {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "report.json")
	args := append([]string{"--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none", "--openssl", openssl, "--jsonfile", report}, flags...)
	out, runErr := exec.CommandContext(t.Context(), "testssl", append(args, addr)...).CombinedOutput() // its code counts findings
	text, err := os.ReadFile(report)
	var list []testsslFinding
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil || len(list) == 0 {
		t.Fatalf("testssl %v: %v, %v\n%s", args, runErr, err, out)
	}
	found := make(map[string]testsslFinding)
	for _, f := range list {
		if old, ok := found[f.ID]; !ok || !old.aboveLow() {
			found[f.ID] = f
		}
	}
	return found
}

// While slowhttptest holds connections with headers, bodies and ranges that take
// for ever, others are served, and the server ends its connections.
func TestSoakSlowHTTP(t *testing.T) {
	if *soak == 0 {
		t.Skip("long: make soak runs it")
	}
	need(t, "slowhttptest")
	for _, attack := range []struct{ name, flag, path string }{
		{"headers", "-H", "/webapp"},
		{"bodies to a page", "-B", "/webapp"},
		{"bodies to the API", "-B", "/api/none"},
		{"ranges", "-R", "/webapp"},
	} {
		t.Run(attack.name, func(t *testing.T) {
			d, addr := startServer(t)
			report := filepath.Join(t.TempDir(), "slow")
			cmd := exec.CommandContext(t.Context(), "slowhttptest", attack.flag, "-c", "200", "-r", "50", "-i", "5", "-x", "24", "-s", "8192",
				"-p", "10", "-l", "90", "-u", "https://"+addr+attack.path, "-g", "-o", report)
			done := make(chan struct{})
			var slowest time.Duration
			var probing sync.WaitGroup
			probing.Go(func() { slowest = probe(t, addr, done) })
			out, err := cmd.CombinedOutput()
			close(done)
			probing.Wait()
			if err != nil {
				t.Fatalf("%s: %v\n%s", cmd, err, out)
			}
			if !strings.Contains(string(out), "No open connections left") {
				t.Errorf("the server has not ended all connections:\n%s", out)
			}
			seconds, unavailable := availability(t, report+".csv")
			t.Logf("over after %d s; the slowest request beside it took %v", seconds, slowest)
			if unavailable != 0 {
				t.Errorf("slowhttptest found the service unavailable in %d of %d s", unavailable, seconds)
			}
			settled(t, "http://"+metricsLine.FindStringSubmatch(logOf(d))[1]+"/metrics")
		})
	}
}

// probe makes new connections, each for a request that has to succeed, until done
// is closed, and returns how long the slowest took.
func probe(t *testing.T, addr string, done <-chan struct{}) (slowest time.Duration) {
	for n := 0; ; n++ {
		client := newClient([]string{"http/1.1", "h2"}[n%2])
		begin := time.Now()
		if _, err := fetch(client, "https://"+addr+"/webapp"); err != nil {
			t.Errorf("a request beside it: %v", err)
		}
		slowest = max(slowest, time.Since(begin))
		client.CloseIdleConnections()
		select {
		case <-done:
			return slowest
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// availability reads slowhttptest's report: a line for each second, whose last
// column is 0 while its own probe is not answered.
func availability(t *testing.T, path string) (seconds, unavailable int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("%s: %d lines, %v", path, len(lines), err)
	}
	for _, line := range lines[1:] {
		if line[len(line)-1] == "0" {
			unavailable++
		}
	}
	return len(lines) - 1, unavailable
}
