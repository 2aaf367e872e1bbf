package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Edit is one change of the file that a program wants: the value that a key gets.
type Edit struct {
	Section, Key string
	Value        *string // nil: the key is removed
}

// The longest names and values that an Edit may bring, in bytes.
const (
	maxEditName  = 200
	maxEditValue = 4 << 10
)

// Errors of Edit, to be told with errors.Is.
var (
	ErrGuarded  = errors.New("programs may not change it")
	ErrUnfit    = errors.New("it cannot stand in the file")
	ErrNoChange = errors.New("there is nothing to change")
)

// check refuses what programs may not change, and what would mean something else in
// the file than it says. No error shows a value.
func (e Edit) check() error {
	guarded := fold(e.Section) == "general" && fold(e.Key) == "allowiniwrite"
	secret := secretKey.MatchString(e.Key) || index().likeSecret(e.Key)
	switch {
	case !fitsName(e.Section) || strings.ContainsAny(e.Section, "]"):
		return fmt.Errorf("the name of the section: %w", ErrUnfit)
	case !fitsName(e.Key) || strings.ContainsAny(e.Key, "=") || strings.ContainsAny(e.Key[:1], ";#[") || strings.HasPrefix(e.Key, "//"):
		return fmt.Errorf("the name of the key: %w", ErrUnfit)
	case guarded:
		return fmt.Errorf("[General] AllowIniWrite: %w", ErrGuarded)
	case secret:
		return fmt.Errorf("[%s] %s holds a secret, or might: %w", e.Section, e.Key, ErrGuarded)
	case e.Value != nil && len(*e.Value) > maxEditValue:
		return fmt.Errorf("the value of [%s] %s has %d bytes, and %d are possible: %w", e.Section, e.Key, len(*e.Value), maxEditValue, ErrUnfit)
	case e.Value != nil && !plain(*e.Value):
		return fmt.Errorf("the value of [%s] %s has ends of lines, or characters that nobody sees: %w", e.Section, e.Key, ErrUnfit)
	case e.Value != nil && mask(e.Key, *e.Value) == masked:
		return fmt.Errorf("the value of [%s] %s looks like a secret: %w", e.Section, e.Key, ErrGuarded)
	}
	return nil
}

func fitsName(s string) bool { return s != "" && s == trim(s) && len(s) <= maxEditName && plain(s) }

// plain reports whether s stays on one line and is what it looks like: it has no characters
// that are invisible or change the direction.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
	})
}

// apply returns data, the bytes of a file, with the change. Byte order mark, encoding,
// ends of lines, comments, order and spelling stay. The result reads as data does but
// for the change, or there is an error.
func (e Edit) apply(data []byte) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	text, legacy, err := decode(data, FileName)
	if err != nil {
		return nil, err
	}
	before, err := scan(text)
	if err != nil {
		return nil, err
	}
	lines, err := e.change(splitLines(text), before)
	if err != nil {
		return nil, err
	}
	fresh, err := encode(strings.Join(lines, ""), legacy, strings.HasPrefix(string(data), bom))
	if err != nil {
		return nil, err
	}
	return fresh, e.verify(before, fresh)
}

// change returns the lines, which are those of d, with the change.
func (e Edit) change(lines []string, d *document) ([]string, error) {
	switch old := d.values()[e.place()]; {
	case mask(e.Key, old) == masked:
		return nil, fmt.Errorf("the value that [%s] %s has looks like a secret: %w", e.Section, e.Key, ErrGuarded)
	case e.Value == nil:
		return e.remove(lines, d)
	}
	return e.put(lines, d)
}

// bom is the byte order mark of UTF-8.
const bom = "\xef\xbb\xbf"

// encode is the reverse of decode.
func encode(text string, legacy, marked bool) ([]byte, error) {
	switch {
	case legacy:
		b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("a character is not one of Windows-1252, in which the file is: %w", ErrUnfit)
		}
		return b, nil
	case marked:
		return []byte(bom + text), nil
	}
	return []byte(text), nil
}

// splitLines returns the lines of text with their ends.
func splitLines(text string) []string {
	var lines []string
	for text != "" {
		_, rest := cutLine(text)
		lines = append(lines, text[:len(text)-len(rest)])
		text = rest
	}
	return lines
}

// cutEnd splits a line into its text and its end.
func cutEnd(line string) (text, end string) {
	text = strings.TrimRight(line, "\r\n")
	return text, line[len(text):]
}

// place is what is to be changed, by folded names.
func (e Edit) place() place { return place{fold(e.Section), fold(e.Key)} }

// is reports whether the entry is of the section and key that are to be changed.
func (e Edit) is(entry entry) bool { return place{fold(entry.section), fold(entry.key)} == e.place() }

// remove takes all lines of the key away: without the first, the next would count.
func (e Edit) remove(lines []string, d *document) ([]string, error) {
	gone := map[int]bool{}
	for _, entry := range d.entries {
		if e.is(entry) {
			gone[entry.line-1] = true
		}
	}
	if len(gone) == 0 {
		return nil, ErrNoChange
	}
	var kept []string
	for i, line := range lines {
		if !gone[i] {
			kept = append(kept, line)
		}
	}
	return kept, nil
}

// put sets the value where the key is, or else adds a line.
func (e Edit) put(lines []string, d *document) ([]string, error) {
	written, err := writeValue(*e.Value)
	if err != nil {
		return nil, fmt.Errorf("the value of [%s] %s: %w", e.Section, e.Key, err)
	}
	if i := slices.IndexFunc(d.entries, func(entry entry) bool { return e.is(entry) && !entry.duplicate }); i >= 0 {
		entry := d.entries[i]
		if entry.text == *e.Value {
			return nil, ErrNoChange
		}
		lines[entry.line-1] = withValue(lines[entry.line-1], written)
		return lines, nil
	}
	return e.add(lines, d, written), nil
}

// withValue returns a line "key=value ;comment" with another value.
func withValue(line, written string) string {
	text, end := cutEnd(line)
	body := strings.TrimRightFunc(text, blank)
	head, rest, _ := strings.Cut(body, "=")
	old, tail := cutComment(rest)
	space := rest[:len(rest)-len(strings.TrimLeftFunc(rest, blank))]
	if old == "" && tail == "" {
		space = ""
	}
	if tail != "" {
		gap := strings.TrimSuffix(rest, tail)
		tail = gap[len(strings.TrimRightFunc(gap, blank)):] + tail
	}
	return head + "=" + space + written + tail + end
}

// writeValue returns value as it must be written to be read again.
func writeValue(value string) (string, error) {
	for _, written := range []string{value, `"` + value + `"`, "'" + value + "'"} {
		if text, tail := cutComment(written); text == value && tail == "" {
			return written, nil
		}
	}
	return "", ErrUnfit
}

// add puts a line for a new key below the comment that shows it, else below the last
// key of the section, else below a new header.
func (e Edit) add(lines []string, d *document, written string) []string {
	end := endOf(lines)
	line := e.spelling(d) + "=" + written + end
	at := e.below(lines, d)
	if at >= 0 {
		if text, old := cutEnd(lines[at]); old == "" {
			lines[at] = text + end
		}
		return slices.Insert(lines, at+1, line)
	}
	if n := len(lines); n > 0 {
		text, _ := cutEnd(lines[n-1])
		lines[n-1] = text + end
		if trim(text) != "" {
			lines = append(lines, end)
		}
	}
	return append(lines, "["+e.Section+"]"+end, line)
}

// endOf returns what ends lines in the file.
func endOf(lines []string) string {
	for _, line := range lines {
		if _, end := cutEnd(line); end != "" {
			return end
		}
	}
	return "\n"
}

// spelling is how a new key is written: as documented, if it is.
func (e Edit) spelling(d *document) string {
	t, err := d.parse()
	if err != nil {
		return e.Key
	}
	t.classify()
	class := index().classes[fold(e.Section)]
	if s := t.section(e.Section); s != nil {
		class = s.class
	}
	if k := index().find(class, e.Key); k != nil {
		return k.key
	}
	return e.Key
}

// below returns the index of the line below which a new key of the section goes; -1 if
// there is no such section.
func (e Edit) below(lines []string, d *document) int {
	first := slices.IndexFunc(d.headers, func(h header) bool { return fold(h.name) == fold(e.Section) })
	if first < 0 {
		return -1
	}
	begin, stop := d.headers[first].line, len(lines)
	if first+1 < len(d.headers) {
		stop = d.headers[first+1].line - 1
	}
	at := begin - 1
	for _, entry := range d.entries {
		if entry.header == first {
			at = entry.line - 1
		}
	}
	for i := begin; i < stop; i++ {
		text, _ := cutEnd(lines[i])
		text = trim(text)
		comment := strings.TrimLeft(text, ";#/ \t")
		if len(comment) < len(text) && strings.HasPrefix(comment, "[") {
			break // a section that has been commented out: what follows was its
		}
		key, _, assigned := strings.Cut(comment, "=")
		if len(comment) < len(text) && assigned && fold(trim(key)) == fold(e.Key) {
			return i
		}
	}
	return at
}

// verify makes sure that fresh reads as before does, but for the change.
func (e Edit) verify(before *document, fresh []byte) error {
	text, _, err := decode(fresh, FileName)
	if err != nil {
		return err
	}
	after, err := scan(text)
	if err != nil {
		return err
	}
	want, got := before.values(), after.values()
	delete(want, e.place())
	if e.Value != nil {
		want[e.place()] = *e.Value
	}
	if !maps.Equal(want, got) {
		return fmt.Errorf("[%s] %s: %w", e.Section, e.Key, ErrUnfit)
	}
	return nil
}

// values returns the value of each key that counts, by folded names.
func (d *document) values() map[place]string {
	all := map[place]string{}
	for _, e := range d.entries {
		if !e.duplicate {
			all[place{fold(e.section), fold(e.key)}] = e.text
		}
	}
	return all
}
