package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"

	"appserver/internal/smartclient"
)

// The TLS alerts that say more than that the handshake failed (RFC 8446, 6;
// RFC 7301, 3.2).
const (
	alertHandshakeFailure    = 40
	alertBadCertificate      = 42
	alertProtocolVersion     = 70
	alertCertificateRequired = 116
	alertNoALPN              = 120
)

// unreachable reports whether nothing answers, rather than something wrong.
func (c code) unreachable() bool {
	switch c {
	case codeNameNotFound, codeRefused, codeUnreachable, codeConnectTimeout, codeTLSTimeout, codeAnswerTimeout:
		return true
	}
	return false
}

// diagnose returns the problem that an error of connect or pings stands for, and
// what its text needs to know.
func diagnose(err error) (c code, detail string) {
	pe := &phaseError{phase: phaseAnswer, err: err}
	errors.As(err, &pe)
	if c, ok := diagnoseAlert(pe); ok {
		return c, ""
	}
	switch pe.phase {
	case phaseDial:
		return diagnoseDial(err)
	case phaseTLS:
		return diagnoseTLS(err)
	}
	return diagnoseAnswer(err)
}

// diagnoseAlert looks at the alert that the server sent, if it is one that says
// more than that something failed. In TLS 1.3 a server that minds the missing
// client certificate says so only after the client's handshake is done.
func diagnoseAlert(err *phaseError) (c code, ok bool) {
	alert, ok := alertOf(err)
	switch {
	case !ok:
		return "", false
	case alert == alertProtocolVersion:
		return codeTLSVersion, true
	case alert == alertNoALPN:
		return codeALPN, true
	case alert == alertCertificateRequired,
		err.certAsked && (alert == alertHandshakeFailure || alert == alertBadCertificate):
		return codeClientCertificate, true
	case alert == alertHandshakeFailure:
		return codeTLSRefused, true
	}
	return "", false
}

func diagnoseDial(err error) (c code, detail string) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return codeNameNotFound, dns.Err
	case timedOut(err):
		return codeConnectTimeout, ""
	case isErrno(err, syscall.ECONNREFUSED, 10061): // WSAECONNREFUSED
		return codeRefused, ""
	}
	return codeUnreachable, cause(err)
}

func diagnoseTLS(err error) (c code, detail string) {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return diagnoseRecord(record.RecordHeader[:])
	case timedOut(err):
		return codeTLSTimeout, ""
	case closed(err):
		return codeTLSClosed, ""
	}
	return codeTLSFailed, cause(err)
}

// diagnoseRecord looks at what came where a TLS record should begin.
func diagnoseRecord(first []byte) (c code, detail string) {
	switch {
	case bytes.HasPrefix(first, []byte("HTTP")):
		return codePlainHTTP, ""
	case first[0] == 0:
		return codePlainSmartClient, "" // every frame begins with 0
	}
	return codeNotTLS, fmt.Sprintf("% x", first)
}

// alertOf returns the alert that a TLS server sent.
func alertOf(err error) (alert uint8, ok bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	// crypto/tls puts an alert's number into an error of an unexported type.
	v := reflect.ValueOf(op.Err)
	if v.Kind() != reflect.Uint8 {
		return 0, false
	}
	return uint8(v.Uint()), true
}

func diagnoseAnswer(err error) (c code, detail string) {
	var (
		refused *smartclient.Error
		bye     *smartclient.ByeError
		foreign *smartclient.ForeignError
	)
	switch {
	case errors.As(err, &refused):
		return diagnoseRefusal(refused)
	case errors.As(err, &bye):
		return codeGoingAway, firstOf(bye.Message, bye.Reason)
	case errors.As(err, &foreign):
		return diagnoseForeign(foreign)
	case timedOut(err):
		return codeAnswerTimeout, ""
	case closed(err):
		return codeClosed, ""
	}
	return codeBroken, cause(err)
}

func diagnoseRefusal(e *smartclient.Error) (c code, detail string) {
	switch e.Code {
	case smartclient.CodeTLSRequired:
		if e.Message != "" {
			return codeTLSRequired, "; it says: " + e.Message
		}
		return codeTLSRequired, ""
	case smartclient.CodeUnsupportedVersion:
		return codeVersion, firstOf(e.Message, fmt.Sprintf("%d to %d", e.MinProtocol, e.MaxProtocol))
	}
	if e.Message == "" {
		return codeServerRefuses, e.Code
	}
	return codeServerRefuses, e.Code + ": " + e.Message
}

func diagnoseForeign(e *smartclient.ForeignError) (c code, detail string) {
	switch {
	case e.HTTP():
		return codeHTTPServer, ""
	case e.TLS():
		return codeTLSServer, ""
	}
	return codeForeign, fmt.Sprintf("% x", e.First)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) ||
		isErrno(err, syscall.ECONNRESET, 10054) || // WSAECONNRESET
		isErrno(err, syscall.ECONNABORTED, 10053) // WSAECONNABORTED
}

// isErrno reports whether err is the error unix of the system, or windows on
// Windows, whose socket errors package syscall does not map to the names that
// it shares with Unix. Unix has no errors of those numbers.
func isErrno(err error, unix, windows syscall.Errno) bool {
	return errors.Is(err, unix) || errors.Is(err, windows)
}

// cause returns what a person should see of an error: its innermost operation.
func cause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return clean(op.Err.Error())
	}
	return clean(strings.TrimPrefix(err.Error(), "tls: "))
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
