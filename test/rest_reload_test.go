package test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// restClient calls HTTP APIs of the server over HTTP/1.1 or HTTP/2.
func restClient(t *testing.T, http2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: http2}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// Programs, routes and pools are exchanged under load, good and broken ones in turn: not one
// request fails, and each sees one set of programs whole.
func TestRESTReloadUnderLoad(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) { replace(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text)) }
	program := func(n int) {
		write("src/whole.tlpp", fmt.Sprintf("#include \"tlpp-core.th\"\n#include \"tlpp-rest.th\"\n"+
			"@Get(\"/whole/:id\")\nUser Function Whole()\nReturn oRest:setResponse(U_Part() + %q)\n"+
			"@Post(\"/whole\")\nUser Function Sent()\nReturn oRest:setResponse(U_Part() + %[1]q + Space(Len(oRest:getBodyRequest()) / 1024))\n", fmt.Sprint(n)))
		write("src/wholes.prw", fmt.Sprintf("#include \"totvs.ch\"\n#include \"restful.ch\"\n"+
			"WSRESTFUL Wholes DESCRIPTION \"Wholes\"\n\tWSMETHOD GET DESCRIPTION \"One\"\nEND WSRESTFUL\n"+
			"WSMETHOD GET WSSERVICE Wholes\n::SetResponse(U_Part() + %q)\nReturn .T.\n", fmt.Sprint(n)))
		write("src/part.prw", fmt.Sprintf("User Function Part()\nReturn %q\n", fmt.Sprint(n, "=")))
	}
	settings := func(n int) {
		write("app.ini", fmt.Sprintf("[General]\nApp_Environment=E\n[REST]\nSecurity=0\nInstances=%d,%d,1,1\nTimeout=%d\n[E]\nSourcePath=src\nRootPath=files\n", n%3, 3+n%4, 60+n))
	}
	program(0)
	settings(0)
	d, addr := startServer(t, "--config", filepath.Join(dir, "app.ini"))

	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var answers atomic.Int64
	long := strings.Repeat("body ", 300_000) // more than is read before a worker is there
	for i, request := range []struct{ method, path, body string }{
		{"GET", "/rest/whole/1", ""}, {"GET", "/rest/wholes", ""}, {"POST", "/rest/whole", "short"}, {"POST", "/rest/whole", long},
	} {
		client := restClient(t, i%2 == 0)
		callers.Go(func() {
			for ctx.Err() == nil {
				r, err := http.NewRequest(request.method, "https://"+addr+request.path, strings.NewReader(request.body))
				if err != nil {
					t.Error(err)
					return
				}
				status, got, err := answerOf(client, r)
				left, right, _ := strings.Cut(strings.TrimRight(got, " "), "=")
				if err != nil || status != http.StatusOK || left != right || left == "" {
					t.Errorf("%s %s = %d %q, %v after %d answers; want two equal numbers", request.method, request.path, status, got, err, answers.Load())
					return
				}
				answers.Add(1)
			}
		})
	}
	for n := 1; n <= 10; n++ {
		wants := http.StatusOK
		switch {
		case n%5 == 0: // two functions want one route
			write("src/part.prw", "#include \"tlpp-rest.th\"\n@Get(\"/whole/:id\")\nUser Function Part()\nReturn \"\"\n")
			wants = http.StatusUnprocessableEntity
		case n%2 == 0:
			settings(n)
			program(n)
		default:
			program(n)
		}
		if got := reloadBySocket(t, filepath.Join(dir, "data")); got != wants {
			t.Errorf("reload %d was answered with status %d; want %d", n, got, wants)
		}
	}
	stop()
	callers.Wait()
	if n := answers.Load(); n < 50 {
		t.Errorf("only %d answers under load; that proves little", n)
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ends(t, 0)
}

// answerOf sends a request and returns the status and the body of the answer.
func answerOf(client *http.Client, r *http.Request) (status int, body string, err error) {
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
