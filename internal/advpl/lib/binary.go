package lib

import (
	"encoding/binary"

	"appserver/internal/advpl/vm"
)

// Whole numbers as bytes, the lowest first. What is missing counts as zero bytes, an
// argument of another type as none. Source of all: TDN, Clipper.
var binaryFuncs = table{
	"BIN2I": bin2I,
	"BIN2W": bin2W,
	"BIN2L": bin2L,
	"I2BIN": i2Bin,
	"W2BIN": i2Bin,
	"L2BIN": l2Bin,
}

// Bin2I(cBytes) → the number in two bytes, with a sign.
func bin2I(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Int(int(int16(argBytes(a)))), nil
}

// Bin2W(cBytes) → the number in two bytes, without a sign.
func bin2W(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Int(int(uint16(argBytes(a)))), nil
}

// Bin2L(cBytes) → the number in four bytes, with a sign.
func bin2L(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	return vm.Int(int(int32(argBytes(a)))), nil
}

// argBytes returns the first four bytes of the first argument as a number.
func argBytes(a vm.Args) uint32 {
	var b [4]byte
	if v := a.Get(0); v.IsStr() {
		copy(b[:], v.Text())
	}
	return binary.LittleEndian.Uint32(b[:])
}

// I2Bin(nNumber) → nNumber in two bytes.
func i2Bin(_ *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Str(bytesOf(a)[:2]), nil }

// L2Bin(nNumber) → nNumber in four bytes.
func l2Bin(_ *vm.Thread, a vm.Args) (vm.Value, error) { return vm.Str(bytesOf(a)), nil }

func bytesOf(a vm.Args) string {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(loose(a, 0, 0)))
	return string(b[:])
}
