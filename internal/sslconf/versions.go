package sslconf

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strings"
)

// version is one protocol version that can be switched.
type version struct {
	id      uint16
	name    string // in prose
	key     string // in [SSLConfigure]
	method  string // in [MPP] SSL_Method
	classic string // in the classic log line
}

// versions lists what crypto/tls speaks, ascending.
var versions = [...]version{
	{tls.VersionTLS10, "TLS 1.0", "TLS1_0", "TLSv1.0", "TLS1.0"},
	{tls.VersionTLS11, "TLS 1.1", "TLS1_1", "TLSv1.1", "TLS1.1"},
	{tls.VersionTLS12, "TLS 1.2", "TLS1_2", "TLSv1.2", "TLS1.2"},
	{tls.VersionTLS13, "TLS 1.3", "TLS1_3", "TLSv1.3", "TLS1.3"},
}

// indexOf returns the place of id in versions, or -1.
func indexOf(id uint16) int {
	return slices.IndexFunc(versions[:], func(v version) bool { return v.id == id })
}

// versionSet is a set of versions, by their place in the table.
type versionSet [len(versions)]bool

var defaultSet = versionSet{2: true, 3: true}

func (s versionSet) empty() bool { return s == versionSet{} }

// ids returns the versions of s, ascending.
func (s versionSet) ids() []uint16 {
	var ids []uint16
	for i, on := range s {
		if on {
			ids = append(ids, versions[i].id)
		}
	}
	return ids
}

// gaps returns the versions that are off between two that are on.
func (s versionSet) gaps() []version {
	first := slices.Index(s[:], true)
	var gaps, pending []version
	for i := first; i >= 0 && i < len(s); i++ {
		if !s[i] {
			pending = append(pending, versions[i])
			continue
		}
		gaps, pending = append(gaps, pending...), nil
	}
	return gaps
}

// chooseVersions applies the keys and reports what deserves a remark. The set
// is empty exactly if an error was reported.
func chooseVersions(s Settings, r *report) (versionSet, source) {
	src := source{method: s.Method != "", selector: usesSelector(s)}
	var set versionSet
	if src.method {
		set = fromMethod(s, r)
	} else {
		set = fromKeys(s, r)
	}
	if !set.empty() {
		remarkVersions(set, src, r)
	}
	return set, src
}

// source says where a version set came from; neither: the TLS1_x switches.
type source struct {
	method   bool // [MPP] SSL_Method; it precedes
	selector bool // TLS1
}

// keyOf returns the key that switches v.
func (s source) keyOf(v version) (section, key string) {
	if s.method {
		return secMPP, keyMethod
	}
	if s.selector {
		return secSSL, keySelector
	}
	return secSSL, v.key
}

// remarkVersions reports what is unwise about a set that works.
func remarkVersions(set versionSet, src source, r *report) {
	for i, v := range versions {
		if set[i] && v.id < tls.VersionTLS12 {
			section, key := src.keyOf(v)
			r.add(Warning, section, key, "switch it off as soon as every client speaks TLS 1.2",
				"%s is enabled; it is obsolete (RFC 8996) and insecure", v.name)
		}
	}
	for _, v := range set.gaps() {
		section, key := src.keyOf(v)
		r.add(Warning, section, key, "enable it, or disable the older versions",
			"%s is off between versions that are on: as a server this is honoured exactly, but some clients cannot connect; "+
				"as a client it is offered, and a server that chooses it is refused", v.name)
	}
}

// fromKeys reads the switches of [SSLConfigure].
func fromKeys(s Settings, r *report) versionSet {
	ssl := refuseSSL(s, r)
	set, named := fromSwitches(s)
	switch {
	case named:
		remarkSwitches(s, set, r)
	case usesSelector(s):
		return fromSelector(*s.TLS1, r)
	case ssl == "": // nothing chosen
		return defaultSet
	}
	if set.empty() {
		r.add(Error, secSSL, cmp.Or(ssl, "TLS1_2"), "set TLS1_2=1 and TLS1_3=1, or remove every version key to get TLS 1.2 and 1.3",
			"no protocol version that can be used is enabled")
	}
	return set
}

// refuseSSL warns about enabled SSL versions and returns the key of one, or "".
func refuseSSL(s Settings, r *report) (enabled string) {
	for _, k := range []struct {
		on        *bool
		key, name string
	}{{s.SSL2, "SSL2", "SSL 2.0"}, {s.SSL3, "SSL3", "SSL 3.0"}} {
		if k.on != nil && *k.on {
			enabled = k.key
			r.add(Warning, secSSL, k.key, "set "+k.key+"=0", "%s is broken and not supported; it stays off", k.name)
		}
	}
	return enabled
}

// fromSwitches reads TLS1_0 to TLS1_3; named says whether one is present.
func fromSwitches(s Settings) (set versionSet, named bool) {
	for i, on := range []*bool{s.TLS10, s.TLS11, s.TLS12, s.TLS13} {
		if on != nil {
			set[i], named = *on, true
		}
	}
	return set, named
}

// usesSelector reports whether TLS1 decides among the keys of [SSLConfigure].
func usesSelector(s Settings) bool {
	_, named := fromSwitches(s)
	return !named && s.TLS1 != nil && *s.TLS1 != 0
}

// remarkSwitches reports the two consequences of TLS1_x keys that surprise.
func remarkSwitches(s Settings, set versionSet, r *report) {
	if s.TLS1 != nil {
		r.add(Notice, secSSL, keySelector, "remove TLS1", "ignored, because a TLS1_x key is present")
	}
	if s.TLS13 == nil && !set.empty() {
		r.add(Notice, secSSL, "TLS1_3", "add TLS1_3=1",
			"TLS 1.3 is off: once a TLS1_x key is present, a version that is not named is disabled")
	}
}

// fromSelector reads a TLS1 that is not 0.
func fromSelector(n int, r *report) (set versionSet) {
	if n < 1 || n > 3 {
		r.add(Error, secSSL, keySelector, "use TLS1_0, TLS1_1, TLS1_2 and TLS1_3, each 0 or 1",
			"%d is not allowed; 1, 2 and 3 mean TLS 1.0, 1.1 and 1.2 alone, 0 means not set", n)
		return set
	}
	set[n-1] = true
	r.add(Notice, secSSL, keySelector, "replace it with "+versions[n-1].key+"=1 and TLS1_3=1",
		"TLS1=%d enables %s alone", n, versions[n-1].name)
	return set
}

// fromMethod reads [MPP] SSL_Method.
func fromMethod(s Settings, r *report) (set versionSet) {
	bad := false
	for _, word := range strings.FieldsFunc(s.Method, isListSeparator) {
		bad = !addMethod(&set, word, r) || bad
	}
	if bad {
		return versionSet{}
	}
	if set.empty() {
		r.add(Error, secMPP, keyMethod, "use SSL/TLS for TLS 1.2 and 1.3, or a list such as TLSv1.2,TLSv1.3",
			"no protocol version that can be used is enabled")
		return set
	}
	if _, named := fromSwitches(s); named || s.TLS1 != nil || s.SSL2 != nil || s.SSL3 != nil {
		r.add(Notice, secMPP, keyMethod, "remove SSL_Method to use the versions of [SSLConfigure]",
			"decides the versions of this port; those of [SSLConfigure] are not used for it")
	}
	return set
}

// addMethod adds what one word of SSL_Method stands for, and reports whether it
// is known.
func addMethod(set *versionSet, word string, r *report) bool {
	// The field's spellings differ in case, in the v and in the separator:
	// TLSv1.2, TLS1_2, tlsv1_2.
	switch norm := strings.NewReplacer("V", "", "_", ".").Replace(strings.ToUpper(word)); norm {
	case "SSL/TLS", "TLS":
		for i, on := range defaultSet {
			set[i] = set[i] || on
		}
	case "SSL2", "SSL3":
		r.add(Warning, secMPP, keyMethod, "remove "+word, "%s is broken and not supported; it stays off", word)
	case "TLS1":
		set[0] = true
	default:
		i := slices.IndexFunc(versions[:], func(v version) bool { return v.classic == norm })
		if i < 0 {
			r.add(Error, secMPP, keyMethod, "use SSL/TLS, or a list of TLSv1.0, TLSv1.1, TLSv1.2 and TLSv1.3",
				"%q is not a protocol version", word)
			return false
		}
		set[i] = true
	}
	return true
}

// isListSeparator reports whether r parts the words of a list.
func isListSeparator(r rune) bool { return strings.ContainsRune(",;:| \t", r) }
