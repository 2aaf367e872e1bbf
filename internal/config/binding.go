package config

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A binding says what the text of a key may be and which field it fills.
type binding struct {
	allowed  string // what may stand there, for people
	strict   bool   // an empty value means nothing: the default applies, with a warning
	filled   bool   // an empty value is an error: the default could be weaker than what was meant
	numeric  bool   // a semicolon begins a comment even without a blank before it
	optional bool   // an absent key leaves the field nil; an empty one counts as 0 if numeric
	secret   bool
	state    state

	// set fills the field from v.text and returns "", or what is wrong with it.
	// It may add findings of its own. It is nil if other code reads the key.
	set func(c *Config, v *value) string
}

// state says what becomes of a key.
type state uint8

const (
	used    state = iota
	planned       // known and accepted; what it asks for is not built yet
	unused        // known and accepted; this server has no use for it
)

func (s state) String() string { return [...]string{"used", "planned", "not used"}[s] }

const (
	flagAllowed     = "0 or 1"
	portsAllowed    = "a comma list of ports, 0 to 65535"
	functionAllowed = "the name of a function, for example U_MYJOB"

	allowedFolder     = "a folder"
	allowedFolders    = "folders, separated by semicolons or commas"
	allowedFile       = "a file"
	allowedRepository = "a file of compiled programs"
)

func flag(field func(*Config) *bool) binding {
	return binding{allowed: flagAllowed, strict: true, numeric: true, set: func(c *Config, v *value) string {
		b, ok := c.parseFlag(v)
		if !ok {
			return "is not a switch"
		}
		*field(c) = b
		return ""
	}}
}

func optionalFlag(field func(*Config) **bool) binding {
	return binding{allowed: flagAllowed, numeric: true, optional: true, set: func(c *Config, v *value) string {
		b, ok := c.parseFlag(v)
		if !ok {
			return "is not a switch"
		}
		*field(c) = &b
		return ""
	}}
}

// parseFlag reads 0 and 1, and with a notice the words people write instead.
func (c *Config) parseFlag(v *value) (on, ok bool) {
	switch strings.ToLower(v.text) {
	case "0":
		return false, true
	case "1":
		return true, true
	case "false", "no", "off":
		c.reportAt(v, Notice, "read as 0", "write 0 or 1")
		return false, true
	case "true", "yes", "on":
		c.reportAt(v, Notice, "read as 1", "write 0 or 1")
		return true, true
	}
	return false, false
}

func number(low, high int, field func(*Config) *int) binding {
	return binding{allowed: fmt.Sprintf("%d to %d", low, high), strict: true, numeric: true, set: func(c *Config, v *value) string {
		n, problem := parseNumber(v.text, low, high)
		if problem == "" {
			*field(c) = n
		}
		return problem
	}}
}

// mebibytes is a number of MiB.
func mebibytes(low, high int, field func(*Config) *int) binding {
	b := number(low, high, field)
	b.allowed += " MiB"
	return b
}

// bytesPerSecond is a number of bytes a second.
func bytesPerSecond(low, high int, field func(*Config) *int) binding {
	b := number(low, high, field)
	b.allowed += " bytes a second"
	return b
}

// limit is a number of things, 0 meaning that the program chooses.
func limit(field func(*Config) *int) binding {
	b := number(0, 1_000_000, field)
	b.allowed += ", 0 = automatic"
	return b
}

// A number of bytes below smallestSize is more likely meant as one of MB: as bytes
// it would be a handful of lines, and guides to the original name MB.
const (
	smallestSize = 10_000
	largestSize  = 1 << 40
	megabyte     = 1 << 20
)

func size(field func(*Config) *int64) binding {
	allowed := fmt.Sprintf("0 to %d bytes; below %d: MB of %d bytes", int64(largestSize), smallestSize, megabyte)
	return binding{allowed: allowed, strict: true, numeric: true, set: func(c *Config, v *value) string {
		n, err := strconv.ParseInt(v.text, 10, 64)
		switch {
		case v.text == "" || strings.Trim(v.text, "0123456789") != "":
			return "is not a number"
		case err != nil || n > largestSize:
			return outOfRange
		case 0 < n && n < smallestSize:
			c.reportAt(v, Notice, "taken as MB: as bytes it would be a few lines", fmt.Sprintf("write it in bytes: %d", n*megabyte))
			n *= megabyte
		}
		*field(c) = n
		return ""
	}}
}

func optionalNumber(low, high int, field func(*Config) **int) binding {
	b := number(low, high, nil)
	b.strict, b.optional = false, true
	b.set = func(c *Config, v *value) string {
		n, problem := parseNumber(v.text, low, high)
		if problem == "" {
			*field(c) = &n
		}
		return problem
	}
	return b
}

func seconds(low, high int, field func(*Config) *time.Duration) binding {
	b := number(low, high, nil)
	b.allowed += " seconds"
	b.set = func(c *Config, v *value) string {
		n, problem := parseNumber(v.text, low, high)
		if problem == "" {
			*field(c) = time.Duration(n) * time.Second
		}
		return problem
	}
	return b
}

// parseNumber takes decimal digits only: signs, points and thousands separators
// are more often slips than meant.
func parseNumber(text string, low, high int) (n int, problem string) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, "is not a number"
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, outOfRange
	}
	return n, ""
}

// outOfRange is the problem of a number that is too small or too large.
const outOfRange = "is out of range"

func choice(field func(*Config) *string, words ...string) binding {
	return binding{allowed: strings.Join(words, ", "), strict: true, set: func(c *Config, v *value) string {
		word := strings.ToLower(v.text)
		if !slices.Contains(words, word) {
			return "is not one of the words allowed"
		}
		*field(c) = word
		return ""
	}}
}

// words is a comma list of some of the words.
func words(field func(*Config) *[]string, among ...string) binding {
	return binding{allowed: "a comma list of " + strings.Join(among, ", "), strict: true, set: func(c *Config, v *value) string {
		items := splitList(strings.ToLower(v.text), ",")
		if len(items) == 0 && v.text != "" {
			return "names none of them"
		}
		for _, item := range items {
			if !slices.Contains(among, item) {
				return fmt.Sprintf("holds %q", clip(item))
			}
		}
		*field(c) = items
		return ""
	}}
}

// function is the name of a function.
func function(field func(*Config) *string) binding {
	return binding{allowed: functionAllowed, set: func(c *Config, v *value) string {
		name, problem := parseFunction(v.text)
		*field(c) = name
		return problem
	}}
}

// parseFunction reads the name of a function with its namespace, or nothing. People write
// parentheses behind it.
func parseFunction(text string) (name, problem string) {
	name = trim(text)
	if head, ok := strings.CutSuffix(name, ")"); ok {
		if head, ok := strings.CutSuffix(trim(head), "("); ok {
			name = trim(head)
		}
	}
	if len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return !inName(r) }) {
		return "", "is not the name of a function"
	}
	return name, ""
}

// inName reports whether r can be in the name of a function or its namespace.
func inName(r rune) bool {
	return r == '_' || r == '.' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z'
}

// patterns is a comma list of patterns of functions' names. What can match none is
// refused: it would guard nothing.
func patterns(field func(*Config) *[]string) binding {
	return binding{allowed: "a comma list of names, in which * and ? stand for other characters", set: func(c *Config, v *value) string {
		items := splitList(v.text, ",")
		for _, item := range items {
			if strings.ContainsFunc(item, func(r rune) bool { return !inName(r) && r != '*' && r != '?' }) {
				return fmt.Sprintf("holds %q, which no function can be called", clip(item))
			}
		}
		*field(c) = items
		return ""
	}}
}

// peers is a list of addresses and host names, or *; it is nil if the key is absent.
func peers(field func(*Config) *[]string) binding {
	b := list("a comma list of IP addresses and host names, or *", ",", field)
	b.optional = true
	set := b.set
	b.set = func(c *Config, v *value) string {
		problem := set(c, v)
		if *field(c) == nil {
			*field(c) = []string{} // present: nobody
		}
		return problem
	}
	return b
}

// neverEmpty is b for a key that guards something.
func (b binding) neverEmpty() binding {
	b.filled = true
	return b
}

func text(field func(*Config) *string) binding {
	return binding{allowed: "text", set: func(c *Config, v *value) string {
		*field(c) = v.text
		return ""
	}}
}

func secret(field func(*Config) *string) binding {
	b := text(field)
	b.secret = true
	return b
}

// path makes v.text absolute too, so that it is what later reports show.
func path(what string, field func(*Config) *string) binding {
	return binding{allowed: what, set: func(c *Config, v *value) string {
		if v.text == "" {
			return ""
		}
		p, problem := c.resolve(v, v.text)
		if problem != "" {
			return problem
		}
		v.text = p
		*field(c) = p
		return ""
	}}
}

// list splits at any of the separators and drops empty items.
func list(allowed, separators string, field func(*Config) *[]string) binding {
	return binding{allowed: allowed, set: func(c *Config, v *value) string {
		*field(c) = splitList(v.text, separators)
		return ""
	}}
}

func splitList(text, separators string) []string {
	var items []string
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if item = trim(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// proxies is networks whose members are believed about where a client is.
func proxies(field func(*Config) *[]netip.Prefix) binding {
	b := networks(field)
	set := b.set
	b.set = func(c *Config, v *value) string {
		problem := set(c, v)
		for _, p := range *field(c) {
			if problem == "" && p.Bits() == 0 {
				c.reportAt(v, Warning, "every address is in "+p.String()+": any peer can claim any client address", "name the proxies' own addresses")
			}
		}
		return problem
	}
	return b
}

func networks(field func(*Config) *[]netip.Prefix) binding {
	return binding{allowed: "a comma list of networks (10.0.0.0/8, fd00::/8) and addresses", set: func(c *Config, v *value) string {
		var nets []netip.Prefix
		for _, item := range splitList(v.text, ",") {
			p, ok := parseNetwork(item)
			if !ok {
				return fmt.Sprintf("holds %q, which is neither network nor address", clip(item))
			}
			nets = append(nets, p)
		}
		*field(c) = nets
		return ""
	}}
}

// parseNetwork reads a network, or an address as the network of it alone. IPv4
// addresses written as IPv6 (::ffff:10.0.0.1) become IPv4, as peers are compared;
// a network of which only a part is such addresses is refused.
func parseNetwork(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if p.Addr().Is4In6() {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return p.Masked(), p.IsValid()
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

func hostPort(field func(*Config) *string) binding {
	return binding{allowed: "host:port", set: func(c *Config, v *value) string {
		if v.text == "" {
			return ""
		}
		host, _, problem := parseHostPort(v.text, 1)
		if problem == "" && host == "" {
			problem = "names no host"
		}
		if problem == "" {
			*field(c) = v.text
		}
		return problem
	}}
}

// loopback is an address that only this machine can reach: what listens there
// asks nobody who they are.
func loopback(field func(*Config) *string) binding {
	return binding{allowed: "host:port with a loopback address (127.0.0.1, [::1], localhost)", strict: true, set: func(c *Config, v *value) string {
		host, _, problem := parseHostPort(v.text, 0)
		if problem != "" {
			return problem
		}
		addr, err := netip.ParseAddr(host)
		if fold(host) != "localhost" && (err != nil || !addr.IsLoopback()) {
			return "is not a loopback address"
		}
		*field(c) = v.text
		return ""
	}}
}

func parseHostPort(text string, lowest int) (host string, port int, problem string) {
	host, digits, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == '/' }) {
		return "", 0, "is not of the form host:port"
	}
	port, problem = parseNumber(digits, lowest, 65535)
	if problem != "" {
		return "", 0, "has a port that " + problem
	}
	return host, port, ""
}

// ignored is b for a key that is read only so that the TLS policy can say that it
// has no effect.
func (b binding) ignored() binding {
	b.state = unused
	return b
}

// elsewhere is a key that other code of this package reads.
func elsewhere(allowed string) binding { return binding{allowed: allowed} }
