package lib

import (
	"math"
	"math/bits"

	"appserver/internal/advpl/vm"
)

var bitFuncs = table{
	"NAND": nAnd, "B_AND": bAnd,
	"NOR": nOr, "B_OR": bOr,
	"NXOR": nXor, "B_XOR": bXor,
	"LAND":     lAnd,
	"LOR":      lOr,
	"NTOL":     nToL,
	"HEXTODEC": hexToDec,
	"BITON":    bitOn,
	"LOOK4BIT": look4Bit,
	"NOTBIT":   notBit,
	"STUFFBIT": stuffBit,
	"UNSTUFF":  unStuff,
}

// NAnd(nNumber1, nNumber2[, nNumberN…]) → the bits that all numbers have. Numbers lose
// their decimals; negative ones are two's complements of 64 bits. Other types are errors.
// Source: TDN.
func nAnd(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return combine("NAND", a, 2, func(x, y int) int { return x & y })
}

// B_And(nNumber1, nNumber2[, nNumberN…]) → what NAnd gives, which replaces it. Source: TDN.
func bAnd(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return combine("B_AND", a, 2, func(x, y int) int { return x & y })
}

// NOr(nNumber1, nNumber2[, nNumberN…]) → the bits that any of the numbers has. It treats
// its arguments as NAnd does. Source: TDN.
func nOr(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return combine("NOR", a, 2, func(x, y int) int { return x | y })
}

// B_Or(nNumber1, nNumber2[, nNumberN…]) → what NOr gives, which replaces it. Source: TDN.
func bOr(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return combine("B_OR", a, 2, func(x, y int) int { return x | y })
}

// NXor(nNumber1, nNumber2[, nNumberN…]) → the bits that an odd count of the numbers has. It
// treats its arguments as NAnd does. Source: TDN.
func nXor(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return combine("NXOR", a, 2, func(x, y int) int { return x ^ y })
}

// B_Xor(nNumber1, nNumber2[, nNumberN…]) → what NXor gives, which replaces it. Source: TDN.
func bXor(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return combine("B_XOR", a, 2, func(x, y int) int { return x ^ y })
}

// combine joins the arguments, whole numbers of which there are least at least.
func combine(fn string, a vm.Args, least int, join func(x, y int) int) (vm.Value, error) {
	n, err := argInt(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	for i := 1; i < max(len(a), least); i++ {
		m, err := argInt(fn, a, i)
		if err != nil {
			return vm.Value{}, err
		}
		n = join(n, m)
	}
	return vm.Int(n), nil
}

// LAnd(nNumber1, nNumber2[, nNumberN…]) → 1 if no number is 0, else 0. Other types are
// errors. Source: TDN.
func lAnd(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	zeros, n, err := countZeros("LAND", a)
	return bit(zeros == 0 && n > 0), err
}

// LOr(nNumber1, nNumber2[, nNumberN…]) → 0 if all numbers are 0, else 1. Other types are
// errors. Source: TDN.
func lOr(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	zeros, n, err := countZeros("LOR", a)
	return bit(zeros < n), err
}

// countZeros returns how many of the n arguments, at least two numbers, are 0.
func countZeros(fn string, a vm.Args) (zeros, n int, err error) {
	for n = 0; n < max(len(a), 2); n++ {
		f, err := argNum(fn, a, n)
		if err != nil {
			return 0, 0, err
		}
		if f == 0 {
			zeros++
		}
	}
	return zeros, n, nil
}

// bit returns 1 for true and 0 for false.
func bit(b bool) vm.Value {
	if b {
		return vm.Int(1)
	}
	return vm.Int(0)
}

// NToL(nNumber) → .F. if nNumber is 0, else .T. Other types are errors. Source: TDN.
func nToL(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("NTOL", a, 0)
	return vm.Bool(f != 0), err
}

// HexToDec(cHex) → the number that the hexadecimal digits at the beginning of cHex mean,
// in either case, after blanks and "0x"; 0 if there are none or cHex is NIL. Numbers beyond
// 15 digits are rounded, beyond the range of numbers it is the error "numeric overflow".
// Source: TDN.
func hexToDec(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := optText("HEXTODEC", a, 0, "")
	if err != nil {
		return vm.Value{}, err
	}
	s = trimLeft(s)
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	f := 0.0
	for i := 0; i < len(s) && !math.IsInf(f, 0); i++ {
		d, ok := hexDigit(s[i])
		if !ok {
			break
		}
		f = f*16 + float64(d)
	}
	if math.IsInf(f, 0) {
		return vm.Value{}, vm.Errorf(vm.GenNumOverflow, "HEXTODEC", "numeric overflow")
	}
	return vm.Num(f), nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case c|0x20-'a' < 6:
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// bitRange is a run of bits of a string. They count from 1, the highest of a byte first.
type bitRange struct{ from, to int } // from 0, to is behind the last

// argBits reads the arguments (cText, nStart, nCount, nLastByte) of the bit functions.
func argBits(fn string, a vm.Args) (s string, r bitRange, err error) {
	if s, err = argText(fn, a, 0); err != nil {
		return "", r, err
	}
	start, err := argInt(fn, a, 1)
	if err != nil {
		return "", r, err
	}
	count, err := argInt(fn, a, 2)
	if err != nil {
		return "", r, err
	}
	last, err := optInt(fn, a, 3, len(s))
	switch {
	case err != nil:
		return "", r, err
	case start < 0 || count < 0 || last < 0:
		return "", r, vm.Errorf(vm.GenBound, fn, "start, count and length of bits must not be negative")
	case last > len(s):
		return "", r, vm.Errorf(vm.GenBound, fn, "the string has %d bytes, fewer than the length %d", len(s), last)
	}
	end := 8 * min(last+1, len(s))
	r.from = min(max(start-1, 0), end)
	r.to = r.from + min(count, end-r.from)
	return s, r, nil
}

// mask returns the bits of byte i that are in r.
func (r bitRange) mask(i int) byte {
	from, to := max(r.from-8*i, 0), min(r.to-8*i, 8)
	return 0xFF >> from & ^byte(0xFF>>to)
}

// bytes returns the bytes that r touches: first and the one behind the last.
func (r bitRange) bytes() (first, end int) { return r.from / 8, (r.to + 7) / 8 }

// BitOn(cText, nStart, nCount, nLastByte) → 1 if all nCount bits from nStart on are 0, else
// 0: whether a stretch of a calendar is free. Bits count from 1, the highest of the first
// byte; what lies after the byte nLastByte, which counts from 0, is left out. Negative
// numbers and a nLastByte beyond the string are errors. Source: TDN.
func bitOn(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := countBits("BITON", a)
	return bit(n == 0), err
}

// Look4Bit(cText, nStart, nCount, nLastByte) → how many of the nCount bits from nStart on are
// 1. It treats its arguments as BitOn does. Source: TDN.
func look4Bit(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := countBits("LOOK4BIT", a)
	return vm.Int(n), err
}

func countBits(fn string, a vm.Args) (int, error) {
	s, r, err := argBits(fn, a)
	n := 0
	for i, end := r.bytes(); i < end; i++ {
		n += bits.OnesCount8(s[i] & r.mask(i))
	}
	return n, err
}

// StuffBit(@cText, nStart, nCount, nLastByte) → NIL; the nCount bits of cText from nStart on
// become 1. It treats its arguments as BitOn does. Source: TDN.
func stuffBit(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return changeBits("STUFFBIT", t, a, func(c, mask byte) byte { return c | mask })
}

// UnStuff(@cText, nStart, nCount, nLastByte) → NIL; the nCount bits of cText from nStart on
// become 0. It treats its arguments as BitOn does. Source: TDN.
func unStuff(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return changeBits("UNSTUFF", t, a, func(c, mask byte) byte { return c &^ mask })
}

func changeBits(fn string, t *vm.Thread, a vm.Args, change func(c, mask byte) byte) (vm.Value, error) {
	s, r, err := argBits(fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	b := []byte(s)
	for i, end := r.bytes(); i < end; i++ {
		b[i] = change(b[i], r.mask(i))
	}
	a.Set(0, vm.Str(string(b)))
	return vm.Value{}, nil
}

// NotBit(@cText, nCount) → NIL; all bits of the first nCount bytes of cText are inverted. A
// count below 0 or beyond the string is an error. Source: TDN.
func notBit(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("NOTBIT", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt("NOTBIT", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	if n < 0 || n > len(s) {
		return vm.Value{}, vm.Errorf(vm.GenBound, "NOTBIT", "the string has %d bytes, %d cannot be inverted", len(s), n)
	}
	if err := t.CheckString(len(s)); err != nil {
		return vm.Value{}, err
	}
	b := []byte(s)
	for i := range n {
		b[i] = ^b[i]
	}
	a.Set(0, vm.Str(string(b)))
	return vm.Value{}, nil
}
