package vm

import "strconv"

// A template is the text of a macro with marks in place of its numbers and strings.
// Programs put texts together from a constant part and values, as in
// &("F(" + Str(n) + ")"): such texts have one template, which is compiled once to a
// function of the values.
type template struct {
	key    []byte // the text with marks
	values []Value
}

const (
	maxTemplate = 256 // bytes of text; longer ones are compiled as they are
	maxLiterals = 8
	maxDigits   = 15 // of a number
)

// byteClass is what split has to know of a byte.
type byteClass uint8

const (
	otherByte byteClass = iota
	wordByte            // of names
	digitByte
	quoteByte
	stopByte // a mark, or what begins a block or another macro, which have names of their own
)

var byteClasses = func() (c [256]byteClass) {
	for i := range c {
		switch {
		case i >= 'A' && i <= 'Z', i >= 'a' && i <= 'z', i == '_', i >= 0x80:
			c[i] = wordByte
		case i >= '0' && i <= '9':
			c[i] = digitByte
		}
	}
	c['"'], c['\''] = quoteByte, quoteByte
	for _, b := range []byte{NumberMark, StringMark, '{', '&', ';', '\n'} {
		c[b] = stopByte
	}
	return c
}()

// split makes m the template of text. It returns false if the text has no literals, or
// is not worth a template.
func (m *template) split(text string) bool {
	m.key, m.values = m.key[:0], m.values[:0]
	if len(text) > maxTemplate {
		return false
	}
	kept := 0 // the text up to here is in the key
	for i := 0; i < len(text); {
		begin := i
		mark := ""
		switch byteClasses[text[i]] {
		case wordByte:
			i = wordEnd(text, i)
			continue
		case digitByte:
			if i = numberEnd(text, i); i < 0 {
				i = wordEnd(text, begin)
				continue
			}
			mark = string(NumberMark)
			m.values = append(m.values, numberIn(text[begin:i]))
		case quoteByte:
			if i = stringEnd(text, i); i < 0 {
				return false
			}
			mark = string(StringMark) + string(StringMark)
			m.values = append(m.values, Str(text[begin+1:i-1]))
		case stopByte:
			return false
		default:
			i++
			continue
		}
		if len(m.values) > maxLiterals {
			return false
		}
		m.key = append(append(m.key, text[kept:begin]...), mark...)
		kept = i
	}
	m.key = append(m.key, text[kept:]...)
	return len(m.values) > 0
}

// wordEnd returns where the letters and digits from i on end.
func wordEnd(text string, i int) int {
	for i < len(text) && (byteClasses[text[i]] == wordByte || byteClasses[text[i]] == digitByte) {
		i++
	}
	return i
}

// numberEnd returns where the number that begins at i ends; -1 if what adjoins it may be
// part of it, or it is long.
func numberEnd(text string, i int) int {
	if i > 0 && text[i-1] == '.' {
		return -1
	}
	end := digitsEnd(text, i)
	if end+1 < len(text) && text[end] == '.' && byteClasses[text[end+1]] == digitByte {
		end = digitsEnd(text, end+1)
	}
	if end-i > maxDigits || end < len(text) && (text[end] == '.' || byteClasses[text[end]] == wordByte) {
		return -1
	}
	return end
}

func digitsEnd(text string, i int) int {
	for i < len(text) && byteClasses[text[i]] == digitByte {
		i++
	}
	return i
}

// numberIn returns the number with the text: digits, with a point among them or not.
func numberIn(text string) Value {
	n := 0
	for i := range len(text) {
		if text[i] == '.' {
			f, _ := strconv.ParseFloat(text, 64) // it has no other form
			return Num(f)
		}
		n = n*10 + int(text[i]-'0')
	}
	return Int(n)
}

// stringEnd returns where the string whose quote stands at i ends; -1 if it is not
// closed in its line.
func stringEnd(text string, i int) int {
	for j := i + 1; j < len(text) && text[j] != '\n'; j++ {
		if text[j] == text[i] {
			return j + 1
		}
	}
	return -1
}
