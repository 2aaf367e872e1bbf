package certs

import (
	"crypto/x509"
	"strings"
	"sync"
	"testing"
	"time"
)

// ending returns a pair from o that ends at end.
func ending(o Origin, end time.Time) *Pair {
	p := must((*party)(nil).issue("a", newKey(), func(c *x509.Certificate) { c.NotAfter = end }).pair())
	p.Origin, p.CertFile = o, "/etc/a.pem"
	return p
}

// TestReminderStages looks every hour and expects each reminder once.
func TestReminderStages(t *testing.T) {
	end := today.AddDate(0, 2, 0)
	for _, tt := range []struct {
		origin Origin
		want   map[time.Duration]string // before the end
	}{
		{FromMPP, map[time.Duration]string{30 * day: "in 30 days", 7 * day: "in 7 days", day: "in 24 hours", 0: "has expired"}},
		{FromEmbedded, map[time.Duration]string{30 * day: "in 30 days", 7 * day: "in 7 days", day: "in 24 hours", 0: "has expired"}},
		{FromLocal, map[time.Duration]string{29 * day: "in 29 days", 7 * day: "in 7 days", day: "in 24 hours", 0: "has expired"}},
	} {
		p := ending(tt.origin, end)
		var r Reminder
		for now := today; now.Before(end.AddDate(0, 1, 0)); now = now.Add(time.Hour) {
			text, due := r.Due(p, now)
			want := tt.want[end.Sub(now)]
			if due != (want != "") || !strings.Contains(text, want) {
				t.Errorf("%s, %s before the end: Due = %q, %t; want %q", tt.origin, end.Sub(now), text, due, want)
			}
		}
	}
}

// TestReminderLate: a server that starts late is told once, and not of the
// reminders that it has missed.
func TestReminderLate(t *testing.T) {
	end := today.AddDate(0, 2, 0)
	p := ending(FromMPP, end)
	for left, want := range map[time.Duration]string{
		31 * day:             "",
		15*day + time.Hour:   "expires in 15 days, on 2026-08-01 12:00 UTC",
		3 * day:              "expires in 3 days",
		47 * time.Hour:       "expires in 47 hours",
		10 * time.Minute:     "expires in 0 hours",
		-40 * 24 * time.Hour: "has expired, on 2026-08-01 12:00 UTC",
	} {
		var r Reminder
		text, due := r.Due(p, end.Add(-left))
		if due != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%s before the end: Due = %q, %t; want %q", left, text, due, want)
		}
		if text, due := r.Due(p, end.Add(-left)); due {
			t.Errorf("%s before the end, again: Due = %q", left, text)
		}
	}
}

// TestReminderPairs: each certificate has its own reminders, also when it comes
// back.
func TestReminderPairs(t *testing.T) {
	var r Reminder
	a, b := ending(FromMPP, today.AddDate(0, 0, 5)), ending(FromBundledFile, today.AddDate(0, 0, 5))
	for i, want := range []bool{true, true, false, false} {
		p := []*Pair{a, b}[i%2]
		if text, due := r.Due(p, today); due != want {
			t.Errorf("Due of pair %d = %q, %t; want %t", i%2, text, due, want)
		}
	}
	for range 2 * maxReminded {
		r.Due(ending(FromMPP, today), today)
	}
	if len(r.said) > maxReminded {
		t.Errorf("%d certificates are remembered; want at most %d", len(r.said), maxReminded)
	}
}

// TestReminderText: what is to be done depends on where the certificate is from.
func TestReminderText(t *testing.T) {
	for o, want := range map[Origin]string{
		FromMPP:          "[MPP] SSL_Certificate in /etc/a.pem|replace its files",
		FromSSLConfigure: "[SSLConfigure] CertificateServer in /etc/a.pem|replace its files",
		FromLocal:        "local authority in /etc/a.pem|certs create",
		FromBundledFile:  "bundled, beside the configuration in /etc/a.pem|newer release|certs create",
		FromEmbedded:     "bundled, built in|newer release|certs create",
		SelfSigned:       "self-signed|restart",
	} {
		text, _ := new(Reminder).Due(ending(o, today), today)
		for part := range strings.SplitSeq(want, "|") {
			if !strings.Contains(text, part) {
				t.Errorf("Due of %s = %q; want %q in it", o, text, part)
			}
		}
		if strings.Contains(text, "\n") {
			t.Errorf("Due of %s = %q; want one line", o, text)
		}
	}
}

func TestReminderConcurrent(t *testing.T) {
	var r Reminder
	p := ending(FromMPP, today)
	var wg sync.WaitGroup
	said := make(chan string, 8)
	for range cap(said) {
		wg.Go(func() {
			if text, due := r.Due(p, today); due {
				said <- text
			}
		})
	}
	wg.Wait()
	if len(said) != 1 {
		t.Errorf("%d callers were told; want one", len(said))
	}
}
