package lib

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"

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
	"SIN":       sine,
	"COS":       cosine,
	"TAN":       tangent,
	"ASIN":      arcSine,
	"ACOS":      arcCosine,
	"ATAN":      arcTangent,
	"ATN2":      arcTangent2,
	"MATHC":     mathC,
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

// Floor(nNumber) → the next whole number that is not greater. Source: Harbour.
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

// Sin(nAngle) → the sine of an angle in radians. Source: TDN.
func sine(_ *vm.Thread, a vm.Args) (vm.Value, error) { return angleOf("SIN", a, math.Sin) }

// Cos(nAngle) → the cosine of an angle in radians. Source: TDN.
func cosine(_ *vm.Thread, a vm.Args) (vm.Value, error) { return angleOf("COS", a, math.Cos) }

// Tan(nAngle) → the tangent of an angle in radians. Source: TDN.
func tangent(_ *vm.Thread, a vm.Args) (vm.Value, error) { return angleOf("TAN", a, math.Tan) }

// ATan(nNumber) → the angle in radians whose tangent is nNumber. Source: TDN.
func arcTangent(_ *vm.Thread, a vm.Args) (vm.Value, error) { return angleOf("ATAN", a, math.Atan) }

func angleOf(fn string, a vm.Args, of func(float64) float64) (vm.Value, error) {
	f, err := argNum(fn, a, 0)
	return vm.Num(of(f) + 0), err
}

// ASin(nNumber) → the angle in radians whose sine is nNumber, from -1 to 1; others are errors.
// Source: TDN.
func arcSine(_ *vm.Thread, a vm.Args) (vm.Value, error) { return arcOf("ASIN", a, math.Asin) }

// ACos(nNumber) → the angle in radians whose cosine is nNumber, from -1 to 1; others are
// errors. Source: TDN.
func arcCosine(_ *vm.Thread, a vm.Args) (vm.Value, error) { return arcOf("ACOS", a, math.Acos) }

func arcOf(fn string, a vm.Args, of func(float64) float64) (vm.Value, error) {
	f, err := argNum(fn, a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	if !(math.Abs(f) <= 1) {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a number from -1 to 1")
	}
	return vm.Num(of(f) + 0), nil
}

// Atn2(nSine, nCosine) → the angle in radians that has this sine and cosine. Source: TDN,
// Clipper.
func arcTangent2(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	y, err := argNum("ATN2", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	x, err := argNum("ATN2", a, 1)
	return vm.Num(math.Atan2(y, x) + 0), err
}

// MathC(cNumber1, cOperator, cNumber2) → the text of what the operator makes of two numbers, exact to
// 18 decimals: + - * / and e, which raises to a power. Numbers have up to 1,000 characters; a
// text that is no number, another operator, a divisor of 0, a result of more than 10,000
// digits, and a power that is exact only with more than 100,000 are errors. Source: TDN.
func mathC(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	x, err := argRat("MATHC", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	operator, err := argText("MATHC", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	y, err := argRat("MATHC", a, 2)
	if err != nil {
		return vm.Value{}, err
	}
	r, err := calculate(a, x, y, trimLeft(trimRight(operator)))
	if err != nil {
		return vm.Value{}, err
	}
	const mostBits = 10_000 * 10 / 3
	if r.Num().BitLen()-r.Denom().BitLen() > mostBits {
		return vm.Value{}, vm.Errorf(vm.GenNumOverflow, "MATHC", "numeric overflow")
	}
	text := strings.TrimRight(r.FloatString(18), "0")
	return vm.Str(strings.TrimSuffix(text, ".")), nil
}

// argRat returns argument i, the text of a number.
func argRat(fn string, a vm.Args, i int) (*big.Rat, error) {
	s, err := argText(fn, a, i)
	if err != nil {
		return nil, err
	}
	r, ok := parseRat(s)
	if !ok {
		return nil, vm.ArgError(fn, a, i, "the text of a number")
	}
	return r, nil
}

// calculate returns what the operator of MathC makes of x and y.
func calculate(a vm.Args, x, y *big.Rat, operator string) (*big.Rat, error) {
	r := new(big.Rat)
	switch operator {
	case "+":
		return r.Add(x, y), nil
	case "-":
		return r.Sub(x, y), nil
	case "*":
		return r.Mul(x, y), nil
	case "/":
		if y.Sign() == 0 {
			return nil, vm.Errorf(vm.GenZeroDiv, "MATHC", "zero divisor")
		}
		return r.Quo(x, y), nil
	case "e", "E":
		return power("MATHC", x, y)
	}
	return nil, vm.ArgError("MATHC", a, 1, "an operator: + - * / or e")
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
