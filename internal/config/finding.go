package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Severity says how much a Finding weighs.
type Severity uint8

// A Notice informs, a Warning names something that probably does not do what the
// operator expects, an Error keeps the server from starting.
const (
	Notice Severity = iota
	Warning
	Error
)

// String returns "notice", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "severity " + strconv.Itoa(int(s))
}

// MarshalText makes JSON show a Severity as its name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	for level := Notice; level <= Error; level++ {
		if string(text) == level.String() {
			*s = level
			return nil
		}
	}
	return fmt.Errorf("%q is not a severity; notice, warning and error are possible", text)
}

// Finding is one thing to know about the configuration.
type Finding struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file"`           // the INI file as given, "environment NAME" or "command line"
	Line     int      `json:"line,omitempty"` // from 1; 0 if no line is to blame
	Section  string   `json:"section,omitempty"`
	Key      string   `json:"key,omitempty"`
	Value    string   `json:"value,omitempty"` // "********" if the key holds a secret
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"` // how to mend it

	bare bool // no value is shown: the key is set nowhere, or nobody knows what it holds
}

// String returns "file:line: severity: [Section] Key=value: message; hint", on
// one line whatever the file holds. A key that is not set or not known has no "=value".
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	fmt.Fprintf(&b, ": %v: ", f.Severity)
	if f.Section != "" {
		fmt.Fprintf(&b, "[%s]", f.Section)
	}
	if f.Section != "" && f.Key != "" {
		b.WriteByte(' ')
	}
	b.WriteString(f.Key)
	if f.Key != "" && !f.bare {
		b.WriteString("=" + f.Value)
	}
	if f.Section != "" || f.Key != "" {
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	return printable(b.String())
}

// FaultsError holds the findings of severity Error, at least one.
type FaultsError struct {
	Faults []Finding
}

// Error lists the faults, one a line.
func (e *FaultsError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// maxFindings bounds what a hostile or binary file can make us keep. Errors are
// kept beyond it: their number is bounded by maxKeys.
const maxFindings = 1000

// ranked is a Finding with what orders it: the file before the environment
// before the command line.
type ranked struct {
	Finding
	from source
}

func (c *Config) add(f Finding, from source) {
	if len(c.findings) >= maxFindings && f.Severity != Error {
		c.dropped++
		return
	}
	f.Value = clip(mask(f.Key, f.Value))
	f.Section, f.Key = clip(f.Section), clip(f.Key)
	c.findings = append(c.findings, ranked{f, from})
}

// reportAt adds a finding about v, wherever v came from.
func (c *Config) reportAt(v *value, sev Severity, message, hint string) {
	c.reportFrom(v, Finding{Severity: sev, Section: v.section, Key: v.key, Value: v.text, Message: message, Hint: hint})
}

// reportUnknown adds a finding about a key that is not known. Its value is not
// shown: the key may be that of a secret, misspelt.
func (c *Config) reportUnknown(v *value, sev Severity, message, hint string) {
	c.reportFrom(v, Finding{Severity: sev, Section: v.section, Key: v.key, Message: message, Hint: hint, bare: true})
}

// reportFrom adds f with the place that v came from.
func (c *Config) reportFrom(v *value, f Finding) {
	f.File, f.Line = c.fileName(), v.line
	switch v.from {
	case fromEnvironment:
		f.File, f.Line = "environment "+v.variable, 0
	case fromCommandLine:
		f.File, f.Line = "command line", 0
	}
	c.add(f, v.from)
}

// reportSection adds a finding about a whole section.
func (c *Config) reportSection(s *section, sev Severity, message, hint string) {
	c.reportAt(&value{section: s.name, line: s.line, from: s.from, variable: s.variable}, sev, message, hint)
}

// Report adds a finding about a key or, if key is empty, a section. File and
// line are those where the key's effective value came from, or of the section's
// header if the key is not set. A finding that repeats an earlier one in severity,
// section, key and message is dropped: the same settings can be judged twice.
func (c *Config) Report(sev Severity, section, key, message, hint string) {
	if slices.ContainsFunc(c.findings, func(f ranked) bool {
		return f.Severity == sev && fold(f.Section) == fold(section) && fold(f.Key) == fold(key) && f.Message == message
	}) {
		return
	}
	if v := c.table.get(section, key); v != nil {
		c.reportAt(v, sev, message, hint)
		return
	}
	f := Finding{Severity: sev, File: c.fileName(), Section: section, Key: key, Message: message, Hint: hint, bare: true}
	if s := c.table.section(section); s != nil {
		f.Section, f.Line = s.name, s.line
	}
	c.add(f, fromFile)
}

// Findings returns all findings: those about the file by line, then those about
// the environment, then those about the command line.
func (c *Config) Findings() []Finding {
	all := slices.Clone(c.findings)
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.Line, b.Line))
	})
	list := make([]Finding, len(all), len(all)+1)
	for i, r := range all {
		list[i] = r.Finding
	}
	if c.dropped > 0 {
		list = append(list, Finding{Severity: Warning, File: c.fileName(),
			Message: fmt.Sprintf("%d more findings are not listed", c.dropped)})
	}
	return list
}

// Err returns nil, or a *FaultsError with all findings of severity Error.
func (c *Config) Err() error {
	faults := slices.DeleteFunc(c.Findings(), func(f Finding) bool { return f.Severity != Error })
	if len(faults) == 0 {
		return nil
	}
	return &FaultsError{faults}
}

// fileName is how findings and origins name the file.
func (c *Config) fileName() string {
	switch {
	case c.starting != nil:
		return "jConfig"
	case c.File == "":
		return "built-in " + FileName
	}
	return c.File
}

// secretKey finds the names of keys that hold secrets, in the languages of customers. A
// key of TLS is a file, and its name none of these.
var secretKey = regexp.MustCompile(`(?i)pass|phrase|pwd|psw|senh|contras|clave|chave|secret|segred|token|credential|credenci|authorization|bearer|jwt|hmac` +
	`|(?:api|access|acesso|auth|crypt|cript|encryption|private|priv|sign|signing|master|shared|account|storage|client|license|licen[cç]a)[-_ .]?key$|crypt(?:o|ion)?[-_ .]?key|aes[-_ .]?key`)

// countKey finds the names of keys that hold numbers, though they are like those of secrets.
var countKey = regexp.MustCompile(`(?i)^(?:accesstokentime|tokenstatus|refreshtokentime|refreshtokentimeout|passwordgrant|passwordexpires|passwordhistory|minpasswordlength|corscredentials|allowcredentials)$`)

// secretText finds values that hold a secret under any key: that of a user in an
// address, or one with its own name, as connection strings have them.
var secretText = regexp.MustCompile(`(?i)://[^/@\s]*:[^/\s]*@|postgres(?:ql)?://\S*@|(?:pass|phrase|pwd|psw|senha|secret|token|apikey)\w*\s*[=:]\s*[^\s;&]`)

// masked stands for a secret.
const masked = "********"

// mask hides the value of a key whose name says that it is a secret, and one that looks
// as if it held a secret. A number of a key that holds numbers is none.
func mask(key, text string) string {
	switch {
	case text == "" || countKey.MatchString(key) && strings.Trim(text, "0123456789") == "":
		return text
	case secretKey.MatchString(key) || secretText.MatchString(text):
		return masked
	}
	return text
}

// clip keeps findings short whatever the file holds.
func clip(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// printable escapes what could forge or garble a line of output.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRune(r)
		b.WriteString(q[1 : len(q)-1])
	}
	return b.String()
}
