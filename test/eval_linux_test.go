package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestEvalTerminal uses appserver eval at a terminal.
func TestEvalTerminal(t *testing.T) {
	state := t.TempDir()
	tt := startTerminal(t, state)
	tt.expect("> ")
	tt.typed("x := {1,\r", ". ")
	tt.typed("2}\r", "\n{1,2}\r\n> ")
	tt.typed("AllTr\t", "AllTrim(")
	tt.typed("' é ')\r", "\n\"é\"\r\n> ")
	tt.typed("xyz", "xyz")
	tt.typed("\x03", "> ") // abandons the line
	tt.typed("For i := 1 To 2\r", ". ")
	tt.typed("\x04", "> ") // abandons the lines
	tt.typed("While ConOut('runs') == NIL ; End\r", "\nruns\r\nruns")
	tt.typed("\x03", "!ERROR the program is interrupted: by Ctrl-C\r\n> ")
	tt.typed("Len(x)\r", "\n2\r\n> ")
	tt.typed("\x04", "")
	tt.ends(0)

	history := filepath.Join(state, "appserver", "eval_history")
	if info, err := os.Stat(history); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the history: %v, %v; want a file of mode 0600", info, err)
	}
	tt = startTerminal(t, state)
	tt.expect("> ")
	tt.typed("\x1b[A", "Len(x)") // what was typed before
	tt.typed("\r", "!ERROR variable does not exist X\r\n> ")
	tt.typed("While ConOut('runs') == NIL ; End\r", "\nruns\r\nruns")
	if err := tt.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	tt.ends(130)
}

// terminal is a program at a pseudo terminal, and what it has printed since the last
// look.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	output []byte
}

// startTerminal starts appserver eval, with a folder for its state.
func startTerminal(t *testing.T, state string) *terminal {
	t.Helper()
	pty, tty := openTerminal(t)
	cmd := exec.Command(filepath.Join(programs, "appserver"), "eval")
	cmd.Env = append(os.Environ(), "TERM=xterm", "XDG_STATE_HOME="+state)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := tty.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &terminal{t: t, cmd: cmd, pty: pty}
}

// openTerminal returns both ends of a pseudo terminal with 24 lines of 80 columns.
func openTerminal(t *testing.T) (pty, tty *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("there are no pseudo terminals: %v", err)
	}
	pty = os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { _ = pty.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return pty, tty
}

// typed types keys and waits for what they show.
func (tt *terminal) typed(keys, want string) {
	tt.t.Helper()
	if _, err := tt.pty.WriteString(keys); err != nil {
		tt.t.Fatal(err)
	}
	tt.expect(want)
}

// expect waits until the text was printed, and forgets all up to it.
func (tt *terminal) expect(want string) {
	tt.t.Helper()
	if err := tt.pty.SetReadDeadline(time.Now().Add(patience)); err != nil {
		tt.t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	for {
		if _, after, ok := bytes.Cut(tt.output, []byte(want)); ok {
			tt.output = after
			return
		}
		n, err := tt.pty.Read(buffer)
		tt.output = append(tt.output, buffer[:n]...)
		if err != nil {
			tt.t.Fatalf("waiting for %q: %v; printed %q", want, err, tt.output)
		}
	}
}

// ends waits for the end of the program.
func (tt *terminal) ends(code int) {
	tt.t.Helper()
	done := make(chan struct{})
	go func() {
		_ = tt.cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		tt.t.Fatalf("the program does not end; printed %q", tt.output)
	}
	if got := tt.cmd.ProcessState.ExitCode(); got != code {
		tt.t.Errorf("exit code %d; want %d; printed %q", got, code, strings.TrimSpace(string(tt.output)))
	}
}
