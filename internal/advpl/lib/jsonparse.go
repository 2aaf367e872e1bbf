package lib

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"appserver/internal/advpl/vm"
)

// parseJSON returns the object or array that s says (RFC 8259). fault says where and why s
// is no such text; err ends the native.
func parseJSON(t *vm.Thread, s string) (v vm.Value, fault string, err error) {
	p := jsonParser{hold: hold{thread: t}, text: strings.TrimPrefix(s, "\ufeff")}
	p.utf8 = !isASCII(s) && utf8.ValidString(s)
	p.skip()
	if c := p.peek(); c != '{' && c != '[' {
		p.fail("an object or array")
		return vm.Value{}, p.fault, nil
	}
	v = p.value(0)
	p.skip()
	if !p.failed() && p.pos < len(p.text) {
		p.fail("the end of the text")
	}
	return v, p.fault, p.err
}

// jsonParser reads a text. After a failure it stands at the end, so that every loop ends.
type jsonParser struct {
	hold
	text  string
	pos   int
	utf8  bool // text is UTF-8 and not ASCII: so is what escapes stand for
	fault string
	err   error
	turns int
	seen  [slots]string // short strings as they were copied last, by their hash
}

func (p *jsonParser) failed() bool { return p.fault != "" || p.err != nil }

// fail records what was needed at the position.
func (p *jsonParser) fail(want string) { p.failAt(p.pos, "expected "+want) }

func (p *jsonParser) failAt(pos int, what string) {
	if !p.failed() {
		before := p.text[:pos]
		line := 1 + strings.Count(before, "\n")
		column := pos - strings.LastIndexByte(before, '\n')
		p.fault = fmt.Sprintf("invalid JSON at line %d, column %d: %s", line, column, what)
	}
	p.pos = len(p.text)
}

// stop records an error of the thread.
func (p *jsonParser) stop(err error) {
	if err != nil && p.err == nil {
		p.err = err
		p.pos = len(p.text)
	}
}

// peek returns the byte at the position, 0 at the end.
func (p *jsonParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// take steps over c if it stands at the position.
func (p *jsonParser) take(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *jsonParser) skip() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// value reads a value.
func (p *jsonParser) value(depth int) vm.Value {
	if depth > jsonDepth {
		p.failAt(p.pos, fmt.Sprintf("nested more than %d deep", jsonDepth))
		return vm.Value{}
	}
	p.turns++
	p.stop(pollEvery(p.thread, p.turns))
	p.skip()
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return vm.Str(p.str())
	case c == '-' || isDigit(c):
		return p.number()
	case p.word("true"):
		return vm.Bool(true)
	case p.word("false"):
		return vm.Bool(false)
	case p.word("null"):
		return vm.Value{}
	}
	p.fail("a value")
	return vm.Value{}
}

func (p *jsonParser) word(s string) bool {
	if !strings.HasPrefix(p.text[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *jsonParser) object(depth int) vm.Value {
	o := new(jsonObject)
	p.stop(p.charge(jsonBytes))
	v := o.value()
	p.take('{')
	p.skip()
	if p.take('}') {
		return v
	}
	for {
		p.skip()
		if p.peek() != '"' {
			p.fail("a name in quotation marks")
			return v
		}
		name := p.str()
		p.skip()
		if !p.take(':') {
			p.fail("':'")
			return v
		}
		e := p.value(depth + 1)
		if p.failed() {
			return v
		}
		p.stop(p.charge(entryBytes + len(name)))
		p.stop(o.put(p.thread, name, e))
		if !p.more('}') {
			return v
		}
	}
}

func (p *jsonParser) array(depth int) vm.Value {
	arr := new(vm.ArrayValue)
	p.stop(p.charge(arrayBytes))
	p.take('[')
	p.skip()
	if p.take(']') {
		return vm.ArrayOf(arr)
	}
	for {
		e := p.value(depth + 1)
		if p.failed() {
			break
		}
		p.stop(p.add(arr, e))
		if !p.more(']') {
			break
		}
	}
	return vm.ArrayOf(arr)
}

// more steps over a comma, or over the closing byte, and reports whether it was the comma.
func (p *jsonParser) more(closing byte) bool {
	p.skip()
	switch {
	case p.take(','):
		return true
	case !p.take(closing):
		p.fail("',' or '" + string(rune(closing)) + "'")
	}
	return false
}

// maxNumber is how long the text of a number may be.
const maxNumber = 4096

func (p *jsonParser) number() vm.Value {
	start := p.pos
	p.take('-')
	if !p.take('0') {
		p.digits()
	}
	if p.take('.') {
		p.digits()
	}
	if p.take('e') || p.take('E') {
		if !p.take('-') {
			p.take('+')
		}
		p.digits()
	}
	if p.failed() {
		return vm.Value{}
	}
	if p.pos-start > maxNumber {
		p.failAt(start, fmt.Sprintf("the number has more than %d characters", maxNumber))
		return vm.Value{}
	}
	f, err := strconv.ParseFloat(p.text[start:p.pos], 64)
	if err != nil {
		p.failAt(start, "the number is too large")
	}
	return vm.Num(f + 0)
}

// digits steps over one digit or more.
func (p *jsonParser) digits() {
	if !isDigit(p.peek()) {
		p.fail("a digit")
	}
	for isDigit(p.peek()) {
		p.pos++
	}
}

// str reads a string. It does not share the bytes of the text, which would stay in
// memory with it.
func (p *jsonParser) str() string {
	p.pos++
	start := p.pos
	plain := true
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			raw := p.text[start:p.pos]
			p.pos++
			if plain {
				return p.copied(raw)
			}
			return p.decode(raw, start)
		case c == '\\':
			plain = false
			p.pos++
		case c < ' ':
			p.fail("an escape for the control character")
			return ""
		}
	}
	p.pos = len(p.text)
	p.fail("'\"' at the end of the string")
	return ""
}

// copied returns a copy of the inside of a string. Short ones, names mostly, share copies.
func (p *jsonParser) copied(raw string) string {
	const short = 32
	if len(raw) > short {
		return p.clone(raw)
	}
	last := &p.seen[slot(raw)]
	if *last != raw {
		*last = p.clone(raw)
	}
	return *last
}

// slots is how many short strings are seen: a text has few names, and most texts are short
// themselves.
const slots = 64

// slot is where a short string is seen: its FNV-1a hash.
func slot(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return (h ^ h>>8 ^ h>>16 ^ h>>24) % slots
}

// clone copies the inside of a string.
func (p *jsonParser) clone(raw string) string {
	p.stop(p.charge(len(raw)))
	if p.failed() {
		return ""
	}
	return strings.Clone(raw)
}

// decode resolves the escapes of the inside of a string, which stands at pos.
func (p *jsonParser) decode(raw string, pos int) string {
	p.stop(p.charge(len(raw)))
	if p.failed() {
		return ""
	}
	b := make([]byte, 0, len(raw))
	char := appendChar
	if p.utf8 {
		char = utf8.AppendRune
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			b = append(b, raw[i])
			continue
		}
		var n int
		if b, n = appendEscape(b, raw[i+1:], char); n == 0 {
			p.failAt(pos+i, "unknown escape")
			return ""
		}
		i += n
	}
	return string(b)
}

// appendEscape appends with char what the escape s, without its backslash, stands for. n is
// its length, 0 if there is no such escape.
func appendEscape(b []byte, s string, char func([]byte, rune) []byte) (_ []byte, n int) {
	if s == "" {
		return b, 0
	}
	if s[0] != 'u' {
		k := strings.IndexByte(`"\/bfnrt`, s[0])
		if k < 0 {
			return b, 0
		}
		return append(b, "\"\\/\b\f\n\r\t"[k]), 1
	}
	r, ok := hexRune(s)
	if !ok {
		return b, 0
	}
	n = 5
	if utf16.IsSurrogate(r) {
		low, ok := hexRune(strings.TrimPrefix(s[n:], `\`))
		if pair := utf16.DecodeRune(r, low); ok && s[n] == '\\' && pair != utf8.RuneError {
			return char(b, pair), n + 6
		}
		r = utf8.RuneError
	}
	return char(b, r), n
}

// hexRune reads uXXXX.
func hexRune(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:5], 16, 32)
	return rune(n), err == nil
}

// appendChar appends the byte of r in the code page, or its UTF-8 if there is none.
func appendChar(b []byte, r rune) []byte {
	if c, ok := pageByte(r); ok {
		return append(b, c)
	}
	return utf8.AppendRune(b, r)
}
