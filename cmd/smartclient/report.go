package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is what a run has learned. Its JSON form is the output of -o json;
// what was not learned is absent.
type report struct {
	Target      string             `json:"target"`
	Address     string             `json:"address,omitempty"`
	TLS         *tlsReport         `json:"tls,omitempty"`
	Certificate *certificateReport `json:"certificate,omitempty"`
	Server      *serverReport      `json:"server,omitempty"`
	Pings       *pingReport        `json:"pings,omitempty"`
	Problems    []problem          `json:"problems"`
	OK          bool               `json:"ok"` // exit code 0

	plain bool // TLS was not asked for
}

// ignores reports whether c is a fault of the certificate that the user chose
// to live with.
func (r *report) ignores(c code) bool {
	return r.Certificate != nil && r.Certificate.ignored && slices.Contains(r.Certificate.Verdict, c)
}

type tlsReport struct {
	Version     string `json:"version"`
	CipherSuite string `json:"cipherSuite"`
	KeyExchange string `json:"keyExchange,omitempty"`
	ALPN        string `json:"alpn"`

	alpnOffered bool
}

type certificateReport struct {
	Verdict     []code    `json:"verdict"` // "trusted", or the codes of the problems
	Subject     string    `json:"subject"`
	Names       []string  `json:"names"`
	Issuer      string    `json:"issuer"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
	Fingerprint string    `json:"sha256"`

	daysLeft int
	over     bool
	ignored  bool
}

type serverReport struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Protocol int    `json:"protocol"`
	IdleMs   int64  `json:"idleTimeoutMs"`
}

type pingReport struct {
	Sent     int     `json:"sent"`
	Answered int     `json:"answered"`
	MinMs    float64 `json:"minMs"`
	AvgMs    float64 `json:"avgMs"`
	MaxMs    float64 `json:"maxMs"`
}

func (r *pingReport) add(d time.Duration) {
	ms := float64(d) / float64(time.Millisecond)
	if r.Answered == 0 || ms < r.MinMs {
		r.MinMs = ms
	}
	r.MaxMs = max(r.MaxMs, ms)
	r.Answered++
	r.AvgMs += (ms - r.AvgMs) / float64(r.Answered)
}

// problem is something that is wrong, as a person and as a program see it.
type problem struct {
	Code    code   `json:"code"`
	Message string `json:"message"`
	Advice  string `json:"advice"`
}

// problem adds a problem to the report, in words.
func (p *pinger) problem(c code, detail string) {
	pairs := []string{
		"target", p.target(), "host", p.host, "name", p.name(), "timeout", p.timeout.String(),
		"ca", "https://" + p.target() + "/webapp/ca.crt", "detail", detail,
	}
	if cert := p.report.Certificate; cert != nil {
		pairs = append(pairs, "issuer", firstOf(cert.Issuer, "—"), "names", firstOf(strings.Join(cert.Names, ", "), "—"))
	}
	t := problemTexts[c]
	p.report.Problems = append(p.report.Problems, problem{c, fill(t.what, pairs...), fill(t.advice, pairs...)})
}

// output shows a run as it goes.
type output interface {
	// connected is called once, when all but the pings is known, unless there
	// was no connection at all.
	connected(*report)
	pong(r *report, n int, d time.Duration)
	// done is called at the end and reports whether all output was written.
	done(*report) bool
}

func newOutput(form string, w io.Writer) output {
	if form == "json" {
		return &jsonOutput{w}
	}
	return &textOutput{w: w}
}

type jsonOutput struct{ w io.Writer }

func (o *jsonOutput) connected(*report)                {}
func (o *jsonOutput) pong(*report, int, time.Duration) {}

func (o *jsonOutput) done(r *report) bool {
	if r.Problems == nil {
		r.Problems = []problem{}
	}
	e := json.NewEncoder(o.w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r) == nil
}

// textOutput writes lines until one fails.
type textOutput struct {
	w   io.Writer
	err error
}

func (o *textOutput) connected(r *report) {
	o.line(say(msgConnected, "address", r.Address))
	switch {
	case r.TLS != nil:
		o.security(r.TLS)
	case r.plain:
		o.field(labelTLS, say(msgPlain))
	}
	if r.Certificate != nil {
		o.certificate(r.Certificate)
	}
	if r.Server != nil {
		o.field(labelServer, strings.TrimSpace(r.Server.Name+" "+r.Server.Version))
		o.field(labelProtocol, strconv.Itoa(r.Server.Protocol))
	}
}

func (o *textOutput) security(t *tlsReport) {
	parts := []string{strings.TrimPrefix(t.Version, "TLS "), t.CipherSuite}
	if t.KeyExchange != "" {
		parts = append(parts, t.KeyExchange)
	}
	o.field(labelTLS, strings.Join(parts, ", "))
	alpn := t.ALPN
	switch {
	case !t.alpnOffered:
		alpn = say(msgALPNOff)
	case alpn == "":
		alpn = say(msgALPNNone)
	}
	o.field(labelALPN, alpn)
}

func (o *textOutput) certificate(c *certificateReport) {
	words := make([]string, len(c.Verdict))
	for i, v := range c.Verdict {
		words[i] = string(v)
	}
	verdict := strings.Join(words, ", ")
	switch {
	case c.Verdict[0] == verdictTrusted:
		verdict = say(msgTrusted)
	case c.ignored:
		verdict = say(msgIgnored, "verdict", verdict)
	}
	expiry := say(msgExpiresIn, "date", date(c.NotAfter), "days", strconv.Itoa(c.daysLeft))
	if c.over {
		expiry = say(msgExpiredSince, "date", date(c.NotAfter))
	}
	o.field(labelCertificate, verdict)
	o.field(labelSubject, firstOf(c.Subject, "—"))
	o.field(labelNames, firstOf(strings.Join(c.Names, ", "), "—"))
	o.field(labelIssuer, firstOf(c.Issuer, "—"))
	o.field(labelExpiry, expiry)
	o.field(labelFingerprint, c.Fingerprint)
}

func (o *textOutput) pong(r *report, n int, d time.Duration) {
	o.line(say(msgPong, "n", strconv.Itoa(n), "address", r.Address, "time", milliseconds(float64(d)/float64(time.Millisecond))))
}

func (o *textOutput) done(r *report) bool {
	if p := r.Pings; p != nil {
		sent := strconv.Itoa(p.Sent)
		if p.Answered == 0 {
			o.line(say(msgNoPings, "sent", sent))
		} else {
			o.line(say(msgSummary, "sent", sent, "answered", strconv.Itoa(p.Answered),
				"min", milliseconds(p.MinMs), "avg", milliseconds(p.AvgMs), "max", milliseconds(p.MaxMs)))
		}
	}
	for _, p := range r.Problems {
		m := msgProblem
		if r.ignores(p.Code) {
			m = msgNote
		}
		o.line(say(m, "message", p.Message))
		o.line(say(msgAdvice, "advice", p.Advice))
	}
	return o.err == nil
}

func (o *textOutput) field(l label, value string) {
	o.line(fmt.Sprintf("  %-16s %s", englishLabels[l], value))
}

func (o *textOutput) line(s string) {
	if o.err == nil {
		_, o.err = fmt.Fprintln(o.w, s)
	}
}

func milliseconds(ms float64) string { return strconv.FormatFloat(ms, 'f', 2, 64) + " ms" }
