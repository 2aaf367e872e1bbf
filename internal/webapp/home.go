package webapp

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// A grade is the class of a verdict in the style sheet.
type grade string

const (
	good    grade = "good"
	warning grade = "warning"
	bad     grade = "bad"
	neutral grade = "neutral"
)

// home is the content of the first page, in the user's language.
type home struct {
	Verdict     verdict
	Server      []row
	Connection  []row
	Certificate *certificate // nil if the server has none
	Trust       *trust       // nil if there is no authority to trust
}

// verdict is a judgement in a few words, and what follows from it.
type verdict struct {
	Grade       grade
	Title, Text string
}

type row struct {
	Label, Value string
	Code         bool // Value is a technical name
	Grade        grade
}

// visit is what the first page depends on: a request and the moment it was
// made.
type visit struct {
	t       *texts
	r       *http.Request
	now     time.Time
	cert    Certificate
	host    string // the address in use without its port, or empty
	scheme  string // what the proxy said
	proxied bool
	covered bool // whether cert covers host
}

func newHome(o Options, r *http.Request, t *texts) *home {
	v := &visit{t: t, r: r, now: o.Now(), cert: o.Certificate(), host: hostName(r.Host)}
	v.scheme, v.proxied = o.Forwarded(r)
	h := &home{
		Verdict:    v.judgeConnection(),
		Server:     serverRows(o, t, v.now),
		Connection: v.connectionRows(),
	}
	if v.cert.Leaf != nil {
		v.covered = v.cert.Leaf.VerifyHostname(v.host) == nil
		h.Certificate = v.certificate()
		h.Trust = v.trust()
	}
	return h
}

// hostName strips the port from the value of a Host header.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}

func serverRows(o Options, t *texts, now time.Time) []row {
	rows := []row{{Label: t.ServerName, Value: o.Name}, {Label: t.Version, Value: o.Version}}
	if !o.Started.IsZero() {
		rows = append(rows, row{Label: t.Uptime, Value: uptime(t, now.Sub(o.Started))})
	}
	return rows
}

// uptime writes d in its two largest units, whose symbols are the same in all
// languages of the pages.
func uptime(t *texts, d time.Duration) string {
	minutes := int(max(d, 0) / time.Minute)
	switch days, hours := minutes/(24*60), minutes/60%24; {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes%60)
	case minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	}
	return t.UptimeShort
}
