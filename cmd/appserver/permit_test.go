package main

import (
	"os"
	"strings"
	"testing"

	"appserver/internal/config"
	"appserver/internal/monitor"
)

func TestPermit(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Skip("the machine has no name: ", err)
	}
	for _, test := range []struct {
		peers []string
		want  string // part of the refusal
	}{
		{nil, ""},
		{[]string{}, "[TDS] EnableDisconnectUser is empty: nobody is permitted"},
		{[]string{"*"}, ""},
		{[]string{"10.99.98.97", "LocalHost"}, ""},
		{[]string{"127.0.0.1"}, ""},
		{[]string{"127.0.0.2"}, ""},
		{[]string{"::1"}, ""},
		{[]string{"[::1]"}, ""},
		{[]string{"::ffff:127.0.0.1"}, ""},
		{[]string{strings.ToUpper(name)}, ""},
		{[]string{"203.0.113.7", "nobody.invalid"}, "[TDS] EnableDisconnectUser does not name this machine"},
		{[]string{"**", "localhost.evil.example"}, "does not name this machine"},
	} {
		d := &daemon{}
		d.now.Store(&state{cfg: &config.Config{TDS: config.TDS{EnableDisconnectUser: test.peers}}})
		err := d.permit(monitor.MayKill)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("permit with %q = %v; want %q", test.peers, err, test.want)
		}
		if err := d.permit(monitor.MaySee); err != nil {
			t.Errorf("permit to see with %q for killing = %v; want nil", test.peers, err)
		}
	}
}

// Each permission reads its own key.
func TestPermittedPeers(t *testing.T) {
	tds := config.TDS{AllowMonitor: []string{"a"}, EnableDisconnectUser: []string{"b"}, EnableSendMessage: []string{"c"}, EnableStopServer: []string{"d"}}
	for may, want := range map[monitor.Permission]string{monitor.MaySee: "a", monitor.MayKill: "b", monitor.MayMessage: "c", monitor.MayStop: "d", "Other": ""} {
		if got := strings.Join(permittedPeers(tds, may), ""); got != want {
			t.Errorf("peers for %s = %q; want %q", may, got, want)
		}
	}
}
