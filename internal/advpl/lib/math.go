package lib

import (
	"math"
	"math/rand/v2"

	"appserver/internal/advpl/vm"
)

var mathFuncs = table{
	"ABS":       absolute,
	"INT":       integer,
	"ROUND":     round,
	"NOROUND":   noRound,
	"CEILING":   ceiling,
	"FLOOR":     floor,
	"MIN":       minimum,
	"MAX":       maximum,
	"MOD":       modulo,
	"SQRT":      squareRoot,
	"EXP":       exponential,
	"LOG":       logarithm,
	"LOG10":     logarithm10,
	"RANDOMIZE": randomize,
	"ALEATORIO": aleatorio,
}

// Abs(nNumber) → number without its sign. Source: TDN.
func absolute(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("ABS", a, 0)
	return vm.Num(math.Abs(f)), err
}

// Int(nNumber) → the whole part: Int(-10.5) is -10. Source: TDN.
func integer(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("INT", a, 0)
	return vm.Num(math.Trunc(f) + 0), err
}

// Round(nNumber, nDecimals) → number rounded, half away from zero; negative decimals
// round to tens and so on. Both must be numbers. The 15 digits that count decide:
// Round(1.005, 2) is 1.01. Source: TDN, Clipper.
func round(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("ROUND", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argInt("ROUND", a, 1)
	return vm.Num(roundTo(f, n)), err
}

// NoRound(nNumber[, nDecimals = 2]) → number cut off after the decimals. Source: TDN.
func noRound(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("NOROUND", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := optInt("NOROUND", a, 1, 2)
	return vm.Num(cutTo(f, n)), err
}

// Ceiling(nNumber) → the next whole number that is not smaller. Source: TDN.
func ceiling(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("CEILING", a, 0)
	return vm.Num(math.Ceil(f) + 0), err
}

// Floor(nNumber) → the next whole number that is not greater.
func floor(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("FLOOR", a, 0)
	return vm.Num(math.Floor(f) + 0), err
}

// Min(x1, x2) → the smaller of two numbers or of two dates. Source: TDN, Clipper.
func minimum(_ *vm.Thread, a vm.Args) (vm.Value, error) { return extreme("MIN", a, -1) }

// Max(x1, x2) → the greater of two numbers or of two dates. Source: TDN, Clipper.
func maximum(_ *vm.Thread, a vm.Args) (vm.Value, error) { return extreme("MAX", a, 1) }

// extreme returns the second argument if it compares to the first as order says,
// else the first.
func extreme(fn string, a vm.Args, order int) (vm.Value, error) {
	x, y := a.Get(0), a.Get(1)
	if k := x.Kind(); k != vm.Number && k != vm.Date {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a number or a date")
	}
	if x.Kind() != y.Kind() {
		return vm.Value{}, vm.ArgError(fn, a, 1, "the same type as the first argument")
	}
	if got, _ := vm.Compare(y, x); got == order {
		return y, nil
	}
	return x, nil
}

// Mod(nDividend, nDivisor) → the rest, with the sign of the divisor: Mod(-1, 3) is
// 2, other than -1 % 3. A divisor of zero is the error "zero divisor".
// Source: Clipper.
func modulo(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	x, err := argNum("MOD", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	y, err := argNum("MOD", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	if y == 0 {
		return vm.Value{}, vm.Errorf(vm.GenZeroDiv, "MOD", "zero divisor")
	}
	r := math.Mod(x, y)
	if r != 0 && (r < 0) != (y < 0) {
		r += y
	}
	return vm.Num(r + 0), nil
}

// Sqrt(nNumber) → the square root; 0 for negative numbers. Source: TDN, Clipper.
func squareRoot(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("SQRT", a, 0)
	return vm.Num(math.Sqrt(max(f, 0))), err
}

// Exp(nExponent) → e to the power; the error "numeric overflow" beyond 709.78.
// Source: TDN.
func exponential(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	f, err := argNum("EXP", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	r := math.Exp(f)
	if math.IsInf(r, 0) {
		return vm.Value{}, vm.Errorf(vm.GenNumOverflow, "EXP", "numeric overflow")
	}
	return vm.Num(r), nil
}

// Log(nNumber) → the natural logarithm of a number above zero. Source: TDN.
func logarithm(_ *vm.Thread, a vm.Args) (vm.Value, error) { return logOf("LOG", a, math.Log) }

// Log10(nNumber) → the decimal logarithm of a number above zero. Source: TDN.
func logarithm10(_ *vm.Thread, a vm.Args) (vm.Value, error) { return logOf("LOG10", a, math.Log10) }

func logOf(fn string, a vm.Args, log func(float64) float64) (vm.Value, error) {
	f, err := argNum(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if !(f > 0) {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a number above zero")
	}
	return vm.Num(log(f)), nil
}

// Randomize(nFrom, nTo) → a random whole number from nFrom up to but not nTo;
// nFrom if nTo is not above it. Source: TDN.
func randomize(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	from, err := argInt("RANDOMIZE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	to, err := argInt("RANDOMIZE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	return vm.Int(between(from, to)), nil
}

// between returns a random number in [from, to).
func between(from, to int) int {
	if to <= from {
		return from
	}
	return from + int(rand.Uint64N(uint64(to)-uint64(from)))
}

// Aleatorio(nMax[, nSeed]) → a random whole number from 1 to nMax; 0 if nMax is
// below 1. The seed is accepted and not used. Source: TDN.
func aleatorio(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	n, err := argInt("ALEATORIO", a, 0)
	if err != nil || n < 1 {
		return vm.Int(0), err
	}
	return vm.Int(1 + between(0, n)), nil
}
