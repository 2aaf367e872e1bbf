package test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// caller calls a function of the server's programs.
type caller struct {
	rpcv1.RPCClient
	token string
}

func (c caller) call(ctx context.Context, function string) (string, error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.token)
	answer, err := c.Call(ctx, &rpcv1.CallRequest{Function: function})
	return string(answer.GetResult().GetCp1252()), err
}

// dialRPC connects to the server and makes sure that it ends.
func dialRPC(t *testing.T, addr, token string) caller {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return caller{rpcv1.NewRPCClient(conn), token}
}

// Programs are exchanged under load, good and broken ones in turn: not one remote call
// fails, and each sees one set of programs whole.
func TestProgramsReloadUnderLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(dir, "src"), 0o755); err != nil {
			t.Fatal(err)
		}
		replace(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	program := func(n int) {
		write("src/whole.prw", fmt.Sprintf("User Function Whole()\nReturn U_Part() + %q\n", fmt.Sprint(n)))
		write("src/part.prw", fmt.Sprintf("User Function Part()\nReturn %q\n", fmt.Sprint(n, "=")))
	}
	program(0)
	write("app.ini", "[RPC]\nEnable=1\nSecurity=token\nEnvironment=E\n[E]\nSourcePath=src\nRootPath=files\n")
	d, addr := startServer(t, "--config", filepath.Join(dir, "app.ini"))
	made := exec.Command(filepath.Join(programs, "appserver"), "rpc", "token", "make", "load", "--config", filepath.Join(dir, "app.ini"))
	made.Env = d.cmd.Env
	token, err := made.Output()
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var answers atomic.Int64
	for range 4 {
		c := dialRPC(t, addr, strings.TrimSpace(string(token)))
		callers.Go(func() {
			for ctx.Err() == nil {
				got, err := c.call(t.Context(), "U_Whole")
				if left, right, ok := strings.Cut(got, "="); err != nil || !ok || left != right {
					t.Errorf("U_Whole() = %q, %v after %d answers; want two equal numbers", got, err, answers.Load())
					return
				}
				answers.Add(1)
			}
		})
	}
	for n := 1; n <= 50; n++ {
		wants := http.StatusOK
		if n%5 == 0 {
			write("src/part.prw", "User Function (\n")
			wants = http.StatusUnprocessableEntity
		} else {
			program(n)
		}
		if got := reloadBySocket(t, filepath.Join(dir, "data")); got != wants {
			t.Errorf("reload %d was answered with status %d; want %d", n, got, wants)
		}
	}
	stop()
	callers.Wait()
	if n := answers.Load(); n < 200 {
		t.Errorf("only %d answers under load; that proves little", n)
	}
	last, err := dialRPC(t, addr, strings.TrimSpace(string(token))).call(t.Context(), "U_Whole")
	if err != nil || last != "49=49" {
		t.Errorf("U_Whole() = %q, %v at the end; want 49=49", last, err)
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ends(t, 0)
}

// BenchmarkStart is how long the daemon takes from its start until it is ready, with 100
// sources that were never compiled, or were before.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "src"), 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range 100 {
		text := fmt.Sprintf("#include \"totvs.ch\"\nUser Function F%d()\nReturn S0(%d, \"x\")\n", i, i)
		for j := range 5 {
			text += fmt.Sprintf("Static Function S%d(nCount, cText)\n\tLocal aList := {}\n\tLocal nAt := 0\n\tDefault nCount := 10\n"+
				"\tFor nAt := 1 To nCount\n\t\tIf nAt %% 2 == 0\n\t\t\tAAdd(aList, {nAt, AllTrim(cText) + StrZero(nAt, 6)})\n\t\tEndIf\n\tNext\nReturn Len(aList)\n", j)
		}
		if err := os.WriteFile(filepath.Join(dir, "src", fmt.Sprintf("f%d.prw", i)), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	ini := "[TCP]\nPort=0\nIP=127.0.0.1\n[Metrics]\nListen=127.0.0.1:0\n[E]\nSourcePath=src\nRootPath=files\n"
	if err := os.WriteFile(filepath.Join(dir, "app.ini"), []byte(ini), 0o644); err != nil {
		b.Fatal(err)
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			os.RemoveAll(filepath.Join(dir, "data"))
			untilReady(b, dir)
		}
	})
	b.Run("cached", func(b *testing.B) {
		for b.Loop() {
			untilReady(b, dir)
		}
	})
}

// untilReady starts the daemon in dir, waits until it is ready, and ends it outside the
// time that is measured.
func untilReady(b *testing.B, dir string) {
	cmd := exec.Command(filepath.Join(programs, "appserver"), "serve")
	cmd.Dir = dir
	d := &daemon{cmd: cmd, log: &logBuffer{changed: make(chan struct{})}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = d.log, d.log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		defer close(d.done)
		_ = cmd.Wait()
	}()
	_, err := d.await(readyLine)
	b.StopTimer()
	d.kill()
	b.StartTimer()
	if err != nil {
		b.Fatal(err)
	}
}
