package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells the service manager what state the server is in, by the
// protocol of sd_notify(3). A nil notifier, which newNotifier returns where no
// service manager listens, does nothing. Its methods are safe for concurrent use.
//
// It holds one connection for all its life, unlike go-systemd's SdNotify: a
// ping for the watchdog must get through also when no descriptor is left.
//
// An error means that the message did not get through. It is for the log; there
// is nothing else to do about it.
type notifier struct {
	address  *net.UnixAddr
	watchdog time.Duration // between pings; 0: none are wanted

	mu       sync.Mutex
	conn     *net.UnixConn // nil until it could be made
	stopping bool          // nothing else is true any more
}

// newNotifier returns the notifier that $NOTIFY_SOCKET, $WATCHDOG_USEC and
// $WATCHDOG_PID ask for. The variables stay set: NotifyAccess=main has systemd
// ignore what children send.
func newNotifier(getenv func(string) string) *notifier {
	socket := getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	return &notifier{
		address:  &net.UnixAddr{Name: socket, Net: "unixgram"},
		watchdog: watchdogInterval(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID")),
	}
}

// watchdogInterval is half the time after which the watchdog bites, or 0 if there
// is none for this process.
func watchdogInterval(usec, pid string) time.Duration {
	if pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil || n <= 0 || n > int64(1<<63-1)/int64(time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond / 2
}

// Ready says that the server serves, after the start or after a reload, and what
// systemctl status is to show.
func (n *notifier) Ready(status string) error {
	return n.send(systemd.SdNotifyReady, statusLine(status), "MAINPID="+strconv.Itoa(os.Getpid()))
}

// Reloading says that a reload has begun; Ready ends it, also if it failed. After
// Stopping neither says anything.
func (n *notifier) Reloading() error {
	return n.send(systemd.SdNotifyReloading, systemd.SdNotifyMonotonicUsec(), statusLine("reloading"))
}

// Stopping says that the end has begun and may take this long, whatever the unit
// has as TimeoutStopSec.
func (n *notifier) Stopping(atMost time.Duration) error {
	return n.send(systemd.SdNotifyStopping, statusLine("stopping"), extension(atMost))
}

// WatchdogInterval returns how often Watchdog must be called; false if nobody
// waits for it.
func (n *notifier) WatchdogInterval() (time.Duration, bool) {
	if n == nil {
		return 0, false
	}
	return n.watchdog, n.watchdog > 0
}

// Watchdog says that the server is healthy. The caller has made sure of that.
func (n *notifier) Watchdog() error { return n.send(systemd.SdNotifyWatchdog) }

// Close gives the connection up; a message after it makes a new one.
func (n *notifier) Close() error {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hangUp()
}

// statusLine is the assignment of STATUS. A line feed in the text would begin
// another assignment.
func statusLine(text string) string {
	return "STATUS=" + strings.ToValidUTF8(strings.ReplaceAll(text, "\n", " "), "?")
}

func extension(d time.Duration) string {
	return "EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(d.Microseconds(), 10)
}

// notifyTimeout bounds one message: a service manager that does not read must not
// stop the server.
const notifyTimeout = 2 * time.Second

// send sends assignments as one message; empty ones are left out. A connection
// that fails is made anew once: the service manager may have been exchanged.
func (n *notifier) send(assignments ...string) error {
	if n == nil {
		return nil
	}
	var message strings.Builder
	for _, a := range assignments {
		if a = strings.TrimSuffix(a, "\n"); a != "" {
			message.WriteString(a + "\n")
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopping && assignments[0] != systemd.SdNotifyWatchdog {
		return nil
	}
	n.stopping = n.stopping || assignments[0] == systemd.SdNotifyStopping
	fresh := n.conn == nil
	err := n.write(message.String())
	if err != nil && !fresh {
		err = n.write(message.String())
	}
	if err != nil {
		return fmt.Errorf("telling the service manager: %w", err)
	}
	return nil
}

// write sends message over the connection, or over a new one. The caller holds mu.
func (n *notifier) write(message string) (err error) {
	if n.conn == nil {
		if n.conn, err = net.DialUnix("unixgram", nil, n.address); err != nil {
			n.conn = nil
			return err
		}
	}
	err = n.conn.SetWriteDeadline(time.Now().Add(notifyTimeout))
	if err == nil {
		_, err = n.conn.Write([]byte(message))
	}
	if err != nil {
		err = errors.Join(err, n.hangUp())
	}
	return err
}

func (n *notifier) hangUp() error {
	if n.conn == nil {
		return nil
	}
	err := n.conn.Close()
	n.conn = nil
	return err
}
