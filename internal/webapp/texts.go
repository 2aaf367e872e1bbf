package webapp

import "appserver/internal/pages"

// texts are all words of the pages in one language. A text with verbs of
// package fmt takes the same ones, in the same order, in every language.
type texts struct {
	// Around every page.
	HealthLabel, Health, Readiness string

	// The page for an address where nothing is.
	MissingTitle, MissingText, MissingLink string

	// How the connection is secured.
	Title                                   string
	Secure, SecureText                      string // text: TLS version
	Outdated, OutdatedText                  string // text: TLS version
	Plain, PlainText                        string
	ProxySecure, ProxySecureText            string
	ProxyUnknown, ProxyUnknownText          string
	ServerHeading                           string
	ServerName, Version                     string
	Uptime, UptimeShort                     string // short: less than a minute
	ConnectionHeading                       string
	Address, Encryption, Cipher             string
	KeyExchange, PostQuantum                string // post-quantum: name of the group
	ALPN, HTTPVersion, NoALPN, NoEncryption string
	ProxyScheme, NotStated                  string

	// Whose certificate it is.
	CertificateHeading                                             string
	Covered, CoveredText                                           string // title: address
	NotCovered, NotCoveredText, NotCoveredOwn                      string // title: address
	CoverProxied, CoverProxiedText                                 string
	CoverUnknown, CoverUnknownText                                 string
	OutOfDate, OutOfDateText                                       string
	OriginBundled, OriginConfigured, OriginLocal, OriginSelfSigned string
	Names, NoName, ValidUntil, IssuedBy, Fingerprint               string
	DateLayout                                                     string // of package time
	ExpiresIn                                                      string // date, days (at least 2)
	ExpiresTomorrow, ExpiresToday, Expired                         string // date
	NotYetValid                                                    string // date of expiry, date of begin

	// How to trust it.
	TrustHeading, TrustText, TrustUseless string // useless: address
	TrustDownload, TrustCompare           string
	TrustCommand                          string // where the commands do the same as the steps
	StepsWindows                          [4]string
	StepsMacOS                            [3]string
	StepsLinux                            [2]string
	StepsFirefox                          [3]string
	StepsAndroid                          [3]string
	StepsIOS                              [3]string
}

// languages has the texts of each language.
var languages = [...]texts{pages.English: english, pages.Portuguese: portuguese, pages.Spanish: spanish}
