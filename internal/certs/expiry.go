package certs

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

const day = 24 * time.Hour

// reminders are how long before the end of a certificate a [Reminder] speaks;
// the last is at its end.
var reminders = [...]time.Duration{30 * day, 7 * day, day, 0}

const (
	// renewalGrace is how much later the first reminder of a local pair comes:
	// the pair is renewed at about that time.
	renewalGrace = day
	// maxReminded is how many certificates a Reminder remembers.
	maxReminded = 64
)

// Reminder tells when it is time to warn about the end of a certificate: 30, 7
// and 1 days before it and when it has come, each once for each certificate. Of
// several at the same time, as after a start, the last one stands for all.
//
// It is safe for concurrent use; its zero value has not reminded of anything.
type Reminder struct {
	mu   sync.Mutex
	said map[[sha256.Size]byte]int // by certificate: how many of reminders are over
}

// Due returns a line that warns about the end of p's certificate and says how to
// mend it, if at now a reminder is due that was not yet returned.
func (r *Reminder) Due(p *Pair, now time.Time) (text string, due bool) {
	over := remindersOver(p, now)
	if over == 0 {
		return "", false
	}
	key := sha256.Sum256(p.Certificate.Leaf.Raw)
	r.mu.Lock()
	defer r.mu.Unlock()
	if over <= r.said[key] {
		return "", false
	}
	if r.said == nil || len(r.said) >= maxReminded {
		r.said = map[[sha256.Size]byte]int{}
	}
	r.said[key] = over
	return reminderText(p, now), true
}

// remindersOver returns how many of reminders have come at now.
func remindersOver(p *Pair, now time.Time) (n int) {
	left := p.Certificate.Leaf.NotAfter.Sub(now)
	for i, before := range reminders {
		if i == 0 && p.Origin == FromLocal {
			before -= renewalGrace
		}
		if left <= before {
			n++
		}
	}
	return n
}

func reminderText(p *Pair, now time.Time) string {
	end := p.Certificate.Leaf.NotAfter
	when := end.UTC().Format("2006-01-02 15:04 UTC")
	verb := "expires in " + remaining(end.Sub(now)) + ", on"
	if !now.Before(end) {
		verb = "has expired, on"
	}
	return fmt.Sprintf("the certificate (%s%s) %s %s: %s", p.Origin, in(p.CertFile), verb, when, renewal(p.Origin))
}

// remaining tells d, which is not negative, in whole days, or in hours if it is
// less than two.
func remaining(d time.Duration) string {
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return fmt.Sprintf("%d hours", d/time.Hour)
}

// renewal says how a pair from o is renewed.
func renewal(o Origin) string {
	switch o {
	case FromLocal:
		return "the server should have renewed it on its own, and its log says why it could not; or run: appserver certs create"
	case FromBundledFile:
		return "replace its files by renewed ones or those of a newer release; or remove them and make one for this machine: appserver certs create"
	case FromEmbedded:
		return "make one for this machine (appserver certs create), name your own in [MPP] SSL_Certificate and SSL_Key, or install a newer release"
	case SelfSigned:
		return "restart the server, or make one that clients can trust: appserver certs create"
	default:
		return "renew it and replace its files; the server notices"
	}
}
