package sslconf

import (
	"crypto/tls"
	"slices"
	"strings"
)

// suite is a cipher suite of TLS 1.0 to 1.2.
type suite struct {
	id      uint16
	iana    string
	openssl string
	legacy  bool // exists in TLS 1.0 and 1.1
}

// usable is what this server may use, and nothing else ever: no RC4, no 3DES,
// and key exchange without forward secrecy for TLS 1.0 and 1.1 alone.
func usable() []suite {
	var suites []suite
	for _, s := range tls.CipherSuites() {
		if slices.Contains(s.SupportedVersions, tls.VersionTLS12) {
			suites = append(suites, newSuite(s))
		}
	}
	return suites
}

// legacyRSA are the suites with plain RSA key exchange that clients too old for
// ECDHE need. They go with TLS 1.0 and 1.1 only.
var legacyRSA = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}

// known returns every suite of TLS 1.0 to 1.2 that has a name here, usable or not.
func known() []suite {
	suites := usable()
	for _, s := range tls.InsecureCipherSuites() {
		suites = append(suites, newSuite(s))
	}
	return suites
}

func newSuite(s *tls.CipherSuite) suite {
	return suite{
		id: s.ID, iana: s.Name, openssl: opensslName(s.Name),
		legacy: slices.Contains(s.SupportedVersions, tls.VersionTLS10),
	}
}

// opensslName translates an IANA name, of the shapes that crypto/tls has, into
// OpenSSL's: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is ECDHE-RSA-AES128-SHA.
func opensslName(iana string) string {
	exchange, cipher, _ := strings.Cut(strings.TrimPrefix(iana, "TLS_"), "_WITH_")
	cipher = strings.NewReplacer(
		"AES_128_CBC", "AES128", "AES_256_CBC", "AES256",
		"AES_128_GCM", "AES128_GCM", "AES_256_GCM", "AES256_GCM",
		"3DES_EDE_CBC", "DES_CBC3", "RC4_128", "RC4", "POLY1305_SHA256", "POLY1305",
	).Replace(cipher)
	name := cipher
	if exchange != "RSA" {
		name = exchange + "_" + cipher
	}
	return strings.ReplaceAll(name, "_", "-")
}

func (s suite) ecdhe() bool { return strings.HasPrefix(s.openssl, "ECDHE-") }
func (s suite) ecdsa() bool { return strings.Contains(s.openssl, "-ECDSA-") }
func (s suite) aead() bool  { return s.has("GCM") || s.has("POLY1305") }
func (s suite) cbc() bool   { return !s.aead() && !s.has("RC4") }

func (s suite) has(part string) bool { return strings.Contains(s.openssl, part) }
func (s suite) ends(part string) bool {
	return strings.HasSuffix(s.openssl, "-"+part) && !s.aead()
}

// keywords are OpenSSL's words for groups of suites, and CBC, which is the
// original product's. The meaning is OpenSSL's (openssl-ciphers(1)); words are
// upper case.
var keywords = map[string]func(suite) bool{
	"ALL": func(suite) bool { return true }, "DEFAULT": func(suite) bool { return true },
	"HIGH":   func(s suite) bool { return s.has("AES") || s.has("CHACHA20") },
	"MEDIUM": func(s suite) bool { return s.has("RC4") || s.has("DES-CBC3") },
	"RC4":    func(s suite) bool { return s.has("RC4") },
	"3DES":   func(s suite) bool { return s.has("DES-CBC3") },
	"CBC":    suite.cbc,
	"AEAD":   suite.aead,
	"GCM":    func(s suite) bool { return s.has("GCM") }, "AESGCM": func(s suite) bool { return s.has("GCM") },
	"AES":      func(s suite) bool { return s.has("AES") },
	"AES128":   func(s suite) bool { return s.has("AES128") },
	"AES256":   func(s suite) bool { return s.has("AES256") },
	"CHACHA20": func(s suite) bool { return s.has("CHACHA20") },
	"SHA":      func(s suite) bool { return s.ends("SHA") }, "SHA1": func(s suite) bool { return s.ends("SHA") },
	"SHA256": func(s suite) bool { return s.ends("SHA256") },
	"SHA384": func(s suite) bool { return s.ends("SHA384") },
	"ECDHE":  suite.ecdhe, "EECDH": suite.ecdhe, "KECDHE": suite.ecdhe, "KEECDH": suite.ecdhe,
	"RSA": func(s suite) bool { return !s.ecdhe() }, "KRSA": func(s suite) bool { return !s.ecdhe() },
	"ARSA":  func(s suite) bool { return !s.ecdsa() },
	"ECDSA": suite.ecdsa, "AECDSA": suite.ecdsa,
}

// neverOffered are words for suites that crypto/tls does not have: disabling
// them is done already.
var neverOffered = strings.Fields("NULL ENULL ANULL EXP EXPORT EXPORT40 EXPORT56 LOW DES RC2 IDEA SEED MD5 " +
	"DH DHE EDH KDHE KEDH ADH AECDH DSS ADSS KDH ECDH KECDH PSK KPSK APSK SRP KSRP ASRP " +
	"CAMELLIA CAMELLIA128 CAMELLIA256 ARIA ARIA128 ARIA256 ARIAGCM AESCCM AESCCM8 GOST KGOST AGOST KRB5 FORTEZZA SSLV2")

// tls13Suites are the names of TLS 1.3's suites, which cannot be disabled.
var tls13Suites = strings.Fields("TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 " +
	"TLS_AES_128_CCM_SHA256 TLS_AES_128_CCM_8_SHA256")

// tls13Too are the keywords that in OpenSSL's sense cover a suite of TLS 1.3.
var tls13Too = strings.Fields("ALL DEFAULT HIGH AEAD GCM AESGCM AES AES128 AES256 CHACHA20")

// suites are the cipher suites of a policy in no particular order; crypto/tls
// orders them. Both are never nil, for nil would mean the library's default.
type suites struct {
	modern []uint16 // for TLS 1.2
	legacy []uint16 // for TLS 1.0 and 1.1
}

// chooseSuites applies DisableCipher for a policy with the versions of set.
func chooseSuites(list []string, set versionSet, r *report) suites {
	disabled := disabledSuites(list, set[indexOf(tls.VersionTLS13)], r)
	out := suites{modern: []uint16{}, legacy: []uint16{}}
	for _, s := range known() {
		if disabled[s.id] {
			continue
		}
		secure := slices.ContainsFunc(usable(), func(u suite) bool { return u.id == s.id })
		if secure {
			out.modern = append(out.modern, s.id)
		}
		if s.legacy && (secure || slices.Contains(legacyRSA, s.id)) {
			out.legacy = append(out.legacy, s.id)
		}
	}
	remarkSuites(out, set, r)
	return out
}

// remarkSuites reports versions that are left without a suite.
func remarkSuites(s suites, set versionSet, r *report) {
	var starved []string
	works := false
	for i, v := range versions {
		list := s.modern
		if v.id < tls.VersionTLS12 {
			list = s.legacy
		}
		if v.id != tls.VersionTLS13 && set[i] && len(list) == 0 {
			starved = append(starved, v.name)
			continue
		}
		works = works || set[i]
	}
	const hint = "disable fewer cipher suites, or switch the version off"
	switch {
	case starved == nil || set.empty():
	case !works:
		r.add(Error, secSSL, keyCipher, hint, "leaves no cipher suite for any enabled version (%s)", strings.Join(starved, ", "))
	default:
		r.add(Warning, secSSL, keyCipher, hint, "leaves no cipher suite for %s: such clients are refused", strings.Join(starved, ", "))
	}
}

// disabledSuites resolves the names of DisableCipher.
func disabledSuites(list []string, tls13 bool, r *report) map[uint16]bool {
	disabled := make(map[uint16]bool)
	all := known()
	for _, item := range list {
		for _, word := range strings.FieldsFunc(item, isListSeparator) {
			match := resolveCipher(word, tls13, r)
			if match == nil {
				continue
			}
			for _, s := range all {
				if match(s) {
					disabled[s.id] = true
				}
			}
		}
	}
	return disabled
}

// resolveCipher returns the suites that one word of DisableCipher means, nil
// for none. A leading ! or - is OpenSSL's way to say "without" and changes
// nothing here; + joins keywords that must all hold.
func resolveCipher(word string, tls13 bool, r *report) func(suite) bool {
	name := strings.ToUpper(strings.TrimLeft(word, "!-+"))
	if slices.Contains(tls13Suites, name) {
		r.add(Warning, secSSL, keyCipher, "remove it", "%s belongs to TLS 1.3, whose suites cannot be disabled", name)
		return nil
	}
	var all []func(suite) bool
	for part := range strings.SplitSeq(name, "+") {
		match, ok := matchCipher(part)
		if !ok {
			r.add(Warning, secSSL, keyCipher, "see `openssl ciphers -stdname` for names", "%q is not a cipher suite known here; ignored", word)
			return nil
		}
		all = append(all, match)
	}
	if tls13 && slices.Contains(tls13Too, name) {
		r.add(Warning, secSSL, keyCipher, "set TLS1_3=0 if TLS 1.3 must not be used at all",
			"%s does not reach TLS 1.3, whose suites cannot be disabled", name)
	}
	return func(s suite) bool {
		return !slices.ContainsFunc(all, func(match func(suite) bool) bool { return !match(s) })
	}
}

// matchCipher returns the suites that one upper-case name or keyword means.
func matchCipher(name string) (match func(suite) bool, ok bool) {
	if match, ok := keywords[name]; ok {
		return match, true
	}
	if slices.Contains(neverOffered, name) {
		return func(suite) bool { return false }, true
	}
	for _, s := range known() {
		if name == s.openssl || name == s.iana {
			return func(o suite) bool { return o.id == s.id }, true
		}
	}
	return nil, false
}
