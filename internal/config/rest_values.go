package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// instances is how many threads there are.
func instances(field func(*Config) *Instances) binding {
	return binding{allowed: instancesAllowed, strict: true, numeric: true, set: func(c *Config, v *value) string {
		in, problem := parseInstances(v.text)
		if problem == "" {
			*field(c) = in
		}
		return problem
	}}
}

// bytesMiB is a number of MiB, kept as bytes.
func bytesMiB(low, high int, field func(*Config) *int64) binding {
	b := mebibytes(low, high, nil)
	b.set = func(c *Config, v *value) string {
		n, problem := parseNumber(v.text, low, high)
		if problem == "" {
			*field(c) = int64(n) * megabyte
		}
		return problem
	}
	return b
}

// units is a number of units of time, which are called name.
func units(unit time.Duration, name string, low, high int, field func(*Config) *time.Duration) binding {
	b := number(low, high, nil)
	b.allowed += " " + name
	b.set = func(c *Config, v *value) string {
		n, problem := parseNumber(v.text, low, high)
		if problem == "" {
			*field(c) = time.Duration(n) * unit
		}
		return problem
	}
	return b
}

// addresses is a list of IP addresses, kept without brackets.
func addresses(field func(*Config) *[]string) binding {
	return binding{allowed: "a comma list of IP addresses", set: func(c *Config, v *value) string {
		var ips []string
		for _, item := range splitList(v.text, ",; ") {
			a, err := netip.ParseAddr(strings.Trim(item, "[]"))
			if err != nil {
				return fmt.Sprintf("holds %q, which is not an IP address", clip(item))
			}
			ips = append(ips, a.String())
		}
		*field(c) = ips
		return ""
	}}
}

// mountPath is the path of a URL that other paths are below, kept without a slash at its
// end.
func mountPath(field func(*Config) *string) binding {
	return binding{allowed: "a path such as /rest or /", strict: true, set: func(c *Config, v *value) string {
		path, problem := parsePath(v.text)
		if problem == "" && !strings.HasPrefix(v.text, "/") {
			c.reportAt(v, Notice, "read as "+path, "begin it with a slash")
		}
		if problem == "" {
			*field(c) = path
		}
		return problem
	}}
}

const maxPath = 255

// parsePath returns text as a path that begins with a slash and, unless it is /, does not
// end with one.
func parsePath(text string) (path, problem string) {
	path = "/" + strings.Trim(text, "/")
	if len(path) > maxPath {
		return "", "is too long"
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "." || segment == ".." || segment == "" && path != "/" {
			return "", "has a segment that no request can have"
		}
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`?#%*:{}\"<>|^`+"`", r) }) {
		return "", "holds a character that it cannot have"
	}
	return path, ""
}

// callPatterns is a list of patterns of what is called: paths, or class/path/method.
func callPatterns(field func(*Config) *[]string) binding {
	return binding{allowed: "a comma list of paths, or of class/path/method", set: func(c *Config, v *value) string {
		items := splitList(v.text, ",;")
		for _, item := range items {
			if strings.ContainsFunc(item, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '#' }) {
				return fmt.Sprintf("holds %q, which is no path", clip(item))
			}
		}
		*field(c) = items
		return ""
	}}
}

// prepareIn is company and branch, whose codes can have blanks in them.
func prepareIn(field func(*Config) *string) binding {
	return binding{allowed: "company,branch, several separated by semicolons, or ALL", set: func(c *Config, v *value) string {
		if len(v.text) > 1000 || strings.ContainsFunc(v.text, unicode.IsControl) {
			return "is no company and branch"
		}
		*field(c) = v.text
		if strings.EqualFold(v.text, "ALL") {
			*field(c) = "ALL"
		}
		return ""
	}}
}

// methods is a list of methods of HTTP; * counts as none, which is any.
func methods(field func(*Config) *[]string) binding {
	return binding{allowed: "a comma list of methods, such as GET,POST", set: func(c *Config, v *value) string {
		var list []string
		for _, item := range splitList(strings.ToUpper(v.text), ",;| ") {
			if item == "*" {
				*field(c) = nil
				return ""
			}
			if len(item) > 20 || strings.ContainsFunc(item, func(r rune) bool { return r < 'A' || r > 'Z' }) {
				return fmt.Sprintf("holds %q, which is no method", clip(item))
			}
			list = union(list, []string{item})
		}
		*field(c) = list
		return ""
	}}
}

// origins is a list of web origins, or *.
func origins(field func(*Config) *[]string) binding {
	return binding{allowed: "a comma list of origins, scheme://host[:port] without a path, or *", set: func(c *Config, v *value) string {
		var list []string
		for _, item := range splitList(v.text, ",; ") {
			if item != "*" && fold(item) != "null" && !strings.Contains(item, "://") {
				c.reportAt(v, Warning, fmt.Sprintf("%q is no origin: no page that is meant has it", clip(item)), "write it with its scheme, such as https://"+clip(item))
				continue
			}
			origin, problem := parseOrigin(item)
			if problem != "" {
				return fmt.Sprintf("holds %q, which %s", clip(item), problem)
			}
			list = union(list, []string{origin})
		}
		*field(c) = list
		return ""
	}}
}

// parseOrigin returns an origin as browsers and applications send it: in lower case and
// without the customary port of its scheme. Any scheme can be, those of applications too.
func parseOrigin(text string) (origin, problem string) {
	switch text = strings.ToLower(text); {
	case text == "*" || text == "file://":
		return text, ""
	case text == "null":
		return "", "any page can claim: name origins, or * if all are meant"
	case strings.ContainsFunc(text, func(r rune) bool { return r > '~' }):
		return "", "browsers do not write like that: name the host by its form in ASCII (xn--…)"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.ContainsAny(text, `*\"<>`):
		return "", "is no origin"
	case u.Path != "" || strings.ContainsAny(text, "?#"):
		return "", "has more behind the host: an origin ends with host or port, without a slash"
	case strings.HasSuffix(u.Host, ":"):
		return "", "has a colon without a port"
	}
	if port := u.Port(); port != "" {
		if _, problem := parseNumber(port, 1, 65535); problem != "" {
			return "", "has a port that " + problem
		}
		if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
			text = strings.TrimSuffix(text, ":"+port)
		}
	}
	return text, ""
}

// slots is a list of slot:count.
func slots(field func(*Config) *[]LicenseSlot) binding {
	return binding{allowed: "a comma list of slot:count, such as 4093:10,1000:5", set: func(c *Config, v *value) string {
		var list []LicenseSlot
		for _, item := range splitList(v.text, ",;") {
			slot, problem := parseSlot(item)
			if problem == "" && slices.ContainsFunc(list, func(s LicenseSlot) bool { return s.Slot == slot.Slot }) {
				problem = "is the second of its slot"
			}
			if problem != "" {
				return fmt.Sprintf("holds %q, which %s", clip(item), problem)
			}
			list = append(list, slot)
		}
		*field(c) = list
		return ""
	}}
}

func parseSlot(item string) (s LicenseSlot, problem string) {
	slot, count, found := strings.Cut(item, ":")
	if !found {
		return s, "is not of the form slot:count"
	}
	if s.Slot, problem = parseNumber(trim(slot), 1, 999_999); problem != "" {
		return s, "has a slot that " + problem
	}
	if s.Count, problem = parseNumber(trim(count), 0, 1_000_000); problem != "" {
		return s, "has a count that " + problem
	}
	return s, ""
}

// algorithms is a list of signature algorithms of JWT that have a public key.
func algorithms(field func(*Config) *[]string) binding {
	known := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
	return binding{allowed: "a comma list of " + strings.Join(known, ", "), strict: true, set: func(c *Config, v *value) string {
		items := splitList(strings.ToUpper(v.text), ",;")
		for _, item := range items {
			if !slices.Contains(known, item) {
				return fmt.Sprintf("holds %q, which has no public key or is not known", clip(item))
			}
		}
		*field(c) = items
		return ""
	}}
}

// keySource is a file, made absolute, or a URL of https.
func keySource(field func(*Config) *string) binding {
	file := path("a PEM file, or its https URL", field)
	inFile := file.set
	file.set = func(c *Config, v *value) string {
		if !strings.Contains(v.text, "://") {
			return inFile(c, v)
		}
		u, err := url.Parse(v.text)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			return "is no URL of https"
		}
		*field(c) = v.text
		return ""
	}
	return file
}

// databaseURL is the URL of a PostgreSQL database. What is wrong with it is told without
// what is in it.
func databaseURL(field func(*Config) *string) binding {
	b := secret(field)
	b.allowed = "postgres://user:password@host/database"
	b.set = func(c *Config, v *value) string {
		if v.text == "" {
			return ""
		}
		u, err := url.Parse(v.text)
		switch {
		case err != nil:
			return "is no URL (other characters than letters and digits in user and password are written as %XX)"
		case u.Scheme != "postgres" && u.Scheme != "postgresql" || len(u.Path) < 2:
			return "does not name a database of PostgreSQL"
		}
		*field(c) = v.text
		return ""
	}
	return b
}

// servedFolder is a folder of files that are served. A program that names none which it may
// serve has its server without.
func servedFolder(field func(*Config) *string) binding {
	b := path(allowedFolder, field)
	set := b.set
	b.set = func(c *Config, v *value) string {
		problem := set(c, v)
		if problem == "" || v.from != fromProgram {
			return problem
		}
		c.reportAt(v, Warning, "no files are served: the value "+problem, "name a folder below the root path of the environment")
		return ""
	}
	return b
}

// tlsVersions is a list of versions of TLS, kept as TLSv1.0 to TLSv1.3.
func tlsVersions(field func(*Config) *[]string) binding {
	return binding{allowed: "SSL/TLS for 1.2 and 1.3, or a comma list of TLSv1.0, TLSv1.1, TLSv1.2 and TLSv1.3", set: func(c *Config, v *value) string {
		var list []string
		for _, word := range splitList(v.text, ",;:| ") {
			versions, problem := parseTLSVersion(word)
			if problem != "" {
				return fmt.Sprintf("holds %q, which %s", clip(word), problem)
			}
			list = union(list, versions)
		}
		*field(c) = list
		return ""
	}}
}

// parseTLSVersion returns what a word stands for; its spellings differ in case, in the v and
// in the separator.
func parseTLSVersion(word string) (versions []string, problem string) {
	switch strings.NewReplacer("V", "", "_", ".").Replace(strings.ToUpper(word)) {
	case "SSL/TLS", "TLS":
		return []string{"TLSv1.2", "TLSv1.3"}, ""
	case "TLS1", "TLS1.0":
		return []string{"TLSv1.0"}, ""
	case "TLS1.1":
		return []string{"TLSv1.1"}, ""
	case "TLS1.2":
		return []string{"TLSv1.2"}, ""
	case "TLS1.3":
		return []string{"TLSv1.3"}, ""
	case "SSL2", "SSL3":
		return nil, "is broken and not supported"
	}
	return nil, "is no version of TLS"
}

// fileName is the name of a file, without a folder.
func fileName(field func(*Config) *string) binding {
	return binding{allowed: "the name of a file, without a folder", set: func(c *Config, v *value) string {
		if v.text == "." || v.text == ".." || strings.ContainsAny(v.text, `/\`) {
			return "is not the name of a file alone"
		}
		*field(c) = v.text
		return ""
	}}
}
