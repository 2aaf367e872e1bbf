package lib

import (
	"encoding/binary"
	"math"
	"strings"

	"appserver/internal/advpl/vm"
)

// Numbers as bytes, the lowest first.
var binaryFuncs = table{
	"BIN2I":   bin2I,
	"BIN2W":   bin2W,
	"BIN2L":   bin2L,
	"I2BIN":   i2Bin,
	"W2BIN":   i2Bin,
	"L2BIN":   l2Bin,
	"BIN2D":   bin2D,
	"D2BIN":   d2Bin,
	"BIN2F":   bin2F,
	"F2BIN":   f2Bin,
	"BIN2STR": bin2Str,
}

// Bin2I(cBytes) → the number in two bytes, the lowest first, with a sign. Bytes that are
// missing count as 0, as does what is no string. Source: TDN, Clipper.
func bin2I(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Int(int(int16(argBytes(a)))), nil
}

// Bin2W(cBytes) → the number in two bytes, the lowest first, without a sign. Bytes that are
// missing count as 0, as does what is no string. Source: TDN, Clipper.
func bin2W(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Int(int(uint16(argBytes(a)))), nil
}

// Bin2L(cBytes) → the number in four bytes, the lowest first, with a sign. Bytes that are
// missing count as 0, as does what is no string. Source: TDN, Clipper.
func bin2L(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Int(int(int32(argBytes(a)))), nil
}

// argBytes returns the first four bytes of the first argument as a number.
func argBytes(a vm.Args) uint32 { return uint32(argLongBytes(a)) }

// argLongBytes returns the first eight bytes of the first argument as a number.
func argLongBytes(a vm.Args) uint64 {
	var b [8]byte
	if v := a.Get(0); v.IsStr() {
		copy(b[:], v.Text())
	}
	return binary.LittleEndian.Uint64(b[:])
}

// I2Bin(nNumber) → nNumber in two bytes, the lowest first; what is no number counts as 0. W2Bin
// does the same. Source: TDN, Clipper.
func i2Bin(_ *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Str(bytesOf(a)[:2]), nil }

// L2Bin(nNumber) → nNumber in four bytes, the lowest first; what is no number counts as 0.
// Source: TDN, Clipper.
func l2Bin(_ *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Str(bytesOf(a)), nil }

func bytesOf(a vm.Args) string {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(loose(a, 0, 0)))
	return string(b[:])
}

// Bin2D(cBytes) → the double in eight bytes, the lowest first. Bytes that are missing count as
// 0, as do strings that hold no number, and what is no string. Source: TDN.
func bin2D(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Num(finite(math.Float64frombits(argLongBytes(a)))), nil
}

// Bin2F(cBytes) → the number in the four bytes of a float, the lowest first. Bytes that are missing
// count as 0, as do strings that hold no number, and what is no string. Source: TDN.
func bin2F(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Num(finite(float64(math.Float32frombits(argBytes(a))))), nil
}

// finite returns f, or 0 for what is no number.
func finite(f float64) float64 {
	if math.IsInf(f, 0) || f != f {
		return 0
	}
	return f + 0
}

// D2Bin(nNumber) → nNumber as the eight bytes of a double, the lowest first; what is no number
// counts as 0. Source: TDN.
func d2Bin(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(looseNum(a, 0)))
	return vm.Str(string(b[:])), nil
}

// F2Bin(nNumber) → nNumber, rounded, as the four bytes of a float, the lowest first; what is no
// number counts as 0. Source: TDN.
func f2Bin(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], math.Float32bits(float32(looseNum(a, 0))))
	return vm.Str(string(b[:])), nil
}

// looseNum returns argument i, 0 if it is no number.
func looseNum(a vm.Args, i int) float64 {
	if v := a.Get(i); v.IsNum() {
		return v.Float()
	}
	return 0
}

// Bin2Str(cBytes) → the bits of cBytes, the highest of a byte first: "x" for 1 and a blank for 0.
// Source: TDN.
func bin2Str(t *vm.Thread, a vm.Args) (vm.Value, error) {
	s, err := argText("BIN2STR", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if err := t.CheckString(product(8, len(s))); err != nil {
		return vm.Value{}, err
	}
	var b strings.Builder
	b.Grow(8 * len(s))
	for i := range len(s) {
		if err := pollEvery(t, i); err != nil {
			return vm.Value{}, err
		}
		for mask := byte(0x80); mask != 0; mask >>= 1 {
			if s[i]&mask != 0 {
				b.WriteByte('x')
			} else {
				b.WriteByte(' ')
			}
		}
	}
	return vm.Str(b.String()), nil
}
