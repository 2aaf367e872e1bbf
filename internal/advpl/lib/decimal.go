package lib

import (
	"math"
	"math/big"
	"strings"

	"appserver/internal/advpl/vm"
)

var decimalFuncs = table{
	"DEC_CREATE":  decCreate,
	"DEC_ADD":     decAdd,
	"DEC_SUB":     decSub,
	"DEC_MUL":     decMul,
	"DEC_DIV":     decDiv,
	"DEC_MOD":     decMod,
	"DEC_POW":     decPow,
	"DEC_ROUND":   decRound,
	"DEC_RESCALE": decRescale,
	"DEC_RESIZE":  decResize,
	"DEC_TO_DBL":  decToDbl,
}

// decimal is a number of a fixed count of decimals: an object without members.
type decimal struct {
	units            *big.Int // the number without its point
	precision, scale int      // digits that it may have, and how many of them are decimals
}

// mostPrecision is how many digits a decimal may have.
const mostPrecision = 63

func (d *decimal) ClassName() string { return "DECIMAL" }

// Walk visits no values.
func (d *decimal) Walk(func(vm.Value)) int { return entryBytes }

// Get is o:name. A decimal has no members.
func (d *decimal) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, noMember(d, name)
}

// Set is o:name := x.
func (d *decimal) Set(_ *vm.Thread, name string, _ vm.Value) error { return noMember(d, name) }

// Send calls a method. A decimal has none.
func (d *decimal) Send(_ *vm.Thread, name string, _ vm.Args) (vm.Value, error) {
	return vm.Value{}, noMethod(d, name)
}

// text returns the number with all its decimals.
func (d *decimal) text() string { return d.rat().FloatString(d.scale) }

func (d *decimal) rat() *big.Rat { return new(big.Rat).SetFrac(d.units, pow10(d.scale)) }

// digits returns how many digits there may be before the point.
func (d *decimal) digits() int { return d.precision - d.scale }

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// rounding says what becomes of decimals that are too many.
type rounding int

const (
	halfUp   rounding = iota // away from zero if the rest is a half or more
	halfDown                 // away from zero if the rest is more than a half
	cutOff
)

// scaled returns r·10^scale as a whole number.
func scaled(r *big.Rat, scale int, how rounding) *big.Int {
	num := new(big.Int).Mul(r.Num(), pow10(scale))
	q, rest := new(big.Int).QuoRem(num, r.Denom(), new(big.Int))
	order := new(big.Int).Mul(rest.Abs(rest), big.NewInt(2)).Cmp(r.Denom())
	if how != cutOff && (order > 0 || order == 0 && how == halfUp) {
		q.Add(q, big.NewInt(int64(num.Sign())))
	}
	return q
}

// newDecimal returns r as a decimal. It is the error "numeric overflow" if r has more digits.
func newDecimal(t *vm.Thread, fn string, r *big.Rat, precision, scale int, how rounding) (vm.Value, error) {
	d := &decimal{scaled(r, scale, how), precision, scale}
	if new(big.Int).Abs(d.units).Cmp(pow10(precision)) >= 0 {
		return vm.Value{}, vm.Errorf(vm.GenNumOverflow, fn, "numeric overflow")
	}
	if err := t.Charge(entryBytes); err != nil {
		return vm.Value{}, err
	}
	return vm.NewNative(d), nil
}

// fitted returns r as a decimal with digits before the point and the scale, of which it
// has less if there is no room.
func fitted(t *vm.Thread, fn string, r *big.Rat, digits, scale int) (vm.Value, error) {
	digits = max(min(digits, mostPrecision), 1)
	scale = min(scale, mostPrecision-digits)
	return newDecimal(t, fn, r, digits+scale, scale, halfUp)
}

// argDecimal returns argument i, a decimal.
func argDecimal(fn string, a vm.Args, i int) (*decimal, error) {
	if v := a.Get(i); v.Kind() == vm.Object {
		if d, ok := v.Object().Native.(*decimal); ok {
			return d, nil
		}
	}
	return nil, vm.ArgError(fn, a, i, "a fixed decimal of Dec_Create")
}

func argDecimals(fn string, a vm.Args) (x, y *decimal, err error) {
	if x, err = argDecimal(fn, a, 0); err != nil {
		return nil, nil, err
	}
	y, err = argDecimal(fn, a, 1)
	return x, y, err
}

// argPlaces returns argument i, a count of decimals from 0 up to but not limit.
func argPlaces(fn string, a vm.Args, i, limit int) (int, error) {
	n, err := argInt(fn, a, i)
	if err == nil && (n < 0 || n >= limit) {
		err = vm.ArgError(fn, a, i, "a count of decimals, not negative and below the count of digits,")
	}
	return n, err
}

// argPrecision returns argument i, a count of digits.
func argPrecision(fn string, a vm.Args, i int) (int, error) {
	n, err := argInt(fn, a, i)
	if err == nil && (n < 1 || n > mostPrecision) {
		err = vm.ArgError(fn, a, i, "a count of digits from 1 to 63")
	}
	return n, err
}

// argRounding returns argument i, which says how to round.
func argRounding(fn string, a vm.Args, i int, def rounding) (rounding, error) {
	n, err := optInt(fn, a, i, int(def))
	if err == nil && (n < int(halfUp) || n > int(cutOff)) {
		err = vm.ArgError(fn, a, i, "0, 1 or 2")
	}
	return rounding(n), err
}

// Dec_Create(xValue, nPrecision, nScale) → a fixed decimal of nPrecision digits, 1 to 63, of which
// nScale are decimals. xValue is a number or its text, rounded half up; a text that is no
// number is 0. A value with more digits is the error "numeric overflow". cValToChar shows
// it; operators do not know it. Source: TDN.
func decCreate(t *vm.Thread, a vm.Args) (vm.Value, error) {
	var text string
	switch v := a.Get(0); {
	case v.IsStr():
		text = v.Text()
	case v.IsNum():
		text = shortNum(v.Float())
	default:
		return vm.Value{}, vm.ArgError("DEC_CREATE", a, 0, "a string or a number")
	}
	precision, err := argPrecision("DEC_CREATE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	scale, err := argPlaces("DEC_CREATE", a, 2, precision)
	if err != nil {
		return vm.Value{}, err
	}
	r, ok := parseRat(text)
	if !ok {
		r = new(big.Rat)
	}
	return newDecimal(t, "DEC_CREATE", r, precision, scale, halfUp)
}

// longestRat is the longest text of a number that is read exactly.
const longestRat = 1000

// parseRat returns the number that s is: blanks, sign, digits, point, digits, blanks.
func parseRat(s string) (*big.Rat, bool) {
	s = trimLeft(trimRight(s))
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || len(s) > longestRat || strings.Count(digits, ".") > 1 {
		return nil, false
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) && digits[i] != '.' {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}

// Dec_Add(dLeft, dRight) → the sum, with as many decimals as the one that has more. Source: TDN.
func decAdd(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return decSum("DEC_ADD", t, a, (*big.Rat).Add)
}

// Dec_Sub(dLeft, dRight) → the difference, with as many decimals as the one that has more.
// Source: TDN.
func decSub(t *vm.Thread, a vm.Args) (vm.Value, error) {
	return decSum("DEC_SUB", t, a, (*big.Rat).Sub)
}

func decSum(fn string, t *vm.Thread, a vm.Args, add func(z, x, y *big.Rat) *big.Rat) (vm.Value, error) {
	x, y, err := argDecimals(fn, a)
	if err != nil {
		return vm.Value{}, err
	}
	r := add(new(big.Rat), x.rat(), y.rat())
	return fitted(t, fn, r, max(x.digits(), y.digits())+1, max(x.scale, y.scale))
}

// Dec_Mul(dLeft, dRight) → the product, with the decimals of both, as far as 63 digits have
// room. Source: TDN.
func decMul(t *vm.Thread, a vm.Args) (vm.Value, error) {
	x, y, err := argDecimals("DEC_MUL", a)
	if err != nil {
		return vm.Value{}, err
	}
	r := new(big.Rat).Mul(x.rat(), y.rat())
	return fitted(t, "DEC_MUL", r, x.digits()+y.digits(), x.scale+y.scale)
}

// Dec_Div(dLeft, dRight) → the quotient, with as many decimals as dLeft has and the digits of
// dRight and one more, at least six, as far as 63 digits have room. A divisor of 0 is the error
// "zero divisor". Source: TDN; the count of decimals is decided here.
func decDiv(t *vm.Thread, a vm.Args) (vm.Value, error) {
	x, y, err := argDivision("DEC_DIV", a)
	if err != nil {
		return vm.Value{}, err
	}
	r := new(big.Rat).Quo(x.rat(), y.rat())
	return fitted(t, "DEC_DIV", r, x.digits()+y.scale, max(6, x.scale+y.precision+1))
}

// Dec_Mod(dLeft, dRight) → the rest of the division, with the sign of dLeft and as many decimals as
// the one that has more. A divisor of 0 is the error "zero divisor". Source: TDN.
func decMod(t *vm.Thread, a vm.Args) (vm.Value, error) {
	x, y, err := argDivision("DEC_MOD", a)
	if err != nil {
		return vm.Value{}, err
	}
	whole := scaled(new(big.Rat).Quo(x.rat(), y.rat()), 0, cutOff)
	part := new(big.Rat).Mul(new(big.Rat).SetInt(whole), y.rat())
	r := new(big.Rat).Sub(x.rat(), part)
	return fitted(t, "DEC_MOD", r, max(x.digits(), y.digits()), max(x.scale, y.scale))
}

func argDivision(fn string, a vm.Args) (x, y *decimal, err error) {
	x, y, err = argDecimals(fn, a)
	if err == nil && y.units.Sign() == 0 {
		err = vm.Errorf(vm.GenZeroDiv, fn, "zero divisor")
	}
	return x, y, err
}

// Dec_Pow(dLeft, dRight) → dLeft to the power of dRight, with the decimals of dLeft. Whole
// exponents to 1,000 are exact, others as doubles are. 0 to a negative power is the error "zero
// divisor", what has more than 63 digits "numeric overflow". Source: TDN.
func decPow(t *vm.Thread, a vm.Args) (vm.Value, error) {
	x, y, err := argDecimals("DEC_POW", a)
	if err != nil {
		return vm.Value{}, err
	}
	r, err := power("DEC_POW", x.rat(), y.rat())
	if err != nil {
		return vm.Value{}, err
	}
	return newDecimal(t, "DEC_POW", r, mostPrecision, x.scale, halfUp)
}

// mostExponent is the greatest exponent of an exact power, mostPowerBits about the most bits
// that the power may have.
const (
	mostExponent  = 1000
	mostPowerBits = 400_000
)

// power returns x to the power of y.
func power(fn string, x, y *big.Rat) (*big.Rat, error) {
	if x.Sign() == 0 && y.Sign() < 0 {
		return nil, vm.Errorf(vm.GenZeroDiv, fn, "zero divisor")
	}
	if y.IsInt() && new(big.Int).Abs(y.Num()).Cmp(big.NewInt(mostExponent)) <= 0 {
		n := new(big.Int).Abs(y.Num())
		if int(n.Int64())*max(x.Num().BitLen(), x.Denom().BitLen()) > mostPowerBits {
			return nil, vm.Errorf(vm.GenNumOverflow, fn, "numeric overflow")
		}
		r := new(big.Rat).SetFrac(new(big.Int).Exp(x.Num(), n, nil), new(big.Int).Exp(x.Denom(), n, nil))
		if y.Sign() < 0 {
			r.Inv(r)
		}
		return r, nil
	}
	base, _ := x.Float64()
	exponent, _ := y.Float64()
	r := new(big.Rat)
	if f := math.Pow(base, exponent); r.SetFloat64(f) == nil {
		return nil, vm.Errorf(vm.GenNumOverflow, fn, "numeric overflow")
	}
	return r, nil
}

// Dec_Round(dNumber, nDecimals) → dNumber rounded half up to fewer decimals than it has; digits and
// decimals stay as many. Source: TDN.
func decRound(t *vm.Thread, a vm.Args) (vm.Value, error) {
	d, err := argDecimal("DEC_ROUND", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	n, err := argPlaces("DEC_ROUND", a, 1, d.scale)
	if err != nil {
		return vm.Value{}, err
	}
	r := new(big.Rat).SetFrac(scaled(d.rat(), n, halfUp), pow10(n))
	return newDecimal(t, "DEC_ROUND", r, d.precision, d.scale, halfUp)
}

// Dec_Rescale(dNumber, nScale[, nRound = 0]) → dNumber with nScale decimals. nRound is 0 to round half
// up, 1 half down, 2 to cut off. Source: TDN.
func decRescale(t *vm.Thread, a vm.Args) (vm.Value, error) {
	d, err := argDecimal("DEC_RESCALE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	scale, err := argPlaces("DEC_RESCALE", a, 1, d.precision)
	if err != nil {
		return vm.Value{}, err
	}
	how, err := argRounding("DEC_RESCALE", a, 2, halfUp)
	if err != nil {
		return vm.Value{}, err
	}
	return newDecimal(t, "DEC_RESCALE", d.rat(), d.precision, scale, how)
}

// Dec_Resize(dNumber, nPrecision, nScale[, nRound = 2]) → dNumber with nPrecision digits, of which nScale
// are decimals. nRound is as in Dec_Rescale. Source: TDN.
func decResize(t *vm.Thread, a vm.Args) (vm.Value, error) {
	d, err := argDecimal("DEC_RESIZE", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	precision, err := argPrecision("DEC_RESIZE", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	scale, err := argPlaces("DEC_RESIZE", a, 2, precision)
	if err != nil {
		return vm.Value{}, err
	}
	how, err := argRounding("DEC_RESIZE", a, 3, cutOff)
	if err != nil {
		return vm.Value{}, err
	}
	return newDecimal(t, "DEC_RESIZE", d.rat(), precision, scale, how)
}

// Dec_To_Dbl(dNumber) → dNumber as a number, which keeps 15 digits. Source: TDN.
func decToDbl(_ *vm.Thread, a vm.Args) (vm.Value, error) {
	d, err := argDecimal("DEC_TO_DBL", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	f, _ := d.rat().Float64()
	return vm.Num(f), nil
}
