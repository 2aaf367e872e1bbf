package certs

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// dns stands in for DNS: names to addresses and addresses to names. What is in
// neither is not found.
type dns map[string][]string

func (d dns) lookup(_ context.Context, what string) ([]string, error) {
	if found, ok := d[what]; ok {
		return found, nil
	}
	return nil, &net.DNSError{IsNotFound: true}
}

func TestMachineNames(t *testing.T) {
	own := []string{"192.0.2.1"}
	tests := []struct {
		name     string
		hostname string
		dns      dns
		want     []string
	}{
		{"no DNS", "SRV1", nil, []string{"srv1", "localhost"}},
		{"full name", "srv1", dns{"srv1": own, "192.0.2.1": {"srv1.Example.com."}, "srv1.example.com": own}, []string{"srv1.example.com", "srv1", "localhost"}},
		{"by /etc/hosts", "srv1", dns{"srv1": {"127.0.1.1"}, "127.0.1.1": {"srv1.example.com", "srv1"}, "srv1.example.com": {"127.0.1.1"}}, []string{"srv1.example.com", "srv1", "localhost"}},
		{"second address", "srv1", dns{"srv1": {"::1", "192.0.2.1"}, "192.0.2.1": {"x.example.com.", "srv1.example.com."}, "srv1.example.com": own}, []string{"srv1.example.com", "srv1", "localhost"}},
		{"by its own address", "srv1", dns{"srv1": {"127.0.1.1"}, "127.0.1.1": {"srv1"}, "192.0.2.1": {"srv1.example.com."}, "srv1.example.com": own}, []string{"srv1.example.com", "srv1", "localhost"}},
		{"does not lead back", "srv1", dns{"srv1": own, "192.0.2.1": {"srv1.example.com."}, "srv1.example.com": {"198.51.100.1"}}, []string{"srv1", "localhost"}},
		{"of somebody else", "srv1", dns{"srv1": own, "192.0.2.1": {"host-192-0-2-1.example.net."}, "host-192-0-2-1.example.net": own}, []string{"srv1", "localhost"}},
		{"not a name", "srv1", dns{"srv1": own, "192.0.2.1": {"srv1.*.com."}, "srv1.*.com": own}, []string{"srv1", "localhost"}},
		{"host name in full", "srv1.example.com", nil, []string{"srv1.example.com", "srv1", "localhost"}},
		{"not a host name", "my server", nil, []string{"localhost"}},
		{"number", "12345", nil, []string{"localhost"}},
		{"localhost", "localhost.localdomain", nil, []string{"localhost"}},
		{"none", "", nil, []string{"localhost"}},
	}
	for _, tt := range tests {
		m := standIn(own...)
		m.hostname = func() (string, error) { return tt.hostname, nil }
		m.lookupHost, m.lookupAddr = tt.dns.lookup, tt.dns.lookup
		want := append(tt.want, "127.0.0.1", "192.0.2.1", "::1")
		if got, unsure, err := m.hosts(t.Context()); !slices.Equal(got, want) || unsure || err != nil {
			t.Errorf("%s: hosts() = %q, %t, %v; want %q", tt.name, got, unsure, err, want)
		}
	}
}

func TestMachineAddresses(t *testing.T) {
	m := standIn("2001:db8::2", "192.0.2.9", "10.1.2.3", "fe80::1", "169.254.1.1", "127.0.0.1", "127.0.1.1", "224.0.0.1", "::1", "fd00::1", "192.0.2.9", "0.0.0.0")
	want := []string{"srv1", "localhost", "10.1.2.3", "127.0.0.1", "192.0.2.9", "::1", "2001:db8::2", "fd00::1"}
	if got, _, err := m.hosts(t.Context()); !slices.Equal(got, want) || err != nil {
		t.Errorf("hosts() = %q, %v; want %q", got, err, want)
	}
	var many []string
	for i := range 300 {
		many = append(many, "10.9."+strconv.Itoa(i/200)+"."+strconv.Itoa(i%200+1))
	}
	got, _, err := standIn(many...).hosts(t.Context())
	if err != nil || len(got) != maxHosts {
		t.Errorf("hosts() of 300 addresses = %d, %v; want %d", len(got), err, maxHosts)
	}
	for _, h := range []string{"srv1", "localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(got, h) {
			t.Errorf("hosts() of 300 addresses leaves out %s", h)
		}
	}
	m.addresses = func() ([]netip.Addr, error) { return nil, errors.New("no netlink") }
	if _, _, err := m.hosts(t.Context()); !matches(err, "no netlink") {
		t.Errorf("hosts() without interfaces = %v; want the error", err)
	}
}

// TestMachineDNSHangs: DNS is given two seconds in all.
func TestMachineDNSHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := standIn("192.0.2.1")
		hang := func(ctx context.Context, _ string) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() }
		m.lookupAddr = hang
		m.lookupHost = func(ctx context.Context, name string) ([]string, error) {
			return []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}, nil
		}
		start := time.Now()
		got, unsure, err := m.hosts(t.Context())
		if took := time.Since(start); took != 2*time.Second || !unsure || err != nil || !slices.Contains(got, "srv1") {
			t.Errorf("hosts() = %q, %t, %v after %s; want the host name, unsure, after 2 s", got, unsure, err, took)
		}
	})
}

// TestThisMachine asks the machine that runs the test.
func TestThisMachine(t *testing.T) {
	hosts, _, err := thisMachine().hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(hosts, h) {
			t.Errorf("hosts() = %q; want %s among them", hosts, h)
		}
	}
	if parsed, err := parseHosts(hosts); err != nil || !slices.Equal(parsed, hosts) {
		t.Errorf("parseHosts(hosts()) = %q, %v; want %q", parsed, err, hosts)
	}
}
