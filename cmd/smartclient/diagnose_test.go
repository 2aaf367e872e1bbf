package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"appserver/internal/smartclient"
)

// Errors that a test cannot bring about on every machine.
func TestDiagnose(t *testing.T) {
	dial := func(err error) error {
		return &phaseError{phase: phaseDial, err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	tests := []struct {
		name   string
		err    error
		want   code
		detail string
	}{
		{"no such name", dial(&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}), codeNameNotFound, "no such host"},
		{"name server silent", dial(&net.DNSError{Err: "i/o timeout", IsTimeout: true}), codeConnectTimeout, ""},
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), codeRefused, ""},
		{"refused on Windows", dial(os.NewSyscallError("connectex", syscall.Errno(10061))), codeRefused, ""},
		{"no route", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), codeUnreachable, "connect: network is unreachable"},
		{"system's time-out", dial(os.NewSyscallError("connect", syscall.ETIMEDOUT)), codeConnectTimeout, ""},
		{"our time-out", dial(context.DeadlineExceeded), codeConnectTimeout, ""},
		{"reset in the handshake", &phaseError{phase: phaseTLS, err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}, codeTLSClosed, ""},
		{"reset", &phaseError{phase: phaseAnswer, err: fmt.Errorf("hello: %w", syscall.ECONNRESET)}, codeClosed, ""},
		{"reset on Windows", &phaseError{phase: phaseAnswer, err: syscall.Errno(10054)}, codeClosed, ""},
		{"pipe", &phaseError{phase: phaseAnswer, err: syscall.EPIPE}, codeClosed, ""},
		{"end", io.EOF, codeClosed, ""},
		{"bye without a message", &smartclient.ByeError{Reason: "going-away"}, codeGoingAway, "going-away"},
		{"anything else", errors.New("x\x1by"), codeBroken, "x�y"},
	}
	for _, tt := range tests {
		if got, detail := diagnose(tt.err); got != tt.want || detail != tt.detail {
			t.Errorf("%s: diagnose(%v) = %s, %q; want %s, %q", tt.name, tt.err, got, detail, tt.want, tt.detail)
		}
	}
}

func TestJudgeChain(t *testing.T) {
	tests := []struct {
		err  error
		want code
	}{
		{x509.SystemRootsError{}, codeNoRoots},
		{x509.UnknownAuthorityError{}, codeUnknownAuthority},
		{x509.CertificateInvalidError{Cert: new(x509.Certificate), Reason: x509.Expired}, codeExpired},
		{x509.CertificateInvalidError{Cert: new(x509.Certificate), Reason: x509.CANotAuthorizedForThisName}, codeInvalid},
	}
	for _, tt := range tests {
		if got := judgeChain(tt.err); got.code != tt.want {
			t.Errorf("judgeChain(%v) = %s; want %s", tt.err, got.code, tt.want)
		}
	}
}

// Every text is there, and asks for no word that is never given.
func TestMessages(t *testing.T) {
	for i, s := range english {
		if s == "" {
			t.Errorf("english[%d] is empty", i)
		}
	}
	for i, s := range englishLabels {
		if s == "" {
			t.Errorf("englishLabels[%d] is empty", i)
		}
	}
	for c, text := range problemTexts {
		p := &pinger{pingOptions: pingOptions{host: "h", port: "1"}}
		p.report.Certificate = new(certificateReport)
		p.problem(c, "")
		got := p.report.Problems[0]
		if text.what == "" || text.advice == "" || strings.ContainsAny(got.Message+got.Advice, "{}") {
			t.Errorf("problem %s reads %+v; want text without braces", c, got)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"CN=Ação", "CN=Ação"},
		{"a\x1b]0;t\x07\u202eb", "a�]0;t��b"},
		{strings.Repeat("x", 299) + "çç", strings.Repeat("x", 299) + "…"},
	}
	for _, tt := range tests {
		if got := clean(tt.in); got != tt.want || !utf8.ValidString(got) {
			t.Errorf("clean(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}
