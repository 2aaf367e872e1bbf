package main

import (
	"slices"
	"strings"
)

// All text for persons stands in this file, so that it can be translated as one.

// message names a text without a problem to it.
type message int

const (
	msgRootShort message = iota
	msgVersionShort
	msgPingShort
	msgPingLong
	msgUsageHint
	msgFlagPlain
	msgFlagNoALPN
	msgFlagInsecure
	msgFlagCA
	msgFlagServerName
	msgFlagCount
	msgFlagInterval
	msgFlagTimeout
	msgFlagOutput
	msgBadTarget
	msgBadPort
	msgBadOutput
	msgBadCount
	msgBadDuration
	msgPlainAlone
	msgNoPEM
	msgConnected
	msgPlain
	msgALPNNone
	msgALPNOff
	msgTrusted
	msgIgnored
	msgExpiresIn
	msgExpiredSince
	msgPong
	msgSummary
	msgNoPings
	msgProblem
	msgNote
	msgAdvice
)

// english is indexed by message. Words in braces are filled in by say.
var english = [...]string{
	msgRootShort:    "The SmartClient for a terminal",
	msgVersionShort: "Print the version",
	msgPingShort:    "Report what answers at HOST[:PORT], how it is secured and how fast it is",
	msgPingLong: `Connects to a server as a SmartClient does and reports what it finds: the address,
the TLS version, cipher suite and certificate, the server's version, and the time that an answer takes.

The port is 5012 if none is given. The connection goes on even if the certificate is not
trusted, so that all of it is reported; the exit status tells.

Exit status:
  0    the server answers and its certificate is trusted (or --plain, or --insecure)
  1    something answers, and it is not as it should be
  2    the command line is wrong
  4    nothing answers
  130  interrupted`,
	msgUsageHint: "Try 'smartclient --help'.",

	// The word in backquotes stands for the flag's value.
	msgFlagPlain:      "connect without TLS",
	msgFlagNoALPN:     "do not offer the protocol's name in the TLS handshake",
	msgFlagInsecure:   "succeed even if the certificate is not trusted",
	msgFlagCA:         "trust the authorities in this PEM `file` instead of the system's",
	msgFlagServerName: "check the certificate for this `name` instead of HOST",
	msgFlagCount:      "`number` of answers to wait for; 0: until interrupted",
	msgFlagInterval:   "`time` between two pings",
	msgFlagTimeout:    "`time` to connect, and for each answer",
	msgFlagOutput:     "`form` of the report: text or json",

	msgBadTarget:   "{value} is not HOST or HOST:PORT",
	msgBadPort:     "port {value} must be a number from 1 to 65535",
	msgBadOutput:   "--output is {value}; it must be text or json",
	msgBadCount:    "--count is {value}; it must be 0 or more",
	msgBadDuration: "{flag} is {value}; it must be at least 1ms",
	msgPlainAlone:  "--plain is without TLS; --ca, --server-name, --no-alpn and --insecure have no place in it",
	msgNoPEM:       "--ca: {value} holds no certificate in PEM form",

	msgConnected:    "Connected to {address}",
	msgPlain:        "none: this connection is not encrypted",
	msgALPNNone:     "none chosen by the server",
	msgALPNOff:      "not offered (--no-alpn)",
	msgTrusted:      "trusted",
	msgIgnored:      "{verdict} (ignored: --insecure)",
	msgExpiresIn:    "{date} (in {days} days)",
	msgExpiredSince: "{date} (over)",
	msgPong:         "answer {n} from {address}: {time}",
	msgSummary:      "{sent} sent, {answered} answered, round trip min/avg/max {min} / {avg} / {max}",
	msgNoPings:      "{sent} sent, none answered",
	msgProblem:      "Problem: {message}",
	msgNote:         "Note: {message}",
	msgAdvice:       "  {advice}",
}

// label names a line of the report.
type label int

const (
	labelTLS label = iota
	labelALPN
	labelCertificate
	labelSubject
	labelNames
	labelIssuer
	labelExpiry
	labelFingerprint
	labelServer
	labelProtocol
)

var englishLabels = [...]string{
	labelTLS:         "TLS",
	labelALPN:        "ALPN",
	labelCertificate: "Certificate",
	labelSubject:     "  subject",
	labelNames:       "  names",
	labelIssuer:      "  issuer",
	labelExpiry:      "  valid until",
	labelFingerprint: "  SHA-256",
	labelServer:      "Server",
	labelProtocol:    "Protocol",
}

// code names a problem, the same in text and JSON.
type code string

const (
	codeNameNotFound      code = "name-not-found"
	codeRefused           code = "connection-refused"
	codeUnreachable       code = "unreachable"
	codeConnectTimeout    code = "connect-timeout"
	codeTLSTimeout        code = "tls-timeout"
	codeAnswerTimeout     code = "answer-timeout"
	codePlainSmartClient  code = "plain-smartclient"
	codePlainHTTP         code = "plain-http"
	codeNotTLS            code = "not-tls"
	codeTLSVersion        code = "tls-version"
	codeALPN              code = "alpn-refused"
	codeClientCertificate code = "client-certificate-required"
	codeTLSClosed         code = "tls-closed"
	codeTLSFailed         code = "tls-failed"
	codeTLSRefused        code = "tls-refused"
	codeTLSRequired       code = "tls-required"
	codeTLSServer         code = "tls-server"
	codeHTTPServer        code = "http-server"
	codeForeign           code = "foreign-protocol"
	codeVersion           code = "unsupported-version"
	codeServerRefuses     code = "server-refuses"
	codeGoingAway         code = "going-away"
	codeClosed            code = "closed"
	codeBroken            code = "broken"
	codeUnknownAuthority  code = "unknown-authority"
	codeNameMismatch      code = "name-mismatch"
	codeExpired           code = "expired"
	codeNotYetValid       code = "not-yet-valid"
	codeNoRoots           code = "no-system-roots"
	codeInvalid           code = "certificate-invalid"
)

// text says what a problem is and what to do about it.
type text struct{ what, advice string }

var problemTexts = map[code]text{
	codeNameNotFound: {
		"the name {host} is not known: {detail}",
		"Check the spelling, or give the server's IP address.",
	},
	codeRefused: {
		"{target} refuses connections",
		"Nothing listens there, or a firewall rejects it. Check that the server runs, and that this is the port in [TCP] Port (or [SSL] Port) of its appserver.ini.",
	},
	codeUnreachable: {
		"{target} cannot be reached: {detail}",
		"Check the address and the network between here and there.",
	},
	codeConnectTimeout: {
		"{target} does not answer within {timeout}",
		"A firewall may drop the packets, or the machine is off. A longer --timeout helps on slow networks only.",
	},
	codeTLSTimeout: {
		"{target} takes the connection and says nothing to a TLS handshake within {timeout}",
		"The port may not speak TLS: try --plain. If it should, look for this connection in the server's log.",
	},
	codeAnswerTimeout: {
		"{target} does not answer a SmartClient within {timeout}",
		"The port may belong to another program, or the server is overloaded. Look for this connection in its log.",
	},
	codePlainSmartClient: {
		"{target} answers, but without TLS",
		"This port takes SmartClient unencrypted: use --plain, or give the port that is secured.",
	},
	codePlainHTTP: {
		"{target} is an HTTP server without TLS",
		"Give the server's multiprotocol port. If this is it, its TLS is off: see [Drivers] MultiProtocolPortSecure in appserver.ini, or use --plain.",
	},
	codeNotTLS: {
		"{target} answers with something that is not TLS: {detail}",
		"The port belongs to another protocol. If it is an appserver without TLS, use --plain.",
	},
	codeTLSVersion: {
		"{target} accepts neither TLS 1.2 nor TLS 1.3",
		"Enable one on the server: TLS1_2=1 or TLS1_3=1 in [SSLConfigure], or SSL_Method in [MPP].",
	},
	codeALPN: {
		"{target} speaks TLS and does not know the protocol smartclient/1",
		"This is not an appserver, or SmartClient is not served on this port. Check the port.",
	},
	codeClientCertificate: {
		"{target} asks for a client certificate",
		"This client has none. See [MPP] SSLClientAuth on the server.",
	},
	codeTLSClosed: {
		"{target} closed the connection during the TLS handshake",
		"The port may speak without TLS: try --plain. If it should speak TLS, the server's log names the reason.",
	},
	codeTLSRefused: {
		"{target} refuses the TLS handshake (alert 40)",
		"A port without TLS answers so: try --plain. Else no cipher suite is common; the server's log names its side of it.",
	},
	codeTLSFailed: {
		"the TLS handshake with {target} failed: {detail}",
		"The server's log names its side of it.",
	},
	codeTLSRequired: {
		"{target} takes SmartClient inside TLS only{detail}",
		"Leave --plain out.",
	},
	codeTLSServer: {
		"{target} speaks TLS only",
		"Leave --plain out.",
	},
	codeHTTPServer: {
		"{target} is an HTTP server and does not know SmartClient",
		"Give the multiprotocol port of the appserver, not that of a web server or of a proxy in front of it.",
	},
	codeForeign: {
		"{target} speaks another protocol: {detail}",
		"Check the port. The desktop client of another product needs that product's server.",
	},
	codeVersion: {
		"{target} speaks another version of the SmartClient protocol: {detail}",
		"Use a smartclient of the server's release.",
	},
	codeServerRefuses: {
		"{target} refuses: {detail}",
		"The server's log names this connection and the reason.",
	},
	codeGoingAway: {
		"{target} is stopping: {detail}",
		"Try again when it is back.",
	},
	codeClosed: {
		"{target} closed the connection",
		"The port may belong to another program, or a limit of the server was reached. Its log names the reason.",
	},
	codeBroken: {
		"{target} does not answer as it should: {detail}",
		"Look at the server's log; if it is an appserver, this is worth a report.",
	},
	codeUnknownAuthority: {
		"the certificate was issued by an authority that is not trusted here: {issuer}",
		"To trust it, fetch the authority's certificate from {ca} or ask the server's operator for it, compare its fingerprint with the operator's, and give it with --ca FILE or install it on this machine.",
	},
	codeNameMismatch: {
		"the certificate is not for {name}; it is for {names}",
		"Connect by one of these names (--server-name checks another one), or give the server a certificate for this address.",
	},
	codeExpired: {
		"the certificate has expired: {detail}",
		"Renew it on the server. If it has been renewed, check the clock of this machine.",
	},
	codeNotYetValid: {
		"the certificate is not valid yet: {detail}",
		"Check the clock of this machine and that of the one that issued it.",
	},
	codeNoRoots: {
		"this machine has no list of trusted authorities",
		"Install it (the package is often called ca-certificates), or give an authority with --ca FILE.",
	},
	codeInvalid: {
		"the certificate cannot be used: {detail}",
		"Give the server another one.",
	},
}

// say returns a text with its words in braces replaced: pairs are names
// without braces and their values.
func say(m message, pairs ...string) string { return fill(english[m], pairs...) }

func fill(text string, pairs ...string) string {
	braced := slices.Clone(pairs)
	for i := 0; i < len(braced); i += 2 {
		braced[i] = "{" + braced[i] + "}"
	}
	return strings.NewReplacer(braced...).Replace(text)
}
